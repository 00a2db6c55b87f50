/* SPDX-License-Identifier: MIT */
/* Any bytes on a worker's board, and as its messages: temporal-top reads within the board, shows
 * nothing but printable text, and writes JSON that is JSON. A libFuzzer target, as fuzz_json.c;
 * tests/top/test_hostile_board.c runs it on inputs of its own. */
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "top/json.h"
#include "top/text.h"

#define PROCESSES 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

/* --- the board -------------------------------------------------------------------------------- */

/* A board of a busy worker, as a sealed file of its own that the input has written over: an offset
 * of two bytes, a length, and so many bytes, again and again. */
static int make_board(const uint8_t *data, size_t size)
{
    const tp_board_worker worker = { .pid = 100, .started_at = 1, .wanted = PROCESSES };
    tp_board_process process = { .state = TP_BOARD_BUSY, .pid = 4711, .attempt = 1, .beats = 3 };
    int fd = memfd_create("board", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    uint8_t *bytes;
    tp_board board;

    demand(tp_board_new(&board, PROCESSES) == TEMPORAL_OK);
    tp_board_set_text(process.activity_type, "render");
    tp_board_show_worker(&board, &worker);
    tp_board_show_process(&board, 0, &process);
    bytes = tp_memdup(board.base, board.size);
    while (size > 3) {
        size_t at = ((size_t)data[0] << 8 | data[1]) % board.size, count = data[2];

        data += 3;
        size -= 3;
        if (count > size)
            count = size;
        if (count > board.size - at)
            count = board.size - at;
        memcpy(bytes + at, data, count);
        data += count;
        size -= count;
    }
    demand(fd >= 0 && write(fd, bytes, board.size) == (ssize_t)board.size);
    demand(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0);
    tp_free(bytes);
    tp_board_done(&board);
    return fd;
}

/* --- what is shown of it ---------------------------------------------------------------------- */

static void demand_printable(tp_bytes text)
{
    char *copy = tp_alloc(text.size + 1), *again;

    for (size_t i = 0; i < text.size; i++) /* the lines' own */
        copy[i] = (char)(text.data[i] == '\n' ? ' ' : text.data[i]);
    demand(strlen(copy) == text.size);
    again = tp_strdup(copy);
    tp_top_make_printable(again);
    demand(strcmp(copy, again) == 0);
    tp_free(again);
    tp_free(copy);
}

static void demand_json(tp_bytes text)
{
    /* Numbers of 64 bits are more than jansson's integers hold. */
    json_t *json = json_loadb((const char *)text.data, text.size, JSON_DECODE_INT_AS_REAL, NULL);

    demand(json != NULL);
    json_decref(json);
}

static void show(const tp_board_view *view)
{
    tp_top_worker worker = { .name = "100-a", .pid = 100, .count = view->count };
    const tp_top_snapshot snapshot = { .at = 2 * TP_NANOSECONDS, .workers = &worker, .count = 1 };
    tp_top_text text = { 0 };
    tp_buffer json = { 0 };

    worker.processes = tp_alloc_array(worker.count + 1, sizeof *worker.processes);
    (void)tp_top_read_board(&worker, view);
    tp_top_text_make(&text, &snapshot);
    demand_printable(tp_buffer_bytes(&text.text));
    tp_top_json_write(&json, &snapshot);
    demand_json(tp_buffer_bytes(&json));
    tp_top_text_done(&text);
    tp_buffer_done(&json);
    tp_free(worker.processes);
}

static void fuzz_board(const uint8_t *data, size_t size)
{
    int fd = make_board(data, size);
    tp_board_view view = { 0 };
    temporal_error *error = tp_board_open(&view, fd);

    if (!error)
        show(&view);
    temporal_error_free(error);
    tp_board_close(&view);
    close(fd);
}

/* --- messages and names ----------------------------------------------------------------------- */

static void fuzz_messages(const uint8_t *data, size_t size)
{
    tp_meeting_request request;
    tp_meeting_reply reply;
    char name[TP_MEETING_NAME] = "";
    pid_t pid;

    if (tp_meeting_read_request(data, size, &request))
        demand(size == sizeof request);
    if (tp_meeting_read_reply(data, size, &reply)) {
        demand(size == sizeof reply && strlen(reply.text) < sizeof reply.text);
        tp_top_make_printable(reply.text);
        demand_printable((tp_bytes){ (const uint8_t *)reply.text, strlen(reply.text) });
    }
    memcpy(name, data, size < sizeof name ? size : sizeof name - 1);
    if (tp_meeting_read_name(name, &pid))
        demand(pid > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_board(data, size);
    if (size > 0)
        fuzz_messages(data, size);
    return 0;
}
