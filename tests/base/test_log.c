/* SPDX-License-Identifier: MIT */
/* base/log: levels, the sink, and the lines on stderr. Each test has a process of its own, since
 * the log is set once for a program. */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/base/child.h"
#include "tests/support/support.h"

#define FIELDS(...) ((const temporal_log_field[]){ __VA_ARGS__, { NULL, NULL } })

/* The line without its time, whose form is checked: 2026-11-23T03:13:00.123456Z */
static const char *after_time(const char *line)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.ddddddZ ";

    for (size_t i = 0; i < sizeof(form) - 1; i++, line++)
        if (form[i] == 'd')
            assert_in_range(*line, '0', '9');
        else
            assert_int_equal(*line, form[i]);
    return line;
}

static void say_each_level(void *data)
{
    if (data)
        setenv("TEMPORAL_LOG", data, 1);
    else
        unsetenv("TEMPORAL_LOG");
    for (temporal_log_level level = TEMPORAL_LOG_TRACE; level <= TEMPORAL_LOG_OFF; level++)
        tp_log(level, "test", "%s", temporal_log_level_name(level));
}

/* How many lines come when TEMPORAL_LOG has that value. */
static int count_lines(const char *level)
{
    char text[4096], copy[16];
    int count = 0;

    snprintf(copy, sizeof(copy), "%s", level ? level : "");
    assert_int_equal(child_run(say_each_level, level ? copy : NULL, text, sizeof(text)), 0);
    for (const char *at = text; *at; at++)
        count += *at == '\n';
    return count;
}

static void the_environment_sets_the_level_and_warn_is_the_default(void **state)
{
    (void)state;
    assert_int_equal(count_lines(NULL), 2);
    assert_int_equal(count_lines(""), 2);
    assert_int_equal(count_lines("trace"), 5);
    assert_int_equal(count_lines("debug"), 4);
    assert_int_equal(count_lines("info"), 3);
    assert_int_equal(count_lines("WARN"), 2);
    assert_int_equal(count_lines("error"), 1);
    assert_int_equal(count_lines("off"), 0);
}

static void a_level_that_is_none_is_named_with_the_ones_there_are(void **state)
{
    char text[4096], level[] = "verbose";

    (void)state;
    assert_int_equal(child_run(say_each_level, level, text, sizeof(text)), 0);
    assert_int_equal(strncmp(text, "temporal: TEMPORAL_LOG=verbose: no such level", 45), 0);
    assert_contains(text, "trace, debug, info, warn, error, off");
    assert_contains(text, "warn  test: warn\n");
}

static void say_with_fields(void *data)
{
    (void)data;
    errno = EBADF;
    tp_log_with(TEMPORAL_LOG_ERROR, "worker",
                FIELDS({ "id", "wf-1" }, { "empty", "" }, { "null", NULL }, { "space", "a b" },
                       { "quote", "a\"b\\c" }, { "lines", "a\nb\x1b" }, { "utf8", "\xc3\xbc" }),
                "%s", "first\nsecond\x1b[0m\n");
    if (errno != EBADF)
        _exit(1);
}

static void a_record_is_one_line_with_its_fields(void **state)
{
    char text[4096];

    (void)state;
    assert_int_equal(child_run(say_with_fields, NULL, text, sizeof(text)), 0);
    assert_string_equal(
        after_time(text),
        "error worker: first\n    second?[0m id=wf-1 empty=\"\" null=\"\" "
        "space=\"a b\" quote=\"a\\\"b\\\\c\" lines=\"a\\nb\\x1b\" utf8=\"\xc3\xbc\"\n");
}

static void say_long(void *data)
{
    char message[5000];

    (void)data;
    memset(message, 'm', sizeof(message));
    message[4999] = '\0';
    tp_log(TEMPORAL_LOG_ERROR, "t", "%s", message);
}

static void a_long_message_is_not_cut(void **state)
{
    char text[8192];

    (void)state;
    assert_int_equal(child_run(say_long, NULL, text, sizeof(text)), 0);
    assert_int_equal(strlen(after_time(text)), strlen("error t: ") + 4999 + 1);
}

struct seen {
    int count;
    temporal_log_level level;
    char target[16], message[64], value[16];
    size_t field_count;
    int64_t time;
};

