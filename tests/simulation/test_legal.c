/* SPDX-License-Identifier: MIT */
/* test_legal.c -- the model's rules, held against histories that a real server wrote, against those
 * that the model writes, and against spoilt ones. */
#include <inttypes.h>
#include <string.h>

#include <temporal/log.h>

#include "converter/message.h"
#include "legal.h"
#include "simulation.h"
#include "tests/histories/corpus.h"
#include "tests/support/support.h"
#include "workflow/event.h"

static void what_the_server_recorded_is_legal(void **state)
{
    size_t count = 0;

    (void)state;
    for (const char *const *file = corpus_files(); *file; file++, count++) {
        Tp__History__History *history;
        tp_arena arena;
        char problem[256];

        tp_arena_init(&arena);
        history = corpus_read(&arena, *file);
        if (!legal_history(history->events, history->n_events, problem, sizeof(problem)))
            fail_msg("%s: %s", *file, problem);
        tp_arena_done(&arena);
    }
    assert_true(count >= 10);
}

static void check_model(const model *server, void *data)
{
    const uint64_t *seed = data;
    char problem[256];

    if (!legal_history(server->events, server->count, problem, sizeof(problem)))
        fail_msg("seed %" PRIu64 ": %s", *seed, problem);
}

static void what_the_model_writes_is_legal(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 500; seed++) {
        simulation_result result;

        assert_true(simulate(seed, false, NULL, check_model, &seed, &result));
    }
}

/* --- spoilt histories ---------------------------------------------------------------------- */

typedef struct shift {
    int64_t from, by; /* what names an event from there on */
    int64_t gone;     /* what names this one names none */
    size_t named;     /* how often it was */
} shift;

static bool names_an_event(const ProtobufCFieldDescriptor *field)
{
    const size_t size = strlen(field->name);

    return field->type == PROTOBUF_C_TYPE_INT64 && size >= 8 &&
           strcmp(field->name + size - 8, "event_id") == 0;
}

static void shift_value(const ProtobufCFieldDescriptor *field, void *value, void *data)
{
    shift *change = data;
    int64_t *id = value;

    if (!names_an_event(field))
        return;
    if (*id == change->gone) {
        change->named++;
        *id = 0;
    } else if (*id >= change->from) {
        *id += change->by;
    }
}

static bool is_legal(const Tp__History__History *history)
{
    char problem[256];

    return legal_history(history->events, history->n_events, problem, sizeof(problem));
}

/* An activity may time out or be cancelled before it starts, and a task time out: without the start
 * that is legal, too. */
static bool may_lack_start(const Tp__History__History *history, int64_t start)
{
    for (size_t i = 0; i < history->n_events; i++) {
        const tp_event *event = history->events[i];

        if (event->event_type == TP_EVENT(ACTIVITY_TASK_TIMED_OUT) &&
            event->activity_task_timed_out_event_attributes->started_event_id == start)
            return true;
        if (event->event_type == TP_EVENT(WORKFLOW_TASK_TIMED_OUT) &&
            event->workflow_task_timed_out_event_attributes->started_event_id == start)
            return true;
        if (event->event_type == TP_EVENT(ACTIVITY_TASK_CANCELED) &&
            event->activity_task_canceled_event_attributes->started_event_id == start)
            return true;
    }
    return false;
}

/* A failure that code gave the server names events, too, but nobody has to believe it. */
static bool tells_a_failure(const tp_event *event)
{
    if (event->event_type == TP_EVENT(WORKFLOW_EXECUTION_UPDATE_COMPLETED))
        return event->workflow_execution_update_completed_event_attributes->outcome->value_case ==
               TP__UPDATE__OUTCOME__VALUE_FAILURE;
    return event->event_type == TP_EVENT(WORKFLOW_EXECUTION_FAILED);
}

/* An event that others name is needed. */
static void drop(tp_arena *arena, const Tp__History__History *whole, size_t at)
{
    Tp__History__History *history = tp_message_copy(arena, &whole->base);
    shift change = { .from = (int64_t)at + 1, .by = -1, .gone = (int64_t)at + 1 };

    memmove(history->events + at, history->events + at + 1,
            (history->n_events - at - 1) * sizeof(*history->events));
    history->n_events--;
    for (size_t i = at; i < history->n_events; i++) {
        const size_t named = change.named;

        corpus_walk(&history->events[i]->base, shift_value, &change);
        if (tells_a_failure(history->events[i]))
            change.named = named;
    }
    if (change.named > 0 && !may_lack_start(whole, change.gone) && is_legal(history))
        fail_msg("without event %zu, which others name, it is still legal", at + 1);
}

