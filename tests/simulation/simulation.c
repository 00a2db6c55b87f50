/* SPDX-License-Identifier: MIT */
/* simulation.c -- see simulation.h. */
#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "simulation_state.h"

#define STEPS 20000

bool simulation_fail(simulation *self, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(self->result->problem, sizeof(self->result->problem), format, arguments);
    va_end(arguments);
    return false;
}

bool simulation_judge(simulation *self, const char *who, const char *wrong)
{
    return !wrong || simulation_fail(self, "%s: event %lld: %s", who,
                                     (long long)self->server.started_event, wrong);
}

void simulation_tell(const simulation *self, const char *format, ...)
{
    va_list arguments;

    if (!self->trace)
        return;
    va_start(arguments, format);
    (void)vfprintf(self->trace, format, arguments);
    va_end(arguments);
}

/* --- resets -------------------------------------------------------------------------------- */

/* The run goes on under another id from the start of a task that was answered: what was remembered
 * of the tasks before must be true of it, too. What is left is the old run's closed history, of
 * which somebody may ask. Busy: the worker that has a task of it, NULL: none. */
static bool reset(simulation *self, const worker *busy)
{
    const size_t chosen = sim_below(&self->random, (unsigned)self->record_count);
    const record *from = &self->records[chosen];

    simulation_tell(self, "  reset to event %zu of %zu\n", from->seen, self->server.count);
    model_close_for_reset(&self->server);
    if (self->look)
        self->look(&self->server, self->look_data);
    if (sim_one_in(&self->random, 2) && !simulation_fresh_question(self, "the run that was reset"))
        return false;
    for (int i = 0; i < WORKERS; i++) {
        if (&self->workers[i] == busy)
            continue;
        if (sim_one_in(&self->random, 2))
            worker_evict(&self->workers[i], self->server.run_id);
        else /* its engine learns of it when it needs the place */
            worker_forget(&self->workers[i]);
    }
    model_reset(&self->server, from->seen);
    self->record_count = chosen;
    self->sticky = -1;
    self->result->resets++;
    return true;
}

/* Now and then, while that worker has a task. */
static bool may_reset(simulation *self, const worker *busy)
{
    if (self->server.closed || self->record_count == 0 || !sim_one_in(&self->random, 60))
        return true;
    self->result->overtaken++;
    return reset(self, busy);
}

/* --- local activities ---------------------------------------------------------------------- */

static void remember_lap(simulation *self, record *made, const lap *one)
{
    lap *longer = tp_arena_alloc(&self->arena, (made->lap_count + 1) * sizeof(*longer));

    if (made->lap_count > 0)
        memcpy(longer, made->laps, made->lap_count * sizeof(*longer));
    longer[made->lap_count++] = *one;
    made->laps = longer;
}

/* Somebody asks while the task is open. */
static bool ask_meanwhile(simulation *self, worker *by)
{
    const int64_t first = sim_one_in(&self->random, 2) ? (int64_t)self->server.count + 1
                                                       : self->server.last_completed_started + 1;
    char *state;

    return simulation_judge(
        self, "a query in the middle",
        record_ask(&state, &self->arena, by->engine,
                   model_poll(&self->server, &self->arena, first, self->server.count)));
}

/* The run was reset while a worker had that task: nobody wants an answer any more. */
static bool is_of_old(const simulation *self, const task_message *task)
{
    return strcmp(task->workflow_execution->run_id, self->server.run_id) != 0;
}

/* The worker loses the run: an outcome that comes after that has nowhere to go. */
static bool lose(simulation *self, worker *by, const task_message *task, tp_answer *answer)
{
    worker_evict(by, task->workflow_execution->run_id);
    tp_engine_resume(by->engine, task, NULL, 0, sim_one_in(&self->random, 2), answer);
    return answer->kind == TP_ANSWER_GONE ||
           simulation_fail(self, "a lost run goes on with an answer of kind %d", (int)answer->kind);
}

/* Until the task has its answer, or the worker has lost it: GONE. */
static bool go_on(simulation *self, worker *by, const task_message *task, tp_answer *answer,
                  record *made)
{
    lap one;

    for (;;) {
        if (!simulation_judge(self, "local activities", worker_follow(by, answer)))
            return false;
        if (answer->kind != TP_ANSWER_LOCAL)
            return true;
        while (sim_one_in(&self->random, 3))
            model_happen(&self->server);
        if (!is_of_old(self, task) && !may_reset(self, by))
            return false;
        if (self->server.closed || sim_one_in(&self->random, is_of_old(self, task) ? 2 : 25))
            return lose(self, by, task, answer);
        if (!is_of_old(self, task) && sim_one_in(&self->random, 8) && !ask_meanwhile(self, by))
            return false;
        if (!worker_run(by, &self->random, &self->arena, &one))
            return simulation_fail(self,
                                   "event %lld: it waits for local activities that nobody runs",
                                   (long long)self->server.started_event);
        simulation_tell(self, "  %zu local outcomes%s\n", one.count,
                        one.overdue ? ", overdue" : "");
        remember_lap(self, made, &one);
        self->result->outcomes += one.count;
        tp_engine_resume(by->engine, task, one.outcomes, one.count, one.overdue, answer);
    }
}

