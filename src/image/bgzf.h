/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/bgzf.h - the compressed image: gzip in small members.
 *
 * Any gunzip unpacks such a file.  As each member says how long it is, and
 * holds 64 KiB at most, we can also begin in the middle.
 */
#ifndef IMAGE_BGZF_H
#define IMAGE_BGZF_H

#include <stddef.h>

#include "image/image.h"

/* A member, packed or unpacked, is never longer. */
#define BGZF_MEMBER_MAX ((size_t) 64 << 10)

/* The header of a member as we write it. */
#define BGZF_HEADER_BYTES 18

bool bgzf_recognize (const uint8_t *data, size_t length);
struct image *bgzf_open (const char *name, struct failure *failure);

/**
 * struct bgzf_packer - makes members
 * @stream: zlib's
 */
struct bgzf_packer
{
  void *stream;
};

bool bgzf_packer_create (struct bgzf_packer *packer, int level);
size_t bgzf_pack (struct bgzf_packer *packer, const void *data, size_t length,
                  uint8_t *packed);
size_t bgzf_pack_end (uint8_t *packed);
void bgzf_packer_destroy (struct bgzf_packer *packer);

#endif /* IMAGE_BGZF_H */
