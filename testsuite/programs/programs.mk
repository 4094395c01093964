# programs.mk - which test programs there are; for build.mk and automake.
# SPDX-License-Identifier: GPL-2.0-or-later
PROGRAMS = clock compat copy cow faults fill fpu heap jobs mmap pipes \
  polling processes procsys protect shm signals smp stack storm syscalls \
  threads trace
HOST_PROGRAMS = askhelper cycles devfuzz kvmspin scribble statistics tapfd
SCRIPTS = all-tests smp-kernel
