/* SPDX-License-Identifier: MIT */
/* testing/workflow_environment.c -- a server for a test, and a client of it. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <temporal/testing.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/timer.h"
#include "base/waiter.h"
#include "rpc/status.h"
#include "testing/find_program.h"
#include "testing/server_process.h"
#include "testing/time_skipping.h"

#define DEFAULT_NAMESPACE     "default"
#define DEFAULT_START_TIMEOUT (60 * TEMPORAL_SECOND)
#define PORT_TRIES            5 /* somebody else may take a port between our look and the server's */
#define ARGUMENTS_MAX         64

struct temporal_test_env {
    tp_server_process *server; /* NULL: not ours */
    temporal_client *client;
    tp_time_skipping *skipping; /* NULL: real time */
    tp_arena arena;             /* of the server's arguments and the address */
    const char *address;
};

static temporal_test_env *new_env(void)
{
    temporal_test_env *env = tp_alloc(sizeof *env);

    tp_arena_init(&env->arena);
    return env;
}

void temporal_test_env_free(temporal_test_env *env)
{
    if (!env)
        return;
    temporal_client_free(env->client);
    tp_time_skipping_unref(env->skipping);
    tp_server_process_free(env->server);
    tp_arena_done(&env->arena);
    tp_free(env);
}

/* --- the server's command line ---------------------------------------------------------------- */

typedef struct command {
    const char *argv[ARGUMENTS_MAX + 1]; /* NULL after the last */
    size_t count;
} command;

static void add(command *line, const char *argument)
{
    line->argv[line->count++] = argument;
}

static temporal_error *add_own(command *line, const char *const *arguments)
{
    for (; arguments && *arguments; arguments++) {
        if (line->count == ARGUMENTS_MAX)
            return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                      "test environment: .arguments: too many of them");
        add(line, *arguments);
    }
    return TEMPORAL_OK;
}

/* Its queues are read as fast as a test wants them to be, else every step takes 50 ms. */
static void add_local(command *line, temporal_test_env *env, int port, const char *namespace_name)
{
    static const char *const settings[] = { "history.transferProcessorMaxPollRPS=100000",
                                            "history.timerProcessorMaxPollRPS=100000",
                                            "history.visibilityProcessorMaxPollRPS=100000" };

    add(line, "server");
    add(line, "start-dev");
    add(line, "--headless");
    add(line, "--log-level");
    add(line, "error");
    add(line, "--ip");
    add(line, "127.0.0.1");
    add(line, "--port");
    add(line, tp_arena_format(&env->arena, "%d", port));
    add(line, "--namespace");
    add(line, namespace_name);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        add(line, "--dynamic-config-value");
        add(line, settings[i]);
    }
}

/* --- starting --------------------------------------------------------------------------------- */

/* A port of localhost on which nobody listens. */
static temporal_error *find_free_port(int *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int reason = 0;

    if (probe < 0 || bind(probe, (struct sockaddr *)&address, size) != 0 ||
        getsockname(probe, (struct sockaddr *)&address, &size) != 0)
        reason = errno;
    if (probe >= 0)
        close(probe);
    *port = ntohs(address.sin_port);
    return reason ? tp_error_system(reason, "test environment: cannot find a free port")
                  : TEMPORAL_OK;
}

static temporal_error *start_server(temporal_test_env *env, const command *line,
                                    const temporal_test_env_options *options, int *port)
{
    const size_t size = (line->count + 1) * sizeof line->argv[0];
    const char *const *argv = tp_arena_memdup(&env->arena, line->argv, size);
    temporal_error *error;

    TEMPORAL_TRY(tp_server_process_start(&env->server, argv, options->log_file));
    error = tp_server_process_await_port(env->server, options->start_timeout, port);
    if (error) {
        tp_server_process_free(env->server);
        env->server = NULL;
    }
    return error;
}

/* The time-skipping server takes any free port itself, and is asked which. */
static temporal_error *start_time_skipping(temporal_test_env *env, const char *program,
                                           const temporal_test_env_options *options, int *port)
{
    command line = { .argv = { program, "0" }, .count = 2 };

    *port = 0;
    TEMPORAL_TRY(add_own(&line, options->arguments));
    return start_server(env, &line, options, port);
}

static temporal_error *start_local(temporal_test_env *env, const char *program,
                                   const temporal_test_env_options *options, int *port)
{
    temporal_error *error = TEMPORAL_OK;

    for (int i = 0; i < PORT_TRIES; i++) {
        command line = { .argv = { program }, .count = 1 };

        temporal_error_free(error);
        TEMPORAL_TRY(find_free_port(port));
        add_local(&line, env, *port, options->namespace_name);
        TEMPORAL_TRY(add_own(&line, options->arguments));
        error = start_server(env, &line, options, port);
        if (!error || !strstr(temporal_error_message(error), "address already in use"))
            break;
    }
    return error;
}

