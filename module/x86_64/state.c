// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * state.c - the state of a Guest, to be saved and restored, on x86_64.
 *
 * include/lguest/state.h is the manual of this file.
 */
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include <asm/trapnr.h>
#include <asm/tsc.h>

#include "../shadow.h"
#include "../../include/lguest/state.h"

/*H:155.x86_64 Freezing a Guest
 *
 * What is a Guest, when nobody runs it?  Its memory, which the Launcher has;
 * a page of registers for each of its processors; what it told us about its
 * kernel, once, at boot; and a few bits: which interrupts wait, who sleeps,
 * when the alarm rings.  Everything else that we have of it, all the shadow
 * tables first of all, is a cache, and can be had again.
 *
 * So a Guest fits into a letter.  The Launcher asks for it, puts it into a file
 * next to the memory, and goes home.  Whoever opens it, on this machine or
 * another one, today or in a year, has the Guest, and it does not know that it
 * was ever gone.
 *
 * But who wrote the letter?  We do not know, and must not care.  So nothing in
 * it is believed: it goes through the very checks that the Guest's own
 * hypercalls go through.  A letter cannot say anything that a Guest could not.
 */
static_assert(LGUEST_VCPU_DOWN == (int)LG_DOWN);
static_assert(LGUEST_VCPU_STARTING == (int)LG_STARTING);
static_assert(LGUEST_VCPU_RUNS == (int)LG_RUNS);
static_assert(LGUEST_VCPU_HALTED == (int)LG_HALTED);
static_assert(LGUEST_VCPU_WAITS == (int)LG_WAITS);

/* Parts of the processor's state that are the Guest's: all but PKRU. */
static u64 fpu_features(const struct lg_arch_vcpu *arch)
{
	return arch->fpu.perm & ~(u64)XFEATURE_MASK_PKRU;
}

static void get_init(struct lg_vcpu *vcpu, struct lguest_init *init)
{
	const struct switcher_area *area = vcpu->arch.area;

	init->version = LGUEST_GUEST_VERSION;
	init->pad = vcpu->pad_gpa;
	init->gs_base = area->kernel_gs_base;
	init->syscall_entry = area->syscall_entry;
	init->event_entry_user = vcpu->arch.event_entry_user;
	init->event_entry_kernel = vcpu->arch.event_entry_kernel;
	init->sysret_rip = area->sysret_rip;
	init->iret_rip = area->iret_rip;
	init->linear_base = area->linear_base;
	init->nmi_unsafe_start = vcpu->nmi_unsafe_start;
	init->nmi_unsafe_end = vcpu->nmi_unsafe_end;
}

static int get_vcpu(struct lg_vcpu *vcpu, struct lguest_vcpu_state *state)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	unsigned int i;

	state->version = LGUEST_STATE_VERSION;
	state->activity = vcpu->state;
	if (vcpu->state == LG_DOWN)
		return 0;
	if (vcpu->state == LG_STARTING) {
		state->start_entry = vcpu->start.entry;
		state->start_argument = vcpu->start.argument;
		state->start_cr3 = vcpu->start.cr3;
		return 0;
	}
	if (arch->fpu.uabi_size > sizeof(state->fpu))
		return -EOPNOTSUPP;
	for (i = 0; i < LGUEST_REG_COUNT; i++)
		state->registers[i] = lg_arch_get_register(vcpu, i);
	for (i = 0; i < ARRAY_SIZE(state->debug); i++)
		state->debug[i] = arch->dr[i];
	/* It may fire meanwhile: better one interrupt too many than none. */
	state->timer_ns = lg_clock_left(vcpu);
	state->pending = READ_ONCE(vcpu->pending);
	state->trap = vcpu->trap;
	state->trap_error = vcpu->trap_error;
	if (vcpu->ready) {
		state->flags |= LGUEST_VCPU_READY;
		get_init(vcpu, &state->init);
	}
	if (READ_ONCE(vcpu->kicked))
		state->flags |= LGUEST_VCPU_KICKED;
	if (READ_ONCE(vcpu->nmi))
		state->flags |= LGUEST_VCPU_NMI;
	if (lg_arch_user_mode(vcpu) && arch->area->cs == __USER32_CS)
		state->flags |= LGUEST_VCPU_CODE_32;
	fpu_copy_guest_fpstate_to_uabi(&arch->fpu, state->fpu, sizeof(state->fpu),
				       fpu_features(arch), 0);
	return 0;
}

