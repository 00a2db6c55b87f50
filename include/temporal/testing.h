/* SPDX-License-Identifier: MIT */
/* testing.h -- a server of a test's own, whose clock may be moved, and an activity without a
 * server.
 *
 * Not part of temporal.h: include it where tests are. */
#ifndef TEMPORAL_TESTING_H
#define TEMPORAL_TESTING_H

#include "activity.h"
#include "base.h"
#include "client.h"
#include "contract.h"
#include "error.h"
#include "value.h"
#include "workflow.h"

TEMPORAL_BEGIN

/* --- a server ------------------------------------------------------------------------------- */

/** A server and a client of it. Any thread may use it, until it is freed. */
typedef struct temporal_test_env temporal_test_env;

typedef enum temporal_test_server {
    TEMPORAL_TEST_SERVER_LOCAL = 0,    /* the development server: all features, in real time */
    TEMPORAL_TEST_SERVER_TIME_SKIPPING /* its time skips to the next timer when nothing is to be
                                          done until then: a day passes in milliseconds */
} temporal_test_server;

typedef struct temporal_test_env_options {
    size_t struct_size;
    temporal_test_server server;
    const char *executable;         /* found as said below */
    const char *const *arguments;   /* more of them, for the server; ends with NULL */
    const char *log_file;           /* what the server prints, appended: goes with the server */
    const char *namespace_name;     /* "default" */
    temporal_seconds start_timeout; /* 60 s */
} temporal_test_env_options;

/** Starts a server on a free port and connects to it. It is stopped by temporal_test_env_free, and
 * killed when the program dies, however it does.
 *
 * Its program is .executable, else what $TEMPORAL_TEST_CLI (for the development server) or
 * $TEMPORAL_TEST_SERVER (for the time-skipping one) names, else `temporal` or
 * `temporal-test-server` in $PATH or in the bin folder of $VIRTUAL_ENV: the program itself, not a
 * script that starts it. SYSTEM, with what the server said, when it does not come up.
 *
 * This starts threads: a test of activity processes calls temporal_fork_server_start first. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_test_env_start_with(temporal_test_env **env, const temporal_test_env_options *options);
/** temporal_test_env_start(&env, TEMPORAL_TEST_SERVER_TIME_SKIPPING, .log_file = "server.log") */
#define temporal_test_env_start(env, ...) \
    temporal_test_env_start_with(         \
        (env), TEMPORAL_OPTIONS(temporal_test_env_options, .server = __VA_ARGS__))

/** The same calls for a server that runs already; whether its time can be skipped is asked of it.
 */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_test_env_connect_with(temporal_test_env **env, const temporal_client_options *options);
/** temporal_test_env_connect(&env, "localhost:7233", .namespace_name = "mine") */
#define temporal_test_env_connect(env, ...) \
    temporal_test_env_connect_with(         \
        (env), TEMPORAL_OPTIONS(temporal_client_options, .target = __VA_ARGS__))

/** Stops a server that was started here. Free workers, handles and copies of the client first. NULL
 * is accepted. */
TEMPORAL_API void temporal_test_env_free(temporal_test_env *env);

/** Borrowed. While this client, or a copy of it, waits for the result of a workflow, time skips. */
TEMPORAL_API temporal_client *temporal_test_env_client(temporal_test_env *env);
/** "127.0.0.1:41287", for other programs. */
TEMPORAL_API const char *temporal_test_env_address(const temporal_test_env *env);
/** False where waits take as long as they say: the server is not one that skips. */
TEMPORAL_API bool temporal_test_env_skips_time(const temporal_test_env *env);

/** Whether time skips during waits for results that begin from now on; true at first. Answers what
 * it was, so that a block without it is
 *
 *     const bool before = temporal_test_env_set_auto_time_skipping(env, false);
 *     ...
 *     temporal_test_env_set_auto_time_skipping(env, before); */
TEMPORAL_API bool temporal_test_env_set_auto_time_skipping(temporal_test_env *env, bool on);

/** Lets the server's time advance that far: at once where it can be skipped, and no activity runs;
 * otherwise it takes as long as it says. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_test_env_sleep(temporal_test_env *env,
                                                                      temporal_seconds time);
/** The server's time, in Unix nanoseconds. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *temporal_test_env_now(temporal_test_env *env,
                                                                    int64_t *now);

/* clang-format off */

/** Another body for an activity's contract, private to its file: give the worker of a test &body_activity in the real one's
 * place. The body follows: static temporal_error *body(temporal_activity *attempt, In input,
 * Out *output), with the types of the contract. */
