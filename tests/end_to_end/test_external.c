/* SPDX-License-Identifier: MIT */
/* test_external.c -- one workflow signals and cancels others that it did not start: F14. */
#include <stdio.h>
#include <string.h>

#include <temporal/dynamic.h>

#include "tests/end_to_end/fixture.h"

/* --- who is spoken to --------------------------------------------------------------------- */

typedef struct listener_state {
    temporal_string heard;
    temporal_int numbers;
} listener_state;

TEMPORAL_WORKFLOW(listener, temporal_none, temporal_string)
TEMPORAL_SIGNAL(listener, hear, temporal_string)
TEMPORAL_SIGNAL_DEFINE(listener, listener_state, hear)
temporal_error *listener_hear(temporal_workflow *run, listener_state *self, temporal_string text)
{
    (void)run;
    self->heard = text;
    return TEMPORAL_OK;
}

/* A signal by name, with two arguments. */
TEMPORAL_DYNAMIC_SIGNAL_DEFINE(count, "count")
static temporal_error *count(temporal_workflow *run, void *data, const char *name,
                             const temporal_value *inputs, size_t input_count,
                             temporal_value *output)
{
    temporal_int number = 0, factor = 0;

    (void)run, (void)output;
    if (strcmp(name, "count") != 0 || input_count != 2)
        return temporal_error_application("Wrong", "%s with %zu arguments", name, input_count);
    TEMPORAL_TRY(temporal_value_get(&inputs[0], temporal_int, &number));
    TEMPORAL_TRY(temporal_value_get(&inputs[1], temporal_int, &factor));
    ((listener_state *)data)->numbers = number * factor;
    return TEMPORAL_OK;
}
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(listener, listener_state, &listener_hear_handler, &count_handler)
temporal_error *listener(temporal_workflow *run, listener_state *self, temporal_none none,
                         temporal_string *heard)
{
    (void)none;
    TEMPORAL_WAIT_UNTIL(run, self->heard && self->numbers > 0);
    *heard = temporal_workflow_format(run, "%s %d", self->heard, (int)self->numbers);
    return TEMPORAL_OK;
}

/* --- who speaks --------------------------------------------------------------------------- */

/* clang-format off */
#define TARGETS(FIELD)              \
    FIELD(temporal_string, one)     \
    FIELD(temporal_string, run_id)  \
    FIELD(temporal_string, two)
/* clang-format on */
TEMPORAL_RECORD(targets, TARGETS)

/* Both hear of it at once. */
TEMPORAL_WORKFLOW(speaker, targets, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(speaker)
temporal_error *speaker(temporal_workflow *run, targets to, temporal_none *none)
{
    temporal_external *one = temporal_workflow_external(run, to.one, to.run_id);
    temporal_external *two = temporal_workflow_external(run, to.two, NULL);
    const temporal_int six = 6, seven = 7;
    const temporal_argument numbers[] = { { temporal_int_type(), &six },
                                          { temporal_int_type(), &seven } };
    temporal_future *futures[] = {
        temporal_external_begin_signal(one, "count", numbers, 2),
        temporal_external_begin_signal(two, "count", numbers, 2),
        temporal_begin_signal_external(one, listener, hear, "one"),
    };

    (void)none;
    for (size_t i = 0; i < 3; i++)
        TEMPORAL_TRY(temporal_workflow_await(run, futures[i], NULL, NULL));
    return temporal_signal_external(two, listener, hear, "two");
}

TEMPORAL_WORKFLOW(canceller, temporal_string, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(canceller)
temporal_error *canceller(temporal_workflow *run, temporal_string id, temporal_none *none)
{
    (void)none;
    return temporal_external_cancel(temporal_workflow_external(run, id, NULL));
}

/* Tells which errors it got. */
TEMPORAL_WORKFLOW(misser, temporal_string, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(misser)
temporal_error *misser(temporal_workflow *run, temporal_string id, temporal_string *text)
{
    temporal_external *nobody = temporal_workflow_external(run, id, NULL);
    temporal_error *signalled = temporal_signal_external(nobody, listener, hear, "hello?");
    temporal_error *cancelled = temporal_external_cancel(nobody);

    if (temporal_error_get_code(signalled) != TEMPORAL_ERROR_NOT_FOUND ||
        temporal_error_get_code(cancelled) != TEMPORAL_ERROR_NOT_FOUND)
        return temporal_error_application("Wrong", "no NOT_FOUND");
    *text = temporal_workflow_format(run, "%s; %s", temporal_error_message(signalled),
                                     temporal_error_message(cancelled));
    return TEMPORAL_OK;
}

/* --- tests -------------------------------------------------------------------------------- */

static temporal_worker *worker;
static const char *queue;

/* A worker that keeps no run: each task is replayed from its start. */
static int start_worker(void **state)
{
    (void)fixture_connect(state);
    queue = test_unique("external");
    worker =
        test_worker_start(client, .task_queue = queue, .max_cached_workflows = 1,
                          .workflows = TEMPORAL_WORKFLOWS(&listener_workflow, &speaker_workflow,
                                                          &canceller_workflow, &misser_workflow));
    return 0;
}

static int stop_worker(void **state)
{
    test_worker_stop(worker);
    return fixture_close(state);
}

static temporal_handle *listen(const char *id)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, listener, TEMPORAL_NONE, &handle, .id = id,
                                      .task_queue = queue));
    return handle;
}

