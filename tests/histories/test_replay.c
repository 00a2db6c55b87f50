/* SPDX-License-Identifier: MIT */
/* test_replay.c -- the histories of this folder through the code that they were recorded with: as
 * they are, in every form in which they may come, cut off, and changed. */
#include <string.h>

#include <temporal/diagnosis.h>
#include <temporal/replayer.h>

#include "tests/histories/corpus.h"
#include "tests/histories/workflows.h"
#include "tests/support/support.h"
#include "workflow/event.h"

static tp_arena arena;

static int set_up(void **state)
{
    (void)state;
    tp_arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tp_arena_done(&arena);
    return 0;
}

static temporal_error *replay_message(const Tp__History__History *history)
{
    tp_buffer encoded = { 0 };
    temporal_replay_history_source source;
    temporal_error *error;

    tp_message_pack(&encoded, &history->base);
    source = (temporal_replay_history_source){ .encoded = { encoded.data, encoded.size } };
    error =
        temporal_replay(.workflows = history_workflows, .histories = &source, .history_count = 1);
    tp_buffer_done(&encoded);
    return error;
}

static temporal_error *replay_text(const char *text)
{
    const temporal_replay_history_source source = { .json = text };

    return temporal_replay(.workflows = history_workflows, .histories = &source,
                           .history_count = 1);
}

/* --- as they are ----------------------------------------------------------------------------- */

struct told {
    size_t count, failed;
    char last_file[256], last_type[64], last_id[64];
};

static void count_result(const temporal_replay_result *result, void *data)
{
    struct told *told = data;

    told->count++;
    told->failed += result->error != NULL;
    snprintf(told->last_file, sizeof(told->last_file), "%s", result->file ? result->file : "");
    snprintf(told->last_type, sizeof(told->last_type), "%s", result->workflow_type);
    snprintf(told->last_id, sizeof(told->last_id), "%s", result->workflow_id);
}

static size_t count_files(void)
{
    size_t count = 0;

    while (corpus_files()[count])
        count++;
    return count;
}

static void T4_every_history_is_what_the_code_does(void **state)
{
    struct told told = { 0 };

    (void)state;
    assert_true(count_files() >= 10);
    assert_ok(temporal_replay(.workflows = history_workflows, .files = corpus_files(),
                              .on_result = count_result, .data = &told));
    assert_int_equal(told.count, count_files());
    assert_int_equal(told.failed, 0);
    assert_string_equal(told.last_file, corpus_files()[told.count - 1]);
    assert_string_not_equal(told.last_type, "");
    assert_non_null(strstr(told.last_file, told.last_type)); /* files are called so */
    assert_int_equal(strncmp(told.last_id, told.last_type, strlen(told.last_type)), 0);
}

/* "EVENT_TYPE_TIMER_FIRED" as "TimerFired", in place. */
static void respell(char *text)
{
    static const char prefix[] = "\"EVENT_TYPE_";
    char *to = text;

    while (*text) {
        bool capital = true;

        if (strncmp(text, prefix, sizeof(prefix) - 1) != 0) {
            *to++ = *text++;
            continue;
        }
        text += sizeof(prefix) - 1;
        *to++ = '"';
        for (; *text != '"'; text++)
            if (*text == '_') {
                capital = true;
            } else {
                *to++ = (char)(capital ? *text : *text | 0x20);
                capital = false;
            }
    }
    *to = '\0';
}

static void T4_histories_are_read_in_every_form(void **state)
{
    (void)state;
    for (const char *const *file = corpus_files(); *file; file++) {
        char *text = corpus_text(&arena, *file), *events;

        assert_ok(replay_text(text));
        respell(text);
        assert_null(strstr(text, "EVENT_TYPE_"));
        assert_ok(replay_text(text));
        events = strchr(text, '['); /* the events alone, as a list */
        *strrchr(text, '}') = '\0';
        assert_ok(replay_text(events));
        assert_ok(replay_message(corpus_read(&arena, *file)));
        tp_arena_done(&arena); /* it may be used again */
    }
}

