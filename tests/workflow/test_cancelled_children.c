/* SPDX-License-Identifier: MIT */
/* test_cancelled_children.c -- children that start and that run: cells.h. The code awaits the start
 * and then the end, so each cell notes both. */
#include "cells.h"

#define KID "child kid k - | "

/* clang-format off */
static const cell cells[] = {
    /* --- one that has not started: the server could not find it, so it is asked when it has */
    { STARTING, BY_CODE, UNSENT, NULL, "| end", " | $", "child cancelled; child cancelled" },
    { STARTING, BY_RUN, UNSENT, NULL, "cancel | end", " | $", "cancelled; cancelled" },
    { STARTING, SHIELDED, UNSENT, NULL, "cancel | started | completed | end",
      KID " |  | $", "ok; ok" },

    { STARTING_TRY, BY_ALL, SENT, NULL, "| cancel | end",
      KID " | $", "child cancelled; child cancelled" },
    { STARTING_TRY, BY_ALL, SENT, "it starts later", "| cancel | started | told, canceled | end",
      KID " | cancel k |  | $", "child cancelled; child cancelled" },
    { STARTING_WAIT, BY_ALL, SENT, NULL, "| cancel | started | told | end | canceled",
      KID " | cancel k |  |  | $", "ok; child cancelled" },
    { STARTING_WAIT, BY_ALL, SENT, "it completes", "| cancel | started | told | end | completed",
      KID " | cancel k |  |  | complete -", "ok; ok" },
    { STARTING_ABANDON, BY_ALL, SENT, NULL, "| cancel | end",
      KID " | $", "child cancelled; child cancelled" },
    { STARTING_ABANDON, BY_ALL, SENT, "it starts later", "| cancel | started | completed | end",
      KID " |  |  | $", "child cancelled; child cancelled" },
    { STARTING_REQUEST, BY_ALL, SENT, NULL, "| cancel | started | end | told",
      KID " | cancel k |  | $", "ok; child cancelled" },
    { STARTING_REQUEST, BY_ALL, SENT, "it is cancelled later",
      "| cancel | started | told | canceled | end",
      KID " | cancel k |  |  | $", "ok; child cancelled" },
    { STARTING, SHIELDED, SENT, NULL, "| cancel | started | completed | end",
      KID " |  |  | $", "ok; ok" },

    /* The start has been: only the end is cancelled. */
    { STARTING_TRY, BY_ALL, DONE_FIRST, NULL, "| started, cancel | end",
      KID "cancel k | $", "ok; child cancelled" },
    { STARTING_TRY, BY_ALL, DONE_AFTER, NULL, "| cancel, started | end",
      KID "cancel k | $", "ok; child cancelled" },
    { STARTING_WAIT, BY_ALL, DONE_FIRST, NULL, "| started, cancel | told | end | canceled",
      KID "cancel k |  |  | $", "ok; child cancelled" },
    { STARTING_WAIT, BY_ALL, DONE_AFTER, NULL, "| cancel, started | told | end | canceled",
      KID "cancel k |  |  | $", "ok; child cancelled" },
    { STARTING_ABANDON, BY_ALL, DONE_FIRST, NULL, "| started, cancel | end",
      KID " | $", "ok; child cancelled" },
    { STARTING_ABANDON, BY_ALL, DONE_AFTER, NULL, "| cancel, started | end",
      KID " | $", "ok; child cancelled" },
    { STARTING_REQUEST, BY_ALL, DONE_FIRST, NULL, "| started, cancel | end | told",
      KID "cancel k |  | $", "ok; child cancelled" },
    { STARTING_REQUEST, BY_ALL, DONE_AFTER, NULL, "| cancel, started | end | told",
      KID "cancel k |  | $", "ok; child cancelled" },
    { STARTING, SHIELDED, DONE_FIRST, NULL, "| started, cancel | completed | end",
      KID " |  | $", "ok; ok" },
    { STARTING, SHIELDED, DONE_AFTER, NULL, "| cancel, started | completed | end",
      KID " |  | $", "ok; ok" },

    /* --- one that runs */
    { RUNNING_TRY, BY_ALL, SENT, NULL, "| started | cancel | end",
      KID " | cancel k | $", "ok; child cancelled" },
    { RUNNING_TRY, BY_ALL, SENT, "it is cancelled later",
      "| started | cancel | told | canceled | end",
      KID " | cancel k |  |  | $", "ok; child cancelled" },
    { RUNNING_TRY, BY_ALL, SENT, "it completes later",
      "| started | cancel | completed, untold | end",
      KID " | cancel k |  | $", "ok; child cancelled" },
    { RUNNING_TRY, BY_ALL, SENT, "asked twice", "| started | cancel | cancel | end",
      KID " | cancel k |  | $", "ok; child cancelled" },
    { RUNNING_WAIT, BY_ALL, SENT, NULL, "| started | cancel | told | end | canceled",
      KID " | cancel k |  |  | $", "ok; child cancelled" },
    { RUNNING_WAIT, BY_ALL, SENT, "it completes", "| started | cancel | told | end | completed",
      KID " | cancel k |  |  | complete -", "ok; ok" },
    { RUNNING_WAIT, BY_ALL, SENT, "it had ended when it was to be told",
      "| started | cancel | untold | end | completed",
      KID " | cancel k |  |  | complete -", "ok; ok" },
    { RUNNING_WAIT, BY_CODE | SWALLOWED, SENT, "it fails",
      "| started | cancel | told | end | failed",
      KID " | cancel k |  |  | complete -", "ok; child failed" },
    { RUNNING_WAIT, RUN, SENT, "it fails", "| started | cancel | told | end | failed",
      KID " | cancel k |  |  | fail (child): child kid (id k) failed <- Fell: over",
      "ok; child failed" },
    { RUNNING_WAIT, BY_ALL, SENT, "asked twice",
      "| started | cancel | cancel, told | end | canceled",
      KID " | cancel k |  |  | $", "ok; child cancelled" },
    { RUNNING_ABANDON, BY_ALL, SENT, NULL, "| started | cancel | end",
      KID " |  | $", "ok; child cancelled" },
    { RUNNING_ABANDON, BY_ALL, SENT, "it completes later", "| started | cancel | completed | end",
      KID " |  |  | $", "ok; child cancelled" },
    { RUNNING_REQUEST, BY_ALL, SENT, NULL, "| started | cancel | end | told",
      KID " | cancel k |  | $", "ok; child cancelled" },
    { RUNNING_REQUEST, BY_ALL, SENT, "it is cancelled later",
      "| started | cancel | told | canceled | end",
      KID " | cancel k |  |  | $", "ok; child cancelled" },
    { RUNNING_REQUEST, BY_ALL, SENT, "it had ended when it was to be told",
      "| started | cancel | untold | end | completed",
      KID " | cancel k |  |  | complete -", "ok; ok" },
    { RUNNING_REQUEST, BY_ALL, SENT, "its end overtakes the news that it was told",
      "| started | cancel | canceled, told | end",
      KID " | cancel k |  | $", "ok; child cancelled" },
    { RUNNING, SHIELDED, SENT, NULL, "| started | cancel | completed | end",
      KID " |  |  | $", "ok; ok" },

    /* What has ended is not asked any more. */
    { RUNNING, BY_ALL, DONE_FIRST, NULL, "| started | completed, cancel | end",
      KID " |  | complete -", "ok; ok" },
    { RUNNING, BY_ALL, DONE_AFTER, NULL, "| started | cancel, completed | end",
      KID " |  | complete -", "ok; ok" },
    { RUNNING, BY_CODE | SWALLOWED, DONE_AFTER, "it fails", "| started | cancel, failed | end",
      KID " |  | complete -", "ok; child failed" },
    { RUNNING, SHIELDED, DONE_FIRST, NULL, "| started | completed, cancel | end",
      KID " |  | $", "ok; ok" },
    { RUNNING, SHIELDED, DONE_AFTER, NULL, "| started | cancel, completed | end",
      KID " |  | $", "ok; ok" },
};

static const cell_gap gaps[] = {
    { RUNNING, BY_ALL | SHIELDED, UNSENT, "a child that runs was sent" },
};
/* clang-format on */

CELLS_MAIN("cancelled children", STARTING | RUNNING, cells, gaps)
