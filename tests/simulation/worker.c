/* SPDX-License-Identifier: MIT */
/* worker.c -- see worker.h. */
#include "worker.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "converter/failure.h"
#include "converter/payload.h"
#include "model.h"
#include "program.h"

void worker_init(worker *self)
{
    static const temporal_workflow_def *const definitions[] = { &program_workflow, NULL };

    *self = (worker){ 0 };
    (void)tp_engine_new(&self->engine, &(tp_engine_options){ .definitions = definitions,
                                                             .namespace_name = "default",
                                                             .task_queue = "queue",
                                                             .max_cached = 1 });
}

void worker_done(worker *self)
{
    tp_engine_free(self->engine);
    tp_free(self->locals);
}

void worker_evict(worker *self, const char *run_id)
{
    tp_engine_evict(self->engine, run_id);
    worker_forget(self);
}

void worker_forget(worker *self)
{
    self->count = self->last.count = 0;
}

/* --- orders -------------------------------------------------------------------------------- */

static worker_local *find(worker *self, uint32_t seq)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->locals[i].seq == seq && !self->locals[i].forgotten)
            return &self->locals[i];
    return NULL;
}

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const uint8_t *)data)[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* All but when it was told: that is another task's time when it is begun anew. */
static uint64_t hash_of(const tp_local_order *order)
{
    const int64_t first = order->scheduled - order->passed;
    uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), &first, sizeof(first));

    hash = mix(hash, &order->attempt, sizeof(order->attempt));
    hash = mix(hash, order->activity_type, strlen(order->activity_type) + 1);
    hash = mix(hash, order->activity_id, strlen(order->activity_id) + 1);
    return mix(hash, order->input.data, order->input.size);
}

static const char *start(worker *self, const tp_local_order *order)
{
    if (!order->activity_type || !order->activity_id || !order->options || order->attempt < 1)
        return "an order to start a local activity does not say which";
    if (find(self, order->seq))
        return "a local activity is started that is under way";
    if (self->count == self->capacity) {
        self->capacity = 2 * self->capacity + 8;
        self->locals = tp_realloc(self->locals, self->capacity * sizeof(*self->locals));
    }
    self->locals[self->count++] = (worker_local){ .seq = order->seq,
                                                  .attempt = order->attempt,
                                                  .order = hash_of(order),
                                                  .scheduled = order->scheduled };
    return NULL;
}

static bool has_just_ended(const worker *self, uint32_t seq)
{
    for (size_t i = 0; i < self->last.count; i++)
        if (self->last.outcomes[i].seq == seq)
            return true;
    return false;
}

static const char *obey(worker *self, const tp_local_order *order)
{
    worker_local *about = find(self, order->seq);

    if (order->verb == TP_LOCAL_START)
        return start(self, order);
    if (!about && has_just_ended(self, order->seq))
        return NULL;
    if (!about)
        return "an order is about a local activity that is not under way";
    switch (order->verb) {
    case TP_LOCAL_CANCEL:
        if (about->asked)
            return "a local activity is asked to end twice";
        about->asked = true;
        break;
    case TP_LOCAL_STOP:
        *about = self->locals[--self->count];
        break;
    default:
        about->forgotten = true;
        break;
    }
    return NULL;
}

const char *worker_follow(worker *self, const tp_answer *answer)
{
    const char *wrong = NULL;

    if (answer->dropped_count > 0)
        self->count = 0;
    for (size_t i = 0; !wrong && i < answer->order_count; i++)
        wrong = obey(self, &answer->orders[i]);
    for (size_t i = 0; !wrong && answer->run_ended && i < self->count; i++)
        if (!self->locals[i].forgotten)
            wrong = "the run has ended, but nobody stops its local activities";
    return wrong;
}

/* --- outcomes ------------------------------------------------------------------------------ */

static tp_bytes keep(tp_arena *arena, tp_buffer *buffer)
{
    const tp_bytes kept = { tp_arena_memdup(arena, buffer->data, buffer->size), buffer->size };

    tp_buffer_done(buffer);
    return kept;
}

static tp_local_outcome end(const worker_local *about, sim_random *random, tp_arena *arena)
{
    tp_local_outcome made = { .seq = about->seq,
                              .attempt = about->attempt + (int32_t)sim_below(random, 3),
                              .runtime = (int64_t)sim_below(random, 2000000000) };
    temporal_error *error = NULL;
    tp_buffer body = { 0 };

    if (about->asked && !sim_one_in(random, 3)) {
        made.end = TP_LOCAL_CANCELLED;
        tp_failure_encode(&body, tp_error_fixed(TEMPORAL_ERROR_CANCELLED));
    } else if (sim_one_in(random, 4)) {
        made.end = TP_LOCAL_FAILED;
        made.backoff = sim_one_in(random, 2) ? 90 : 0;
        error = temporal_error_application("Simulated", "the local activity failed");
        tp_failure_encode(&body, error);
        temporal_error_free(error);
    } else {
        made.end = TP_LOCAL_COMPLETED;
        tp_payloads_pack(
            &body, model_text(arena, tp_arena_format(arena, "local %u", (unsigned)about->seq)));
    }
    made.body = keep(arena, &body);
    return made;
}

bool worker_run(worker *self, sim_random *random, tp_arena *arena, lap *made)
{
    const size_t most = 1 + sim_below(random, LAP_OUTCOMES);

    *made = (lap){ .overdue = sim_one_in(random, 6) };
    if (self->count == 0)
        return false;
    if (made->overdue && sim_one_in(random, 2))
        return true;
    while (made->count < most && self->count > 0) {
        worker_local *chosen = &self->locals[sim_below(random, (unsigned)self->count)];

        made->of[made->count] = *chosen;
        made->outcomes[made->count++] = end(chosen, random, arena);
        *chosen = self->locals[--self->count];
    }
    self->last = *made;
    return true;
}

static const char *end_again(worker *self, const worker_local *first, tp_local_outcome *outcome)
{
    worker_local *same = find(self, first->seq);

    if (!same && first->forgotten)
        return NULL;
    if (!same)
        return "a local activity that ended has not been started";
    if (same->order != first->order)
        return "a local activity is started by another order";
    if (same->asked != first->asked && !first->forgotten)
        return "a local activity is not asked to end when it was";
    outcome->runtime += first->scheduled - same->scheduled;
    *same = self->locals[--self->count];
    return NULL;
}

const char *worker_run_again(worker *self, const lap *first, lap *made)
{
    const char *wrong = NULL;

    *made = *first;
    for (size_t i = 0; !wrong && i < first->count; i++)
        wrong = end_again(self, &first->of[i], &made->outcomes[i]);
    self->last = *made;
    return wrong;
}
