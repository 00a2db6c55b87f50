/* SPDX-License-Identifier: MIT */
/* testing/activity_environment.c -- runs an activity alone: on the calling thread, without a
 * server, through the same encoding and decoding as a worker does. */
#include <pthread.h>
#include <string.h>
#include <temporal/testing.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/list.h"
#include "converter/failure.h"
#include "converter/payload.h"
#include "executor/invoke.h"
#include "executor/states.h"
#include "testing/executor_runs.h"

/* What is kept until the environment is freed: a result, or the details of a heartbeat. */
typedef struct kept {
    tp_list link;
    tp_arena arena;
} kept;

/* The state object of a stateful activity. */
typedef struct state {
    tp_list link;
    const temporal_activity_def *definitions[2]; /* the one, and NULL */
    tp_states states;
} state;

struct temporal_activity_env {
    temporal_activity_info info; /* as the test set it; its texts are in the arena */
    tp_buffer details;           /* of the attempt before, encoded */
    temporal_error *unencodable; /* why they could not be; NULL: they are */
    void (*on_heartbeat)(const temporal_value *details, size_t count, void *data);
    void *data;
    tp_arena arena;
    tp_executor_runs *runs; /* NULL: the caller's thread */
    pthread_mutex_t mutex;  /* of what follows */
    pthread_cond_t changed;
    temporal_cancel_reason reason;
    bool shutdown;
    unsigned changes; /* how often one of the two was set */
    tp_list kept;
    tp_list states;
};

/* One run; what the attempt calls its executor. */
typedef struct attempt {
    temporal_activity activity;
    temporal_activity_env *env;
    unsigned seen; /* changes that a wait has returned for */
} attempt;

static kept *keep(temporal_activity_env *env)
{
    kept *self = tp_alloc(sizeof *self);

    tp_arena_init(&self->arena);
    pthread_mutex_lock(&env->mutex);
    tp_list_append(&env->kept, &self->link);
    pthread_mutex_unlock(&env->mutex);
    return self;
}

/* --- what the attempt asks -------------------------------------------------------------------- */

static temporal_activity_env *env_of(const temporal_activity *activity)
{
    return ((const attempt *)activity->executor)->env;
}

static void tell_heartbeat(void *data, tp_bytes details)
{
    temporal_activity_env *env = data;
    Tp__Common__Payloads *payloads = NULL;
    temporal_value *values = NULL;
    size_t count = 0;
    kept *beat;

    if (!env->on_heartbeat)
        return;
    beat = keep(env);
    /* What does not decode (it comes from a process) is a beat without details. */
    temporal_error_free(tp_payloads_unpack(&beat->arena, details, &payloads));
    if (payloads)
        tp_payloads_values(&beat->arena, payloads, &values, &count);
    env->on_heartbeat(values, count, env->data);
}

static void heartbeat(temporal_activity *activity, tp_bytes details)
{
    tell_heartbeat(env_of(activity), details);
}

static temporal_cancel_reason cancel_reason(const temporal_activity *activity)
{
    temporal_activity_env *env = env_of(activity);
    temporal_cancel_reason reason;

    pthread_mutex_lock(&env->mutex);
    reason = env->reason;
    pthread_mutex_unlock(&env->mutex);
    return reason;
}

static bool is_worker_shutdown(const temporal_activity *activity)
{
    temporal_activity_env *env = env_of(activity);
    bool shutdown;

    pthread_mutex_lock(&env->mutex);
    shutdown = env->shutdown;
    pthread_mutex_unlock(&env->mutex);
    return shutdown;
}

static void wait_for_change(temporal_activity *activity, int64_t deadline)
{
    attempt *self = activity->executor;
    temporal_activity_env *env = self->env;
    const struct timespec until = tp_clock_timespec(deadline);
    int failed = 0;

    pthread_mutex_lock(&env->mutex);
    while (!failed && env->changes == self->seen)
        failed = deadline == INT64_MAX ? pthread_cond_wait(&env->changed, &env->mutex)
                                       : pthread_cond_timedwait(&env->changed, &env->mutex, &until);
    self->seen = env->changes;
    pthread_mutex_unlock(&env->mutex);
}

static const tp_context_ops context_ops = {
    .heartbeat = heartbeat,
    .cancel_reason = cancel_reason,
    .is_worker_shutdown = is_worker_shutdown,
    .wait = wait_for_change,
};

/* --- making and freeing ----------------------------------------------------------------------- */

static const char *text_or_test(tp_arena *arena, const char *text)
{
    return text ? tp_arena_strdup(arena, text) : "test";
}

