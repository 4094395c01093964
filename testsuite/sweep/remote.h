/* remote.h - the debugger's line to an emulated host (GDB's remote protocol).

   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef REMOTE_H
#define REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All that QEMU's gdbstub shows of a processor, as it sends it.  */
enum { REGISTERS_SIZE = 608 };

struct registers
{
  uint8_t bytes[REGISTERS_SIZE];
};

/* Numbers of registers, in the order of the protocol for x86-64.  */
enum
{
  REGISTER_RAX, REGISTER_RBX, REGISTER_RCX, REGISTER_RDX, REGISTER_RSI,
  REGISTER_RDI, REGISTER_RBP, REGISTER_RSP, REGISTER_R8, REGISTER_R15 = 15,
  REGISTER_RIP, REGISTER_EFLAGS, REGISTER_CS, REGISTER_SS, REGISTER_DS,
  REGISTER_ES, REGISTER_FS, REGISTER_GS, REGISTER_FS_BASE, REGISTER_GS_BASE,
  REGISTER_KERNEL_GS_BASE, REGISTER_CR0, REGISTER_CR2, REGISTER_CR3,
  REGISTER_CR4, REGISTER_CR8, REGISTER_EFER, REGISTER_COUNT
};

/* Connect to PORT of this machine; the emulated one stops.  A line that
   breaks later ends the program.  */
void remote_open (int port);
/* Let the machine run, and leave.  */
void remote_close (void);

/* Stop it, wherever it is.  */
void remote_interrupt (void);
void remote_continue (void);
/* Wait for it to stop: false if it does not within MILLISECONDS.  */
bool remote_wait (int milliseconds);
/* One instruction.  With EVENTS, what is pending comes first: then it is one
   event, up to the first instruction of its handler.  */
void remote_step (bool events);

void remote_read_registers (struct registers *registers);
void remote_write_register (int number, uint64_t value);
uint64_t register_get (const struct registers *registers, int number);
const char *register_name (int number);
/* The first register that differs, or -1; REGISTER_COUNT stands for those of
   the FPU.  */
int registers_differ (const struct registers *a, const struct registers *b);

/* Virtual memory by the tables that are loaded; false if it is not there.  */
bool remote_read (uint64_t address, void *to, size_t size);
bool remote_write (uint64_t address, const void *from, size_t size);
/* What a device at ADDRESS sees when somebody on its bus writes to it.  */
bool remote_write_physical (uint64_t address, const void *from, size_t size);

void remote_breakpoint (uint64_t address, bool insert);

/* A command for QEMU's monitor.  What it said is valid until the next.  */
const char *remote_monitor (const char *command);

#endif
