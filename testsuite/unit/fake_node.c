/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_node.c - a Guest without a Host, to test the launcher by.
 *
 * The program that this is linked into is the launcher, whole, but for
 * device_node.c: instead of lg.ko there is a thread here, the "Guest".  It is
 * a small operating system in C with a driver for the console.  It reaches
 * its devices as a real one does: by instructions that the launcher has to
 * decode.  What it does is said by its command line, by "do=...".
 */
#include <config.h>

#include <asm/bootparam.h>
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#include <lguest/button.h>
#include <lguest/hypercall.h>

#include "device_node.h"
#include "top/fake_page.h"

#define CONSOLE_SLOT 1
#define CONSOLE_IRQ 1
#define QUEUE_SIZE 8

/* Guest-physical addresses, above the kernel: two queues and their buffers,
   and a mark that must not survive a restart. */
#define QUEUE_ADDRESS(queue) (0x1800000 + (queue) * 0x10000)
#define AVAILABLE_OFFSET 0x1000
#define USED_OFFSET 0x2000
#define BUFFER_OFFSET 0x4000
#define BUFFER_BYTES 64
#define MARK_ADDRESS 0x1900000

enum { INPUT, OUTPUT };

/* Where a vcpu is, between us and the launcher. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool guest_waits;        /* for the launcher to answer */
static bool interrupted;
static bool kicked;             /* out of device_node_run() */
static unsigned nmis;
static unsigned trapped;        /* by which vector; 0: not */
static struct lguest_exit exit_record;
static __u64 registers[LGUEST_REG_COUNT];

static const struct guest_memory *memory;
static uint64_t boot_params;
static unsigned life;
static __thread unsigned our_life;      /* of the Guest's thread */

/* Addresses of the console, and how far its queues are. */
static uint64_t common, doorbell, isr;
static uint16_t used_seen[2];

/*
 * What the Guest's processor does.
 */

/* After a reset, another thread is the Guest.  With the lock. */
static void
end_if_reset (void)
{
  if (life == our_life)
    return;
  pthread_mutex_unlock (&lock);
  pthread_exit (NULL);
}

/* Stop running, until the launcher lets us go on.  After a shutdown that is
   never: another thread is the Guest then. */
static void
leave (unsigned reason)
{
  pthread_mutex_lock (&lock);
  end_if_reset ();
  exit_record.reason = reason;
  memcpy (exit_record.registers, registers, sizeof registers);
  trapped = 0;
  guest_waits = true;
  pthread_cond_broadcast (&changed);
  while (guest_waits && life == our_life)
    pthread_cond_wait (&changed, &lock);
  end_if_reset ();
  pthread_mutex_unlock (&lock);
}

static void
execute (unsigned reason, const char *code, unsigned length,
         uint64_t address)
{
  memset (exit_record.instruction, 0x90, sizeof exit_record.instruction);
  memcpy (exit_record.instruction, code, length);
  exit_record.instruction_length = sizeof exit_record.instruction;
  exit_record.address = address;
  registers[LGUEST_REG_RIP] = 0x1000;
  leave (reason);
  if (!trapped && registers[LGUEST_REG_RIP] != 0x1000 + length)
    {
      fprintf (stderr, "RIP is wrong after an instruction\n");
      abort ();
    }
}

static uint32_t
in (uint16_t port)
{
  registers[LGUEST_REG_RDX] = port;
  execute (LGUEST_EXIT_IO, "\xed", 1, 0);
  return registers[LGUEST_REG_RAX];
}

static void
out (uint16_t port, uint32_t value)
{
  registers[LGUEST_REG_RDX] = port;
  registers[LGUEST_REG_RAX] = value;
  execute (LGUEST_EXIT_IO, "\xef", 1, 0);
}

