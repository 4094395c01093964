/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page.c - a Guest's page of counters, copied and read.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "top/page.h"

/* No lg.ko has more; these bound what a page can make us do. */
#define DESCRIPTORS_MAX 4096
#define BLOCKS_MAX 1025
#define WORDS_MAX 1024
#define COPY_BYTES_MAX (16u << 20)

/* Does COUNT times STRIDE fit at OFFSET, and is all aligned? */
static bool
fits (size_t size, uint64_t offset, uint64_t stride, uint64_t count)
{
  return offset % sizeof (uint64_t) == 0 && stride % sizeof (uint64_t) == 0
    && offset <= size && stride * count <= size - offset;
}

static bool
make_sense (struct page *page)
{
  struct lguest_statistics *header = &page->header;

  if (page->size < sizeof *header)
    return false;
  memcpy (header, page->bytes, sizeof *header);
  if (header->magic != LGUEST_STATISTICS_MAGIC
      || header->version != LGUEST_STATISTICS_VERSION
      || header->header_size < sizeof *header
      || header->descriptor_size < sizeof (struct lguest_statistics_descriptor)
      || header->descriptors > DESCRIPTORS_MAX
      || header->block_size < sizeof (uint64_t)
      || !fits (page->size, header->descriptor_offset,
                header->descriptor_size, header->descriptors)
      || !fits (page->size, header->block_offset, header->block_size, 0))
    return false;
  page->wanted = header->size;
  /* A mapping does not grow with what is in it. */
  while (header->blocks > BLOCKS_MAX
         || !fits (page->size, header->block_offset, header->block_size,
                   header->blocks))
    header->blocks = header->blocks > BLOCKS_MAX ? BLOCKS_MAX
      : (page->size - header->block_offset) / header->block_size;
  if (header->blocks && header->vcpus >= header->blocks)
    header->vcpus = header->blocks - 1;
  return header->blocks > 0;
}

/**
 * page_copy - copy what is in a mapping now
 * @page: filled in; to be freed with page_free()
 *
 * False if it makes no sense, or there is no memory.
 */
bool
page_copy (struct page *page, const void *mapping, size_t size)
{
  const volatile uint64_t *from = mapping;
  size_t i;

  memset (page, 0, sizeof *page);
  if (size > COPY_BYTES_MAX)
    size = COPY_BYTES_MAX;
  page->size = size / sizeof *from * sizeof *from;
  page->bytes = malloc (page->size);
  if (!page->bytes)
    return false;
  /* Each value at once. */
  for (i = 0; i < page->size / sizeof *from; i++)
    page->bytes[i] = from[i];
  if (make_sense (page))
    return true;
  page_free (page);
  return false;
}

void
page_free (struct page *page)
{
  free (page->bytes);
  memset (page, 0, sizeof *page);
}

/**
 * page_descriptor - one of them
 * @i: from 0 to header.descriptors - 1
 *
 * False if this one makes no sense.
 */
bool
page_descriptor (const struct page *page, uint32_t i,
                 struct lguest_statistics_descriptor *descriptor)
{
  const struct lguest_statistics *header = &page->header;

  memcpy (descriptor, (const char *) page->bytes + header->descriptor_offset
          + (size_t) i * header->descriptor_size, sizeof *descriptor);
  return descriptor->name[0]
    && memchr (descriptor->name, 0, sizeof descriptor->name)
    && descriptor->count > 0 && descriptor->count <= WORDS_MAX
    && fits (header->block_size, descriptor->offset, sizeof (uint64_t),
             descriptor->count);
}

/** page_find - the descriptor of that name */
bool
page_find (const struct page *page, const char *name,
           struct lguest_statistics_descriptor *descriptor)
{
  uint32_t i;

  for (i = 0; page->bytes && i < page->header.descriptors; i++)
    if (page_descriptor (page, i, descriptor)
        && strcmp (descriptor->name, name) == 0)
      return true;
  return false;
}

/**
 * page_word - a value
 * @block: its number, or PAGE_ALL_BLOCKS for the sum
 * @word: below descriptor->count
 */
uint64_t
page_word (const struct page *page,
           const struct lguest_statistics_descriptor *descriptor,
           uint32_t block, uint32_t word)
{
  const uint32_t last
    = block == PAGE_ALL_BLOCKS ? page->header.blocks - 1 : block;
  uint64_t sum = 0;
  uint32_t i;

  for (i = block == PAGE_ALL_BLOCKS ? 0 : block;
       i <= last && i < page->header.blocks; i++)
    sum += page->bytes[(page->header.block_offset
                        + (size_t) i * page->header.block_size
                        + descriptor->offset) / sizeof (uint64_t) + word];
  return sum;
}

/** page_same_layout - can values of the one be compared with the other's? */
bool
page_same_layout (const struct page *one, const struct page *other)
{
  const struct lguest_statistics *header = &one->header;

  return one->bytes && other->bytes
    && header->descriptor_offset == other->header.descriptor_offset
    && header->descriptor_size == other->header.descriptor_size
    && header->descriptors == other->header.descriptors
    && header->block_offset == other->header.block_offset
    && header->block_size == other->header.block_size
    && memcmp ((const char *) one->bytes + header->descriptor_offset,
               (const char *) other->bytes + header->descriptor_offset,
               (size_t) header->descriptor_size * header->descriptors) == 0;
}
