/* SPDX-License-Identifier: MIT */
/* workflow.h -- code that lasts: ordinary C that may sleep a year, and be replayed from its
 * history.
 *
 * A run may be dropped at any wait and rebuilt later, so nothing on its stack is ever unwound: take
 * memory from temporal_workflow_alloc, and free nothing. No clock, no random, no thread, no I/O but
 * through these calls, which belong to the workflow's own coroutines. */
#ifndef TEMPORAL_WORKFLOW_H
#define TEMPORAL_WORKFLOW_H

#include "base.h"
#include "error.h"
#include "value.h"

TEMPORAL_BEGIN

typedef struct temporal_workflow temporal_workflow; /* one run */
typedef struct temporal_future temporal_future;     /* something that will have an outcome */
typedef struct temporal_scope temporal_scope;       /* what is cancelled together */
typedef struct temporal_child temporal_child;       /* a workflow that this one started */
typedef struct temporal_external temporal_external; /* a workflow that somebody started */

typedef struct temporal_workflow_info {
    const char *workflow_id, *run_id, *workflow_type, *task_queue, *namespace_name;
    const char *first_run_id;              /* of the chain of retries, cron and continue-as-new */
    const char *continued_run_id;          /* the run before; "" for the first */
    const char *parent_id, *parent_run_id; /* NULL: none */
    const char *cron;                      /* "" for none */
    int32_t attempt;                       /* from 1 */
    int64_t start_time;                    /* Unix nanoseconds */
    temporal_seconds execution_timeout, run_timeout, task_timeout;
} temporal_workflow_info;

/** Lives as long as the run. */
TEMPORAL_API const temporal_workflow_info *temporal_workflow_get_info(const temporal_workflow *run);
/** Events in history when this workflow task started; grows while the run lives. */
TEMPORAL_API int64_t temporal_workflow_history_length(const temporal_workflow *run);
/** Bytes of history when this workflow task started. */
TEMPORAL_API int64_t temporal_workflow_history_size(const temporal_workflow *run);
/** The server finds history long enough: time to continue as new. */
TEMPORAL_API bool temporal_workflow_continue_suggested(const temporal_workflow *run);
/** The time of the current workflow task, in Unix nanoseconds: stands still between two waits. */
TEMPORAL_API int64_t temporal_workflow_now(const temporal_workflow *run);
/** True while code repeats what history holds. Not for decisions: they must not depend on it. */
TEMPORAL_API bool temporal_workflow_is_replaying(const temporal_workflow *run);
/** The same numbers again when replayed; seeded by the run id. */
TEMPORAL_API uint64_t temporal_workflow_random(temporal_workflow *run);
TEMPORAL_API const char *temporal_workflow_uuid(temporal_workflow *run); /* version 4 */
/** Logs at INFO through the program's log sink with the run's ids; silent on replay. */
TEMPORAL_API void temporal_workflow_log(temporal_workflow *run, const char *format, ...)
    TEMPORAL_PRINTF(2, 3);

/** Zeroed memory that lives as long as the run. */
TEMPORAL_API void *temporal_workflow_alloc(temporal_workflow *run, size_t size);
/** As printf writes it; lives like alloc's. */
TEMPORAL_API const char *temporal_workflow_format(temporal_workflow *run, const char *format, ...)
    TEMPORAL_PRINTF(2, 3);

/** A text (Markdown) on what the run is about now, for whoever looks at it: the answer to the query
 * __temporal_workflow_metadata holds it. Copied; NULL takes it back. */
TEMPORAL_API void temporal_workflow_set_current_details(temporal_workflow *run, const char *text);
TEMPORAL_API const char *temporal_workflow_current_details(const temporal_workflow *run); /* "" */

/* --- waiting ------------------------------------------------------------------------------ */

/** CANCELLED when the scope is cancelled before the time is up. Zero only lets others have their
 * turn. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_workflow_sleep(temporal_workflow *run,
                                                                      temporal_seconds time);

/** Waits until condition(data) is true. TIMEOUT when the time runs out (zero waits for ever),
 * CANCELLED when the scope is cancelled first. The condition only looks: it may not wait. */
