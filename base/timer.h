/* SPDX-License-Identifier: MIT */
/* base/timer.h -- a libuv timer that may be freed at any time: the handle closes behind it. */
#ifndef TP_BASE_TIMER_H
#define TP_BASE_TIMER_H

#include "base/loop.h"

typedef struct tp_timer tp_timer;

/** All calls from the loop's thread. */
tp_timer *tp_timer_new(tp_loop *loop, tp_loop_fn fired, void *data);
/** Once, after so many seconds (rounded up to milliseconds); started anew when it runs already. */
void tp_timer_start(tp_timer *timer, temporal_seconds time);
void tp_timer_stop(tp_timer *timer);
/** It does not fire any more. NULL is accepted. */
void tp_timer_free(tp_timer *timer);

#endif
