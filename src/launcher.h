/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launcher.h - one Guest from its start to its end.
 */
#ifndef LAUNCHER_H
#define LAUNCHER_H

#include <time.h>

#include "options.h"

int launcher_run (const struct options *options,
                  const struct timespec *started);

#endif /* LAUNCHER_H */