typedef bool (*temporal_condition)(const void *data);
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_workflow_wait_condition(temporal_workflow *run, temporal_condition condition,
                                 const void *data, temporal_seconds timeout);

/** Waits until something happened that may have changed the state: a signal, a timer, a future, a
 * step of another coroutine. For TEMPORAL_WAIT_UNTIL; looked: the caller has parked here before,
 * looked at its condition, and parks again. CANCELLED at once in a cancelled scope. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_workflow_park(temporal_workflow *run,
                                                                     bool looked);
/** The same as wait_condition with the condition written in place. Returns CANCELLED from the
 * caller when the scope is cancelled first. */
#define TEMPORAL_WAIT_UNTIL(run, condition)                                    \
    for (bool temporal_looked_ = false; !(condition); temporal_looked_ = true) \
        TEMPORAL_TRY(temporal_workflow_park((run), temporal_looked_))

/* --- activities --------------------------------------------------------------------------- */

/** What cancelling an activity means for who waits for it. */
typedef enum temporal_cancellation_type {
    TEMPORAL_CANCELLATION_TRY = 0, /* ask, and be cancelled at once */
    TEMPORAL_CANCELLATION_WAIT,    /* ask, and wait for how it ends */
    TEMPORAL_CANCELLATION_ABANDON  /* do not ask; be cancelled at once */
} temporal_cancellation_type;

typedef struct temporal_activity_options {
    size_t struct_size;
    temporal_seconds start_to_close_timeout; /* one of these two is required */
    temporal_seconds schedule_to_close_timeout;
    temporal_seconds schedule_to_start_timeout;
    temporal_seconds heartbeat_timeout;
    const temporal_retry_policy *retry;
    const char *task_queue; /* the workflow's own */
    const char *id;         /* numbered from 1 */
    temporal_cancellation_type cancellation;
    bool disable_eager_execution;
    const char *summary; /* one line for those who look at it */
} temporal_activity_options;

/** By name, with any number of arguments. ACTIVITY, with the failure as its cause; of one that was
 * cancelled the cause is CANCELLED (temporal_error_find tells). One that would begin in a cancelled
 * scope ends with plain CANCELLED, and one whose options or input are wrong with INVALID_ARGUMENT
 * or CONVERSION, without a trace in history. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_workflow_execute_activity(temporal_workflow *run, const char *activity,
                                   const temporal_argument *inputs, size_t input_count,
                                   const temporal_type *output_type, void *output,
                                   const temporal_activity_options *options);
/** Never NULL: what is wrong with the options is the future's outcome. */
TEMPORAL_API temporal_future *
temporal_workflow_start_activity(temporal_workflow *run, const char *activity,
                                 const temporal_argument *inputs, size_t input_count,
                                 const temporal_activity_options *options);

/* --- local activities --------------------------------------------------------------------- */

/* A local activity runs on this worker's own executors, without a task of the server's: for short
 * work. Its outcome is written to history as a marker. Should the worker die before that, it runs
 * again. */

typedef struct temporal_local_options {
    size_t struct_size;
    temporal_seconds start_to_close_timeout; /* of each attempt; one of these two is required */
    temporal_seconds schedule_to_close_timeout;
    temporal_seconds schedule_to_start_timeout;
    const temporal_retry_policy *retry;
    /* After a failure that is followed by a longer pause than this (0: one minute), the run waits
     * for a timer of the server's instead of keeping its worker busy. */
    temporal_seconds local_retry_threshold;
    const char *id; /* numbered with the activities */
    temporal_cancellation_type cancellation;
} temporal_local_options;

/** As temporal_workflow_execute_activity. The type must be registered with the same worker: one
 * that is not fails the workflow task, and a worker that has it goes on. While it waits for a place
 * (of the worker's max_concurrent_local_activities, of its executor) it has not started. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_workflow_execute_local_activity(temporal_workflow *run, const char *activity,
                                         const temporal_argument *inputs, size_t input_count,
                                         const temporal_type *output_type, void *output,
                                         const temporal_local_options *options);
/** Never NULL: what is wrong with the options is the future's outcome. */
TEMPORAL_API temporal_future *
temporal_workflow_start_local_activity(temporal_workflow *run, const char *activity,
                                       const temporal_argument *inputs, size_t input_count,
                                       const temporal_local_options *options);

