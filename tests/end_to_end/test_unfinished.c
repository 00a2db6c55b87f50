/* SPDX-License-Identifier: MIT */
/* test_unfinished.c -- a run that ends while handlers of signals and updates are under way: what
 * the log says, and what the server tells who waits for an answer: F16. */
#include <pthread.h>
#include <string.h>

#include "tests/end_to_end/updates.h"

TEMPORAL_WORKFLOW(leaver, temporal_bool, temporal_string)
TEMPORAL_SIGNAL(leaver, linger, temporal_none)
TEMPORAL_SIGNAL(leaver, leave, temporal_none)
TEMPORAL_UPDATE(leaver, ask, temporal_string, temporal_string)

typedef struct leaving {
    temporal_unfinished_policy policy;
    bool left;
} leaving;

TEMPORAL_SIGNAL_DEFINE(leaver, leaving, linger)
TEMPORAL_SIGNAL_DEFINE(leaver, leaving, leave)
TEMPORAL_UPDATE_DEFINE(leaver, leaving, ask)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(leaver, leaving, &leaver_linger_handler, &leaver_leave_handler,
                                  &leaver_ask_handler)

temporal_error *leaver_linger(temporal_workflow *run, leaving *self, temporal_none in)
{
    (void)in;
    temporal_workflow_set_unfinished_policy(run, self->policy);
    return temporal_workflow_sleep(run, TEMPORAL_DAY);
}

temporal_error *leaver_leave(temporal_workflow *run, leaving *self, temporal_none in)
{
    (void)run, (void)in;
    self->left = true;
    return TEMPORAL_OK;
}

temporal_error *leaver_ask(temporal_workflow *run, leaving *self, temporal_string in,
                           temporal_string *out)
{
    temporal_workflow_set_unfinished_policy(run, self->policy);
    TEMPORAL_TRY(temporal_workflow_sleep(run, TEMPORAL_DAY));
    *out = temporal_workflow_format(run, "%s?", in);
    return TEMPORAL_OK;
}

temporal_error *leaver(temporal_workflow *run, leaving *self, temporal_bool abandon,
                       temporal_string *text)
{
    self->policy = abandon ? TEMPORAL_UNFINISHED_ABANDON : TEMPORAL_UNFINISHED_WARN;
    TEMPORAL_WAIT_UNTIL(run, self->left);
    *text = temporal_workflow_all_handlers_finished(run) ? "alone" : "in company";
    return TEMPORAL_OK;
}

/* --- the log --------------------------------------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char warnings[4096];
static size_t warning_count;

static void on_record(const temporal_log_record *record, void *data)
{
    (void)data;
    if (record->level < TEMPORAL_LOG_WARN)
        return;
    pthread_mutex_lock(&mutex);
    (void)snprintf(warnings, sizeof warnings, "%s", record->message);
    warning_count++;
    pthread_mutex_unlock(&mutex);
}

static size_t count_warnings(void)
{
    size_t count;

    pthread_mutex_lock(&mutex);
    count = warning_count;
    pthread_mutex_unlock(&mutex);
    return count;
}

/* --- the tests ------------------------------------------------------------------------------- */

static const char *queue;
static temporal_worker *worker;

static int set_up(void **state)
{
    (void)state;
    queue = test_unique("unfinished");
    worker = test_worker_start(client, .task_queue = queue,
                               .workflows = TEMPORAL_WORKFLOWS(&leaver_workflow));
    warning_count = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_worker_stop(worker);
    return 0;
}

/* A signal's and an update's handler wait for a day when the workflow returns. */
static temporal_handle *run_and_leave(bool abandon)
{
    temporal_handle *handle = NULL;
    temporal_string text;

    assert_ok(temporal_start_workflow(client, leaver, abandon, &handle, .id = test_unique("leaver"),
                                      .task_queue = queue));
    assert_ok(temporal_signal(handle, leaver, linger, TEMPORAL_NONE));
    updates_start(handle, "u-1", "ask", "\"why\"");
    assert_ok(temporal_signal(handle, leaver, leave, TEMPORAL_NONE));
    assert_ok(temporal_get_result(handle, leaver, &text));
    assert_string_equal(text, "in company");
    assert_int_equal(fixture_count_events(handle, EVENT_UPDATE_ACCEPTED), 1);
    assert_int_equal(fixture_count_events(handle, EVENT_UPDATE_COMPLETED), 0);
    return handle;
}

/* Who waits for the answer hears at once that there will be none. */
static void expect_no_answer(temporal_handle *handle)
{
    const char *said = updates_execute(handle, "u-1", "ask", "\"why\"");

    assert_contains(said, "failed AcceptedUpdateCompletedWorkflow: ");
}

static void F16_a_run_that_leaves_handlers_behind_warns_once_and_their_caller_is_told(void **state)
{
    temporal_handle *handle = run_and_leave(false);
    char expected[256];

    (void)state;
    (void)snprintf(expected, sizeof expected,
                   "workflow %s (run %s) ends before its handlers do: ", temporal_handle_id(handle),
                   temporal_handle_run_id(handle));
    assert_int_equal(count_warnings(), 1);
    assert_contains(warnings, expected);
    assert_contains(warnings, "signal linger, update ask (u-1)");
    expect_no_answer(handle);
    assert_int_equal(count_warnings(), 1);
    temporal_handle_free(handle);
}

static void F16_a_handler_that_may_be_left_behind_is_no_warning(void **state)
{
    temporal_handle *handle = run_and_leave(true);

    (void)state;
    assert_int_equal(count_warnings(), 0);
    expect_no_answer(handle);
    temporal_handle_free(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            F16_a_run_that_leaves_handlers_behind_warns_once_and_their_caller_is_told, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(F16_a_handler_that_may_be_left_behind_is_no_warning, set_up,
                                        tear_down),
    };

    temporal_log_set(TEMPORAL_LOG_WARN, on_record, NULL);
    return fixture_run(tests, fixture_connect, fixture_close);
}
