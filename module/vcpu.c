// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vcpu.c - the run loop: what read() of /dev/lguest does.
 *
 *H:030 The heart of the Host
 *
 * Each time around it looks whether there is a
 * reason not to run the Guest (it was killed, a signal came, it sleeps), gives
 * the Guest what it has to know (an interrupt), and runs it.  Then it looks at
 * why the Guest came back, and does something about it.  :*
 */
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/entry-common.h>
#include <linux/nospec.h>

#include "shadow.h"
#include "trace.h"

static void dead(struct lguest *lg, struct lguest_exit *exit)
{
	spin_lock(&lg->message_lock);
	exit->reason = LGUEST_EXIT_DEAD;
	strscpy(exit->message, lg->message, sizeof(exit->message));
	spin_unlock(&lg->message_lock);
}

/* Is there a reason for @vcpu not to sleep any more? */
static bool awake(struct lg_vcpu *vcpu)
{
	switch (vcpu->state) {
	case LG_DOWN:
		return false;
	case LG_STARTING:
		return smp_load_acquire(&vcpu->start_wanted);
	case LG_HALTED:
		return lg_interrupt_waits(vcpu) || READ_ONCE(vcpu->nmi);
	case LG_WAITS:
		return READ_ONCE(vcpu->kicked) || READ_ONCE(vcpu->nmi) ||
		       (READ_ONCE(vcpu->pad->irq_enabled) && lg_interrupt_waits(vcpu));
	case LG_RUNS:
		break;
	}
	return true;
}

/* Sleep as the Guest wants it.  Back for anything that run() looks at. */
static int sleep(struct lg_vcpu *vcpu)
{
	int err;

	trace_lguest_halt(vcpu);
	lg_time_halt(vcpu);
	err = wait_event_interruptible(vcpu->wait,
			awake(vcpu) || READ_ONCE(vcpu->leave) || READ_ONCE(vcpu->lg->dead));
	lg_time_wake(vcpu);
	trace_lguest_wake(vcpu);
	if (err || !awake(vcpu))
		return err;
	vcpu->statistics->kick_woken++;
	if (vcpu->state == LG_STARTING) {
		vcpu->start_wanted = false;
		if (lg_start_vcpu(vcpu, &vcpu->start))
			lg_kill(vcpu->lg, "vcpu %u cannot start", vcpu->id);
		return 0;
	}
	WRITE_ONCE(vcpu->kicked, false);
	WRITE_ONCE(vcpu->state, LG_RUNS);
	return 0;
}

/**
 * lg_vcpu_up - LHCALL_VCPU_UP
 * @vcpu:	who asks; its page table is the other's first
 * @id:		of the one to start
 * @entry:	virtual address to start at
 * @argument:	for RSI
 */
int lg_vcpu_up(struct lg_vcpu *vcpu, u64 id, u64 entry, u64 argument)
{
	struct lguest *lg = vcpu->lg;
	struct lg_vcpu *other;

	if (id >= lg->setup.vcpus || !lg_arch_canonical(entry))
		return -EINVAL;
	other = lg->vcpus[array_index_nospec((unsigned long)id, LG_MAX_VCPUS)];
	if (cmpxchg(&other->state, LG_DOWN, LG_STARTING) != LG_DOWN)
		return -EBUSY;
	other->start.entry = entry;
	other->start.argument = argument;
	other->start.cr3 = vcpu->guest_cr3;
	smp_store_release(&other->start_wanted, true);
	lg_vcpu_kick(other);
	return 0;
}

/** lg_vcpu_wake - LHCALL_KICK */
int lg_vcpu_wake(struct lg_vcpu *vcpu, u64 id)
{
	struct lg_vcpu *other;

	if (id >= LG_MAX_VCPUS)
		return -EINVAL;
	other = READ_ONCE(vcpu->lg->vcpus[array_index_nospec((unsigned long)id, LG_MAX_VCPUS)]);
	if (!other)
		return -EINVAL;
	WRITE_ONCE(other->kicked, true);
	lg_vcpu_kick(other);
	return 0;
}

/* Is somebody waiting for @vcpu who can get nothing from it without a processor? */
static bool deserves_processor(struct lg_vcpu *vcpu)
{
	if (READ_ONCE(vcpu->where) == LG_IN_GUEST)
		return false;
	/* The Guest's user has no lock of its kernel; but an IPI may wait for it. */
	return !lg_arch_user_mode(vcpu) || READ_ONCE(vcpu->pending) || READ_ONCE(vcpu->nmi);
}

/* Let the thread of @vcpu run instead of us.  False if it does not want to, or does. */
static bool give_processor(struct lg_vcpu *vcpu)
{
	struct task_struct *thread;
	bool given;

	/* It takes itself out before it can end. */
	rcu_read_lock();
	thread = READ_ONCE(vcpu->thread);
	if (thread && task_is_running(thread))
		get_task_struct(thread);
	else
		thread = NULL;
	rcu_read_unlock();
	if (!thread)
		return false;
	given = yield_to(thread, true) > 0;
	put_task_struct(thread);
	return given;
}

