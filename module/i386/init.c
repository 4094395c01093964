// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * init.c - hypercalls that only i386 has, or has in this way.
 */
#include "../lg.h"

/** lg_arch_init - LHCALL_LGUEST_INIT; 0 or negative errno */
int lg_arch_init(struct lg_vcpu *vcpu, u64 gpa)
{
	struct lguest *lg = vcpu->lg;
	struct lg_arch_vcpu *arch = &vcpu->arch;
	struct lguest_data *data;
	u32 version, levels, kernel;
	int err;

	BUILD_BUG_ON(sizeof(*data) > PAGE_SIZE);
	BUILD_BUG_ON(offsetof(struct lguest_data, irq_enabled) != LGUEST_DATA_IRQ_ENABLED);
	BUILD_BUG_ON(offsetof(struct lguest_data, irq_pending) != LGUEST_DATA_IRQ_PENDING);
	BUILD_BUG_ON(offsetof(struct lguest_data, cr2) != LGUEST_DATA_CR2);
	BUILD_BUG_ON(offsetof(struct lguest_data, scratch) != LGUEST_DATA_SCRATCH);

	err = lg_pin_pad(vcpu, gpa);
	if (err)
		return err;
	data = vcpu->pad;
	version = READ_ONCE(data->version);
	levels = READ_ONCE(data->page_levels);
	kernel = READ_ONCE(data->kernel_address);
	if (version != LGUEST_GUEST_VERSION) {
		lg_kill(lg, "the Guest speaks version %u of the Guest interface, lg.ko version %d",
			version, LGUEST_GUEST_VERSION);
		return -EPROTO;
	}
	if (levels != LG_PAGE_LEVELS) {
		lg_kill(lg, "the Guest has page tables of %u levels, the Host of %d: it needs a kernel %s PAE",
			levels, LG_PAGE_LEVELS, LG_PAGE_LEVELS == 3 ? "with" : "without");
		return -EINVAL;
	}
	if (kernel != LG_USER_END) {
		lg_kill(lg, "the Guest's kernel is at %#x: it has to be at %#llx", kernel, LG_USER_END);
		return -EINVAL;
	}
	arch->noirq_iret = READ_ONCE(data->noirq_iret);
	arch->direct_entry = READ_ONCE(data->direct_entry);
	vcpu->nmi_unsafe_start = READ_ONCE(data->nmi_unsafe_start);
	vcpu->nmi_unsafe_end = READ_ONCE(data->nmi_unsafe_end);
	arch->hcall_next = 0;
	memset(data->hcall_status, LGUEST_RING_FREE, sizeof(data->hcall_status));
	data->reserve_mem = -lg_switcher_reserved();
	data->tsc_khz = lg_clock_tsc_khz();
	lg_ready(vcpu);
	return 0;
}

static int set_stack(struct lg_vcpu *vcpu, u32 ss, u32 esp)
{
	if ((ss & 0xffff & SEGMENT_RPL_MASK) != 1) {
		lg_kill(vcpu->lg, "the stack segment %#x is not of ring 1", ss);
		return -EINVAL;
	}
	vcpu->arch.ss1 = ss & 0xffff;
	vcpu->arch.esp1 = esp;
	return 0;
}

/** lg_arch_hypercall - any number that lg_do_hypercall() does not know */
int lg_arch_hypercall(struct lg_vcpu *vcpu, u64 number, const u64 *argument)
{
	switch (number) {
	case LHCALL_FLUSH_ASYNC:
		return 0;		/* being here is what it takes */
	case LHCALL_LOAD_GDT_ENTRY:
		return lg_load_gdt_entry(vcpu, argument[0], argument[1], argument[2]);
	case LHCALL_LOAD_IDT_ENTRY:
		return lg_load_idt_entry(vcpu, argument[0], argument[1], argument[2]);
	case LHCALL_SET_STACK:
		return set_stack(vcpu, argument[0], argument[1]);
	case LHCALL_LOAD_TLS:
		return lg_load_tls(vcpu, argument[0]);
	case LHCALL_SET_PTE:
		pager_flush_range(vcpu, argument[1], argument[1] + 1, PAGE_SIZE, 0, argument[0]);
		return 0;
	case LHCALL_SET_PGD:
	case LHCALL_SET_PMD:
		/* They are rare, and whose they are takes long to find out. */
		pager_flush_all(vcpu);
		return 0;
	}
	return -ENOSYS;
}

/* What does not return at once, or has something to say, is not to be done later. */
static bool ring_takes(u32 number)
{
	switch (number) {
	case LHCALL_LGUEST_INIT:
	case LHCALL_SHUTDOWN:
	case LHCALL_HALT:
	case LHCALL_PRINT:
	case LHCALL_WAIT:
	case LHCALL_VCPU_UP:
	case LHCALL_VCPU_DOWN:
		return false;
	}
	return true;
}

/** lg_do_ring - do the hypercalls that the Guest has put aside */
void lg_do_ring(struct lg_vcpu *vcpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	unsigned int count, i;
	s64 unused;

	if (!vcpu->ready)
		return;
	for (count = 0; count < LGUEST_RING_SIZE && !READ_ONCE(vcpu->lg->dead); count++) {
		struct lguest_data *data = vcpu->pad;
		u64 argument[LG_ARGUMENTS];
		struct lguest_hcall *call;
		u32 number;

		if (smp_load_acquire(&data->hcall_status[arch->hcall_next]) == LGUEST_RING_FREE)
			return;
		call = &data->hcalls[arch->hcall_next];
		number = READ_ONCE(call->number);
		for (i = 0; i < LG_ARGUMENTS; i++)
			argument[i] = READ_ONCE(call->arguments[i]);
		smp_store_release(&data->hcall_status[arch->hcall_next], LGUEST_RING_FREE);
		arch->hcall_next = (arch->hcall_next + 1) % LGUEST_RING_SIZE;
		if (!ring_takes(number)) {
			lg_kill(vcpu->lg, "hypercall %u in the ring", number);
			return;
		}
		lg_do_hypercall(vcpu, number, argument, &unused, NULL);
	}
}