/* --- cut off --------------------------------------------------------------------------------- */

static void T4_every_beginning_of_a_history_is_replayed(void **state)
{
    size_t cuts = 0;

    (void)state;
    for (const char *const *file = corpus_files(); *file; file++) {
        Tp__History__History *history = corpus_read(&arena, *file);
        size_t whole = history->n_events;

        for (history->n_events = 1; history->n_events < whole; history->n_events++) {
            const tp_event *last = history->events[history->n_events - 1];
            const tp_event *next = history->events[history->n_events];

            /* An answer is written as a whole: its commands stand with it. */
            if (last->event_type == TP_EVENT(WORKFLOW_TASK_COMPLETED) ||
                tp_event_classify(next) == TP_EVENT_COMMAND)
                continue;
            assert_ok(replay_message(history));
            cuts++;
        }
    }
    assert_true(cuts > 50);
}

static void T4_a_failed_task_at_the_end_is_no_matter(void **state)
{
    (void)state;
    for (const char *const *file = corpus_files(); *file; file++) {
        Tp__History__History *history = corpus_read(&arena, *file);
        tp_event failed;

        tp__history__history_event__init(&failed);
        failed.event_id = 4;
        failed.event_type = TP_EVENT(WORKFLOW_TASK_FAILED);
        history->events[3] = &failed;
        history->n_events = 4;
        assert_ok(replay_message(history));
    }
}

/* --- changed --------------------------------------------------------------------------------- */

/* The event where code and history part; fails the test when they do not. */
static int64_t parting(const Tp__History__History *history, const char *file, const char *what)
{
    temporal_error *error = replay_message(history);
    temporal_nondeterminism report;

    if (temporal_error_get_code(error) != TEMPORAL_ERROR_NONDETERMINISM)
        fail_msg("%s, %s: %s", file, what, error ? temporal_error_message(error) : "no error");
    assert_ok(temporal_error_detail(error, 0, temporal_nondeterminism, &report));
    temporal_error_free(error);
    return report.event_id;
}

static bool is_command(const Tp__History__History *history, size_t index)
{
    return index < history->n_events &&
           tp_event_classify(history->events[index]) == TP_EVENT_COMMAND;
}

struct shift {
    int64_t from, by;
};

static void shift_id(const ProtobufCFieldDescriptor *field, void *value, void *data)
{
    const struct shift *shift = data;
    const char *at = strstr(field->name, "event_id");

    if (field->type == PROTOBUF_C_TYPE_INT64 && at && !at[strlen("event_id")] &&
        *(int64_t *)value >= shift->from)
        *(int64_t *)value += shift->by;
}

static Tp__History__History *shifted(Tp__History__History *history, int64_t from, int64_t by)
{
    struct shift shift = { from, by };

    corpus_walk(&history->base, shift_id, &shift);
    return history;
}

static void drop(Tp__History__History *history, size_t index)
{
    memmove(&history->events[index], &history->events[index + 1],
            (history->n_events - index - 1) * sizeof(history->events[0]));
    history->n_events--;
    shifted(history, (int64_t)index + 1, -1);
}

/* Another thing in its place, which no workflow here does. */
static void change(Tp__History__History *history, size_t index)
{
    tp_event *event = history->events[index];
    Tp__History__MarkerRecordedEventAttributes *marker = tp_arena_alloc(&arena, sizeof(*marker));

    tp__history__marker_recorded_event_attributes__init(marker);
    marker->marker_name = tp_arena_strdup(&arena, "by somebody else");
    event->event_type = TP_EVENT(MARKER_RECORDED);
    event->attributes_case =
        TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_MARKER_RECORDED_EVENT_ATTRIBUTES;
    event->marker_recorded_event_attributes = marker;
}

