/* SPDX-License-Identifier: MIT */
/* contract.h -- one line that a workflow, a client and a worker all agree on.
 *
 * A contract names an activity, a workflow, a signal, a query or an update, with the types that go
 * in and out. It stands in a header that everyone shares, and gives callers typed calls. _DEFINE
 * stands beside the body, repeats no type, and gives the prototype that the body must match. What
 * does not fit does not compile. temporal_none as an input sends no argument; as the output, pass
 * NULL for it.
 *
 * The name on the wire is the C name, or another one with the _NAMED form of each contract. */
#ifndef TEMPORAL_CONTRACT_H
#define TEMPORAL_CONTRACT_H

#include "activity.h"
#include "base.h"
#include "client.h"
#include "error.h"
#include "value.h"
#include "workflow.h"

/* A pointer or a number where a contract says something else is an error and not just a warning, as
 * newer compilers have it: this holds for the rest of each file that includes this one. */
#if defined(__GNUC__) && !defined(__cplusplus)
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#pragma GCC diagnostic error "-Wint-conversion"
#endif

#ifdef __cplusplus
#define TEMPORAL_EXTERN_ extern "C"
#else
#define TEMPORAL_EXTERN_ extern
#endif

/* clang-format off */

/* --- verbs: one word for each thing to do, whatever the contract --------------------------- */

/* Clients. The options come last and by name: .id and .task_queue are required. */
#define temporal_start_workflow(client, workflow, input, handle, ...)                        \
    workflow##_start_((client), (input), (handle),                                           \
                      TEMPORAL_OPTIONS(temporal_start_options, __VA_ARGS__))
/** Starts and waits. *handle is set as soon as it was started; free it also after an error. */
#define temporal_execute_workflow(client, workflow, input, handle, output, ...)              \
    workflow##_execute_((client), (input), (handle), (output),                               \
                        TEMPORAL_OPTIONS(temporal_start_options, __VA_ARGS__))
/** Starts it unless it runs, and sends the signal in the same call. */
#define temporal_signal_with_start(client, workflow, signal, signal_input, input, handle, ...) \
    workflow##_##signal##_start_((client), (signal_input), (input), (handle),                \
                                 TEMPORAL_OPTIONS(temporal_start_options, __VA_ARGS__))
#define temporal_get_result(handle, workflow, output) workflow##_result_((handle), 0, (output))
#define temporal_get_result_within(handle, workflow, timeout, output)                        \
    workflow##_result_((handle), (timeout), (output))
#define temporal_signal(handle, workflow, signal, input)                                     \
    workflow##_##signal##_send_((handle), (input))
#define temporal_query(handle, workflow, query, input, output)                               \
    workflow##_##query##_ask_((handle), (input), (output))
/** (handle, workflow, update, input, output), and then the options, if any: waits for its end. */
#define temporal_execute_update(handle, workflow, update, input, ...)                        \
    workflow##_##update##_execute_((handle), (input), TEMPORAL_FIRST_(__VA_ARGS__, ),        \
                                   TEMPORAL_OPTIONS(temporal_update_options,                 \
                                                    TEMPORAL_REST_(__VA_ARGS__, )))
/** (handle, workflow, update, input, started), and then the options, if any: waits until it is
 * accepted; *started is a temporal_update. */
#define temporal_start_update(handle, workflow, update, input, ...)                          \
    workflow##_##update##_begin_((handle), (input), TEMPORAL_FIRST_(__VA_ARGS__, ),          \
                                 TEMPORAL_OPTIONS(temporal_update_options,                   \
                                                  TEMPORAL_REST_(__VA_ARGS__, )))
#define temporal_get_update_result(started, workflow, update, output)                        \
    workflow##_##update##_result_((started), (output))
/** Starts the workflow and waits for the end of an update of it; see client.h on .id_conflict. The
 * options are those of the start. */
#define temporal_update_with_start(client, workflow, update, update_input, input, handle, output, \
                                   ...)                                                      \
    workflow##_##update##_with_start_((client), (update_input), (input), (handle), (output), \
                                      TEMPORAL_OPTIONS(temporal_start_options, __VA_ARGS__))
/** The result of an activity that ended with temporal_activity_complete_async. */
#define temporal_complete_activity(client, activity, target, result)                         \
    activity##_complete_((client), (target), (result))

