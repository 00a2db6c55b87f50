/* SPDX-License-Identifier: MIT */
/* life.c -- an engine and the history of its one run, for tests that lead it task by task. */
#include "life.h"

#include "base/alloc.h"

void life_begin(life *self, const temporal_workflow_def *def, size_t max_cached, const char *input)
{
    self->engine = make_engine(def, max_cached);
    history_init(&self->history, def->name, input);
    tp_arena_init(&self->arena);
    notes_clear();
}

void life_end(life *self)
{
    tp_engine_free(self->engine);
    history_done(&self->history);
    tp_arena_done(&self->arena);
    notes_clear();
}

void life_work(life *self, tp_answer *answer)
{
    history_task(&self->history);
    tp_engine_activate(self->engine, history_poll(&self->history, 1), answer);
}

void life_go_on(life *self)
{
    tp_answer answer;

    life_work(self, &answer);
    assert_int_equal(answer.kind, TP_ANSWER_COMPLETED);
    history_take_answer(&self->history, &answer);
    tp_answer_done(&answer);
}

int life_set_up(void **state, const temporal_workflow_def *def, size_t max_cached,
                const char *input)
{
    life *self = tp_alloc(sizeof(*self));

    life_begin(self, def, max_cached, input);
    *state = self;
    return 0;
}

int life_tear_down(void **state)
{
    life_end(*state);
    tp_free(*state);
    return 0;
}
