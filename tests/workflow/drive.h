/* SPDX-License-Identifier: MIT */
/* drive.h -- runs a workflow through a scripted life, in three ways that must agree.
 *
 * Once in an engine that keeps it, fed with the new events of each task; once in an engine that
 * loses it after each task, fed with the whole history: both must issue the same commands, byte by
 * byte, and the workflow's own notes must be the same. At the end a third engine replays the whole
 * of it. */
#ifndef TESTS_WORKFLOW_DRIVE_H
#define TESTS_WORKFLOW_DRIVE_H

#include "history_builder.h"

/* cmocka wants these before it. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* What becomes of the local activity that was begun last. */
typedef enum local_step {
    LOCAL_COMPLETED,
    LOCAL_CANCELLED,
    LOCAL_BACKS_OFF, /* it failed, and is tried again after a minute */
    LOCAL_OVERDUE    /* nothing yet, and the task must be answered */
} local_step;

typedef struct scenario {
    const temporal_workflow_def *def;
    const char *input; /* JSON */
    /* What happens while task number n waits for local activities, step by step. Not NULL: markers
     * are told as "marker ok", "marker cancelled", "marker failed", and before the commands, in
     * brackets, what the worker is ordered to do: "[start 1, cancel 1]". */
    local_step (*local)(size_t n, size_t step);
    /* Adds what happens before task number n (from 0). False: nothing more, the test is over. */
    bool (*script)(history_builder *history, size_t n);
    const char *commands; /* of all tasks; see tell_commands */
    const char *notes;    /* what the workflow noted; NULL: not compared */
} scenario;

/** Fails the test where ways, commands or notes differ. */
void drive(const scenario *story);
/** The same, and leaves the history for the test to go on with. */
void drive_history(const scenario *story, history_builder *history);

tp_engine *make_engine(const temporal_workflow_def *def, size_t max_cached);
/** "activity say 1 "x", timer 1 5s, cancel-timer 1, request-cancel 5, complete "x", fail ...,
 * cancel, continue type input, child type id input, signal id name input, cancel id": what stands
 * between two tasks is " | ". Of updates: "accept id, update id ok "x", update id failed type:
 * text", and at the end "reject id type: text". From the arena. */
char *tell_commands(tp_arena *arena, const tp_answer *answer);
/** "attributes a=1 (Int) b=...", "memo a=1 ...": a command that writes something down; "?" for
 * others. */
char *tell_record(tp_arena *arena, const Tp__Command__Command *command);
/** The data of the first payload; "-" for none. */
const char *tell_payloads(tp_arena *arena, const Tp__Common__Payloads *payloads);
/** "ok <result>" or "failed <message>" */
const char *tell_query(tp_arena *arena, const tp_answer *answer);
/** One task of a test that does without scenario: FAILED's failure message must hold the text. */
void expect_failure(tp_engine *engine, const Tp__Ws__PollWorkflowTaskQueueResponse *task,
                    const char *text);

/** For workflows: remembered in order, replay or not. */
void note(const char *format, ...) TEMPORAL_PRINTF(1, 2);
const char *notes(void);
void notes_clear(void);

/* Definitions without contracts: bodies take what the engine gives them. The handlers end with
 * NULL. */
#define WORKFLOW(name, Self, In, Out, ...)                                           \
    static const temporal_handler_def *const name##_handlers[] = { __VA_ARGS__ };    \
    static const temporal_workflow_def name##_def = { sizeof(temporal_workflow_def), \
                                                      #name,                         \
                                                      sizeof(Self),                  \
                                                      In##_type,                     \
                                                      Out##_type,                    \
                                                      name,                          \
                                                      NULL,                          \
                                                      name##_handlers };
#define HANDLER(function, wire_name, kind, In, Out) \
    DESCRIBED_HANDLER(function, wire_name, kind, In, Out, NULL)
#define DESCRIBED_HANDLER(function, wire_name, kind, In, Out, description)             \
    static const temporal_handler_def function##_def = { sizeof(temporal_handler_def), \
                                                         TEMPORAL_HANDLER_##kind,      \
                                                         wire_name,                    \
                                                         In##_type,                    \
                                                         Out##_type,                   \
                                                         function,                     \
                                                         NULL,                         \
                                                         NULL,                         \
                                                         NULL,                         \
                                                         description };
#define ARGUMENT(T, pointer) (&(const temporal_argument){ T##_type(), (pointer) })

#endif
