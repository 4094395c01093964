/* shm.c - System V's and POSIX's ways to share memory and to wait.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static void
check_system_v (void)
{
  int id = shmget (IPC_PRIVATE, 16 * PAGE, IPC_CREAT | 0600), sem, i, bad = 0;
  struct sembuf down = { 0, -1, 0 }, up = { 1, 1, 0 };
  struct sembuf other_down = { 1, -1, 0 }, other_up = { 0, 1, 0 };
  struct fault fault;
  uint64_t *a, *b;
  pid_t child;

  if (id < 0)
    fatal ("shmget");
  a = shmat (id, NULL, 0);
  b = shmat (id, NULL, 0);
  if (a == (void *) -1 || b == (void *) -1)
    fatal ("shmat");
  a[512] = 0x77;
  check (a != b && b[512] == 0x77, "attached-twice", "the views differ");
  sem = semget (IPC_PRIVATE, 2, IPC_CREAT | 0600);
  if (sem < 0)
    fatal ("semget");
  child = fork ();
  if (child == 0)
    {
      for (i = 0; i < 300; i++)
	{
	  if (semop (sem, &down, 1) < 0)
	    _exit (1);
	  a[i * 16] = a[i * 16 + 1] + 1;
	  semop (sem, &up, 1);
	}
      _exit (0);
    }
  for (i = 0; i < 300; i++)
    {
      b[i * 16 + 1] = i * 11;
      semop (sem, &other_up, 1);
      if (semop (sem, &other_down, 1) < 0)
	break;
      bad += b[i * 16] != i * 11u + 1;
    }
  check (i == 300 && bad == 0, "semaphores", "%d rounds, %d wrong", i, bad);
  check_child ("semaphores-child", child);
  semctl (sem, 0, IPC_RMID);
  shmdt (b);
  fault_catch (&fault, touch_read, b);
  check_fault ("detached", &fault, SIGSEGV, SEGV_MAPERR, (uintptr_t) b);
  check_equal ("detached-other", a[512 - 512 + 16], 12);
  b = shmat (id, NULL, SHM_RDONLY);
  fault_catch (&fault, touch_write, b);
  check_fault ("attached-read-only", &fault, SIGSEGV, SEGV_ACCERR,
	       (uintptr_t) b);
  shmctl (id, IPC_RMID, NULL);
  shmdt (a);
  shmdt (b);
  check (shmat (id, NULL, 0) == (void *) -1, "removed", "it is still there");
}

struct message
{
  long type;
  char text[500];
};

static void
check_messages (void)
{
  int queue = msgget (IPC_PRIVATE, IPC_CREAT | 0600), i;
  struct message message;
  pid_t child;

  if (queue < 0)
    fatal ("msgget");
  child = fork ();
  if (child == 0)
    {
      for (i = 1; i <= 200; i++)
	{
	  message.type = i % 5 + 1;
	  memset (message.text, i, sizeof message.text);
	  if (msgsnd (queue, &message, sizeof message.text, 0) < 0)
	    _exit (1);
	}
      _exit (0);
    }
  for (i = 1; i <= 200; i++)
    if (msgrcv (queue, &message, sizeof message.text, 0, 0)
	!= sizeof message.text || message.text[0] != (char) i
	|| message.text[499] != (char) i || message.type != i % 5 + 1)
      break;
  check_equal ("messages", i, 201);
  check_child ("messages-child", child);
  msgctl (queue, IPC_RMID, NULL);
}

static void
check_memfd (void)
{
  int fd = memfd_create ("shm", MFD_ALLOW_SEALING);
  char *a, *b;
  int status;
  pid_t child;

  if (fd < 0 || ftruncate (fd, 64 * PAGE) < 0)
    fatal ("memfd_create");
  a = mmap (NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  child = fork ();
  if (child == 0)
    {
      b = mmap (NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      for (int i = 0; i < 64; i++)
	b[i * PAGE] = i + 1;
      munmap (b, 64 * PAGE);
      _exit (0);
    }
  waitpid (child, &status, 0);
  for (status = 0; status < 64; status++)
    if (a[status * PAGE] != status + 1)
      break;
  check_equal ("memfd", status, 64);
  munmap (a, 64 * PAGE);
  check (fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK) == 0
	 && write (fd, "x", 1) == -1 && errno == EPERM, "memfd-sealed",
	 "errno %d", errno);
  check (mmap (NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
	 == MAP_FAILED, "memfd-sealed-map", "it can be mapped for writing");
  close (fd);

  /* Holes are empty, and holes again after they were filled.  */
  fd = memfd_create ("holes", 0);
  if (fd < 0 || ftruncate (fd, 8 * PAGE) < 0)
    fatal ("memfd_create");
  a = mmap (NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  memset (a, 'h', 8 * PAGE);
  if (fallocate (fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2 * PAGE,
		 3 * PAGE) < 0)
    fatal ("fallocate");
  check (a[PAGE] == 'h' && a[2 * PAGE] == 0 && a[5 * PAGE - 1] == 0
	 && a[5 * PAGE] == 'h', "memfd-hole", "the hole is not empty");
  close (fd);
}

int
main (void)
{
  check_start ("shm", 13, 120);
  check_system_v ();
  check_messages ();
  check_memfd ();
  return check_end ();
}
