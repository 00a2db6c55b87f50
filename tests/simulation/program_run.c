/* SPDX-License-Identifier: MIT */
/* program_run.c -- the workflow that does what a program says. See program.h. */
#include <inttypes.h>
#include <string.h>

#include "program_life.h"

static const program *set;
static const program *(*find_by_id)(const char *workflow_id);
static temporal_seconds unit = 1;
static FILE *trace_to;

void program_set(const program *running, FILE *trace)
{
    set = running;
    trace_to = trace;
}

void program_set_each(const program *(*find)(const char *workflow_id), temporal_seconds time)
{
    find_by_id = find;
    unit = time;
}

program_life *program_live(temporal_workflow *run, void *data)
{
    program_life *self = data;

    if (!self->running)
        self->running = set ? set : find_by_id(temporal_workflow_get_info(run)->workflow_id);
    return self;
}

temporal_seconds program_time(unsigned units)
{
    return units * unit;
}

typedef program_life life;

typedef struct task {
    life *self;
    const op *body;
} task;

void program_trace(temporal_workflow *run, life *self, const char *format, ...)
{
    char line[512];
    va_list arguments;

    if (self->ended)
        return;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    for (const char *at = line; *at; at++)
        self->trace = (self->trace ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    if (trace_to)
        (void)fprintf(trace_to, "    %s%s\n",
                      temporal_workflow_is_replaying(run) ? "(replay) " : "", line);
}

static temporal_error *told(temporal_workflow *run, life *self, const op *what, const char *name,
                            temporal_error *error)
{
    program_trace(run, self, "%s %d: %s%s", name, what->slot,
                  error ? temporal_error_message(error) : "ok",
                  temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) ? " [cancelled]" : "");
    for (const temporal_error *link = error; link; link = temporal_error_cause(link))
        program_trace(run, self, "  code %d, timeout %d, retry %d, %zu details: %s",
                      (int)temporal_error_get_code(link), (int)temporal_error_timeout_type(link),
                      (int)temporal_error_retry_state(link), temporal_error_detail_count(link),
                      temporal_error_message(link));
    return error;
}

/* --- things begun -------------------------------------------------------------------------- */

temporal_argument program_argument(temporal_workflow *run, const life *self)
{
    const char **text = temporal_workflow_alloc(run, sizeof(*text));

    *text = temporal_workflow_format(run, "%016" PRIx64, self->trace);
    return (temporal_argument){ temporal_string_type(), text };
}

static temporal_error *local(temporal_workflow *run, life *self, const op *what)
{
    const temporal_local_options options = program_local_options(what);
    const temporal_argument input = program_argument(run, self);
    const char *output = "";
    temporal_error *error = temporal_workflow_execute_local_activity(
        run, "local", &input, 1, temporal_string_type(), &output, &options);

    program_trace(run, self, "gave %s", error ? "nothing" : output);
    return error;
}

static temporal_error *activity(temporal_workflow *run, life *self, const op *what)
{
    const temporal_activity_options options = program_activity_options(what);
    const temporal_argument input = program_argument(run, self);
    const char *output = "";
    temporal_error *error = temporal_workflow_execute_activity(
        run, "act", &input, 1, temporal_string_type(), &output, &options);

    program_trace(run, self, "gave %s", error ? "nothing" : output);
    return error;
}

static temporal_error *child(temporal_workflow *run, life *self, const op *what)
{
    const temporal_child_options options = program_child_options(run, what);
    const temporal_argument input = program_argument(run, self);
    const char *output = "";
    temporal_error *error = temporal_workflow_execute_child(
        run, "kid", &input, 1, temporal_string_type(), &output, &options);

    program_trace(run, self, "gave %s", error ? "nothing" : output);
    return error;
}

static temporal_error *sequence(temporal_workflow *run, life *self, const op *what)
{
    temporal_error *error = NULL;

    for (size_t i = 0; !error && i < what->body_count; i++)
        error = program_perform(run, self, what->body[i]);
    return error;
}

static temporal_error *spawned(temporal_workflow *run, void *data)
{
    const task *work = data;

    program_trace(run, work->self, "coroutine %d", work->body->slot);
    return sequence(run, work->self, work->body);
}

static temporal_future *spawn(temporal_workflow *run, life *self, const op *what)
{
    task *work = temporal_workflow_alloc(run, sizeof(*work));

    *work = (task){ .self = self, .body = what };
    return temporal_workflow_spawn(run, spawned, work);
}

