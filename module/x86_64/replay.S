/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay.S - an interrupt that stopped a Guest still has to reach the Host.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/asm-offsets.h>
#include <asm/alternative.h>
#include <asm/percpu.h>
#include <asm/segment.h>
#include <asm/nospec-branch.h>

/*
 * lg_run_switcher(area in RDI, switcher_enter in RSI): enter the Guest, and
 * come back.  The processor may have learnt from the Guest where returns go; where
 * the Host's own entry makes it forget that, so do we, before the first
 * return in the Host.  (The Switcher itself leaves without one then.)
 */
SYM_FUNC_START(lg_run_switcher)
	CALL_NOSPEC rsi
	UNTRAIN_RET
	RET
SYM_FUNC_END(lg_run_switcher)

/*
 * lg_replay_interrupt(handler in RDI): call an interrupt handler of the Host
 * as the processor would: with a frame that says we were interrupted right
 * after the call.  Its IRET is our return.  Interrupts are off.
 */
SYM_FUNC_START(lg_replay_interrupt)
	pushq	%rbp
	movq	%rsp, %rbp
	andq	$~15, %rsp		/* as the processor aligns it */
	pushq	$__KERNEL_DS
	pushq	%rbp
	pushfq
	pushq	$__KERNEL_CS
	CALL_NOSPEC rdi			/* pushes RIP; IRET pops all five */
	movq	%rbp, %rsp		/* it has; this is for objtool */
	popq	%rbp
	RET
SYM_FUNC_END(lg_replay_interrupt)
