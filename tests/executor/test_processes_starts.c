/* SPDX-License-Identifier: MIT */
/* tests/executor/test_processes_starts.c -- ten thousand processes, one after the other: neither
 * the worker nor the fork server holds more afterwards than before. */
#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/sanitizer.h"
#include "tests/executor/rogue.h"

#if defined(TP_SANITIZE_ADDRESS) || defined(TP_SANITIZE_THREAD)
size_t __sanitizer_get_current_allocated_bytes(void); /* gcc has no header for it */
#else
#include <malloc.h>
#endif

enum {
    PROCESSES = 4,
    BATCH = 100, /* attempts at once */
#ifdef TP_SANITIZE_THREAD
    STARTS = 2000, /* it has nothing to say about leaks */
#else
    STARTS = 10000,
#endif
    WARM_UP = 1000 /* of these */
};
#define SLACK 4096 /* of the heap: buffers may have grown; less than half a byte a process */

/* --- what is held ----------------------------------------------------------------------------- */

/* Of the fork server's heap, as each process finds it when it starts. */
static _Atomic size_t *inherited;

static size_t heap(void)
{
#if defined(TP_SANITIZE_ADDRESS) || defined(TP_SANITIZE_THREAD)
    return __sanitizer_get_current_allocated_bytes();
#else
    return mallinfo2().uordblks;
#endif
}

static temporal_error *on_start(void)
{
    *inherited = heap();
    return TEMPORAL_OK;
}

static size_t count_entries(pid_t pid, const char *what)
{
    char path[64];
    DIR *folder;
    size_t count = 0;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    folder = opendir(path);
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 2; /* . and .. */
}

/* Lines of a file of the process; those with text in them. */
static size_t count_lines(pid_t pid, const char *what, const char *text)
{
    char path[64], line[1024];
    size_t count = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        count += strstr(line, text) != NULL;
    fclose(file);
    return count;
}

struct holdings {
    size_t files, segments, heap;
};

static struct holdings look_at(pid_t pid)
{
    return (struct holdings){ .files = count_entries(pid, "fd"),
                              .segments = count_lines(pid, "maps", "temporal-pool"),
                              .heap = pid == getpid() ? heap() : *inherited };
}

static uint64_t count_recycled(struct harness *harness)
{
    temporal_process_status status[PROCESSES];
    size_t count = rogue_status(harness, status, PROCESSES);
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += status[i].recycled + status[i].crashes;
    return sum;
}

static bool is_complete(struct harness *harness)
{
    temporal_process_status status[PROCESSES];
    size_t count = rogue_status(harness, status, PROCESSES), alive = 0;

    for (size_t i = 0; i < count; i++)
        alive += status[i].pid > 0;
    return alive == PROCESSES;
}

static void run(struct harness *harness, int count, const char *deed, tp_outcome_kind kind)
{
    static struct subject subjects[BATCH];

    for (int done = 0; done < count; done += BATCH) {
        for (size_t i = 0; i < BATCH; i++) {
            rogue_init(&subjects[i], harness, deed);
            subject_submit(&subjects[i]);
        }
        for (size_t i = 0; i < BATCH; i++) {
            subject_wait_end(&subjects[i]);
            assert_int_equal(subjects[i].kind, kind);
            subject_done(&subjects[i]);
        }
    }
    test_wait_for(is_complete(harness));
}

static void expect_no_growth(pid_t pid, const struct holdings *before)
{
    struct holdings after = { 0 };

    /* What has just ended may still be being buried: now, or when it was looked at before. */
    test_wait_for((after = look_at(pid)).files <= before->files);
    assert_int_equal(after.segments, before->segments);
    if (after.heap > before->heap + SLACK)
        fail_msg("%zu bytes more on the heap than before", after.heap - before->heap);
}

/* --- the test --------------------------------------------------------------------------------- */

static void ten_thousand_processes_leave_nothing_behind(void **state)
{
    struct holdings worker, server;
    struct harness harness;
    uint64_t recycled;
    struct subject subject;
    pid_t pid;

    (void)state;
    rogue_options = (temporal_process_executor){ .recycle.tasks = 1, .on_start = on_start };
    rogue_open(&harness, PROCESSES);
    pid = rogue_parent(rogue_begin(&subject, &harness, "wait"));
    rogue_end(&subject);
    test_wait_for(is_complete(&harness));
    run(&harness, WARM_UP, "pid", TP_OUTCOME_COMPLETED);
    worker = look_at(getpid());
    server = look_at(pid);
    recycled = count_recycled(&harness);
    run(&harness, STARTS - WARM_UP, "pid", TP_OUTCOME_COMPLETED);
    assert_true(count_recycled(&harness) - recycled >= STARTS - WARM_UP);
    expect_no_growth(pid, &server);
    expect_no_growth(getpid(), &worker);
    harness_close(&harness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_processes_leave_nothing_behind),
    };
    temporal_error *error;

    inherited =
        mmap(NULL, sizeof *inherited, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (inherited == MAP_FAILED)
        return 1;
    error = temporal_fork_server_start();
    if (error)
        return temporal_error_report(error);
    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL);
    return cmocka_run_group_tests_name("process executor: starts", tests, NULL, NULL);
}
