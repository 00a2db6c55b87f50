/* SPDX-License-Identifier: MIT */
/* tests/executor/test_fork_server.c -- the fork server: in time or with a clear error, with nothing
 * of the program's, and for activities that it knows. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "executor/registry.h"
#include "tests/executor/rogue.h"

/* --- in other roles --------------------------------------------------------------------------- */

static void *sleep_on(void *data)
{
    for (;;)
        pause();
    return data;
}

/* A program that asks too late: prints what it is told. */
static int be_late(void)
{
    tp_executor *executor = NULL;
    pthread_t thread;

    pthread_create(&thread, NULL, sleep_on, NULL);
    for (int i = 0; i < 2; i++) {
        temporal_error *error =
            i ? rogue_make(&executor, rogue_activities, 1) : temporal_fork_server_start();

        printf("told %s\n", temporal_error_message(error));
        temporal_error_free(error);
    }
    return 0;
}

static int be_a_printer(void)
{
    struct harness harness;

    printf("before "); /* not written yet when the fork server is made: must not come twice */
    rogue_open(&harness, 1);
    rogue_expect(&harness, "print", "printed");
    harness_close(&harness);
    printf("after\n");
    return 0;
}

static void too_late_names_both_remedies(void **state)
{
    test_process *program = test_process_run(test_program_path(), "late");

    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *text = test_process_expect(program, "told ");

        assert_contains(text, "make the worker before connecting a client");
        assert_contains(text, "temporal_fork_server_start() at the top of main");
    }
    assert_int_equal(test_process_wait(program), 0);
    test_process_free(program);
}

static void what_an_activity_prints_goes_where_the_program_prints(void **state)
{
    test_process *program = test_process_run(test_program_path(), "printer");

    (void)state;
    assert_string_equal(test_process_line(program), "before printed by an activity");
    assert_string_equal(test_process_line(program), "after");
    assert_null(test_process_line(program));
    assert_int_equal(test_process_wait(program), 0);
    test_process_free(program);
}

/* --- here ------------------------------------------------------------------------------------- */

static int pipe_ends[2];

static void once_is_enough(void **state)
{
    size_t children = test_count_children();

    (void)state;
    assert_ok(temporal_fork_server_start());
    assert_ok(temporal_fork_server_start());
    assert_int_equal(test_count_children(), children);
}

/* The pipe was open when the fork server was made; nobody else holds its other end. */
static void the_fork_server_keeps_nothing_open(void **state)
{
    char byte;

    (void)state;
    close(pipe_ends[1]);
    assert_int_equal(read(pipe_ends[0], &byte, 1), 0);
    close(pipe_ends[0]);
}

static void many_pools_share_one_fork_server(void **state)
{
    size_t children = test_count_children();
    struct harness harnesses[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        rogue_open(&harnesses[i], 2);
    for (size_t i = 0; i < 4; i++) {
        pid_t pid = rogue_pid(&harnesses[i]);

        /* Between it and its program is its guard. */
        assert_int_equal(rogue_parent(rogue_parent(rogue_parent(pid))), getpid());
    }
    for (size_t i = 0; i < 4; i++) {
        harness_close(&harnesses[i]);
        if (i < 3)
            assert_true(rogue_pid(&harnesses[i + 1]) > 0);
    }
    assert_int_equal(test_count_children(), children);
}

/* As if it stood in a plugin: the memory that holds it is younger than the fork server. */
static void an_activity_that_came_later_is_refused(void **state)
{
    temporal_activity_def *young =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const temporal_activity_def *const activities[] = { &rogue_activity, young, NULL };
    tp_executor *executor = NULL;

    (void)state;
    assert_ptr_not_equal(young, MAP_FAILED);
    *young = echo_activity;
    young->name = "young";
    assert_fails(rogue_make(&executor, activities, 1), SYSTEM,
                 "does not know activity young: it stands in a library that was loaded after");
    munmap(young, 4096);
    assert_null(executor);
}

/* --- the registry ----------------------------------------------------------------------------- */

static void a_registry_is_read_as_it_was_written(void **state)
{
    static const temporal_activity_def unnamed = { .struct_size = sizeof unnamed };
    temporal_activity_def dynamic = rogue_activity;
    const temporal_activity_def *definitions[] = { &rogue_activity, &dynamic, &echo_activity,
                                                   NULL };
    size_t size;
    const temporal_activity_def **read = NULL;
    uint8_t *bytes;

    (void)state;
    dynamic.name = NULL;
    size = tp_registry_size(definitions);
    bytes = tp_alloc(size);
    tp_registry_write(bytes, definitions);
    assert_ok(tp_registry_read(bytes, size, &read));
    assert_memory_equal(read, definitions, sizeof definitions);
    tp_free(read);
    /* It says a name that the definition does not have any more. */
    dynamic.name = "other";
    assert_fails(tp_registry_read(bytes, size, &read), SYSTEM, "does not know activity (dynamic)");
    /* Without a function. */
    dynamic.name = NULL;
    dynamic.invoke = NULL;
    assert_fails(tp_registry_read(bytes, size, &read), SYSTEM, "does not know");
    /* With something that is no function. */
    memcpy(&dynamic.invoke, &(const void *){ &unnamed }, sizeof dynamic.invoke);
    assert_fails(tp_registry_read(bytes, size, &read), SYSTEM, "does not know");
    tp_free(bytes);
}

/* Each of its bytes, changed: an error, or a registry, but never a crash. */
static void a_registry_of_nonsense_is_refused(void **state)
{
    size_t size = tp_registry_size(rogue_activities);
    uint8_t *bytes = tp_alloc(size);

    (void)state;
    tp_registry_write(bytes, rogue_activities);
    for (size_t length = 1; length <= size; length++)
        for (int flip = 1; flip < 256; flip <<= 1) {
            const temporal_activity_def **read = NULL;
            uint8_t *copy = tp_memdup(bytes, length); /* of exactly that length */

            copy[length - 1] ^= (uint8_t)flip;
            temporal_error_free(tp_registry_read(copy, length, &read));
            tp_free(read);
            tp_free(copy);
        }
    for (size_t i = 0; i < size; i++) {
        const temporal_activity_def **read = NULL;
        temporal_error *error;

        bytes[i] ^= 0x55;
        error = tp_registry_read(bytes, size, &read);
        assert_non_null(error);
        temporal_error_free(error);
        bytes[i] ^= 0x55;
    }
    tp_free(bytes);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(once_is_enough),
        cmocka_unit_test(the_fork_server_keeps_nothing_open),
        cmocka_unit_test(many_pools_share_one_fork_server),
        cmocka_unit_test(an_activity_that_came_later_is_refused),
        cmocka_unit_test(too_late_names_both_remedies),
        cmocka_unit_test(what_an_activity_prints_goes_where_the_program_prints),
        cmocka_unit_test(a_registry_is_read_as_it_was_written),
        cmocka_unit_test(a_registry_of_nonsense_is_refused),
    };
    temporal_error *error;

    if (argc > 1)
        return strcmp(argv[1], "late") == 0 ? be_late() : be_a_printer();
    if (pipe(pipe_ends) != 0)
        return 1;
    error = temporal_fork_server_start();
    if (error)
        return temporal_error_report(error);
    return cmocka_run_group_tests_name("executor: fork server", tests, NULL, NULL);
}
