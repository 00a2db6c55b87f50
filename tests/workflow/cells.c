/* SPDX-License-Identifier: MIT */
/* cells.c -- makes tests of rows, and histories of what happens in them. */
#include "cells.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static tp_arena memory; /* of names and pieces, as long as the program */

/* --- pieces of text ----------------------------------------------------------------------- */

/* Piece number n of a text, without the spaces around it; NULL: there is none. */
static char *piece(const char *text, char separator, size_t n)
{
    size_t size;

    for (; n > 0; n--) {
        text = strchr(text, separator);
        if (!text)
            return NULL;
        text++;
    }
    text += strspn(text, " ");
    size = strcspn(text, (const char[]){ separator, 0 });
    while (size > 0 && text[size - 1] == ' ')
        size--;
    return tp_arena_strndup(&memory, text, size);
}

/* --- what happens ------------------------------------------------------------------------- */

static bool is_child(unsigned what)
{
    return (what & (STARTING | RUNNING)) != 0;
}

static void cancel(history_builder *history)
{
    if (cells_current->who & BY_CODE)
        history_signal(history, "stop", NULL);
    else
        history_cancel_requested(history);
}

/* An activity or the child ends; false: no such word. */
static bool end(history_builder *history, const char *word, const char *id)
{
    bool child = is_child(cells_current->what);

    if (strcmp(word, "completed") == 0)
        (child ? history_child_completed : history_activity_completed)(history, id, NULL);
    else if (strcmp(word, "canceled") == 0)
        (child ? history_child_canceled : history_activity_canceled)(history, id);
    else if (strcmp(word, "failed") == 0)
        (child ? history_child_failed : history_activity_failed)(history, id, "Fell", "over");
    else
        return false;
    return true;
}

static void happen(history_builder *history, const char *text)
{
    const char *word = piece(text, ' ', 0), *id = piece(text, ' ', 1);

    if (!id)
        id = is_child(cells_current->what) ? "k" : "1";
    if (strcmp(word, "cancel") == 0)
        cancel(history);
    else if (strcmp(word, "end") == 0 || strcmp(word, "true") == 0)
        history_signal(history, word, NULL);
    else if (strcmp(word, "started") == 0)
        history_child_started(history, id);
    else if (strcmp(word, "refused") == 0)
        history_child_start_failed(
            history, id,
            TP__ENUMS__START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE__START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_EXISTS);
    else if (strcmp(word, "told") == 0 || strcmp(word, "untold") == 0)
        history_cancel_delivered(history, cells_current->what == CANCELLING ? "other" : id,
                                 *word == 'u');
    else if (strcmp(word, "signaled") == 0)
        history_signal_delivered(history, "other", 0);
    else if (strcmp(word, "fired") == 0)
        history_timer_fired(history, id);
    else if (!end(history, word, id) && *word)
        fail_msg("\"%s\" does not happen", text);
}

static bool script(history_builder *history, size_t n)
{
    const char *task = piece(cells_current->row->happens, '|', n);
    const char *events, *event;

    if (!task)
        return false;
    events = piece(task, ':', 0);
    for (size_t i = 0; (event = piece(events, ',', i)); i++)
        happen(history, event);
    return true;
}

static local_step local(size_t n, size_t step)
{
    static const char *const words[] = { "completed", "canceled", "backs off", "overdue" };
    const char *task = piece(cells_current->row->happens, '|', n);
    const char *steps = task ? piece(task, ':', 1) : NULL;
    const char *word = steps ? piece(steps, ',', step) : NULL;

    for (size_t i = 0; word && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(word, words[i]) == 0)
            return (local_step)i;
    fail_msg("task %zu waits for a local activity, of which the row says nothing", n);
    return LOCAL_OVERDUE;
}

/* --- a cell ------------------------------------------------------------------------------- */

static char *expected_commands(const cell_case *of)
{
    const char *text = of->row->commands;
    size_t size = strlen(text);

    if (size == 0 || text[size - 1] != '$')
        return tp_arena_strdup(&memory, text);
    return tp_arena_format(&memory, "%.*s%s", (int)(size - 1), text,
                           of->who & (RUN | SHIELDED) ? "cancel" : "complete -");
}

/* A row plays what its name says: the request stands where it should. */
static bool is_as_named(const cell_case *of)
{
    const char *happens = of->row->happens, *cancel = strstr(happens, "cancel");
    char behind;
    bool first;

    while (cancel && strncmp(cancel, "canceled", 8) == 0)
        cancel = strstr(cancel + 1, "cancel");
    if (of->when == UNSENT)
        return of->who & BY_CODE ? !cancel : cancel == happens;
    if (!cancel || cancel - happens < 2)
        return false;
    first = cancel[-2] == '|';
    behind = cancel[strcspn(cancel, ",:|")];
    if (of->when == DONE_FIRST)
        return !first && behind != ',';
    return first && (of->when == SENT || behind == ',' || behind == ':');
}

