/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/libnbd_api.c - libnbd, loaded when it is needed.
 */
#include <config.h>

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "i18n.h"
#include "image/libnbd_api.h"

#define LIBRARY "libnbd.so.0"

/* Where each function goes. */
static const struct
{
  const char *name;
  size_t offset;
} functions[] =
{
#define FUNCTION(name) { "nbd_" #name, offsetof (struct libnbd_api, name) }
  FUNCTION (create),
  FUNCTION (close),
  FUNCTION (set_export_name),
  FUNCTION (connect_socket),
  FUNCTION (connect_unix),
  FUNCTION (connect_uri),
  FUNCTION (get_size),
  FUNCTION (is_read_only),
  FUNCTION (can_multi_conn),
  FUNCTION (can_flush),
  FUNCTION (can_trim),
  FUNCTION (can_zero),
  FUNCTION (pread),
  FUNCTION (pwrite),
  FUNCTION (flush),
  FUNCTION (trim),
  FUNCTION (zero),
  FUNCTION (get_error),
  FUNCTION (get_errno),
};

/**
 * libnbd_load - all its functions; NULL if it is not installed
 *
 * By one thread at a time.
 */
const struct libnbd_api *
libnbd_load (struct failure *failure)
{
  static struct libnbd_api api;
  static void *library;
  size_t i;

  if (library)
    return &api;
  library = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL);
  for (i = 0; library && i < sizeof functions / sizeof *functions; i++)
    {
      void *symbol = dlsym (library, functions[i].name);

      memcpy ((char *) &api + functions[i].offset, &symbol, sizeof symbol);
      if (!symbol)
        {
          dlclose (library);
          library = NULL;
        }
    }
  if (library)
    return &api;
  fail (failure, STATUS_ERROR,
        _("this disk needs libnbd, which is not installed (Debian:"
          " libnbd0): %s"), dlerror ());
  return NULL;
}
