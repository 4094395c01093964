// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * device.c - /dev/lguest: write() sets up and injects, read() runs.
 *
 * include/lguest/device.h is the manual of this file.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/nospec.h>

#include "lg.h"
#include "device.h"

static u64 host_features;

static int lg_open(struct inode *inode, struct file *file)
{
	struct lguest *lg = lg_create();

	if (IS_ERR(lg))
		return PTR_ERR(lg);
	file->private_data = lg;
	return 0;
}

static int lg_release(struct inode *inode, struct file *file)
{
	lg_destroy(file->private_data);
	return 0;
}

/* The vcpu that the file offset names, or NULL.  vcpus stay until release. */
static struct lg_vcpu *find_vcpu(struct lguest *lg, loff_t offset)
{
	unsigned int id;

	if (offset < 0 || offset >= LG_MAX_VCPUS)
		return NULL;
	id = array_index_nospec((unsigned long)offset, LG_MAX_VCPUS);
	return READ_ONCE(lg->vcpus[id]);
}

static ssize_t read_device_info(char __user *user, size_t size)
{
	struct lguest_device_info info = {
		.version = LGUEST_DEVICE_VERSION,
		.guest_version = LGUEST_GUEST_VERSION,
		.max_vcpus = LG_MAX_VCPUS,
		.host_features = host_features,
	};

	if (size != sizeof(info))
		return -EINVAL;
	if (copy_to_user(user, &info, sizeof(info)))
		return -EFAULT;
	return sizeof(info);
}

static ssize_t lg_read(struct file *file, char __user *user, size_t size, loff_t *offset)
{
	struct lguest *lg = file->private_data;
	struct lg_vcpu *vcpu;

	if (current->mm != lg->mm)
		return -EACCES;
	/* io_uring's threads have the Launcher's memory, but no FPU state. */
	if (current->flags & (PF_KTHREAD | LG_PF_WORKER))
		return -EINVAL;
	if (!READ_ONCE(lg->version_agreed))
		return read_device_info(user, size);
	vcpu = find_vcpu(lg, *offset);
	if (!vcpu)
		return lg->setup.request ? -EINVAL : -EPERM;
	return lg_vcpu_read(vcpu, user, size);
}

static int agree_version(struct lguest *lg, const u64 *words)
{
	if (lg->version_agreed)
		return -EBUSY;
	if (words[1] != LGUEST_DEVICE_VERSION)
		return -EPROTO;
	WRITE_ONCE(lg->version_agreed, true);
	return 0;
}

/* LHREQ_SETREG: all of them, or none. */
static int set_registers(struct lg_vcpu *vcpu, const u64 *words, unsigned int count)
{
	u64 old[LHREQ_MAX_WORDS / 2];
	unsigned int i, reg;

	for (i = 1; i < count; i += 2) {
		if (words[i] >= LGUEST_REG_COUNT)
			goto undo;
		reg = array_index_nospec((unsigned long)words[i], LGUEST_REG_COUNT);
		old[i / 2] = lg_arch_get_register(vcpu, reg);
		if (!lg_arch_set_register(vcpu, reg, words[i + 1]))
			goto undo;
	}
	return 0;
undo:
	/* The last first: a register may be there twice. */
	while (i > 1) {
		i -= 2;
		lg_arch_set_register(vcpu, words[i], old[i / 2]);
	}
	return -EINVAL;
}

/* Requests to a vcpu that is not running. */
static int vcpu_request(struct lg_vcpu *vcpu, const u64 *words, unsigned int count)
{
	int err = 0;

	if (!mutex_trylock(&vcpu->run_lock))
		return -EBUSY;
	if (!vcpu->active) {
		mutex_unlock(&vcpu->run_lock);
		return vcpu->lg->setup.request ? -EINVAL : -EPERM;
	}
	switch (words[0]) {
	case LHREQ_GETREG:
		if (count != 2 || words[1] >= LGUEST_REG_COUNT)
			err = -EINVAL;
		else
			vcpu->get_register = words[1];
		break;
	case LHREQ_SETREG:
		if (count < 3 || !(count & 1))
			err = -EINVAL;
		else
			err = set_registers(vcpu, words, count);
		break;
	case LHREQ_TRAP:
		if (count != 3 || !lg_trap_valid(words[1])) {
			err = -EINVAL;
		} else {
			vcpu->trap = words[1] + 1;
			vcpu->trap_error = words[2];
		}
		break;
	}
	mutex_unlock(&vcpu->run_lock);
	return err;
}

