/* SPDX-License-Identifier: MIT */
/* tests/executor/test_processes_large.c -- payloads above what lies ready in shared memory: they go
 * there and back whole, and their memory is given back, however their attempts end. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic int *deadly; /* shared with every process: it dies before it tells of its end */
#define TP_SLOT_MOMENT(moment) AT_##moment
#define AT_BEFORE_READY        ((void)0)
#define AT_BEFORE_CLAIM        ((void)0)
#define AT_AFTER_CLAIM         ((void)0)
#define AT_BEFORE_BEAT         ((void)0)
#define AT_WHILE_BEATING       ((void)0)
#define AT_BEFORE_PUBLISH      ((void)0)
#define AT_AFTER_PUBLISH       ((void)0)
#define AT_BEFORE_OUTCOME      ((void)(*deadly && kill(getpid(), SIGKILL)))
#define AT_BEFORE_DONE         ((void)0)
#define AT_AFTER_DONE          ((void)0)
#include "shm/slot_process.c"

#include "base/alloc.h"
#include "converter/payload.h"
#include "executor/processes.h"
#include "tests/executor/rogue.h"

#define READY ((size_t)64 << 10)
#define MOST  ((size_t)1 << 20)

static struct harness harness;
static bool without_memfd;

int memfd_create(const char *name, unsigned flags)
{
    int (*real)(const char *, unsigned);

    *(void **)&real = dlsym(RTLD_NEXT, "memfd_create");
    if (without_memfd) {
        errno = ENOSYS;
        return -1;
    }
    return real(name, flags);
}

/* --- an activity that takes and gives a lot --------------------------------------------------- */

static void paint(uint8_t *data, size_t size, unsigned colour)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(i * 7 + i / 256 + colour);
}

static bool is_painted(temporal_bytes bytes, size_t size, unsigned colour)
{
    const uint8_t *data = bytes.data;
    bool right = bytes.size == size;

    for (size_t i = 0; i < bytes.size && right; i++)
        right = data[i] == (uint8_t)(i * 7 + i / 256 + colour);
    return right;
}

/* Beats what it was given, checks the details of the attempt before when there are any, waits when
 * the first byte says so, and answers with what it was given. */
static temporal_error *carry(temporal_activity *activity, const void *in, void *out)
{
    const temporal_activity_info *info = temporal_activity_get_info(activity);
    temporal_bytes given = *(const temporal_bytes *)in, before;

    for (size_t i = 0; i < info->heartbeat_details_count; i++) {
        TEMPORAL_TRY(temporal_value_get(&info->heartbeat_details[i], temporal_bytes, &before));
        if (!is_painted(before, given.size, 0))
            return temporal_error_application("Torn", "the details are not what they were");
    }
    TEMPORAL_TRY(temporal_heartbeat(activity, temporal_bytes, given));
    if (given.size > 0 && *(const uint8_t *)given.data == 99) {
        temporal_activity_wait_for_cancelled(activity, 0);
        return temporal_activity_cancelled(activity);
    }
    *(temporal_bytes *)out = given;
    return TEMPORAL_OK;
}

static const temporal_activity_def carry_def = { .struct_size = sizeof carry_def,
                                                 .name = "carry",
                                                 .input = temporal_bytes_type,
                                                 .output = temporal_bytes_type,
                                                 .invoke = carry };
static const temporal_activity_def *const activities[] = { &carry_def, NULL };

static void open_pool(uint32_t processes)
{
    rogue_options = (temporal_process_executor){ .payload_limit = READY, .payload_max = MOST };
    harness_open(&harness, rogue_make, activities, processes);
}

/* An attempt with so many encoded bytes. */
static void begin(struct subject *subject, size_t encoded, unsigned colour)
{
    size_t size = encoded;
    uint8_t *data = tp_alloc(encoded);

    subject_init(subject, &harness, &carry_def);
    do { /* what its length costs depends on it */
        paint(data, size, colour);
        subject_set_input(subject, temporal_bytes_type(), &(temporal_bytes){ data, size });
        size -= subject->input.size > encoded;
    } while (subject->input.size > encoded);
    assert_int_equal(subject->input.size, encoded);
    tp_free(data);
}

static void expect_whole(struct subject *subject)
{
    subject_wait_end(subject);
    if (subject->kind != TP_OUTCOME_COMPLETED)
        fail_msg("%s", temporal_error_message(subject_failure(subject)));
    assert_int_equal(subject->body.size, subject->input.size);
    assert_memory_equal(subject->body.data, subject->input.data, subject->input.size);
    assert_true(subject->had_last);
    assert_int_equal(subject->last.size, subject->input.size);
    assert_memory_equal(subject->last.data, subject->input.data, subject->input.size);
    subject_done(subject);
}

/* --- its memory ------------------------------------------------------------------------------- */

struct question {
    size_t bytes;
};

static void count_memory(void *data)
{
    const tp_processes *pool = (const tp_processes *)harness.executor;
    struct question *question = data;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = pool->segment.size / page;
    unsigned char *resident = tp_alloc(pages);

    assert_int_equal(mincore(pool->segment.base, pool->segment.size, resident), 0);
    for (size_t i = 0; i < pages; i++)
        question->bytes += (resident[i] & 1) * page;
    tp_free(resident);
}

static size_t memory(void)
{
    struct question question = { 0 };

    tp_loop_call(harness.loop, count_memory, &question);
    return question.bytes;
}

