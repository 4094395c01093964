/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/time.h - what time it is for a Guest that comes back.
 */
#ifndef SNAPSHOT_TIME_H
#define SNAPSHOT_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include <lguest/state.h>

#include "failure.h"

bool snapshot_time_pass (struct lguest_guest_state *guest,
                         const struct lguest_guest_state *here,
                         uint64_t *passed, struct failure *failure);
void snapshot_time_ring (struct lguest_vcpu_state *vcpu, uint64_t passed);

#endif /* SNAPSHOT_TIME_H */