static void copy_info(temporal_activity_env *env, const temporal_activity_info *given)
{
    temporal_activity_info *info = &env->info;
    tp_arena *arena = &env->arena;

    *info = *given;
    info->activity_id = text_or_test(arena, given->activity_id);
    info->activity_type = tp_arena_strdup(arena, given->activity_type); /* NULL: the activity's */
    info->task_queue = text_or_test(arena, given->task_queue);
    info->workflow_id = text_or_test(arena, given->workflow_id);
    info->workflow_run_id = text_or_test(arena, given->workflow_run_id);
    info->workflow_type = text_or_test(arena, given->workflow_type);
    info->workflow_namespace = text_or_test(arena, given->workflow_namespace);
    info->task_token.data = tp_arena_memdup(arena, given->task_token.data, given->task_token.size);
    if (info->attempt == 0)
        info->attempt = 1;
}

/* Those of info are values already; they are encoded with the rest, as they would come in a task.
 */
static temporal_error *encode_details(temporal_activity_env *env,
                                      const temporal_activity_env_options *options)
{
    const temporal_activity_info *info = &options->info;
    temporal_argument *values;

    if (!info->heartbeat_details_count)
        return tp_payloads_encode(&env->details, options->heartbeat_details,
                                  options->heartbeat_detail_count);
    values = tp_arena_alloc(&env->arena, info->heartbeat_details_count * sizeof *values);
    for (size_t i = 0; i < info->heartbeat_details_count; i++)
        values[i] = (temporal_argument){ temporal_value_type(), &info->heartbeat_details[i] };
    return tp_payloads_encode(&env->details, values, info->heartbeat_details_count);
}

temporal_activity_env *temporal_activity_env_new_with(const temporal_activity_env_options *given)
{
    temporal_activity_env *env = tp_alloc(sizeof *env);
    temporal_activity_env_options options = { 0 };
    pthread_condattr_t monotonic;
    tp_arena *owner;

    memcpy(&options, given,
           given->struct_size < sizeof options ? given->struct_size : sizeof options);
    tp_arena_init(&env->arena);
    pthread_mutex_init(&env->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&env->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    tp_list_init(&env->kept);
    tp_list_init(&env->states);
    env->on_heartbeat = options.on_heartbeat;
    env->data = options.data;
    copy_info(env, &options.info);
    owner = tp_error_set_owner(NULL); /* the error lives as long as the environment */
    env->unencodable = encode_details(env, &options);
    tp_error_set_owner(owner);
    if (options.executor != TEMPORAL_ON_THREAD)
        env->runs = tp_executor_runs_new(options.executor, tell_heartbeat, env);
    return env;
}

void temporal_activity_env_free(temporal_activity_env *env)
{
    tp_list *at;

    if (!env)
        return;
    tp_executor_runs_free(env->runs);
    while ((at = tp_list_pop(&env->states)) != NULL) {
        state *self = tp_list_entry(at, state, link);

        tp_states_done(&self->states);
        tp_free(self);
    }
    while ((at = tp_list_pop(&env->kept)) != NULL) {
        kept *self = tp_list_entry(at, kept, link);

        tp_arena_done(&self->arena);
        tp_free(self);
    }
    temporal_error_free(env->unencodable);
    tp_buffer_done(&env->details);
    pthread_cond_destroy(&env->changed);
    pthread_mutex_destroy(&env->mutex);
    tp_arena_done(&env->arena);
    tp_free(env);
}

/* --- from outside ----------------------------------------------------------------------------- */

void temporal_activity_env_cancel(temporal_activity_env *env, temporal_cancel_reason reason)
{
    if (env->runs) {
        tp_executor_runs_cancel(
            env->runs, reason == TEMPORAL_CANCEL_NONE ? TEMPORAL_CANCEL_REQUESTED : reason);
        return;
    }
    pthread_mutex_lock(&env->mutex);
    if (env->reason == TEMPORAL_CANCEL_NONE) {
        env->reason = reason == TEMPORAL_CANCEL_NONE ? TEMPORAL_CANCEL_REQUESTED : reason;
        env->changes++;
        pthread_cond_broadcast(&env->changed);
    }
    pthread_mutex_unlock(&env->mutex);
}

void temporal_activity_env_worker_shutdown(temporal_activity_env *env)
{
    if (env->runs) {
        tp_executor_runs_shutdown(env->runs);
        return;
    }
    pthread_mutex_lock(&env->mutex);
    env->shutdown = true;
    env->changes++;
    pthread_cond_broadcast(&env->changed);
    pthread_mutex_unlock(&env->mutex);
}

/* --- running ---------------------------------------------------------------------------------- */

/* The state of a definition: made at its first run, the same for all later ones. */
static tp_states *states_of(temporal_activity_env *env, const temporal_activity_def *def)
{
    state *self = NULL;

    pthread_mutex_lock(&env->mutex);
    for (tp_list *at = env->states.next; !self && at != &env->states; at = at->next) {
        state *candidate = tp_list_entry(at, state, link);

        if (candidate->definitions[0] == def)
            self = candidate;
    }
    if (!self) {
        self = tp_alloc(sizeof *self);
        self->definitions[0] = def;
        tp_states_init(&self->states, self->definitions);
        tp_list_append(&env->states, &self->link);
    }
    pthread_mutex_unlock(&env->mutex);
    return &self->states;
}

static tp_task make_task(const temporal_activity_env *env, const temporal_activity_def *def,
                         tp_bytes input)
{
    const temporal_activity_info *info = &env->info;
    const int64_t now = tp_clock_wall();

    return (tp_task){
        .def = def,
        .activity_id = info->activity_id,
        .activity_type = info->activity_type ? info->activity_type
                         : def->name         ? def->name
                                             : "test",
        .task_queue = info->task_queue,
        .workflow_id = info->workflow_id,
        .workflow_run_id = info->workflow_run_id,
        .workflow_type = info->workflow_type,
        .workflow_namespace = info->workflow_namespace,
        .attempt = info->attempt,
        .scheduled_at = info->scheduled_at ? info->scheduled_at : now,
        .started_at = info->started_at ? info->started_at : now,
        .current_attempt_scheduled_at =
            info->current_attempt_scheduled_at ? info->current_attempt_scheduled_at : now,
        .heartbeat_timeout = info->heartbeat_timeout,
        .schedule_to_close_timeout = info->schedule_to_close_timeout,
        .start_to_close_timeout = info->start_to_close_timeout,
        .is_local = info->is_local,
        .task_token = { info->task_token.data, info->task_token.size },
        .input = input,
        .heartbeat_details = tp_buffer_bytes(&env->details),
    };
}

static tp_outcome_kind invoke(temporal_activity_env *env, const temporal_activity_def *def,
                              void *user_state, tp_bytes input, tp_buffer *body)
{
    const tp_task task = make_task(env, def, input);
    attempt self = { .env = env };
    tp_arena *owner = tp_error_set_owner(NULL);
    temporal_activity *outer;
    tp_outcome_kind kind;

    tp_context_init(&self.activity, &context_ops, &task, user_state, &self);
    outer = tp_context_enter(&self.activity);
    kind = tp_invoke(&self.activity, input, body);
    tp_context_enter(outer);
    tp_context_done(&self.activity);
    tp_error_set_owner(owner);
    return kind;
}

static temporal_error *read_outcome(temporal_activity_env *env, tp_outcome_kind kind, tp_bytes body,
                                    const temporal_type *type, void *output)
{
    switch (kind) {
    case TP_OUTCOME_COMPLETED:
        return output ? tp_payloads_decode(&keep(env)->arena, body, 0, type, output) : TEMPORAL_OK;
    case TP_OUTCOME_ASYNC:
        return tp_error_fixed(TEMPORAL_ERROR_COMPLETE_ASYNC);
    case TP_OUTCOME_FAILED:
    case TP_OUTCOME_CANCELLED:
        break;
    }
    return tp_failure_decode(body);
}

static temporal_error *check(const temporal_activity_def *def)
{
    if (!def)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "activity environment: an activity is required, not NULL");
    return tp_executor_check((const temporal_activity_def *const[]){ def, NULL },
                             "of the activity environment");
}