/* Workflows. One of .start_to_close_timeout and .schedule_to_close_timeout is required. */
#define temporal_execute_activity(run, activity, input, output, ...)                         \
    activity##_execute_((run), (input), (output),                                            \
                        TEMPORAL_OPTIONS(temporal_activity_options, __VA_ARGS__))
#define temporal_start_activity(run, activity, input, ...)                                   \
    activity##_begin_((run), (input), TEMPORAL_OPTIONS(temporal_activity_options, __VA_ARGS__))
#define temporal_await_activity(run, activity, future, output)                               \
    activity##_await_((run), (future), (output))
/* The same on this worker's own executors; awaited with temporal_await_activity. */
#define temporal_execute_local_activity(run, activity, input, output, ...)                   \
    activity##_local_execute_((run), (input), (output),                                      \
                              TEMPORAL_OPTIONS(temporal_local_options, __VA_ARGS__))
#define temporal_start_local_activity(run, activity, input, ...)                             \
    activity##_local_begin_((run), (input),                                                  \
                            TEMPORAL_OPTIONS(temporal_local_options, __VA_ARGS__))
/** (run, workflow, input, output), and then the options of temporal_child_options, if any. */
#define temporal_execute_child(run, workflow, input, ...)                                    \
    workflow##_child_execute_((run), (input), TEMPORAL_FIRST_(__VA_ARGS__, ),                \
                              TEMPORAL_OPTIONS(temporal_child_options,                       \
                                               TEMPORAL_REST_(__VA_ARGS__, )))
/** (run, workflow, input, child), and then the options. */
#define temporal_start_child(run, workflow, input, ...)                                      \
    workflow##_child_start_((run), (input), TEMPORAL_FIRST_(__VA_ARGS__, ),                  \
                            TEMPORAL_OPTIONS(temporal_child_options,                         \
                                             TEMPORAL_REST_(__VA_ARGS__, )))
/** (run, workflow, input), and then the options. */
#define temporal_begin_child(run, workflow, ...)                                             \
    workflow##_child_begin_((run), TEMPORAL_FIRST_(__VA_ARGS__, ),                           \
                            TEMPORAL_OPTIONS(temporal_child_options,                         \
                                             TEMPORAL_REST_(__VA_ARGS__, )))
#define temporal_await_child(run, workflow, child, output)                                   \
    workflow##_child_await_((run), (child), (output))
#define temporal_signal_child(child, workflow, signal, input)                                \
    workflow##_##signal##_send_to_child_((child), (input))
/** External: of temporal_workflow_external, and of that workflow's type. Begin gives a future. */
#define temporal_signal_external(external, workflow, signal, input)                          \
    workflow##_##signal##_send_to_external_((external), (input))
#define temporal_begin_signal_external(external, workflow, signal, input)                    \
    workflow##_##signal##_begin_to_external_((external), (input))
/** return temporal_continue_as_new(run, workflow, input, .run_timeout = 60): the options are those
 * of temporal_continue_options, and may be left out. */
