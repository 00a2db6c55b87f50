/* SPDX-License-Identifier: MIT */
/* tests/top/test_keys.c -- what the screen's keys do. */
#include <string.h>

#include "tests/top/scene.h"
#include "top/keys.h"

struct desk {
    struct scene scene;
    tp_top_text text;
    tp_top_keys keys;
};

static void open_desk(struct desk *desk)
{
    memset(desk, 0, sizeof *desk);
    scene_set(&desk->scene);
    tp_top_text_make(&desk->text, &desk->scene.snapshot);
}

static tp_top_deed press(struct desk *desk, int key)
{
    return tp_top_keys_press(&desk->keys, &desk->scene.snapshot, &desk->text, key);
}

static const tp_top_line *chosen(struct desk *desk)
{
    size_t line = tp_top_keys_line(&desk->keys, &desk->scene.snapshot, &desk->text);

    return line < desk->text.count ? &desk->text.lines[line] : NULL;
}

static void assert_chosen(struct desk *desk, tp_top_line_kind kind, size_t worker, size_t process)
{
    const tp_top_line *line = chosen(desk);

    assert_non_null(line);
    assert_int_equal(line->kind, kind);
    assert_int_equal(line->worker, worker);
    if (kind == TP_TOP_LINE_PROCESS)
        assert_int_equal(line->process, process);
}

static void assert_command(const struct desk *desk, tp_meeting_kind kind, const char *worker,
                           int64_t argument)
{
    assert_int_equal(desk->keys.command.kind, kind);
    assert_string_equal(desk->keys.command.worker, worker);
    assert_int_equal(desk->keys.command.argument, argument);
}

static void arrows_go_from_worker_to_process_to_worker(void **state)
{
    struct desk desk;

    (void)state;
    open_desk(&desk);
    assert_chosen(&desk, TP_TOP_LINE_WORKER, 0, 0);
    press(&desk, TP_TOP_KEY_UP); /* there is nothing above */
    assert_chosen(&desk, TP_TOP_LINE_WORKER, 0, 0);
    press(&desk, TP_TOP_KEY_DOWN);
    assert_chosen(&desk, TP_TOP_LINE_PROCESS, 0, 0);
    press(&desk, TP_TOP_KEY_DOWN);
    assert_chosen(&desk, TP_TOP_LINE_PROCESS, 0, 1);
    press(&desk, TP_TOP_KEY_DOWN);
    assert_chosen(&desk, TP_TOP_LINE_WORKER, 1, 0);
    press(&desk, TP_TOP_KEY_DOWN);
    assert_chosen(&desk, TP_TOP_LINE_WORKER, 1, 0);
    press(&desk, TP_TOP_KEY_UP);
    assert_chosen(&desk, TP_TOP_LINE_PROCESS, 0, 1);
    tp_top_text_done(&desk.text);
}

static void the_choice_stays_with_its_worker(void **state)
{
    struct desk desk;

    (void)state;
    open_desk(&desk);
    for (int i = 0; i < 3; i++)
        press(&desk, TP_TOP_KEY_DOWN);
    desk.scene.snapshot.workers++; /* the first worker has ended */
    desk.scene.snapshot.count = 1;
    tp_top_text_make(&desk.text, &desk.scene.snapshot);
    assert_chosen(&desk, TP_TOP_LINE_WORKER, 0, 0);
    assert_string_equal(desk.keys.worker, "200-b");
    desk.scene.snapshot.count = 0;
    tp_top_text_make(&desk.text, &desk.scene.snapshot);
    assert_null(chosen(&desk));
    assert_int_equal(press(&desk, 'K'), TP_TOP_NOTHING);
    assert_int_equal(press(&desk, TP_TOP_KEY_DOWN), TP_TOP_NOTHING);
    assert_int_equal(press(&desk, 'q'), TP_TOP_LEAVE);
    tp_top_text_done(&desk.text);
}

