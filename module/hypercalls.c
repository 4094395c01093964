// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hypercalls.c - what the Guest's kernel asks of us.
 *
 * include/lguest/hypercall.h is the manual of this file.  Nothing a Guest says
 * is trusted, and nothing is read twice.
 */
#include <linux/mm.h>
#include <linux/highmem.h>
#include <linux/nospec.h>
#include <linux/vmalloc.h>

#include "lg.h"
#include "trace.h"

/*
 * Where we see it.  Not by kmap(): a host of 32 bits has only some hundred of those for
 * everybody, and waits for one when they are gone.
 */
static void *map_pad(struct page *page)
{
	return PageHighMem(page) ? vmap(&page, 1, VM_MAP, PAGE_KERNEL) : page_address(page);
}

static void unmap_pad(struct page *page, void *pad)
{
	if (PageHighMem(page))
		vunmap(pad);
}

/** lg_unpin_pad - @vcpu has no pad any more, if it had one */
void lg_unpin_pad(struct lg_vcpu *vcpu)
{
	struct page *page = vcpu->pad_page;
	void *pad = vcpu->pad;

	/* Whoever takes the processor from us (sched_out()) writes there. */
	WRITE_ONCE(vcpu->pad, NULL);
	vcpu->pad_page = NULL;
	barrier();
	if (page) {
		unmap_pad(page, pad);
		unpin_user_pages_dirty_lock(&page, 1, true);
	}
}

/**
 * lg_pin_pad - @vcpu gets a pad, instead of the one that it may have
 * @vcpu:	the caller's own, or not running
 * @gpa:	where it is; not trusted
 *
 * 0 or negative errno.  May sleep.
 */
int lg_pin_pad(struct lg_vcpu *vcpu, u64 gpa)
{
	struct lguest *lg = vcpu->lg;
	struct page *page;
	unsigned long address;
	void *pad;
	int got;

	if (!PAGE_ALIGNED(gpa) || !lg_memory_range(lg, gpa, PAGE_SIZE))
		return -EINVAL;
	address = (unsigned long)lg_memory_user(lg, gpa);
	got = pin_user_pages_fast(address, 1, FOLL_WRITE | FOLL_LONGTERM, &page);
	if (got != 1)
		return got < 0 ? got : -EFAULT;
	pad = map_pad(page);
	if (!pad) {
		unpin_user_page(page);
		return -ENOMEM;
	}
	lg_unpin_pad(vcpu);
	vcpu->pad_page = page;
	vcpu->pad_gpa = gpa;
	vcpu->pad = pad;
	lg_switcher_set_pad(vcpu, page);
	return 0;
}

/**
 * lg_ready - all that LHCALL_LGUEST_INIT needs has been said
 * @vcpu:	the caller's own; has a pad
 *
 * nmi_blocked stays: this may be too early for the Guest to take one.
 */
void lg_ready(struct lg_vcpu *vcpu)
{
	vcpu->pad->irq_enabled = 0;
	vcpu->pad->guest_version = LGUEST_GUEST_VERSION;
	vcpu->pad->vcpus = vcpu->lg->setup.vcpus;
	vcpu->pad->preempted = 0;
	lg_steal_init(vcpu);
	lg_clock_publish(vcpu);
	vcpu->ready = true;
}

static int shut_down(struct lg_vcpu *vcpu, u64 how, u64 text, u64 length,
		     struct lguest_exit *exit)
{
	switch (how) {
	case LGUEST_SHUTDOWN_POWEROFF:
	case LGUEST_SHUTDOWN_RESTART:
	case LGUEST_SHUTDOWN_CRASH:
		break;
	default:
		return -EINVAL;
	}
	if (length && lg_memory_text(vcpu->lg, exit->message, sizeof(exit->message),
				     text, length))
		return -EINVAL;
	exit->reason = LGUEST_EXIT_SHUTDOWN;
	exit->detail = how;
	return 0;
}

/*H:120 What can we do for you?
 *
 * Here the Guest's questions arrive, with their arguments in registers.
 * Registers are safe: nobody can change them behind our back.  Memory is not.
 * So a structure is first copied, then looked at.
 *
 * An unknown number gets -ENOSYS, an impossible argument -EINVAL, as in any
 * decent kernel.  To be killed a Guest has to do something after which there
 * is no going on, such as pointing to a page table outside of its memory.
 */
/**
 * lg_do_hypercall - do a hypercall
 * @vcpu:	loaded; who made it
 * @number:	LHCALL_
 * @argument:	LG_ARGUMENTS of them
 * @answer_at:	gets what the Guest gets
 * @exit:	for the Launcher, if LG_LEAVE is returned
 */
