// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * state.c - the state of a Guest, to be saved and restored: not on i386.
 */
#include "../lg.h"

/** lg_get_state - LHREQ_GET_STATE */
int lg_get_state(struct lguest *lg, struct lg_vcpu *vcpu, u64 which, void __user *to, u64 size)
{
	return -EOPNOTSUPP;
}

/** lg_set_state - LHREQ_SET_STATE */
int lg_set_state(struct lguest *lg, struct lg_vcpu *vcpu, u64 which, const void __user *from,
		 u64 size)
{
	return -EOPNOTSUPP;
}