/* How long to stay away where a yield is not enough, and how exactly. */
#define YIELD_NS	20000
#define YIELD_SLACK_NS	20000

/*
 * A scheduler that is fair does not let another thread run, whatever we say, if that
 * has had more of the processor than we, by about a millisecond.  But it does if we
 * go to sleep.  Whoever kicks us meanwhile is heard afterwards.
 */
static void stay_away(void)
{
	ktime_t moment = ns_to_ktime(YIELD_NS);

	set_current_state(TASK_INTERRUPTIBLE);
	schedule_hrtimeout_range(&moment, YIELD_SLACK_NS, HRTIMER_MODE_REL);
}

/*H:037 After you
 *
 * The Guest's processors wait for each other, in loops: for a lock, for an answer
 * to an interrupt.  That takes a moment, if the other one runs.  But a processor of
 * the Guest's is a thread of ours, and we may have taken its processor away, to
 * give it to the very one that waits.  So it would turn in its loop until its
 * time is over, and the other one's turn comes at last.
 *
 * Processors with VT-x notice such loops, and tell the hypervisor.  Ours notices
 * itself: after some hundred turns it says so, and we look who could run if it
 * were let.  The Guest cannot say whom it waits for (a lock for readers
 * does not know who they are), so it is one after the other.
 */
/**
 * lg_vcpu_yield - LHCALL_YIELD
 * @vcpu:	the caller's own; loaded
 *
 * May schedule.
 */
void lg_vcpu_yield(struct lg_vcpu *vcpu)
{
	struct lguest *lg = vcpu->lg;
	unsigned int vcpus = lg->setup.vcpus, first = READ_ONCE(lg->favoured), i;

	for (i = 1; i <= vcpus; i++) {
		unsigned int id = (first + i) % vcpus;
		struct lg_vcpu *other = lg->vcpus[id];
		u64 mark = READ_ONCE(other->time.mark);

		if (other != vcpu && deserves_processor(other) && give_processor(other)) {
			WRITE_ONCE(lg->favoured, id);
			vcpu->statistics->yield_given++;
			/* Has it been in the Guest, or was it on its way? */
			if (mark == READ_ONCE(other->time.mark))
				stay_away();
			return;
		}
	}
}
/*:*/

/*
 * Work that is done on the way to user mode, which is the only way to have it
 * done.  The last kind is KVM's: its virtual machine's SYSCALL MSRs may still be
 * in the processor, and KVM puts the Host's back when its notifier is called.
 */
static __always_inline bool user_work_pending(void)
{
	return signal_pending(current) || test_thread_flag(TIF_NOTIFY_RESUME) ||
	       test_thread_flag(TIF_USER_RETURN_NOTIFY);
}

/* Something that must be seen to before the Guest can be entered? */
static bool must_wait(struct lg_vcpu *vcpu, u64 seen, bool nmi)
{
	return lg_need_resched() || user_work_pending() || lg_arch_has_ldt() ||
	       READ_ONCE(vcpu->lg->dead) || READ_ONCE(vcpu->leave) ||
	       READ_ONCE(vcpu->look) ||
	       READ_ONCE(vcpu->pending) != seen || READ_ONCE(vcpu->nmi) != nmi;
}

/*H:035 The loop
 *
 * Here it is.  Read it from top to bottom once: each time around there are
 * some reasons not to enter the Guest, then some things to tell it, and then,
 * with interrupts off, one more look at all of these reasons at once
 * (must_wait()).  Why again?  Because whoever wants something of this
 * processor writes a note first, and then kicks it.  We say that we go in, and
 * *then* look for notes.  Whichever of the two was first, one sees the other.
 * It is the sleeper's rule for the third time, I did promise.
 *
 * lg_arch_enter() is the moment itself.  When it comes back, a microsecond or
 * a hundred milliseconds have passed, and lg_arch_trap() looks at why.
 */
