/* SPDX-License-Identifier: MIT */
/* top/snapshot.h -- what temporal-top knows at one moment; the views are functions of it alone. */
#ifndef TP_TOP_SNAPSHOT_H
#define TP_TOP_SNAPSHOT_H

#include <sys/types.h>

#include "shm/board.h"
#include "shm/meeting.h"

/* What /proc says of a process. */
typedef struct tp_top_usage {
    bool is_known;
    double cpu_seconds, cpu_percent; /* of one processor */
    uint64_t resident;               /* bytes */
} tp_top_usage;

typedef struct tp_top_process {
    tp_board_process shown; /* its texts are printable */
    tp_top_usage usage;
} tp_top_process;

typedef struct tp_top_worker {
    char name[TP_MEETING_NAME];
    pid_t pid;
    char problem[TP_MEETING_TEXT]; /* "": it answers, and what follows is of now; else as it was
                                      seen last */
    bool has_board;
    tp_board_worker shown;
    tp_top_usage usage;
    tp_top_process *processes;
    size_t count;
} tp_top_worker;

typedef struct tp_top_snapshot {
    int64_t at; /* CLOCK_MONOTONIC, as the times that are shown */
    int64_t wall;
    const tp_top_worker *workers;
    size_t count;
} tp_top_snapshot;

/** "busy"; a name for each number. */
const char *tp_top_state_name(uint32_t state);
extern const char *const tp_top_executor_names[TP_BOARD_EXECUTORS];
/** Copies what the board shows, with its texts made printable, of the worker's count of processes.
 * False: a part of it is being written, and does not end. */
bool tp_top_read_board(tp_top_worker *worker, const tp_board_view *view);
/** Replaces what is no printable character of UTF-8: it would reach a terminal. */
void tp_top_make_printable(char *text);
/** Seconds since then; negative when there was none. Never negative otherwise. */
double tp_top_since(const tp_top_snapshot *snapshot, int64_t then);

#endif