static uint64_t
load (uint64_t address, unsigned bytes)
{
  registers[LGUEST_REG_RCX] = 0;
  switch (bytes)
    {
    case 1:                     /* movzbl (%rdi),%ecx */
      execute (LGUEST_EXIT_MMIO, "\x0f\xb6\x0f", 3, address);
      break;
    case 2:                     /* movzwl 8(%rdi),%ecx */
      execute (LGUEST_EXIT_MMIO, "\x0f\xb7\x4f\x08", 4, address);
      break;
    default:                    /* mov (%rdi,%rsi,4),%ecx */
      execute (LGUEST_EXIT_MMIO, "\x8b\x0c\xb7", 3, address);
      break;
    }
  return registers[LGUEST_REG_RCX];
}

static void
store (uint64_t address, unsigned bytes, uint64_t value)
{
  registers[LGUEST_REG_RSI] = value;
  switch (bytes)
    {
    case 1:                     /* mov %sil,(%rdi) */
      execute (LGUEST_EXIT_MMIO, "\x40\x88\x37", 3, address);
      break;
    case 2:                     /* mov %si,(%rdi) */
      execute (LGUEST_EXIT_MMIO, "\x66\x89\x37", 3, address);
      break;
    default:                    /* mov %esi,0x1000(%rip) */
      execute (LGUEST_EXIT_MMIO, "\x89\x35\x00\x10\x00\x00", 6, address);
      break;
    }
}

static void
wait_for_interrupt (void)
{
  pthread_mutex_lock (&lock);
  while (!interrupted && !nmis && life == our_life)
    pthread_cond_wait (&changed, &lock);
  end_if_reset ();
  interrupted = false;
  pthread_mutex_unlock (&lock);
}

static void
shut_down (unsigned how, const char *message)
{
  exit_record.detail = how;
  snprintf (exit_record.message, sizeof exit_record.message, "%s", message);
  leave (LGUEST_EXIT_SHUTDOWN);
}

/*
 * The console's driver.
 */

static uint32_t
config (unsigned offset)
{
  out (0xcf8, 0x80000000 | CONSOLE_SLOT << 11 | offset);
  return in (0xcfc);
}

static struct vring_desc *
descriptors (unsigned queue)
{
  return (struct vring_desc *) (memory->base + QUEUE_ADDRESS (queue));
}

static struct vring_avail *
available (unsigned queue)
{
  return (struct vring_avail *) (memory->base + QUEUE_ADDRESS (queue)
                                 + AVAILABLE_OFFSET);
}

static struct vring_used *
used (unsigned queue)
{
  return (struct vring_used *) (memory->base + QUEUE_ADDRESS (queue)
                                + USED_OFFSET);
}

static char *
buffer (unsigned queue, unsigned index)
{
  return (char *) memory->base + QUEUE_ADDRESS (queue) + BUFFER_OFFSET
    + index * BUFFER_BYTES;
}

static void
find_console (void)
{
  const uint64_t bar = (config (PCI_BASE_ADDRESS_0) & ~0xfu)
    | (uint64_t) config (PCI_BASE_ADDRESS_1) << 32;
  unsigned at = config (PCI_CAPABILITY_LIST) & 0xff;

  while (at)
    {
      const uint32_t head = config (at);

      switch (head >> 24)
        {
        case VIRTIO_PCI_CAP_COMMON_CFG:
          common = bar + config (at + VIRTIO_PCI_CAP_OFFSET);
          break;
        case VIRTIO_PCI_CAP_NOTIFY_CFG:
          doorbell = bar + config (at + VIRTIO_PCI_CAP_OFFSET);
          break;
        case VIRTIO_PCI_CAP_ISR_CFG:
          isr = bar + config (at + VIRTIO_PCI_CAP_OFFSET);
          break;
        }
      at = head >> 8 & 0xff;
    }
}

static void
offer (unsigned queue, unsigned index)
{
  struct vring_avail *ring = available (queue);

  ring->ring[ring->idx % QUEUE_SIZE] = index;
  __atomic_store_n (&ring->idx, ring->idx + 1, __ATOMIC_SEQ_CST);
  if (!(__atomic_load_n (&used (queue)->flags, __ATOMIC_SEQ_CST)
        & VRING_USED_F_NO_NOTIFY))
    store (doorbell + 4 * queue, 2, queue);
}

