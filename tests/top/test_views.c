/* SPDX-License-Identifier: MIT */
/* tests/top/test_views.c -- a snapshot as text and as JSON, and what /proc says. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/top/scene.h"
#include "top/json.h"
#include "top/text.h"
#include "top/usage.h"

static char *text_of(const tp_top_snapshot *snapshot)
{
    static char copy[1 << 16];
    tp_top_text text = { 0 };

    tp_top_text_make(&text, snapshot);
    assert_true(text.text.size < sizeof copy);
    memcpy(copy, text.text.data, text.text.size);
    copy[text.text.size] = '\0';
    tp_top_text_done(&text);
    return copy;
}

static json_t *json_of(const tp_top_snapshot *snapshot)
{
    tp_buffer out = { 0 };
    json_error_t error;
    json_t *json;

    tp_top_json_write(&out, snapshot);
    json = json_loadb((const char *)out.data, out.size, 0, &error);
    if (!json)
        fail_msg("%s in %.*s", error.text, (int)out.size, (const char *)out.data);
    tp_buffer_done(&out);
    return json;
}

/* --- text ------------------------------------------------------------------------------------- */

static void text_shows_workers_and_their_processes(void **state)
{
    static const char expected[] =
        "temporal-top  22:13:20  2 workers, 1 of 2 processes busy\n"
        "\n"
        "worker 100-a  queue media  namespace default  up 1:40  CPU -%  RSS -  pool 2 of 4\n"
        "  processes  1 of 2 running, 0 waiting; 13 done, 3 failed, 0 cancelled\n"
        "      PID STATE     ACTIVITY         ID         TRY     TIME  BEAT PROGRESS  CPU%   RSS   "
        "DONE FAILED CRASH TERM KILL RECYC  WORKFLOW\n"
        "     4711 busy      render           7            4     0:10  3.0s       55  98.2   12M   "
        "  12      3     1    0    2     0  film-1\n"
        "     4712 idle      -                -            -        -     -        0     -     -   "
        "   1      0     0    0    0     0\n"
        "\n"
        "worker 200-b  queue mail  namespace default  up 0:50  CPU -%  RSS -\n"
        "  threads    5 of 8 running; 0 done, 0 failed, 2 cancelled\n";
    struct scene scene;

    (void)state;
    scene_set(&scene);
    assert_string_equal(text_of(&scene.snapshot), expected);
}

static void without_workers_text_says_so(void **state)
{
    const tp_top_snapshot nothing = { .at = SCENE_PAST };

    (void)state;
    assert_contains(text_of(&nothing), "no worker of this user runs on this machine\n");
}

static void a_worker_that_does_not_answer_is_shown_as_it_was(void **state)
{
    struct scene scene;
    const char *text;

    (void)state;
    scene_set(&scene);
    snprintf(scene.workers[0].problem, sizeof scene.workers[0].problem, "it does not answer");
    text = text_of(&scene.snapshot);
    assert_contains(text, "  it does not answer: this is what was seen last\n");
    assert_contains(text, "4711 busy");
    scene.workers[0].has_board = false;
    text = text_of(&scene.snapshot);
    assert_contains(text, "worker 100-a\n  it does not answer\n");
}

static void states_and_endings_are_seen(void **state)
{
    static const char *const names[] = { "none",    "starting", "idle",      "busy",
                                         "leaving", "ending",   "held back", "unknown" };
    struct scene scene;

    (void)state;
    scene_set(&scene);
    scene.workers[0].shown.is_draining = true;
    for (uint32_t i = 0; i < 8; i++) {
        scene.processes[0].shown.state = i;
        assert_contains(text_of(&scene.snapshot), names[i]);
        assert_string_equal(tp_top_state_name(i), names[i]);
    }
    assert_string_equal(tp_top_state_name(UINT32_MAX), "unknown");
    scene.processes[0].shown.is_cancelled = true;
    assert_contains(text_of(&scene.snapshot), "unknown*");
    assert_contains(text_of(&scene.snapshot), "pool 2 of 4  draining\n");
}

