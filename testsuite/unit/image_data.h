/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_data.h - what the tests of images have in common: a directory for
 * their files, and data that is partly empty, partly text, partly noise.
 */
#ifndef IMAGE_DATA_H
#define IMAGE_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "image/image.h"

/* No whole number of anything but sectors. */
#define DATA_BYTES ((size_t) (3 << 20) + 512 * 777)

extern uint8_t *image_data;

/* Of what is read: 1, or what the image asks for. */
extern unsigned image_alignment;
extern struct failure failure;

bool image_data_create (void);
void image_data_destroy (void);
const char *file_name (const char *name);
bool file_write (const char *name, const void *data, size_t bytes);
uint8_t *file_read (const char *name, size_t *bytes);
bool file_patch (const char *name, size_t offset, const void *data,
                 size_t bytes);
uint32_t noise (void);

enum same { SAME, DIFFERENT, UNREADABLE };
enum same image_compare (struct image *image, const uint8_t *data,
                         unsigned reads);
bool image_is_data (struct image *image);
bool image_threads_agree (struct image *image, const uint8_t *data);

#endif /* IMAGE_DATA_H */