/* --- futures ------------------------------------------------------------------------------ */

/** Done when so much time has passed; cancelled with its scope. Never NULL: a length that is none
 * is its outcome. */
TEMPORAL_API temporal_future *temporal_workflow_start_timer(temporal_workflow *run,
                                                            temporal_seconds time);
typedef struct temporal_timer_options {
    size_t struct_size;
    const char *summary; /* one line for those who look at it */
} temporal_timer_options;
/** options may be NULL. */
TEMPORAL_API temporal_future *
temporal_workflow_start_timer_with(temporal_workflow *run, temporal_seconds time,
                                   const temporal_timer_options *options);
/** Waits until it is done and gives its outcome, as often as asked. A wait for a future ends when
 * the future does: cancelling a scope ends the futures begun in it, each in its own way. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_workflow_await(temporal_workflow *run,
                                                                      temporal_future *future,
                                                                      const temporal_type *type,
                                                                      void *output);
/** Waits until at least one is done; *first is the lowest index that is. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_workflow_await_any(temporal_workflow *run, temporal_future *const *futures, size_t count,
                            size_t *first);
/** Waits until all are done; their outcomes are asked for one by one afterwards. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_workflow_await_all(temporal_workflow *run, temporal_future *const *futures, size_t count);
/** Looks, and does not wait. */
TEMPORAL_API bool temporal_future_is_done(const temporal_future *future);
/** Asks for its cancellation; the await tells how it ended. Asked again, nothing more happens. */
TEMPORAL_API void temporal_future_cancel(temporal_future *future);

/** A second line of execution in the same run, in the current scope. It starts when the caller
 * waits; its future is done when body returns. */
typedef temporal_error *(*temporal_coroutine)(temporal_workflow *run, void *data);
TEMPORAL_API temporal_future *temporal_workflow_spawn(temporal_workflow *run,
                                                      temporal_coroutine body, void *data);

/* --- child workflows ---------------------------------------------------------------------- */

/** What becomes of the child when its parent ends first. */
typedef enum temporal_parent_close {
    TEMPORAL_PARENT_CLOSE_TERMINATE = 0,
    TEMPORAL_PARENT_CLOSE_ABANDON, /* it lives on */
    TEMPORAL_PARENT_CLOSE_REQUEST_CANCEL
} temporal_parent_close;

/** What cancelling a child means for who waits for it. */
typedef enum temporal_child_cancellation {
    TEMPORAL_CHILD_CANCELLATION_WAIT = 0, /* ask, and wait for how it ends */
    TEMPORAL_CHILD_CANCELLATION_TRY,      /* ask, and be cancelled at once */
    TEMPORAL_CHILD_CANCELLATION_ABANDON,  /* do not ask; be cancelled at once */
    TEMPORAL_CHILD_CANCELLATION_REQUEST   /* ask, and be cancelled when the child was told */
} temporal_child_cancellation;

typedef struct temporal_child_options {
    size_t struct_size;
    const char *id;         /* a UUID that replays alike */
    const char *task_queue; /* the workflow's own */
    temporal_seconds execution_timeout;
    temporal_seconds run_timeout;
    temporal_seconds task_timeout;
    temporal_id_reuse id_reuse;
    temporal_parent_close parent_close;
    temporal_child_cancellation cancellation;
    const temporal_retry_policy *retry;
    const char *cron;
    const temporal_entry *memo;
    const temporal_entry *search_attributes; /* as for a client's start */
    const char *summary, *details;           /* as for a client's start */
} temporal_child_options;

