/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * requests.h - what clients of the control socket can ask for.
 */
#ifndef REQUESTS_H
#define REQUESTS_H

#include "launcher.h"

bool requests_open (struct launcher *launcher, struct failure *failure);

#endif /* REQUESTS_H */