static int kill_request(struct lguest *lg, const u64 *words, unsigned int count)
{
	char text[LGUEST_MESSAGE_SIZE];
	size_t length, i;

	if (count != 3)
		return -EINVAL;
	length = min_t(u64, words[2], sizeof(text) - 1);
	if (copy_from_user(text, u64_to_user_ptr(words[1]), length))
		return -EFAULT;
	for (i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
	text[length] = '\0';
	lg_kill(lg, "%s", text);
	return 0;
}

/* With lg->lock; @vcpu may be NULL. */
static int state_request(struct lguest *lg, struct lg_vcpu *vcpu, const u64 *words)
{
	unsigned int locked;
	int err;

	if (!lg->setup.request)
		return -EPERM;
	if (!vcpu || !vcpu->active)
		return -EINVAL;
	err = lg_lock_vcpus(lg, &locked);
	if (err)
		return err;
	if (words[0] == LHREQ_GET_STATE)
		err = lg_get_state(lg, vcpu, words[1], u64_to_user_ptr(words[2]), words[3]);
	else
		err = lg_set_state(lg, vcpu, words[1], u64_to_user_ptr(words[2]), words[3]);
	lg_unlock_vcpus(lg, locked);
	return err;
}

/*H:022 The reception
 *
 * What the Launcher says arrives here.  A request has to have the right length
 * for its kind, come from the process that opened the device, and come at the
 * right time; else it has an error, and nothing has happened.  Requests that
 * stir the Guest's processors want them to be at rest.  Others, such as an
 * interrupt, may come from any thread at any moment.
 */
static int request(struct lguest *lg, loff_t offset, const u64 *words, unsigned int count)
{
	struct lg_vcpu *vcpu;
	int err;

	if (words[0] == LHREQ_VERSION || words[0] == LHREQ_INITIALIZE) {
		if (mutex_lock_interruptible(&lg->lock))
			return -EINTR;
		if (words[0] == LHREQ_VERSION)
			err = count == 2 ? agree_version(lg, words) : -EINVAL;
		else if (count * sizeof(u64) != sizeof(struct lguest_setup))
			err = -EINVAL;
		else if (!lg->version_agreed)
			err = -EPERM;
		else
			err = lg_initialize(lg, (const struct lguest_setup *)words);
		mutex_unlock(&lg->lock);
		return err;
	}

	if (words[0] == LHREQ_DOORBELL) {
		if (count != 3 || (words[2] > INT_MAX && words[2] != ~0ull))
			return -EINVAL;
		if (mutex_lock_interruptible(&lg->lock))
			return -EINTR;
		err = lg->setup.request ? lg_doorbell_set(lg, words[1], words[2]) : -EPERM;
		mutex_unlock(&lg->lock);
		return err;
	}

	vcpu = find_vcpu(lg, offset);
	if (words[0] == LHREQ_GET_STATE || words[0] == LHREQ_SET_STATE) {
		if (count != 4)
			return -EINVAL;
		if (mutex_lock_interruptible(&lg->lock))
			return -EINTR;
		err = state_request(lg, vcpu, words);
		mutex_unlock(&lg->lock);
		return err;
	}
	switch (words[0]) {
	case LHREQ_IRQ:
	case LHREQ_GETREG:
	case LHREQ_SETREG:
	case LHREQ_TRAP:
	case LHREQ_KILL:
	case LHREQ_KICK:
	case LHREQ_NMI:
		if (!vcpu)
			return READ_ONCE(lg->setup.request) ? -EINVAL : -EPERM;
	}
	switch (words[0]) {
	case LHREQ_IRQ:
		if (count != 2 || words[1] >= LGUEST_DEVICE_IRQS)
			return -EINVAL;
		lg_raise_device(lg, array_index_nospec((unsigned long)words[1], LGUEST_DEVICE_IRQS));
		return 0;
	case LHREQ_KICK:
		if (count != 1)
			return -EINVAL;
		WRITE_ONCE(vcpu->leave, true);
		lg_vcpu_kick(vcpu);
		return 0;
	case LHREQ_NMI:
		if (count != 1)
			return -EINVAL;
		lg_raise_nmi(vcpu);
		return 0;
	case LHREQ_KILL:
		return kill_request(lg, words, count);
	case LHREQ_GETREG:
	case LHREQ_SETREG:
	case LHREQ_TRAP:
		return vcpu_request(vcpu, words, count);
	}
	return -EINVAL;
}
/*:*/

static ssize_t lg_write(struct file *file, const char __user *user, size_t size, loff_t *offset)
{
	struct lguest *lg = file->private_data;
	u64 words[LHREQ_MAX_WORDS];
	int err;

	if (current->mm != lg->mm)
		return -EACCES;
	if (!size || size % sizeof(u64) || size > sizeof(words))
		return -EINVAL;
	if (copy_from_user(words, user, size))
		return -EFAULT;
	err = request(lg, *offset, words, size / sizeof(u64));
	return err ? err : size;
}

static int lg_mmap(struct file *file, struct vm_area_struct *vma)
{
	return lg_statistics_mmap(file->private_data, vma);
}

static const struct file_operations lg_fops = {
	.owner = THIS_MODULE,
	.open = lg_open,
	.release = lg_release,
	.read = lg_read,
	.write = lg_write,
	.mmap = lg_mmap,
	.llseek = default_llseek,
};

static struct miscdevice lg_miscdevice = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "lguest",
	.fops = &lg_fops,
	.mode = 0660,
};

/** lg_device_init - create /dev/lguest; @features for lguest_device_info */
int lg_device_init(u64 features)
{
	host_features = features;
	return misc_register(&lg_miscdevice);
}

/** lg_device_exit - remove it */
void lg_device_exit(void)
{
	misc_deregister(&lg_miscdevice);
}
