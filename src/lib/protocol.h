/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * protocol.h - what is said on a Guest's control socket, RUN/NAME/ctl.
 *
 * Lines of text, ended by a newline.  The launcher says first who it is:
 *
 *	lguest 1 web1 4711		protocol, name, process
 *
 * or refuses, by an error line.  Then the client says one line, the request,
 * and gets lines for an answer.  The last one is "ok" or "error CODE TEXT";
 * all others begin with a word that is neither, a space, and a value to the
 * end of the line, in which bytes below 32, 127 and "%" are %XX.  So on, until
 * the client hangs up.
 *
 *	status			"state running" and so on: see status.c
 *	refresh			answered when the Guest has said how it uses its
 *				memory (which "status" tells), or was too slow
 *	pause, resume, reset, nmi
 *	stop			ask the Guest to power off
 *	kill			end it
 *	sysrq KEY
 *	set KEY VALUE		the value goes to the end of the line
 *	wait			answered when the Guest ends, "exit STATUS"
 *	console PORT [ro] [new]	after "ok" and an empty line from the client, the
 *				connection is the console; "ro": nothing that
 *				the client sends is typed; "new": no backlog
 *	resize PORT COLUMNS ROWS
 *	statistics		the "ok" carries a file descriptor
 *	snapshot [stop]		comes with three file descriptors, of empty
 *				files for state, memory, configuration; answered
 *				when all is written; "stop": the Guest ends then
 *	backtrace		for each vcpu "vcpu NUMBER kernel|user|off", and after
 *				it, innermost first, "frame ADDRESS [returns] [guess]",
 *				the address in hexadecimal
 */
#ifndef LGUEST_PROTOCOL_H
#define LGUEST_PROTOCOL_H

#define PROTOCOL_NUMBER 1
#define PROTOCOL_GREETING "lguest"

/* In the folder of a Guest. */
#define PROTOCOL_SOCKET "ctl"
#define PROTOCOL_PID_FILE "pid"

/* The longest request, and the longest line of an answer, with the newline. */
#define PROTOCOL_REQUEST_BYTES 1024
#define PROTOCOL_ANSWER_BYTES 16384

/* The files that come with "snapshot". */
#define PROTOCOL_SNAPSHOT_FILES 3
#define PROTOCOL_SNAPSHOT_STATE 0
#define PROTOCOL_SNAPSHOT_MEMORY 1
#define PROTOCOL_SNAPSHOT_CONFIG 2

/* CODE of an error line. */
#define PROTOCOL_NOT_ALLOWED "not-allowed"
#define PROTOCOL_BAD_REQUEST "request"
#define PROTOCOL_WRONG_STATE "state"
#define PROTOCOL_NOT_SUPPORTED "unsupported"
#define PROTOCOL_BUSY "busy"
#define PROTOCOL_FAILED "failed"

#endif /* LGUEST_PROTOCOL_H */