/* What the server may write twice in a row. */
static bool may_repeat(const tp_event *event)
{
    switch ((int)event->event_type) {
    case TP_EVENT(MARKER_RECORDED):
    case TP_EVENT(START_CHILD_WORKFLOW_EXECUTION_INITIATED):
    case TP_EVENT(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED):
    case TP_EVENT(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED):
    case TP_EVENT(UPSERT_WORKFLOW_SEARCH_ATTRIBUTES):
    case TP_EVENT(WORKFLOW_PROPERTIES_MODIFIED):
    case TP_EVENT(WORKFLOW_EXECUTION_UPDATE_ACCEPTED):
    case TP_EVENT(WORKFLOW_EXECUTION_SIGNALED):
        return true;
    default:
        return tp_event_classify(event) == TP_EVENT_IGNORED;
    }
}

static void repeat(tp_arena *arena, const Tp__History__History *whole, size_t at)
{
    Tp__History__History *history = tp_message_copy(arena, &whole->base);
    tp_event **events = tp_arena_alloc(arena, (history->n_events + 1) * sizeof(tp_event *));
    shift change = { .from = (int64_t)at + 2, .by = 1, .gone = -1 };

    for (size_t i = at + 1; i < history->n_events; i++)
        corpus_walk(&history->events[i]->base, shift_value, &change);
    memcpy(events, history->events, (at + 1) * sizeof(tp_event *));
    events[at + 1] = tp_message_copy(arena, &history->events[at]->base);
    events[at + 1]->event_id++;
    memcpy(events + at + 2, history->events + at + 1,
           (history->n_events - at - 1) * sizeof(tp_event *));
    history->events = events;
    history->n_events++;
    if (!may_repeat(events[at]) && is_legal(history))
        fail_msg("with event %zu twice it is still legal", at + 1);
}

/* What names another event names itself: one number at a time. */
typedef struct misname {
    int64_t self;
    size_t skip;
    bool done;
} misname;

static void misname_value(const ProtobufCFieldDescriptor *field, void *value, void *data)
{
    misname *change = data;
    int64_t *id = value;

    if (!names_an_event(field) || *id == 0 || strcmp(field->name, "event_id") == 0 ||
        change->done || change->skip-- > 0)
        return;
    change->done = true;
    *id = change->self;
}

static size_t misname_all(tp_arena *arena, const Tp__History__History *whole, size_t at)
{
    for (size_t skip = 0;; skip++) {
        Tp__History__History *history = tp_message_copy(arena, &whole->base);
        misname change = { .self = (int64_t)at + 1, .skip = skip };

        corpus_walk(&history->events[at]->base, misname_value, &change);
        if (!change.done)
            return skip;
        if (is_legal(history))
            fail_msg("with number %zu of event %zu changed it is still legal", skip, at + 1);
    }
}

static void spoil(const Tp__History__History *history)
{
    size_t misnamed = 0;

    for (size_t at = 0; at < history->n_events; at++) {
        tp_arena arena;

        tp_arena_init(&arena);
        drop(&arena, history, at);
        repeat(&arena, history, at);
        if (!tells_a_failure(history->events[at]))
            misnamed += misname_all(&arena, history, at);
        tp_arena_done(&arena);
    }
    assert_true(misnamed > 0);
}

static void a_recorded_history_that_is_spoilt_is_refused(void **state)
{
    (void)state;
    for (const char *const *file = corpus_files(); *file; file++) {
        tp_arena arena;

        tp_arena_init(&arena);
        print_message("           %s\n", strrchr(*file, '/') + 1);
        spoil(corpus_read(&arena, *file));
        tp_arena_done(&arena);
    }
}

static void spoil_model(const model *server, void *data)
{
    Tp__History__History history;

    (void)data;
    tp__history__history__init(&history);
    history.events = server->events;
    history.n_events = server->count;
    spoil(&history);
}

static void a_modelled_history_that_is_spoilt_is_refused(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        simulation_result result;

        assert_true(simulate(seed, false, NULL, spoil_model, NULL, &result));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_server_recorded_is_legal),
        cmocka_unit_test(what_the_model_writes_is_legal),
        cmocka_unit_test(a_recorded_history_that_is_spoilt_is_refused),
        cmocka_unit_test(a_modelled_history_that_is_spoilt_is_refused),
    };

    temporal_log_set(TEMPORAL_LOG_ERROR, NULL, NULL); /* programs leave their handlers behind */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