/** Starts it and waits for its end. CHILD_WORKFLOW, with the failure as its cause; of one that was
 * cancelled the cause is CANCELLED. ALREADY_STARTED when its id is in use. As with activities,
 * plain CANCELLED in a scope that is cancelled already, and INVALID_ARGUMENT or CONVERSION, without
 * a trace in history. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_workflow_execute_child(temporal_workflow *run, const char *workflow,
                                const temporal_argument *inputs, size_t input_count,
                                const temporal_type *output_type, void *output,
                                const temporal_child_options *options);
/** Waits until the server has started it. *child is set only on success. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_workflow_start_child(temporal_workflow *run, const char *workflow,
                              const temporal_argument *inputs, size_t input_count,
                              temporal_child **child, const temporal_child_options *options);
/** Waits for nothing, so that several start at once. Never NULL: what is wrong is the outcome of
 * both of its futures. */
TEMPORAL_API temporal_child *temporal_workflow_begin_child(temporal_workflow *run,
                                                           const char *workflow,
                                                           const temporal_argument *inputs,
                                                           size_t input_count,
                                                           const temporal_child_options *options);

/** Its workflow id; lives as long as the run, as children do. */
TEMPORAL_API const char *temporal_child_id(const temporal_child *child);
/** Of its first run; "" until it has started. */
TEMPORAL_API const char *temporal_child_run_id(const temporal_child *child);
/** Done when the server has started it, or will not. */
TEMPORAL_API temporal_future *temporal_child_started(temporal_child *child);
/** Done when it has ended: temporal_workflow_await gives its output. */
TEMPORAL_API temporal_future *temporal_child_result(temporal_child *child);
/** Waits until it has started and the server has delivered the signal. NOT_FOUND when it has ended.
 */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_child_signal(temporal_child *child,
                                                                    const char *signal,
                                                                    const temporal_argument *inputs,
                                                                    size_t input_count);
/** The same as temporal_future_cancel of its result. */
TEMPORAL_API void temporal_child_cancel(temporal_child *child);

/* --- cancellation ------------------------------------------------------------------------- */

/* What history has settled when code runs is settled: an activity or a child whose end comes with
 * the request to cancel has ended, in whatever order the two came, and the cancelled scope is what
 * the next wait meets. Only of a timer and the run's cancellation the first counts, and a condition
 * with a timeout prefers cancellation to its timeout. */

/** True when the current scope, or one that it stands in, was asked to cancel. A cancelled scope
 * stays so: each wait and each start in it ends with CANCELLED at once. */
TEMPORAL_API bool temporal_workflow_is_cancelled(const temporal_workflow *run);

/** Opens a scope within the current one and makes it current for this coroutine (what it spawns
 * inherits it), until it is left. Leaving does not cancel. */
TEMPORAL_API temporal_scope *temporal_scope_enter(temporal_workflow *run);
/** The same, but the cancellation of outer scopes does not enter: for cleaning up. */
TEMPORAL_API temporal_scope *temporal_scope_enter_shielded(temporal_workflow *run);
/** Makes the scope current that was so when this one was entered. */
TEMPORAL_API void temporal_scope_leave(temporal_workflow *run, temporal_scope *scope);
/** Cancels it and the scopes within, but not those that are shielded. Again: nothing happens. */
TEMPORAL_API void temporal_scope_cancel(temporal_scope *scope);
/** As temporal_workflow_is_cancelled says it of the current one. */
TEMPORAL_API bool temporal_scope_is_cancelled(const temporal_scope *scope);

/* --- the end ------------------------------------------------------------------------------ */

/* A run ends with what its function returns. A failure (APPLICATION, ACTIVITY, CHILD_WORKFLOW,
 * TIMEOUT, CANCELLED, TERMINATED, SERVER, WORKFLOW, ALREADY_STARTED, NOT_FOUND) fails it;
 * CANCELLED, or an ACTIVITY or a CHILD_WORKFLOW that was, after the run was asked to cancel,
 * cancels it. Any other error tells of a bug, in code or
 * deployment (INVALID_ARGUMENT, CONVERSION, SYSTEM, ...): it fails the workflow task, which the
 * server tries again until a worker with mended code takes it. The same holds for what a signal's
 * handler returns, but that CANCELLED there ends nothing. */

