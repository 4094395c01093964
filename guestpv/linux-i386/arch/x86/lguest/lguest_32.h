/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lguest_32.h - what the files of arch/x86/lguest tell each other on i386 only.
 */
#ifndef _ARCH_X86_LGUEST_LGUEST_32_H
#define _ARCH_X86_LGUEST_LGUEST_32_H

#ifndef __ASSEMBLY__

/* entry_32.S */
void lguest_int80(void);
void lguest_noirq_iret(void);

void __init lguest_init_ring(void);
void __init lguest_open_timer_line(void);

#endif /* __ASSEMBLY__ */
#endif /* _ARCH_X86_LGUEST_LGUEST_32_H */
