/* SPDX-License-Identifier: MIT */
/* test_next_runs.c -- what a cron run knows of those before it, and when the server suggests to
 * continue as new: F12. */
#include <string.h>

#include "tests/end_to_end/fixture.h"

/* --- a cron, one of whose runs fails --------------------------------------------------------- */

typedef struct clock_state {
    const char *story;
} clock_state;

TEMPORAL_WORKFLOW(clockwork, temporal_none, temporal_int)
TEMPORAL_QUERY(clockwork, story, temporal_none, temporal_string)
TEMPORAL_QUERY_DEFINE(clockwork, clock_state, story)
temporal_error *clockwork_story(temporal_workflow *run, const clock_state *self, temporal_none none,
                                temporal_string *story)
{
    (void)run, (void)none;
    *story = self->story ? self->story : "";
    return TEMPORAL_OK;
}

/* The first run completes, the second fails, the third tells what they have left, and stays. */
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(clockwork, clock_state, &clockwork_story_handler)
temporal_error *clockwork(temporal_workflow *run, clock_state *self, temporal_none none,
                          temporal_int *out)
{
    const temporal_error *failure = temporal_workflow_last_failure(run);
    temporal_int last = 0;
    temporal_error *error = temporal_workflow_last_result(run, temporal_int_type(), &last);

    (void)none;
    *out = 41;
    if (temporal_error_find(error, TEMPORAL_ERROR_NOT_FOUND))
        return failure ? temporal_error_application("Wrong", "nothing has failed") : TEMPORAL_OK;
    TEMPORAL_TRY(error);
    if (!failure)
        return temporal_error_application("Broken", "it fell");
    self->story =
        temporal_workflow_format(run, "%d, then %s: %s", (int)last, temporal_error_type(failure),
                                 temporal_error_message(failure));
    return temporal_workflow_sleep(run, TEMPORAL_HOUR);
}

static const char *queue;
static temporal_worker *worker;

static const char *story_of(temporal_handle *handle)
{
    temporal_string story = "";

    temporal_handle_release_results(handle);
    assert_ok(temporal_query(handle, clockwork, story, TEMPORAL_NONE, &story));
    return story;
}

static void F12_a_cron_run_knows_the_last_result_and_what_the_one_before_failed_with(void **state)
{
    const char *id = test_unique("clockwork");
    temporal_handle *handle = NULL, *current = NULL;

    (void)state;
    assert_ok(temporal_start_workflow(client, clockwork, TEMPORAL_NONE, &handle, .id = id,
                                      .task_queue = queue, .cron = "@every 1s"));
    assert_ok(temporal_client_get_handle(client, id, NULL, &current));
    test_wait_for(*story_of(current));
    assert_string_equal(story_of(current), "41, then Broken: it fell");
    assert_ok(temporal_handle_terminate(current, "the test is over", NULL, 0));
    temporal_handle_free(current);
    temporal_handle_free(handle);
}

/* --- a history that is long enough ----------------------------------------------------------- */

enum {
    LETTER = 1000 * 1000,
    MOST_LETTERS = 30
};

typedef struct box_state {
    temporal_int letters;
} box_state;

/* Goes on as a new run when the server suggests it, with how many letters had come by then. */
TEMPORAL_WORKFLOW(box, temporal_int, temporal_int)
TEMPORAL_SIGNAL(box, put, temporal_string)
TEMPORAL_SIGNAL_DEFINE(box, box_state, put)
temporal_error *box_put(temporal_workflow *run, box_state *self, temporal_string letter)
{
    (void)run, (void)letter;
    self->letters++;
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(box, box_state, &box_put_handler)
temporal_error *box(temporal_workflow *run, box_state *self, temporal_int before, temporal_int *out)
{
    *out = before;
    if (before > 0)
        return temporal_workflow_continue_suggested(run)
                   ? temporal_error_application("Wrong", "a new history is not long")
                   : TEMPORAL_OK;
    TEMPORAL_WAIT_UNTIL(run, temporal_workflow_continue_suggested(run));
    if (temporal_workflow_history_size(run) < self->letters * LETTER)
        return temporal_error_application("Wrong", "it is longer than that");
    return temporal_continue_as_new(run, box, self->letters);
}

/* Each letter is four events, with its task. False: the run has ended by then. */
static bool has_taken(temporal_handle *run, int letters)
{
    test_wait_for(test_describe(run)->history_length >= 4 * (letters + 1) ||
                  test_describe(run)->status != TEMPORAL_STATUS_RUNNING);
    return test_describe(run)->status == TEMPORAL_STATUS_RUNNING;
}

static void F12_the_server_suggests_to_continue_as_new_when_history_is_long(void **state)
{
    char *letter = test_malloc(LETTER + 1);
    temporal_handle *handle = NULL, *first = NULL;
    temporal_int letters = 0;
    int sent = 0;

    (void)state;
    memset(letter, 'x', LETTER);
    letter[LETTER] = '\0';
    assert_ok(temporal_start_workflow(client, box, 0, &handle, .id = test_unique("box"),
                                      .task_queue = queue));
    assert_ok(temporal_client_get_handle(client, temporal_handle_id(handle),
                                         temporal_handle_run_id(handle), &first));
    while (sent < MOST_LETTERS && has_taken(first, sent)) {
        assert_ok(temporal_signal(first, box, put, letter));
        sent++;
    }
    assert_ok(temporal_get_result(handle, box, &letters));
    assert_int_equal(letters, sent);
    assert_in_range(letters, 2, MOST_LETTERS);
    temporal_handle_free(first);
    temporal_handle_free(handle);
    test_free(letter);
}

static int set_up(void **state)
{
    fixture_connect(state);
    queue = test_unique("next-runs");
    worker = test_worker_start(client, .task_queue = queue,
                               .workflows = TEMPORAL_WORKFLOWS(&clockwork_workflow, &box_workflow));
    return 0;
}

static int tear_down(void **state)
{
    test_worker_stop(worker);
    return fixture_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F12_a_cron_run_knows_the_last_result_and_what_the_one_before_failed_with),
        cmocka_unit_test(F12_the_server_suggests_to_continue_as_new_when_history_is_long),
    };

    return fixture_run(tests, set_up, tear_down);
}
