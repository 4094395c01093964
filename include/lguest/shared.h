/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shared.h - memory that a Guest kernel and the Host (or the Switcher) share,
 * on x86_64.
 *
 * The pad is a page of the Guest's own memory, one per vcpu.  The Guest
 * reaches it through its per-cpu segment (%gs), so that interrupts go off by
 * one store; the Switcher sees it at one address for all vcpus.
 * The Host never trusts what it reads there: each field is read once, and
 * can hurt nobody but the Guest.
 *
 * How the Guest's world looks
 * ---------------------------
 * Guest kernel and Guest user both run at CPL 3, with the Host's user code
 * and stack selectors.  They differ by the page table that is loaded: the
 * kernel view maps all that the Guest mapped (its user half not executable),
 * the user view only what the Guest marked as user.  PML4 slot
 * LGUEST_SWITCHER_SLOT is never the Guest's.
 *
 * There are four ways between them:
 *
 * 1. The user executes SYSCALL.  The Switcher puts RIP (from RCX) and RFLAGS
 *    (from R11) into frame.rip and frame.rflags, the user's GS base into
 *    user_gs_base, clears irq_enabled, loads the kernel's GS base and goes on
 *    at lguest_init.syscall_entry.  RSP is still the user's.  RCX and R11 are
 *    lost; all other registers are the user's.
 *
 * 2. The kernel returns to the user by a SYSCALL instruction that ends at
 *    lguest_init.sysret_rip or at lguest_init.iret_rip.  All registers but
 *    RCX and R11 already are the user's, RSP and the GS base as well.  RIP
 *    and RFLAGS come from frame.rip, frame.rflags.  At sysret_rip, RCX
 *    becomes the RIP and R11 the RFLAGS (as SYSRET has it); at iret_rip they
 *    come from user_rcx and user_r11, and CS and SS from the frame: if no user
 *    can have those, or that RIP, the user has a trap 13 there.  The kernel leaves
 *    irq_enabled at 0: the Switcher sets it as it completes the return, so
 *    no event can meet a half-loaded user.  An interrupt that waits is
 *    delivered first, as if it had struck the user.
 *
 * 3. Events: a trap, a page fault, an interrupt.  The Host fills in frame (and
 *    cr2, dr6), clears irq_enabled, and goes on at event_entry_user (with the
 *    kernel's GS base) or event_entry_kernel.  All registers, RSP too, are
 *    those of the interrupted code.  frame.rflags has IF as irq_enabled was.
 *    The next event overwrites the frame, so the entry code copies it to
 *    the stack at once, and causes none before it has.  An NMI is an event,
 *    too: it sets nmi_blocked, which holds back the next until the Guest clears
 *    it, and never strikes the kernel in lguest_init's [nmi_unsafe_start,
 *    nmi_unsafe_end): where the frame or the GS base is not to be touched.
 *
 * 4. The kernel returns to itself without help: popf and ret.
 */
#ifndef LGUEST_SHARED_H
#define LGUEST_SHARED_H

#include "types.h"
#include "version.h"

/* PML4 slot that holds the Switcher, in Host and Guest: the Host's cpu entry
   area's.  The Guest keeps out of it. */
#define LGUEST_SWITCHER_SLOT	508

/* irq_enabled holds the flag as RFLAGS does. */
#define LGUEST_IRQ_ENABLED	0x200

/* First vector of the interrupt lines: line n arrives as event
   LGUEST_IRQ_VECTOR + n. */
#define LGUEST_IRQ_VECTOR	0x30

/* Interrupt lines of vcpus, by LHCALL_SEND_IPI; devices have those below. What
   each is for is the Guest's affair. blocked_interrupts holds for them, too. */
#define LGUEST_FIRST_IPI	56
/* In the place of a line: a non-maskable interrupt, event 2. */
#define LGUEST_IPI_NMI		64

/* Offsets for assembly; checked against the structures below. */
#define LGUEST_PAD_IRQ_ENABLED	0x00
#define LGUEST_PAD_IRQ_PENDING	0x08
#define LGUEST_PAD_USER_GS_BASE	0x10
#define LGUEST_PAD_USER_RCX	0x18
#define LGUEST_PAD_USER_R11	0x20
#define LGUEST_PAD_SCRATCH	0x28
#define LGUEST_PAD_CR2		0x30
#define LGUEST_PAD_DR6		0x38
#define LGUEST_PAD_FRAME_RIP	0x40
#define LGUEST_PAD_FRAME_CS	0x48
#define LGUEST_PAD_FRAME_RFLAGS	0x50
#define LGUEST_PAD_FRAME_RSP	0x58
#define LGUEST_PAD_FRAME_SS	0x60
#define LGUEST_PAD_FRAME_ERROR	0x68
#define LGUEST_PAD_FRAME_VECTOR	0x70

#ifndef __ASSEMBLY__

/**
 * struct lguest_frame - where an event struck, or where to return to
 * @rip:	RIP
 * @cs:		CS: 0x33 or 0x23 for user code; 0x10 (Linux's kernel CS) if the
 *		Guest's kernel was interrupted
 * @rflags:	RFLAGS, with IF as the Guest believes it
 * @rsp:	RSP; not read by the Host
 * @ss:		SS: 0x2b for user code
 * @error_code:	as the processor would push it; ~0 if it would push none
 * @vector:	exception number, or LGUEST_IRQ_VECTOR + interrupt line
 */
struct lguest_frame {
	__u64	rip;
	__u64	cs;
	__u64	rflags;
	__u64	rsp;
	__u64	ss;
	__u64	error_code;
	__u64	vector;
};

