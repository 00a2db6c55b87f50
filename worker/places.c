/* SPDX-License-Identifier: MIT */
/* worker/places.c -- the places for attempts on a worker's executors, taken before there is a task.
 */
#include "worker/places.h"

#include <assert.h>

#include "base/log.h"

static size_t count_free(const tp_places *places, int executor)
{
    const tp_executor *self = places->options.executors[executor];
    size_t taken = self->running + places->promised[executor];

    return taken < self->capacity ? self->capacity - taken : 0;
}

typedef struct survey {
    size_t least, most; /* free places of an executor */
    size_t held;        /* attempts that wait inside of executors */
    int fullest;
} survey;

static survey look(const tp_places *places)
{
    survey found = { .least = SIZE_MAX };

    for (int i = 0; i < TP_EXECUTOR_COUNT; i++) {
        const tp_executor *executor = places->options.executors[i];
        size_t free_places;

        if (!executor)
            continue;
        free_places = count_free(places, i);
        if (free_places < found.least) {
            found.least = free_places;
            found.fullest = i;
        }
        if (free_places > found.most)
            found.most = free_places;
        if (executor->running > executor->capacity)
            found.held += executor->running - executor->capacity;
    }
    return found;
}

static void on_starving(void *data)
{
    const tp_places *places = data;
    const survey found = look(places);
    const tp_executor *full = places->options.executors[found.fullest];

    tp_log(TEMPORAL_LOG_WARN, "worker",
           "task queue %s: executor %s has been full (%zu of %zu) for so long that activities of "
           "the other executors wait for it, too: give it more places, give its activities a task "
           "queue and a worker of their own, or let some be held (.max_held_activities)",
           places->options.task_queue, full->ops->name, full->running, full->capacity);
}

void tp_places_init(tp_places *places, const tp_places_options *options)
{
    *places = (tp_places){ .options = *options };
    places->starving = tp_timer_new(options->loop, on_starving, places);
}

static void set_starving(tp_places *places, bool starving)
{
    if (starving == places->is_starving)
        return;
    places->is_starving = starving;
    if (starving)
        tp_timer_start(places->starving, places->options.starving);
    else
        tp_timer_stop(places->starving);
}

bool tp_places_take_poll(tp_places *places)
{
    const survey found = look(places);
    size_t polls = places->polls + 1;
    size_t needed = polls + (places->options.keep_for_promises && polls > 1 ? 1 : 0);
    size_t held = found.held + (polls > found.least ? polls - found.least : 0); /* at worst */

    if (found.least >= needed || (found.most >= needed && held <= places->options.max_held)) {
        set_starving(places, false);
        places->polls++;
        return true;
    }
    if (places->polls == 0)
        set_starving(places, found.most > 0);
    return false;
}

void tp_places_end_poll(tp_places *places)
{
    assert(places->polls);
    places->polls--;
}

bool tp_places_promise(tp_places *places, int executor)
{
    if (count_free(places, executor) <= places->polls)
        return false;
    places->promised[executor]++;
    return true;
}

void tp_places_end_promise(tp_places *places, int executor)
{
    assert(places->promised[executor]);
    places->promised[executor]--;
}

bool tp_places_has_promised(const tp_places *places)
{
    for (int i = 0; i < TP_EXECUTOR_COUNT; i++) {
        if (places->promised[i])
            return true;
    }
    return false;
}

void tp_places_done(tp_places *places)
{
    tp_timer_free(places->starving);
}