/* What may stay of an entry: inputs, three heartbeats, outputs; and the pool's own pages. */
#define STAYS(processes) ((processes)*2 * (2 * TP_POOL_RECORD_MAX + 6 * READY) + 65536)

static void sizes_around_each_edge_go_there_and_back(void **state)
{
    static const size_t edges[] = { 4096, READY, TP_POOL_RECORD_MAX + 2 * READY, MOST / 2, MOST };
    struct subject subject;

    (void)state;
    open_pool(1);
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        for (size_t size = edges[i] - 2; size <= edges[i] + 2 && size <= MOST; size++) {
            begin(&subject, size, 3);
            subject_run(&subject);
            expect_whole(&subject);
            assert_true(memory() <= STAYS(1));
        }
    harness_close(&harness);
}

static void heartbeat_details_of_the_attempt_before_may_be_large(void **state)
{
    struct subject subject;

    (void)state;
    open_pool(1);
    begin(&subject, MOST, 0);
    subject.attempt.task.heartbeat_details = tp_buffer_bytes(&subject.input);
    subject_run(&subject);
    expect_whole(&subject);
    assert_true(memory() <= STAYS(1));
    harness_close(&harness);
}

static void more_than_there_may_be_is_refused(void **state)
{
    struct subject subject;
    temporal_error *error;

    (void)state;
    open_pool(1);
    begin(&subject, MOST + 1, 3);
    subject_run(&subject);
    error = subject_failure(&subject);
    assert_string_equal(temporal_error_type(error), "ActivityPayloadTooLarge");
    assert_contains(temporal_error_message(error), "processes.payload_max");
    temporal_error_free(error);
    subject_done(&subject);
    harness_close(&harness);
}

static void many_at_once_do_not_disturb_each_other(void **state)
{
    enum {
        COUNT = 24
    };
    static struct subject subjects[COUNT];

    (void)state;
    open_pool(3);
    for (size_t i = 0; i < COUNT; i++) {
        begin(&subjects[i], i % 3 == 0 ? 100 : MOST - i * 4001, (unsigned)i);
        subject_submit(&subjects[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        expect_whole(&subjects[i]);
    assert_true(memory() <= STAYS(3));
    harness_close(&harness);
}

/* The output lies there, and nobody was told. */
static void a_process_may_die_while_it_gives_a_large_result(void **state)
{
    struct subject subject;
    temporal_error *error;
    temporal_bytes last;

    (void)state;
    open_pool(1);
    begin(&subject, MOST - 7, 3);
    *deadly = 1;
    subject_run(&subject);
    *deadly = 0;
    error = subject_failure(&subject);
    assert_string_equal(temporal_error_type(error), "ActivityProcessCrashed");
    assert_int_equal(temporal_error_detail_count(error), 2);
    assert_ok(temporal_error_detail(error, 1, temporal_bytes, &last));
    assert_true(is_painted(last, last.size, 3) && last.size > MOST / 2);
    temporal_error_free(error);
    subject_done(&subject);
    begin(&subject, 100, 3); /* by the next process */
    subject_run(&subject);
    expect_whole(&subject);
    assert_true(memory() <= STAYS(1));
    harness_close(&harness);
}

static void what_is_cancelled_or_taken_back_gives_its_memory_back(void **state)
{
    struct subject running, waiting;

    (void)state;
    open_pool(1);
    begin(&running, MOST - 7, 99); /* it waits */
    subject_submit(&running);
    subject_wait_beats(&running, 1);
    begin(&waiting, MOST - 7, 3); /* prefetched */
    subject_submit(&waiting);
    assert_true(memory() >= 3 * (MOST - 65536)); /* two inputs, a heartbeat */
    subject_cancel(&waiting, TEMPORAL_CANCEL_REQUESTED);
    subject_wait_end(&waiting);
    subject_cancel(&running, TEMPORAL_CANCEL_REQUESTED);
    subject_wait_end(&running);
    assert_int_equal(waiting.kind, TP_OUTCOME_CANCELLED);
    assert_int_equal(running.kind, TP_OUTCOME_CANCELLED);
    assert_true(memory() <= STAYS(1));
    subject_done(&running);
    subject_done(&waiting);
    harness_close(&harness);
}

/* Where all memory must be there from the beginning, there is what lies ready and no more. */
static void without_memfd_the_limit_is_what_lies_ready(void **state)
{
    struct subject subject;

    (void)state;
    without_memfd = true;
    open_pool(1);
    without_memfd = false;
    begin(&subject, READY, 3);
    subject_run(&subject);
    expect_whole(&subject);
    begin(&subject, READY + 1, 3);
    subject_run(&subject);
    rogue_failed(&subject, "ActivityPayloadTooLarge", "more than the 65536");
    harness_close(&harness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_around_each_edge_go_there_and_back),
        cmocka_unit_test(heartbeat_details_of_the_attempt_before_may_be_large),
        cmocka_unit_test(more_than_there_may_be_is_refused),
        cmocka_unit_test(many_at_once_do_not_disturb_each_other),
        cmocka_unit_test(a_process_may_die_while_it_gives_a_large_result),
        cmocka_unit_test(what_is_cancelled_or_taken_back_gives_its_memory_back),
        cmocka_unit_test(without_memfd_the_limit_is_what_lies_ready),
    };
    temporal_error *error;

    deadly = mmap(NULL, sizeof *deadly, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (deadly == MAP_FAILED)
        return 1;
    error = temporal_fork_server_start();
    if (error)
        return temporal_error_report(error);
    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL);
    return cmocka_run_group_tests_name("process executor: large payloads", tests, NULL, NULL);
}
