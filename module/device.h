/* SPDX-License-Identifier: GPL-2.0-or-later */
/* device.h - /dev/lguest comes and goes with the module. */
#ifndef LG_DEVICE_H
#define LG_DEVICE_H

#include <linux/types.h>

int lg_device_init(u64 host_features);
void lg_device_exit(void);

#endif /* LG_DEVICE_H */
