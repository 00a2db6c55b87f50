/* SPDX-License-Identifier: MIT */
/* test_nameless_stacks.c -- a stack trace where the library that knows names cannot be loaded.
 *
 * This program starts itself with an empty file in the library's place. */
#include "life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/support.h"

static temporal_error *sleeper(temporal_workflow *run, void *self, const void *input, void *output)
{
    (void)self, (void)input, (void)output;
    TEMPORAL_TRY(temporal_workflow_sleep(run, 60));
    note("else the call above is a jump, and leaves no frame");
    return TEMPORAL_OK;
}
WORKFLOW(sleeper, temporal_none, temporal_none, temporal_none, NULL)

static void print_record(const temporal_log_record *record, void *data)
{
    (void)data;
    printf("%s: %s\n", temporal_log_level_name(record->level), record->message);
}

/* The role of the program that is started: looks three times. */
static int look(void)
{
    life self;

    temporal_log_set(TEMPORAL_LOG_WARN, print_record, NULL);
    life_begin(&self, &sleeper_def, 1, NULL);
    life_go_on(&self);
    for (int i = 0; i < 3; i++) {
        tp_answer answer;

        tp_engine_activate(self.engine, history_query(&self.history, 1, "__stack_trace", NULL),
                           &answer);
        printf("%s\n", tell_query(&self.arena, &answer));
        tp_answer_done(&answer);
    }
    life_end(&self);
    return 0;
}

static test_process *look_with(const char *folder)
{
    char setting[128];

    (void)snprintf(setting, sizeof(setting), "LD_LIBRARY_PATH=%s", folder);
    return test_process_run("env", setting, test_program_path(), "look");
}

static void with_the_library_each_frame_has_its_function(void **state)
{
    test_process *looker = look_with("");

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_contains(test_process_line(looker),
                        "sleeper at tests/workflow/test_nameless_stacks");
    assert_null(test_process_line(looker));
    assert_int_equal(test_process_wait(looker), 0);
    test_process_free(looker);
}

static void without_it_frames_are_numbers_and_one_warning_says_what_to_install(void **state)
{
    char folder[] = "/tmp/temporal-nameless-XXXXXX", path[64];
    test_process *looker;
    const char *line;
    FILE *empty;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/libdw.so.1", folder);
    empty = fopen(path, "w");
    assert_non_null(empty);
    assert_int_equal(fclose(empty), 0);

    looker = look_with(folder);
    line = test_process_line(looker);
    assert_contains(line, "warn: stack traces will name no functions until");
    assert_contains(line, "Debian package libdw1");
    assert_contains(line, path);
    for (int i = 0; i < 3; i++) { /* and no further warning in between */
        line = test_process_line(looker);
        assert_contains(line, "ok \"coroutine 1 waits for timer 1");
        assert_contains(line, "\\n    0x");
        assert_null(strstr(line, "sleeper"));
        assert_null(strstr(line, " at "));
    }
    assert_null(test_process_line(looker));
    assert_int_equal(test_process_wait(looker), 0);
    test_process_free(looker);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_the_library_each_frame_has_its_function),
        cmocka_unit_test(without_it_frames_are_numbers_and_one_warning_says_what_to_install),
    };

    if (argc > 1 && strcmp(argv[1], "look") == 0)
        return look();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
