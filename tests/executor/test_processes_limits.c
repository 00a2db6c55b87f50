/* SPDX-License-Identifier: MIT */
/* tests/executor/test_processes_limits.c -- payloads of every size, and of more than a slot takes:
 * a clear failure that is not retried, and the pool goes on. */
#include <string.h>

#include "base/alloc.h"
#include "tests/executor/rogue.h"

#define LIMIT ((size_t)3 << 20)

static struct harness harness;

/* "large" bytes are made in the activity; "beat": of a heartbeat. */
static temporal_error *make_large(temporal_activity *activity, const void *in, void *out)
{
    temporal_bytes *result = out;
    size_t size = (size_t) * (const temporal_int *)in;

    *result = (temporal_bytes){ temporal_activity_alloc(activity, size), size };
    return TEMPORAL_OK;
}

static temporal_error *beat_large(temporal_activity *activity, const void *in, void *out)
{
    size_t size = (size_t) * (const temporal_int *)in;
    temporal_bytes details = { temporal_activity_alloc(activity, size), size };

    (void)out;
    return temporal_heartbeat(activity, temporal_bytes, details);
}

static temporal_error *fail_large(temporal_activity *activity, const void *in, void *out)
{
    size_t size = (size_t) * (const temporal_int *)in;
    char *text = temporal_activity_alloc(activity, size + 1);

    (void)out;
    memset(text, 'x', size);
    return temporal_error_application("Large", "%s", text);
}

static const temporal_activity_def large_def = { .struct_size = sizeof large_def,
                                                 .name = "large",
                                                 .input = temporal_int_type,
                                                 .output = temporal_bytes_type,
                                                 .invoke = make_large };
static const temporal_activity_def beat_def = {
    .struct_size = sizeof beat_def, .name = "beat", .input = temporal_int_type, .invoke = beat_large
};
static const temporal_activity_def fail_def = {
    .struct_size = sizeof fail_def, .name = "fail", .input = temporal_int_type, .invoke = fail_large
};
static const temporal_activity_def *const activities[] = { &echo_activity, &large_def, &beat_def,
                                                           &fail_def, NULL };

static int open_pool(void **state)
{
    (void)state;
    rogue_options.payload_max = LIMIT;
    harness_open(&harness, rogue_make, activities, 1);
    return 0;
}

static int close_pool(void **state)
{
    (void)state;
    harness_close(&harness);
    rogue_options.payload_max = 0;
    return 0;
}

static void begin(struct subject *subject, const temporal_activity_def *def, temporal_int size)
{
    subject_init(subject, &harness, def);
    subject_give(subject, temporal_int, size);
    subject_run(subject);
}

static void expect_echo(size_t size)
{
    uint8_t *data = tp_alloc(size + 1);
    struct subject subject;
    temporal_bytes bytes = { data, size };

    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(i * 7 + i / 256);
    subject_init(&subject, &harness, &echo_activity);
    subject_set_input(&subject, temporal_bytes_type(), &bytes);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    assert_int_equal(subject.body.size, subject.input.size);
    assert_memory_equal(subject.body.data, subject.input.data, subject.input.size);
    subject_done(&subject);
    tp_free(data);
}

static void expect_refused(struct subject *subject, const char *text)
{
    temporal_error *error;

    subject_wait_end(subject);
    assert_int_equal(subject->kind, TP_OUTCOME_FAILED);
    error = subject_failure(subject);
    assert_false(temporal_error_is_retryable(error));
    assert_contains(temporal_error_message(error), text);
    assert_contains(temporal_error_message(error), "payload_max");
    temporal_error_free(error);
    subject_done(subject);
    expect_echo(100);
}

static void payloads_of_every_size_go_there_and_back(void **state)
{
    static const size_t sizes[] = { 0, 1, 100, 4095, 4096, 65536, (size_t)1 << 20, LIMIT - 100 };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        expect_echo(sizes[i]);
}

static void an_input_above_the_limit_is_refused(void **state)
{
    temporal_bytes bytes = { tp_alloc(LIMIT), LIMIT };
    struct subject subject;

    (void)state;
    subject_init(&subject, &harness, &echo_activity);
    subject_set_input(&subject, temporal_bytes_type(), &bytes);
    subject_submit(&subject);
    expect_refused(&subject, "more than the 3145728 that its process takes");
    tp_free((void *)(uintptr_t)bytes.data);
}

