/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/gzip_header.h - how gzip files look: RFC 1952.
 */
#ifndef IMAGE_GZIP_HEADER_H
#define IMAGE_GZIP_HEADER_H

#define GZIP_MAGIC_1 0x1f
#define GZIP_MAGIC_2 0x8b
#define GZIP_DEFLATE 8

/* The flag "there are extra fields", and where things are then. */
#define GZIP_FLAG_EXTRA 4
#define GZIP_FLAGS_OFFSET 3
#define GZIP_EXTRA_LENGTH_OFFSET 10
#define GZIP_EXTRA_OFFSET 12

/* A checksum and the length modulo 2^32. */
#define GZIP_TRAILER_BYTES 8

/* Larger headers are not looked for. */
#define GZIP_HEADER_MIN_BYTES 10

#endif /* IMAGE_GZIP_HEADER_H */
