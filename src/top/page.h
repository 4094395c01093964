/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page.h - a Guest's page of counters, copied and read.
 *
 * What is in the mapping is written by others at any time, and not to be
 * trusted: it is copied first, and nothing in it is used as an offset before
 * it was compared with what there is.
 */
#ifndef TOP_PAGE_H
#define TOP_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lguest/statistics.h>

/* For page_sum(): of all blocks together. */
#define PAGE_ALL_BLOCKS UINT32_MAX

/**
 * struct page - a copy
 * @bytes: allocated; NULL if there is none, or it made no sense
 * @size: how many
 * @header: its first bytes; what it says about @bytes is true
 * @wanted: bytes that there would be to map
 */
struct page
{
  uint64_t *bytes;
  size_t size;
  struct lguest_statistics header;
  uint64_t wanted;
};

bool page_copy (struct page *page, const void *mapping, size_t size);
void page_free (struct page *page);

bool page_descriptor (const struct page *page, uint32_t i,
                      struct lguest_statistics_descriptor *descriptor);
bool page_find (const struct page *page, const char *name,
                struct lguest_statistics_descriptor *descriptor);
uint64_t page_word (const struct page *page,
                    const struct lguest_statistics_descriptor *descriptor,
                    uint32_t block, uint32_t word);
bool page_same_layout (const struct page *one, const struct page *other);

#endif /* TOP_PAGE_H */
