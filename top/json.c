/* SPDX-License-Identifier: MIT */
/* top/json.c -- a snapshot as JSON, for scripts. */
#include "top/json.h"

/* Texts are printable UTF-8: two characters are left to be escaped. */
static void add_text(tp_buffer *out, const char *name, const char *text)
{
    tp_buffer_format(out, "\"%s\":\"", name);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            tp_buffer_append_text(out, "\\");
        tp_buffer_append(out, text, 1);
    }
    tp_buffer_append_text(out, "\"");
}

static void add_number(tp_buffer *out, const char *name, uint64_t number)
{
    tp_buffer_format(out, ",\"%s\":%llu", name, (unsigned long long)number);
}

static void add_seconds(tp_buffer *out, const char *name, double seconds)
{
    if (seconds < 0)
        tp_buffer_format(out, ",\"%s\":null", name);
    else
        tp_buffer_format(out, ",\"%s\":%.3f", name, seconds);
}

static void add_usage(tp_buffer *out, const tp_top_usage *usage)
{
    add_seconds(out, "cpu_seconds", usage->is_known ? usage->cpu_seconds : -1);
    add_seconds(out, "cpu_percent", usage->is_known ? usage->cpu_percent : -1);
    if (usage->is_known)
        add_number(out, "rss", usage->resident);
    else
        tp_buffer_append_text(out, ",\"rss\":null");
}

static void add_attempt(tp_buffer *out, const tp_top_snapshot *snapshot,
                        const tp_board_process *shown)
{
    if (shown->attempt <= 0) {
        tp_buffer_append_text(out, ",\"attempt\":null");
        return;
    }
    tp_buffer_append_text(out, ",\"attempt\":{");
    add_text(out, "activity_type", shown->activity_type);
    tp_buffer_append_text(out, ",");
    add_text(out, "activity_id", shown->activity_id);
    tp_buffer_append_text(out, ",");
    add_text(out, "workflow_id", shown->workflow_id);
    add_number(out, "number", (uint64_t)shown->attempt);
    tp_buffer_format(out, ",\"is_cancelled\":%s", shown->is_cancelled ? "true" : "false");
    add_seconds(out, "seconds", tp_top_since(snapshot, shown->began_at));
    add_number(out, "heartbeats", shown->beats);
    add_seconds(out, "heartbeat_age", tp_top_since(snapshot, shown->beat_at));
    add_number(out, "progress", shown->progress);
    add_seconds(out, "progress_age", tp_top_since(snapshot, shown->progress_at));
    add_number(out, "waiting_behind", shown->waiting);
    tp_buffer_append_text(out, "}");
}

static void add_process(tp_buffer *out, const tp_top_snapshot *snapshot,
                        const tp_top_process *process)
{
    const tp_board_process *shown = &process->shown;

    tp_buffer_append_text(out, "{");
    add_text(out, "state", tp_top_state_name(shown->state));
    if (shown->pid > 0)
        add_number(out, "pid", (uint64_t)shown->pid);
    else
        tp_buffer_append_text(out, ",\"pid\":null");
    add_seconds(out, "up", tp_top_since(snapshot, shown->started_at));
    add_usage(out, &process->usage);
    add_number(out, "done", shown->done);
    add_number(out, "failed", shown->failed);
    add_number(out, "crashed", shown->crashed);
    add_number(out, "terminated", shown->terminated);
    add_number(out, "killed", shown->killed);
    add_number(out, "recycled", shown->recycled);
    add_attempt(out, snapshot, shown);
    tp_buffer_append_text(out, "}");
}

static void add_executors(tp_buffer *out, const tp_board_worker *shown)
{
    const char *comma = "";

    tp_buffer_append_text(out, ",\"executors\":[");
    for (size_t i = 0; i < TP_BOARD_EXECUTORS; i++) {
        const tp_board_executor *executor = &shown->executors[i];

        if (executor->capacity == 0)
            continue;
        tp_buffer_format(out, "%s{", comma);
        add_text(out, "name", tp_top_executor_names[i]);
        add_number(out, "capacity", executor->capacity);
        add_number(out, "running", executor->running);
        add_number(out, "done", executor->done);
        add_number(out, "failed", executor->failed);
        add_number(out, "cancelled", executor->cancelled);
        tp_buffer_append_text(out, "}");
        comma = ",";
    }
    tp_buffer_append_text(out, "]");
}

static void add_board(tp_buffer *out, const tp_top_snapshot *snapshot, const tp_top_worker *worker)
{
    const tp_board_worker *shown = &worker->shown;

    tp_buffer_append_text(out, ",");
    add_text(out, "task_queue", shown->task_queue);
    tp_buffer_append_text(out, ",");
    add_text(out, "namespace", shown->namespace_name);
    tp_buffer_append_text(out, ",");
    add_text(out, "identity", shown->identity);
    tp_buffer_format(out, ",\"is_draining\":%s", shown->is_draining ? "true" : "false");
    add_seconds(out, "up", tp_top_since(snapshot, shown->started_at));
    add_executors(out, shown);
    add_number(out, "waiting", shown->waiting);
    add_number(out, "pool_wanted", shown->wanted);
    add_number(out, "pool_limit", shown->limit);
}

static void add_worker(tp_buffer *out, const tp_top_snapshot *snapshot, const tp_top_worker *worker)
{
    tp_buffer_append_text(out, "{");
    add_text(out, "name", worker->name);
    add_number(out, "pid", (uint64_t)worker->pid);
    tp_buffer_append_text(out, ",");
    if (*worker->problem)
        add_text(out, "problem", worker->problem);
    else
        tp_buffer_append_text(out, "\"problem\":null");
    add_usage(out, &worker->usage);
    if (worker->has_board)
        add_board(out, snapshot, worker);
    tp_buffer_append_text(out, ",\"processes\":[");
    for (size_t i = 0; i < worker->count; i++) {
        if (i > 0)
            tp_buffer_append_text(out, ",");
        add_process(out, snapshot, &worker->processes[i]);
    }
    tp_buffer_append_text(out, "]}");
}

void tp_top_json_write(tp_buffer *out, const tp_top_snapshot *snapshot)
{
    tp_buffer_format(out, "{\"time\":%.3f,\"workers\":[", (double)snapshot->wall / 1e9);
    for (size_t i = 0; i < snapshot->count; i++) {
        if (i > 0)
            tp_buffer_append_text(out, ",");
        add_worker(out, snapshot, &snapshot->workers[i]);
    }
    tp_buffer_append_text(out, "]}\n");
}
