/* SPDX-License-Identifier: MIT */
/* rpc/channel.c -- a gRPC channel, its completion queue and the thread that waits on it.
 *
 * The thread only moves finished attempts to the loop. It asks the queue for one at a time and
 * waits, since a look at what else is there costs a system call when there is nothing. Closing
 * cancels every call, waits until all are delivered, lets the queue end the thread, and takes gRPC
 * down behind it. */
#include <grpc/grpc_security.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "rpc/internal.h"

#define RECEIVE_LIMIT (128 << 20)
#define KEEPALIVE     (30 * TEMPORAL_SECOND) /* without traffic before a ping, ... */
#define KEEPALIVE_REPLY                                                      \
    (15 * TEMPORAL_SECOND) /* ... and for its answer before it counts as cut \
                            */
#define KNOCK_INTERVAL (TP_NANOSECONDS / 5)
#define COMPLAINTS     (10 * TP_NANOSECONDS) /* at least so far apart */

/* --- from the completion queue to the loop ---------------------------------------------------- */

static void deliver_finished(void *data)
{
    tp_channel *channel = data;
    tp_call *call;

    pthread_mutex_lock(&channel->mutex);
    call = channel->finished;
    channel->finished = NULL;
    channel->end = &channel->finished;
    pthread_mutex_unlock(&channel->mutex);
    while (call) {
        tp_call *next = call->next_finished;

        tp_call_finish_attempt(call);
        call = next;
    }
}

/* One post brings along all that ends until the loop gets to it. */
static void hand_over(tp_channel *channel, tp_call *call)
{
    bool was_empty;

    call->next_finished = NULL;
    pthread_mutex_lock(&channel->mutex);
    was_empty = !channel->finished;
    *channel->end = call;
    channel->end = &call->next_finished;
    pthread_mutex_unlock(&channel->mutex);
    if (was_empty)
        tp_loop_post(channel->loop, deliver_finished, channel);
}

void tp_channel_hand_to_grpc(tp_channel *channel)
{
    atomic_fetch_add_explicit(&channel->handed_to_grpc, 1, memory_order_release);
}

static void on_thread_over(void *data);

static void *wait_on_queue(void *data)
{
    tp_channel *channel = data;
    grpc_event event;

    do {
        event =
            grpc_completion_queue_next(channel->queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
        atomic_load_explicit(&channel->handed_to_grpc, memory_order_acquire);
        if (event.type == GRPC_OP_COMPLETE)
            hand_over(channel, event.tag);
    } while (event.type != GRPC_QUEUE_SHUTDOWN);
    tp_loop_post(channel->loop, on_thread_over, channel);
    return NULL;
}

/* --- making one ------------------------------------------------------------------------------- */

static void on_grpc_log(gpr_log_func_args *record)
{
    /* What matters to a user comes back as the status of a call. */
    tp_log(TEMPORAL_LOG_DEBUG, "grpc", "%s", record->message);
}

static grpc_arg integer_arg(const char *key, int value)
{
    return (grpc_arg){ .type = GRPC_ARG_INTEGER,
                       .key = (char *)(uintptr_t)key,
                       .value.integer = value };
}

static int milliseconds(temporal_seconds time, temporal_seconds otherwise)
{
    return (int)((time > 0 ? time : otherwise) / TEMPORAL_MILLISECOND);
}

static grpc_channel *make_channel(const tp_channel_options *options)
{
    grpc_arg list[] = {
        integer_arg(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH,
                    options->receive_limit ? options->receive_limit : RECEIVE_LIMIT),
        integer_arg(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, -1),
        integer_arg(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(options->keepalive, KEEPALIVE)),
        integer_arg(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                    milliseconds(options->keepalive_reply, KEEPALIVE_REPLY)),
        integer_arg(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
        integer_arg(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0),
        integer_arg(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200),
        integer_arg(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000),
        integer_arg(GRPC_ARG_ENABLE_RETRIES, 0),    /* call.c does it, and knows which calls may */
        integer_arg(GRPC_ARG_ENABLE_HTTP_PROXY, 0), /* it would take even 127.0.0.1 to a proxy */
        integer_arg(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1),
    };
    const grpc_channel_args args = { sizeof list / sizeof list[0], list };
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel *channel = grpc_channel_create(options->target, credentials, &args);

    grpc_channel_credentials_release(credentials);
    return channel;
}

static temporal_error *check_target(const char *target)
{
    const char *colon = target ? strrchr(target, ':') : NULL;
    char *end = NULL;
    long port = colon ? strtol(colon + 1, &end, 10) : 0;

    if (!target || !*target)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "connect: a target is required, as \"localhost:7233\"");
    if (!colon || colon == target || end == colon + 1 || *end || port < 1 || port > 65535 ||
        strpbrk(target, " \t\r\n/"))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "connect: target \"%s\" is not host:port, as in "
                                  "\"localhost:7233\"",
                                  target);
    return TEMPORAL_OK;
}

