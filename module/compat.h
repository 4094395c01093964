/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compat.h - all differences between the kernels that lg.ko is built for.
 *
 * Where the headers show by a macro what they offer, ask that; a version
 * number is the last resort.
 */
#ifndef LG_COMPAT_H
#define LG_COMPAT_H

#include <linux/version.h>
#include <linux/shrinker.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <asm/cpufeatures.h>

/* FRED replaced the IDT in 6.9; before, it cannot be in use. */
#ifdef X86_FEATURE_FRED
#define lg_fred_in_use()	cpu_feature_enabled(X86_FEATURE_FRED)
#else
#define lg_fred_in_use()	false
#endif

/* Indirect branch tracking of the kernel itself came with 5.18. */
#ifdef X86_FEATURE_IBT
#define lg_ibt_in_use()		cpu_feature_enabled(X86_FEATURE_IBT)
#else
#define lg_ibt_in_use()		false
#endif

/* VERW on the way to user space: a feature bit where there is one. */
#ifdef X86_FEATURE_CLEAR_CPU_BUF
#define lg_verw_needed()	cpu_feature_enabled(X86_FEATURE_CLEAR_CPU_BUF)
#else
#define lg_verw_needed()	boot_cpu_has_bug(X86_BUG_MDS)
#endif

/* Does the kernel need each number that a PCID can be? 6.15, on AMD's new ones. */
#ifdef X86_FEATURE_INVLPGB
#define lg_pcids_taken()	cpu_feature_enabled(X86_FEATURE_INVLPGB)
#else
#define lg_pcids_taken()	false
#endif

/*
 * Before the program that a virtual machine left for goes on, forget where
 * indirect branches led (VMSCAPE): on this processor, on the way to user space.
 */
#ifdef X86_FEATURE_IBPB_EXIT_TO_USER
#define lg_note_guest_ran()						\
	do {								\
		if (cpu_feature_enabled(X86_FEATURE_IBPB_EXIT_TO_USER))	\
			this_cpu_write(x86_ibpb_exit_to_user, true);	\
	} while (0)
#else
#define lg_note_guest_ran()	do { } while (0)
#endif

#ifdef X86_FEATURE_CLEAR_BHB_LOOP
#define lg_bhb_needed()		cpu_feature_enabled(X86_FEATURE_CLEAR_BHB_LOOP)
#define lg_clear_bhb()		clear_bhb_loop()
#else
#define lg_bhb_needed()		false
#define lg_clear_bhb()		do { } while (0)
#endif

/* 6.4 traces the sending of IPIs, in a macro that wants this. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#include <trace/events/ipi.h>
#endif

/* Threads of the kernel's own in a process: io_uring's, and since 6.4 vhost's. */
#ifdef PF_USER_WORKER
#define LG_PF_WORKER		PF_USER_WORKER
#else
#define LG_PF_WORKER		PF_IO_WORKER
#endif

/* Since 6.6 get_user_pages() has to be told to undo NUMA balancing's hints. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define LG_FOLL_NUMA		FOLL_HONOR_NUMA_FAULT
#else
#define LG_FOLL_NUMA		0
#endif

/* Since 6.8 an eventfd always counts by one. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define lg_eventfd_signal(eventfd)	eventfd_signal(eventfd)
#else
#define lg_eventfd_signal(eventfd)	eventfd_signal(eventfd, 1)
#endif

/* 6.7 allocates shrinkers. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define LG_SHRINKER_ALLOCATED
#endif

/* Since 6.3 a mapping's flags change by functions. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define lg_vm_flags_mod(vma, set, clear)	vm_flags_mod(vma, set, clear)
#else
#define lg_vm_flags_mod(vma, set, clear) \
	((vma)->vm_flags = ((vma)->vm_flags | (set)) & ~(clear))
#endif

/*
 * Should others have the processor?  With lazy preemption (6.13, and -rt kernels
 * before) there is a bit more that says so, to be seen on the way to user
 * space; and a Guest is no better.
 */
#ifdef TIF_NEED_RESCHED_LAZY
#define lg_need_resched() \
	(need_resched() || test_thread_flag(TIF_NEED_RESCHED_LAZY))
#else
#define lg_need_resched()	need_resched()
#endif

/* How long a thread waited for a processor, if the kernel keeps count. */
#ifdef CONFIG_SCHED_INFO
#define lg_run_delay(task)	((task)->sched_info.run_delay)
#else
#define lg_run_delay(task)	0ull
#endif

#endif /* LG_COMPAT_H */
