/* SPDX-License-Identifier: MIT */
/* test_bad_input.c -- wrong names, missing options, values that do not fit: each gets a
 * clear sentence, loses nothing, and leaves the worker serving. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/end_to_end/fixture.h"

/* clang-format off */
#define LINE(FIELD)                      \
    FIELD(temporal_string, name)         \
    FIELD(temporal_int, price)
TEMPORAL_RECORD(line, LINE)

#define ORDER(FIELD)                     \
    FIELD(line_list, lines)
TEMPORAL_RECORD(order, ORDER)
/* clang-format on */

TEMPORAL_ACTIVITY(price_of, order, temporal_int)
TEMPORAL_ACTIVITY(known, temporal_none, temporal_string)
TEMPORAL_ACTIVITY(unknown, temporal_none, temporal_string)
TEMPORAL_WORKFLOW(priced, order, temporal_int)
TEMPORAL_WORKFLOW(careless, temporal_none, temporal_string)
TEMPORAL_WORKFLOW(calls_unknown, temporal_none, temporal_string)
TEMPORAL_WORKFLOW(misfits, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(mailbox, temporal_none, temporal_int)
TEMPORAL_SIGNAL(mailbox, put, temporal_bytes)
TEMPORAL_SIGNAL(mailbox, close, temporal_none)
TEMPORAL_WORKFLOW_NAMED(patient_mailbox, "mailbox", temporal_none, temporal_int)
TEMPORAL_SIGNAL_NAMED(patient_mailbox, put, "put", temporal_value)

static atomic_bool mended; /* the code was, as if another version had been deployed */

TEMPORAL_ACTIVITY_DEFINE(price_of)
temporal_error *price_of(temporal_activity *attempt, order input, temporal_int *price)
{
    (void)attempt;
    *price = 0;
    for (size_t i = 0; i < input.lines.count; i++)
        *price += input.lines.items[i].price;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(known)
temporal_error *known(temporal_activity *attempt, temporal_none in, temporal_string *text)
{
    (void)attempt, (void)in;
    *text = "known";
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(unknown)
temporal_error *unknown(temporal_activity *attempt, temporal_none in, temporal_string *text)
{
    (void)attempt, (void)in;
    *text = "known by now";
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(priced)
temporal_error *priced(temporal_workflow *run, order input, temporal_int *price)
{
    return temporal_execute_activity(run, price_of, input, price, .start_to_close_timeout = 100);
}

/* Forgets the timeout, until it is mended. */
TEMPORAL_WORKFLOW_DEFINE(careless)
temporal_error *careless(temporal_workflow *run, temporal_none in, temporal_string *text)
{
    (void)in;
    return temporal_execute_activity(run, known, TEMPORAL_NONE, text,
                                     .start_to_close_timeout = atomic_load(&mended) ? 100 : 0);
}

TEMPORAL_WORKFLOW_DEFINE(calls_unknown)
temporal_error *calls_unknown(temporal_workflow *run, temporal_none in, temporal_string *text)
{
    const temporal_retry_policy soon = { .initial_interval = 0.1, .backoff_coefficient = 1 };

    (void)in;
    return temporal_execute_activity(run, unknown, TEMPORAL_NONE, text,
                                     .start_to_close_timeout = 100, .retry = &soon);
}

/* Calls by name what takes an order, with a text; or takes as a number what is a text. */
TEMPORAL_WORKFLOW_DEFINE(misfits)
temporal_error *misfits(temporal_workflow *run, temporal_string which, temporal_string *text)
{
    static const char wrong[] = "{\"lines\":[{\"price\":1},{\"price\":\"much\"}]}";
    const temporal_json input = { .text = wrong };
    const temporal_argument argument = { temporal_json_type(), &input };
    const temporal_activity_options options = { .struct_size = sizeof options,
                                                .start_to_close_timeout = 100,
                                                .retry = &(const temporal_retry_policy){
                                                    .maximum_attempts = 1 } };
    temporal_int number = 0;
    temporal_error *error;

    if (strcmp(which, "input") == 0)
        error = temporal_workflow_execute_activity(run, "price_of", &argument, 1,
                                                   temporal_int_type(), &number, &options);
    else
        error = temporal_workflow_execute_activity(run, "known", NULL, 0, temporal_int_type(),
                                                   &number, &options);
    *text = temporal_workflow_format(
        run, "%s",
        temporal_error_message(temporal_error_cause(error) ? temporal_error_cause(error) : error));
    return TEMPORAL_OK;
}

typedef struct letters {
    temporal_int size;
    bool closed;
} letters;

TEMPORAL_SIGNAL_DEFINE(mailbox, letters, put)
TEMPORAL_SIGNAL_DEFINE(mailbox, letters, close)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(mailbox, letters, &mailbox_put_handler, &mailbox_close_handler)

temporal_error *mailbox_put(temporal_workflow *run, letters *self, temporal_bytes bytes)
{
    (void)run;
    self->size += (temporal_int)bytes.size;
    return TEMPORAL_OK;
}

temporal_error *mailbox_close(temporal_workflow *run, letters *self, temporal_none none)
{
    (void)run, (void)none;
    self->closed = true;
    return TEMPORAL_OK;
}

temporal_error *mailbox(temporal_workflow *run, letters *self, temporal_none in, temporal_int *size)
{
    (void)in;
    TEMPORAL_WAIT_UNTIL(run, self->closed);
    *size = self->size;
    return TEMPORAL_OK;
}

/* The next version takes anything, and counts what is bytes. */
TEMPORAL_SIGNAL_DEFINE(patient_mailbox, letters, put)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(patient_mailbox, letters, &patient_mailbox_put_handler,
                                  &mailbox_close_handler)

temporal_error *patient_mailbox_put(temporal_workflow *run, letters *self, temporal_value value)
{
    temporal_bytes bytes;

    if (strcmp(value.encoding, "binary/plain") != 0)
        return TEMPORAL_OK;
    TEMPORAL_TRY(temporal_value_get(&value, temporal_bytes, &bytes));
    return mailbox_put(run, self, bytes);
}

temporal_error *patient_mailbox(temporal_workflow *run, letters *self, temporal_none in,
                                temporal_int *size)
{
    return mailbox(run, self, in, size);
}

/* --- the client's own ----------------------------------------------------------------------- */

static const char *queue;
static temporal_worker *worker;

static int set_up(void **state)
{
    fixture_connect(state);
    queue = test_unique("bad-input");
    worker = test_worker_start(
        client, .task_queue = queue,
        .workflows = TEMPORAL_WORKFLOWS(&priced_workflow, &careless_workflow, &misfits_workflow),
        .async.activities = TEMPORAL_ACTIVITIES(&known_activity, &price_of_activity));
    return 0;
}

static int tear_down(void **state)
{
    test_worker_stop(worker);
    return fixture_close(state);
}

static int break_code(void **state)
{
    (void)state;
    atomic_store(&mended, false);
    return 0;
}

static void a_wrong_target_or_namespace_is_named(void **state)
{
    temporal_client *none = NULL;
    char nobody[32];

    (void)state;
    snprintf(nobody, sizeof nobody, "127.0.0.1:%d", test_free_port());
    assert_fails(temporal_client_connect(&none, "over there"), INVALID_ARGUMENT, "\"over there\"");
    assert_fails(temporal_client_connect(&none, NULL), INVALID_ARGUMENT, "a target is required");
    assert_fails(temporal_client_connect(&none, nobody, .rpc_timeout = 0.3), UNAVAILABLE, nobody);
    assert_fails(temporal_client_connect(&none, test_server_address(), .namespace_name = "nowhere"),
                 NOT_FOUND, "nowhere");
    assert_null(none);
}

static void a_start_without_id_or_task_queue_is_refused(void **state)
{
    temporal_handle *handle = NULL;

    (void)state;
    assert_fails(temporal_start_workflow(client, careless, TEMPORAL_NONE, &handle, .id = "x"),
                 INVALID_ARGUMENT, ".task_queue");
    assert_fails(
        temporal_start_workflow(client, careless, TEMPORAL_NONE, &handle, .task_queue = queue),
        INVALID_ARGUMENT, ".id");
    assert_null(handle);
}

/* This program again, which connects before it makes a worker with processes. */
static int late_program(const char *address)
{
    temporal_client *own = NULL;
    temporal_worker *late = NULL;
    temporal_error *error;

    assert_ok(temporal_client_connect(&own, address));
    error = temporal_worker_new(&late, .task_queue = "late",
                                .processes.activities = TEMPORAL_ACTIVITIES(&known_activity));
    printf("refused: %s\n", temporal_error_message(error));
    temporal_error_free(error);
    temporal_client_free(own);
    return late != NULL;
}

static void a_fork_server_asked_for_too_late_names_both_remedies(void **state)
{
    test_process *program = test_process_run(test_program_path(), "late", test_server_address());
    const char *message = test_process_expect(program, "refused: ");

    (void)state;
    assert_contains(message, "make the worker before connecting a client");
    assert_contains(message, "temporal_fork_server_start() at the top of main");
    assert_int_equal(test_process_wait(program), 0);
    test_process_free(program);
}

/* --- what fails a task, and is mended ------------------------------------------------------- */

static temporal_handle *start_by_name(const char *workflow, const char *on,
                                      const temporal_type *type, const void *value)
{
    const temporal_argument input = { type, value };
    const temporal_start_options options = { .struct_size = sizeof options,
                                             .id = test_unique(workflow),
                                             .task_queue = on,
                                             .task_timeout = 1 };
    temporal_handle *handle = NULL;

    assert_ok(
        temporal_client_start_workflow(client, workflow, &input, type ? 1 : 0, &handle, &options));
    return handle;
}

static void expect_text(temporal_handle *handle, const char *expected)
{
    temporal_string text = "";

    assert_ok(temporal_handle_result(handle, temporal_string_type(), &text));
    assert_string_equal(text, expected);
    temporal_handle_free(handle);
}

static void expect_task_failure(temporal_handle *handle, const char *part)
{
    fixture_wait_for_event(handle, EVENT_TASK_FAILED);
    assert_contains(fixture_task_failure(handle), part);
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_RUNNING);
}

static void an_activity_without_a_timeout_fails_the_task_until_it_is_mended(void **state)
{
    temporal_handle *handle = start_by_name("careless", queue, NULL, NULL);

    (void)state;
    expect_task_failure(handle, "start_to_close_timeout");
    atomic_store(&mended, true);
    expect_text(handle, "known");
}

static void an_unknown_workflow_type_waits_for_a_worker_that_has_it(void **state)
{
    const char *on = test_unique("unknown-workflow");
    temporal_worker *has =
        test_worker_start(client, .task_queue = on,
                          .workflows = TEMPORAL_WORKFLOWS(&mailbox_workflow, &priced_workflow));
    temporal_handle *handle = start_by_name("careless", on, NULL, NULL);

    (void)state;
    expect_task_failure(handle, "workflow type careless is not registered");
    assert_contains(fixture_task_failure(handle), "mailbox");
    assert_contains(fixture_task_failure(handle), "priced");
    test_worker_stop(has);

    atomic_store(&mended, true);
    has = test_worker_start(client, .task_queue = on,
                            .workflows = TEMPORAL_WORKFLOWS(&careless_workflow),
                            .async.activities = TEMPORAL_ACTIVITIES(&known_activity));
    expect_text(handle, "known");
    test_worker_stop(has);
}

static bool is_refused(temporal_handle *handle)
{
    const temporal_workflow_description *now = test_describe(handle);

    return now->pending_activity_count == 1 && strstr(now->pending_activities[0].last_failure,
                                                      "activity type unknown is not registered");
}

static void an_unknown_activity_type_waits_for_a_worker_that_has_it(void **state)
{
    const char *on = test_unique("unknown-activity");
    temporal_worker *has = test_worker_start(
        client, .task_queue = on, .workflows = TEMPORAL_WORKFLOWS(&calls_unknown_workflow),
        .async.activities = TEMPORAL_ACTIVITIES(&known_activity, &price_of_activity));
    temporal_handle *handle = start_by_name("calls_unknown", on, NULL, NULL);

    (void)state;
    test_wait_for(is_refused(handle));
    assert_contains(test_describe(handle)->pending_activities[0].last_failure, "known, price_of");
    test_worker_stop(has);

    has = test_worker_start(client, .task_queue = on,
                            .workflows = TEMPORAL_WORKFLOWS(&calls_unknown_workflow),
                            .async.activities = TEMPORAL_ACTIVITIES(&unknown_activity));
    expect_text(handle, "known by now");
    test_worker_stop(has);
}

/* --- values that do not fit ------------------------------------------------------------------ */

static void an_input_of_a_workflow_that_does_not_fit_names_its_field(void **state)
{
    const temporal_json wrong = { .text = "{\"lines\":[{\"price\":1},{\"price\":\"much\"}]}" };
    temporal_handle *handle = start_by_name("priced", queue, temporal_json_type(), &wrong);

    (void)state;
    expect_task_failure(handle, "input of workflow priced: lines[1].price: expected");
    assert_ok(temporal_handle_terminate(handle, "the test is over", NULL, 0));
    temporal_handle_free(handle);
}

static void an_input_of_an_activity_that_does_not_fit_fails_it_with_the_field(void **state)
{
    const temporal_string which = "input";
    temporal_handle *handle = start_by_name("misfits", queue, temporal_string_type(), &which);
    temporal_string text = "";

    (void)state;
    assert_ok(temporal_get_result(handle, misfits, &text));
    assert_contains(text, "lines[1].price: expected");
    temporal_handle_free(handle);
}

static void a_result_that_does_not_fit_is_an_error_where_it_is_read(void **state)
{
    const temporal_string which = "result";
    temporal_handle *handle = start_by_name("misfits", queue, temporal_string_type(), &which);
    temporal_string text = "";
    temporal_int number = 0;

    (void)state;
    assert_ok(temporal_get_result(handle, misfits, &text));
    assert_contains(text, "expected");
    assert_fails(temporal_handle_result(handle, temporal_int_type(), &number), CONVERSION,
                 "expected");
    temporal_handle_free(handle);
}

static void a_signal_that_does_not_fit_waits_for_code_that_takes_it(void **state)
{
    const char *on = test_unique("signal");
    temporal_worker *has = test_worker_start(client, .task_queue = on,
                                             .workflows = TEMPORAL_WORKFLOWS(&mailbox_workflow));
    temporal_handle *handle = start_by_name("mailbox", on, NULL, NULL), *other;
    const temporal_int number = 7;
    const temporal_argument argument = { temporal_int_type(), &number };
    const temporal_bytes letter = { "hello", 5 }, nothing = { "", 0 };
    temporal_int size = 0;

    (void)state;
    assert_ok(temporal_handle_signal(handle, "put", &argument, 1));
    expect_task_failure(handle, "input of signal put (event ");
    assert_contains(fixture_task_failure(handle), "expected a string of base64, not a number");
    other = start_by_name("mailbox", on, NULL, NULL); /* the same worker serves this one */
    assert_ok(temporal_signal(other, mailbox, put, letter));
    assert_ok(temporal_signal(other, mailbox, close, TEMPORAL_NONE));
    assert_ok(temporal_get_result(other, mailbox, &size));
    assert_int_equal(size, 5);
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_RUNNING);
    temporal_handle_free(other);
    test_worker_stop(has);

    has = test_worker_start(client, .task_queue = on,
                            .workflows = TEMPORAL_WORKFLOWS(&patient_mailbox_workflow));
    assert_ok(temporal_signal(handle, mailbox, put, letter));
    assert_ok(temporal_signal(handle, mailbox, put, nothing));
    assert_ok(temporal_signal(handle, mailbox, close, TEMPORAL_NONE));
    assert_ok(temporal_get_result(handle, mailbox, &size));
    assert_int_equal(size, 5);
    test_worker_stop(has);
    temporal_handle_free(handle);
}

#define OF_BROKEN_CODE(test) cmocka_unit_test_setup(test, break_code)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_target_or_namespace_is_named),
        cmocka_unit_test(a_start_without_id_or_task_queue_is_refused),
        cmocka_unit_test(a_fork_server_asked_for_too_late_names_both_remedies),
        OF_BROKEN_CODE(an_activity_without_a_timeout_fails_the_task_until_it_is_mended),
        OF_BROKEN_CODE(an_unknown_workflow_type_waits_for_a_worker_that_has_it),
        OF_BROKEN_CODE(an_unknown_activity_type_waits_for_a_worker_that_has_it),
        OF_BROKEN_CODE(an_input_of_a_workflow_that_does_not_fit_names_its_field),
        OF_BROKEN_CODE(an_input_of_an_activity_that_does_not_fit_fails_it_with_the_field),
        OF_BROKEN_CODE(a_result_that_does_not_fit_is_an_error_where_it_is_read),
        OF_BROKEN_CODE(a_signal_that_does_not_fit_waits_for_code_that_takes_it),
    };

    if (argc == 3)
        return late_program(argv[2]);
    return fixture_run(tests, set_up, tear_down);
}