static void
start_console (void)
{
  unsigned queue, i;

  find_console ();
  store (common + VIRTIO_PCI_COMMON_STATUS, 1, 0);
  store (common + VIRTIO_PCI_COMMON_STATUS, 1, 3);
  store (common + VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
  store (common + VIRTIO_PCI_COMMON_GF, 4, 1 << (VIRTIO_F_VERSION_1 - 32));
  store (common + VIRTIO_PCI_COMMON_STATUS, 1, 11);
  for (queue = 0; queue < 2; queue++)
    {
      store (common + VIRTIO_PCI_COMMON_Q_SELECT, 2, queue);
      store (common + VIRTIO_PCI_COMMON_Q_SIZE, 2, QUEUE_SIZE);
      store (common + VIRTIO_PCI_COMMON_Q_DESCLO, 4, QUEUE_ADDRESS (queue));
      store (common + VIRTIO_PCI_COMMON_Q_AVAILLO, 4,
             QUEUE_ADDRESS (queue) + AVAILABLE_OFFSET);
      store (common + VIRTIO_PCI_COMMON_Q_USEDLO, 4,
             QUEUE_ADDRESS (queue) + USED_OFFSET);
      store (common + VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
      used_seen[queue] = 0;
    }
  store (common + VIRTIO_PCI_COMMON_STATUS, 1, 15);
  for (i = 0; i < QUEUE_SIZE; i++)
    {
      descriptors (INPUT)[i] = (struct vring_desc)
        { buffer (INPUT, i) - (char *) memory->base, BUFFER_BYTES,
          VRING_DESC_F_WRITE, 0 };
      offer (INPUT, i);
    }
}

static bool
is_used (unsigned queue)
{
  return __atomic_load_n (&used (queue)->idx, __ATOMIC_ACQUIRE)
    != used_seen[queue];
}

static void
wait_for_used (unsigned queue)
{
  while (!is_used (queue))
    {
      wait_for_interrupt ();
      load (isr, 1);
    }
}

static void
put (const char *text, size_t length)
{
  while (length > 0)
    {
      const size_t piece = length < BUFFER_BYTES ? length : BUFFER_BYTES;

      memcpy (buffer (OUTPUT, 0), text, piece);
      descriptors (OUTPUT)[0] = (struct vring_desc)
        { buffer (OUTPUT, 0) - (char *) memory->base, piece, 0, 0 };
      offer (OUTPUT, 0);
      wait_for_used (OUTPUT);
      used_seen[OUTPUT]++;
      text += piece;
      length -= piece;
    }
}

static void
print (const char *text)
{
  put (text, strlen (text));
}

/* The next piece of what was typed. */
static size_t
get (char *text)
{
  struct vring_used_elem element;

  while (!is_used (INPUT))
    {
      wait_for_interrupt ();
      load (isr, 1);
      if (nmis)
        {
          nmis = 0;
          print ("NMI\r\n");
        }
    }
  element = used (INPUT)->ring[used_seen[INPUT] % QUEUE_SIZE];
  used_seen[INPUT]++;
  memcpy (text, buffer (INPUT, element.id), element.len);
  offer (INPUT, element.id);
  return element.len;
}

/*
 * What the Guest does.
 */

static void
do_echo (void)
{
  char text[BUFFER_BYTES];

  for (;;)
    {
      const size_t length = get (text);

      put (text, length);
      if (memchr (text, '.', length))
        return;
    }
}

/* Count what comes, up to a dot. */
static void
do_count (void)
{
  char text[BUFFER_BYTES], line[40];
  unsigned long bytes = 0;
  const char *end;

  /* Who has written something listens: only now comes any input. */
  print ("ready\n");
  do
    {
      const size_t length = get (text);

      end = memchr (text, '.', length);
      bytes += end ? (size_t) (end - text) : length;
    }
  while (!end);
  snprintf (line, sizeof line, "%lu bytes\n", bytes);
  print (line);
}

/* Obey the power button. */
static void
do_button (void)
{
  uint32_t event;

  out (LGUEST_BUTTON_PORT, 1 << 1);
  print ("ready\r\n");
  do
    {
      wait_for_interrupt ();
      load (isr, 1);
      event = in (LGUEST_BUTTON_PORT);
    }
  while (event == 0);
  print (event == 1 ? "bye\r\n" : "what?\r\n");
  if (in (LGUEST_BUTTON_PORT) != 0)
    print ("twice?\r\n");
}

/* More than a pipe holds, or a log (64 KiB), twice, in lines of a whole buffer: each costs
   several changes of threads, so as few of them as will do. */
static void
do_flood (void)
{
  char line[BUFFER_BYTES + 1];
  unsigned i;

  for (i = 0; i < 3000; i++)
    put (line, snprintf (line, sizeof line, "line %-*u\n",
                         BUFFER_BYTES - 6, i));
}

static void
do_violate (void)
{
  descriptors (OUTPUT)[0] = (struct vring_desc)
    { memory->size, 1, 0, 0 };
  offer (OUTPUT, 0);
  while (!(load (common + VIRTIO_PCI_COMMON_STATUS, 1)
           & VIRTIO_CONFIG_S_NEEDS_RESET))
    usleep (1000);
  /* Again, for the user shall not see it for ever. */
  memset (memory->base + QUEUE_ADDRESS (INPUT), 0, 0x20000);
  start_console ();
  print ("alive\n");
}

static void
do_trap (void)
{
  execute (LGUEST_EXIT_MMIO, "\xf3\xa4", 2, memory->size);
  if (trapped != 14)
    print ("no page fault\n");
  execute (LGUEST_EXIT_IO, "\xfa", 1, 0);
  if (trapped != 13)
    print ("no protection fault\n");
  registers[LGUEST_REG_USER_MODE] = 1;
  execute (LGUEST_EXIT_IO, "\xec", 1, 0);
  if (trapped != 13)
    print ("users may use ports\n");
  registers[LGUEST_REG_USER_MODE] = 0;
  if (load (memory->size, 4) != 0xffffffff)
    print ("something is directly above memory\n");
  print ("trapped\n");
}

static void
poke (uint64_t address, uint64_t value)
{
  memcpy (memory->base + address, &value, sizeof value);
}

/*
 * Stand still in a kernel function, with a stack: TEXT is one page of it,
 * in which calls end at 0x105 and 0x205, STACK another one.  If it lies, all
 * its tables lead to each other, and its stack everywhere.
 */
static void
do_backtrace (bool lie)
{
  const uint64_t tables = 0x1a00000, text = 0x1b00000, stack = 0x1b10000;
  const uint64_t text_at = 0xffffffff81000000, stack_at = 0xffff888000100000;
  unsigned i;

  /* TEXT: 511, 510, 8, 0; STACK: 273, 0, 0, 256. */
  poke (tables + 511 * 8, (tables + 0x1000) | 3);
  poke (tables + 0x1000 + 510 * 8, (tables + 0x2000) | 3);
  poke (tables + 0x2000 + 8 * 8, (tables + 0x3000) | 3);
  poke (tables + 0x3000, text | 3);
  poke (tables + 273 * 8, (tables + 0x4000) | 3);
  poke (tables + 0x4000, (tables + 0x5000) | 3);
  poke (tables + 0x5000, (tables + 0x6000) | 3);
  for (i = 0; i < 4; i++)
    poke (tables + 0x6000 + (256 + i) * 8,
          (stack + i * 0x1000) | UINT64_C (1) << 63 | 3);
  memory->base[text + 0x100] = memory->base[text + 0x200] = 0xe8;
  poke (stack + 0x3f10, text_at + 0x105);
  poke (stack + 0x3f20, text_at + 0x205);
  for (i = 0; lie && i < 0x7000 / 8; i++)
    poke (tables + i * 8, i % 3 ? (tables + i % 7 * 0x1000) | 3
          : UINT64_MAX - i);
  pthread_mutex_lock (&lock);
  registers[LGUEST_REG_RIP] = text_at + 0x10;
  registers[LGUEST_REG_RSP] = lie ? UINT64_MAX - 6 : stack_at + 0x3f00;
  registers[LGUEST_REG_RBP] = lie ? UINT64_MAX : 0;
  registers[LGUEST_REG_CR3] = tables;
  pthread_mutex_unlock (&lock);
  for (;;)
    wait_for_interrupt ();
}

static void
run (const char *what)
{
  if (strcmp (what, "backtrace") == 0 || strcmp (what, "lie") == 0)
    do_backtrace (what[0] == 'l');
  if (strcmp (what, "hang") == 0)
    for (;;)
      poll (NULL, 0, -1);
  else if (strcmp (what, "crash") == 0)
    shut_down (LGUEST_SHUTDOWN_CRASH, "Attempted to kill \033[2Jinit!");
  else if (strcmp (what, "dead") == 0)
    {
      strcpy (exit_record.message, "bad hypercall 99");
      leave (LGUEST_EXIT_DEAD);
    }
  else if (strcmp (what, "strange") == 0)
    leave (99);
  else if (strcmp (what, "print") == 0)
    {
      strcpy (exit_record.message, "early\nmessage\n");
      leave (LGUEST_EXIT_PRINT);
    }
  start_console ();
  if (strcmp (what, "echo") == 0)
    {
      print ("ready\r\n");
      do_echo ();
    }
  else if (strcmp (what, "button") == 0)
    do_button ();
  else if (strcmp (what, "count") == 0)
    do_count ();
  else if (strcmp (what, "flood") == 0)
    do_flood ();
  else if (strcmp (what, "flood+") == 0)
    {
      do_flood ();
      do_echo ();
    }
  else if (strcmp (what, "violate") == 0)
    do_violate ();
  else if (strcmp (what, "trap") == 0)
    do_trap ();
  else if (strcmp (what, "reboot") == 0)
    {
      char line[64];

      snprintf (line, sizeof line, "life %u%s\n", life,
                memory->base[MARK_ADDRESS] ? ", memory not cleared" : "");
      print (line);
      memory->base[MARK_ADDRESS] = 1;
      if (life < 3)
        shut_down (LGUEST_SHUTDOWN_RESTART, "");
    }
  shut_down (LGUEST_SHUTDOWN_POWEROFF, "");
}

static void *
guest_main (void *unused)
{
  const struct boot_params *params
    = (const struct boot_params *) (memory->base + boot_params);
  const char *line = (const char *) memory->base + params->hdr.cmd_line_ptr;
  char what[32] = "";

  (void) unused;
  our_life = life;
  line = strstr (line, "do=");
  if (line)
    sscanf (line, "do=%31s", what);
  run (what);
  return NULL;
}

/*
 * What device_node.h promises.
 */

int
device_node_open (struct lguest_device_info *info, struct failure *failure)
{
  /* pthread_exit () needs it, and later nothing can be loaded. */
  dlopen ("libgcc_s.so.1", RTLD_NOW | RTLD_GLOBAL);
  (void) failure;
  memset (info, 0, sizeof *info);
  info->max_vcpus = 1;
  return dup (STDERR_FILENO);
}

bool
device_node_initialize (int fd, const struct guest_memory *of_guest,
                        const struct kernel *kernel, uint64_t params,
                        unsigned vcpus, struct failure *failure)
{
  pthread_t thread;

  (void) fd;
  memory = of_guest;
  boot_params = params;
  pthread_mutex_lock (&lock);
  life++;
  interrupted = guest_waits = false;
  nmis = 0;
  memset (&exit_record, 0, sizeof exit_record);
  pthread_cond_broadcast (&changed);
  pthread_mutex_unlock (&lock);
  if (vcpus != 1 || !kernel->entry
      || pthread_create (&thread, NULL, guest_main, NULL) != 0)
    return fail (failure, STATUS_ERROR, "bad LHREQ_INITIALIZE");
  pthread_detach (thread);
  return true;
}

bool
device_node_run (int fd, unsigned vcpu, struct lguest_exit *reason)
{
  static bool signalled;

  (void) fd;
  (void) vcpu;
  /* Signals come when they like. */
  signalled = !signalled;
  if (signalled)
    {
      errno = EINTR;
      return false;
    }
  pthread_mutex_lock (&lock);
  while (!guest_waits && !kicked)
    pthread_cond_wait (&changed, &lock);
  if (kicked)
    {
      kicked = false;
      pthread_mutex_unlock (&lock);
      errno = EINTR;
      return false;
    }
  *reason = exit_record;
  if (reason->reason == LGUEST_EXIT_PRINT)
    guest_waits = false;
  pthread_cond_broadcast (&changed);
  pthread_mutex_unlock (&lock);
  return true;
}

static void
go_on (void)
{
  guest_waits = false;
  pthread_cond_broadcast (&changed);
  pthread_mutex_unlock (&lock);
}

bool
device_node_set_registers (int fd, unsigned vcpu, const uint64_t *pairs,
                           unsigned count)
{
  (void) fd;
  (void) vcpu;
  pthread_mutex_lock (&lock);
  for (; count > 0; count--, pairs += 2)
    registers[pairs[0]] = pairs[1];
  go_on ();
  return true;
}

bool
device_node_get_register (int fd, unsigned vcpu, unsigned number,
                          uint64_t *value)
{
  (void) fd;
  (void) vcpu;
  pthread_mutex_lock (&lock);
  *value = registers[number];
  pthread_mutex_unlock (&lock);
  return true;
}

/* It has no state that could be saved. */
bool
device_node_get_state (int fd, unsigned vcpu, unsigned which, void *state,
                       size_t bytes)
{
  (void) fd;
  (void) vcpu;
  (void) which;
  memset (state, 0, bytes);
  errno = EOPNOTSUPP;
  return false;
}

bool
device_node_set_state (int fd, unsigned vcpu, unsigned which,
                       const void *state, size_t bytes)
{
  (void) fd;
  (void) vcpu;
  (void) which;
  (void) state;
  (void) bytes;
  errno = EOPNOTSUPP;
  return false;
}

bool
device_node_trap (int fd, unsigned vcpu, unsigned vector,
                  uint64_t error_code)
{
  (void) fd;
  (void) vcpu;
  (void) error_code;
  pthread_mutex_lock (&lock);
  trapped = vector;
  go_on ();
  return true;
}

bool
device_node_interrupt (int fd, unsigned irq)
{
  (void) fd;
  if (irq != CONSOLE_IRQ && irq != LGUEST_BUTTON_IRQ)
    return true;
  pthread_mutex_lock (&lock);
  interrupted = true;
  pthread_cond_broadcast (&changed);
  pthread_mutex_unlock (&lock);
  return true;
}

bool
device_node_kick (int fd, unsigned vcpu)
{
  (void) fd;
  (void) vcpu;
  pthread_mutex_lock (&lock);
  kicked = true;
  pthread_cond_broadcast (&changed);
  pthread_mutex_unlock (&lock);
  return true;
}

bool
device_node_nmi (int fd, unsigned vcpu)
{
  (void) fd;
  (void) vcpu;
  pthread_mutex_lock (&lock);
  nmis++;
  pthread_cond_broadcast (&changed);
  pthread_mutex_unlock (&lock);
  return true;
}

/* Counters as of a Guest with one vcpu. */
const void *
device_node_map_statistics (int fd, size_t *size)
{
  static struct fake_page page;

  (void) fd;
  *size = fake_page_size (1);
  fake_page_init (&page, calloc (1, *size), 1);
  fake_page_set (&page, "exit.hypercall", 1, 0, 4711);
  return page.bytes;
}

/* This guest writes to its devices' registers only. */
bool
device_node_doorbell (int fd, uint64_t address, int eventfd)
{
  (void) fd;
  (void) address;
  (void) eventfd;
  return true;
}
