/* SPDX-License-Identifier: MIT */
/* test_only_looking.c -- queries and validators that do more than look, and queries of runs that a
 * worker has never seen: F3, F15, F16. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/end_to_end/fixture.h"

TEMPORAL_WORKFLOW(ledger, temporal_int, temporal_int)
TEMPORAL_SIGNAL(ledger, close, temporal_none)
TEMPORAL_QUERY(ledger, total, temporal_none, temporal_int)
TEMPORAL_QUERY(ledger, spoil, temporal_none, temporal_int)
TEMPORAL_QUERY(ledger, doze, temporal_none, temporal_none)
TEMPORAL_QUERY(ledger, begin, temporal_none, temporal_none)
TEMPORAL_UPDATE(ledger, book, temporal_int, temporal_int)

typedef struct pages {
    temporal_int total;
    bool closed;
} pages;

enum {
    PROPER,
    CHANGES,
    BEGINS,
    WAITS
};
static atomic_int manners; /* of the validator, as if other versions had been deployed */

TEMPORAL_SIGNAL_DEFINE(ledger, pages, close)
TEMPORAL_QUERY_DEFINE(ledger, pages, total)
TEMPORAL_QUERY_DEFINE(ledger, pages, spoil)
TEMPORAL_QUERY_DEFINE(ledger, pages, doze)
TEMPORAL_QUERY_DEFINE(ledger, pages, begin)
TEMPORAL_UPDATE_VALIDATED_DEFINE(ledger, pages, book)
TEMPORAL_DYNAMIC_QUERY_DEFINE(anything, NULL)
TEMPORAL_STATEFUL_WORKFLOW_DEFINE(ledger, pages, &ledger_close_handler, &ledger_total_handler,
                                  &ledger_spoil_handler, &ledger_doze_handler,
                                  &ledger_begin_handler, &ledger_book_handler, &anything_handler)

/* A query of any other name; "rob" does what it should not. */
static temporal_error *anything(temporal_workflow *run, void *self, const char *name,
                                const temporal_value *inputs, size_t count, temporal_value *output)
{
    temporal_int size = (temporal_int)strlen(name);

    (void)inputs, (void)count;
    if (strcmp(name, "rob") == 0)
        ((pages *)self)->total = 0;
    return temporal_workflow_write(run, output, temporal_int_type(), &size);
}

/* Fails when it is closed with less than nothing. */
temporal_error *ledger(temporal_workflow *run, pages *self, temporal_int in, temporal_int *out)
{
    self->total += in;
    TEMPORAL_WAIT_UNTIL(run, self->closed);
    *out = self->total;
    return self->total < 0 ? temporal_error_application("Broke", "nothing left") : TEMPORAL_OK;
}

temporal_error *ledger_close(temporal_workflow *run, pages *self, temporal_none none)
{
    (void)run, (void)none;
    self->closed = true;
    return TEMPORAL_OK;
}

temporal_error *ledger_total(temporal_workflow *run, const pages *self, temporal_none none,
                             temporal_int *total)
{
    (void)run, (void)none;
    *total = self->total;
    return TEMPORAL_OK;
}

static void change(const pages *self)
{
    pages *mine = (pages *)(uintptr_t)self; /* what const forbids */

    mine->total = 0;
    mine->closed = true;
}

temporal_error *ledger_spoil(temporal_workflow *run, const pages *self, temporal_none none,
                             temporal_int *total)
{
    (void)run, (void)none;
    change(self);
    *total = self->total;
    return TEMPORAL_OK;
}

temporal_error *ledger_doze(temporal_workflow *run, const pages *self, temporal_none none,
                            temporal_none *out)
{
    (void)self, (void)none, (void)out;
    return temporal_workflow_sleep(run, 0.01);
}

temporal_error *ledger_begin(temporal_workflow *run, const pages *self, temporal_none none,
                             temporal_none *out)
{
    (void)self, (void)none, (void)out;
    (void)temporal_workflow_start_timer(run, 0.01); /* hidden */
    return TEMPORAL_OK;
}

temporal_error *ledger_book_validate(temporal_workflow *run, const pages *self, temporal_int amount)
{
    (void)amount;
    if (atomic_load(&manners) == CHANGES)
        change(self);
    if (atomic_load(&manners) == BEGINS)
        (void)temporal_workflow_start_timer(run, 0.01);
    return atomic_load(&manners) == WAITS ? temporal_workflow_sleep(run, 0.01) : TEMPORAL_OK;
}

temporal_error *ledger_book(temporal_workflow *run, pages *self, temporal_int amount,
                            temporal_int *total)
{
    (void)run;
    *total = self->total += amount;
    return TEMPORAL_OK;
}

static const char *queue;
static temporal_worker *worker;

static temporal_worker *start_worker(const char *on)
{
    return test_worker_start(client, .task_queue = on,
                             .workflows = TEMPORAL_WORKFLOWS(&ledger_workflow));
}

static int set_up(void **state)
{
    (void)state;
    queue = test_unique("only-looking");
    worker = start_worker(queue);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_worker_stop(worker);
    return 0;
}

static temporal_handle *start(temporal_int opening)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, ledger, opening, &handle, .id = test_unique("ledger"),
                                      .task_queue = queue, .task_timeout = 1));
    return handle;
}

static temporal_int total_of(temporal_handle *handle)
{
    temporal_int total = -1;

    assert_ok(temporal_query(handle, ledger, total, TEMPORAL_NONE, &total));
    return total;
}

