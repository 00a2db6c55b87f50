/* SPDX-License-Identifier: MIT */
/* base/timer.c -- a libuv timer that may be freed at any time: the handle closes behind it. */
#include "base/timer.h"

#include "base/alloc.h"
#include "base/clock.h"

struct tp_timer {
    uv_timer_t handle;
    tp_loop_fn fired;
    void *data;
};

static void on_timer(uv_timer_t *handle)
{
    tp_timer *timer = handle->data;

    timer->fired(timer->data);
}

static void on_closed(uv_handle_t *handle)
{
    tp_free(handle->data);
}

tp_timer *tp_timer_new(tp_loop *loop, tp_loop_fn fired, void *data)
{
    tp_timer *timer = tp_alloc(sizeof *timer);

    uv_timer_init(tp_loop_uv(loop), &timer->handle);
    timer->handle.data = timer;
    timer->fired = fired;
    timer->data = data;
    return timer;
}

void tp_timer_start(tp_timer *timer, temporal_seconds time)
{
    /* The loop's idea of now may be as old as its last wake-up; a timer must never fire early. */
    uv_update_time(timer->handle.loop);
    uv_timer_start(&timer->handle, on_timer, tp_clock_milliseconds(time), 0);
}

void tp_timer_stop(tp_timer *timer)
{
    uv_timer_stop(&timer->handle);
}

void tp_timer_free(tp_timer *timer)
{
    if (timer)
        uv_close((uv_handle_t *)&timer->handle, on_closed);
}
