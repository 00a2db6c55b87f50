/* SPDX-License-Identifier: MIT */
/* simulation.c -- see simulation.h. */
#include "simulation.h"

#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "record.h"

#define STEPS   20000
#define WORKERS 2

typedef struct simulation {
    program made;
    model server;
    sim_random random;
    worker workers[WORKERS];
    int sticky; /* the worker that answered last; -1: none */
    record *records;
    size_t record_count, record_capacity;
    tp_arena arena;
    FILE *trace;
    simulation_result *result;
} simulation;

typedef Tp__Ws__PollWorkflowTaskQueueResponse task_message;

static bool TEMPORAL_PRINTF(2, 3) fail(simulation *self, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(self->result->problem, sizeof(self->result->problem), format, arguments);
    va_end(arguments);
    return false;
}

/* NULL: nothing is wrong. */
static bool judge(simulation *self, const char *who, const char *wrong)
{
    return !wrong ||
           fail(self, "%s: event %lld: %s", who, (long long)self->server.started_event, wrong);
}

static void TEMPORAL_PRINTF(2, 3) tell(const simulation *self, const char *format, ...)
{
    va_list arguments;

    if (!self->trace)
        return;
    va_start(arguments, format);
    (void)vfprintf(self->trace, format, arguments);
    va_end(arguments);
}

/* --- replays ------------------------------------------------------------------------------- */

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
    tell(self, "  replay of %zu events\n", first->seen);
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
    return !wrong || fail(self, "a replay of %zu events: %s", first->seen, wrong);
}

/* The task that was answered like that, once more, in an engine that has never seen the run. */
static bool replay(simulation *self, const record *first)
{
    worker fresh;
    bool fine;

    worker_init(&fresh);
    fine = replay_with(self, &fresh, first);
    worker_done(&fresh);
    return fine;
}

/* A question about the run as its last answer left it. */
static bool question(simulation *self, worker *by, int64_t first_event, const char *who)
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
    return judge(self, who, wrong);
}

static bool fresh_question(simulation *self, const char *who)
{
    worker fresh;
    bool fine;

    worker_init(&fresh);
    fine = question(self, &fresh, 1, who);
    worker_done(&fresh);
    self->result->replays++;
    return fine;
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

    return judge(self, "a query in the middle",
                 record_ask(&state, &self->arena, by->engine,
                            model_poll(&self->server, &self->arena, first, self->server.count)));
}

/* The worker loses the run: an outcome that comes after that has nowhere to go. */
static bool lose(simulation *self, worker *by, const task_message *task, tp_answer *answer)
{
    worker_evict(by, self->server.run_id);
    tp_engine_resume(by->engine, task, NULL, 0, sim_one_in(&self->random, 2), answer);
    return answer->kind == TP_ANSWER_GONE ||
           fail(self, "a lost run goes on with an answer of kind %d", (int)answer->kind);
}

/* Until the task has its answer, or the worker has lost it: GONE. */
static bool go_on(simulation *self, worker *by, const task_message *task, tp_answer *answer,
                  record *made)
{
    lap one;