static void expect_end(temporal_handle *handle, temporal_int expected)
{
    temporal_int total = -1;

    assert_ok(temporal_signal(handle, ledger, close, TEMPORAL_NONE));
    assert_ok(temporal_get_result(handle, ledger, &total));
    assert_int_equal(total, expected);
    temporal_handle_free(handle);
}

/* --- more than looking ----------------------------------------------------------------------- */

static void F3_a_query_that_changes_waits_or_begins_fails_and_harms_nothing(void **state)
{
    temporal_handle *handle = start(7);
    temporal_int spoilt = 0;

    (void)state;
    assert_int_equal(total_of(handle), 7);
    assert_fails(temporal_query(handle, ledger, spoil, TEMPORAL_NONE, &spoilt), QUERY_REJECTED,
                 "query spoil: a query only looks, it may not change the state");
    assert_fails(temporal_query(handle, ledger, doze, TEMPORAL_NONE, NULL), QUERY_REJECTED,
                 "query doze: a query only looks, it may not call temporal_workflow_sleep");
    assert_fails(temporal_query(handle, ledger, begin, TEMPORAL_NONE, NULL), QUERY_REJECTED,
                 "query begin: a query only looks, it may not call temporal_workflow_start_timer");
    assert_int_equal(total_of(handle), 7);
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_RUNNING);
    assert_int_equal(fixture_count_events(handle, EVENT_TIMER_STARTED), 0);
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_FAILED), 0);
    expect_end(handle, 7);
}

typedef struct booking {
    pthread_t thread;
    temporal_handle *handle;
    temporal_int total;
} booking;

/* It is answered when the code has been mended. */
static void *book(void *data)
{
    booking *self = data;

    assert_ok(temporal_execute_update(self->handle, ledger, book, 5, &self->total));
    return NULL;
}

static void F16_a_validator_that_does_more_than_look_fails_the_task_and_loses_nothing(void **state)
{
    const struct {
        int manners;
        const char *told;
    } rows[] = { { CHANGES, "validator of update book: a validator only looks, it may not change" },
                 { BEGINS, "it may not call temporal_workflow_start_timer" },
                 { WAITS, "it may not call temporal_workflow_sleep" } };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        booking self = { .handle = start(7) };
        temporal_handle *other = start(1);

        assert_int_equal(total_of(self.handle), 7);
        atomic_store(&manners, rows[i].manners);
        assert_int_equal(pthread_create(&self.thread, NULL, book, &self), 0);
        fixture_wait_for_event(self.handle, EVENT_TASK_FAILED);
        assert_contains(fixture_task_failure(self.handle), rows[i].told);
        assert_int_equal(test_describe(self.handle)->status, TEMPORAL_STATUS_RUNNING);
        expect_end(other, 1); /* the worker serves others meanwhile */
        atomic_store(&manners, PROPER);
        pthread_join(self.thread, NULL);
        assert_int_equal(self.total, 12);
        expect_end(self.handle, 12);
    }
}

static void F3_a_dynamic_query_takes_every_other_name_and_only_looks_too(void **state)
{
    temporal_handle *handle = start(7);
    temporal_int size = 0;

    (void)state;
    assert_ok(temporal_handle_query(handle, "whatever it is", NULL, 0, temporal_int_type(), &size));
    assert_int_equal(size, strlen("whatever it is"));
    assert_fails(temporal_handle_query(handle, "rob", NULL, 0, temporal_int_type(), &size),
                 QUERY_REJECTED, "query rob: a query only looks, it may not change the state");
    expect_end(handle, 7);
}

/* --- runs that a worker has never seen ------------------------------------------------------- */

static void F15_queries_read_runs_that_their_worker_has_never_seen(void **state)
{
    temporal_handle *handles[4], *unbegun = NULL;
    temporal_error *error;

    (void)state;
    for (int i = 0; i < 4; i++) {
        handles[i] = start(i == 2 ? -3 : 10 + i);
        test_wait_for(total_of(handles[i]) == (i == 2 ? -3 : 10 + i));
    }
    /* 0 runs, 1 has completed, 2 has failed, 3 was terminated. */
    for (int i = 1; i < 3; i++)
        assert_ok(temporal_signal(handles[i], ledger, close, TEMPORAL_NONE));
    assert_ok(temporal_get_result(handles[1], ledger, NULL));
    error = temporal_get_result(handles[2], ledger, NULL);
    assert_has(error, APPLICATION);
    temporal_error_free(error);
    assert_ok(temporal_handle_terminate(handles[3], "the test wants it", NULL, 0));
    test_worker_stop(worker);

    unbegun = start(14); /* its first task has yet to come */
    worker = start_worker(queue);
    assert_int_equal(total_of(unbegun), 14);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(total_of(handles[i]), i == 2 ? -3 : 10 + i);
        assert_int_equal(total_of(handles[i]), i == 2 ? -3 : 10 + i);
    }
    for (int i = 1; i < 4; i++)
        temporal_handle_free(handles[i]);
    expect_end(handles[0], 10);
    expect_end(unbegun, 14);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(F3_a_query_that_changes_waits_or_begins_fails_and_harms_nothing),
        TEST(F3_a_dynamic_query_takes_every_other_name_and_only_looks_too),
        TEST(F16_a_validator_that_does_more_than_look_fails_the_task_and_loses_nothing),
        TEST(F15_queries_read_runs_that_their_worker_has_never_seen),
    };

    return fixture_run(tests, fixture_connect, fixture_close);
}