static temporal_error *begin(temporal_workflow *run, life *self, const op *what)
{
    const temporal_activity_options act = program_activity_options(what);
    const temporal_child_options kid = program_child_options(run, what);
    const temporal_local_options here = program_local_options(what);
    const temporal_argument input = program_argument(run, self);
    temporal_child *started = NULL;
    temporal_error *error = NULL;

    if (what->slot < 0)
        return NULL;
    self->children[what->slot] = NULL;
    switch (what->kind) {
    case OP_BEGIN_ACTIVITY:
        self->futures[what->slot] = temporal_workflow_start_activity(run, "act", &input, 1, &act);
        break;
    case OP_BEGIN_LOCAL:
        self->futures[what->slot] =
            temporal_workflow_start_local_activity(run, "local", &input, 1, &here);
        break;
    case OP_BEGIN_EXTERNAL:
        self->futures[what->slot] = program_begin_external(run, self, what);
        break;
    case OP_BEGIN_TIMER:
        self->futures[what->slot] =
            temporal_workflow_start_timer(run, program_time(1 + what->choice % 50));
        break;
    case OP_BEGIN_CHILD:
        started = temporal_workflow_begin_child(run, "kid", &input, 1, &kid);
        break;
    case OP_START_CHILD:
        error = temporal_workflow_start_child(run, "kid", &input, 1, &started, &kid);
        break;
    default:
        self->futures[what->slot] = spawn(run, self, what);
        break;
    }
    if (started) {
        self->children[what->slot] = started;
        self->futures[what->slot] = temporal_child_result(started);
        program_trace(run, self, "child %s run %s", temporal_child_id(started),
                      temporal_child_run_id(started));
    }
    return error;
}

/* --- waits --------------------------------------------------------------------------------- */

static temporal_error *await(temporal_workflow *run, life *self, int slot)
{
    const char *output = "";
    temporal_error *error;

    if (!self->futures[slot])
        return NULL;
    if (self->running->has_output[slot])
        error = temporal_workflow_await(run, self->futures[slot], temporal_string_type(), &output);
    else
        error = temporal_workflow_await(run, self->futures[slot], NULL, NULL);
    program_trace(run, self, "slot %d gave %s", slot, error ? "nothing" : output);
    return error;
}

static temporal_error *await_several(temporal_workflow *run, life *self, const op *what)
{
    temporal_future *futures[PROGRAM_TARGETS];
    size_t count = 0, first = 0;
    temporal_error *error;

    for (size_t i = 0; i < what->target_count; i++)
        if (self->futures[what->targets[i]])
            futures[count++] = self->futures[what->targets[i]];
    if (count == 0)
        return NULL;
    if (what->kind == OP_ANY)
        error = temporal_workflow_await_any(run, futures, count, &first);
    else
        error = temporal_workflow_await_all(run, futures, count);
    program_trace(run, self, "the first is %zu", first);
    for (size_t i = 0; i < count; i++)
        program_trace(run, self, "done %d", temporal_future_is_done(futures[i]));
    return error;
}

typedef struct more_signals {
    const life *self;
    unsigned than;
} more_signals;

static bool has_more(const void *data)
{
    const more_signals *wanted = data;

    return wanted->self->signals > wanted->than;
}

static temporal_error *condition(temporal_workflow *run, life *self, const op *what)
{
    const more_signals wanted = { .self = self, .than = self->signals };

    if (what->kind == OP_UNTIL) {
        TEMPORAL_WAIT_UNTIL(run, self->signals > wanted.than);
        return NULL;
    }
    return temporal_workflow_wait_condition(run, has_more, &wanted,
                                            program_time(what->choice % 3 * 10));
}

/* --- the rest ------------------------------------------------------------------------------ */

static temporal_error *in_scope(temporal_workflow *run, life *self, const op *what)
{
    temporal_scope *scope =
        what->kind == OP_SHIELD ? temporal_scope_enter_shielded(run) : temporal_scope_enter(run);
    temporal_error *error;

    if (what->slot >= 0)
        self->scopes[what->slot] = scope;
    error = sequence(run, self, what);
    program_trace(run, self, "scope %d cancelled %d %d", what->slot,
                  temporal_scope_is_cancelled(scope), temporal_workflow_is_cancelled(run));
    temporal_scope_leave(run, scope);
    return error;
}

static void look(temporal_workflow *run, life *self, const op *what)
{
    switch (what->choice % 4) {
    case 0:
        program_trace(run, self, "random %" PRIu64, temporal_workflow_random(run));
        break;
    case 1:
        program_trace(run, self, "uuid %s", temporal_workflow_uuid(run));
        break;
    case 2:
        program_trace(run, self, "now %" PRId64, temporal_workflow_now(run));
        break;
    default:
        program_trace(run, self, "length %" PRId64 " cancelled %d",
                      temporal_workflow_history_length(run), temporal_workflow_is_cancelled(run));
        break;
    }
}

