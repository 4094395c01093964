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

bool vcpu_run (struct guest *guest, struct console *console, unsigned vcpu,
               struct lguest_exit *last, struct failure *failure);

#endif /* VCPU_H */
