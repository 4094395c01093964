/* check.h - how the test programs of lguest say what they found.

   SPDX-License-Identifier: GPL-2.0-or-later

   Each program prints one line per check, `ok NAME' or `FAIL NAME: why',
   and exits 0 only if every check held and as many were made as it had
   announced: a program that falls asleep, dies or forgets half of its
   work cannot pass.  */

#ifndef CHECK_H
#define CHECK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Begin PROGRAM, which will make at least MINIMUM checks in at most
   SECONDS.  The caller goes on in a child; the parent keeps the time.  */
void check_start (const char *program, int minimum, int seconds);

/* Say `ok NAME' if CONDITION, else `FAIL NAME: WHY ...'.  Returns CONDITION.
   Children of fork may call it too.  */
int check (int condition, const char *name, const char *why, ...)
  __attribute__ ((format (printf, 3, 4)));

/* Two numbers must be the same.  */
int check_equal (const char *name, uint64_t got, uint64_t want);

/* This cannot be checked here, because WHY.  Counts as made.  */
void check_skip (const char *name, const char *why);

/* The end of the program: gives its exit status.  */
int check_end (void);

/* What went wrong before a check could be made: says so, and exits.  */
void fatal (const char *what) __attribute__ ((noreturn));

/* Run BODY (ARGUMENT) in a child.  Gives the status of waitpid.  */
int in_child (int (*body) (void *), void *argument);

/* CHILD must end by exit with status 0.  */
int check_child (const char *name, pid_t child);

/* What a signal told about a fault.  */
struct fault
{
  int signal;			/* 0: there was none */
  int code;
  uint64_t address;		/* si_addr */
  uint64_t rip;
  uint64_t trap;		/* vector and error code, from the ucontext */
  uint64_t error;
};

/* Run BODY (ARGUMENT) and catch the SIGSEGV, SIGBUS, SIGILL, SIGFPE or
   SIGTRAP that it raises.  Gives the signal, or 0.  */
int fault_catch (struct fault *fault, void (*body) (void *), void *argument);

/* The fault must be this SIGNAL, and have this CODE and ADDRESS.  */
int check_fault (const char *name, const struct fault *fault, int signal,
		 int code, uint64_t address);

/* Touch one byte.  */
void touch_read (void *address);
void touch_write (void *address);
void touch_execute (void *address);

/* A generator of numbers that is the same everywhere.  */
uint64_t random_next (uint64_t *state);

/* Is the processor QEMU's?  It leaves out some exceptions.  */
int is_emulator (void);

uint64_t clock_ns (void);	/* CLOCK_MONOTONIC */

#define PAGE 4096ul

#endif /* CHECK_H */
