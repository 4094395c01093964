/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counters_json.h - what has been counted of a Guest, as JSON.
 */
#ifndef COUNTERS_JSON_H
#define COUNTERS_JSON_H

#include <lguest/control.h>

#include "json.h"

void counters_json_print (struct json *json, struct lguest_guest *guest);

#endif /* COUNTERS_JSON_H */