static void heartbeat_details_above_the_limit_are_refused(void **state)
{
    struct subject subject;

    (void)state;
    subject_init(&subject, &harness, &echo_activity);
    subject.attempt.task.heartbeat_details = (tp_bytes){ tp_alloc(LIMIT + 1), LIMIT + 1 };
    subject_submit(&subject);
    subject_wait_end(&subject);
    tp_free((void *)(uintptr_t)subject.attempt.task.heartbeat_details.data);
    expect_refused(&subject, "heartbeat details of 3145729 bytes");
}

static void a_result_above_the_limit_is_refused(void **state)
{
    struct subject subject;

    (void)state;
    begin(&subject, &large_def, (temporal_int)LIMIT);
    expect_refused(&subject, "a result of 31457");
}

static void a_heartbeat_above_the_limit_fails_its_attempt(void **state)
{
    struct subject subject;

    (void)state;
    begin(&subject, &beat_def, (temporal_int)LIMIT);
    assert_false(subject.had_last);
    expect_refused(&subject, "a heartbeat of 31457");
}

static void a_failure_above_the_limit_is_replaced(void **state)
{
    struct subject subject;

    (void)state;
    begin(&subject, &fail_def, (temporal_int)LIMIT);
    expect_refused(&subject, "a failure of 31");
}

static void ids_that_do_not_fit_are_refused(void **state)
{
    char *id = tp_alloc(70000);
    struct subject subject;
    temporal_error *error;

    (void)state;
    memset(id, 'x', 69999);
    subject_init(&subject, &harness, &echo_activity);
    subject.attempt.task.workflow_id = id;
    subject_submit(&subject);
    subject_wait_end(&subject);
    error = subject_failure(&subject);
    assert_contains(temporal_error_message(error), "ids and names of 70");
    temporal_error_free(error);
    subject_done(&subject);
    id[60000] = '\0';
    subject_init(&subject, &harness, &echo_activity);
    subject.attempt.task.workflow_id = id;
    subject_submit(&subject);
    subject_wait_end(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    subject_done(&subject);
    tp_free(id);
}

/* Smaller than any failure: there is room for those all the same. */
static void a_limit_may_be_tiny(void **state)
{
    struct subject subject;

    (void)state;
    rogue_options.payload_max = 64;
    harness_open(&harness, rogue_make, activities, 1);
    expect_echo(0);
    begin(&subject, &fail_def, 2000);
    rogue_failed(&subject, "Large", "xxx");
    begin(&subject, &large_def, 100);
    rogue_failed(&subject, "ActivityPayloadTooLarge", "more than the 64");
    harness_close(&harness);
    rogue_options.payload_max = 0;
}

static void impossible_options_are_refused(void **state)
{
    tp_executor *executor = NULL;

    (void)state;
    rogue_options.payload_max = (size_t)1 << 40;
    assert_fails(rogue_make(&executor, activities, 1), INVALID_ARGUMENT, "processes.payload_max");
    rogue_options.payload_max = 0;
    assert_fails(rogue_make(&executor, activities, 100000), INVALID_ARGUMENT,
                 "processes.concurrency");
    rogue_options.rules.cancel_grace = -1;
    assert_fails(rogue_make(&executor, activities, 1), INVALID_ARGUMENT,
                 "processes.rules.cancel_grace");
    rogue_options.rules.cancel_grace = 0;
    assert_fails(rogue_make(&executor, NULL, 1), INVALID_ARGUMENT, "processes");
    assert_null(executor);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pool, close_pool)
    const struct CMUnitTest tests[] = {
        TEST(payloads_of_every_size_go_there_and_back),
        TEST(an_input_above_the_limit_is_refused),
        TEST(heartbeat_details_above_the_limit_are_refused),
        TEST(a_result_above_the_limit_is_refused),
        TEST(a_heartbeat_above_the_limit_fails_its_attempt),
        TEST(a_failure_above_the_limit_is_replaced),
        TEST(ids_that_do_not_fit_are_refused),
        cmocka_unit_test(a_limit_may_be_tiny),
        cmocka_unit_test(impossible_options_are_refused),
    };
    temporal_error *error = temporal_fork_server_start();

    if (error)
        return temporal_error_report(error);
    return cmocka_run_group_tests_name("process executor: sizes", tests, NULL, NULL);
}
