/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device.h - how the Launcher and lg.ko talk: /dev/lguest.
 *
 * One open of /dev/lguest is one Guest.  write() sets it up and injects;
 * read() runs it; the file offset (pread, pwrite) is the vcpu.
 *
 * The life of a Guest:
 *
 *	fd = open ("/dev/lguest")
 *	pread  (fd, &info, sizeof info, 0)	struct lguest_device_info
 *	write  { LHREQ_VERSION, LGUEST_DEVICE_VERSION }
 *	write  { LHREQ_INITIALIZE, struct lguest_setup }
 *	loop:	pread (fd, &exit, sizeof exit, vcpu)
 *		... do what exit.reason asks for, LHREQ_SETREG the answer ...
 *
 * mmap() shows what lg.ko counts: statistics.h.
 *
 * Every request is an array of 64-bit words, the first of which is the
 * LHREQ_ number.  A write() of any other length than the request has is
 * EINVAL.  A request out of order is EBUSY (too late) or EPERM (too early).
 */
#ifndef LGUEST_DEVICE_H
#define LGUEST_DEVICE_H

#include "types.h"
#include "version.h"

/** LGUEST_DEVICE_PATH - the device node, a misc device of the same name */
#define LGUEST_DEVICE_PATH	"/dev/lguest"

/* The largest request, in 64-bit words: LHREQ_SETREG of all registers. */
#define LHREQ_MAX_WORDS		(1 + 2 * LGUEST_REG_COUNT)

/*
 * Requests: { LHREQ_..., arguments }.
 */
enum lguest_request {
	/*
	 * { version }: the Launcher speaks this version of device.h.
	 * EPROTO: lg.ko speaks another one (lguest_device_info.version).
	 */
	LHREQ_VERSION		= 1,
	/*
	 * { struct lguest_setup }: create the Guest, or, when it exists and
	 * none of its vcpus is inside read(), start it again from scratch.
	 * EINVAL: a bad value (that the memory is there is not looked at: a
	 * Guest that misses some dies); EBUSY: vcpu running;
	 * ENOMEM; EACCES: another process than the one that opened the Guest.
	 */
	LHREQ_INITIALIZE	= 2,
	/* { irq }: raise interrupt line irq (0 .. LGUEST_DEVICE_IRQS - 1), on the
	   vcpu that the Guest wants it on, whichever the file offset names. */
	LHREQ_IRQ		= 3,
	/*
	 * { register }: the next read() on this vcpu returns its value, as
	 * 8 bytes, without running the Guest.  enum lguest_register.
	 */
	LHREQ_GETREG		= 4,
	/* { register, value } ...: one or more pairs. EINVAL: one of them is
	   impossible, and none is set. */
	LHREQ_SETREG		= 5,
	/*
	 * { vector, error code }: the vcpu takes this trap when it runs next:
	 * how the Launcher hands back what it did not know how to emulate.
	 */
	LHREQ_TRAP		= 6,
	/* { text address, length }: end the Guest; its next read() says why. */
	LHREQ_KILL		= 7,
	/*
	 * {}: this vcpu's read() returns EINTR: the one that runs it now, or
	 * the next one.  How a Launcher gets its thread back: no signal can be
	 * lost between two read()s.
	 */
	LHREQ_KICK		= 8,
	/* {}: a non-maskable interrupt for this vcpu. */
	LHREQ_NMI		= 9,
	/*
	 * { guest-physical address, eventfd }: LHCALL_NOTIFY of that address
	 * signals the eventfd, instead of the one there was; -1: nothing any
	 * more. Forgotten by LHREQ_INITIALIZE.
	 * EINVAL: the address is memory; EBADF, ENOSPC (LGUEST_DOORBELLS), ENOMEM.
	 */
	LHREQ_DOORBELL		= 10,
	/*
	 * { LGUEST_STATE_..., address, size }: write the structure of state.h that
	 * it names, size bytes, to address.
	 * EBUSY: a vcpu is inside read(); EINVAL: no such structure, or of another
	 * size; EFAULT; EOPNOTSUPP: not on this architecture.
	 */
	LHREQ_GET_STATE		= 11,
	/*
	 * The same the other way round.  Besides these errors EINVAL: a value that no
	 * Guest could have; EPROTO: another version; ENOMEM.
	 */
	LHREQ_SET_STATE		= 12,
};

/** LGUEST_IRQS - interrupt lines of a vcpu; line 0 is its timer's */
#define LGUEST_IRQS		64
/** LGUEST_DEVICE_IRQS - those that devices can have; above are IPIs (shared.h) */
#define LGUEST_DEVICE_IRQS	56

/** LGUEST_DOORBELLS - most addresses of one Guest that have an eventfd */
#define LGUEST_DOORBELLS	256

/* Registers by number, for LHREQ_GETREG, LHREQ_SETREG and exits: the x86
   instruction encoding's order first. */
enum lguest_register {
	LGUEST_REG_RAX, LGUEST_REG_RCX, LGUEST_REG_RDX, LGUEST_REG_RBX,
	LGUEST_REG_RSP, LGUEST_REG_RBP, LGUEST_REG_RSI, LGUEST_REG_RDI,
	LGUEST_REG_R8, LGUEST_REG_R9, LGUEST_REG_R10, LGUEST_REG_R11,
	LGUEST_REG_R12, LGUEST_REG_R13, LGUEST_REG_R14, LGUEST_REG_R15,
	LGUEST_REG_RIP, LGUEST_REG_RFLAGS,
	LGUEST_REG_CR3,		/* guest-physical, read-only */
	LGUEST_REG_FS_BASE, LGUEST_REG_GS_BASE,
	LGUEST_REG_USER_MODE,	/* 1: the Guest's user runs; read-only */
	LGUEST_REG_COUNT
};