static void get_guest(struct lguest *lg, struct lguest_guest_state *state)
{
	unsigned long flags;

	state->version = LGUEST_STATE_VERSION;
	state->guest_version = LGUEST_GUEST_VERSION;
	state->memory_size = lg->setup.memory_size;
	state->vcpus = lg->setup.vcpus;
	state->flags = lg->clock.own_tsc ? LGUEST_STATE_OWN_TSC : 0;
	state->tsc_khz = lg_clock_guest_khz(lg);
	local_irq_save(flags);
	state->tsc = lg_clock_guest_tsc(lg, rdtsc_ordered());
	state->monotonic_ns = lg_clock_read(lg, LGUEST_CLOCK_MONOTONIC);
	state->realtime_ns = lg_clock_read(lg, LGUEST_CLOCK_REALTIME);
	local_irq_restore(flags);
	memcpy(state->irq_vcpu, lg->irq_vcpu, sizeof(state->irq_vcpu));
}

static bool table_valid(struct lg_vcpu *vcpu, u64 cr3)
{
	return lg_table_gfn(lg_table_key(cr3)) < vcpu->lg->pages;
}

static bool registers_valid(const struct lguest_vcpu_state *state)
{
	const u64 *registers = state->registers;
	bool user = registers[LGUEST_REG_USER_MODE];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(state->debug); i++)
		if (!lg_arch_debug_register_valid(i, state->debug[i]) && state->debug[i])
			return false;
	if (state->debug[4] || state->debug[5])
		return false;
	if (state->flags & LGUEST_VCPU_CODE_32 && (!user || registers[LGUEST_REG_RIP] >> 32))
		return false;
	return registers[LGUEST_REG_USER_MODE] <= 1 &&
	       (!user || state->flags & LGUEST_VCPU_READY) &&
	       lg_arch_canonical(registers[LGUEST_REG_RIP]) &&
	       lg_arch_canonical(registers[LGUEST_REG_FS_BASE]) &&
	       lg_arch_canonical(registers[LGUEST_REG_GS_BASE]);
}

static bool init_valid(struct lg_vcpu *vcpu, const struct lguest_init *init)
{
	return init->version == LGUEST_GUEST_VERSION && PAGE_ALIGNED(init->pad) &&
	       lg_memory_range(vcpu->lg, init->pad, PAGE_SIZE) &&
	       lg_arch_entries_valid(vcpu, init);
}

static bool vcpu_valid(struct lg_vcpu *vcpu, const struct lguest_vcpu_state *state)
{
	/* What has no meaning yet is free to get one: whatever the vcpu does. */
	if (state->flags & ~LGUEST_VCPU_FLAGS || state->reserved ||
	    memchr_inv(state->spare, 0, sizeof(state->spare)))
		return false;
	switch (state->activity) {
	case LGUEST_VCPU_DOWN:
		return true;
	case LGUEST_VCPU_STARTING:
		return lg_arch_canonical(state->start_entry) &&
		       table_valid(vcpu, state->start_cr3);
	case LGUEST_VCPU_RUNS:
		break;
	case LGUEST_VCPU_HALTED:
	case LGUEST_VCPU_WAITS:
		/* Who sleeps is asked by its pad whether an interrupt wakes it. */
		if (!(state->flags & LGUEST_VCPU_READY))
			return false;
		break;
	default:
		return false;
	}
	if (state->trap && !lg_trap_valid(state->trap - 1))
		return false;
	if (state->flags & LGUEST_VCPU_READY && !init_valid(vcpu, &state->init))
		return false;
	return table_valid(vcpu, state->registers[LGUEST_REG_CR3]) && registers_valid(state);
}

/* It is ready, and so has a pad. */
static void resume_ready(struct lg_vcpu *vcpu, const struct lguest_vcpu_state *state)
{
	struct switcher_area *area = vcpu->arch.area;

	if (state->registers[LGUEST_REG_USER_MODE]) {
		area->mode = SWITCHER_MODE_USER;
		if (state->flags & LGUEST_VCPU_CODE_32)
			area->cs = __USER32_CS;
	}
	WRITE_ONCE(vcpu->pad->preempted, 0);
	vcpu->clock_due = true;
	vcpu->steal_due = true;
	vcpu->steal_restored = true;
	vcpu->ready = true;
}

/* Only memory can be missing: all else has been looked at. */
static int resume_vcpu(struct lg_vcpu *vcpu, const struct lguest_vcpu_state *state)
{
	unsigned int i;
	int err;

	if (state->flags & LGUEST_VCPU_READY) {
		err = lg_arch_use_init(vcpu, &state->init);
		if (err)
			return err;
		resume_ready(vcpu, state);
	}
	for (i = 0; i < LGUEST_REG_COUNT; i++)
		lg_arch_set_register(vcpu, i, state->registers[i]);
	for (i = 0; i < ARRAY_SIZE(state->debug); i++)
		if (state->debug[i])
			lg_arch_set_debug_register(vcpu, i, state->debug[i]);
	err = pager_new_table(vcpu, state->registers[LGUEST_REG_CR3]);
	if (err)
		return err;
	vcpu->trap = state->trap;
	vcpu->trap_error = state->trap_error;
	vcpu->kicked = state->flags & LGUEST_VCPU_KICKED;
	vcpu->nmi = state->flags & LGUEST_VCPU_NMI;
	vcpu->pending = state->pending;
	if (state->timer_ns)
		lg_clock_set(vcpu, state->timer_ns);
	WRITE_ONCE(vcpu->state, state->activity);
	return 0;
}