static int run(struct lg_vcpu *vcpu, struct lguest_exit *exit)
{
	struct lguest *lg = vcpu->lg;
	u64 seen;
	bool nmi;

	/* Only the thread itself can change this, and it is here. */
	if (lg_arch_has_ports())
		lg_kill(lg, "the Launcher may use I/O ports");
	for (;;) {
		if (READ_ONCE(lg->dead)) {
			dead(lg, exit);
			return 0;
		}
		if (user_work_pending())
			return -EINTR;
		if (unlikely(READ_ONCE(vcpu->leave))) {
			WRITE_ONCE(vcpu->leave, false);
			return -EINTR;
		}
		/*
		 * Its address would mean something else in the Guest's tables,
		 * where the Guest could put call gates.
		 */
		if (lg_arch_has_ldt()) {
			lg_kill(lg, "the Launcher has a local descriptor table");
			continue;
		}
		/*
		 * Somebody may have been woken by an interrupt that we have
		 * called the handler of: as its frame had interrupts off, it did
		 * not look, and where all of the kernel is preemptible
		 * cond_resched() does not either.
		 */
		if (lg_need_resched())
			schedule();
		if (vcpu->state != LG_RUNS) {
			if (sleep(vcpu))
				return -EINTR;
			continue;
		}
		if (vcpu->trap) {
			unsigned int vector = vcpu->trap - 1;

			vcpu->trap = 0;
			if (vcpu->ready)
				lg_event(vcpu, vector, vcpu->trap_error);
			else
				lg_kill(lg, "trap %u before LHCALL_LGUEST_INIT", vector);
			continue;
		}
		/*
		 * What is raised after this look comes with a kick, which
		 * finds us either before the check below or in the Guest.
		 */
		nmi = READ_ONCE(vcpu->nmi);
		if (unlikely(nmi) && lg_deliver_nmi(vcpu))
			continue;
		seen = lg_deliver_interrupts(vcpu);
		if (vcpu->clock_due)
			lg_clock_publish(vcpu);
		if (vcpu->steal_due && vcpu->ready)
			lg_steal_publish(vcpu);

		local_irq_disable();
		vcpu->cpu = smp_processor_id();
		WRITE_ONCE(vcpu->where, LG_IN_GUEST);
		/* Its barrier pairs with those of who kicks us. */
		shadow_enter(vcpu);
		if (must_wait(vcpu, seen, nmi)) {
			WRITE_ONCE(vcpu->where, LG_IN_HOST);
			shadow_leave(vcpu);
			/* The next look at the blocked lines comes after it. */
			smp_store_mb(vcpu->look, false);
			local_irq_enable();
			continue;
		}
		lg_arch_enter(vcpu);		/* interrupts are on again */
		shadow_leave(vcpu);

		if (lg_arch_trap(vcpu, exit) == LG_LEAVE)
			return 0;
	}
}
/*:*/

static void count_leave(struct lg_vcpu *vcpu, int err, unsigned int reason)
{
	struct lg_statistics *statistics = vcpu->statistics;

	if (!err)
		statistics->leaves[reason % LG_LEAVES]++;
	else if (err == -EINTR)
		statistics->leave_interrupted++;
	else
		statistics->leave_error++;
	trace_lguest_leave(vcpu, err, reason);
}

static ssize_t read_register(struct lg_vcpu *vcpu, char __user *user, size_t size)
{
	u64 value = lg_arch_get_register(vcpu, vcpu->get_register);

	if (size != sizeof(value))
		return -EINVAL;
	if (copy_to_user(user, &value, sizeof(value)))
		return -EFAULT;
	vcpu->get_register = -1;
	vcpu->statistics->leave_register++;
	return sizeof(value);
}

/**
 * lg_vcpu_read - run a vcpu until there is something for the Launcher
 * @vcpu:	which
 * @user:	gets struct lguest_exit, or the 8 bytes of LHREQ_GETREG
 * @size:	of it
 *
 * The bytes read or a negative errno, see include/lguest/device.h.
 */
ssize_t lg_vcpu_read(struct lg_vcpu *vcpu, char __user *user, size_t size)
{
	struct lguest_exit *exit;
	ssize_t err;

	if (!mutex_trylock(&vcpu->run_lock))
		return -EBUSY;
	if (!vcpu->active) {
		err = vcpu->lg->setup.request ? -EINVAL : -EPERM;
		goto unlock;
	}
	if (vcpu->get_register >= 0) {
		err = read_register(vcpu, user, size);
		goto unlock;
	}
	err = -EINVAL;
	if (size != sizeof(*exit))
		goto unlock;
	err = -ENOMEM;
	exit = kzalloc(sizeof(*exit), GFP_KERNEL);
	if (!exit)
		goto unlock;

	WRITE_ONCE(vcpu->thread, current);
	lg_arch_load(vcpu);
	err = run(vcpu, exit);
	count_leave(vcpu, err, exit->reason);
	lg_arch_put(vcpu);
	WRITE_ONCE(vcpu->thread, NULL);

	if (!err)
		err = copy_to_user(user, exit, sizeof(*exit)) ? -EFAULT : sizeof(*exit);
	kfree(exit);
unlock:
	mutex_unlock(&vcpu->run_lock);
	return err;
}

/**
 * lg_vcpu_kick - make @vcpu look at its pending interrupts and at lg->dead
 * @vcpu:	which
 *
 * What it should see was written before.  From any context.
 */
void lg_vcpu_kick(struct lg_vcpu *vcpu)
{
	smp_mb();	/* pairs with run() */
	if (READ_ONCE(vcpu->where) == LG_IN_GUEST) {
		int cpu = READ_ONCE(vcpu->cpu);

		if (cpu != raw_smp_processor_id()) {
			lg_count_other(&vcpu->statistics->kick_sent, 1);
			trace_lguest_kick(vcpu, cpu);
			lg_arch_kick_cpu(cpu);
		}
	}
	if (wq_has_sleeper(&vcpu->wait))
		wake_up_interruptible(&vcpu->wait);
}

/** lg_kick_all - all of them; the same */
void lg_kick_all(struct lguest *lg)
{
	unsigned int i;

	for (i = 0; i < LG_MAX_VCPUS; i++) {
		struct lg_vcpu *vcpu = READ_ONCE(lg->vcpus[i]);

		if (vcpu)
			lg_vcpu_kick(vcpu);
	}
}
