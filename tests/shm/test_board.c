/* SPDX-License-Identifier: MIT */
/* tests/shm/test_board.c -- what a worker shows of itself, and what a watcher makes of it. */
#include "shm/board.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/support.h"

static tp_board_process row_of(uint64_t number)
{
    tp_board_process row = { .state = TP_BOARD_BUSY, .pid = 4711, .attempt = 1 };

    row.done = row.failed = row.progress = number;
    tp_board_set_text(row.activity_type, "render");
    return row;
}

/* --- between the two -------------------------------------------------------------------------- */

static void a_watcher_reads_what_was_shown(void **state)
{
    tp_board_worker worker = { .pid = 42, .limit = 3 }, seen_worker;
    tp_board_process row = row_of(7), seen;
    tp_board_view view;
    tp_board board;

    (void)state;
    tp_board_set_text(worker.task_queue, "media");
    assert_ok(tp_board_new(&board, 3));
    assert_ok(tp_board_open(&view, board.fd));
    assert_int_equal(view.count, 3);
    assert_true(tp_board_read_process(&view, 2, &seen));
    assert_int_equal(seen.state, TP_BOARD_NONE);
    tp_board_show_worker(&board, &worker);
    tp_board_show_process(&board, 2, &row);
    assert_true(tp_board_read_worker(&view, &seen_worker));
    assert_memory_equal(&seen_worker, &worker, sizeof worker);
    assert_true(tp_board_read_process(&view, 2, &seen));
    assert_memory_equal(&seen, &row, sizeof row);
    tp_board_done(&board); /* the worker has ended: the last that was seen stays readable */
    assert_true(tp_board_read_process(&view, 2, &seen));
    assert_string_equal(seen.activity_type, "render");
    tp_board_close(&view);
}

static void what_has_not_changed_is_not_written(void **state)
{
    tp_board_process row = row_of(1);
    tp_board_worker worker = { .pid = 42 };
    tp_board board;

    (void)state;
    assert_ok(tp_board_new(&board, 2));
    for (int i = 0; i < 3; i++) {
        tp_board_show_worker(&board, &worker);
        tp_board_show_process(&board, 0, &row);
    }
    assert_int_equal(board.writes, 2);
    row.progress++;
    tp_board_show_process(&board, 0, &row);
    assert_int_equal(board.writes, 3);
    tp_board_done(&board);
}

