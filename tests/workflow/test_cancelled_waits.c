/* SPDX-License-Identifier: MIT */
/* test_cancelled_waits.c -- timers, sleeps, conditions, coroutines, messages to other workflows,
 * and several things at once: cells.h. */
#include "cells.h"

#define SLEEPERS  (TIMER | SLEEP | COROUTINE)
#define UNTIMED   (CONDITION | PARKED)
#define WAITS     (SLEEPERS | UNTIMED | TIMED_CONDITION)
#define MESSAGES  (SIGNALLING | CANCELLING)
#define SEVERAL   (ANY | ALL)
#define NO_HANDLE (SLEEP | UNTIMED | TIMED_CONDITION)

#define T     "timer 1 60s | "
#define BEGUN "timer 1 60s, activity quick 1 -, activity slow 2 - | "

/* clang-format off */
static const cell cells[] = {
    /* --- timers and conditions */
    { WAITS, SCOPE, UNSENT, NULL, "| end", " | $", "cancelled" },
    { TIMER | COROUTINE, HANDLE, UNSENT, NULL, "| end", " | $", "cancelled" },
    { WAITS, BY_RUN, UNSENT, NULL, "cancel | end", " | $", "cancelled" },
    { SLEEPERS, SHIELDED, UNSENT, NULL, "cancel | fired 1 | end", T " | $", "ok" },
    { TIMED_CONDITION, SHIELDED, UNSENT, NULL, "cancel | true | end",
      T "cancel-timer 1 | $", "ok" },
    { UNTIMED, SHIELDED, UNSENT, NULL, "cancel | true | end", " |  | $", "ok" },

    { SLEEPERS | TIMED_CONDITION, SCOPE | BY_RUN, SENT, NULL, "| cancel | end",
      T "cancel-timer 1 | $", "cancelled" },
    { TIMER | COROUTINE, HANDLE, SENT, NULL, "| cancel | end",
      T "cancel-timer 1 | $", "cancelled" },
    { SLEEPERS | TIMED_CONDITION, SCOPE | BY_RUN, SENT, "asked twice", "| cancel | cancel | end",
      T "cancel-timer 1 |  | $", "cancelled" },
    { UNTIMED, SCOPE | BY_RUN, SENT, NULL, "| cancel | end", " |  | $", "cancelled" },
    { UNTIMED, SCOPE | BY_RUN, SENT, "it comes true later", "| cancel | true | end",
      " |  |  | $", "cancelled" },
    { SLEEPERS, SHIELDED, SENT, NULL, "| cancel | fired 1 | end", T " |  | $", "ok" },
    { TIMED_CONDITION, SHIELDED, SENT, NULL, "| cancel | true | end",
      T " | cancel-timer 1 | $", "ok" },
    { UNTIMED, SHIELDED, SENT, NULL, "| cancel | true | end", " |  |  | $", "ok" },

    { SLEEPERS, SCOPE | BY_RUN, DONE_FIRST, NULL, "| fired 1, cancel | end",
      T " | complete -", "ok" },
    { TIMER | COROUTINE, HANDLE, DONE_FIRST, NULL, "| fired 1, cancel | end",
      T " | complete -", "ok" },
    /* A handler of a signal runs when history has been taken in: it comes too late. */
    { SLEEPERS, SCOPE, DONE_AFTER, NULL, "| cancel, fired 1 | end", T " | complete -", "ok" },
    { TIMER | COROUTINE, HANDLE, DONE_AFTER, NULL, "| cancel, fired 1 | end",
      T " | complete -", "ok" },
    /* The server has closed it: there is nothing to cancel there. */
    { SLEEPERS, BY_RUN, DONE_AFTER, NULL, "| cancel, fired 1 | end", T " | $", "cancelled" },
    { SLEEPERS, SHIELDED, DONE_FIRST, NULL, "| fired 1, cancel | end", T " | $", "ok" },
    { SLEEPERS, SHIELDED, DONE_AFTER, NULL, "| cancel, fired 1 | end", T " | $", "ok" },

    { UNTIMED, SCOPE | BY_RUN, DONE_FIRST, NULL, "| true, cancel | end", " |  | complete -", "ok" },
    { UNTIMED, SCOPE | BY_RUN, DONE_AFTER, NULL, "| cancel, true | end", " |  | complete -", "ok" },
    { UNTIMED, SHIELDED, DONE_FIRST, NULL, "| true, cancel | end", " |  | $", "ok" },
    { UNTIMED, SHIELDED, DONE_AFTER, NULL, "| cancel, true | end", " |  | $", "ok" },
    { TIMED_CONDITION, SCOPE | BY_RUN, DONE_FIRST, NULL, "| true, cancel | end",
      T "cancel-timer 1 | complete -", "ok" },
    { TIMED_CONDITION, SCOPE | BY_RUN, DONE_AFTER, NULL, "| cancel, true | end",
      T "cancel-timer 1 | complete -", "ok" },
    { TIMED_CONDITION, SCOPE | BY_RUN, DONE_FIRST, "its time is over", "| fired 1, cancel | end",
      T " | $", "cancelled" },
    { TIMED_CONDITION, SCOPE | BY_RUN, DONE_AFTER, "its time is over", "| cancel, fired 1 | end",
      T " | $", "cancelled" },
    { TIMED_CONDITION, SHIELDED, DONE_FIRST, NULL, "| true, cancel | end",
      T "cancel-timer 1 | $", "ok" },
    { TIMED_CONDITION, SHIELDED, DONE_AFTER, NULL, "| cancel, true | end",
      T "cancel-timer 1 | $", "ok" },
    { TIMED_CONDITION, SHIELDED, DONE_FIRST, "its time is over", "| fired 1, cancel | end",
      T " | $", "the condition did not come true within 60 s" },
    { TIMED_CONDITION, SHIELDED, DONE_AFTER, "its time is over", "| cancel, fired 1 | end",
      T " | $", "the condition did not come true within 60 s" },

    /* --- messages to other workflows: what is under way cannot be taken back */
    { SIGNALLING, BY_CODE, UNSENT, NULL, "| end", " | $", "cancelled" },
    { SIGNALLING, SHIELDED, UNSENT, NULL, "cancel | signaled | end",
      "signal other hey - |  | $", "ok" },
    { SIGNALLING, BY_ALL, SENT, NULL, "| cancel | end | signaled",
      "signal other hey - |  |  | complete -", "ok" },
    { SIGNALLING, SHIELDED, SENT, NULL, "| cancel | end | signaled",
      "signal other hey - |  |  | $", "ok" },
    { SIGNALLING, BY_ALL, DONE_FIRST, NULL, "| signaled, cancel | end",
      "signal other hey - |  | complete -", "ok" },
    { SIGNALLING, BY_ALL, DONE_AFTER, NULL, "| cancel, signaled | end",
      "signal other hey - |  | complete -", "ok" },
    { SIGNALLING, SHIELDED, DONE_FIRST, NULL, "| signaled, cancel | end",
      "signal other hey - |  | $", "ok" },
    { SIGNALLING, SHIELDED, DONE_AFTER, NULL, "| cancel, signaled | end",
      "signal other hey - |  | $", "ok" },

    /* Nobody's cancellation cancels a cancellation: once begun, it is sent. */
    { CANCELLING, BY_CODE, UNSENT, NULL, "| end | told", "cancel other |  | complete -", "ok" },
    { CANCELLING, SHIELDED, UNSENT, NULL, "cancel | told | end", "cancel other |  | $", "ok" },
    { CANCELLING, BY_ALL, SENT, NULL, "| cancel | end | told",
      "cancel other |  |  | complete -", "ok" },
    { CANCELLING, SHIELDED, SENT, NULL, "| cancel | end | told", "cancel other |  |  | $", "ok" },
    { CANCELLING, BY_ALL, DONE_FIRST, NULL, "| told, cancel | end",
      "cancel other |  | complete -", "ok" },
    { CANCELLING, BY_ALL, DONE_AFTER, NULL, "| cancel, told | end",
      "cancel other |  | complete -", "ok" },
    { CANCELLING, SHIELDED, DONE_FIRST, NULL, "| told, cancel | end",
      "cancel other |  | $", "ok" },
    { CANCELLING, SHIELDED, DONE_AFTER, NULL, "| cancel, told | end",
      "cancel other |  | $", "ok" },
    { MESSAGES, BY_RUN, UNSENT, NULL, "cancel | end", " | $", "cancelled" },

    /* --- several: each ends in its own way, "any" goes on with the first */
    { ANY, BY_CODE, UNSENT, NULL, "| end", " | $",
      "first 0; cancelled; activity cancelled; activity cancelled" },
    { ALL, BY_CODE, UNSENT, NULL, "| end", " | $",
      "cancelled; activity cancelled; activity cancelled" },
    { ANY, BY_RUN, UNSENT, NULL, "cancel | end", " | $",
      "first 0; cancelled; cancelled; cancelled" },
    { ALL, BY_RUN, UNSENT, NULL, "cancel | end", " | $", "cancelled; cancelled; cancelled" },
    { ANY, SHIELDED, UNSENT, NULL, "cancel | completed 2 | end", BEGUN " | $",
      "first 2; open; open; ok" },
    { ALL, SHIELDED, UNSENT, NULL, "cancel | completed 2 | fired 1, completed 1 | end",
      BEGUN " |  | $", "ok; ok; ok" },

    { ANY, BY_ALL, SENT, NULL, "| cancel | end",
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 | $",
      "first 0; cancelled; activity cancelled; open" },
    { ANY, BY_ALL, SENT, "asked twice", "| cancel | cancel | canceled 2 | end",
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 |  |  | $",
      "first 0; cancelled; activity cancelled; open" },
    { ALL, BY_ALL, SENT, NULL, "| cancel | end | canceled 2",
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 |  | $",
      "cancelled; activity cancelled; activity cancelled" },
    { ALL, BY_ALL, SENT, "one completes", "| cancel | end | completed 2",
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 |  | $",
      "cancelled; activity cancelled; ok" },
    { ALL, BY_ALL, SENT, "asked twice", "| cancel | cancel | end | canceled 2",
      BEGUN "cancel-timer 1, request-cancel 6, request-cancel 7 |  |  | $",
      "cancelled; activity cancelled; activity cancelled" },
    { ANY, SHIELDED, SENT, NULL, "| cancel | fired 1 | end", BEGUN " |  | $",
      "first 0; ok; open; open" },
    { ALL, SHIELDED, SENT, NULL, "| cancel | fired 1, completed 1, completed 2 | end",
      BEGUN " |  | $", "ok; ok; ok" },

    { ANY, BY_ALL, DONE_FIRST, "the timer's", "| fired 1, cancel | end",
      BEGUN "request-cancel 6, request-cancel 7 | complete -",
      "first 0; ok; activity cancelled; open" },
    { ANY, BY_CODE, DONE_AFTER, "the timer's", "| cancel, fired 1 | end",
      BEGUN "request-cancel 6, request-cancel 7 | complete -",
      "first 0; ok; activity cancelled; open" },
    { ANY, BY_RUN, DONE_AFTER, "the timer's", "| cancel, fired 1 | end",
      BEGUN "request-cancel 6, request-cancel 7 | $",
      "first 0; cancelled; activity cancelled; open" },
    { ANY, BY_ALL, DONE_FIRST, "the first activity's", "| completed 1, cancel | end",
      BEGUN "cancel-timer 1, request-cancel 7 | $", "first 0; cancelled; ok; open" },
    { ANY, BY_ALL, DONE_AFTER, "the first activity's", "| cancel, completed 1 | end",
      BEGUN "cancel-timer 1, request-cancel 7 | $", "first 0; cancelled; ok; open" },
    { ANY, BY_ALL, DONE_FIRST, "the last activity's", "| completed 2, cancel | end",
      BEGUN "cancel-timer 1, request-cancel 6 | $",
      "first 0; cancelled; activity cancelled; ok" },
    { ANY, SHIELDED, DONE_FIRST, NULL, "| completed 1, cancel | end", BEGUN " | $",
      "first 1; open; ok; open" },
    { ANY, SHIELDED, DONE_AFTER, NULL, "| cancel, completed 1 | end", BEGUN " | $",
      "first 1; open; ok; open" },

    { ALL, BY_ALL, DONE_FIRST, "the timer's", "| fired 1, cancel | canceled 2 | end",
      BEGUN "request-cancel 6, request-cancel 7 |  | $",
      "ok; activity cancelled; activity cancelled" },
    { ALL, BY_CODE, DONE_AFTER, "the timer's", "| cancel, fired 1 | canceled 2 | end",
      BEGUN "request-cancel 6, request-cancel 7 |  | $",
      "ok; activity cancelled; activity cancelled" },
    { ALL, BY_RUN, DONE_AFTER, "the timer's", "| cancel, fired 1 | canceled 2 | end",
      BEGUN "request-cancel 6, request-cancel 7 |  | $",
      "cancelled; activity cancelled; activity cancelled" },
    { ALL, BY_ALL, DONE_FIRST, "the first activity's", "| completed 1, cancel | canceled 2 | end",
      BEGUN "cancel-timer 1, request-cancel 7 |  | $", "cancelled; ok; activity cancelled" },
    { ALL, BY_ALL, DONE_FIRST, "the last activity's", "| completed 2, cancel | end",
      BEGUN "cancel-timer 1, request-cancel 6 | $", "cancelled; activity cancelled; ok" },
    { ALL, BY_ALL, DONE_AFTER, "the last activity's", "| cancel, completed 2 | end",
      BEGUN "cancel-timer 1, request-cancel 6 | $", "cancelled; activity cancelled; ok" },
    { ALL, SHIELDED, DONE_FIRST, NULL, "| completed 1, fired 1, completed 2, cancel | end",
      BEGUN " | $", "ok; ok; ok" },
    { ALL, SHIELDED, DONE_AFTER, NULL, "| cancel, completed 1, fired 1, completed 2 | end",
      BEGUN " | $", "ok; ok; ok" },
};

static const cell_gap gaps[] = {
    { NO_HANDLE, HANDLE, UNSENT | SENT | DONE, "what only waits has no handle" },
};
/* clang-format on */

CELLS_MAIN("cancelled waits", WAITS | MESSAGES | SEVERAL, cells, gaps)