static void a_kill_is_asked_for_twice(void **state)
{
    struct desk desk;

    (void)state;
    open_desk(&desk);
    assert_int_equal(press(&desk, 'K'), TP_TOP_NOTHING);
    assert_contains(desk.keys.message, "choose a process");
    press(&desk, TP_TOP_KEY_DOWN);
    assert_int_equal(press(&desk, 'K'), TP_TOP_NOTHING);
    assert_contains(desk.keys.message, "kill process 4711 (render)?");
    assert_int_equal(press(&desk, 'q'), TP_TOP_NOTHING); /* an answer, and no */
    assert_contains(desk.keys.message, "not done");
    assert_int_equal(press(&desk, 'y'), TP_TOP_NOTHING); /* nothing is asked */
    press(&desk, 'K');
    assert_int_equal(press(&desk, 'y'), TP_TOP_OBEY);
    assert_command(&desk, TP_MEETING_KILL, "100-a", SCENE_PID);
    tp_top_text_done(&desk.text);
}

/* The lines may have moved on before the answer comes. */
static void what_is_done_is_what_was_asked(void **state)
{
    struct desk desk;

    (void)state;
    open_desk(&desk);
    press(&desk, TP_TOP_KEY_DOWN);
    press(&desk, 'K');
    desk.scene.processes[0].shown.pid = 99; /* another process is there now */
    tp_top_text_make(&desk.text, &desk.scene.snapshot);
    assert_int_equal(press(&desk, 'y'), TP_TOP_OBEY);
    assert_command(&desk, TP_MEETING_KILL, "100-a", SCENE_PID);
    tp_top_text_done(&desk.text);
}

static void a_process_is_recycled_a_worker_drained(void **state)
{
    struct desk desk;

    (void)state;
    open_desk(&desk);
    press(&desk, TP_TOP_KEY_DOWN);
    press(&desk, TP_TOP_KEY_DOWN);
    assert_int_equal(press(&desk, 'r'), TP_TOP_OBEY);
    assert_command(&desk, TP_MEETING_RECYCLE, "100-a", SCENE_PID + 1);
    press(&desk, TP_TOP_KEY_DOWN);
    assert_int_equal(press(&desk, 'D'), TP_TOP_NOTHING);
    assert_contains(desk.keys.message, "shut worker 200-b down");
    assert_int_equal(press(&desk, 'y'), TP_TOP_OBEY);
    assert_command(&desk, TP_MEETING_DRAIN, "200-b", 0);
    tp_top_text_done(&desk.text);
}

static void a_pool_grows_and_shrinks_within_its_limits(void **state)
{
    struct desk desk;
    uint64_t *capacity = &desk.scene.workers[0].shown.executors[2].capacity;

    (void)state;
    open_desk(&desk);
    assert_int_equal(press(&desk, '+'), TP_TOP_OBEY);
    assert_command(&desk, TP_MEETING_RESIZE, "100-a", 3);
    assert_int_equal(press(&desk, '-'), TP_TOP_OBEY);
    assert_command(&desk, TP_MEETING_RESIZE, "100-a", 1);
    *capacity = 1;
    assert_int_equal(press(&desk, '-'), TP_TOP_NOTHING);
    assert_contains(desk.keys.message, "one process at least");
    *capacity = 4;
    assert_int_equal(press(&desk, '+'), TP_TOP_NOTHING);
    assert_contains(desk.keys.message, ".concurrency");
    for (int i = 0; i < 3; i++)
        press(&desk, TP_TOP_KEY_DOWN);
    assert_int_equal(press(&desk, '+'), TP_TOP_NOTHING);
    assert_contains(desk.keys.message, "no processes");
    assert_int_equal(press(&desk, ' '), TP_TOP_LOOK);
    assert_string_equal(desk.keys.message, "");
    assert_int_equal(press(&desk, 'x'), TP_TOP_NOTHING);
    tp_top_text_done(&desk.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrows_go_from_worker_to_process_to_worker),
        cmocka_unit_test(the_choice_stays_with_its_worker),
        cmocka_unit_test(a_kill_is_asked_for_twice),
        cmocka_unit_test(what_is_done_is_what_was_asked),
        cmocka_unit_test(a_process_is_recycled_a_worker_drained),
        cmocka_unit_test(a_pool_grows_and_shrinks_within_its_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