temporal_error *temporal_activity_env_run_values(temporal_activity_env *env,
                                                 const temporal_activity_def *def,
                                                 const temporal_argument *inputs,
                                                 size_t input_count,
                                                 const temporal_type *output_type, void *output)
{
    tp_buffer input = { 0 }, body = { 0 };
    tp_outcome_kind kind = TP_OUTCOME_FAILED;
    void *user_state = NULL;
    temporal_error *error;

    TEMPORAL_TRY(check(def));
    if (env->unencodable)
        return temporal_error_new(temporal_error_get_code(env->unencodable),
                                  "activity environment: .heartbeat_details: %s",
                                  temporal_error_message(env->unencodable));
    error = tp_payloads_encode(&input, inputs, input_count);
    if (error)
        error = temporal_error_wrap(error, temporal_error_get_code(error),
                                    "activity %s: the input does not encode",
                                    def->name ? def->name : "(dynamic)");
    if (!error && env->runs) {
        const tp_task task = make_task(env, def, tp_buffer_bytes(&input));

        error = tp_executor_runs_run(env->runs, def, &task, &kind, &body);
    } else if (!error) {
        error = tp_states_get(states_of(env, def), 0, &user_state);
        if (!error)
            kind = invoke(env, def, user_state, tp_buffer_bytes(&input), &body);
    }
    if (!error)
        error = read_outcome(env, kind, tp_buffer_bytes(&body), output_type, output);
    tp_buffer_done(&input);
    tp_buffer_done(&body);
    return error;
}

temporal_error *temporal_activity_env_run_def(temporal_activity_env *env,
                                              const temporal_activity_def *def, const void *input,
                                              void *output)
{
    temporal_argument argument = { temporal_none_type(), input };

    TEMPORAL_TRY(check(def));
    if (def->invoke_values)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "activity environment: activity %s takes any arguments: run it "
                                  "with temporal_activity_env_run_values",
                                  def->name ? def->name : "(dynamic)");
    if (def->input)
        argument.type = def->input();
    return temporal_activity_env_run_values(
        env, def, &argument, 1, def->output ? def->output() : temporal_none_type(), output);
}
