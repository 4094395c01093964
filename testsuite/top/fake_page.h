/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_page.h - a page of counters as lg.ko makes it, or nearly so.
 */
#ifndef FAKE_PAGE_H
#define FAKE_PAGE_H

#include <stddef.h>
#include <stdint.h>

/* Ways in which a page can make no sense. */
enum fake_page_fault
{
  PAGE_GOOD,
  PAGE_MAGIC,                   /* it is something else */
  PAGE_VERSION,                 /* of another version */
  PAGE_SHORT,                   /* shorter than its header */
  PAGE_OFFSETS,                 /* everything is far beyond its end */
  PAGE_WRAP,                    /* sums of offsets and sizes overflow */
  PAGE_STRIDE,                  /* strides are 0 */
  PAGE_COUNTS,                  /* there is 2^32 - 1 of everything */
  PAGE_NAMES,                   /* names do not end, or play with terminals */
  PAGE_ODD,                     /* nothing is aligned */
  PAGE_KINDS,                   /* kinds and units that nobody knows */
  PAGE_FAULTS
};

/**
 * struct fake_page - one of them
 * @bytes, @size: it
 * @vcpus: how many blocks but one
 */
struct fake_page
{
  char *bytes;
  size_t size;
  unsigned vcpus;
};

size_t fake_page_size (unsigned vcpus);
void fake_page_init (struct fake_page *page, void *bytes, unsigned vcpus);
void fake_page_set (struct fake_page *page, const char *name, unsigned block,
                    unsigned word, uint64_t value);
void fake_page_spoil (struct fake_page *page, enum fake_page_fault fault);

#endif /* FAKE_PAGE_H */