typedef struct temporal_continue_options {
    size_t struct_size;
    const char *workflow;         /* the same type */
    const char *task_queue;       /* the same */
    temporal_seconds run_timeout; /* and so on: what is left out is as in this run */
    temporal_seconds task_timeout;
    const temporal_retry_policy *retry;
    const temporal_entry *memo;              /* all of it; as it is now, with what was upserted */
    const temporal_entry *search_attributes; /* the same */
} temporal_continue_options;

/** "return temporal_workflow_continue_as_new(run, inputs, count, NULL);" */
TEMPORAL_API temporal_error *
temporal_workflow_continue_as_new(temporal_workflow *run, const temporal_argument *inputs,
                                  size_t input_count, const temporal_continue_options *options);

/* --- other workflows ---------------------------------------------------------------------- */

/** A handle on any workflow of the namespace; asks nobody whether it is there. Run_id NULL: the run
 * that is current when the server gets the request. Never NULL: what is wrong with the ids is what
 * its calls tell. */
TEMPORAL_API temporal_external *
temporal_workflow_external(temporal_workflow *run, const char *workflow_id, const char *run_id);
/** Waits until the server has delivered the signal. NOT_FOUND when no such workflow is running. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_external_signal(temporal_external *external, const char *signal,
                         const temporal_argument *inputs, size_t input_count);
/** Waits until the server has told it to cancel, not until it has ended. NOT_FOUND as above. Once
 * begun it is sent, whatever is cancelled meanwhile. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_external_cancel(temporal_external *external);
/** The same without waiting, so that several go at once. Never NULL. */
TEMPORAL_API temporal_future *temporal_external_begin_signal(temporal_external *external,
                                                             const char *signal,
                                                             const temporal_argument *inputs,
                                                             size_t input_count);
/** The same of a request to cancel. */
TEMPORAL_API temporal_future *temporal_external_begin_cancel(temporal_external *external);

/* --- memo and search attributes ----------------------------------------------------------- */

/** As the run was started with, and as its code has changed it since. NOT_FOUND when there is no
 * such entry, CONVERSION when it is of another type. Queries may ask, too. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_workflow_get_memo(temporal_workflow *run,
                                                                         const char *name,
                                                                         const temporal_type *type,
                                                                         void *out);
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_workflow_get_search_attribute(temporal_workflow *run, const char *name,
                                       const temporal_type *type, void *out);
/** Changes the entries that are named, and leaves the others; one whose value is NULL goes. The
 * list ends with an entry without a name. What is wrong changes nothing: INVALID_ARGUMENT,
 * CONVERSION. A search attribute that the server does not know fails the workflow task. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_workflow_upsert_memo(temporal_workflow *run, const temporal_entry *entries);
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_workflow_upsert_search_attributes(temporal_workflow *run, const temporal_entry *entries);

/* --- the run before this one -------------------------------------------------------------- */

/** What the last run that completed has left to this one, of a cron or a retried workflow.
 * NOT_FOUND when there is none. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_workflow_last_result(temporal_workflow *run, const temporal_type *type, void *out);
/** With what the run before has failed; NULL when it has not. Lives as long as the run. */
TEMPORAL_API const temporal_error *temporal_workflow_last_failure(const temporal_workflow *run);

/* --- patches: new code for runs that began with old --------------------------------------- */

/* Code that changes what it begins, or in which order, asks which version a run began with:
 *
 *     if (temporal_workflow_patched(run, "thank-by-mail"))
 *         ... the new way
 *     else
 *         ... the old way, for runs that were there before the change
 *
 * When no such run is there any more, temporal_workflow_deprecate_patch takes the place of the
 * condition, and goes when the last run has ended that called patched. */

/** True for a run that comes here for the first time, which leaves a marker in history, and for one
 * that is replayed and left it: the same answer for the life of the run. The search attribute
 * TemporalChangeVersion lists the ids, as long as they take less than 2048 bytes. Queries and
 * validators may ask for what the run has asked before. An id that is no text fails the task. */
TEMPORAL_API bool temporal_workflow_patched(temporal_workflow *run, const char *id);
/** Writes down that the change was made, and asks nothing. */
TEMPORAL_API void temporal_workflow_deprecate_patch(temporal_workflow *run, const char *id);

