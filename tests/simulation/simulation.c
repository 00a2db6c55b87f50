/* SPDX-License-Identifier: MIT */
/* simulation.c -- see simulation.h. */
#include "simulation.h"

#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/message.h"

#define STEPS   20000
#define WORKERS 2

/* What a task that the server took was answered with. */
typedef struct record {
    size_t seen; /* events of history */
    Tp__Protocol__Message **messages;
    size_t message_count;
    uint8_t *bytes;
    size_t size;
    char *state;
    bool ended;
} record;

typedef struct simulation {
    program made;
    model server;
    sim_random random;
    tp_engine *engines[WORKERS];
    int sticky; /* the worker that answered last; -1: none */
    record *records;
    size_t record_count, record_capacity;
    tp_arena arena;
    FILE *trace;
    simulation_result *result;
} simulation;

static bool TEMPORAL_PRINTF(2, 3) fail(simulation *self, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(self->result->problem, sizeof(self->result->problem), format, arguments);
    va_end(arguments);
    return false;
}

static tp_engine *make_engine(void)
{
    static const temporal_workflow_def *const definitions[] = { &program_workflow, NULL };
    tp_engine *engine = NULL;

    (void)tp_engine_new(&engine, &(tp_engine_options){ .definitions = definitions,
                                                       .namespace_name = "default",
                                                       .task_queue = "queue",
                                                       .max_cached = 1 });
    return engine;
}

/* --- what an answer says ------------------------------------------------------------------- */

static void pack_one(tp_buffer *out, const ProtobufCMessage *message)
{
    const uint32_t size = (uint32_t)protobuf_c_message_get_packed_size(message);

    tp_buffer_append(out, &size, sizeof(size));
    tp_message_pack(out, message);
}

static void pack(tp_arena *arena, const tp_answer *answer, record *made)
{
    tp_buffer out = { 0 };

    made->ended = answer->run_ended;
    for (size_t i = 0; i < answer->completed.n_commands; i++)
        pack_one(&out, &answer->completed.commands[i]->base);
    for (size_t i = 0; i < answer->completed.n_messages; i++)
        pack_one(&out, &answer->completed.messages[i]->base);
    made->size = out.size;
    made->bytes = tp_arena_alloc(arena, out.size + 1);
    if (out.size > 0)
        memcpy(made->bytes, out.data, out.size);
    tp_buffer_done(&out);
}

static char *text_of(tp_arena *arena, const Tp__Common__Payloads *payloads)
{
    if (!payloads || payloads->n_payloads == 0)
        return tp_arena_strdup(arena, "");
    return tp_arena_strndup(arena, (const char *)payloads->payloads[0]->data.data,
                            payloads->payloads[0]->data.len);
}

static bool read_answer(simulation *self, const tp_answer *answer, const char *who, record *made)
{
    const Tp__Query__WorkflowQueryResult *state;

    if (answer->kind == TP_ANSWER_FAILED)
        return fail(self, "%s: event %lld: the task failed: %s", who,
                    (long long)self->server.started_event, answer->failed.failure->message);
    if (answer->kind != TP_ANSWER_COMPLETED || answer->completed.n_query_results != 1)
        return fail(self, "%s: event %lld: an answer of kind %d", who,
                    (long long)self->server.started_event, (int)answer->kind);
    state = answer->completed.query_results[0]->value;
    if (state->error_message && *state->error_message)
        return fail(self, "%s: event %lld: the query failed: %s", who,
                    (long long)self->server.started_event, state->error_message);
    made->state = text_of(&self->arena, state->answer);
    pack(&self->arena, answer, made);
    return true;
}

static bool same(simulation *self, const record *first, const record *second, const char *who)
{
    if (strcmp(first->state, second->state) != 0)
        return fail(self, "%s of %zu events: the program is at %s, but was at %s", who, first->seen,
                    second->state, first->state);
    if (first->ended != second->ended || first->size != second->size ||
        memcmp(first->bytes, second->bytes, first->size) != 0)
        return fail(
            self,
            "%s of %zu events: its commands and messages are not the same bytes (%zu, were %zu)",
            who, first->seen, second->size, first->size);
    return true;
}

/* --- replays ------------------------------------------------------------------------------- */

/* The task that was answered like that, once more, in an engine that has never seen the run. */
static bool replay(simulation *self, const record *first)
{
    tp_engine *engine = make_engine();
    Tp__Ws__PollWorkflowTaskQueueResponse *task =
        model_poll(&self->server, &self->arena, 1, first->seen);
    record again = { .seen = first->seen };
    tp_answer answer;
    bool fine;

    task->messages = first->messages;
    task->n_messages = first->message_count;
    model_ask(&self->arena, task, false);
    if (self->trace)
        (void)fprintf(self->trace, "  replay of %zu events\n", first->seen);
    tp_engine_activate(engine, task, &answer);
    fine = read_answer(self, &answer, "a replay", &again) && same(self, first, &again, "a replay");
    tp_answer_done(&answer);
    tp_engine_free(engine);
    self->result->replays++;
    return fine;
}