static temporal_error *repeat(temporal_workflow *run, life *self, const op *what)
{
    temporal_error *error = NULL;

    for (unsigned i = 0; !error && i < 1 + what->choice % 3; i++)
        error = sequence(run, self, what);
    return error;
}

static temporal_error *counter(temporal_workflow *run, life *self)
{
    static unsigned executions;
    const char *name = temporal_workflow_format(run, "act-%u", executions++);
    const op plain = { .slot = -1 };
    const temporal_activity_options options = program_activity_options(&plain);

    program_trace(run, self, "%s", name);
    return temporal_workflow_execute_activity(run, name, NULL, 0, NULL, NULL, &options);
}

static void cancel(life *self, const op *what)
{
    if (what->kind == OP_CANCEL_SCOPE) {
        if (self->scopes[what->choice % PROGRAM_SCOPES])
            temporal_scope_cancel(self->scopes[what->choice % PROGRAM_SCOPES]);
    } else if (what->target_count > 0 && self->children[what->targets[0]] && what->choice % 2) {
        temporal_child_cancel(self->children[what->targets[0]]);
    } else if (what->target_count > 0 && self->futures[what->targets[0]]) {
        temporal_future_cancel(self->futures[what->targets[0]]);
    }
}

static temporal_error *signal_child(temporal_workflow *run, life *self, const op *what)
{
    const temporal_argument input = program_argument(run, self);

    if (what->target_count == 0 || !self->children[what->targets[0]])
        return NULL;
    return temporal_child_signal(self->children[what->targets[0]], "nudge", &input, 1);
}

static temporal_error *act(temporal_workflow *run, life *self, const op *what)
{
    switch (what->kind) {
    case OP_SEQUENCE:
        return sequence(run, self, what);
    case OP_ACTIVITY:
        return told(run, self, what, "activity", activity(run, self, what));
    case OP_LOCAL:
        return told(run, self, what, "local activity", local(run, self, what));
    case OP_SLEEP:
        return told(run, self, what, "sleep",
                    temporal_workflow_sleep(run, program_time(what->choice % 50)));
    case OP_CHILD:
        return told(run, self, what, "child", child(run, self, what));
    case OP_BEGIN_ACTIVITY:
    case OP_BEGIN_LOCAL:
    case OP_BEGIN_EXTERNAL:
    case OP_BEGIN_TIMER:
    case OP_BEGIN_CHILD:
    case OP_START_CHILD:
    case OP_SPAWN:
        return told(run, self, what, "begin", begin(run, self, what));
    case OP_SIGNAL_CHILD:
        return told(run, self, what, "signal", signal_child(run, self, what));
    case OP_CONDITION:
    case OP_UNTIL:
        return told(run, self, what, "condition", condition(run, self, what));
    case OP_SCOPE:
    case OP_SHIELD:
        return in_scope(run, self, what);
    case OP_CANCEL_SCOPE:
    case OP_CANCEL:
        cancel(self, what);
        return NULL;
    case OP_AWAIT:
        return what->target_count == 0
                   ? NULL
                   : told(run, self, what, "await", await(run, self, what->targets[0]));
    case OP_ANY:
    case OP_ALL:
        return told(run, self, what, "await several", await_several(run, self, what));
    case OP_PATCH:
        program_patch(run, self, what);
        return NULL;
    case OP_RECORD:
        return told(run, self, what, "record", program_record(run, self, what));
    case OP_EXTERNAL:
        return told(run, self, what, "external", program_external(run, self, what));
    case OP_LOOK:
        look(run, self, what);
        return NULL;
    case OP_LOOP:
        return repeat(run, self, what);
    case OP_EITHER:
        return temporal_workflow_random(run) % 2 ? sequence(run, self, what) : NULL;
    case OP_COUNTER:
        return told(run, self, what, "counter", counter(run, self));
    case OP_CONTINUE:
        break;
    }
    return NULL;
}

temporal_error *program_perform(temporal_workflow *run, life *self, const op *what)
{
    temporal_error *error;

    if (what->kind == OP_CONTINUE) {
        const temporal_argument input = program_argument(run, self);

        if (*temporal_workflow_get_info(run)->continued_run_id)
            return NULL; /* once */
        return temporal_workflow_continue_as_new(run, &input, 1, NULL);
    }
    error = act(run, self, what);
    if (temporal_error_get_code(error) == TEMPORAL_ERROR_CONTINUE_AS_NEW)
        return error;
    return what->passes_on || what->kind == OP_SEQUENCE ? error : NULL;
}
