/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fd_io.h - read and write that do not stop half way.
 */
#ifndef FD_IO_H
#define FD_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

bool write_fully (int fd, const void *buffer, size_t length);
ssize_t pread_fully (int fd, void *buffer, size_t length, uint64_t offset);

#endif /* FD_IO_H */
