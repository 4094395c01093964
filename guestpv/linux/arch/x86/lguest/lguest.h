/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lguest.h - what the files of arch/x86/lguest tell each other.
 */
#ifndef _ARCH_X86_LGUEST_LGUEST_H
#define _ARCH_X86_LGUEST_LGUEST_H

#include <linux/init.h>
#include <linux/types.h>

#include <asm/lguest.h>

struct pt_regs;
struct irq_desc;
struct desc_ptr;

/* boot.c: are we a Guest at all?  Set before anything else is. */
extern bool lguest_active;

/* head_64.S, entry_64.S */
void lguest_entry(void);
void lguest_syscall_entry(void);
void lguest_event_entry_user(void);
void lguest_event_entry_kernel(void);
void lguest_sysret_rip(void);
void lguest_iret_rip(void);
void lguest_save_fl(void);
void lguest_irq_disable(void);
void lguest_irq_enable(void);
void lguest_read_cr2(void);

/* events.c: bit n is set once exception n has its real handler */
extern unsigned long lguest_handler_ready;

/* cpu.c, mmu.c, irq.c, time.c, pci.c, console.c, power.c */
void __init lguest_init_cpu(void);
void __init lguest_init_mmu(unsigned long boot_params_pa);
void __init lguest_init_irq(void);
void __init lguest_init_time(void);
void __init lguest_init_pci(void);
void __init lguest_init_console(void);
void __init lguest_init_power(void);

int lguest_setup_irq(unsigned int line);
void lguest_print(const char *text, unsigned int length);
void lguest_shutdown(enum lguest_shutdown how, const char *message);

#endif /* _ARCH_X86_LGUEST_LGUEST_H */
