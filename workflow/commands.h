/* SPDX-License-Identifier: MIT */
/* workflow/commands.h -- what the code did in the last task, in order, until history shows it.
 *
 * A command is issued by code, sent with the task's answer, and met by the event that the server
 * made of it: the first thing in the next task's history, or the next thing in an old history that
 * is replayed. A command that meets another event, or none, is non-determinism. */
#ifndef TP_WORKFLOW_COMMANDS_H
#define TP_WORKFLOW_COMMANDS_H

#include <temporal/diagnosis.h>
#include <temporal/workflow.h>

#include "base/list.h"
#include "temporal/api/command/v1/message.pb-c.h"
#include "workflow/event.h"

#define TP_COMMAND(name) TP__ENUMS__COMMAND_TYPE__COMMAND_TYPE_##name

typedef struct tp_command tp_command;

/* In which attributes a command and the event that it meets differ. */
#define TP_DIFFERENCES 8
typedef struct tp_comparison {
    temporal_difference items[TP_DIFFERENCES];
    size_t count;
    char numbers[2][24]; /* the texts of two that differ */
} tp_comparison;

/** Adds the attribute when the two differ; NULL is as good as "". */
void tp_compare(tp_comparison *comparison, const char *name, const char *expected,
                const char *actual);
void tp_compare_number(tp_comparison *comparison, const char *name, int64_t expected,
                       int64_t actual); /* one for each comparison */

typedef struct tp_command_type {
    Tp__Enums__CommandType wire;
    Tp__Enums__EventType event; /* what the server makes of it */
    /* Sets the attributes, taken from the arena; in the task that issued it only. */
    void (*build)(tp_command *command, tp_arena *arena, Tp__Command__Command *message);
    /* All attributes that must be the same, with an event of its type; NULL: meet does it. */
    void (*compare)(tp_command *command, const tp_event *event, tp_comparison *comparison);
    /* Meets such an event: NULL, or what differs ("activity type"). */
    const char *(*meet)(tp_command *command, const tp_event *event);
    char *(*describe)(tp_command *command, tp_arena *arena);
} tp_command_type;

/* A member of the machine that issues it. */
struct tp_command {
    tp_list link;
    const tp_command_type *type;
};

/* Code and history disagree; texts are of the run's arena. */
typedef struct tp_mismatch {
    int64_t event_id;     /* 0: there is no mismatch */
    const char *expected; /* what history holds there; NULL: nothing more from the code */
    const char *actual;   /* what the code did; NULL: nothing more */
    temporal_difference *differences;
    size_t difference_count; /* 0: everything */
} tp_mismatch;

void tp_command_init(tp_command *command, const tp_command_type *type);
void tp_command_issue(temporal_workflow *run, tp_command *command);
bool tp_command_is_pending(const tp_command *command); /* issued, and not met yet */
void tp_command_withdraw(tp_command *command);         /* before it is sent */

/** The event meets the oldest command. False: they do not, and run->mismatch says why. */
bool tp_commands_meet(temporal_workflow *run, const tp_event *event);
/** Every command was met, before that event. */
bool tp_commands_all_met(temporal_workflow *run, int64_t event_id);
/** The messages of all pending commands, from the arena. */
void tp_commands_build(temporal_workflow *run, tp_arena *arena, Tp__Command__Command ***messages,
                       size_t *count);
/** NONDETERMINISM, owned by this thread's error owner. */
temporal_error *tp_mismatch_error(const tp_mismatch *mismatch);

#endif