static temporal_error *check_tls(const temporal_tls *tls)
{
    if (tls->on || tls->ca || tls->certificate || tls->key || tls->server_name)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "connect: .tls is set, but this release speaks plaintext only");
    return TEMPORAL_OK;
}

/* Signals are for the program's own threads: gRPC's inherit this, those of a fault excepted, which
 * debuggers and sanitizers look at. */
static void block_signals(sigset_t *before)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT };
    sigset_t blocked;

    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_BLOCK, &blocked, before);
}

static int start_grpc(tp_channel *channel, const tp_channel_options *options)
{
    static atomic_bool was_started;
    sigset_t before;
    int failed;

    if (!atomic_exchange(&was_started, true)) {
        gpr_set_log_function(on_grpc_log);
        gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
    }
    block_signals(&before);
    grpc_init();
    channel->queue = grpc_completion_queue_create_for_next(NULL);
    channel->grpc = make_channel(options);
    failed = pthread_create(&channel->thread, NULL, wait_on_queue, channel);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        grpc_completion_queue_shutdown(channel->queue);
    else
        pthread_setname_np(channel->thread, "tp-grpc");
    return failed;
}

static void free_channel(tp_channel *channel)
{
    grpc_completion_queue_destroy(channel->queue);
    grpc_channel_destroy(channel->grpc);
    grpc_shutdown();
    pthread_mutex_destroy(&channel->mutex);
    tp_free(channel->target);
    tp_free(channel);
}

temporal_error *tp_channel_new(tp_channel **result, tp_loop *loop,
                               const tp_channel_options *options)
{
    tp_channel *channel;
    int failed;

    TEMPORAL_TRY(check_target(options->target));
    TEMPORAL_TRY(check_tls(&options->tls));
    channel = tp_alloc(sizeof *channel);
    channel->loop = loop;
    channel->target = tp_strdup(options->target);
    channel->end = &channel->finished;
    tp_list_init(&channel->calls);
    pthread_mutex_init(&channel->mutex, NULL);
    failed = start_grpc(channel, options);
    if (failed) {
        free_channel(channel);
        return tp_error_system(failed, "connect: cannot start a thread");
    }
    *result = channel;
    return TEMPORAL_OK;
}

/* Every call that waits out its pause knocks, so not each knock is passed on. */
bool tp_channel_knock(tp_channel *channel)
{
    int64_t now = tp_clock_monotonic();

    if (grpc_channel_check_connectivity_state(channel->grpc, 1) == GRPC_CHANNEL_READY)
        return false;
    if (now - channel->knocked >= KNOCK_INTERVAL) {
        channel->knocked = now;
        grpc_channel_reset_connect_backoff(channel->grpc);
    }
    return true;
}

bool tp_channel_may_complain(tp_channel *channel)
{
    int64_t now = tp_clock_monotonic();

    if (channel->complained && now - channel->complained < COMPLAINTS)
        return false;
    channel->complained = now;
    channel->troubled = true;
    return true;
}

/* --- closing ---------------------------------------------------------------------------------- */

/* Calls may be started, to be cancelled, until the very end. */
static void finish_close(tp_channel *channel)
{
    tp_loop_fn closed = channel->closed;
    void *closed_data = channel->closed_data;

    if (!channel->thread_ended || !tp_list_is_empty(&channel->calls))
        return;
    free_channel(channel);
    closed(closed_data);
}

static void on_thread_over(void *data)
{
    tp_channel *channel = data;

    pthread_join(channel->thread, NULL);
    channel->thread_ended = true;
    finish_close(channel);
}

void tp_channel_call_gone(tp_channel *channel)
{
    if (!channel->closing || !tp_list_is_empty(&channel->calls))
        return;
    if (channel->queue_ended) {
        finish_close(channel);
        return;
    }
    channel->queue_ended = true;
    grpc_completion_queue_shutdown(channel->queue);
}

void tp_channel_close(tp_channel *channel, tp_loop_fn closed, void *data)
{
    channel->closing = true;
    channel->closed = closed;
    channel->closed_data = data;
    for (tp_list *at = channel->calls.next; at != &channel->calls; at = at->next)
        tp_call_cancel(tp_list_entry(at, tp_call, link));
    tp_channel_call_gone(channel);
}