enum lg_next lg_do_hypercall(struct lg_vcpu *vcpu, u64 number, const u64 *argument,
			     s64 *answer_at, struct lguest_exit *exit)
{
	u64 a = argument[0], b = argument[1], c = argument[2], d = argument[3], e = argument[4];
	enum lg_next next = LG_RUN;
	s64 answer = 0;

	if (number < LG_HYPERCALLS) {
		unsigned long index = array_index_nospec((unsigned long)number, LG_HYPERCALLS);

		vcpu->statistics->hypercalls[index]++;
	} else {
		vcpu->statistics->hypercall_unknown++;
	}
	trace_lguest_hypercall(vcpu, number, a, b, c);
	if (!vcpu->ready && number != LHCALL_LGUEST_INIT && number != LHCALL_SHUTDOWN &&
	    number != LHCALL_PRINT) {
		lg_kill(vcpu->lg, "hypercall %llu before LHCALL_LGUEST_INIT", number);
		return LG_RUN;
	}
	switch (number) {
	case LHCALL_LGUEST_INIT:
		answer = lg_arch_init(vcpu, a);
		break;
	case LHCALL_SHUTDOWN:
		answer = shut_down(vcpu, a, b, c, exit);
		if (!answer)
			next = LG_LEAVE;
		break;
	case LHCALL_NEW_PGTABLE:
		answer = pager_new_table(vcpu, a);
		break;
	case LHCALL_FLUSH_TLB:
		if (a == LGUEST_FLUSH_USER)
			pager_flush_user(vcpu);
		else if (a == LGUEST_FLUSH_ALL)
			pager_flush_all(vcpu);
		else
			answer = -EINVAL;
		break;
	case LHCALL_FLUSH_RANGE:
		pager_flush_range(vcpu, a, b, c, d, e);
		break;
	case LHCALL_HALT:
		vcpu->pad->irq_enabled = LGUEST_IRQ_ENABLED;
		WRITE_ONCE(vcpu->state, LG_HALTED);
		break;
	case LHCALL_SEND_INTERRUPTS:
		break;		/* being here is what it takes */
	case LHCALL_SET_CLOCKEVENT:
		lg_clock_set(vcpu, lg_arch_wide(argument));
		break;
	case LHCALL_RELEASE_PGTABLE:
		pager_release_table(vcpu->lg, a);
		break;
	case LHCALL_SET_DEBUGREG:
		if (!lg_arch_set_debug_register(vcpu, a, b))
			answer = -EINVAL;
		break;
	case LHCALL_GET_CLOCK:
		answer = lg_clock_read(vcpu->lg, a);
		break;
	case LHCALL_VCPU_UP:
		answer = lg_vcpu_up(vcpu, a, b, c);
		break;
	case LHCALL_VCPU_DOWN:
		vcpu->ready = false;
		lg_switcher_set_pad(vcpu, NULL);
		lg_unpin_pad(vcpu);
		/* From here on another vcpu may start it. */
		smp_store_release(&vcpu->state, LG_DOWN);
		break;
	case LHCALL_SEND_IPI:
		answer = lg_send_ipi(vcpu->lg, a, b);
		break;
	case LHCALL_WAIT:
		WRITE_ONCE(vcpu->state, LG_WAITS);
		break;
	case LHCALL_KICK:
		answer = lg_vcpu_wake(vcpu, a);
		break;
	case LHCALL_YIELD:
		lg_vcpu_yield(vcpu);
		break;
	case LHCALL_ROUTE_IRQ:
		answer = lg_route_irq(vcpu->lg, a, b);
		break;
	case LHCALL_NOTIFY:
		answer = lg_doorbell_ring(vcpu->lg, a);
		break;
	case LHCALL_PRINT:
		if (lg_memory_text(vcpu->lg, exit->message, sizeof(exit->message), a, b)) {
			answer = -EINVAL;
		} else {
			exit->reason = LGUEST_EXIT_PRINT;
			next = LG_LEAVE;
		}
		break;
	default:
		answer = lg_arch_hypercall(vcpu, number, argument);
	}
	*answer_at = answer;
	return next;
}

/** lg_hypercall - do the one in @vcpu's registers, and put the answer there; likewise */
enum lg_next lg_hypercall(struct lg_vcpu *vcpu, struct lguest_exit *exit)
{
	u64 number = lg_arch_argument(&vcpu->arch, 0), argument[LG_ARGUMENTS];
	enum lg_next next;
	unsigned int i;
	s64 answer;

	for (i = 0; i < LG_ARGUMENTS; i++)
		argument[i] = lg_arch_argument(&vcpu->arch, 1 + i);
	next = lg_do_hypercall(vcpu, number, argument, &answer, exit);
	lg_arch_answer(&vcpu->arch, number, answer);
	return next;
}
/*:*/
