/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/opened.h - files that were opened before they are needed.
 */
#ifndef IMAGE_OPENED_H
#define IMAGE_OPENED_H

#include <stdbool.h>

bool opened_keep (const char *name, bool read_only, int fd);
int opened_take (const char *name, bool read_only);
void opened_forget (void);

#endif /* IMAGE_OPENED_H */
