/* SPDX-License-Identifier: MIT */
/* tests/top/test_screen.c -- temporal-top in a terminal, and with workers that lie. */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/top/scene.h"

/* --- in a terminal ---------------------------------------------------------------------------- */

static struct terminal {
    pid_t pid;
    int fd;
    char seen[1 << 18]; /* all that was drawn so far */
    size_t size, read;  /* up to where a test has looked */
} term;

static void open_terminal(const char *type)
{
    const struct winsize size = { .ws_row = 30, .ws_col = 160 };
    const char *program = test_build_path("temporal-top");

    term.size = term.read = 0;
    term.seen[0] = '\0';
    term.pid = forkpty(&term.fd, NULL, NULL, &size);
    if (term.pid == 0) {
        setenv("TERM", type, 1);
        execl(program, program, "--folder", scene_folder(), "--delay", "0.1", (char *)NULL);
        _exit(127);
    }
    assert_true(term.pid > 0);
}

/* False when the other end is closed. */
static bool read_terminal(void)
{
    struct pollfd wait = { .fd = term.fd, .events = POLLIN };
    ssize_t size;

    assert_true(poll(&wait, 1, (int)(TEST_PATIENCE * 1000)) == 1);
    assert_true(term.size < sizeof term.seen - 1);
    size = read(term.fd, term.seen + term.size, sizeof term.seen - 1 - term.size);
    if (size > 0)
        term.size += (size_t)size;
    term.seen[term.size] = '\0';
    return size > 0;
}

/* Waits until that was drawn, after what was waited for before. */
static void await_text(const char *text)
{
    const double deadline = test_clock() + TEST_PATIENCE;
    const char *found;

    while ((found = strstr(term.seen + term.read, text)) == NULL)
        if (!read_terminal() || test_clock() > deadline)
            fail_msg("the screen does not show \"%s\": %s", text, term.seen);
    if (found)
        term.read = (size_t)(found - term.seen) + strlen(text);
}

static void press(const char *keys)
{
    assert_int_equal(write(term.fd, keys, strlen(keys)), strlen(keys));
}

static int close_terminal(void)
{
    int status;

    while (read_terminal())
        continue;
    status = test_reap(term.pid);
    close(term.fd);
    return status;
}

static void the_screen_shows_workers_and_q_leaves_it(void **state)
{
    struct impostor worker = impostor_start(IMPOSTOR_PLAIN);

    (void)state;
    open_terminal("xterm");
    await_text("1 worker");
    await_text("queue media");
    await_text("4711 busy");
    await_text("q quit");
    press("q");
    assert_int_equal(close_terminal(), 0);
    impostor_stop(&worker);
}

static void keys_reach_the_worker_and_the_screen_is_drawn_anew(void **state)
{
    struct impostor worker = impostor_start(IMPOSTOR_PLAIN);
    char expected[32];

    (void)state;
    open_terminal("xterm");
    await_text("4711 busy");
    press("jr");
    snprintf(expected, sizeof expected, "%d %d", TP_MEETING_RECYCLE, SCENE_PID);
    assert_string_equal(impostor_told(&worker), expected);
    await_text("leaving");
    press("\x1bOBK"); /* the arrow down, in the terminal's own words */
    await_text("kill process 4712");
    press("n");
    await_text("not done");
    press("Ky");
    snprintf(expected, sizeof expected, "%d %d", TP_MEETING_KILL, SCENE_PID + 1);
    assert_string_equal(impostor_told(&worker), expected);
    await_text("rather not"); /* what the worker says to it */
    press("+");
    snprintf(expected, sizeof expected, "%d 3", TP_MEETING_RESIZE);
    assert_string_equal(impostor_told(&worker), expected);
    press("Dy");
    snprintf(expected, sizeof expected, "%d 0", TP_MEETING_DRAIN);
    assert_string_equal(impostor_told(&worker), expected);
    press("q");
    assert_int_equal(close_terminal(), 0);
    impostor_stop(&worker);
}

static void a_worker_that_ends_leaves_the_screen(void **state)
{
    struct impostor worker = impostor_start(IMPOSTOR_PLAIN);

    (void)state;
    open_terminal("xterm");
    await_text("4711 busy");
    impostor_stop(&worker);
    await_text("no worker of this user");
    worker = impostor_start(IMPOSTOR_PLAIN);
    await_text("4711 busy");
    impostor_stop(&worker);
    await_text("no worker");
    press("q");
    assert_int_equal(close_terminal(), 0);
}

static void a_small_terminal_is_enough(void **state)
{
    const struct winsize small = { .ws_row = 2, .ws_col = 10 };
    struct impostor worker = impostor_start(IMPOSTOR_PLAIN);

    (void)state;
    open_terminal("xterm");
    await_text("4711 busy");
    assert_int_equal(ioctl(term.fd, TIOCSWINSZ, &small), 0);
    press("jjjj");
    press(" q");
    assert_int_equal(close_terminal(), 0);
    impostor_stop(&worker);
}

static void a_terminal_that_cannot_be_drawn_on_is_told(void **state)
{
    (void)state;
    open_terminal("no-such-terminal");
    await_text("no-such-terminal");
    assert_int_equal(close_terminal(), 1);
}

/* --- workers that lie ------------------------------------------------------------------------- */

static const char *once(const char *view)
{
    static char text[1 << 16];
    test_process *program =
        test_process_run(test_build_path("temporal-top"), "--folder", scene_folder(), view);
    const char *line;
    size_t size = 0;

    text[0] = '\0';
    while ((line = test_process_line(program)) != NULL)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s\n", line);
    assert_int_equal(test_process_wait(program), 0);
    test_process_free(program);
    return text;
}

static void a_worker_that_lies_hides_no_other(void **state)
{
    static const struct {
        impostor_kind kind;
        const char *expected;
    } rows[] = { { IMPOSTOR_SILENT, "it does not answer" },
                 { IMPOSTOR_UNSEALED, "no board: it is not sealed" },
                 { IMPOSTOR_BABBLING, "it has ended" },
                 { IMPOSTOR_FLEEING, "it has ended" },
                 { IMPOSTOR_GARBLED, "worker " } };
    struct impostor honest = impostor_start(IMPOSTOR_PLAIN);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct impostor liar = impostor_start(rows[i].kind);
        const char *text = once("--once");

        assert_contains(text, "2 workers");
        assert_contains(text, rows[i].expected);
        assert_contains(text, "4711 busy");
        for (; *text; text++)
            assert_true(*text == '\n' || (unsigned char)*text >= ' ');
        assert_contains(once("--json"), "\"task_queue\":\"media\"");
        impostor_stop(&liar);
    }
    impostor_stop(&honest);
    assert_contains(once("--once"), "no worker of this user");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_screen_shows_workers_and_q_leaves_it),
        cmocka_unit_test(keys_reach_the_worker_and_the_screen_is_drawn_anew),
        cmocka_unit_test(a_worker_that_ends_leaves_the_screen),
        cmocka_unit_test(a_small_terminal_is_enough),
        cmocka_unit_test(a_terminal_that_cannot_be_drawn_on_is_told),
        cmocka_unit_test(a_worker_that_lies_hides_no_other),
    };

    return cmocka_run_group_tests(tests, scene_make_runtime, scene_remove_runtime);
}