/* --- updates, and handlers that are under way --------------------------------------------- */

/* The handler of an update runs on a coroutine of its own, may wait, and may change the state; what
 * it returns is what the caller gets. A failure (as above) fails the update and not the run; any
 * other error fails the task. Its validator, if it has one, looks at the state and the input before
 * the update is accepted, and only looks: it may neither wait nor begin anything. Whatever error it
 * returns rejects the update, which then leaves no trace in history. An update that nobody handles,
 * or whose input does not decode, is rejected, too. When the workflow function returns, handlers of
 * updates that need not wait any more come to their end first. */

typedef struct temporal_update_info {
    const char *id, *name;
} temporal_update_info;

/** The update whose handler or validator calls, or began the coroutine that calls; NULL: none. */
TEMPORAL_API const temporal_update_info *
temporal_workflow_current_update(const temporal_workflow *run);

/** False while a handler of a signal or an update has not come to its end: a run that ends then
 * leaves it behind, and its caller without an answer. Wait for it before you return, as in
 * TEMPORAL_WAIT_UNTIL(run, temporal_workflow_all_handlers_finished(run)). */
TEMPORAL_API bool temporal_workflow_all_handlers_finished(const temporal_workflow *run);

/** What it means that the run ends before the handler does. */
typedef enum temporal_unfinished_policy {
    TEMPORAL_UNFINISHED_WARN = 0, /* a warning in the log */
    TEMPORAL_UNFINISHED_ABANDON   /* nothing */
} temporal_unfinished_policy;

/** For the handler that calls, as long as it is under way. */
TEMPORAL_API void temporal_workflow_set_unfinished_policy(temporal_workflow *run,
                                                          temporal_unfinished_policy policy);

/* --- definitions: what TEMPORAL_WORKFLOW_DEFINE and its kin make --------------------------- */

/* Signals are handled in the order in which they came, each on a coroutine of its own: those that
 * came before the function began, when it waits for the first time; later ones before what else
 * came in the same task. One that nobody handles is logged and left. A query, like a validator,
 * only looks: one that waits, begins something or, through a cast, changes the state struct fails,
 * and what it has changed there is undone. */

typedef enum temporal_handler_kind {
    TEMPORAL_HANDLER_SIGNAL,
    TEMPORAL_HANDLER_QUERY,
    TEMPORAL_HANDLER_UPDATE
} temporal_handler_kind;

typedef struct temporal_handler_def {
    size_t struct_size;
    temporal_handler_kind kind;
    const char *name; /* NULL: every name that has no other */
    temporal_type_fn input, output;
    temporal_error *(*invoke)(temporal_workflow *run, void *self, const void *input, void *output);
    /* With the name and any number of arguments, instead of invoke. */
    temporal_error *(*invoke_values)(temporal_workflow *run, void *self, const char *name,
                                     const temporal_value *inputs, size_t input_count,
                                     temporal_value *output);
    /* Of updates; one of them or none. */
    temporal_error *(*validate)(temporal_workflow *run, const void *self, const void *input);
    temporal_error *(*validate_values)(temporal_workflow *run, const void *self, const char *name,
                                       const temporal_value *inputs, size_t input_count);
    const char *description; /* for those who look at a run; NULL: none */
} temporal_handler_def;

typedef struct temporal_workflow_def {
    size_t struct_size;
    const char *name; /* NULL: every workflow type that has no other */
    size_t self_size;
    temporal_type_fn input, output;
    temporal_error *(*invoke)(temporal_workflow *run, void *self, const void *input, void *output);
    temporal_error *(*invoke_values)(temporal_workflow *run, void *self,
                                     const temporal_value *inputs, size_t input_count,
                                     temporal_value *output);
    const temporal_handler_def *const *handlers; /* NULL-terminated */
} temporal_workflow_def;

/** Encodes a value as the output of a dynamic handler; lives as long as the run. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_workflow_write(temporal_workflow *run,
                                                                      temporal_value *value,
                                                                      const temporal_type *type,
                                                                      const void *in);

TEMPORAL_END
#endif