static void add(Tp__History__History *history, size_t index)
{
    tp_event **events = tp_arena_alloc(&arena, (history->n_events + 1) * sizeof(*events));
    tp_event *twin;

    shifted(history, (int64_t)index + 2, 1);
    twin = tp_message_copy(&arena, &history->events[index]->base);
    memcpy(events, history->events, (index + 1) * sizeof(*events));
    memcpy(events + index + 2, history->events + index + 1,
           (history->n_events - index - 1) * sizeof(*events));
    events[index + 1] = twin;
    twin->event_id = (int64_t)index + 2;
    history->events = events;
    history->n_events++;
}

static void swap(Tp__History__History *history, size_t index)
{
    tp_event *first = history->events[index];

    history->events[index] = history->events[index + 1];
    history->events[index]->event_id = (int64_t)index + 1;
    history->events[index + 1] = first;
    first->event_id = (int64_t)index + 2;
}

static bool is_marker(const Tp__History__History *history, size_t index, const char *name)
{
    const Tp__History__MarkerRecordedEventAttributes *marker =
        tp_event_attributes(history->events[index], MARKER_RECORDED, marker_recorded);

    return marker && strcmp(marker->marker_name, name) == 0;
}

/* What the engine takes as it comes: the search attribute that goes with a patch (others write it
 * sometimes), the order in which local activities have ended, and when an update is accepted that
 * the server brought as an event: a later task may do it. */
static bool is_free(const Tp__History__History *history, size_t index, bool pairs)
{
    const char *local = "core_local_activity";

    const Tp__History__WorkflowExecutionUpdateAcceptedEventAttributes *accepted =
        tp_event_attributes(history->events[index], WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
                            workflow_execution_update_accepted);

    if (pairs && is_marker(history, index, local) && is_marker(history, index + 1, local))
        return true;
    if (accepted && !accepted->accepted_request)
        return true;
    return history->events[index]->event_type == TP_EVENT(UPSERT_WORKFLOW_SEARCH_ATTRIBUTES) &&
           is_marker(history, index - 1, "core_patch");
}

typedef void (*mutation)(Tp__History__History *history, size_t index);

/* The last event that the task behind that one sees: its start, or what its answer holds. */
static int64_t end_of_task(const Tp__History__History *history, size_t index)
{
    size_t at = index;

    while (at < history->n_events &&
           history->events[at]->event_type != TP_EVENT(WORKFLOW_TASK_STARTED))
        at++;
    return at < history->n_events ? (int64_t)at + 1 : (int64_t)history->n_events;
}

/* Each command's event of each history in turn; the report must be of the event `shift` behind the
 * changed one, or, when exact is not set, of one from the event before it to the end of its task.
 */
static void mutate(mutation change_one, const char *what, int64_t shift, bool exact, bool pairs)
{
    size_t done = 0;

    for (const char *const *file = corpus_files(); *file; file++) {
        size_t count = corpus_read(&arena, *file)->n_events;

        for (size_t i = 0; i < count; i++) {
            Tp__History__History *history = corpus_read(&arena, *file);
            int64_t expected = (int64_t)i + 1 + shift, at;

            if (!is_command(history, i) || (pairs && !is_command(history, i + 1)) ||
                ((!exact || pairs) && is_free(history, i, pairs)))
                continue;
            change_one(history, i);
            at = parting(history, *file, what);
            if (at < expected || at > (exact ? expected : end_of_task(history, i)))
                fail_msg("%s, %s event %zu: reported at %lld", *file, what, i + 1, (long long)at);
            done++;
            tp_arena_done(&arena);
        }
    }
    assert_true(done > (pairs ? 5 : 25));
}

static void T4_a_changed_command_is_found_where_it_stands(void **state)
{
    (void)state;
    mutate(change, "changed", 0, true, false);
}

static void T4_a_command_too_many_is_found_where_it_stands(void **state)
{
    (void)state;
    mutate(add, "added", 1, true, false);
}

static void T4_swapped_commands_are_found_where_they_stand(void **state)
{
    (void)state;
    mutate(swap, "swapped", 0, true, true);
}

