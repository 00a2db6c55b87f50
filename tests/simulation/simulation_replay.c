/* SPDX-License-Identifier: MIT */
/* simulation_replay.c -- tasks that are done once more, and questions about the run. See
 * simulation_state.h. */
#include <string.h>

#include "simulation_state.h"

static const char *lap_again(worker *by, const task_message *task, const lap *first,
                             tp_answer *answer)
{
    const char *wrong;
    lap again;

    if (answer->kind != TP_ANSWER_LOCAL)
        return "it does not wait for its local activities";
    wrong = worker_run_again(by, first, &again);
    if (wrong)
        return wrong;
    tp_engine_resume(by->engine, task, again.outcomes, again.count, again.overdue, answer);
    return worker_follow(by, answer);
}

static bool replay_with(simulation *self, worker *by, const record *first)
{
    task_message *task = model_poll(&self->server, &self->arena, 1, first->seen);
    record again = { .seen = first->seen, .asked = first->asked };
    const char *wrong;
    tp_answer answer;

    task->messages = first->messages;
    task->n_messages = first->message_count;
    if (first->asked)
        model_ask(&self->arena, task, false);
    simulation_tell(self, "  replay of %zu events\n", first->seen);
    tp_engine_activate(by->engine, task, &answer);
    wrong = worker_follow(by, &answer);
    for (size_t i = 0; !wrong && i < first->lap_count; i++)
        wrong = lap_again(by, task, &first->laps[i], &answer);
    if (!wrong)
        wrong = record_read(&again, &self->arena, &self->server, by->engine, &answer);
    if (!wrong)
        wrong = record_compare(first, &again, &self->arena);
    tp_answer_done(&answer);
    self->result->replays++;
    return !wrong || simulation_fail(self, "a replay of %zu events: %s", first->seen, wrong);
}

bool simulation_replay(simulation *self, const record *first)
{
    worker fresh;
    bool fine;

    worker_init(&fresh);
    fine = replay_with(self, &fresh, first);
    worker_done(&fresh);
    return fine;
}

bool simulation_question(simulation *self, worker *by, int64_t first_event, const char *who)
{
    record *last = &self->records[self->record_count - 1];
    task_message *task = model_poll(&self->server, &self->arena, first_event, self->server.count);
    const char *wrong;
    char *state = NULL;

    if (first_event > 1 && tp_engine_cached(by->engine) == 0)
        task = model_poll(&self->server, &self->arena, 1, self->server.count);
    wrong = record_ask(&state, &self->arena, by->engine, task);
    if (!wrong && last->state && strcmp(state, last->state) != 0)
        wrong = tp_arena_format(&self->arena, "the program is at %s, but was at %s", state,
                                last->state);
    last->state = state;
    return simulation_judge(self, who, wrong);
}

bool simulation_fresh_question(simulation *self, const char *who)
{
    worker fresh;
    bool fine;

    worker_init(&fresh);
    fine = simulation_question(self, &fresh, 1, who);
    worker_done(&fresh);
    self->result->replays++;
    return fine;
}
