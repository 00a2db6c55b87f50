/* SPDX-License-Identifier: MIT */
/* test_cancelled_activities.c -- activities and local activities: cells.h. */
#include "cells.h"

/* clang-format off */
static const cell cells[] = {
    /* --- activities: nothing is sent of what is cancelled in its first task */
    { ACTIVITIES, BY_CODE, UNSENT, NULL, "| end", " | $", "activity cancelled" },
    { ACTIVITIES, BY_RUN, UNSENT, NULL, "cancel | end", " | $", "cancelled" },
    { ACTIVITIES, SHIELDED, UNSENT, NULL, "cancel | completed | end",
      "activity act 1 - |  | $", "ok" },

    { ACTIVITY_TRY, BY_ALL, SENT, NULL, "| cancel | end",
      "activity act 1 - | request-cancel 5 | $", "activity cancelled" },
    { ACTIVITY_TRY, BY_ALL, SENT, "it ends as cancelled later", "| cancel | canceled | end",
      "activity act 1 - | request-cancel 5 |  | $", "activity cancelled" },
    { ACTIVITY_TRY, BY_ALL, SENT, "it completes later", "| cancel | completed | end",
      "activity act 1 - | request-cancel 5 |  | $", "activity cancelled" },
    { ACTIVITY_TRY, BY_ALL, SENT, "it fails later", "| cancel | failed | end",
      "activity act 1 - | request-cancel 5 |  | $", "activity cancelled" },
    { ACTIVITY_TRY, BY_ALL, SENT, "asked twice", "| cancel | cancel | end",
      "activity act 1 - | request-cancel 5 |  | $", "activity cancelled" },
    { ACTIVITY_WAIT, BY_ALL, SENT, NULL, "| cancel | end | canceled",
      "activity act 1 - | request-cancel 5 |  | $", "activity cancelled" },
    { ACTIVITY_WAIT, BY_ALL, SENT, "it completes", "| cancel | end | completed",
      "activity act 1 - | request-cancel 5 |  | complete -", "ok" },
    { ACTIVITY_WAIT, BY_CODE | SWALLOWED, SENT, "it fails", "| cancel | end | failed",
      "activity act 1 - | request-cancel 5 |  | complete -", "activity failed" },
    { ACTIVITY_WAIT, RUN, SENT, "it fails", "| cancel | end | failed",
      "activity act 1 - | request-cancel 5 |  | "
      "fail (activity): activity act (id 1) failed <- Fell: over", "activity failed" },
    { ACTIVITY_WAIT, BY_ALL, SENT, "asked twice", "| cancel | cancel | end | canceled",
      "activity act 1 - | request-cancel 5 |  |  | $", "activity cancelled" },
    { ACTIVITY_ABANDON, BY_ALL, SENT, NULL, "| cancel | end",
      "activity act 1 - |  | $", "activity cancelled" },
    { ACTIVITY_ABANDON, BY_ALL, SENT, "it completes later", "| cancel | completed | end",
      "activity act 1 - |  |  | $", "activity cancelled" },
    { ACTIVITIES, SHIELDED, SENT, NULL, "| cancel | completed | end",
      "activity act 1 - |  |  | $", "ok" },

    /* What is closed in history takes no request. */
    { ACTIVITIES, BY_ALL, DONE_FIRST, NULL, "| completed, cancel | end",
      "activity act 1 - |  | complete -", "ok" },
    { ACTIVITIES, BY_ALL, DONE_AFTER, NULL, "| cancel, completed | end",
      "activity act 1 - |  | complete -", "ok" },
    { ACTIVITIES, BY_CODE | SWALLOWED, DONE_FIRST, "it fails", "| failed, cancel | end",
      "activity act 1 - |  | complete -", "activity failed" },
    { ACTIVITIES, BY_CODE | SWALLOWED, DONE_AFTER, "it fails", "| cancel, failed | end",
      "activity act 1 - |  | complete -", "activity failed" },
    { ACTIVITIES, SHIELDED, DONE_FIRST, NULL, "| completed, cancel | end",
      "activity act 1 - |  | $", "ok" },
    { ACTIVITIES, SHIELDED, DONE_AFTER, NULL, "| cancel, completed | end",
      "activity act 1 - |  | $", "ok" },

    /* --- local activities: an outcome that code saw is a marker, also that of a cancellation */
    { LOCAL_TRY | LOCAL_ABANDON, BY_CODE, UNSENT, NULL, "| end",
      "marker cancelled | $", "activity cancelled" },
    { LOCAL_WAIT, BY_CODE, UNSENT, NULL, ": canceled | end",
      "[start 1, cancel 1] marker cancelled | $", "activity cancelled" },
    { LOCAL_WAIT, BY_CODE, UNSENT, "it completes", ": completed | end",
      "[start 1, cancel 1] marker ok | complete -", "ok" },
    { LOCALS, BY_RUN, UNSENT, NULL, "cancel | end", " | $", "cancelled" },
    { LOCALS, SHIELDED, UNSENT, NULL, "cancel : completed | end",
      "[start 1] marker ok | $", "ok" },

    { LOCAL_TRY, BY_ALL, SENT, NULL, ": overdue | cancel | end",
      "[start 1] | [stop 1] marker cancelled | $", "activity cancelled" },
    { LOCAL_ABANDON, BY_ALL, SENT, NULL, ": overdue | cancel | end",
      "[start 1] | [forget 1] marker cancelled | $", "activity cancelled" },
    { LOCAL_WAIT, BY_ALL, SENT, NULL, ": overdue | cancel : overdue | : canceled | end",
      "[start 1] | [cancel 1] | marker cancelled | $", "activity cancelled" },
    { LOCAL_WAIT, BY_ALL, SENT, "it completes", ": overdue | cancel : overdue | : completed | end",
      "[start 1] | [cancel 1] | marker ok | complete -", "ok" },
    { LOCAL_WAIT, BY_ALL, SENT, "asked twice",
      ": overdue | cancel : overdue | cancel : canceled | end",
      "[start 1] | [cancel 1] | marker cancelled | $", "activity cancelled" },
    { LOCALS, SHIELDED, SENT, NULL, ": overdue | cancel : overdue | : completed | end",
      "[start 1] |  | marker ok | $", "ok" },

    { LOCAL_WAIT, BY_ALL, DONE_AFTER, NULL, ": overdue | cancel : completed | end",
      "[start 1] | [cancel 1] marker ok | complete -", "ok" },
    { LOCAL_WAIT, BY_ALL, DONE_AFTER, "it is cancelled", ": overdue | cancel : canceled | end",
      "[start 1] | [cancel 1] marker cancelled | $", "activity cancelled" },
    { LOCALS, SHIELDED, DONE_AFTER, NULL, ": overdue | cancel : completed | end",
      "[start 1] | marker ok | $", "ok" },

    /* --- between two attempts there is only a timer to cancel */
    { LOCAL_BACKOFF, BY_ALL, SENT, NULL, ": backs off | cancel | end",
      "[start 1] marker failed, timer 1 60s | cancel-timer 1 | $", "activity cancelled" },
    { LOCAL_BACKOFF, SHIELDED, SENT, NULL, ": backs off | cancel | fired 1 : completed | end",
      "[start 1] marker failed, timer 1 60s |  | [start 2] marker ok | $", "ok" },
    /* The second attempt has begun, and is cancelled before the worker hears of it. */
    { LOCAL_BACKOFF, BY_ALL, DONE_FIRST, NULL, ": backs off | fired 1, cancel | end",
      "[start 1] marker failed, timer 1 60s | marker cancelled | $", "activity cancelled" },
    { LOCAL_BACKOFF, BY_CODE, DONE_AFTER, NULL, ": backs off | cancel, fired 1 | end",
      "[start 1] marker failed, timer 1 60s | marker cancelled | $", "activity cancelled" },
    { LOCAL_BACKOFF, BY_RUN, DONE_AFTER, NULL, ": backs off | cancel, fired 1 | end",
      "[start 1] marker failed, timer 1 60s |  | $", "activity cancelled" },
    { LOCAL_BACKOFF, SHIELDED, DONE_FIRST, NULL, ": backs off | fired 1, cancel : completed | end",
      "[start 1] marker failed, timer 1 60s | [start 2] marker ok | $", "ok" },
    { LOCAL_BACKOFF, SHIELDED, DONE_AFTER, NULL, ": backs off | cancel, fired 1 : completed | end",
      "[start 1] marker failed, timer 1 60s | [start 2] marker ok | $", "ok" },
};

static const cell_gap gaps[] = {
    { LOCALS, BY_ALL | SHIELDED, DONE_FIRST,
      "the outcome of a local activity is taken after the events of its task" },
    { LOCAL_TRY | LOCAL_ABANDON, BY_ALL, DONE_AFTER,
      "its cancellation ends it within the task, before any outcome can come" },
    { LOCAL_BACKOFF, BY_ALL | SHIELDED, UNSENT, "it was sent before it could fail" },
};
/* clang-format on */

CELLS_MAIN("cancelled activities", ACTIVITIES | LOCALS | LOCAL_BACKOFF, cells, gaps)