/* A question about the run as its last answer left it. */
static bool question(simulation *self, tp_engine *engine, int64_t first_event, const char *who)
{
    const record *last = &self->records[self->record_count - 1];
    Tp__Ws__PollWorkflowTaskQueueResponse *task =
        model_poll(&self->server, &self->arena, first_event, self->server.count);
    tp_answer answer;
    bool fine = true;

    model_ask(&self->arena, task, true);
    tp_engine_activate(engine, task, &answer);
    if (answer.kind == TP_ANSWER_NEEDS_HISTORY && first_event > 1) {
        tp_answer_done(&answer);
        return question(self, engine, 1, who);
    }
    if (answer.kind != TP_ANSWER_QUERY)
        fine = fail(self, "%s: an answer of kind %d", who, (int)answer.kind);
    else if (answer.query.error_message && *answer.query.error_message)
        fine = fail(self, "%s: %s", who, answer.query.error_message);
    else if (strcmp(text_of(&self->arena, answer.query.query_result), last->state) != 0)
        fine = fail(self, "%s: the program is at %s, but was at %s", who,
                    text_of(&self->arena, answer.query.query_result), last->state);
    tp_answer_done(&answer);
    return fine;
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

static Tp__Ws__PollWorkflowTaskQueueResponse *poll(simulation *self, int64_t first_event)
{
    const model *server = &self->server;
    Tp__Ws__PollWorkflowTaskQueueResponse *task =
        model_poll(server, &self->arena, first_event, server->count);

    task->messages = server->messages;
    task->n_messages = server->message_count;
    model_ask(&self->arena, task, false);
    return task;
}

/* Activates the worker that gets the task: the events that it has not seen, or all. */
static void give(simulation *self, int worker, tp_answer *answer)
{
    model *server = &self->server;
    const bool partial = worker == self->sticky && !sim_one_in(&self->random, 8);
    const int64_t first = partial ? server->last_completed_started + 1 : 1;
    Tp__Ws__PollWorkflowTaskQueueResponse *task = poll(self, first);

    if (self->trace)
        (void)fprintf(self->trace, "  task at event %lld: worker %d, events from %lld\n",
                      (long long)server->started_event, worker, (long long)first);
    tp_engine_activate(self->engines[worker], task, answer);
    if (answer->kind != TP_ANSWER_NEEDS_HISTORY || first == 1)
        return;
    tp_answer_done(answer);
    task = poll(self, 1);
    tp_engine_activate(self->engines[worker], task, answer);
}

/* The worker's answer reaches the server, or does not. */
static bool deliver(simulation *self, int worker, const tp_answer *answer, const record *made)
{
    model *server = &self->server;

    while (sim_one_in(&self->random, 3))
        model_happen(server);
    if (sim_one_in(&self->random, 12)) {
        self->result->lost++;
        if (sim_one_in(&self->random, 2))
            model_time_out_task(server);
        else
            model_fail_task(server);
        tp_engine_evict(self->engines[worker], MODEL_RUN_ID);
        self->sticky = -1;
        return true;
    }
    switch (model_answer(server, &answer->completed, answer->run_ended)) {
    case MODEL_TAKEN:
        self->result->tasks++;
        self->result->commands += answer->completed.n_commands;
        self->sticky = worker;
        remember(self, made);
        return true;
    case MODEL_FORGOTTEN:
        self->result->forgotten++;
        self->sticky = worker;
        if (strcmp(made->state, self->records[self->record_count - 1].state) == 0)
            return true;
        return fail(self, "event %lld: a task that did nothing left the program at %s",
                    (long long)server->started_event, made->state);
    case MODEL_REFUSED:
        self->result->refused++;
        tp_engine_evict(self->engines[worker], MODEL_RUN_ID);
        self->sticky = -1;
        return true;
    case MODEL_ILLEGAL:
        break;
    }
    return fail(self, "event %lld: the server refuses the answer: %s",
                (long long)server->started_event, server->problem);
}

static bool one_task(simulation *self)
{
    model *server = &self->server;
    record made = { .seen = 0 };
    tp_answer answer;
    int worker;
    bool fine;

    (void)model_start_task(server);
    if (sim_one_in(&self->random, 25)) { /* it never reached a worker */
        self->result->lost++;
        model_time_out_task(server);
        self->sticky = -1;
        return true;
    }
    worker = self->sticky >= 0 && !sim_one_in(&self->random, 6)
                 ? self->sticky
                 : (int)sim_below(&self->random, WORKERS);
    if (sim_one_in(&self->random, 6))
        tp_engine_evict(self->engines[worker], MODEL_RUN_ID);
    made.seen = server->count;
    made.messages = server->messages;
    made.message_count = server->message_count;
    give(self, worker, &answer);
    fine = read_answer(self, &answer, "a worker", &made) && deliver(self, worker, &answer, &made);
    tp_answer_done(&answer);
    return fine;
}

/* --- a life -------------------------------------------------------------------------------- */

static bool step(simulation *self)
{
    model *server = &self->server;

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
    if (self->sticky >= 0 && sim_one_in(&self->random, 6))
        return question(self, self->engines[self->sticky],
                        sim_one_in(&self->random, 2) ? (int64_t)server->count + 1 : 1, "a query");
    return true;
}

/* It is over: everything once more, task by task and as one. */
static bool check_all(simulation *self)
{
    tp_engine *engine;
    bool fine = true;

    for (size_t i = self->record_count; fine && i-- > 0;)
        if (i + 1 == self->record_count || sim_one_in(&self->random, 3))
            fine = replay(self, &self->records[i]);
    if (!fine)
        return false;
    for (int i = 0; i < WORKERS; i++)
        if (self->sticky == i && tp_engine_cached(self->engines[i]) != 0)
            return fail(self, "the run has ended, but worker %d keeps it", i);
    engine = make_engine();
    fine = question(self, engine, 1, "the replay of everything");
    tp_engine_free(engine);
    return fine;
}

static bool live(simulation *self)
{
    for (unsigned i = 0; i < STEPS && !self->server.closed; i++)
        if (!step(self))
            return false;
    if (!self->server.closed)
        return fail(self, "the program has not ended after %d steps and %zu events", STEPS,
                    self->server.count);
    return check_all(self);
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
        self.engines[i] = make_engine();
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
        tp_engine_free(self.engines[i]);
    model_done(&self.server);
    program_done(&self.made);
    tp_free(self.records);
    tp_arena_done(&self.arena);
    return fine;
}