/**
 * struct lguest_device_info - what read() gives before LHREQ_VERSION
 * @version:	LGUEST_DEVICE_VERSION of lg.ko
 * @guest_version: LGUEST_GUEST_VERSION of lg.ko
 * @max_vcpus:	most vcpus of one Guest
 * @host_missing: LGUEST_MISSING_ bits: why no Guest can run here; 0 if it can
 * @host_features: LGUEST_HOST_ bits, for information
 */
struct lguest_device_info {
	__u32	version;
	__u32	guest_version;
	__u32	max_vcpus;
	__u32	host_missing;
	__u64	host_features;
};

/* What a Host may lack.  The module refuses to load; lguest --check-host
   finds out the same without it.  The bit's number + 64 is the exit code
   of "lguest --check-host". */
#define LGUEST_MISSING_FSGSBASE		(1u << 0)  /* CPU or CR4.FSGSBASE */
#define LGUEST_MISSING_NX		(1u << 1)
#define LGUEST_MISSING_NO_FRED		(1u << 2)  /* FRED is in use */
#define LGUEST_MISSING_NOT_XEN_PV	(1u << 3)  /* Host is a Xen PV guest */
#define LGUEST_MISSING_NOT_ENCRYPTED	(1u << 4)  /* SEV or TDX guest, or SME */
#define LGUEST_MISSING_SLOT		(1u << 5)  /* no room for the Switcher */
#define LGUEST_MISSING_LONG_MODE	(1u << 6)  /* not an x86_64 kernel */
#define LGUEST_MISSING_SYSCALL		(1u << 7)  /* no SYSCALL instruction */
#define LGUEST_MISSING_NO_LASS		(1u << 8)  /* LASS is in use */

#define LGUEST_HOST_PCID		(1ull << 0)
#define LGUEST_HOST_LA57		(1ull << 1)
#define LGUEST_HOST_PTI			(1ull << 2)
#define LGUEST_HOST_IBT			(1ull << 3)
#define LGUEST_HOST_HWVIRT		(1ull << 4) /* KVM may be used too */
#define LGUEST_HOST_PAE			(1ull << 5) /* i386: tables of three levels */

/**
 * struct lguest_setup - LHREQ_INITIALIZE
 * @request:	LHREQ_INITIALIZE
 * @memory:	address of guest-physical 0 in the Launcher, page aligned
 * @memory_size: bytes, a multiple of a page; everything above is MMIO
 * @entry:	guest-virtual address to start at, in the Guest's kernel view
 * @cr3:	guest-physical address of the first top-level page table
 * @boot_params: guest-physical address of struct boot_params, given in RSI
 * @vcpus:	number of vcpus, 1 .. max_vcpus
 *
 * The first vcpu starts with every other register zero and interrupts off; the
 * others do when the Guest says so (LHCALL_VCPU_UP), until then their read()
 * waits.
 */
struct lguest_setup {
	__u64	request;
	__u64	memory;
	__u64	memory_size;
	__u64	entry;
	__u64	cr3;
	__u64	boot_params;
	__u64	vcpus;
};

/* Why read() came back. */
enum lguest_exit_reason {
	/* The Guest's kernel did in or out (trap 13): decode exit.instruction,
	   do it, set RAX and RIP. */
	LGUEST_EXIT_IO		= 1,
	/* The Guest touched guest-physical exit.address, above its memory:
	   decode exit.instruction, do it, set the register and RIP. */
	LGUEST_EXIT_MMIO	= 2,
	/* The Guest wants off: exit.detail is enum lguest_shutdown (hypercall.h),
	   exit.message its last words, if any. */
	LGUEST_EXIT_SHUTDOWN	= 3,
	/* The Host killed the Guest: exit.message says why.  Every read()
	   from now on says so again, until LHREQ_INITIALIZE. */
	LGUEST_EXIT_DEAD	= 4,
	/* The Guest printed exit.message before it had a console. */
	LGUEST_EXIT_PRINT	= 5,
};

#define LGUEST_MESSAGE_SIZE	256
#define LGUEST_INSTRUCTION_SIZE	16

/**
 * struct lguest_exit - what read() of a running Guest gives
 * @reason:	enum lguest_exit_reason
 * @detail:	see the reason
 * @address:	LGUEST_EXIT_MMIO: guest-physical address touched
 * @error_code:	LGUEST_EXIT_MMIO: bit 1 set if it was a write
 * @instruction_length: valid bytes of @instruction (it may end at a page)
 * @instruction: the bytes at RIP
 * @registers:	by enum lguest_register, for LGUEST_EXIT_IO and _MMIO
 * @message:	NUL-terminated text, printable
 *
 * read() also returns EINTR (a signal or LHREQ_KICK came; call it again), and
 * EFAULT, EINVAL, ENOMEM, EPERM and EBUSY as usual.
 */
struct lguest_exit {
	__u32	reason;
	__u32	detail;
	__u64	address;
	__u32	error_code;
	__u32	instruction_length;
	__u8	instruction[LGUEST_INSTRUCTION_SIZE];
	__u64	registers[LGUEST_REG_COUNT];
	char	message[LGUEST_MESSAGE_SIZE];
};

#endif /* LGUEST_DEVICE_H */
