/* kvmspin.c - a small guest of KVM's, to see that lguest leaves it alone.

   Usage: kvmspin [SECONDS].  Runs in the host, as root.

   The guest is real-mode code that adds up, writes to its memory and tells
   us about it through a port.  All its results are checked.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* At 0x1000:
	xor  %eax, %eax
	xor  %ebx, %ebx
   1:	mov  $10000, %ecx
   2:	add  $3, %eax
	loop 2b
	inc  %ebx
	mov  %eax, 0x2000
	mov  %ebx, 0x2004
	mov  $0x510, %dx
	out  %eax, (%dx)
	jmp  1b  */
static const unsigned char code[] = {
  0x66, 0x31, 0xc0,
  0x66, 0x31, 0xdb,
  0x66, 0xb9, 0x10, 0x27, 0x00, 0x00,
  0x66, 0x83, 0xc0, 0x03,
  0x67, 0xe2, 0xf9,
  0x66, 0x43,
  0x66, 0xa3, 0x00, 0x20,
  0x66, 0x89, 0x1e, 0x04, 0x20,
  0xba, 0x10, 0x05,
  0x66, 0xef,
  0xeb, 0xe1,
};

int
main (int argc, char **argv)
{
  int seconds = argc > 1 ? atoi (argv[1]) : 5;
  struct kvm_userspace_memory_region region = { .memory_size = 64 << 10 };
  struct kvm_sregs segments;
  struct kvm_regs registers = { .rip = 0x1000, .rflags = 2 };
  struct kvm_run *run;
  uint64_t end, rounds = 0, bad = 0;
  unsigned char *memory;
  int kvm, vm, vcpu, size;

  check_start ("kvmspin", 4, seconds * 4 + 120);
  kvm = open ("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0)
    fatal ("/dev/kvm");
  check_equal ("version", ioctl (kvm, KVM_GET_API_VERSION, 0), 12);
  vm = ioctl (kvm, KVM_CREATE_VM, 0);
  if (vm < 0)
    fatal ("KVM_CREATE_VM");
  memory = mmap (NULL, region.memory_size, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memcpy (memory + 0x1000, code, sizeof code);
  region.userspace_addr = (uint64_t) memory;
  if (ioctl (vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
    fatal ("KVM_SET_USER_MEMORY_REGION");
  vcpu = ioctl (vm, KVM_CREATE_VCPU, 0);
  size = ioctl (kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  if (vcpu < 0 || size < 0)
    fatal ("KVM_CREATE_VCPU");
  run = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
  if (run == MAP_FAILED || ioctl (vcpu, KVM_GET_SREGS, &segments) < 0)
    fatal ("KVM_GET_SREGS");
  segments.cs.base = 0;
  segments.cs.selector = 0;
  if (ioctl (vcpu, KVM_SET_SREGS, &segments) < 0
      || ioctl (vcpu, KVM_SET_REGS, &registers) < 0)
    fatal ("KVM_SET_REGS");

  end = clock_ns () + seconds * 1000000000ull;
  do
    {
      uint32_t value, told[2];

      if (ioctl (vcpu, KVM_RUN, 0) < 0)
	{
	  if (errno == EINTR)
	    continue;
	  fatal ("KVM_RUN");
	}
      if (run->exit_reason != KVM_EXIT_IO || run->io.port != 0x510
	  || run->io.size != 4 || run->io.direction != KVM_EXIT_IO_OUT)
	{
	  check (0, "exits", "reason %u after %llu rounds", run->exit_reason,
		 (unsigned long long) rounds);
	  return check_end ();
	}
      rounds++;
      memcpy (&value, (char *) run + run->io.data_offset, 4);
      memcpy (told, memory + 0x2000, 8);
      bad += value != (uint32_t) (rounds * 30000) || told[0] != value
	|| told[1] != (uint32_t) rounds;
    }
  while (clock_ns () < end);
  check (1, "exits", "%s", "");
  check_equal ("results", bad, 0);
  check (rounds >= 10, "rounds", "only %llu", (unsigned long long) rounds);
  return check_end ();
}
