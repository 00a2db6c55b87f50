/* SPDX-License-Identifier: MIT */
/* local_fixture.h -- drives a run that has local activities: its tasks, their outcomes, the
 * server's answers, and the replay of it all. */
#ifndef TESTS_WORKFLOW_LOCAL_FIXTURE_H
#define TESTS_WORKFLOW_LOCAL_FIXTURE_H

#include "drive.h"

#define LOCAL(...)                    \
    (&(const temporal_local_options){ \
        .struct_size = sizeof(temporal_local_options), .start_to_close_timeout = 5, __VA_ARGS__ })

typedef struct fixture {
    tp_engine *engine;
    history_builder history;
    tp_arena arena;
    Tp__Ws__PollWorkflowTaskQueueResponse *task;
    tp_answer answer;
    bool open; /* answer is to be done */
    int64_t next_event;
} local_fixture;

int local_set_up(void **state);
int local_tear_down(void **state);

/** Of a workflow: begins one of that type with the input "hi". */
temporal_future *begin_local(temporal_workflow *run, const char *type,
                             const temporal_local_options *options);
/** One local activity; its result is the run's. A query "peek" says "peeked". */
extern const temporal_workflow_def *const local_one;

void local_begin(local_fixture *self, const temporal_workflow_def *def);
/** The engine gets a task with what is new. */
void local_activate(local_fixture *self);
void local_close(local_fixture *self); /* the answer, if there is one */
/** "start 1 say 1 "hi" #1, cancel 1, stop 1, forget 1" */
const char *local_orders(local_fixture *self);
const char *local_commands(local_fixture *self);
/** The server takes the answer. */
void local_take(local_fixture *self);
void local_resume(local_fixture *self, const tp_local_outcome *outcome, bool overdue);
void local_complete(local_fixture *self, uint32_t seq, const char *result);
/** Takes error. */
void local_fail(local_fixture *self, uint32_t seq, tp_local_end end, temporal_error *error,
                temporal_seconds backoff);
/** Another engine reads the history: the notes are the same, and it has nothing to run. */
void local_replay(local_fixture *self, const temporal_workflow_def *def);

#endif