/* What should have met it meets what follows, at the latest the next task. */
static void T4_a_missing_command_is_found_in_its_task(void **state)
{
    (void)state;
    mutate(drop, "dropped", -1, false, false);
}

/* --- what is no history ---------------------------------------------------------------------- */

static void T4_what_is_no_history_is_refused(void **state)
{
    const temporal_replay_history_source nothing = { .json = NULL };
    static const uint8_t bytes[] = { 0x0a, 0x7f };
    const temporal_replay_history_source wrong = { .encoded = { bytes, sizeof(bytes) } };
    temporal_error *error;

    (void)state;
    assert_fails(replay_text("{"), CONVERSION, "byte 1");
    assert_fails(replay_text("{}"), INVALID_ARGUMENT, "WorkflowExecutionStarted");
    assert_fails(replay_text("{\"events\":[{\"eventId\":1,\"eventTime\":5}]}"), CONVERSION,
                 "events[0].event_time");
    assert_fails(replay_text("{\"events\":[{\"eventId\":\"7\",\"eventType\":1,"
                             "\"workflowExecutionStartedEventAttributes\":"
                             "{\"workflowType\":{\"name\":\"with_timers\"}}}]}"),
                 INVALID_ARGUMENT, "does not begin with event 1");
    assert_fails(replay_text("{\"events\":[{\"eventId\":\"1\",\"eventType\":1,"
                             "\"workflowExecutionStartedEventAttributes\":"
                             "{\"workflowType\":{\"name\":\"greet\"}}}]}"),
                 NOT_FOUND, "workflow type greet is not registered");
    assert_fails(
        temporal_replay(.workflows = history_workflows, .histories = &nothing, .history_count = 1),
        INVALID_ARGUMENT, "needs .json or .encoded");
    assert_fails(
        temporal_replay(.workflows = history_workflows, .histories = &wrong, .history_count = 1),
        CONVERSION, "no temporal.api.history.v1.History");
    assert_fails(temporal_replay(.workflows = history_workflows,
                                 .files = (const char *const[]){ "/no/such/file", NULL }),
                 SYSTEM, "cannot open the history /no/such/file");
    assert_fails(temporal_replay(.workflows = history_workflows), INVALID_ARGUMENT, ".files");
    assert_fails(temporal_replay(.files = corpus_files()), INVALID_ARGUMENT, ".workflows");
    error = temporal_replay_history(&with_timers_workflow, corpus_text(&arena, corpus_files()[0]));
    assert_fails(error, NOT_FOUND, "which has: with_timers");
}

static void T4_all_are_replayed_unless_the_first_failure_is_enough(void **state)
{
    const char *files[] = { "/no/such/file", corpus_files()[0], "/nor/this", NULL };
    struct told told = { 0 };

    (void)state;
    assert_fails(temporal_replay(.workflows = history_workflows, .files = files,
                                 .on_result = count_result, .data = &told),
                 SYSTEM, "/no/such/file");
    assert_int_equal(told.count, 3);
    assert_int_equal(told.failed, 2);
    told = (struct told){ 0 };
    assert_fails(temporal_replay(.workflows = history_workflows, .files = files,
                                 .stop_at_first_failure = true, .on_result = count_result,
                                 .data = &told),
                 SYSTEM, "/no/such/file");
    assert_int_equal(told.count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(T4_every_history_is_what_the_code_does),
        TEST(T4_histories_are_read_in_every_form),
        TEST(T4_every_beginning_of_a_history_is_replayed),
        TEST(T4_a_failed_task_at_the_end_is_no_matter),
        TEST(T4_a_changed_command_is_found_where_it_stands),
        TEST(T4_a_command_too_many_is_found_where_it_stands),
        TEST(T4_swapped_commands_are_found_where_they_stand),
        TEST(T4_a_missing_command_is_found_in_its_task),
        TEST(T4_what_is_no_history_is_refused),
        TEST(T4_all_are_replayed_unless_the_first_failure_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
