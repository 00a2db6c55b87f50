/* SPDX-License-Identifier: MIT */
/* base/loop.h -- a thread that runs a libuv loop, and the mailbox through which others reach it.
 *
 * The rule of the house: what lives on a loop is touched by its thread alone; every other thread
 * posts. No lock is held while a posted function runs. */
#ifndef TP_BASE_LOOP_H
#define TP_BASE_LOOP_H

#include <stdbool.h>
#include <uv.h>

#include <temporal/error.h>

typedef struct tp_loop tp_loop;
typedef void (*tp_loop_fn)(void *data);

/** Starts the thread, named name (at most 15 characters), with all signals
 * blocked but those of a fault. */
temporal_error *tp_loop_new(tp_loop **loop, const char *name);
uv_loop_t *tp_loop_uv(tp_loop *loop);
bool tp_loop_is_current(const tp_loop *loop); /* is this its thread? */
/** Runs fn(data) on the loop, after what was posted before; from any thread, the loop's too. */
void tp_loop_post(tp_loop *loop, tp_loop_fn fn, void *data);
/** The same, and returns when it has run (at once, when this is the loop's thread). */
void tp_loop_call(tp_loop *loop, tp_loop_fn fn, void *data);
/** Runs what is posted still, ends and joins the thread. Its handles must be closed by then or be
 * on their way: the loop runs until none is left. Not from the loop itself. */
void tp_loop_free(tp_loop *loop);

#endif