/* --- tasks --------------------------------------------------------------------------------- */

static void remember(simulation *self, const record *made)
{
    if (self->record_count == self->record_capacity) {
        self->record_capacity = self->record_capacity > 0 ? 2 * self->record_capacity : 32;
        self->records = tp_realloc(self->records, self->record_capacity * sizeof(*self->records));
    }
    self->records[self->record_count++] = *made;
}

static task_message *poll(simulation *self, int64_t first_event, const record *made)
{
    task_message *task = model_poll(&self->server, &self->arena, first_event, self->server.count);

    task->messages = made->messages;
    task->n_messages = made->message_count;
    if (made->asked)
        model_ask(&self->arena, task, false);
    return task;
}

/* Activates the worker that gets the task: the events that it has not seen, or all. NULL: it kept
 * what history does not hold. */
static task_message *give(simulation *self, int number, const record *made, tp_answer *answer)
{
    worker *by = &self->workers[number];
    const bool partial = number == self->sticky && !sim_one_in(&self->random, 8);
    const int64_t first = partial ? self->server.last_completed_started + 1 : 1;
    task_message *task = poll(self, first, made);

    simulation_tell(self, "  task at event %lld: worker %d, events from %lld\n",
                    (long long)self->server.started_event, number, (long long)first);
    tp_engine_activate(by->engine, task, answer);
    if (answer->kind != TP_ANSWER_NEEDS_HISTORY || first == 1)
        return task;
    if (answer->strayed &&
        !simulation_judge(self, "a kept run", temporal_error_message(answer->strayed)))
        return NULL;
    if (answer->dropped_count > 0)
        by->count = 0;
    tp_answer_done(answer);
    task = poll(self, 1, made);
    tp_engine_activate(by->engine, task, answer);
    return task;
}

static void lose_task(simulation *self, worker *by, const task_message *task)
{
    self->result->lost++;
    worker_evict(by, task->workflow_execution->run_id);
    self->sticky = -1;
    if (self->server.closed || is_of_old(self, task)) /* nobody wants an answer any more */
        return;
    if (sim_one_in(&self->random, 2))
        model_time_out_task(&self->server);
    else
        model_fail_task(&self->server);
}

/* The server knows no such task any more: the worker need not keep the run. */
static bool turn_away(simulation *self, worker *by, const task_message *task)
{
    self->result->refused++;
    worker_evict(by, task->workflow_execution->run_id);
    return tp_engine_cached(by->engine) == 0 ||
           simulation_fail(self, "a run that was reset stays with its worker");
}

/* The worker's answer reaches the server, or does not. */
static bool deliver(simulation *self, int number, const task_message *task, const tp_answer *answer,
                    const record *made)
{
    model *server = &self->server;

    while (sim_one_in(&self->random, 3))
        model_happen(server);
    if (!may_reset(self, &self->workers[number]))
        return false;
    if (is_of_old(self, task))
        return turn_away(self, &self->workers[number], task);
    if (server->closed || sim_one_in(&self->random, 12)) {
        lose_task(self, &self->workers[number], task);
        return true;
    }
    switch (model_answer(server, &answer->completed, answer->run_ended)) {
    case MODEL_TAKEN:
        self->result->tasks++;
        self->result->commands += answer->completed.n_commands;
        self->sticky = number;
        remember(self, made);
        return true;
    case MODEL_FORGOTTEN:
        self->result->forgotten++;
        self->sticky = number;
        if (strcmp(made->state, self->records[self->record_count - 1].state) == 0)
            return true;
        return simulation_fail(self, "event %lld: a task that did nothing left the program at %s",
                               (long long)server->started_event, made->state);
    case MODEL_REFUSED:
        self->result->refused++;
        worker_evict(&self->workers[number], self->server.run_id);
        self->sticky = -1;
        return true;
    case MODEL_ILLEGAL:
        break;
    }
    return simulation_fail(self, "event %lld: the server refuses the answer: %s",
                           (long long)server->started_event, server->problem);
}

static bool work(simulation *self, int number)
{
    worker *by = &self->workers[number];
    model *server = &self->server;
    record made = { .seen = server->count,
                    .messages = server->messages,
                    .message_count = server->message_count,
                    .asked = sim_one_in(&self->random, 2) };
    tp_answer answer;
    const task_message *task = give(self, number, &made, &answer);
    bool fine = task && go_on(self, by, task, &answer, &made);

    if (fine && answer.kind == TP_ANSWER_GONE)
        lose_task(self, by, task);
    else if (fine && is_of_old(self, task))
        fine = turn_away(self, by, task);
    else if (fine)
        fine = simulation_judge(
                   self, "a worker",
                   record_read(&made, &self->arena, &self->server, by->engine, &answer)) &&
               deliver(self, number, task, &answer, &made);
    tp_answer_done(&answer);
    return fine;
}

