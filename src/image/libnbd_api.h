/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/libnbd_api.h - libnbd, loaded when it is needed.
 *
 * It brings a TLS library and an XML parser along.  A guest whose disks are
 * plain files shall not pay for that.
 */
#ifndef IMAGE_LIBNBD_API_H
#define IMAGE_LIBNBD_API_H

#include <libnbd.h>

#include "failure.h"

/**
 * struct libnbd_api - the functions that we use; see libnbd(3)
 */
struct libnbd_api
{
  __typeof__ (&nbd_create) create;
  __typeof__ (&nbd_close) close;
  __typeof__ (&nbd_set_export_name) set_export_name;
  __typeof__ (&nbd_connect_socket) connect_socket;
  __typeof__ (&nbd_connect_unix) connect_unix;
  __typeof__ (&nbd_connect_uri) connect_uri;
  __typeof__ (&nbd_get_size) get_size;
  __typeof__ (&nbd_is_read_only) is_read_only;
  __typeof__ (&nbd_can_multi_conn) can_multi_conn;
  __typeof__ (&nbd_can_flush) can_flush;
  __typeof__ (&nbd_can_trim) can_trim;
  __typeof__ (&nbd_can_zero) can_zero;
  __typeof__ (&nbd_pread) pread;
  __typeof__ (&nbd_pwrite) pwrite;
  __typeof__ (&nbd_flush) flush;
  __typeof__ (&nbd_trim) trim;
  __typeof__ (&nbd_zero) zero;
  __typeof__ (&nbd_get_error) get_error;
  __typeof__ (&nbd_get_errno) get_errno;
};

const struct libnbd_api *libnbd_load (struct failure *failure);

#endif /* IMAGE_LIBNBD_API_H */
