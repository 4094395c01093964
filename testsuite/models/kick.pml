/* kick.pml - how a vcpu goes into the guest, sleeps, and is kicked.

   A model of run(), sleep() and awake() of module/vcpu.c, and of those who want
   something of the vcpu: lg_raise(); a second vcpu that opens a line
   (lg_route_irq()); one that has the lock for which the vcpu waits (LHCALL_KICK);
   or, with -DFLUSH, in the place of these two a remote flush (wait_for_stale()).
   spin tries all orders in which their steps can happen.  If one of them leaves
   the vcpu asleep, or in the guest without what it should have got, spin finds
   an end that is none.

   Each precaution can be left out: NO_BARRIER_VCPU and NO_BARRIER_KICK do what a
   processor may do where the barrier is missing, which is to read before others
   see what was stored; NO_LOOK, NO_SLEEPER, NO_CONDITION and NO_STALE leave
   out a test.  Without any of them it goes wrong; models.exp tries that.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifdef FLUSH
#define OTHERS 2
bool blocked;			/* the line */
bool locked;
#else
#define OTHERS 3
bool blocked = true;
bool locked = true;
#endif
bool pending;
bool look, kicked;
bool in_guest;			/* vcpu.where */
bool waits;			/* it is in the wait queue, and not woken yet */
bool table;			/* the guest's: false is old, true is new */
bool generation, entered;	/* pager.tlb_gen, vcpu.tlb_gen */

bool interrupts_off;		/* on the vcpu's processor */
bool really;			/* it executes what the guest has */
bool has_table;			/* as of when */
bool ipi;			/* is on its way to the vcpu's processor */
bool delivered;
byte done;			/* of the others */

#define interrupt_waits (pending && !blocked)
#ifdef NO_CONDITION
#define look_again false
#else
#define look_again true
#endif
#ifdef NO_LOOK
#define look_there false
#else
#define look_there look
#endif

/* wait_event (): into the queue, then the condition once more, then sleep.  */
inline sleep_until (condition)
{
  do
  :: condition -> break
  :: else ->
     waits = true;
     if
     :: look_again && (condition) -> waits = false; break
     :: else -> !waits
     fi
  od
}

/* lg_deliver_interrupts () */
inline deliver ()
{
  seen = pending;
  if
  :: seen && !blocked -> pending = false; seen = false; delivered = true
  :: else
  fi
}

active proctype vcpu ()
{
  bool seen, late, halts;

  if				/* has it something else to do? */
  :: halts = true
  :: halts = false
  fi;

  /* The guest waits for a lock: lguest_wait (), LHCALL_WAIT.  */
  do
  :: !locked -> break
  :: else ->
     sleep_until (kicked || interrupt_waits);
     kicked = false;
     deliver ()			/* then it goes in, which has a barrier */
  od;

  do
  :: deliver ();
     interrupts_off = true;
#ifdef NO_BARRIER_VCPU
     late = true;
#else
     in_guest = true;
#endif
     if				/* must_wait () */
     :: pending != seen || look_there ->
	late = false; in_guest = false; look = false;
	interrupts_off = false
     :: else ->
	entered = generation;	/* choose_tables () */
	has_table = table;	/* LOAD CR3 */
	really = true;
	if
	:: late -> in_guest = true; late = false
	:: else
	fi;
	if
	:: ipi ->		/* it comes out; the Host's handler runs */
	   really = false; in_guest = false;
	   ipi = false; interrupts_off = false
	:: halts && !delivered && !ipi -> /* LHCALL_HALT */
	   really = false; in_guest = false; interrupts_off = false;
	   sleep_until (interrupt_waits)
	:: delivered && done == OTHERS && !ipi -> break
	fi
     fi
  od
}

/* The Host's handler, if the vcpu's thread is not in the guest. */
active proctype processor ()
{
end:
  do
  :: atomic { ipi && !interrupts_off -> ipi = false }
  od
}

/* lg_vcpu_kick () */
inline kick ()
{
  if
  :: in_guest -> ipi = true
  :: else
  fi;
#ifndef NO_SLEEPER
  waits = false
#endif
}

/* lg_raise () */
active proctype device ()
{
#ifdef NO_BARRIER_KICK
  bool was = in_guest, slept = waits;

  pending = true;
  if
  :: was -> ipi = true
  :: else
  fi;
  if
  :: slept -> waits = false
  :: else
  fi;
#else
  pending = true;
  kick ();
#endif
  done++
}

#ifndef FLUSH
/* The guest opens the line on another vcpu, then lg_route_irq ().  */
active proctype opener ()
{
  blocked = false;
  look = true;
  kick ();
  done++
}

/* The guest unlocks, then lg_vcpu_wake ().  */
active proctype holder ()
{
  locked = false;
  kicked = true;
  kick ();
  done++
}

#else
/* The guest changes its table, then LHCALL_FLUSH_RANGE.  */
active proctype flusher ()
{
  table = true;
  generation = true;		/* rights_taken () */
#ifndef NO_STALE
  if				/* wait_for_stale () */
  :: in_guest && entered != generation -> ipi = true; !ipi
  :: else
  fi;
#endif
  /* From here on the guest relies on it.  */
  assert (!really || has_table);
  done++
}
#endif
