/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace.h - tracepoints: perf record -e 'lguest:*', or
 * /sys/kernel/tracing/events/lguest.
 *
 * In all of them, guest is the process id of the Launcher.  Off, each is one
 * no-operation instruction.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM lguest

#if !defined(LG_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define LG_TRACE_H

#include <linux/tracepoint.h>

#ifndef LG_TRACE_NAMES
#define LG_TRACE_NAMES
#define LG_TRACE_REASON(reason, name)	{ LG_REASON_##reason, name },
#define LG_TRACE_REASON_NAMES	LG_REASON_NAMES(LG_TRACE_REASON) { -1, NULL }
#endif

#define LG_TRACE_VCPU(vcpu)				\
	do {						\
		__entry->guest = (vcpu)->lg->launcher;	\
		__entry->vcpu = (vcpu)->id;		\
	} while (0)

DECLARE_EVENT_CLASS(lguest_vcpu,
	TP_PROTO(struct lg_vcpu *vcpu),
	TP_ARGS(vcpu),
	TP_STRUCT__entry(
		__field(pid_t, guest)
		__field(unsigned int, vcpu)
		__field(u64, rip)
		__field(bool, user)
	),
	TP_fast_assign(
		LG_TRACE_VCPU(vcpu);
		__entry->rip = lg_arch_get_register(vcpu, LGUEST_REG_RIP);
		__entry->user = lg_arch_user_mode(vcpu);
	),
	TP_printk("guest %d vcpu %u rip %#llx %s", __entry->guest, __entry->vcpu,
		  __entry->rip, __entry->user ? "user" : "kernel")
);

/* The Guest is about to run, */
DEFINE_EVENT(lguest_vcpu, lguest_entry,
	TP_PROTO(struct lg_vcpu *vcpu), TP_ARGS(vcpu));
/* sleeps, */
DEFINE_EVENT(lguest_vcpu, lguest_halt,
	TP_PROTO(struct lg_vcpu *vcpu), TP_ARGS(vcpu));
/* and was woken. */
DEFINE_EVENT(lguest_vcpu, lguest_wake,
	TP_PROTO(struct lg_vcpu *vcpu), TP_ARGS(vcpu));

/* It stopped: reason is named as in the statistics. */
TRACE_EVENT(lguest_exit,
	TP_PROTO(struct lg_vcpu *vcpu),
	TP_ARGS(vcpu),
	TP_STRUCT__entry(
		__field(pid_t, guest)
		__field(unsigned int, vcpu)
		__field(unsigned int, vector)
		__field(unsigned int, reason)
		__field(u64, error_code)
		__field(u64, rip)
		__field(bool, user)
	),
	TP_fast_assign(
		LG_TRACE_VCPU(vcpu);
		__entry->vector = lg_arch_vector(&vcpu->arch);
		__entry->reason = lg_reason(lg_arch_vector(&vcpu->arch));
		__entry->error_code = lg_arch_error_code(&vcpu->arch);
		__entry->rip = lg_arch_get_register(vcpu, LGUEST_REG_RIP);
		__entry->user = lg_arch_user_mode(vcpu);
	),
	TP_printk("guest %d vcpu %u %s vector %u error %#llx rip %#llx %s", __entry->guest,
		  __entry->vcpu, __print_symbolic(__entry->reason, LG_TRACE_REASON_NAMES),
		  __entry->vector, __entry->error_code,
		  __entry->rip, __entry->user ? "user" : "kernel")
);

TRACE_EVENT(lguest_hypercall,
	TP_PROTO(struct lg_vcpu *vcpu, u64 number, u64 a, u64 b, u64 c),
	TP_ARGS(vcpu, number, a, b, c),
	TP_STRUCT__entry(
		__field(pid_t, guest)
		__field(unsigned int, vcpu)
		__field(u64, number)
		__array(u64, arguments, 3)
	),
	TP_fast_assign(
		LG_TRACE_VCPU(vcpu);
		__entry->number = number;
		__entry->arguments[0] = a;
		__entry->arguments[1] = b;
		__entry->arguments[2] = c;
	),
	TP_printk("guest %d vcpu %u number %llu (%#llx, %#llx, %#llx)", __entry->guest,
		  __entry->vcpu, __entry->number, __entry->arguments[0],
		  __entry->arguments[1], __entry->arguments[2])
);

TRACE_EVENT(lguest_page_fault,
	TP_PROTO(struct lg_vcpu *vcpu, u64 address, u64 error_code, unsigned int result),
	TP_ARGS(vcpu, address, error_code, result),
	TP_STRUCT__entry(
		__field(pid_t, guest)
		__field(unsigned int, vcpu)
		__field(u64, address)
		__field(u64, error_code)
		__field(u64, rip)
		__field(unsigned int, result)
	),
	TP_fast_assign(
		LG_TRACE_VCPU(vcpu);
		__entry->address = address;
		__entry->error_code = error_code;
		__entry->rip = lg_arch_get_register(vcpu, LGUEST_REG_RIP);
		__entry->result = result;
	),
	TP_printk("guest %d vcpu %u address %#llx error %#llx rip %#llx %s", __entry->guest,
		  __entry->vcpu, __entry->address, __entry->error_code, __entry->rip,
		  __print_symbolic(__entry->result,
				   { PAGER_FILLED, "filled" },
				   { PAGER_SPURIOUS, "spurious" },
				   { PAGER_GUEST_FAULT, "guest" },
				   { PAGER_MMIO, "mmio" },
				   { PAGER_DEAD, "dead" },
				   { PAGER_AGAIN, "again" }))
);

