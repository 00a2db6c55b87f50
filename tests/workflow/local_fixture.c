/* SPDX-License-Identifier: MIT */
/* local_fixture.c -- see local_fixture.h. */
#include "local_fixture.h"

#include <string.h>

#include "base/error.h"
#include "converter/failure.h"
#include "converter/payload.h"

static const temporal_string hi = "hi";

temporal_future *begin_local(temporal_workflow *run, const char *type,
                             const temporal_local_options *options)
{
    return temporal_workflow_start_local_activity(run, type, ARGUMENT(temporal_string, &hi), 1,
                                                  options);
}

static temporal_error *one(temporal_workflow *run, void *self, const void *input, void *output)
{
    int64_t before = temporal_workflow_now(run);
    temporal_error *error;

    (void)self, (void)input;
    error = temporal_workflow_execute_local_activity(run, "say", ARGUMENT(temporal_string, &hi), 1,
                                                     temporal_string_type(), output, LOCAL(0));
    note("%g s later: %s", (double)(temporal_workflow_now(run) - before) / 1e9,
         error ? temporal_error_message(error) : *(temporal_string *)output);
    return error;
}

static temporal_error *peek(temporal_workflow *run, void *self, const void *input, void *output)
{
    (void)run, (void)self, (void)input;
    *(temporal_string *)output = "peeked";
    return TEMPORAL_OK;
}
HANDLER(peek, "peek", QUERY, temporal_none, temporal_string)
WORKFLOW(one, char, temporal_none, temporal_string, &peek_def, NULL)
const temporal_workflow_def *const local_one = &one_def;

void local_begin(local_fixture *self, const temporal_workflow_def *def)
{
    self->engine = make_engine(def, 1);
    history_init(&self->history, def->name, NULL);
    self->next_event = 1;
    notes_clear();
}

int local_set_up(void **state)
{
    local_fixture *self = test_calloc(1, sizeof(*self));

    tp_arena_init(&self->arena);
    *state = self;
    return 0;
}

void local_close(local_fixture *self)
{
    if (self->open)
        tp_answer_done(&self->answer);
    self->open = false;
}

int local_tear_down(void **state)
{
    local_fixture *self = *state;

    local_close(self);
    tp_engine_free(self->engine);
    history_done(&self->history);
    tp_arena_done(&self->arena);
    notes_clear();
    test_free(self);
    return 0;
}

const char *local_orders(local_fixture *self)
{
    static const char *const verbs[] = { "start", "cancel", "stop", "forget" };
    const char *text = "";

    for (size_t i = 0; i < self->answer.order_count; i++) {
        const tp_local_order *order = &self->answer.orders[i];

        text = tp_arena_format(&self->arena, "%s%s%s %u", text, i > 0 ? ", " : "",
                               verbs[order->verb], (unsigned)order->seq);
        if (order->verb == TP_LOCAL_START) {
            Tp__Common__Payloads *input = NULL;

            assert_null(tp_payloads_unpack(&self->arena, order->input, &input));
            text = tp_arena_format(&self->arena, "%s %s %s %s #%d", text, order->activity_type,
                                   order->activity_id, tell_payloads(&self->arena, input),
                                   (int)order->attempt);
        }
    }
    return text;
}

void local_activate(local_fixture *self)
{
    local_close(self);
    history_task(&self->history);
    self->task = history_poll(&self->history, self->next_event);
    tp_engine_activate(self->engine, self->task, &self->answer);
    self->open = true;
}

void local_take(local_fixture *self)
{
    assert_int_equal(self->answer.kind, TP_ANSWER_COMPLETED);
    self->next_event = (int64_t)self->history.count + 1;
    history_take_answer(&self->history, &self->answer);
}

void local_resume(local_fixture *self, const tp_local_outcome *outcome, bool overdue)
{
    tp_engine_resume(self->engine, self->task, outcome, outcome ? 1 : 0, overdue, &self->answer);
}

void local_complete(local_fixture *self, uint32_t seq, const char *result)
{
    tp_buffer body = { 0 };
    tp_local_outcome outcome = {
        .seq = seq, .attempt = 1, .end = TP_LOCAL_COMPLETED, .runtime = INT64_C(1500000000)
    };

    tp_payloads_pack(&body, history_payloads(&self->arena, result));
    outcome.body = tp_buffer_bytes(&body);
    local_resume(self, &outcome, false);
    tp_buffer_done(&body);
}

void local_fail(local_fixture *self, uint32_t seq, tp_local_end end, temporal_error *error,
                temporal_seconds backoff)
{
    tp_buffer body = { 0 };
    tp_local_outcome outcome = { .seq = seq, .attempt = 3, .end = end, .backoff = backoff };

    tp_failure_encode(&body, error);
    outcome.body = tp_buffer_bytes(&body);
    local_resume(self, &outcome, false);
    tp_buffer_done(&body);
    temporal_error_free(error);
}

const char *local_commands(local_fixture *self)
{
    return tell_commands(&self->arena, &self->answer);
}

void local_replay(local_fixture *self, const temporal_workflow_def *def)
{
    const char *before = tp_arena_strdup(&self->arena, notes());
    tp_engine *other = make_engine(def, 1);
    tp_answer answer;

    notes_clear();
    tp_engine_activate(other, history_query(&self->history, 1, "no such query", NULL), &answer);
    assert_non_null(strstr(tell_query(&self->arena, &answer), "has no query"));
    assert_string_equal(notes(), before);
    tp_answer_done(&answer);
    tp_engine_free(other);
}