#define TEMPORAL_ACTIVITY_MOCK(activity, body)                                               \
    typedef activity##_input_ body##_input_;                                                 \
    typedef activity##_output_ body##_output_;                                               \
    temporal_error *body##_execute_(temporal_workflow *, body##_input_, body##_output_ *,    \
                                    const temporal_activity_options *);                      \
    static temporal_error *body(temporal_activity *, body##_input_, body##_output_ *);       \
    static temporal_error *body##_invoke_(temporal_activity *attempt_, const void *input_,   \
                                          void *output_)                                     \
    {                                                                                        \
        return body(attempt_, *(const body##_input_ *)input_, (body##_output_ *)output_);    \
    }                                                                                        \
    TEMPORAL_UNUSED static const temporal_activity_def body##_activity = {                   \
        sizeof(temporal_activity_def), activity##_name_, activity##_input_type_,             \
        activity##_output_type_, body##_invoke_, NULL, 0, NULL, NULL                         \
    };

/* clang-format on */

/* --- an activity alone ---------------------------------------------------------------------- */

/** Runs activities without a server, by default on the calling thread, where their waits block. Any
 * thread may use it, until it is freed. */
typedef struct temporal_activity_env temporal_activity_env;

/** Where an activity environment runs its activities, by the rules that a worker's executors have.
 */
typedef enum temporal_activity_executor {
    TEMPORAL_ON_THREAD = 0, /* the caller's: its waits block */
    TEMPORAL_ON_COROUTINE,  /* on a loop of the environment's: its waits yield */
    TEMPORAL_ON_PROCESS     /* in a process of its own: start the fork server first (worker.h) */
} temporal_activity_executor;

typedef struct temporal_activity_env_options {
    size_t struct_size;
    /** What the activity is told about itself; copied. What is not set is made up: "test" for
     * texts, attempt 1, the activity's own name, now. */
    temporal_activity_info info;
    /** Heartbeat details of the attempt before, where info.heartbeat_details is not set. */
    const temporal_argument *heartbeat_details;
    size_t heartbeat_detail_count;
    /** At each heartbeat, on the thread that beats; it may cancel, but not beat or run. The details
     * live as long as the environment. On coroutines and processes it is called on a thread of the
     * environment's, and where beats follow each other fast the latest wins. */
    void (*on_heartbeat)(const temporal_value *details, size_t count, void *data);
    void *data;
    temporal_activity_executor executor;
} temporal_activity_env_options;

/** Copies its options. Never NULL; to be freed. */
TEMPORAL_API temporal_activity_env *
temporal_activity_env_new_with(const temporal_activity_env_options *options);
/** temporal_activity_env_new(), or with options: temporal_activity_env_new(.info.attempt = 2) */
#define temporal_activity_env_new(...) \
    temporal_activity_env_new_with(TEMPORAL_OPTIONS(temporal_activity_env_options, __VA_ARGS__))
/** No run may be under way. Puts away the states of stateful activities. NULL is accepted. */
TEMPORAL_API void temporal_activity_env_free(temporal_activity_env *env);

/** What runs now and what runs later is cancelled, for that reason (NONE: REQUESTED). The first
 * reason stays. Any thread. */
TEMPORAL_API void temporal_activity_env_cancel(temporal_activity_env *env,
                                               temporal_cancel_reason reason);
/** What runs now and what runs later sees the worker shutting down. Any thread. */
TEMPORAL_API void temporal_activity_env_worker_shutdown(temporal_activity_env *env);

/** Runs the activity as a worker would: the input and the result are encoded and decoded, and an
 * error is what a workflow would find as the cause of its ACTIVITY error; it is the caller's to
 * free. COMPLETE_ASYNC when the activity ended so. What output points to lives as long as the
 * environment; output may be NULL. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_activity_env_run_def(temporal_activity_env *env, const temporal_activity_def *def,
                              const void *input, void *output);
/** The same with any number of arguments, for dynamic activities. */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_activity_env_run_values(temporal_activity_env *env, const temporal_activity_def *def,
                                 const temporal_argument *inputs, size_t input_count,
                                 const temporal_type *output_type, void *output);

/* clang-format off */

/* By contract, or mock: temporal_activity_env_run(env, create_greeting, input, &greeting). (What is
 * measured is not called: it only makes what does not fit the contract an error.) */
#define temporal_activity_env_run(env, activity, input, output)                              \
    ((void)sizeof(activity##_execute_(NULL, (input), (output), NULL)),                       \
     temporal_activity_env_run_def((env), &activity##_activity,                              \
                                   TEMPORAL_INPUT_(activity##_input_, (input)), (output)))
#ifdef __cplusplus
#define TEMPORAL_INPUT_(In, input) (&static_cast<const In &>(input))
#else
#define TEMPORAL_INPUT_(In, input) ((const In[]){ input })
#endif

/* clang-format on */

TEMPORAL_END
#endif