#define temporal_continue_as_new(run, workflow, ...)                                         \
    workflow##_continue_((run),                                                              \
                         TEMPORAL_OPTIONS(workflow##_continuation_, .input = __VA_ARGS__))

/* --- activities --------------------------------------------------------------------------- */

#define TEMPORAL_ACTIVITY(activity, In, Out) TEMPORAL_ACTIVITY_NAMED(activity, #activity, In, Out)
#define TEMPORAL_ACTIVITY_NAMED(activity, wire_name, In, Out)                                \
    TEMPORAL_CONTRACT_(activity, wire_name, In, Out)                                         \
    TEMPORAL_EXTERN_ const temporal_activity_def activity##_activity;                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *activity##_execute_(      \
        temporal_workflow *run_, In input_, Out *output_,                                    \
        const temporal_activity_options *options_)                                           \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_workflow_execute_activity(run_, activity##_name_, &argument_,        \
                                                  TEMPORAL_COUNT_(In), Out##_type(), output_, \
                                                  options_);                                 \
    }                                                                                        \
    TEMPORAL_UNUSED static inline temporal_future *activity##_begin_(                        \
        temporal_workflow *run_, In input_, const temporal_activity_options *options_)       \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_workflow_start_activity(run_, activity##_name_, &argument_,          \
                                                TEMPORAL_COUNT_(In), options_);              \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *activity##_local_execute_( \
        temporal_workflow *run_, In input_, Out *output_,                                    \
        const temporal_local_options *options_)                                              \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_workflow_execute_local_activity(run_, activity##_name_, &argument_,  \
                                                        TEMPORAL_COUNT_(In), Out##_type(),   \
                                                        output_, options_);                  \
    }                                                                                        \
    TEMPORAL_UNUSED static inline temporal_future *activity##_local_begin_(                  \
        temporal_workflow *run_, In input_, const temporal_local_options *options_)          \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_workflow_start_local_activity(run_, activity##_name_, &argument_,    \
                                                      TEMPORAL_COUNT_(In), options_);        \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *activity##_await_(        \
        temporal_workflow *run_, temporal_future *future_, Out *output_)                     \
    {                                                                                        \
        return temporal_workflow_await(run_, future_, Out##_type(), output_);                \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *activity##_complete_(     \
        temporal_client *client_, const temporal_activity_target *target_, Out result_)      \
    {                                                                                        \
        return temporal_client_complete_activity(client_, target_, Out##_type(), &result_);  \
    }

/** The body: temporal_error *activity(temporal_activity *attempt, In input, Out *output). Makes
 * activity_activity, the definition that a worker is given. */
#define TEMPORAL_ACTIVITY_DEFINE(activity)                                                   \
    temporal_error *activity(temporal_activity *, activity##_input_, activity##_output_ *);  \
    static temporal_error *activity##_invoke_(temporal_activity *attempt_, const void *input_, \
                                              void *output_)                                 \
    {                                                                                        \
        return activity(attempt_, *(const activity##_input_ *)input_,                        \
                        (activity##_output_ *)output_);                                      \
    }                                                                                        \
    const temporal_activity_def activity##_activity = {                                      \
        sizeof(temporal_activity_def), activity##_name_, activity##_input_type_,             \
        activity##_output_type_, activity##_invoke_, NULL, 0, NULL, NULL                     \
    };

/** The same with a state (a database handle ...), which the body gets after attempt as State *. It
 * is zeroed, then made by temporal_error *init(State *) before the first attempt: once in each
 * process of a pool, once for all attempts of the other executors, which may use it at the same
 * time. At the end void done(State *) puts it away. Either may be NULL. */
#define TEMPORAL_STATEFUL_ACTIVITY_DEFINE(activity, State, init, done)                       \
    temporal_error *activity(temporal_activity *, State *, activity##_input_,                \
                             activity##_output_ *);                                          \
    static temporal_error *activity##_invoke_(temporal_activity *attempt_, const void *input_, \
                                              void *output_)                                 \
    {                                                                                        \
        return activity(attempt_, (State *)temporal_activity_state(attempt_),                \
                        *(const activity##_input_ *)input_, (activity##_output_ *)output_);  \
    }                                                                                        \
    static temporal_error *activity##_state_init_(void *state_)                              \
    {                                                                                        \
        temporal_error *(*const make_)(State *) = init;                                      \
        return make_ ? make_((State *)state_) : TEMPORAL_OK;                                 \
    }                                                                                        \
    static void activity##_state_done_(void *state_)                                         \
    {                                                                                        \
        void (*const put_away_)(State *) = done;                                             \
        if (put_away_)                                                                       \
            put_away_((State *)state_);                                                      \
    }                                                                                        \
    const temporal_activity_def activity##_activity = {                                      \
        sizeof(temporal_activity_def), activity##_name_, activity##_input_type_,             \
        activity##_output_type_, activity##_invoke_, NULL, sizeof(State),                    \
        activity##_state_init_, activity##_state_done_                                       \
    };

/* --- workflows ---------------------------------------------------------------------------- */

#define TEMPORAL_WORKFLOW(workflow, In, Out) TEMPORAL_WORKFLOW_NAMED(workflow, #workflow, In, Out)
#define TEMPORAL_WORKFLOW_NAMED(workflow, wire_name, In, Out)                                \
    TEMPORAL_CONTRACT_(workflow, wire_name, In, Out)                                         \
    typedef struct workflow##_continuation_ {                                                \
        size_t struct_size;                                                                  \
        In input;                                                                            \
        const char *task_queue;                                                              \
        temporal_seconds run_timeout;                                                        \
        temporal_seconds task_timeout;                                                       \
        const temporal_retry_policy *retry;                                                  \
        const temporal_entry *memo;                                                          \
        const temporal_entry *search_attributes;                                             \
    } workflow##_continuation_;                                                              \
    TEMPORAL_EXTERN_ const temporal_workflow_def workflow##_workflow;                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *workflow##_start_(        \
        temporal_client *client_, In input_, temporal_handle **handle_,                      \
        const temporal_start_options *options_)                                              \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_client_start_workflow(client_, workflow##_name_, &argument_,         \
                                              TEMPORAL_COUNT_(In), handle_, options_);       \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *workflow##_result_(       \
        temporal_handle *handle_, temporal_seconds timeout_, Out *output_)                   \
    {                                                                                        \
        if (timeout_ == 0)                                                                   \
            return temporal_handle_result(handle_, Out##_type(), output_);                   \
        return temporal_handle_result_within(handle_, timeout_, Out##_type(), output_);      \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *workflow##_execute_(      \
        temporal_client *client_, In input_, temporal_handle **handle_, Out *output_,        \
        const temporal_start_options *options_)                                              \
    {                                                                                        \
        TEMPORAL_TRY(workflow##_start_(client_, input_, handle_, options_));                 \
        return workflow##_result_(*handle_, 0, output_);                                     \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *workflow##_child_execute_( \
        temporal_workflow *run_, In input_, Out *output_,                                    \
        const temporal_child_options *options_)                                              \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_workflow_execute_child(run_, workflow##_name_, &argument_,           \
                                               TEMPORAL_COUNT_(In), Out##_type(), output_,   \
                                               options_);                                    \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *workflow##_child_start_(  \
        temporal_workflow *run_, In input_, temporal_child **child_,                         \
        const temporal_child_options *options_)                                              \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_workflow_start_child(run_, workflow##_name_, &argument_,             \
                                             TEMPORAL_COUNT_(In), child_, options_);         \
    }                                                                                        \
    TEMPORAL_UNUSED static inline temporal_child *workflow##_child_begin_(                   \
        temporal_workflow *run_, In input_, const temporal_child_options *options_)          \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_workflow_begin_child(run_, workflow##_name_, &argument_,             \
                                             TEMPORAL_COUNT_(In), options_);                 \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *workflow##_child_await_(  \
        temporal_workflow *run_, temporal_child *child_, Out *output_)                       \
    {                                                                                        \
        return temporal_workflow_await(run_, temporal_child_result(child_), Out##_type(),    \
                                       output_);                                             \
    }                                                                                        \
    TEMPORAL_UNUSED static inline temporal_error *workflow##_continue_(                      \
        temporal_workflow *run_, const workflow##_continuation_ *next_)                      \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &next_->input };                  \
        const temporal_continue_options options_ = {                                         \
            sizeof(temporal_continue_options), workflow##_name_, next_->task_queue,          \
            next_->run_timeout, next_->task_timeout, next_->retry, next_->memo,              \
            next_->search_attributes                                                         \
        };                                                                                   \
        return temporal_workflow_continue_as_new(run_, &argument_, TEMPORAL_COUNT_(In),      \
                                                 &options_);                                 \
    }

