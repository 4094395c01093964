/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lguest.h - what the files of arch/x86/lguest tell each other.
 */
#ifndef _ARCH_X86_LGUEST_LGUEST_H
#define _ARCH_X86_LGUEST_LGUEST_H

#include <asm/lguest.h>

/* Interrupt lines.  0 is the Host's choice, the others are ours. */
#define LGUEST_LINE_TIMER		0
#define LGUEST_LINE_RESCHEDULE		(LGUEST_FIRST_IPI + 0)
#define LGUEST_LINE_CALL_FUNCTION	(LGUEST_FIRST_IPI + 1)
#define LGUEST_LINE_CALL_SINGLE		(LGUEST_FIRST_IPI + 2)
#define LGUEST_LINE_IRQ_WORK		(LGUEST_FIRST_IPI + 3)
#define LGUEST_LINE_STOP		(LGUEST_FIRST_IPI + 4)

/* Offsets in struct lguest_secondary, for head_64.S. */
#define LGUEST_SECONDARY_GS_BASE	0
#define LGUEST_SECONDARY_STACK		8

#ifndef __ASSEMBLY__

#include <linux/init.h>
#include <linux/types.h>

struct pt_regs;
struct irq_desc;
struct desc_ptr;

/* boot.c: are we a Guest at all?  Set before anything else is. */
extern bool lguest_active;

/**
 * struct lguest_secondary - what a cpu needs before it can run C
 * @gs_base: where its per-cpu area is
 * @stack: of its idle task
 * @init: how it introduces itself to the Host
 */
struct lguest_secondary {
	unsigned long		gs_base;
	unsigned long		stack;
	struct lguest_init	init;
};

/* head_64.S, entry_64.S */
void lguest_entry(void);
void lguest_secondary_entry(void);
unsigned long lguest_swap_gs_selector(unsigned int selector);
void lguest_nmi_unsafe_start(void);
void lguest_nmi_unsafe_end(void);
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

/* boot.c */
void lguest_prepare_pad(struct lguest_pad *pad);
void lguest_fill_init(struct lguest_init *init, unsigned int cpu);
void lguest_introduce(struct lguest_init *init);

/* Interrupts that have no number in Linux: ipi.c, smp.c, time.c, irq.c */
void lguest_sysvec_timer(struct pt_regs *regs);
void lguest_sysvec_stop(struct pt_regs *regs);
void lguest_device_interrupt(struct pt_regs *regs, unsigned long line);

/* cpu.c, mmu.c, irq.c, ... */
void __init lguest_init_cpu(void);
void __init lguest_init_mmu(unsigned long boot_params_pa);
void __init lguest_init_irq(void);
void __init lguest_init_ipi(void);
void __init lguest_init_smp(void);
#ifdef CONFIG_PARAVIRT_SPINLOCKS
void __init lguest_init_spinlocks(void);
#else
static inline void lguest_init_spinlocks(void)
{
}
#endif
void __init lguest_init_nmi(void);
void __init lguest_init_time(void);
void __init lguest_init_pci(void);
#ifdef CONFIG_PCI_MSI
void __init lguest_init_msi(void);
#else
static inline void lguest_init_msi(void)
{
}
#endif
void __init lguest_init_console(void);
void __init lguest_init_power(void);

void lguest_reset_cpu(void);
void lguest_keep_steal(unsigned int cpu);
void lguest_start_timer(void);
void lguest_safe_halt(void);
void lguest_idle_called(unsigned long vcpus);
void lguest_stop_this_cpu(void);
int lguest_setup_irq(unsigned int line);
int lguest_alloc_irq(unsigned int first, unsigned int end);
void lguest_free_irq(unsigned int line);
void lguest_print(const char *text, unsigned int length);
void lguest_shutdown(enum lguest_shutdown how, const char *message);

#endif /* __ASSEMBLY__ */
#endif /* _ARCH_X86_LGUEST_LGUEST_H */
