/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device_node.h - talking to lg.ko through /dev/lguest.
 *
 * The protocol is in <lguest/device.h>.  All functions may be called from
 * any thread.
 */
#ifndef DEVICE_NODE_H
#define DEVICE_NODE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <lguest/device.h>

#include "failure.h"
#include "guest_memory.h"
#include "loader.h"

int device_node_open (struct lguest_device_info *info,
                      struct failure *failure);
bool device_node_initialize (int fd, const struct guest_memory *memory,
                             const struct kernel *kernel,
                             uint64_t boot_params, unsigned vcpus,
                             struct failure *failure);
bool device_node_run (int fd, unsigned vcpu, struct lguest_exit *reason);
bool device_node_set_registers (int fd, unsigned vcpu, const uint64_t *pairs,
                                unsigned count);
bool device_node_get_register (int fd, unsigned vcpu, unsigned number,
                               uint64_t *value);
bool device_node_get_state (int fd, unsigned vcpu, unsigned which,
                            void *state, size_t bytes);
bool device_node_set_state (int fd, unsigned vcpu, unsigned which,
                            const void *state, size_t bytes);
bool device_node_trap (int fd, unsigned vcpu, unsigned vector,
                       uint64_t error_code);
bool device_node_interrupt (int fd, unsigned irq);
bool device_node_kick (int fd, unsigned vcpu);
bool device_node_nmi (int fd, unsigned vcpu);
const void *device_node_map_statistics (int fd, size_t *size);
bool device_node_doorbell (int fd, uint64_t address, int eventfd);

#endif /* DEVICE_NODE_H */
