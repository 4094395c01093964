/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * types.h - the fixed-width types of the interface headers, in the kernel
 * (module, Guest) and outside of it (Launcher, tests).
 */
#ifndef LGUEST_TYPES_H
#define LGUEST_TYPES_H

#ifndef __ASSEMBLY__
#include <linux/types.h>
#endif

#endif /* LGUEST_TYPES_H */
