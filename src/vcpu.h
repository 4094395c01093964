/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vcpu.h - running a virtual processor.
 */
#ifndef VCPU_H
#define VCPU_H

#include <stdbool.h>

#include <lguest/device.h>

#include "devices/console.h"
#include "failure.h"
#include "guest.h"

/* How vcpu_run_once() came out. */
enum vcpu_result
{
  VCPU_GOES_ON,                 /* call it again */
  VCPU_ENDED,                   /* the Guest has: LGUEST_EXIT_SHUTDOWN or _DEAD */
  VCPU_FAILED,                  /* lg.ko did not want to run it */
};

enum vcpu_result vcpu_run_once (struct guest *guest, struct console *console,
                                unsigned vcpu, struct lguest_exit *last,
                                struct failure *failure);

#endif /* VCPU_H */