/** A workflow without state, signals or queries. The body:
 * temporal_error *workflow(temporal_workflow *run, In input, Out *output).
 * Makes workflow_workflow, the definition that a worker is given. */
#define TEMPORAL_WORKFLOW_DEFINE(workflow)                                                   \
    temporal_error *workflow(temporal_workflow *, workflow##_input_, workflow##_output_ *);  \
    static temporal_error *workflow##_invoke_(temporal_workflow *run_, void *self_,          \
                                              const void *input_, void *output_)             \
    {                                                                                        \
        (void)self_;                                                                         \
        return workflow(run_, *(const workflow##_input_ *)input_,                            \
                        (workflow##_output_ *)output_);                                      \
    }                                                                                        \
    const temporal_workflow_def workflow##_workflow = {                                      \
        sizeof(temporal_workflow_def), workflow##_name_, 0, workflow##_input_type_,          \
        workflow##_output_type_, workflow##_invoke_, NULL, NULL                              \
    };

/** The same with a state, which starts as zeros and lives as long as the run; the body gets it
 * after run as Self *. The last arguments are its signals and queries, as in
 * &greeting_update_salutation_handler; NULL when there are none. */
#define TEMPORAL_STATEFUL_WORKFLOW_DEFINE(workflow, Self, ...)                               \
    typedef Self workflow##_self_;                                                           \
    temporal_error *workflow(temporal_workflow *, Self *, workflow##_input_,                 \
                             workflow##_output_ *);                                          \
    static temporal_error *workflow##_invoke_(temporal_workflow *run_, void *self_,          \
                                              const void *input_, void *output_)             \
    {                                                                                        \
        return workflow(run_, (Self *)self_, *(const workflow##_input_ *)input_,             \
                        (workflow##_output_ *)output_);                                      \
    }                                                                                        \
    static const temporal_handler_def *const workflow##_handlers_[] = { __VA_ARGS__, NULL }; \
    const temporal_workflow_def workflow##_workflow = {                                      \
        sizeof(temporal_workflow_def), workflow##_name_, sizeof(Self),                       \
        workflow##_input_type_, workflow##_output_type_, workflow##_invoke_, NULL,           \
        workflow##_handlers_                                                                 \
    };

/* --- signals and queries: they stand after the contract of their workflow ----------------- */

#define TEMPORAL_SIGNAL(workflow, signal, In) TEMPORAL_SIGNAL_NAMED(workflow, signal, #signal, In)
#define TEMPORAL_SIGNAL_NAMED(workflow, signal, wire_name, In)                               \
    TEMPORAL_CONTRACT_(workflow##_##signal, wire_name, In, temporal_none)                    \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *workflow##_##signal##_send_( \
        temporal_handle *handle_, In input_)                                                 \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_handle_signal(handle_, workflow##_##signal##_name_, &argument_,      \
                                      TEMPORAL_COUNT_(In));                                  \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *                          \
        workflow##_##signal##_send_to_child_(temporal_child *child_, In input_)              \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_child_signal(child_, workflow##_##signal##_name_, &argument_,        \
                                     TEMPORAL_COUNT_(In));                                   \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *                          \
        workflow##_##signal##_send_to_external_(temporal_external *external_, In input_)     \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_external_signal(external_, workflow##_##signal##_name_, &argument_,  \
                                        TEMPORAL_COUNT_(In));                                \
    }                                                                                        \
    TEMPORAL_UNUSED static inline temporal_future *                                          \
        workflow##_##signal##_begin_to_external_(temporal_external *external_, In input_)    \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_external_begin_signal(external_, workflow##_##signal##_name_,        \
                                              &argument_, TEMPORAL_COUNT_(In));              \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *                          \
        workflow##_##signal##_start_(temporal_client *client_, In signal_input_,             \
                                     workflow##_input_ input_, temporal_handle **handle_,    \
                                     const temporal_start_options *options_)                 \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &signal_input_ };                 \
        const temporal_start_options with_signal = temporal_options_with_signal_(            \
            options_, workflow##_##signal##_name_, &argument_, TEMPORAL_COUNT_(In));         \
        return workflow##_start_(client_, input_, handle_, &with_signal);                    \
    }

