# programs.mk - which test programs there are; for build.mk and automake.
# SPDX-License-Identifier: GPL-2.0-or-later
PROGRAMS = clock compat copy cow faults fill fpu heap jobs mmap pipes \
  pair polling processes procsys protect shm signals smp stack storm syscalls \
  threads trace
# Those that are also for i386: the others use registers of 64 bits.
PROGRAMS_I386 = clock copy cow fill heap jobs mmap pipes polling processes \
  procsys protect shm stack storm
HOST_PROGRAMS = askhelper cycles devfuzz devstate kvmspin scribble statistics tapfd inject wakeups
HOST_PROGRAMS_I386 = devfuzz
SCRIPTS = all-tests smp-kernel host/entry-area host/own-page
