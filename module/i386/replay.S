/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay.S - into the Switcher, and an interrupt that stopped a Guest still has to
 * reach the Host.
 */
#include <linux/linkage.h>
#include <asm/alternative.h>
#include <asm/segment.h>
#include <asm/cpufeatures.h>
#include <asm/nospec-branch.h>
#include "../../switcher/layout_32.h"

/*
 * lg_run_switcher(switcher_enter in EAX, the tables page in EDX): enter the Guest, and
 * come back.
 */
SYM_FUNC_START(lg_run_switcher)
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ds
	pushl	%es
	pushl	%fs
	pushl	%gs
	pushl	%cs
	pushl	$1f			/* for its LRET */
	pushl	$SWITCHER_CS
	pushl	%eax
	lret
1:	movl	$__KERNEL_DS, %eax
	movl	%eax, %ss
	/* No return is predicted by what the Guest has called. */
	FILL_RETURN_BUFFER %eax, RSB_CLEAR_LOOPS, X86_FEATURE_RSB_CTXSW
	popl	%gs
	popl	%fs
	popl	%es
	popl	%ds
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	RET
SYM_FUNC_END(lg_run_switcher)

/*
 * lg_replay_interrupt(handler in EAX): call an interrupt handler of the Host
 * as the processor would: with a frame that says we were interrupted right
 * after the call.  Its IRET is our return.  Interrupts are off.
 */
SYM_FUNC_START(lg_replay_interrupt)
	pushfl
	pushl	%cs
	CALL_NOSPEC eax			/* pushes EIP; IRET pops all three */
	RET
SYM_FUNC_END(lg_replay_interrupt)
