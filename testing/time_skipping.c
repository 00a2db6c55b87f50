/* SPDX-License-Identifier: MIT */
/* testing/time_skipping.c -- when the time of a test server skips. */
#include "testing/time_skipping.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "converter/message.h"
#include "google/protobuf/empty.pb-c.h"
#include "temporal/api/testservice/v1/request_response.pb-c.h"
#include "testing/gate.h"

#define SERVICE "temporal.api.testservice.v1.TestService"
/* What a sleep may take beyond its length, on a server whose time does not skip then. */
#define SLEEP_SLACK (60 * TEMPORAL_SECOND)

struct tp_time_skipping {
    tp_result_waits waits; /* what the clients know of it */
    atomic_bool automatic;
    tp_gate sleeps; /* one that unlocks at a time; entered before the other */
    tp_gate state;  /* of what follows, and of calls that lock or unlock */
    size_t holders; /* who want time to skip until they say so: waits, and sleeps during waits */
    bool unlocked;  /* for them */
    bool asleep;    /* time is unlocked by a sleep, which locks it again at its end */
};

/* --- calls ------------------------------------------------------------------------------------ */

/* Not repeated: locks are counted, and one whose answer was lost would count twice. */
static temporal_error *call(temporal_client *client, const char *method,
                            const ProtobufCMessage *request,
                            const ProtobufCMessageDescriptor *response, temporal_seconds timeout)
{
    tp_arena arena;
    temporal_error *error;

    tp_arena_init(&arena);
    error = tp_client_call(client,
                           &(const tp_call_options){ .service = SERVICE,
                                                     .method = method,
                                                     .request = request,
                                                     .response = response,
                                                     .timeout = timeout,
                                                     .retry = TP_RETRY_ONCE },
                           &arena, NULL);
    tp_arena_done(&arena);
    return error;
}

static temporal_error *lock(temporal_client *client)
{
    Tp__Testservice__LockTimeSkippingRequest request;

    tp__testservice__lock_time_skipping_request__init(&request);
    return call(client, "LockTimeSkipping", &request.base,
                &tp__testservice__lock_time_skipping_response__descriptor, 0);
}

static temporal_error *unlock(temporal_client *client)
{
    Tp__Testservice__UnlockTimeSkippingRequest request;

    tp__testservice__unlock_time_skipping_request__init(&request);
    return call(client, "UnlockTimeSkipping", &request.base,
                &tp__testservice__unlock_time_skipping_response__descriptor, 0);
}

static temporal_error *sleep_on_server(temporal_client *client, const char *method,
                                       temporal_seconds time)
{
    Tp__Testservice__SleepRequest request;
    temporal_error *error;
    tp_arena arena;

    tp_arena_init(&arena);
    tp__testservice__sleep_request__init(&request);
    request.duration = tp_message_duration(&arena, time);
    error = call(client, method, &request.base, &tp__testservice__sleep_response__descriptor,
                 time + SLEEP_SLACK);
    tp_arena_done(&arena);
    return error;
}

/* --- who holds time unlocked (with the state's gate) -------------------------------------------
 */

/* While somebody sleeps time is unlocked already; the sleep's end sees to it that it stays so. */
static temporal_error *hold(tp_time_skipping *self, temporal_client *client)
{
    if (!self->unlocked && !self->asleep) {
        TEMPORAL_TRY(unlock(client));
        self->unlocked = true;
    }
    self->holders++;
    return TEMPORAL_OK;
}

/* Who held it has what was wanted: that time goes on skipping is said, and tried again later. */
static void let_go(tp_time_skipping *self, temporal_client *client)
{
    temporal_error *error;

    if (--self->holders > 0 || !self->unlocked)
        return;
    error = lock(client);
    self->unlocked = error != NULL;
    if (error)
        tp_log(TEMPORAL_LOG_WARN, "testing", "time goes on skipping: %s",
               temporal_error_message(error));
    temporal_error_free(error);
}

static temporal_error *begin_wait(tp_result_waits *waits, temporal_client *client, bool *begun)
{
    tp_time_skipping *self = (tp_time_skipping *)waits;
    temporal_error *error;

    if (!atomic_load(&self->automatic))
        return TEMPORAL_OK;
    tp_gate_enter(&self->state);
    error = hold(self, client);
    tp_gate_leave(&self->state);
    *begun = !error;
    return error;
}

