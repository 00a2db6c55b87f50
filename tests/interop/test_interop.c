/* SPDX-License-Identifier: MIT */
/* test_interop.c -- workflows, activities and clients of this library and of the official Python
 * SDK, each with the other. */
#include <string.h>

#include "tests/interop/both.h"

/* clang-format off */
#define LINE(FIELD)                      \
    FIELD(temporal_string, name)         \
    FIELD(temporal_int, quantity)        \
    FIELD(temporal_double, price)        \
    FIELD(temporal_string, note)
TEMPORAL_RECORD(line, LINE)
TEMPORAL_MAP(temporal_string)

#define ORDER(FIELD)                     \
    FIELD(temporal_string, id)           \
    FIELD(line_list, lines)              \
    FIELD(temporal_string_map, tags)     \
    FIELD(temporal_bool, express)
TEMPORAL_RECORD(order, ORDER)

#define REASON(FIELD)                    \
    FIELD(temporal_int, code)
TEMPORAL_RECORD(reason, REASON)
/* clang-format on */

/* --- what stands here
 * ------------------------------------------------------------------------------ */

TEMPORAL_ACTIVITY(total_in_c, order, temporal_double)
TEMPORAL_ACTIVITY(fail_in_c, temporal_string, temporal_none)
TEMPORAL_WORKFLOW(order_in_c, order, order)
TEMPORAL_SIGNAL(order_in_c, add_note, temporal_string)
TEMPORAL_SIGNAL(order_in_c, close, temporal_none)
TEMPORAL_QUERY(order_in_c, count_notes, temporal_int, temporal_int)
TEMPORAL_UPDATE(order_in_c, replace_notes, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(failure_in_c, temporal_string, temporal_none)
TEMPORAL_WORKFLOW(python_activities, temporal_string, temporal_string)

TEMPORAL_ACTIVITY_DEFINE(total_in_c)
temporal_error *total_in_c(temporal_activity *attempt, order input, temporal_double *total)
{
    (void)attempt;
    *total = 0;
    for (size_t i = 0; i < input.lines.count; i++)
        *total += (double)input.lines.items[i].quantity * input.lines.items[i].price;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(fail_in_c)
temporal_error *fail_in_c(temporal_activity *attempt, temporal_string message, temporal_none *none)
{
    const reason detail = { .code = 42 };

    (void)attempt, (void)none;
    return temporal_error_application_with(
        &(const temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                             .type = "Refused",
                                             .non_retryable = true,
                                             .detail_type = reason_type(),
                                             .detail = &detail },
        "%s", message);
}

typedef struct order_state {
    const char *notes;
    int64_t count;
    bool closed;
} order_state;

TEMPORAL_SIGNAL_DEFINE(order_in_c, order_state, add_note)
TEMPORAL_SIGNAL_DEFINE(order_in_c, order_state, close)
TEMPORAL_QUERY_DEFINE(order_in_c, order_state, count_notes)
TEMPORAL_UPDATE_VALIDATED_DEFINE(order_in_c, order_state, replace_notes)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(order_in_c, order_state, &order_in_c_add_note_handler,
                                  &order_in_c_close_handler, &order_in_c_count_notes_handler,
                                  &order_in_c_replace_notes_handler, NULL)

temporal_error *order_in_c(temporal_workflow *run, order_state *self, order input, order *output)
{
    line *total = temporal_workflow_alloc(run, sizeof *total);

    TEMPORAL_WAIT_UNTIL(run, self->closed);
    TEMPORAL_TRY(temporal_execute_activity(run, total_in_c, input, &total->price,
                                           .schedule_to_close_timeout = 30));
    total->name = "total";
    total->quantity = 1;
    total->note = self->notes;
    *output = (order){
        .id = input.id, .lines = { total, 1 }, .tags = input.tags, .express = input.express
    };
    return TEMPORAL_OK;
}

temporal_error *order_in_c_add_note(temporal_workflow *run, order_state *self, temporal_string note)
{
    self->notes = temporal_workflow_format(run, "%s%s%s", self->notes ? self->notes : "",
                                           self->notes ? " " : "", note);
    self->count++;
    return TEMPORAL_OK;
}

temporal_error *order_in_c_close(temporal_workflow *run, order_state *self, temporal_none none)
{
    (void)run, (void)none;
    self->closed = true;
    return TEMPORAL_OK;
}

temporal_error *order_in_c_count_notes(temporal_workflow *run, const order_state *self,
                                       temporal_int factor, temporal_int *count)
{
    (void)run;
    *count = self->count * factor;
    return TEMPORAL_OK;
}

temporal_error *order_in_c_replace_notes_validate(temporal_workflow *run, const order_state *self,
                                                  temporal_string notes)
{
    (void)run;
    return *notes ? TEMPORAL_OK
                  : temporal_error_application("Empty", "there are %lld notes already",
                                               (long long)self->count);
}

temporal_error *order_in_c_replace_notes(temporal_workflow *run, order_state *self,
                                         temporal_string notes, temporal_string *before)
{
    *before = self->notes;
    self->notes = temporal_workflow_format(run, "%s", notes);
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(failure_in_c)
temporal_error *failure_in_c(temporal_workflow *run, temporal_string queue, temporal_none *none)
{
    temporal_error *error = temporal_execute_activity(
        run, fail_in_c, "no stock", none, .task_queue = queue, .schedule_to_close_timeout = 30);

    return temporal_error_application_with(
        &(const temporal_application_error){
            .struct_size = sizeof(temporal_application_error), .type = "Wrapped", .cause = error },
        "the order failed");
}

/* Calls every activity of the Python worker, typed and by name; says what it saw. */
TEMPORAL_ACTIVITY_NAMED(total_there, "total_in_python", order, temporal_double)

TEMPORAL_WORKFLOW_DEFINE(python_activities)
temporal_error *python_activities(temporal_workflow *run, temporal_string queue,
                                  temporal_string *seen)
{
    static const line lines[] = { { "nut", 3, 0.5, NULL }, { "bolt", 2, 1.25, "long" } };
    static const temporal_string words[] = { "x", "ÿ" };
    const order input = { .id = "o-2", .lines = { lines, 2 } };
    const temporal_string first = "a";
    const temporal_int second = 2;
    const temporal_string_list third = { words, 2 };
    const temporal_argument three[] = { { temporal_string_type(), &first },
                                        { temporal_int_type(), &second },
                                        { temporal_string_list_type(), &third } };
    const temporal_argument one[] = { { temporal_string_type(), &first } };
    const temporal_activity_options options = { .struct_size = sizeof options,
                                                .task_queue = queue,
                                                .schedule_to_close_timeout = 30 };
    temporal_double total = 0;
    temporal_string joined = NULL;
    const temporal_error *refused;
    reason detail = { 0 };

    TEMPORAL_TRY(temporal_execute_activity(run, total_there, input, &total, .task_queue = queue,
                                           .schedule_to_close_timeout = 30));
    TEMPORAL_TRY(temporal_workflow_execute_activity(run, "join_in_python", three, 3,
                                                    temporal_string_type(), &joined, &options));
    refused = temporal_error_cause(temporal_workflow_execute_activity(
        run, "fail_in_python", one, 1, temporal_none_type(), NULL, &options));
    TEMPORAL_TRY(temporal_error_detail(refused, 0, reason, &detail));
    *seen = temporal_workflow_format(run, "%g %s %s %s %d %d < %s", total, joined,
                                     temporal_error_type(refused), temporal_error_message(refused),
                                     (int)temporal_error_is_retryable(refused), (int)detail.code,
                                     temporal_error_message(temporal_error_cause(refused)));
    return TEMPORAL_OK;
}

/* --- the tests -------------------------------------------------------------------------------- */

static both sides;

static int open_both(void **state)
{
    (void)state;
    both_open(&sides, "tests/interop/orders.py",
              .workflows = TEMPORAL_WORKFLOWS(&order_in_c_workflow, &failure_in_c_workflow,
                                              &python_activities_workflow),
              .async.activities = TEMPORAL_ACTIVITIES(&total_in_c_activity, &fail_in_c_activity));
    return 0;
}

static int close_both(void **state)
{
    (void)state;
    both_close(&sides);
    return 0;
}

static void a_python_client_drives_workflows_in_c(void **state)
{
    test_process *client = test_python_run("tests/interop/orders.py", "client",
                                           test_server_address(), sides.c_queue, sides.c_queue);

    (void)state;
    assert_string_equal(test_process_line(client), "query 20");
    assert_string_equal(test_process_line(client), "unknown query True");
    assert_string_equal(test_process_line(client), "rejected Empty there are 2 notes already");
    assert_string_equal(test_process_line(client), "update first second");
    assert_string_equal(test_process_line(client), "result o-1 True 4.0 third blü");
    assert_string_equal(test_process_line(client),
                        "failure Wrapped the order failed < fail_in_c < Refused no stock True "
                        "{'code': 42}");
    assert_int_equal(test_process_wait(client), 0);
    test_process_free(client);
}

static void a_workflow_in_c_runs_python_activities(void **state)
{
    temporal_handle *handle = NULL;
    temporal_string seen = NULL;

    (void)state;
    assert_ok(temporal_execute_workflow(sides.client, python_activities, sides.python_queue,
                                        &handle, &seen, .id = test_unique("calls"),
                                        .task_queue = sides.c_queue));
    assert_string_equal(seen, "4 a/2/x+ÿ Refused a 0 42 < the root of it");
    temporal_handle_free(handle);
}

static void a_client_in_c_drives_a_python_workflow(void **state)
{
    static const line lines[] = { { "nut", 3, 0.5, NULL }, { "bolt", 2, 1.25, "long" } };
    static const temporal_string_map_entry tags[] = { { "colour", "blü" } };
    const order input = { .id = "o-3", .lines = { lines, 2 }, .tags = { tags, 1 } };
    const temporal_argument inputs[] = { { order_type(), &input },
                                         { temporal_string_type(), &sides.c_queue } };
    const temporal_start_options options = { .struct_size = sizeof options,
                                             .id = test_unique("order"),
                                             .task_queue = sides.python_queue };
    const temporal_string note = "hello";
    const temporal_argument note_argument = { temporal_string_type(), &note };
    const temporal_int factor = 7;
    const temporal_argument factor_argument = { temporal_int_type(), &factor };
    temporal_handle *handle = NULL;
    temporal_int count = 0;
    order result = { 0 };

    (void)state;
    assert_ok(temporal_client_start_workflow(sides.client, "order_in_python", inputs, 2, &handle,
                                             &options));
    assert_ok(temporal_handle_signal(handle, "add_note", &note_argument, 1));
    assert_ok(temporal_handle_query(handle, "count_notes", &factor_argument, 1, temporal_int_type(),
                                    &count));
    assert_int_equal(count, 7);
    assert_ok(temporal_handle_signal(handle, "close", NULL, 0));
    assert_ok(temporal_handle_result(handle, order_type(), &result));
    assert_string_equal(result.id, "o-3");
    assert_true(result.express);
    assert_int_equal(result.lines.count, 1);
    assert_float_equal(result.lines.items[0].price, 4.0, 1e-9);
    assert_string_equal(result.lines.items[0].note, "hello");
    assert_int_equal(result.tags.count, 1);
    assert_string_equal(result.tags.entries[0].value, "blü");
    temporal_handle_free(handle);
}

static void failures_keep_their_causes_through_both(void **state)
{
    const temporal_argument input = { temporal_string_type(), &sides.c_queue };
    const temporal_start_options options = { .struct_size = sizeof options,
                                             .id = test_unique("failure"),
                                             .task_queue = sides.python_queue };
    temporal_handle *handle = NULL;
    temporal_error *error;
    const temporal_error *wrapped, *activity, *refused;

    (void)state;
    assert_ok(temporal_client_start_workflow(sides.client, "failure_in_python", &input, 1, &handle,
                                             &options));
    error = temporal_handle_result(handle, temporal_none_type(), NULL);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_WORKFLOW);
    wrapped = temporal_error_cause(error);
    assert_string_equal(temporal_error_type(wrapped), "Wrapped");
    assert_string_equal(temporal_error_message(wrapped), "saw Refused: no stock {'code': 42}");
    activity = temporal_error_cause(wrapped);
    assert_int_equal(temporal_error_get_code(activity), TEMPORAL_ERROR_ACTIVITY);
    refused = temporal_error_cause(activity);
    assert_string_equal(temporal_error_type(refused), "Refused");
    assert_false(temporal_error_is_retryable(refused));
    temporal_error_free(error);
    temporal_handle_free(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_python_client_drives_workflows_in_c),
        cmocka_unit_test(a_workflow_in_c_runs_python_activities),
        cmocka_unit_test(a_client_in_c_drives_a_python_workflow),
        cmocka_unit_test(failures_keep_their_causes_through_both),
    };

    return cmocka_run_group_tests(tests, open_both, close_both);
}