static temporal_error *start(temporal_test_env *env, const temporal_test_env_options *options)
{
    const bool skips = options->server == TEMPORAL_TEST_SERVER_TIME_SKIPPING;
    const char *program;
    int port = 0;

    TEMPORAL_TRY(tp_find_program(&env->arena, &program, options->executable,
                                 skips ? "TEMPORAL_TEST_SERVER" : "TEMPORAL_TEST_CLI",
                                 skips ? "temporal-test-server" : "temporal"));
    TEMPORAL_TRY(skips ? start_time_skipping(env, program, options, &port)
                       : start_local(env, program, options, &port));
    env->address = tp_arena_format(&env->arena, "127.0.0.1:%d", port);
    TEMPORAL_TRY(temporal_client_connect(&env->client, env->address,
                                         .namespace_name = options->namespace_name));
    if (skips) {
        env->skipping = tp_time_skipping_new();
        tp_time_skipping_attach(env->skipping, env->client);
    }
    return TEMPORAL_OK;
}

temporal_error *temporal_test_env_start_with(temporal_test_env **result,
                                             const temporal_test_env_options *given)
{
    temporal_test_env_options options = { 0 };
    temporal_test_env *env;
    temporal_error *error;

    memcpy(&options, given,
           given->struct_size < sizeof options ? given->struct_size : sizeof options);
    TEMPORAL_TRY(tp_waiter_check("start a test environment"));
    TEMPORAL_TRY(tp_clock_check(options.start_timeout, "test environment: .start_timeout"));
    if ((unsigned)options.server > TEMPORAL_TEST_SERVER_TIME_SKIPPING)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "test environment: .server: %d is no temporal_test_server",
                                  (int)options.server);
    if (!options.namespace_name)
        options.namespace_name = DEFAULT_NAMESPACE;
    if (options.start_timeout == 0)
        options.start_timeout = DEFAULT_START_TIMEOUT;
    env = new_env();
    error = start(env, &options);
    if (error)
        temporal_test_env_free(env);
    else
        *result = env;
    return error;
}

/* --- connecting ------------------------------------------------------------------------------- */

static temporal_error *find_out_whether_it_skips(temporal_test_env *env)
{
    int64_t now;
    temporal_error *error = tp_time_skipping_now(env->client, &now);

    if (!error) {
        env->skipping = tp_time_skipping_new();
        tp_time_skipping_attach(env->skipping, env->client);
    } else if (temporal_error_rpc_status(error) == TP_STATUS_UNIMPLEMENTED) {
        temporal_error_free(error);
        error = TEMPORAL_OK;
    }
    return error;
}

temporal_error *temporal_test_env_connect_with(temporal_test_env **result,
                                               const temporal_client_options *options)
{
    temporal_test_env *env = new_env();
    temporal_error *error = temporal_client_connect_with(&env->client, options);

    if (!error)
        error = find_out_whether_it_skips(env);
    if (!error) {
        env->address = tp_arena_strdup(&env->arena, options->target);
        *result = env;
    } else {
        temporal_test_env_free(env);
    }
    return error;
}

/* --- what it has, and its time ---------------------------------------------------------------- */

temporal_client *temporal_test_env_client(temporal_test_env *env)
{
    return env->client;
}

const char *temporal_test_env_address(const temporal_test_env *env)
{
    return env->address;
}

bool temporal_test_env_skips_time(const temporal_test_env *env)
{
    return env->skipping != NULL;
}

bool temporal_test_env_set_auto_time_skipping(temporal_test_env *env, bool on)
{
    return env->skipping && tp_time_skipping_set_automatic(env->skipping, on);
}

/* A wait for real time, which yields on a coroutine like every other. */
typedef struct nap {
    tp_loop *loop;
    temporal_seconds time;
    tp_timer *timer;
    tp_waiter waiter;
} nap;

static void end_nap(void *data)
{
    nap *self = data;

    tp_timer_free(self->timer);
    tp_waiter_wake(&self->waiter);
}

static void begin_nap(void *data)
{
    nap *self = data;

    self->timer = tp_timer_new(self->loop, end_nap, self);
    tp_timer_start(self->timer, self->time);
}

static temporal_error *sleep_in_real_time(temporal_test_env *env, temporal_seconds time)
{
    nap self = { .loop = tp_connection_loop(env->client->connection), .time = time };

    TEMPORAL_TRY(tp_waiter_check("temporal_test_env_sleep"));
    tp_waiter_init(&self.waiter);
    tp_loop_post(self.loop, begin_nap, &self);
    tp_waiter_wait(&self.waiter);
    tp_waiter_done(&self.waiter);
    return TEMPORAL_OK;
}

temporal_error *temporal_test_env_sleep(temporal_test_env *env, temporal_seconds time)
{
    TEMPORAL_TRY(tp_clock_check(time, "temporal_test_env_sleep"));
    if (time == 0)
        return TEMPORAL_OK;
    return env->skipping ? tp_time_skipping_sleep(env->skipping, env->client, time)
                         : sleep_in_real_time(env, time);
}

temporal_error *temporal_test_env_now(temporal_test_env *env, int64_t *now)
{
    if (env->skipping)
        return tp_time_skipping_now(env->client, now);
    *now = tp_clock_wall();
    return TEMPORAL_OK;
}