static int set_vcpu(struct lg_vcpu *vcpu, const struct lguest_vcpu_state *state)
{
	int err;

	if (state->version != LGUEST_STATE_VERSION)
		return -EPROTO;
	if (!vcpu_valid(vcpu, state))
		return -EINVAL;
	if (state->activity > LGUEST_VCPU_STARTING) {
		u32 pkru;

		if (vcpu->arch.fpu.uabi_size > sizeof(state->fpu))
			return -EOPNOTSUPP;
		/* The kernel looks at it before it takes any of it. */
		err = fpu_copy_uabi_to_guest_fpstate(&vcpu->arch.fpu, state->fpu,
						     fpu_features(&vcpu->arch), &pkru);
		if (err)
			return -EINVAL;
	}
	lg_reset_vcpu(vcpu, 0, 0);
	vcpu->start_wanted = false;
	WRITE_ONCE(vcpu->state, LG_DOWN);
	switch (state->activity) {
	case LGUEST_VCPU_DOWN:
		return 0;
	case LGUEST_VCPU_STARTING:
		vcpu->start.entry = state->start_entry;
		vcpu->start.argument = state->start_argument;
		vcpu->start.cr3 = state->start_cr3;
		vcpu->start_wanted = true;
		WRITE_ONCE(vcpu->state, LG_STARTING);
		return 0;
	}
	err = resume_vcpu(vcpu, state);
	if (err)
		lg_reset_vcpu(vcpu, 0, 0);
	return err;
}

static int set_guest(struct lguest *lg, const struct lguest_guest_state *state)
{
	bool own_tsc = state->flags & LGUEST_STATE_OWN_TSC;
	unsigned int i;
	int err;

	if (state->version != LGUEST_STATE_VERSION ||
	    state->guest_version != LGUEST_GUEST_VERSION)
		return -EPROTO;
	if (state->memory_size != lg->setup.memory_size || state->vcpus != lg->setup.vcpus ||
	    state->flags & ~LGUEST_STATE_OWN_TSC || state->reserved ||
	    (own_tsc && !state->tsc_khz))
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(state->irq_vcpu); i++)
		if (state->irq_vcpu[i] >= lg->setup.vcpus)
			return -EINVAL;
	err = lg_clock_own_tsc(lg, state->tsc, own_tsc ? state->tsc_khz : 0);
	if (err)
		return err;
	lg->clock.monotonic_offset = state->monotonic_ns - ktime_get_ns();
	for (i = 0; i < ARRAY_SIZE(state->irq_vcpu); i++)
		WRITE_ONCE(lg->irq_vcpu[i], state->irq_vcpu[i]);
	return 0;
}
/*:*/

/**
 * lg_get_state - LHREQ_GET_STATE
 * @lg:		the Guest; all vcpus' run_locks are held, and its own
 * @vcpu:	which one
 * @which:	LGUEST_STATE_
 * @to:		where to write it to
 * @size:	of what is expected there
 */
int lg_get_state(struct lguest *lg, struct lg_vcpu *vcpu, u64 which, void __user *to, u64 size)
{
	struct lguest_guest_state guest = { 0 };
	struct lguest_vcpu_state *state;
	int err;

	if (which == LGUEST_STATE_GUEST) {
		if (size != sizeof(guest))
			return -EINVAL;
		get_guest(lg, &guest);
		return copy_to_user(to, &guest, sizeof(guest)) ? -EFAULT : 0;
	}
	if (which != LGUEST_STATE_VCPU || size != sizeof(*state))
		return -EINVAL;
	state = kzalloc(sizeof(*state), GFP_KERNEL_ACCOUNT);
	if (!state)
		return -ENOMEM;
	err = get_vcpu(vcpu, state);
	if (!err && copy_to_user(to, state, sizeof(*state)))
		err = -EFAULT;
	kfree(state);
	return err;
}

/** lg_set_state - LHREQ_SET_STATE; likewise, from @from */
int lg_set_state(struct lguest *lg, struct lg_vcpu *vcpu, u64 which, const void __user *from,
		 u64 size)
{
	struct lguest_guest_state guest;
	struct lguest_vcpu_state *state;
	int err;

	if (which == LGUEST_STATE_GUEST) {
		if (size != sizeof(guest))
			return -EINVAL;
		if (copy_from_user(&guest, from, sizeof(guest)))
			return -EFAULT;
		return set_guest(lg, &guest);
	}
	if (which != LGUEST_STATE_VCPU || size != sizeof(*state))
		return -EINVAL;
	state = memdup_user(from, sizeof(*state));
	if (IS_ERR(state))
		return PTR_ERR(state);
	err = set_vcpu(vcpu, state);
	kfree(state);
	return err;
}