static void F14_signals_reach_workflows_that_others_started(void **state)
{
    const char *ids[] = { test_unique("one"), test_unique("two") };
    temporal_handle *one = listen(ids[0]), *two = listen(ids[1]);
    const targets to = { ids[0], temporal_handle_run_id(one), ids[1] };
    temporal_handle *handle = NULL;
    temporal_string heard = NULL;

    (void)state;
    assert_ok(temporal_execute_workflow(client, speaker, to, &handle, NULL,
                                        .id = test_unique("speaker"), .task_queue = queue));
    temporal_handle_free(handle);
    assert_ok(temporal_get_result(one, listener, &heard));
    assert_string_equal(heard, "one 42");
    assert_ok(temporal_get_result(two, listener, &heard));
    assert_string_equal(heard, "two 42");
    temporal_handle_free(one);
    temporal_handle_free(two);
}

static void F14_a_workflow_that_another_started_is_cancelled(void **state)
{
    const char *id = test_unique("cancelled");
    temporal_handle *handle = listen(id), *other = NULL;
    temporal_string heard = NULL;
    temporal_error *error;

    (void)state;
    assert_ok(temporal_execute_workflow(client, canceller, id, &other, NULL,
                                        .id = test_unique("canceller"), .task_queue = queue));
    error = temporal_get_result(handle, listener, &heard);
    assert_int_equal(temporal_error_get_code(temporal_error_cause(error)),
                     TEMPORAL_ERROR_CANCELLED);
    temporal_error_free(error);
    temporal_handle_free(other);
    temporal_handle_free(handle);
}

static void F14_one_that_is_not_there_is_a_typed_error(void **state)
{
    const char *id = test_unique("nobody");
    temporal_string text = NULL;
    temporal_handle *handle = NULL;
    char expected[512];

    (void)state;
    assert_ok(temporal_start_workflow(client, misser, id, &handle, .id = test_unique("misser"),
                                      .task_queue = queue));
    assert_ok(temporal_get_result(handle, misser, &text));
    (void)snprintf(expected, sizeof(expected),
                   "signal hear to workflow %s: there is no such workflow running; cancel workflow "
                   "%s: there is no such workflow running",
                   id, id);
    assert_string_equal(text, expected);
    temporal_handle_free(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F14_signals_reach_workflows_that_others_started),
        cmocka_unit_test(F14_a_workflow_that_another_started_is_cancelled),
        cmocka_unit_test(F14_one_that_is_not_there_is_a_typed_error),
    };

    return fixture_run(tests, start_worker, stop_worker);
}
