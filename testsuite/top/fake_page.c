/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_page.c - a page of counters as lg.ko makes it, or nearly so.
 */
#include <config.h>

#include <string.h>

#include <lguest/statistics.h>

#include "fake_page.h"

#define BUCKETS 64
#define PAGE_BYTES 4096

/* Megahertz in which nobody loses himself. */
#define TSC_KHZ 1000000

static const struct
{
  const char *name;
  unsigned kind;
  unsigned unit;
} values[] =
{
#define COUNT(name) { name, LGUEST_STATISTICS_COUNTER, \
                      LGUEST_STATISTICS_EVENTS }
#define CYCLES(name) { name, LGUEST_STATISTICS_COUNTER, \
                       LGUEST_STATISTICS_CYCLES }
#define HISTOGRAM(name) { name, LGUEST_STATISTICS_HISTOGRAM, \
                          LGUEST_STATISTICS_CYCLES }
  CYCLES ("time.guest"), CYCLES ("time.host"), CYCLES ("time.halted"),
  CYCLES ("time.off"), CYCLES ("time.launcher"),
  COUNT ("direct.system_call"), COUNT ("fault.filled"),
  COUNT ("fault.spurious"), COUNT ("inject.timer"), COUNT ("kick.sent"),
  COUNT ("exit.page_fault"), COUNT ("exit.hypercall"),
  COUNT ("exit.interrupt_timer"), COUNT ("exit.never"),
  COUNT ("hypercall.set_pte"), COUNT ("hypercall.halt"),
  { "shadow.level1", LGUEST_STATISTICS_GAUGE, LGUEST_STATISTICS_PAGES },
  HISTOGRAM ("latency.guest"), HISTOGRAM ("latency.hypercall"),
  HISTOGRAM ("latency.page_fault"), HISTOGRAM ("latency.interrupt"),
  HISTOGRAM ("latency.other"), HISTOGRAM ("latency.halted"),
};

#define VALUES (sizeof values / sizeof *values)

static unsigned
words_of (unsigned kind)
{
  return kind == LGUEST_STATISTICS_HISTOGRAM ? BUCKETS : 1;
}

static size_t
block_size (void)
{
  size_t i, words = 0;

  for (i = 0; i < VALUES; i++)
    words += words_of (values[i].kind);
  return words * sizeof (uint64_t);
}

static size_t
block_offset (void)
{
  return sizeof (struct lguest_statistics)
    + VALUES * sizeof (struct lguest_statistics_descriptor);
}

size_t
fake_page_size (unsigned vcpus)
{
  const size_t bytes = block_offset () + (vcpus + 1) * block_size ();

  return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

/* In @bytes, which has fake_page_size() of them, all 0. */
void
fake_page_init (struct fake_page *page, void *bytes, unsigned vcpus)
{
  struct lguest_statistics *header = bytes;
  struct lguest_statistics_descriptor *descriptor = (void *) (header + 1);
  size_t i, offset = 0;

  *page = (struct fake_page) { bytes, fake_page_size (vcpus), vcpus };
  *header = (struct lguest_statistics)
    {
      .magic = LGUEST_STATISTICS_MAGIC, .version = LGUEST_STATISTICS_VERSION,
      .header_size = sizeof *header, .size = page->size,
      .descriptor_offset = sizeof *header,
      .descriptor_size = sizeof *descriptor, .descriptors = VALUES,
      .block_offset = block_offset (), .block_size = block_size (),
      .blocks = vcpus + 1, .vcpus = vcpus, .tsc_khz = TSC_KHZ, .starts = 1,
    };
  for (i = 0; i < VALUES; i++)
    {
      strcpy (descriptor[i].name, values[i].name);
      descriptor[i].offset = offset;
      descriptor[i].count = words_of (values[i].kind);
      descriptor[i].kind = values[i].kind;
      descriptor[i].unit = values[i].unit;
      offset += descriptor[i].count * sizeof (uint64_t);
    }
}

void
fake_page_set (struct fake_page *page, const char *name, unsigned block,
               unsigned word, uint64_t value)
{
  size_t i, offset = 0;

  /* Where it is, whatever the page says by now. */
  for (i = 0; i < VALUES && strcmp (values[i].name, name) != 0; i++)
    offset += words_of (values[i].kind) * sizeof value;
  if (i < VALUES)
    *(volatile uint64_t *) (page->bytes + block_offset ()
                            + block * block_size () + offset
                            + word * sizeof value) = value;
}

void
fake_page_spoil (struct fake_page *page, enum fake_page_fault fault)
{
  struct lguest_statistics *header = (void *) page->bytes;
  struct lguest_statistics_descriptor *descriptor = (void *) (header + 1);
  size_t i;

  switch (fault)
    {
    case PAGE_MAGIC:
      header->magic ^= 1;
      break;
    case PAGE_VERSION:
      header->version++;
      break;
    case PAGE_SHORT:
      header->header_size = 8;
      break;
    case PAGE_OFFSETS:
      header->descriptor_offset = header->block_offset = 0x7ffffff8;
      break;
    case PAGE_WRAP:
      header->block_offset = header->block_size = 0xfffffff8;
      header->blocks = 0xffffffff;
      for (i = 0; i < VALUES; i++)
        descriptor[i].offset = 0xfffffff8;
      break;
    case PAGE_STRIDE:
      header->descriptor_size = header->block_size = 0;
      break;
    case PAGE_COUNTS:
      header->descriptors = header->blocks = header->vcpus = 0xffffffff;
      for (i = 0; i < VALUES; i++)
        descriptor[i].count = 0xffffffff;
      break;
    case PAGE_NAMES:
      memset (descriptor[0].name, 'x', sizeof descriptor[0].name);
      strcpy (descriptor[10].name, "exit.\033[2J\ad\xc3(\xff");
      strcpy (descriptor[11].name, ".");
      strcpy (descriptor[12].name, "exit.");
      strcpy (descriptor[13].name, "");
      break;
    case PAGE_ODD:
      header->block_offset += 4;
      for (i = 0; i < VALUES; i++)
        descriptor[i].offset += 3;
      break;
    case PAGE_KINDS:
      for (i = 0; i < VALUES; i++)
        descriptor[i].kind = descriptor[i].unit = 77 + i;
      break;
    default:
      break;
    }
}