/**
 * struct lguest_clock - time, by the TSC; written by the Host
 * @version:	odd while the Host writes, even else
 * @tsc_khz:	TSC frequency, or 0: the TSC is no clock here, use LHCALL_GET_CLOCK
 * @tsc_base:	TSC value at which CLOCK_MONOTONIC was @monotonic_ns
 * @monotonic_ns: the Host's CLOCK_MONOTONIC, in ns
 * @realtime_ns: the Host's CLOCK_REALTIME at the same moment, in ns
 * @mult:	ns = ((tsc - tsc_base) * mult) >> shift
 * @shift:	see @mult
 *
 * The Host writes it at LHCALL_LGUEST_INIT and with each timer interrupt.
 */
struct lguest_clock {
	__u32	version;
	__u32	tsc_khz;
	__u64	tsc_base;
	__u64	monotonic_ns;
	__u64	realtime_ns;
	__u32	mult;
	__u32	shift;
};

/*G:210.x86_64 Not asking, which is better
 *
 * A hypercall costs some hundred instructions, there and back.  A kernel turns
 * interrupts off and on hundreds of thousands of times in a second.  You see
 * the problem.
 *
 * So there is a second way to talk: a page of memory that both can see, the
 * *pad*.  The Guest writes there "interrupts are off", a single store, and
 * goes on.  The Host looks at it when it has an interrupt to deliver, which is
 * far more seldom.  The old lguest had one such structure; now there is one
 * for each virtual processor, since each has its own mind about interrupts.
 *
 * Most fields are read by one side and written by the other: what the page
 * fault's address was, what time it is, how many processors there are, how
 * long the Host kept us waiting.  The Guest can scribble over all of it, it is
 * its own memory.  Then the Guest is confused, and nobody else: that is the
 * rule for everything in here.
 */
/**
 * struct lguest_pad - one page of Guest memory per vcpu
 * @irq_enabled: LGUEST_IRQ_ENABLED or 0; written by the Guest, and cleared
 *		when an event or a system call enters its kernel
 * @irq_pending: not 0: after enabling, LHCALL_SEND_INTERRUPTS
 * @user_gs_base: the user's GS base while the kernel runs
 * @user_rcx, @user_r11: for the return at iret_rip
 * @scratch:	free for the Guest's entry code
 * @cr2:	address of the last page fault that was the Guest's own
 * @dr6:	DR6 of the last debug exception
 * @frame:	see above
 * @blocked_interrupts: one bit per interrupt line: the Host holds it back
 * @clock:	time
 * @guest_version: LGUEST_GUEST_VERSION of the Host
 * @steal_ns:	time that the vcpu could have run but the Host did not let it,
 *		since its LHCALL_LGUEST_INIT
 * @xcr0:	the Host's XCR0, which is the Guest's
 * @vcpus:	how many this Guest can have; they are numbered from 0
 * @preempted:	not 0 while the Host has this vcpu, which wants to run, waiting
 *		for a processor
 * @nmi_blocked: not 0 from an NMI until the Guest is done with it
 */
struct lguest_pad {
	__u64	irq_enabled;
	__u64	irq_pending;
	__u64	user_gs_base;
	__u64	user_rcx;
	__u64	user_r11;
	__u64	scratch;
	__u64	cr2;
	__u64	dr6;
	struct lguest_frame	frame;
	__u64	reserved;
	__u64	blocked_interrupts;
	struct lguest_clock	clock;
	__u64	guest_version;
	__u64	steal_ns;
	__u64	xcr0;
	__u32	vcpus;
	__u32	preempted;
	__u64	nmi_blocked;
};
/*:*/

/**
 * struct lguest_init - argument of LHCALL_LGUEST_INIT
 * @version:	LGUEST_GUEST_VERSION of the Guest
 * @pad:	guest-physical address of the pad: page aligned, in memory
 * @gs_base:	virtual GS base of the Guest's kernel on this vcpu
 * @syscall_entry, @event_entry_user, @event_entry_kernel: virtual addresses
 * @sysret_rip, @iret_rip: virtual addresses *after* the SYSCALL instructions
 * @linear_base: virtual address at which the kernel view maps guest-physical 0
 *		and all of memory after it; or 0. With it the Switcher can look
 *		into the Guest's page tables, and give the kernel its users' page
 *		faults without the Host.
 * @nmi_unsafe_start, @nmi_unsafe_end: virtual addresses of the kernel's code
 *		that no NMI may interrupt
 */
struct lguest_init {
	__u64	version;
	__u64	pad;
	__u64	gs_base;
	__u64	syscall_entry;
	__u64	event_entry_user;
	__u64	event_entry_kernel;
	__u64	sysret_rip;
	__u64	iret_rip;
	__u64	linear_base;
	__u64	nmi_unsafe_start;
	__u64	nmi_unsafe_end;
};

#endif /* __ASSEMBLY__ */

/*
 * The ELF note by which a kernel image says that it can be a Guest: name
 * "lguest", type LGUEST_NOTE_ENTRY, three 64-bit words: LGUEST_GUEST_VERSION, virtual
 * address of the entry point, guest-physical address of the page table to
 * start with.  The image is loaded at the physical addresses of its segments.
 */
#define LGUEST_NOTE_NAME	"lguest"
#define LGUEST_NOTE_ENTRY	1

/* boot_params.hdr.hardware_subarch of a Guest. */
#define LGUEST_SUBARCH		1

#endif /* LGUEST_SHARED_H */