static void a_watcher_cannot_write(void **state)
{
    char path[64];
    tp_board board;
    int again;

    (void)state;
    assert_ok(tp_board_new(&board, 1));
    assert_int_equal(fcntl(board.fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    assert_true(mmap(NULL, board.size, PROT_READ | PROT_WRITE, MAP_SHARED, board.fd, 0) ==
                MAP_FAILED);
    assert_int_equal(write(board.fd, "x", 1), -1);
    snprintf(path, sizeof path, "/proc/self/fd/%d", board.fd);
    again = open(path, O_RDWR | O_CLOEXEC); /* its owner may open it anew, but no more than that */
    assert_true(again >= 0);
    assert_int_equal(write(again, "x", 1), -1);
    assert_int_equal(errno, EPERM);
    assert_true(mmap(NULL, board.size, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0) == MAP_FAILED);
    assert_int_equal(ftruncate(again, 0), -1);
    close(again);
    tp_board_done(&board);
}

static void long_texts_are_cut_off_between_characters(void **state)
{
    char text[TP_BOARD_TEXT], from[4 * TP_BOARD_TEXT];

    (void)state;
    memset(from, 'a', sizeof from);
    from[sizeof from - 1] = '\0';
    tp_board_set_text(text, from);
    assert_int_equal(strlen(text), TP_BOARD_TEXT - 1);
    memcpy(from + TP_BOARD_TEXT - 3, "\xe2\x82\xac", 3); /* its last byte would not fit */
    tp_board_set_text(text, from);
    assert_int_equal(strlen(text), TP_BOARD_TEXT - 3);
    tp_board_set_text(text, NULL);
    assert_string_equal(text, "");
}

/* --- at the same time ------------------------------------------------------------------------- */

enum {
    ROUNDS = 20000
};

struct pair {
    tp_board board;
    atomic_bool over;
};

static void *write_rows(void *data)
{
    struct pair *pair = data;

    for (uint64_t i = 1; i <= ROUNDS; i++) {
        tp_board_process row = row_of(i);

        tp_board_show_process(&pair->board, 0, &row);
    }
    atomic_store(&pair->over, true);
    return NULL;
}

static void a_row_is_seen_whole_or_not_at_all(void **state)
{
    struct pair pair = { .over = false };
    tp_board_process seen = { 0 };
    uint64_t last = 0;
    tp_board_view view;
    pthread_t writer;

    (void)state;
    assert_ok(tp_board_new(&pair.board, 1));
    assert_ok(tp_board_open(&view, pair.board.fd));
    assert_int_equal(pthread_create(&writer, NULL, write_rows, &pair), 0);
    while (!atomic_load(&pair.over)) {
        if (!tp_board_read_process(&view, 0, &seen))
            continue;
        assert_int_equal(seen.done, seen.failed);
        assert_int_equal(seen.done, seen.progress);
        assert_true(seen.done >= last);
        last = seen.done;
    }
    pthread_join(writer, NULL);
    assert_true(tp_board_read_process(&view, 0, &seen));
    assert_int_equal(seen.progress, ROUNDS);
    tp_board_close(&view);
    tp_board_done(&pair.board);
}

/* --- boards that nobody vouches for ----------------------------------------------------------- */

/* What a memfd of that text, sealed or not, is taken for. */
static temporal_error *open_bytes(const void *bytes, size_t size, bool sealed, tp_board_view *view)
{
    int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    temporal_error *error;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    if (sealed)
        assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
    error = tp_board_open(view, fd);
    close(fd);
    return error;
}

static size_t read_board(size_t count, uint8_t *bytes, size_t capacity)
{
    tp_board_process row = row_of(9);
    tp_board board;
    size_t size;

    assert_ok(tp_board_new(&board, count));
    for (size_t i = 0; i < count; i++)
        tp_board_show_process(&board, i, &row);
    size = board.size;
    assert_true(size <= capacity);
    memcpy(bytes, board.base, size);
    tp_board_done(&board);
    return size;
}

static void a_board_that_cannot_be_is_refused(void **state)
{
    static uint8_t bytes[1 << 16];
    size_t size = read_board(2, bytes, sizeof bytes);
    tp_board_view view = { 0 };
    int ends[2];

    (void)state;
    assert_ok(open_bytes(bytes, size, true, &view));
    tp_board_close(&view);
    assert_fails(open_bytes(bytes, size, false, &view), SYSTEM, "not sealed");
    assert_fails(open_bytes(bytes, 0, true, &view), SYSTEM, "size cannot be");
    assert_fails(open_bytes(bytes, 63, true, &view), SYSTEM, "size cannot be");
    assert_fails(open_bytes(bytes, size - 1, true, &view), SYSTEM, "do not fit together");
    bytes[8]++;
    assert_fails(open_bytes(bytes, size, true, &view), SYSTEM, "version");
    bytes[8]--;
    bytes[12] = 200; /* processes */
    assert_fails(open_bytes(bytes, size, true, &view), SYSTEM, "do not fit together");
    memset(bytes + 12, 0xff, 4);
    assert_fails(open_bytes(bytes, size, true, &view), SYSTEM, "do not fit together");
    bytes[0]++;
    assert_fails(open_bytes(bytes, size, true, &view), SYSTEM, "something else");
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_fails(tp_board_open(&view, ends[0]), SYSTEM, "not sealed");
    close(ends[0]);
    close(ends[1]);
    assert_null(view.base);
}

static void a_cell_whose_writer_died_is_not_read(void **state)
{
    static uint8_t bytes[1 << 16];
    size_t size = read_board(1, bytes, sizeof bytes);
    tp_board_process seen;
    tp_board_worker worker;
    tp_board_view view;

    (void)state;
    bytes[64 + 8 + sizeof(tp_board_worker)] |= 1; /* the first process's sequence number */
    assert_ok(open_bytes(bytes, size, true, &view));
    assert_false(tp_board_read_process(&view, 0, &seen));
    assert_true(tp_board_read_worker(&view, &worker));
    tp_board_close(&view);
}

/* Fixed pseudo-random bytes: refused, or read without harm. */
static void no_bytes_do_harm(void **state)
{
    static uint8_t good[1 << 16], bytes[1 << 16];
    size_t size = read_board(3, good, sizeof good), read = 0;
    uint32_t seed = 1;

    (void)state;
    for (int round = 0; round < 500; round++) {
        tp_board_view view = { 0 };
        temporal_error *error;

        memcpy(bytes, good, size);
        for (int i = 0; i < 1 + round % 40; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[(seed >> 8) % (round % 2 ? size : 128)] = (uint8_t)(seed >> 24);
        }
        error = open_bytes(bytes, size, true, &view);
        for (size_t i = 0; !error && i < view.count; i++) {
            tp_board_process row;

            read += tp_board_read_process(&view, i, &row) &&
                    strlen(row.activity_id) < TP_BOARD_TEXT &&
                    strlen(row.workflow_id) < TP_BOARD_TEXT;
        }
        tp_board_close(&view);
        temporal_error_free(error);
    }
    assert_true(read > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_watcher_reads_what_was_shown),
        cmocka_unit_test(what_has_not_changed_is_not_written),
        cmocka_unit_test(a_watcher_cannot_write),
        cmocka_unit_test(long_texts_are_cut_off_between_characters),
        cmocka_unit_test(a_row_is_seen_whole_or_not_at_all),
        cmocka_unit_test(a_board_that_cannot_be_is_refused),
        cmocka_unit_test(a_cell_whose_writer_died_is_not_read),
        cmocka_unit_test(no_bytes_do_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
