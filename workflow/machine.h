/* SPDX-License-Identifier: MIT */
/* workflow/machine.h -- what each thing that goes on outside of a run has in common: an activity, a
 * timer, a child; one file each.
 *
 * A machine is begun by a command, found again by the id of the event that the command became,
 * takes the events that refer to it, and settles its future. It is freed when history has no more
 * for it and nobody holds the future: one that user code has seen is held as long as the run lives.
 */
#ifndef TP_WORKFLOW_MACHINE_H
#define TP_WORKFLOW_MACHINE_H

#include "temporal/api/sdk/v1/user_metadata.pb-c.h"
#include "workflow/event.h"
#include "workflow/future.h"

typedef struct tp_machine tp_machine;

typedef struct tp_machine_type {
    /* An event that refers to the one which began it; false: it makes no sense there. */
    bool (*take)(tp_machine *machine, const tp_event *event);
    /* Before it is freed: what it holds besides; NULL: nothing. */
    void (*done)(tp_machine *machine);
    /* "activity say_hello, id 1": what somebody waits for; NULL: nothing that needs a name. */
    char *(*describe)(const tp_machine *machine, tp_arena *arena);
} tp_machine_type;

struct tp_machine {
    const tp_machine_type *type;
    tp_list link;                    /* in run->machines */
    int64_t event_id;                /* of the event that began it; 0 until history shows it */
    bool closed;                     /* history has no more for it */
    bool released;                   /* nobody holds the future */
    Tp__Sdk__UserMetadata *metadata; /* of what began it, in the task's memory; NULL: none */
    temporal_future future;
};

/** Zeroed, of that size; machine is its first member. */
void *tp_machine_new(temporal_workflow *run, const tp_machine_type *type, size_t size,
                     temporal_scope *scope, void (*on_cancel)(temporal_future *future));
void tp_machine_began(tp_machine *machine, int64_t event_id);
void tp_machine_close(tp_machine *machine);   /* may free it */
void tp_machine_release(tp_machine *machine); /* may free it */
void tp_machines_done(temporal_workflow *run);
tp_machine *tp_machine_find(const temporal_workflow *run, int64_t event_id);

#endif