static void play(void **state)
{
    cells_current = *state;
    if (!is_as_named(cells_current))
        fail_msg("\"%s\" is not what its name says", cells_current->row->happens);
    drive(&(scenario){ .def = cells_workflow,
                       .script = script,
                       .local = cells_current->what & (LOCALS | LOCAL_BACKOFF) ? local : NULL,
                       .commands = expected_commands(cells_current),
                       .notes = cells_current->row->notes });
}

/* --- names -------------------------------------------------------------------------------- */

static const char *const whats[] = { "activity (try)",
                                     "activity (wait for completion)",
                                     "activity (abandon)",
                                     "local activity (try)",
                                     "local activity (wait for completion)",
                                     "local activity (abandon)",
                                     "local activity between two attempts",
                                     "child that starts (try)",
                                     "child that starts (wait for completion)",
                                     "child that starts (abandon)",
                                     "child that starts (wait for the request)",
                                     "child that runs (try)",
                                     "child that runs (wait for completion)",
                                     "child that runs (abandon)",
                                     "child that runs (wait for the request)",
                                     "timer",
                                     "sleep",
                                     "condition",
                                     "condition with a timeout",
                                     "parked wait",
                                     "coroutine that sleeps",
                                     "signal to another workflow",
                                     "request to cancel another workflow",
                                     "any of several",
                                     "all of several" };
static const char *const whos[] = { "cancelled by its scope", "cancelled by its handle",
                                    "cancelled by its run",
                                    "cancelled by its run, which swallows it",
                                    "shielded from its run's cancellation" };
static const char *const whens[] = { "before it is sent", "after it was sent",
                                     "in the task of its completion, which comes first",
                                     "in the task of its completion, which comes after" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *name_of(const cell_case *of)
{
    return tp_arena_format(&memory, "%s, %s, %s%s%s", whats[__builtin_ctz(of->what)],
                           whos[__builtin_ctz(of->who)], whens[__builtin_ctz(of->when)],
                           of->row && of->row->but ? ": " : "",
                           of->row && of->row->but ? of->row->but : "");
}

/* --- the whole product -------------------------------------------------------------------- */

typedef struct table {
    unsigned what;
    const cell *cells;
    size_t cell_count;
    const cell_gap *gaps;
    size_t gap_count;
    struct CMUnitTest *tests;
    size_t test_count;
} table;

static void for_each(unsigned what, unsigned who, unsigned when, table *all,
                     void (*visit)(table *all, cell_case of), const cell *row)
{
    for (size_t i = 0; i < COUNT(whats); i++)
        for (size_t j = 0; j < COUNT(whos); j++)
            for (size_t k = 0; k < COUNT(whens); k++)
                if ((what >> i & 1) && (who >> j & 1) && (when >> k & 1))
                    visit(all, (cell_case){ row, 1u << i, 1u << j, 1u << k });
}

static void add_test(table *all, cell_case of)
{
    all->tests = realloc(all->tests, (all->test_count + 2) * sizeof(*all->tests));
    assert_non_null(all->tests);
    all->tests[all->test_count++] = (struct CMUnitTest){
        .name = name_of(&of),
        .test_func = play,
        .initial_state = tp_arena_memdup(&memory, &of, sizeof(of)),
    };
}

static void check_one(table *all, cell_case of)
{
    size_t cells = 0, gaps = 0;

    for (size_t i = 0; i < all->cell_count; i++) {
        const cell *row = &all->cells[i];

        cells += (row->what & of.what) && (row->who & of.who) && (row->when & of.when);
    }
    for (size_t i = 0; i < all->gap_count; i++) {
        const cell_gap *gap = &all->gaps[i];

        gaps += (gap->what & of.what) && (gap->who & of.who) && (gap->when & of.when);
    }
    if ((cells > 0) == (gaps > 0))
        fail_msg("%s: %s", name_of(&of), cells > 0 ? "a cell and a gap" : "neither cell nor gap");
}

static void every_combination_is_a_cell_or_cannot_be(void **state)
{
    table *all = *state;

    for_each(all->what, ~0u, ~0u, all, check_one, NULL);
    for (size_t i = 0; i < all->gap_count; i++)
        print_message("           left out: %s\n", all->gaps[i].why);
}

int cells_main(const char *group, unsigned what, const cell *cells, size_t cell_count,
               const cell_gap *gaps, size_t gap_count)
{
    table all = {
        .what = what, .cells = cells, .cell_count = cell_count, .gaps = gaps, .gap_count = gap_count
    };
    int failures;

    tp_arena_init(&memory);
    for (size_t i = 0; i < cell_count; i++)
        for_each(cells[i].what, cells[i].who, cells[i].when, &all, add_test, &cells[i]);
    all.tests[all.test_count++] = (struct CMUnitTest){
        .name = "every_combination_is_a_cell_or_cannot_be",
        .test_func = every_combination_is_a_cell_or_cannot_be,
        .initial_state = &all,
    };
    failures = _cmocka_run_group_tests(group, all.tests, all.test_count, NULL, NULL);
    free(all.tests);
    tp_arena_done(&memory);
    return failures;
}
