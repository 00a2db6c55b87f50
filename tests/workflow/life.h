/* SPDX-License-Identifier: MIT */
/* life.h -- an engine and the history of its one run, for tests that lead it task by task. */
#ifndef TESTS_WORKFLOW_LIFE_H
#define TESTS_WORKFLOW_LIFE_H

#include "drive.h"

typedef struct life {
    tp_engine *engine;
    history_builder history;
    tp_arena arena; /* for what the test tells */
} life;

/** Input is a JSON text, or NULL. There are no notes yet. */
void life_begin(life *self, const temporal_workflow_def *def, size_t max_cached, const char *input);
void life_end(life *self);
/** The next task, with the whole history. */
void life_work(life *self, tp_answer *answer);
/** The same where the run completes it and the server takes the answer. */
void life_go_on(life *self);

/** A life as the state of a test. */
int life_set_up(void **state, const temporal_workflow_def *def, size_t max_cached,
                const char *input);
int life_tear_down(void **state);

#endif
