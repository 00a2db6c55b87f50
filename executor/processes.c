/* SPDX-License-Identifier: MIT */
/* executor/processes.c -- the executor of activity processes: its beginning and its end. */
#include "executor/processes.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "executor/cgroup.h"
#include "executor/executors.h"
#include "executor/fork_server.h"
#include "executor/processes_failure.h"
#include "executor/registry.h"
#include "executor/rules.h"

#define PAYLOAD_LIMIT_DEFAULT (1 * TEMPORAL_MIB)
/* What servers take in one message. */
#define PAYLOAD_MAX_DEFAULT  (4 * TEMPORAL_MIB)
#define IDLE_TIMEOUT_DEFAULT TEMPORAL_MINUTE
/* How long stop waits for the deaths of processes that were killed. */
#define KILL_TIME 0.5

/* --- beginning -------------------------------------------------------------------------------- */

static temporal_error *start(tp_executor *executor, tp_loop *loop)
{
    tp_processes *pool = (tp_processes *)executor;

    pool->loop = loop;
    TEMPORAL_TRY(tp_processes_watch(pool));
    tp_processes_grow(pool);
    return NULL;
}

/* --- end -------------------------------------------------------------------------------------- */

static bool all_gone(const tp_processes *pool)
{
    for (size_t i = 0; i < pool->layout.process_count; i++)
        if (pool->processes[i].state != TP_PROCESS_NONE)
            return false;
    return true;
}

/* Killed, and still nobody tells of their death: the fork server is stopped, or stuck. The channel
 * is closed in any case, and it sees that when it can. */
static void stop_is_late(void *data)
{
    tp_processes_unwatch(data);
}

void tp_processes_check_stop(tp_processes *pool)
{
    if (!pool->stopped || pool->closing > 0 || pool->executor.running > 0)
        return;
    if (!pool->stopping) {
        pool->stopping = true;
        for (size_t i = 0; i < pool->layout.process_count; i++) {
            if (pool->processes[i].watched)
                tp_timer_stop(pool->processes[i].respawn);
            tp_processes_release(&pool->processes[i]);
        }
        pool->stop_timer = tp_timer_new(pool->loop, stop_is_late, pool);
        tp_timer_start(pool->stop_timer,
                       pool->abandoned ? KILL_TIME : TP_PROCESSES_LEAVE_TIME + KILL_TIME);
    }
    if (all_gone(pool))
        tp_processes_unwatch(pool);
}

static void stop(tp_executor *executor, tp_loop_fn stopped, void *data)
{
    tp_processes *pool = (tp_processes *)executor;

    pool->stopped = stopped;
    pool->stopped_data = data;
    tp_processes_check_stop(pool);
}

static void abandon(tp_executor *executor)
{
    tp_processes *pool = (tp_processes *)executor;

    if (pool->lost)
        return;
    pool->abandoned = true;
    for (size_t i = 0; i < pool->layout.process_count; i++) {
        if (pool->processes[i].watched)
            tp_timer_stop(pool->processes[i].respawn);
        tp_processes_doom(&pool->processes[i]);
    }
    tp_processes_fail_all(pool, tp_processes_error_abandoned, NULL);
    tp_processes_check_stop(pool);
}

static void notify_shutdown(tp_executor *executor)
{
    tp_processes *pool = (tp_processes *)executor;

    pool->shutting_down = true;
    for (size_t i = 0; i < pool->layout.process_count; i++) {
        tp_process *process = &pool->processes[i];

        tp_slot_worker_set_flags(&process->slot, process->slot.flags | TP_SLOT_SHUTDOWN);
    }
}

static void pool_free(tp_executor *executor)
{
    tp_processes *pool = (tp_processes *)executor;

    if (pool->channel >= 0)
        close(pool->channel);
    if (*pool->settings.cgroup) /* what it cannot remove yet, the fork server will */
        (void)tp_cgroup_remove(pool->settings.cgroup, pool->options.concurrency);
    if (pool->processes)
        for (size_t i = 0; i < pool->layout.process_count; i++)
            if (pool->processes[i].bell >= 0)
                close(pool->processes[i].bell);
    tp_segment_done(&pool->segment);
    tp_buffer_done(&pool->output);
    temporal_error_free(pool->lost);
    tp_free(pool->processes);
    tp_free(pool->definitions);
    tp_free(pool->rules);
    tp_crash_places_done(&pool->crash_places);
    tp_free(pool);
}

static size_t status(tp_executor *executor, struct temporal_process_status *out, size_t capacity)
{
    const tp_processes *pool = (const tp_processes *)executor;
    size_t count = pool->layout.process_count;

    for (size_t i = 0; i < count && i < capacity; i++) {
        const tp_process *process = &pool->processes[i];

        out[i] = (temporal_process_status){ .pid = (int32_t)process->pid,
                                            .busy = tp_processes_is_busy(process),
                                            .tasks = process->tasks,
                                            .crashes = process->crashes,
                                            .terminated = process->terminated,
                                            .killed = process->killed,
                                            .recycled = process->recycled };
    }
    return count;
}

/* --- making ----------------------------------------------------------------------------------- */

static const tp_executor_ops operations = {
    .name = "processes",
    .start = start,
    .submit = tp_processes_submit,
    .cancel = tp_processes_cancel,
    .take_heartbeat = tp_processes_take_heartbeat,
    .progress = tp_processes_progress,
    .notify_shutdown = notify_shutdown,
    .stop = stop,
    .abandon = abandon,
    .free = pool_free,
    .status = status,
    .watch = &tp_processes_watch_ops,
};

