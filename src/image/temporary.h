/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/temporary.h - files that nobody has to remove.
 */
#ifndef IMAGE_TEMPORARY_H
#define IMAGE_TEMPORARY_H

#include <stdbool.h>

int temporary_file (const char *directory);
const char *temporary_directory (void);
bool temporary_keep (int fd, const char *name);

#endif /* IMAGE_TEMPORARY_H */
