/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reasons.h - why a vcpu left the Guest, by name, on i386.
 */
#ifndef LG_I386_REASONS_H
#define LG_I386_REASONS_H

#include <linux/types.h>
#include "../../switcher/layout_32.h"

/* R(REASON, name) */
#define LG_REASON_NAMES(R)						\
	R(RESERVED,		"exit.reserved_exception")		\
	R(HYPERCALL,		"exit.hypercall")			\
	R(PAGE_FAULT,		"exit.page_fault")			\
	R(INTERRUPT_TIMER,	"exit.interrupt_timer")			\
	R(INTERRUPT_RESCHEDULE,	"exit.interrupt_reschedule")		\
	R(INTERRUPT_CALL,	"exit.interrupt_call")			\
	R(INTERRUPT_DEVICE,	"exit.interrupt_device")		\
	R(PROTECTION_FAULT,	"exit.protection_fault")		\
	R(SYSTEM_CALL,		"exit.system_call")			\
	R(SWITCHER_FAULT,	"exit.switcher_fault")			\
	R(DIVIDE_ERROR,		"exit.divide_error")			\
	R(DEBUG,		"exit.debug")				\
	R(NMI,			"exit.nmi")				\
	R(BREAKPOINT,		"exit.breakpoint")			\
	R(OVERFLOW,		"exit.overflow")			\
	R(BOUND_RANGE,		"exit.bound_range")			\
	R(INVALID_OPCODE,	"exit.invalid_opcode")			\
	R(DEVICE_NOT_AVAILABLE,	"exit.device_not_available")		\
	R(DOUBLE_FAULT,		"exit.double_fault")			\
	R(COPROCESSOR_OVERRUN,	"exit.coprocessor_overrun")		\
	R(INVALID_TSS,		"exit.invalid_tss")			\
	R(SEGMENT_NOT_PRESENT,	"exit.segment_not_present")		\
	R(STACK_FAULT,		"exit.stack_fault")			\
	R(FPU_ERROR,		"exit.fpu_error")			\
	R(ALIGNMENT_CHECK,	"exit.alignment_check")			\
	R(MACHINE_CHECK,	"exit.machine_check")			\
	R(SIMD_ERROR,		"exit.simd_error")			\
	R(VIRTUALIZATION,	"exit.virtualization")			\
	R(CONTROL_PROTECTION,	"exit.control_protection")

/** enum lg_reason - index of lg_statistics.exits */
enum lg_reason {
#define LG_REASON(reason, name) LG_REASON_##reason,
	LG_REASON_NAMES(LG_REASON)
#undef LG_REASON
	LG_REASONS
};

/* What only i386 has. */
#define LG_ARCH_HYPERCALL_NAMES						\
	[LHCALL_FLUSH_ASYNC]	= "flush_async",			\
	[LHCALL_LOAD_GDT_ENTRY]	= "load_gdt_entry",			\
	[LHCALL_LOAD_IDT_ENTRY]	= "load_idt_entry",			\
	[LHCALL_SET_STACK]	= "set_stack",				\
	[LHCALL_LOAD_TLS]	= "load_tls",				\
	[LHCALL_SET_PTE]	= "set_pte",				\
	[LHCALL_SET_PGD]	= "set_pgd",				\
	[LHCALL_SET_PMD]	= "set_pmd",

/* arch.vector has this many values: see lg_counts. */
#define LG_VECTORS	(SWITCHER_EXIT_FAULT + 1)

void lg_reasons_init(void);

#endif /* LG_I386_REASONS_H */