static void copy_definitions(tp_processes *pool, const temporal_activity_def *const *definitions)
{
    size_t count = 0;

    while (definitions[count])
        count++;
    pool->definitions = tp_alloc_array(count + 1, sizeof *pool->definitions);
    memcpy(pool->definitions, definitions, count * sizeof *definitions);
    pool->executor.definitions = pool->definitions;
}

static temporal_error *make_cgroup(tp_processes *pool)
{
    const char *folder = pool->options.cgroup;

    pool->options.cgroup = NULL; /* the caller's */
    if (!folder)
        return NULL;
    return tp_cgroup_make(folder, pool->executor.capacity, pool->options.rules.memory_limit,
                          pool->settings.cgroup, sizeof pool->settings.cgroup);
}

static void set_payloads(temporal_process_executor *options)
{
    if (options->payload_limit == 0)
        options->payload_limit = PAYLOAD_LIMIT_DEFAULT;
    if (options->payload_max == 0)
        options->payload_max = options->payload_limit > PAYLOAD_MAX_DEFAULT ? options->payload_limit
                                                                            : PAYLOAD_MAX_DEFAULT;
    if (options->payload_limit > options->payload_max)
        options->payload_limit = options->payload_max;
}

/* A segment that has to have all of its memory at once gets no more than what lies ready. */
static temporal_error *make_segment(tp_processes *pool, size_t registry_size)
{
    temporal_process_executor *options = &pool->options;
    temporal_error *error;

    TEMPORAL_TRY(tp_pool_layout_make(&pool->layout, pool->executor.capacity, options->payload_max,
                                     registry_size));
    error = tp_segment_new(&pool->segment, pool->layout.total, TP_SEGMENT_ANY);
    if (pool->segment.sparse || options->payload_max == options->payload_limit)
        return error;
    temporal_error_free(error);
    tp_segment_done(&pool->segment);
    options->payload_max = options->payload_limit;
    return make_segment(pool, registry_size);
}

static temporal_error *make_memory(tp_processes *pool)
{
    size_t settings_size = tp_settings_size(pool->settings.count);
    size_t registry_size = settings_size + tp_registry_size(pool->executor.definitions);
    uint8_t *registry;

    TEMPORAL_TRY(make_segment(pool, registry_size));
    tp_pool_header_write(pool->segment.base, &pool->layout);
    registry = pool->segment.base + pool->layout.registry_offset;
    tp_settings_write(registry, &pool->settings, pool->rules);
    tp_registry_write(registry + settings_size, pool->executor.definitions);
    pool->output.capacity = pool->layout.slot.output_capacity;
    pool->output.data = tp_alloc_large(pool->output.capacity);
    if (!pool->output.data)
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    return NULL;
}

static temporal_error *make_processes(tp_processes *pool)
{
    const size_t ready = pool->options.payload_limit;
    const tp_slot_kept kept = { .input = TP_POOL_RECORD_MAX + 2 * ready,
                                .heartbeat = ready,
                                .output =
                                    ready > TP_POOL_FAILURE_MIN ? ready : TP_POOL_FAILURE_MIN };

    pool->processes = tp_alloc_array(pool->layout.process_count, sizeof *pool->processes);
    for (uint32_t i = 0; i < pool->layout.process_count; i++)
        pool->processes[i].bell = -1;
    for (uint32_t i = 0; i < pool->layout.process_count; i++) {
        tp_process *process = &pool->processes[i];
        uint8_t *orders = pool->segment.base + tp_pool_slot_offset(&pool->layout, i);
        tp_slot_view view =
            tp_slot_view_of(&pool->layout.slot, orders, orders + pool->layout.slot.orders_size);

        process->pool = pool;
        process->index = i;
        process->pidfd = -1;
        tp_slot_worker_init(&process->slot, &view);
        if (pool->segment.sparse)
            tp_slot_worker_keep(&process->slot, &kept);
        for (size_t entry = 0; entry < TP_SLOT_ENTRIES; entry++)
            process->places[entry] = (tp_place){ .process = process, .entry = entry };
        process->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (process->bell < 0)
            return tp_error_system(errno, "cannot make the bell of activity process number %u", i);
    }
    return NULL;
}

temporal_error *tp_process_executor_new(tp_executor **executor,
                                        const temporal_process_executor *options)
{
    temporal_process_rules *rules;
    tp_settings settings;
    temporal_error *error;
    tp_processes *pool;

    TEMPORAL_TRY(tp_executor_check(options->activities, "processes"));
    TEMPORAL_TRY(tp_processes_check_size(options));
    TEMPORAL_TRY(tp_settings_make(&settings, options));
    TEMPORAL_TRY(tp_rules_make(&rules, options));
    pool = tp_alloc(sizeof *pool);
    pool->rules = rules;
    pool->settings = settings;
    pool->executor.ops = &operations;
    pool->executor.capacity = tp_executor_concurrency(options->concurrency);
    pool->options = *options;
    pool->options.concurrency = (uint32_t)pool->executor.capacity;
    pool->options.exceptions = NULL; /* the caller's */
    pool->limit = pool->executor.capacity;
    set_payloads(&pool->options);
    if (pool->options.idle_timeout == 0)
        pool->options.idle_timeout = IDLE_TIMEOUT_DEFAULT;
    pool->channel = -1;
    tp_list_init(&pool->waiting);
    copy_definitions(pool, options->activities);
    pool->options.activities = pool->executor.definitions;

    error = make_cgroup(pool);
    if (!error)
        error = make_memory(pool);
    if (!error)
        error = make_processes(pool);
    if (!error)
        error = tp_fork_server_open(&pool->segment, &pool->channel);
    if (error) {
        pool_free(&pool->executor);
        return error;
    }
    tp_segment_close(&pool->segment);
    *executor = &pool->executor;
    return NULL;
}