static void sink(const temporal_log_record *record, void *data)
{
    struct seen *seen = data;

    seen->count++;
    seen->level = record->level;
    seen->time = record->time;
    seen->field_count = record->field_count;
    snprintf(seen->target, sizeof(seen->target), "%s", record->target);
    snprintf(seen->message, sizeof(seen->message), "%s", record->message);
    snprintf(seen->value, sizeof(seen->value), "%s",
             record->field_count ? record->fields[0].value : "");
}

static void a_sink_gets_the_record_and_only_what_its_level_lets_through(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    setenv("TEMPORAL_LOG", "error", 1);
    temporal_log_set(TEMPORAL_LOG_INFO, sink, &seen);
    assert_true(tp_log_enabled(TEMPORAL_LOG_INFO));
    assert_false(tp_log_enabled(TEMPORAL_LOG_DEBUG));
    assert_false(tp_log_enabled(TEMPORAL_LOG_OFF));
    tp_log(TEMPORAL_LOG_DEBUG, "rpc", "too little");
    assert_int_equal(seen.count, 0);
    tp_log(TEMPORAL_LOG_INFO, "rpc", "call %d", 7);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.level, TEMPORAL_LOG_INFO);
    assert_string_equal(seen.target, "rpc");
    assert_string_equal(seen.message, "call 7");
    assert_int_equal(seen.field_count, 0);
    assert_true(seen.time > INT64_C(1577836800000000000));
    tp_log_with(TEMPORAL_LOG_ERROR, "rpc", FIELDS({ "a", "1" }, { "b", "2" }), "with");
    assert_int_equal(seen.field_count, 2);
    assert_string_equal(seen.value, "1");
    temporal_log_set(TEMPORAL_LOG_OFF, sink, &seen);
    tp_log(TEMPORAL_LOG_ERROR, "rpc", "no");
    assert_int_equal(seen.count, 2);
    temporal_log_set((temporal_log_level)77, NULL, NULL);
    assert_false(tp_log_enabled(TEMPORAL_LOG_ERROR));
}

static void *say_often(void *data)
{
    for (int i = 0; i < 200; i++)
        tp_log(TEMPORAL_LOG_ERROR, data, "a message that must stay in one piece");
    return NULL;
}

static void say_from_threads(void *data)
{
    pthread_t threads[4];
    char names[4][2] = { "a", "b", "c", "d" };

    (void)data;
    temporal_log_set(TEMPORAL_LOG_ERROR, NULL, NULL);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, say_often, names[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

static void lines_of_several_threads_do_not_mix(void **state)
{
    static char text[200000];
    int count = 0;
    char *line;

    (void)state;
    assert_int_equal(child_run(say_from_threads, NULL, text, sizeof(text)), 0);
    for (char *rest = text; (line = strsep(&rest, "\n")) && *line; count++) {
        const char *said = after_time(line);

        assert_int_equal(strncmp(said, "error ", 6), 0);
        assert_in_range(said[6], 'a', 'd');
        assert_string_equal(said + 7, ": a message that must stay in one piece");
    }
    assert_int_equal(count, 800);
}

static void levels_have_names(void **state)
{
    (void)state;
    assert_string_equal(temporal_log_level_name(TEMPORAL_LOG_TRACE), "trace");
    assert_string_equal(temporal_log_level_name(TEMPORAL_LOG_OFF), "off");
    assert_string_equal(temporal_log_level_name((temporal_log_level)6), "unknown");
    assert_string_equal(temporal_log_level_name((temporal_log_level)-1), "unknown");
}

int main(void)
{
    /* The one that sets this program's own log comes last: the children inherit what is set. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_have_names),
        cmocka_unit_test(the_environment_sets_the_level_and_warn_is_the_default),
        cmocka_unit_test(a_level_that_is_none_is_named_with_the_ones_there_are),
        cmocka_unit_test(a_record_is_one_line_with_its_fields),
        cmocka_unit_test(a_long_message_is_not_cut),
        cmocka_unit_test(lines_of_several_threads_do_not_mix),
        cmocka_unit_test(a_sink_gets_the_record_and_only_what_its_level_lets_through),
    };

    unsetenv("TEMPORAL_LOG");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
