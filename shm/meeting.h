/* SPDX-License-Identifier: MIT */
/* shm/meeting.h -- where a worker and those who watch it meet, and what they say there.
 *
 * Each worker listens on a Unix socket of packets, <pid>-<number>, in a folder that only its user
 * may enter: $XDG_RUNTIME_DIR/temporal, or /tmp/temporal-<uid> where there is none. A packet is one
 * request, answered by one reply; both have a fixed size, and one of another size ends the
 * connection. Both sides ask the kernel who the other is. What is left of a worker that died is
 * removed by whoever finds that nobody listens there. */
#ifndef TP_SHM_MEETING_H
#define TP_SHM_MEETING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <temporal/error.h>

#define TP_MEETING_PATH    96 /* of a folder; what a socket's address takes is 108 */
#define TP_MEETING_NAME    32
#define TP_MEETING_TEXT    232
#define TP_MEETING_FOLDERS 2

typedef enum tp_meeting_kind {
    TP_MEETING_LOOK,    /* brings the board up to date; the first reply carries its descriptor */
    TP_MEETING_RECYCLE, /* argument: pid of an activity process */
    TP_MEETING_KILL,    /* the same */
    TP_MEETING_RESIZE,  /* argument: how many processes at most */
    TP_MEETING_DRAIN,
    TP_MEETING_KINDS
} tp_meeting_kind;

typedef struct tp_meeting_request {
    uint32_t magic;
    uint32_t kind;
    int64_t argument;
} tp_meeting_request;

typedef struct tp_meeting_reply {
    uint32_t magic;
    uint32_t refused;           /* 0: done */
    char text[TP_MEETING_TEXT]; /* why it was */
} tp_meeting_reply;

/* --- the folder --- */

/** The folder of this user, which is made if it is not there. SYSTEM when it is not his alone. */
temporal_error *tp_meeting_make_folder(char folder[TP_MEETING_PATH]);
/** Where this user's workers may be, in the order in which to look: how many. */
size_t tp_meeting_folders(char folders[TP_MEETING_FOLDERS][TP_MEETING_PATH]);
/** SYSTEM unless it is a folder that one user alone may enter, who is this one (or this one is
 * root). Not there is SYSTEM, too. */
temporal_error *tp_meeting_check_folder(const char *folder);
/** Is it the name of a socket? Its pid then. */
bool tp_meeting_read_name(const char *name, pid_t *pid);

/* --- sockets: -1 with errno when they cannot be had --- */

/** Listens in that folder under a name of its own; it can be found only when it listens. */
int tp_meeting_listen(const char *folder, char name[TP_MEETING_NAME]);
/** Removes what tp_meeting_listen has made. */
void tp_meeting_leave(const char *folder, const char *name);
/** ECONNREFUSED: its worker is dead, and the name has been removed. */
int tp_meeting_connect(const char *folder, const char *name);
/** Removes what workers that are dead have left there. */
void tp_meeting_tidy(const char *folder);
/** Is the other end the same user, or root? */
bool tp_meeting_may_talk(int socket, uid_t user);

/* --- packets: none of these waits --- */

typedef enum tp_meeting_result {
    TP_MEETING_DONE,
    TP_MEETING_LATER, /* nothing there; no room */
    TP_MEETING_OVER   /* the other end is gone, or talks nonsense */
} tp_meeting_result;

tp_meeting_result tp_meeting_ask(int socket, tp_meeting_kind kind, int64_t argument);
/** A request of a kind that is not known is DONE: its reply says so. */
tp_meeting_result tp_meeting_hear(int socket, tp_meeting_request *request);
/** why: NULL for done. fd: -1 for none. */
tp_meeting_result tp_meeting_answer(int socket, const char *why, int fd);
/** *fd: the caller's, -1 when there is none. The text ends. */
tp_meeting_result tp_meeting_receive(int socket, tp_meeting_reply *reply, int *fd);
/** The parts of both that look at bytes; false: nonsense. */
bool tp_meeting_read_request(const void *bytes, size_t size, tp_meeting_request *request);
bool tp_meeting_read_reply(const void *bytes, size_t size, tp_meeting_reply *reply);

#endif
