/* SPDX-License-Identifier: MIT */
/* legal_walk.h -- what the files that walk a history share. */
#ifndef TESTS_SIMULATION_LEGAL_WALK_H
#define TESTS_SIMULATION_LEGAL_WALK_H

#include <stdint.h>

#include <temporal/error.h>

#include "legal.h"
#include "workflow/event.h"

typedef enum begun_kind {
    NOTHING,
    ACTIVITY,
    TIMER,
    CHILD,
    SIGNAL,
    CANCEL,
    UPDATE,
    ADMITTED /* an update that came as an event; its acceptance closes it */
} begun_kind;

/* What an event began; by its number. */
typedef struct begun {
    begun_kind kind;
    const char *id;
    const tp_event *origin, *start;
    int64_t started, cancelled;
    bool closed;
    bool completed;          /* of a child: successfully */
    struct begun *successor; /* ... the next one of its id, started before this one's end is told */
} begun;

/* Where the workflow task stands. */
typedef enum task_state {
    TASK_NONE,
    TASK_SCHEDULED,
    TASK_STARTED,  /* nothing but its end may be written */
    TASK_COMPLETED /* its commands are being written */
} task_state;

typedef struct walk {
    tp_event *const *events;
    begun *things; /* one for each event, from 1 */
    int64_t last;  /* the event that is looked at */
    task_state task;
    int64_t scheduled, started, completed;
    int64_t reset; /* the event at which the run left another one; 0: it did not */
    bool cancel_requested, closed;
    int64_t forced; /* the event that failed the last task by force, not for what its worker did */
    char *problem;
    size_t size;
} walk;

/** Of the event that is looked at. Returns false. */
bool legal_wrong(walk *self, const char *format, ...) TEMPORAL_PRINTF(2, 3);
/** The open thing that began there; NULL: wrong. */
begun *legal_find(walk *self, begun_kind kind, int64_t origin);
/** Thing: NULL: it is wrong already. */
bool legal_start(walk *self, begun *thing);
bool legal_close(walk *self, begun *thing, int64_t started);

/* Activities: false: this event is not legal. */
bool legal_activity_scheduled(walk *self, const tp_event *event);
bool legal_activity_cancel_requested(walk *self, const tp_event *event);
bool legal_activity_started(walk *self, const tp_event *event);
bool legal_activity_completed(walk *self, const tp_event *event);
bool legal_activity_failed(walk *self, const tp_event *event);
bool legal_activity_timed_out(walk *self, const tp_event *event);
bool legal_activity_canceled(walk *self, const tp_event *event);

/** False: it is not sound. */
bool legal_retry_policy(walk *self, const Tp__Common__RetryPolicy *policy);

/* Children. */
bool legal_child_initiated(walk *self, const tp_event *event);
bool legal_child_started(walk *self, const tp_event *event);
bool legal_child_refused(walk *self, const tp_event *event);
bool legal_child_completed(walk *self, const tp_event *event);
bool legal_child_failed(walk *self, const tp_event *event);
bool legal_child_timed_out(walk *self, const tp_event *event);
/** However else. */
bool legal_child_ended(walk *self, int64_t initiated, int64_t started);
/** The next task is scheduled: no two of one id run. */

#endif
