/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/rng.h - randomness for the Guest.
 */
#ifndef DEVICES_RNG_H
#define DEVICES_RNG_H

#include "devices/virtio_pci.h"
#include "failure.h"

/**
 * struct rng - the device
 * @device: on the bus
 * @bell: its doorbell, an eventfd
 */
struct rng
{
  struct virtio_device device;
  struct event_source bell;
};

bool rng_create (struct rng *rng, struct guest *guest,
                 struct failure *failure);

#endif /* DEVICES_RNG_H */