/* The Guest's kernel is interrupted. */
TRACE_EVENT(lguest_inject,
	TP_PROTO(struct lg_vcpu *vcpu, unsigned int vector, u64 error_code),
	TP_ARGS(vcpu, vector, error_code),
	TP_STRUCT__entry(
		__field(pid_t, guest)
		__field(unsigned int, vcpu)
		__field(unsigned int, vector)
		__field(u64, error_code)
	),
	TP_fast_assign(
		LG_TRACE_VCPU(vcpu);
		__entry->vector = vector;
		__entry->error_code = error_code;
	),
	TP_printk("guest %d vcpu %u vector %u error %#llx", __entry->guest,
		  __entry->vcpu, __entry->vector, __entry->error_code)
);

/* read() comes back: with an errno, or else a reason (enum lguest_exit_reason). */
TRACE_EVENT(lguest_leave,
	TP_PROTO(struct lg_vcpu *vcpu, int err, unsigned int reason),
	TP_ARGS(vcpu, err, reason),
	TP_STRUCT__entry(
		__field(pid_t, guest)
		__field(unsigned int, vcpu)
		__field(int, err)
		__field(unsigned int, reason)
	),
	TP_fast_assign(
		LG_TRACE_VCPU(vcpu);
		__entry->err = err;
		__entry->reason = reason;
	),
	TP_printk("guest %d vcpu %u error %d reason %s", __entry->guest, __entry->vcpu,
		  __entry->err,
		  __print_symbolic(__entry->reason,
				   { 0, "none" },
				   { LGUEST_EXIT_IO, "io" },
				   { LGUEST_EXIT_MMIO, "mmio" },
				   { LGUEST_EXIT_SHUTDOWN, "shutdown" },
				   { LGUEST_EXIT_DEAD, "dead" },
				   { LGUEST_EXIT_PRINT, "print" }))
);

/* A processor of the Host that runs the vcpu gets an interrupt. */
TRACE_EVENT(lguest_kick,
	TP_PROTO(struct lg_vcpu *vcpu, int cpu),
	TP_ARGS(vcpu, cpu),
	TP_STRUCT__entry(
		__field(pid_t, guest)
		__field(unsigned int, vcpu)
		__field(int, cpu)
	),
	TP_fast_assign(
		LG_TRACE_VCPU(vcpu);
		__entry->cpu = cpu;
	),
	TP_printk("guest %d vcpu %u cpu %d", __entry->guest, __entry->vcpu, __entry->cpu)
);

/* The Guest says that it changed its tables: [start, end) of table (0: its own). */
TRACE_EVENT(lguest_flush,
	TP_PROTO(struct lg_vcpu *vcpu, u64 start, u64 end, u64 vcpus, u64 table),
	TP_ARGS(vcpu, start, end, vcpus, table),
	TP_STRUCT__entry(
		__field(pid_t, guest)
		__field(unsigned int, vcpu)
		__field(u64, start)
		__field(u64, end)
		__field(u64, vcpus)
		__field(u64, table)
	),
	TP_fast_assign(
		LG_TRACE_VCPU(vcpu);
		__entry->start = start;
		__entry->end = end;
		__entry->vcpus = vcpus;
		__entry->table = table;
	),
	TP_printk("guest %d vcpu %u start %#llx end %#llx vcpus %#llx table %#llx",
		  __entry->guest, __entry->vcpu, __entry->start, __entry->end,
		  __entry->vcpus, __entry->table)
);

/* It loads CR3. */
TRACE_EVENT(lguest_new_table,
	TP_PROTO(struct lg_vcpu *vcpu, u64 cr3, bool found),
	TP_ARGS(vcpu, cr3, found),
	TP_STRUCT__entry(
		__field(pid_t, guest)
		__field(unsigned int, vcpu)
		__field(u64, cr3)
		__field(bool, found)
	),
	TP_fast_assign(
		LG_TRACE_VCPU(vcpu);
		__entry->cr3 = cr3;
		__entry->found = found;
	),
	TP_printk("guest %d vcpu %u cr3 %#llx %s", __entry->guest, __entry->vcpu,
		  __entry->cr3, __entry->found ? "found" : "new")
);

/* The Host takes guest-physical pages [start, end) back, which were mapped. */
TRACE_EVENT(lguest_zap,
	TP_PROTO(struct lguest *lg, u64 start, u64 end),
	TP_ARGS(lg, start, end),
	TP_STRUCT__entry(
		__field(pid_t, guest)
		__field(u64, start)
		__field(u64, end)
	),
	TP_fast_assign(
		__entry->guest = lg->launcher;
		__entry->start = start;
		__entry->end = end;
	),
	TP_printk("guest %d start %#llx end %#llx", __entry->guest, __entry->start, __entry->end)
);

#endif /* LG_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
