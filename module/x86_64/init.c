// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * init.c - hypercalls that only x86_64 has, or has in this way.
 */
#include "../lg.h"

/**
 * lg_arch_use_init - what the Guest's kernel says about itself holds from now on
 * @vcpu:	its run_lock is held, it is not in the Guest
 * @init:	a copy; not trusted, but for its version
 *
 * 0 or negative errno.
 */
int lg_arch_use_init(struct lg_vcpu *vcpu, const struct lguest_init *init)
{
	int err;

	err = lg_pin_pad(vcpu, init->pad);
	if (err)
		return err;
	err = lg_arch_set_entries(vcpu, init);
	if (err)
		return err;
	vcpu->arch.event_entry_user = init->event_entry_user;
	vcpu->arch.event_entry_kernel = init->event_entry_kernel;
	vcpu->nmi_unsafe_start = init->nmi_unsafe_start;
	vcpu->nmi_unsafe_end = init->nmi_unsafe_end;
	return 0;
}

/** lg_arch_init - LHCALL_LGUEST_INIT; 0 or negative errno */
int lg_arch_init(struct lg_vcpu *vcpu, u64 gpa)
{
	struct lguest *lg = vcpu->lg;
	struct lguest_init init;
	int err;

	if (lg_memory_read(lg, &init, gpa, sizeof(init)))
		return -EINVAL;
	if (init.version != LGUEST_GUEST_VERSION) {
		lg_kill(lg, "the Guest speaks version %llu of the Guest interface, lg.ko version %d",
			init.version, LGUEST_GUEST_VERSION);
		return -EPROTO;
	}
	err = lg_arch_use_init(vcpu, &init);
	if (!err)
		lg_ready(vcpu);
	return err;
}

/** lg_arch_hypercall - any number that lg_do_hypercall() does not know */
int lg_arch_hypercall(struct lg_vcpu *vcpu, u64 number, const u64 *argument)
{
	int err;

	if (number != LHCALL_SET_PAD)
		return -ENOSYS;
	if (!lg_arch_canonical(argument[1]))
		return -EINVAL;
	err = lg_pin_pad(vcpu, argument[0]);
	if (!err)
		lg_arch_set_gs_base(vcpu, argument[1]);
	return err;
}
