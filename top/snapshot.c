/* SPDX-License-Identifier: MIT */
/* top/snapshot.c -- what the views have in common. */
#include "top/snapshot.h"

#include <string.h>

const char *const tp_top_executor_names[TP_BOARD_EXECUTORS] = { "async", "threads", "processes" };

const char *tp_top_state_name(uint32_t state)
{
    static const char *const names[TP_BOARD_STATES] = {
        [TP_BOARD_NONE] = "none",       [TP_BOARD_STARTING] = "starting",
        [TP_BOARD_IDLE] = "idle",       [TP_BOARD_BUSY] = "busy",
        [TP_BOARD_LEAVING] = "leaving", [TP_BOARD_ENDING] = "ending",
        [TP_BOARD_HELD] = "held back"
    };

    return state < TP_BOARD_STATES ? names[state] : "unknown";
}

/* How many bytes a printable character takes; 0: there is none. */
static size_t printable(const unsigned char *at)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t size = *at < 0x80                  ? 1
                  : *at < 0xc0 || *at >= 0xf8 ? 0
                  : *at >= 0xf0               ? 4
                  : *at >= 0xe0               ? 3
                                              : 2;
    uint32_t code = size <= 1 ? *at : *at & (0x7fU >> size);

    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80) /* the end of the text, too */
            return 0;
        code = code << 6 | (at[i] & 0x3f);
    }
    if (size == 0 || code < least[size] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0))
        return 0;
    /* Marks that turn the direction of a line around hide what it says. */
    return (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
                   (code >= 0x2066 && code <= 0x2069)
               ? 0
               : size;
}

void tp_top_make_printable(char *text)
{
    unsigned char *at = (unsigned char *)text;

    while (*at) {
        size_t size = printable(at);

        if (size == 0)
            *at = '?';
        at += size ? size : 1;
    }
}

bool tp_top_read_board(tp_top_worker *worker, const tp_board_view *view)
{
    bool whole = tp_board_read_worker(view, &worker->shown);

    if (!whole)
        return false;
    worker->has_board = true;
    tp_top_make_printable(worker->shown.task_queue);
    tp_top_make_printable(worker->shown.namespace_name);
    tp_top_make_printable(worker->shown.identity);
    for (size_t i = 0; i < worker->count; i++) {
        tp_board_process *shown = &worker->processes[i].shown;

        whole = tp_board_read_process(view, i, shown) && whole;
        tp_top_make_printable(shown->activity_type);
        tp_top_make_printable(shown->activity_id);
        tp_top_make_printable(shown->workflow_id);
    }
    return whole;
}

double tp_top_since(const tp_top_snapshot *snapshot, int64_t then)
{
    if (then <= 0)
        return -1;
    return then < snapshot->at ? (double)(snapshot->at - then) / 1e9 : 0;
}