/* TEMPORAL_SIGNAL_DEFINE(workflow, Self, signal, "what it is for") and its kin: the last one, which
 * may be left out, is a description for those who look at a run. */

/** The body: temporal_error *workflow_signal(temporal_workflow *run, Self *self, In input). Makes
 * workflow_signal_handler. */
#define TEMPORAL_SIGNAL_DEFINE(workflow, Self, ...)                                          \
    TEMPORAL_SIGNAL_HANDLER_(workflow, Self, __VA_ARGS__, NULL, )
#define TEMPORAL_SIGNAL_HANDLER_(workflow, Self, signal, description_, ...)                  \
    typedef Self workflow##_self_; /* the same for the workflow and all of its handlers */   \
    temporal_error *workflow##_##signal(temporal_workflow *, Self *,                         \
                                        workflow##_##signal##_input_);                       \
    static temporal_error *workflow##_##signal##_invoke_(temporal_workflow *run_, void *self_, \
                                                         const void *input_, void *output_)  \
    {                                                                                        \
        (void)output_;                                                                       \
        return workflow##_##signal(run_, (Self *)self_,                                      \
                                   *(const workflow##_##signal##_input_ *)input_);           \
    }                                                                                        \
    static const temporal_handler_def workflow##_##signal##_handler = {                      \
        sizeof(temporal_handler_def), TEMPORAL_HANDLER_SIGNAL, workflow##_##signal##_name_,  \
        workflow##_##signal##_input_type_, workflow##_##signal##_output_type_,               \
        workflow##_##signal##_invoke_, NULL, NULL, NULL, description_                        \
    };