    for (;;) {
        if (!judge(self, "local activities", worker_follow(by, answer)))
            return false;
        if (answer->kind != TP_ANSWER_LOCAL)
            return true;
        while (sim_one_in(&self->random, 3))
            model_happen(&self->server);
        if (self->server.closed || sim_one_in(&self->random, 25))
            return lose(self, by, task, answer);
        if (sim_one_in(&self->random, 8) && !ask_meanwhile(self, by))
            return false;
        if (!worker_run(by, &self->random, &self->arena, &one))
            return fail(self, "event %lld: it waits for local activities that nobody runs",
                        (long long)self->server.started_event);
        tell(self, "  %zu local outcomes%s\n", one.count, one.overdue ? ", overdue" : "");
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

    tell(self, "  task at event %lld: worker %d, events from %lld\n",
         (long long)self->server.started_event, number, (long long)first);
    tp_engine_activate(by->engine, task, answer);
    if (answer->kind != TP_ANSWER_NEEDS_HISTORY || first == 1)
        return task;
    if (answer->strayed && !judge(self, "a kept run", temporal_error_message(answer->strayed)))
        return NULL;
    if (answer->dropped_count > 0)
        by->count = 0;
    tp_answer_done(answer);
    task = poll(self, 1, made);
    tp_engine_activate(by->engine, task, answer);
    return task;
}

static void lose_task(simulation *self, worker *by)
{
    self->result->lost++;
    worker_evict(by, self->server.run_id);
    self->sticky = -1;
    if (self->server.closed) /* from outside: nobody wants an answer any more */
        return;
    if (sim_one_in(&self->random, 2))
        model_time_out_task(&self->server);
    else
        model_fail_task(&self->server);
}

/* The worker's answer reaches the server, or does not. */
static bool deliver(simulation *self, int number, const tp_answer *answer, const record *made)
{
    model *server = &self->server;

    while (sim_one_in(&self->random, 3))
        model_happen(server);
    if (server->closed || sim_one_in(&self->random, 12)) {
        lose_task(self, &self->workers[number]);
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
        return fail(self, "event %lld: a task that did nothing left the program at %s",
                    (long long)server->started_event, made->state);
    case MODEL_REFUSED:
        self->result->refused++;
        worker_evict(&self->workers[number], self->server.run_id);
        self->sticky = -1;
        return true;
    case MODEL_ILLEGAL:
        break;
    }
    return fail(self, "event %lld: the server refuses the answer: %s",
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
        lose_task(self, by);
    else if (fine)
        fine = judge(self, "a worker",
                     record_read(&made, &self->arena, &self->server, by->engine, &answer)) &&
               deliver(self, number, &answer, &made);
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

/* --- resets -------------------------------------------------------------------------------- */

/* The run goes on under another id from the start of a task that was answered: what was remembered
 * of the tasks before must be true of it, too. */
static void reset(simulation *self)
{
    const size_t chosen = sim_below(&self->random, (unsigned)self->record_count);
    const record *from = &self->records[chosen];

    tell(self, "  reset to event %zu of %zu\n", from->seen, self->server.count);
    for (int i = 0; i < WORKERS; i++)
        if (sim_one_in(&self->random, 2))
            worker_evict(&self->workers[i], self->server.run_id);
        else /* its engine learns of it when it needs the place */
            worker_forget(&self->workers[i]);
    model_reset(&self->server, from->seen);
    self->record_count = chosen;
    self->sticky = -1;
    self->result->resets++;
}

/* --- a life -------------------------------------------------------------------------------- */

static bool step(simulation *self)
{
    model *server = &self->server;

    if (self->record_count > 0 && sim_one_in(&self->random, 150)) {
        reset(self);
        return true;
    }
    if (!server->task_due || sim_one_in(&self->random, 4)) {
        model_happen(server);
        return true;
    }
    if (!one_task(self))
        return false;
    if (self->record_count == 0 || server->closed)
        return true;
    if (sim_one_in(&self->random, 5) &&
        !replay(self, &self->records[sim_below(&self->random, (unsigned)self->record_count)]))
        return false;
    if (sim_one_in(&self->random, 8) && !fresh_question(self, "a replay up to now"))
        return false;
    if (self->sticky >= 0 && sim_one_in(&self->random, 6))
        return question(self, &self->workers[self->sticky],
                        sim_one_in(&self->random, 2) ? (int64_t)server->count + 1 : 1, "a query");
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
            fine = replay(self, &self->records[i]);
    if (!fine)
        return false;
    for (int i = 0; i < WORKERS; i++)
        if (self->records[self->record_count - 1].ended && self->sticky == i &&
            is_cached(self, &self->workers[i]))
            return fail(self, "the run has ended, but worker %d keeps it", i);
    /* What the program was at when it ended without being asked, two replays must agree about. */
    told = self->records[self->record_count - 1].state != NULL;
    return fresh_question(self, "the replay of everything") &&
           (told || fresh_question(self, "the second replay of everything"));
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
        reset(self);
    }
    return fail(self, "the program has not ended after %d steps and %zu events", STEPS,
                self->server.count);
}

bool simulate(uint64_t seed, bool planted, FILE *trace, simulation_look look, void *data,
              simulation_result *result)
{
    simulation self = { .random = { seed ^ UINT64_C(0xa0761d6478bd642f) },
                        .sticky = -1,
                        .trace = trace,
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
