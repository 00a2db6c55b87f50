/* SPDX-License-Identifier: MIT */
/* cells.h -- tables of what cancellation does: what is waited for x who cancels x when.
 *
 * A row stands for every combination of its bits, and each combination is a test with a name of its
 * own, "timer, cancelled by its scope, after it was sent". It is played by drive (drive.h): live,
 * evicted at every task, and replayed from the history that it left.
 *
 * What is expected comes from the state machines of the other SDKs, and where they differ among
 * themselves from this rule: what history has settled before code runs is settled. An outcome that
 * comes with the request to cancel counts, in whatever order the two come: nothing that was done is
 * lost, and the cancelled scope stays cancelled for what is awaited next. A timer has no outcome to
 * lose: of its firing and the run's cancellation the first counts. */
#ifndef TESTS_WORKFLOW_CELLS_H
#define TESTS_WORKFLOW_CELLS_H

#include "drive.h"

/* What is waited for. */
enum {
    ACTIVITY_TRY = 1 << 0,
    ACTIVITY_WAIT = 1 << 1,
    ACTIVITY_ABANDON = 1 << 2,
    LOCAL_TRY = 1 << 3,
    LOCAL_WAIT = 1 << 4,
    LOCAL_ABANDON = 1 << 5,
    LOCAL_BACKOFF = 1 << 6, /* the timer between two attempts */
    STARTING_TRY = 1 << 7,  /* a child that was asked for */
    STARTING_WAIT = 1 << 8,
    STARTING_ABANDON = 1 << 9,
    STARTING_REQUEST = 1 << 10,
    RUNNING_TRY = 1 << 11, /* a child that has started */
    RUNNING_WAIT = 1 << 12,
    RUNNING_ABANDON = 1 << 13,
    RUNNING_REQUEST = 1 << 14,
    TIMER = 1 << 15,
    SLEEP = 1 << 16,
    CONDITION = 1 << 17,
    TIMED_CONDITION = 1 << 18,
    PARKED = 1 << 19,     /* TEMPORAL_WAIT_UNTIL */
    COROUTINE = 1 << 20,  /* which sleeps */
    SIGNALLING = 1 << 21, /* another workflow */
    CANCELLING = 1 << 22, /* the same */
    ANY = 1 << 23,        /* of a timer, an activity by TRY and one by WAIT */
    ALL = 1 << 24,

    ACTIVITIES = ACTIVITY_TRY | ACTIVITY_WAIT | ACTIVITY_ABANDON,
    LOCALS = LOCAL_TRY | LOCAL_WAIT | LOCAL_ABANDON,
    STARTING = STARTING_TRY | STARTING_WAIT | STARTING_ABANDON | STARTING_REQUEST,
    RUNNING = RUNNING_TRY | RUNNING_WAIT | RUNNING_ABANDON | RUNNING_REQUEST
};

/* Who cancels, and what becomes of it. */
enum {
    SCOPE = 1 << 0,     /* the code goes on, and the run completes */
    HANDLE = 1 << 1,    /* the same */
    RUN = 1 << 2,       /* the code returns what it got */
    SWALLOWED = 1 << 3, /* the run, and the code returns TEMPORAL_OK all the same */
    SHIELDED = 1 << 4,  /* the run, while the code waits in a shield; then it sleeps outside */

    BY_CODE = SCOPE | HANDLE,
    BY_RUN = RUN | SWALLOWED,
    BY_ALL = BY_CODE | BY_RUN
};

/* When. */
enum {
    UNSENT = 1 << 0, /* by code: in the task that begins it; by the run: before it */
    SENT = 1 << 1,
    DONE_FIRST = 1 << 2, /* in the task of its completion, which comes first */
    DONE_AFTER = 1 << 3, /* the same, but the request to cancel comes first */

    DONE = DONE_FIRST | DONE_AFTER
};

/* What happens: the events before each task, "|" between the tasks, of which the first is the run's
 * own; behind ":" what becomes of its local activities.
 *
 *     cancel                      who cancels; by code, it is a signal whose handler does
 *     completed, canceled, failed [2]   an activity, by its id, or the child
 *     started, refused            the child
 *     told, untold                the request to cancel has reached the child, or has not
 *     signaled, fired 1, true     the signal to another workflow, a timer, the condition
 *     end                         until then the code waits in a shield when it has its answer
 *     completed, canceled, backs off, overdue      behind ":"
 *
 * Commands: as drive tells them; "$" is "cancel" for RUN and SHIELDED, "complete -" for others.
 * Notes: what each await gave. */
typedef struct cell {
    unsigned what, who, when;
    const char *but; /* what else happens, behind the name; NULL: nothing */
    const char *happens, *commands, *notes;
} cell;

/* Combinations that cannot be, and why. */
typedef struct cell_gap {
    unsigned what, who, when;
    const char *why;
} cell_gap;

/** The program of a table: every combination of what with everybody and every time must be a cell
 * of it, or a gap. */
int cells_main(const char *group, unsigned what, const cell *cells, size_t cell_count,
               const cell_gap *gaps, size_t gap_count);
#define CELLS_MAIN(group, what, cells, gaps)                                            \
    int main(void)                                                                      \
    {                                                                                   \
        return cells_main(group, what, cells, sizeof(cells) / sizeof((cells)[0]), gaps, \
                          sizeof(gaps) / sizeof((gaps)[0]));                            \
    }

/* For cells.c: the workflow that all cells run, and what it is to do. */
typedef struct cell_case {
    const cell *row;
    unsigned what, who, when; /* a bit of each */
} cell_case;
extern const cell_case *cells_current;
extern const temporal_workflow_def *const cells_workflow;

#endif
