# programs.mk - which test programs there are; for build.mk and automake.
# SPDX-License-Identifier: GPL-2.0-or-later
PROGRAMS = mmap cow protect faults signals syscalls compat threads fpu trace
HOST_PROGRAMS =
