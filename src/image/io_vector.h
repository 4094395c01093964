/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/io_vector.h - going along several buffers as if they were one.
 */
#ifndef IMAGE_IO_VECTOR_H
#define IMAGE_IO_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/**
 * struct io_vector - the rest of a list of buffers
 * @buffers, @count: what is left of the list; not changed
 * @skip: so much of the first one is done
 */
struct io_vector
{
  const struct iovec *buffers;
  unsigned count;
  size_t skip;
};

void io_vector_fill (struct io_vector *vector, const void *data,
                     uint64_t bytes);
void io_vector_fill_zeros (struct io_vector *vector, uint64_t bytes);
void io_vector_take (struct io_vector *vector, void *data, uint64_t bytes);
void io_vector_skip (struct io_vector *vector, uint64_t bytes);
unsigned io_vector_slice (struct io_vector *vector, uint64_t *bytes,
                          struct iovec *slice, unsigned slice_max);

bool io_vector_pread (int fd, struct io_vector vector, uint64_t offset,
                      uint64_t bytes);
bool io_vector_pwrite (int fd, struct io_vector vector, uint64_t offset,
                       uint64_t bytes);

#endif /* IMAGE_IO_VECTOR_H */
