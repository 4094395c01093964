/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share/handlers.h - what a client can ask for, a function each, and what they
 * have in common.
 */
#ifndef SHARE_HANDLERS_H
#define SHARE_HANDLERS_H

#include <sys/stat.h>

#include "share/server.h"

/* What may be set of a file's mode: no setuid, no setgid. */
#define SHARE_MODE_MASK 01777

/* "4294967295" and the NUL. */
#define DESCRIPTOR_NAME_SIZE 11

/* find.c */
int share_find (int folder, const char *name);
void share_descriptor_name (int fd, char *name);
int share_reopen (struct share_server *server, int path, int flags);
int share_set_mode (struct share_server *server, int path, mode_t mode);
void share_put_qid (struct message *out, const struct stat *file);
struct fid *share_get_fid (struct share_server *server, struct message *in);
int share_get_name (struct message *in, char *name);
int share_begin (const struct share_server *server, const struct message *in,
                 bool changes);

/**
 * share_handler - read the rest of a request, do it, write the rest of the
 * answer
 *
 * Returns 0 or an errno, and what was written is of no matter then.
 */
typedef int share_handler (struct share_server *server, struct message *in,
                           struct message *out);

/* session.c */
share_handler share_version;
share_handler share_attach;
share_handler share_walk;
share_handler share_clunk;
share_handler share_flush;
share_handler share_lock;
share_handler share_getlock;

/* contents.c */
share_handler share_lopen;
share_handler share_lcreate;
share_handler share_read;
share_handler share_write;
share_handler share_fsync;
share_handler share_readdir;

/* attributes.c */
share_handler share_getattr;
share_handler share_setattr;
share_handler share_statfs;
share_handler share_readlink;

/* names.c */
share_handler share_symlink;
share_handler share_mknod;
share_handler share_mkdir;
share_handler share_link;
share_handler share_renameat;
share_handler share_unlinkat;

#endif /* SHARE_HANDLERS_H */