static void names_are_cut_to_their_column(void **state)
{
    struct scene scene;

    (void)state;
    scene_set(&scene);
    tp_board_set_text(scene.processes[0].shown.activity_type, "render_everything_there_is");
    tp_board_set_text(scene.processes[0].shown.activity_id, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f");
    assert_contains(text_of(&scene.snapshot),
                    " render_everythi~ \xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f         4 ");
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_has_all_that_is_known(void **state)
{
    json_t *json, *worker, *process, *attempt;
    const char *queue, *type, *name;
    json_int_t pid, done, beats, progress;
    double beat_age, progress_age, cpu, up;
    struct scene scene;

    (void)state;
    scene_set(&scene);
    json = json_of(&scene.snapshot);
    assert_int_equal(json_array_size(json_object_get(json, "workers")), 2);
    worker = json_array_get(json_object_get(json, "workers"), 0);
    assert_int_equal(
        json_unpack(worker, "{s:s,s:s,s:f}", "name", &name, "task_queue", &queue, "up", &up), 0);
    assert_string_equal(name, "100-a");
    assert_string_equal(queue, "media");
    assert_float_equal(up, 100, 0.001);
    process = json_array_get(json_object_get(worker, "processes"), 0);
    attempt = json_object_get(process, "attempt");
    assert_int_equal(
        json_unpack(process, "{s:I,s:I,s:f}", "pid", &pid, "done", &done, "cpu_percent", &cpu), 0);
    assert_int_equal(pid, SCENE_PID);
    assert_int_equal(done, 12);
    assert_float_equal(cpu, 98.25, 0.001);
    assert_int_equal(json_unpack(attempt, "{s:s,s:I,s:f,s:I,s:f}", "activity_type", &type,
                                 "heartbeats", &beats, "heartbeat_age", &beat_age, "progress",
                                 &progress, "progress_age", &progress_age),
                     0);
    assert_string_equal(type, "render");
    assert_int_equal(beats, 40);
    assert_float_equal(beat_age, 3, 0.001);
    assert_int_equal(progress, 55);
    assert_float_equal(progress_age, 1, 0.001);
    process = json_array_get(json_object_get(worker, "processes"), 1);
    assert_true(json_is_null(json_object_get(process, "attempt")));
    assert_true(json_is_null(json_object_get(process, "rss")));
    json_decref(json);
}

static void json_of_any_name_is_json(void **state)
{
    json_t *json, *type;
    struct scene scene;

    (void)state;
    scene_set(&scene);
    tp_board_set_text(scene.processes[0].shown.activity_type, "say \"hi\\\xe2\x82\xac");
    json = json_of(&scene.snapshot);
    type = json_array_get(json_object_get(json, "workers"), 0);
    type = json_array_get(json_object_get(type, "processes"), 0);
    type = json_object_get(json_object_get(type, "attempt"), "activity_type");
    assert_string_equal(json_string_value(type), "say \"hi\\\xe2\x82\xac");
    json_decref(json);
}

/* --- what nobody vouches for ------------------------------------------------------------------ */

static void what_is_not_printable_reaches_no_terminal(void **state)
{
    static const char *const pairs[][2] = {
        { "plain", "plain" },
        { "\x1b[31mred\x07", "?[31mred?" },
        { "a\nb\tc\x7f", "a?b?c?" },
        { "\xc2\x9b"
          "31m",
          "??31m" }, /* the same, as one character of C1 */
        { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
        { "\xf0\x9f\x8e\x84", "\xf0\x9f\x8e\x84" },
        { "\xff\xfe", "??" },
        { "cut \xe2\x82", "cut ??" },
        { "\xc0\xaf", "??" },           /* too long for what it is */
        { "\xed\xa0\x80", "???" },      /* half a pair */
        { "\xf7\xbf\xbf\xbf", "????" }, /* beyond all characters */
        { "\xf9\xb2\xbc\x9e", "????" }, /* begins like none */
        { "a\xe2\x80\xae"
          "b",
          "a???b" }, /* writes backwards */
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char text[64];

        snprintf(text, sizeof text, "%s", pairs[i][0]);
        tp_top_make_printable(text);
        assert_string_equal(text, pairs[i][1]);
    }
}

static void no_numbers_break_a_view(void **state)
{
    struct scene scene;
    tp_board_process *shown = &scene.processes[0].shown;

    (void)state;
    scene_set(&scene);
    *shown = (tp_board_process){ .state = UINT32_MAX,
                                 .pid = INT32_MIN,
                                 .started_at = INT64_MIN,
                                 .done = UINT64_MAX,
                                 .failed = UINT64_MAX,
                                 .attempt = INT32_MAX,
                                 .began_at = INT64_MAX,
                                 .beat_at = INT64_MIN,
                                 .beats = UINT64_MAX,
                                 .progress_at = INT64_MIN,
                                 .progress = UINT64_MAX };
    scene.processes[0].usage.resident = UINT64_MAX;
    assert_contains(text_of(&scene.snapshot), "18446744073709551615");
    scene.workers[0].shown.started_at = 1;
    scene.snapshot.at = INT64_MAX;
    assert_contains(text_of(&scene.snapshot), "106751d");
    shown->done = shown->failed = shown->beats = shown->progress =
        5; /* what JSON readers can hold */
    scene.processes[0].usage.resident = 5;
    json_decref(json_of(&scene.snapshot));
}

/* --- the manual ------------------------------------------------------------------------------- */

static char *read_manual(void)
{
    static char text[1 << 15];
    FILE *file = fopen("top/temporal-top.1", "r");
    size_t size;

    assert_non_null(file);
    size = fread(text, 1, sizeof text - 1, file);
    text[size] = '\0';
    assert_true(feof(file));
    (void)fclose(file);
    return text;
}

static void assert_explained(const char *manual, const char *word)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_%";
    size_t size = strlen(word);

    for (const char *at = strstr(manual, word); at; at = strstr(at + 1, word))
        if ((at == manual || !strchr(letters, at[-1])) && (!at[size] || !strchr(letters, at[size])))
            return;
    fail_msg("the manual does not say what %s is", word);
}

static void assert_keys_explained(const char *manual, json_t *json)
{
    const char *key;
    json_t *value;
    size_t i;

    json_array_foreach(json, i, value)
    {
        assert_keys_explained(manual, value);
    }
    json_object_foreach(json, key, value)
    {
        assert_explained(manual, key);
        assert_keys_explained(manual, value);
    }
}

static void the_manual_explains_each_column_and_key(void **state)
{
    const char *manual = read_manual();
    char *heading, *word, *rest = NULL;
    struct scene scene;
    json_t *json;

    (void)state;
    scene_set(&scene);
    heading = strstr(text_of(&scene.snapshot), "PID STATE");
    assert_non_null(heading);
    *strchr(heading, '\n') = '\0';
    for (word = strtok_r(heading, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        assert_explained(manual, word);
    for (uint32_t i = 0; i < TP_BOARD_STATES; i++)
        assert_explained(manual, tp_top_state_name(i));
    json = json_of(&scene.snapshot);
    assert_keys_explained(manual, json);
    json_decref(json);
}

/* --- /proc ------------------------------------------------------------------------------------ */

static void a_process_s_name_may_hold_anything(void **state)
{
    const char *text =
        "42 (a) R 9 (b) S 1 2 3 4 5 6 7 8 9 10 100 50 11 12 13 14 15 16 900 17 250 1";
    uint64_t used, started, pages;

    (void)state;
    assert_true(tp_top_parse_stat(text, &used, &started, &pages));
    assert_int_equal(used, 150);
    assert_int_equal(started, 900);
    assert_int_equal(pages, 250);
    assert_false(tp_top_parse_stat("42 (a) S 1 2", &used, &started, &pages));
    assert_false(tp_top_parse_stat("", &used, &started, &pages));
}

static void use_is_counted_since_the_look_before(void **state)
{
    tp_top_sample sample = { 0 };
    tp_top_usage usage;
    clock_t end;

    (void)state;
    tp_top_read_usage(&usage, getpid(), tp_clock_monotonic(), &sample);
    assert_true(usage.is_known);
    assert_true(usage.resident > 0);
    assert_int_equal(sample.pid, getpid());
    end = clock() + CLOCKS_PER_SEC / 20;
    while (clock() < end)
        continue;
    sample.at = 1 * TP_NANOSECONDS; /* as if one second had gone by meanwhile */
    sample.cpu_seconds -= 0.5;
    tp_top_read_usage(&usage, getpid(), 2 * TP_NANOSECONDS, &sample);
    assert_true(usage.cpu_percent > 50);
    tp_top_read_usage(&usage, 0, 3 * TP_NANOSECONDS, &sample);
    assert_false(usage.is_known);
    assert_int_equal(sample.pid, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_shows_workers_and_their_processes),
        cmocka_unit_test(without_workers_text_says_so),
        cmocka_unit_test(a_worker_that_does_not_answer_is_shown_as_it_was),
        cmocka_unit_test(states_and_endings_are_seen),
        cmocka_unit_test(names_are_cut_to_their_column),
        cmocka_unit_test(json_has_all_that_is_known),
        cmocka_unit_test(json_of_any_name_is_json),
        cmocka_unit_test(what_is_not_printable_reaches_no_terminal),
        cmocka_unit_test(no_numbers_break_a_view),
        cmocka_unit_test(the_manual_explains_each_column_and_key),
        cmocka_unit_test(a_process_s_name_may_hold_anything),
        cmocka_unit_test(use_is_counted_since_the_look_before),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