static bool one_task(simulation *self)
{
    int number;

    (void)model_start_task(&self->server);
    if (sim_one_in(&self->random, 25)) { /* it never reached a worker */
        self->result->lost++;
        model_time_out_task(&self->server);
        self->sticky = -1;
        return true;
    }
    number = self->sticky >= 0 && !sim_one_in(&self->random, 6)
                 ? self->sticky
                 : (int)sim_below(&self->random, WORKERS);
    if (sim_one_in(&self->random, 6))
        worker_evict(&self->workers[number], self->server.run_id);
    return work(self, number);
}

/* --- a life -------------------------------------------------------------------------------- */

static bool step(simulation *self)
{
    model *server = &self->server;

    if (self->record_count > 0 && sim_one_in(&self->random, 150))
        return reset(self, NULL);
    if (!server->task_due || sim_one_in(&self->random, 4)) {
        model_happen(server);
        return true;
    }
    if (!one_task(self))
        return false;
    if (self->record_count == 0 || server->closed)
        return true;
    if (sim_one_in(&self->random, 5) &&
        !simulation_replay(self,
                           &self->records[sim_below(&self->random, (unsigned)self->record_count)]))
        return false;
    if (sim_one_in(&self->random, 8) && !simulation_fresh_question(self, "a replay up to now"))
        return false;
    if (self->sticky >= 0 && sim_one_in(&self->random, 6))
        return simulation_question(self, &self->workers[self->sticky],
                                   sim_one_in(&self->random, 2) ? (int64_t)server->count + 1 : 1,
                                   "a query");
    return true;
}

/* Of the run as it is now; those that were reset may be there still. */
static bool is_cached(const simulation *self, const worker *by)
{
    char run_id[MODEL_RUN_ID_SIZE];

    for (unsigned i = 0; i < self->server.resets; i++) {
        model_run_id(run_id, i);
        tp_engine_evict(by->engine, run_id);
    }
    return tp_engine_cached(by->engine) != 0;
}

/* It is over: everything once more, task by task and as one. */
static bool check_all(simulation *self)
{
    bool fine = true, told;

    if (self->record_count == 0)
        return true; /* it was closed before its first answer */
    for (size_t i = self->record_count; fine && i-- > 0;)
        if (i + 1 == self->record_count || sim_one_in(&self->random, 3))
            fine = simulation_replay(self, &self->records[i]);
    if (!fine)
        return false;
    for (int i = 0; i < WORKERS; i++)
        if (self->records[self->record_count - 1].ended && self->sticky == i &&
            is_cached(self, &self->workers[i]))
            return simulation_fail(self, "the run has ended, but worker %d keeps it", i);
    /* What the program was at when it ended without being asked, two replays must agree about. */
    told = self->records[self->record_count - 1].state != NULL;
    return simulation_fresh_question(self, "the replay of everything") &&
           (told || simulation_fresh_question(self, "the second replay of everything"));
}

static bool live(simulation *self)
{
    for (unsigned i = 0; i < STEPS; i++) {
        if (!self->server.closed && !step(self))
            return false;
        if (!self->server.closed)
            continue;
        if (!check_all(self))
            return false;
        if (self->record_count == 0 || !sim_one_in(&self->random, 6))
            return true;
        if (!reset(self, NULL))
            return false;
    }
    return simulation_fail(self, "the program has not ended after %d steps and %zu events", STEPS,
                           self->server.count);
}

bool simulate(uint64_t seed, bool planted, FILE *trace, simulation_look look, void *data,
              simulation_result *result)
{
    simulation self = { .random = { seed ^ UINT64_C(0xa0761d6478bd642f) },
                        .sticky = -1,
                        .trace = trace,
                        .look = look,
                        .look_data = data,
                        .result = result };
    bool fine;

    *result = (simulation_result){ .problem = "" };
    tp_arena_init(&self.arena);
    program_init(&self.made, seed, planted);
    program_set(&self.made, trace);
    model_init(&self.server, seed);
    for (int i = 0; i < WORKERS; i++)
        worker_init(&self.workers[i]);
    fine = live(&self);
    result->events = self.server.count;
    result->updates = self.server.update_count;
    result->end = protobuf_c_enum_descriptor_get_value(
                      &tp__enums__event_type__descriptor,
                      (int)self.server.events[self.server.count - 1]->event_type)
                      ->name;
    if (look)
        look(&self.server, data);
    for (int i = 0; i < WORKERS; i++)
        worker_done(&self.workers[i]);
    model_done(&self.server);
    program_done(&self.made);
    tp_free(self.records);
    tp_arena_done(&self.arena);
    return fine;
}
