/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_host.h - can this machine run Guests?
 */
#ifndef CHECK_HOST_H
#define CHECK_HOST_H

int check_host (void);

#endif /* CHECK_HOST_H */