static void end_wait(tp_result_waits *waits, temporal_client *client)
{
    tp_time_skipping *self = (tp_time_skipping *)waits;

    tp_gate_enter(&self->state);
    let_go(self, client);
    tp_gate_leave(&self->state);
}

/* --- sleeping --------------------------------------------------------------------------------- */

/* Time is unlocked and stays so: it skips to the end of this sleep, or of others before. */
static temporal_error *sleep_along(tp_time_skipping *self, temporal_client *client,
                                   temporal_seconds time)
{
    temporal_error *error = sleep_on_server(client, "Sleep", time);

    tp_gate_enter(&self->state);
    let_go(self, client);
    tp_gate_leave(&self->state);
    return error;
}

/* The server unlocks for the time of the sleep only, so that nothing is skipped beyond its end. */
static temporal_error *sleep_alone(tp_time_skipping *self, temporal_client *client,
                                   temporal_seconds time)
{
    temporal_error *error = sleep_on_server(client, "UnlockTimeSkippingWithSleep", time);

    tp_gate_enter(&self->state);
    self->asleep = false;
    if (self->holders > 0) { /* who began to wait meanwhile */
        temporal_error *failed = unlock(client);

        self->unlocked = !failed;
        if (failed)
            tp_log(TEMPORAL_LOG_WARN, "testing", "time does not skip for a wait: %s",
                   temporal_error_message(failed));
        temporal_error_free(failed);
    }
    tp_gate_leave(&self->state);
    return error;
}

temporal_error *tp_time_skipping_sleep(tp_time_skipping *self, temporal_client *client,
                                       temporal_seconds time)
{
    temporal_error *error;
    bool along;

    tp_gate_enter(&self->sleeps);
    tp_gate_enter(&self->state);
    along = self->unlocked;
    self->asleep = !along;
    if (along)
        self->holders++;
    tp_gate_leave(&self->state);
    error = along ? sleep_along(self, client, time) : sleep_alone(self, client, time);
    tp_gate_leave(&self->sleeps);
    return error;
}

/* --- time ------------------------------------------------------------------------------------- */

temporal_error *tp_time_skipping_now(temporal_client *client, int64_t *now)
{
    const Tp__Testservice__GetCurrentTimeResponse *answer;
    Tp__Pb__Empty request;
    void *response = NULL;
    tp_arena arena;
    temporal_error *error;

    tp__pb__empty__init(&request);
    tp_arena_init(&arena);
    error = tp_client_call(client,
                           &(const tp_call_options){
                               .service = SERVICE,
                               .method = "GetCurrentTime",
                               .request = &request.base,
                               .response = &tp__testservice__get_current_time_response__descriptor,
                               .retry = TP_RETRY_DEADLINE },
                           &arena, &response);
    answer = response;
    if (!error && !answer->time)
        error = temporal_error_new(TEMPORAL_ERROR_RPC, "GetCurrentTime: the answer has no time");
    if (!error)
        *now = tp_message_nanoseconds(answer->time);
    tp_arena_done(&arena);
    return error;
}

/* --- itself ----------------------------------------------------------------------------------- */

static void free_skipping(tp_result_waits *waits)
{
    tp_time_skipping *self = (tp_time_skipping *)waits;

    tp_gate_done(&self->state);
    tp_gate_done(&self->sleeps);
    tp_free(self);
}

tp_time_skipping *tp_time_skipping_new(void)
{
    tp_time_skipping *self = tp_alloc(sizeof *self);

    atomic_init(&self->waits.references, 1);
    self->waits.begin = begin_wait;
    self->waits.end = end_wait;
    self->waits.free = free_skipping;
    atomic_init(&self->automatic, true);
    tp_gate_init(&self->sleeps);
    tp_gate_init(&self->state);
    return self;
}

void tp_time_skipping_unref(tp_time_skipping *self)
{
    if (self)
        tp_result_waits_unref(&self->waits);
}

void tp_time_skipping_attach(tp_time_skipping *self, temporal_client *client)
{
    client->result_waits = tp_result_waits_ref(&self->waits);
}

bool tp_time_skipping_set_automatic(tp_time_skipping *self, bool on)
{
    return atomic_exchange(&self->automatic, on);
}