#define TEMPORAL_QUERY(workflow, query, In, Out)                                             \
    TEMPORAL_QUERY_NAMED(workflow, query, #query, In, Out)
#define TEMPORAL_QUERY_NAMED(workflow, query, wire_name, In, Out)                            \
    TEMPORAL_CONTRACT_(workflow##_##query, wire_name, In, Out)                               \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *workflow##_##query##_ask_( \
        temporal_handle *handle_, In input_, Out *output_)                                   \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_handle_query(handle_, workflow##_##query##_name_, &argument_,        \
                                     TEMPORAL_COUNT_(In), Out##_type(), output_);            \
    }

/** The body looks and does not touch, its state is const:
 * temporal_error *workflow_query(temporal_workflow *run, const Self *self, In input, Out *output).
 * Makes workflow_query_handler. */
#define TEMPORAL_QUERY_DEFINE(workflow, Self, ...)                                           \
    TEMPORAL_QUERY_HANDLER_(workflow, Self, __VA_ARGS__, NULL, )
#define TEMPORAL_QUERY_HANDLER_(workflow, Self, query, description_, ...)                    \
    typedef Self workflow##_self_;                                                           \
    temporal_error *workflow##_##query(temporal_workflow *, const Self *,                    \
                                       workflow##_##query##_input_,                          \
                                       workflow##_##query##_output_ *);                      \
    static temporal_error *workflow##_##query##_invoke_(temporal_workflow *run_, void *self_, \
                                                        const void *input_, void *output_)   \
    {                                                                                        \
        return workflow##_##query(run_, (const Self *)self_,                                 \
                                  *(const workflow##_##query##_input_ *)input_,              \
                                  (workflow##_##query##_output_ *)output_);                  \
    }                                                                                        \
    static const temporal_handler_def workflow##_##query##_handler = {                       \
        sizeof(temporal_handler_def), TEMPORAL_HANDLER_QUERY, workflow##_##query##_name_,    \
        workflow##_##query##_input_type_, workflow##_##query##_output_type_,                 \
        workflow##_##query##_invoke_, NULL, NULL, NULL, description_                         \
    };

/* --- updates: they stand after the contract of their workflow, too --------------------------- */

#define TEMPORAL_UPDATE(workflow, update, In, Out)                                           \
    TEMPORAL_UPDATE_NAMED(workflow, update, #update, In, Out)
#define TEMPORAL_UPDATE_NAMED(workflow, update, wire_name, In, Out)                          \
    TEMPORAL_CONTRACT_(workflow##_##update, wire_name, In, Out)                              \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *workflow##_##update##_execute_( \
        temporal_handle *handle_, In input_, Out *output_,                                   \
        const temporal_update_options *options_)                                             \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_handle_execute_update(handle_, workflow##_##update##_name_, &argument_, \
                                              TEMPORAL_COUNT_(In), Out##_type(), output_,    \
                                              options_);                                     \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *workflow##_##update##_begin_( \
        temporal_handle *handle_, In input_, temporal_update **started_,                     \
        const temporal_update_options *options_)                                             \
    {                                                                                        \
        const temporal_argument argument_ = { In##_type(), &input_ };                        \
        return temporal_handle_start_update(handle_, workflow##_##update##_name_, &argument_, \
                                            TEMPORAL_COUNT_(In), started_, options_);        \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *workflow##_##update##_result_( \
        temporal_update *started_, Out *output_)                                             \
    {                                                                                        \
        return temporal_update_result(started_, Out##_type(), output_);                      \
    }                                                                                        \
    TEMPORAL_UNUSED TEMPORAL_CHECKED static inline temporal_error *                          \
        workflow##_##update##_with_start_(temporal_client *client_, In update_input_,        \
                                          workflow##_input_ input_, temporal_handle **handle_, \
                                          Out *output_, const temporal_start_options *options_) \
    {                                                                                        \
        const temporal_argument update_argument_ = { In##_type(), &update_input_ };          \
        const temporal_argument argument_ = { workflow##_input_type_(), &input_ };           \
        const temporal_named_call update_ = { workflow##_##update##_name_, &update_argument_, \
                                              TEMPORAL_COUNT_(In) };                         \
        const temporal_named_call workflow_ = {                                              \
            workflow##_name_, &argument_,                                                    \
            (size_t)(workflow##_input_type_()->kind == TEMPORAL_KIND_NONE ? 0 : 1)           \
        };                                                                                   \
        return temporal_client_execute_update_with_start(client_, &workflow_, options_, &update_, \
                                                         NULL, handle_, Out##_type(), output_); \
    }

/** The body may change the state and may wait:
 * temporal_error *workflow_update(temporal_workflow *run, Self *self, In input, Out *output).
 * Makes workflow_update_handler. */
#define TEMPORAL_UPDATE_DEFINE(workflow, Self, ...)                                          \
    TEMPORAL_UPDATE_HANDLER_(workflow, Self, NULL, __VA_ARGS__, NULL, )
/** The same with a validator, which looks and does not touch. An error that it returns rejects the
 * update: temporal_error *workflow_update_validate(temporal_workflow *run, const Self *self,
 * In input). */
#define TEMPORAL_UPDATE_VALIDATED_DEFINE(workflow, Self, ...)                                \
    TEMPORAL_UPDATE_VALIDATED_HANDLER_(workflow, Self, __VA_ARGS__, NULL, )
#define TEMPORAL_UPDATE_VALIDATED_HANDLER_(workflow, Self, update, description_, ...)        \
    temporal_error *workflow##_##update##_validate(temporal_workflow *, const Self *,        \
                                                   workflow##_##update##_input_);            \
    static temporal_error *workflow##_##update##_invoke_validate_(                           \
        temporal_workflow *run_, const void *self_, const void *input_)                      \
    {                                                                                        \
        return workflow##_##update##_validate(                                               \
            run_, (const Self *)self_, *(const workflow##_##update##_input_ *)input_);       \
    }                                                                                        \
    TEMPORAL_UPDATE_HANDLER_(workflow, Self, workflow##_##update##_invoke_validate_, update, \
                             description_, )
#define TEMPORAL_UPDATE_HANDLER_(workflow, Self, validate_, update, description_, ...)       \
    typedef Self workflow##_self_;                                                           \
    temporal_error *workflow##_##update(temporal_workflow *, Self *,                         \
                                        workflow##_##update##_input_,                        \
                                        workflow##_##update##_output_ *);                    \
    static temporal_error *workflow##_##update##_invoke_(temporal_workflow *run_, void *self_, \
                                                         const void *input_, void *output_)  \
    {                                                                                        \
        return workflow##_##update(run_, (Self *)self_,                                      \
                                   *(const workflow##_##update##_input_ *)input_,            \
                                   (workflow##_##update##_output_ *)output_);                \
    }                                                                                        \
    static const temporal_handler_def workflow##_##update##_handler = {                      \
        sizeof(temporal_handler_def), TEMPORAL_HANDLER_UPDATE, workflow##_##update##_name_,  \
        workflow##_##update##_input_type_, workflow##_##update##_output_type_,               \
        workflow##_##update##_invoke_, NULL, validate_, NULL, description_                   \
    };

/* --- what every contract has --------------------------------------------------------------- */

#define TEMPORAL_CONTRACT_(prefix, wire_name, In, Out)                                       \
    typedef In prefix##_input_;                                                              \
    typedef Out prefix##_output_;                                                            \
    TEMPORAL_UNUSED static const char prefix##_name_[] = wire_name;                          \
    TEMPORAL_UNUSED static inline const temporal_type *prefix##_input_type_(void)            \
    {                                                                                        \
        return In##_type();                                                                  \
    }                                                                                        \
    TEMPORAL_UNUSED static inline const temporal_type *prefix##_output_type_(void)           \
    {                                                                                        \
        return Out##_type();                                                                 \
    }

/* The first of the arguments, and those behind it; a comma stands behind the last. */
#define TEMPORAL_FIRST_(first, ...) (first)
#define TEMPORAL_REST_(first, ...) __VA_ARGS__

#define TEMPORAL_COUNT_(In) ((size_t)(In##_type()->kind == TEMPORAL_KIND_NONE ? 0 : 1))

/* clang-format on */

TEMPORAL_UNUSED static inline temporal_start_options
temporal_options_with_signal_(const temporal_start_options *options, const char *name,
                              const temporal_argument *inputs, size_t input_count)
{
    temporal_start_options with_signal = *options;

    with_signal.signal = name;
    with_signal.signal_inputs = inputs;
    with_signal.signal_input_count = input_count;
    return with_signal;
}

#endif
