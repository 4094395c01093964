/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lguest.h - what the files of arch/x86/lguest tell each other.
 */
#ifndef _ARCH_X86_LGUEST_LGUEST_H
#define _ARCH_X86_LGUEST_LGUEST_H

#include <asm/lguest.h>

/* The interrupt line of the timer: the Host's choice. */
#define LGUEST_LINE_TIMER		0

#ifndef __ASSEMBLY__

#include <linux/init.h>
#include <linux/types.h>

struct pt_regs;
struct irq_desc;
struct desc_ptr;

/* platform.c: are we a Guest at all?  Set before anything else is. */
extern bool lguest_active;

/* head_32.S, entry_32.S */
void lguest_entry(void);
void lguest_save_fl(void);
void lguest_irq_disable(void);
void lguest_irq_enable(void);
void lguest_read_cr2(void);

/* cpu.c, mmu.c, irq.c, ... */
void __init lguest_init_cpu(void);
void __init lguest_init_segments(void);
void __init lguest_init_mmu(unsigned long cr3);
void __init lguest_init_irq(void);
void __init lguest_init_vectors(void);
void __init lguest_init_time(void);
void __init lguest_init_pci(void);
void __init lguest_init_console(void);
void __init lguest_init_power(void);
void __init lguest_init_platform(void);

void lguest_reset_cpu(void);
void lguest_keep_steal(unsigned int cpu);
void lguest_start_timer(void);
void lguest_timer_tick(void);
int lguest_setup_irq(unsigned int line);
void lguest_connect_line(unsigned int line, struct irq_desc *desc);
void lguest_cpuid(u32 *eax, u32 *ebx, u32 *ecx, u32 *edx);
void lguest_print(const char *text, unsigned int length);
void lguest_shutdown(enum lguest_shutdown how, const char *message);

#endif /* __ASSEMBLY__ */

#include "lguest_32.h"

#endif /* _ARCH_X86_LGUEST_LGUEST_H */
