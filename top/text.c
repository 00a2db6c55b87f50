/* SPDX-License-Identifier: MIT */
/* top/text.c -- a snapshot as lines of text. */
#include "top/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"

#define CELL 32

/* --- cells ------------------------------------------------------------------------------------ */

/* "0:07", "12:34", "1:02:03", "3d04h": how long. */
static const char *lasting(char cell[CELL], double seconds)
{
    unsigned long long all = seconds > 0 ? (unsigned long long)seconds : 0;

    if (seconds < 0)
        (void)snprintf(cell, CELL, "-");
    else if (all < 3600)
        (void)snprintf(cell, CELL, "%llu:%02llu", all / 60, all % 60);
    else if (all < 86400)
        (void)snprintf(cell, CELL, "%llu:%02llu:%02llu", all / 3600, all / 60 % 60, all % 60);
    else
        (void)snprintf(cell, CELL, "%llud%02lluh", all / 86400, all / 3600 % 24);
    return cell;
}

/* "0.4s", "12s", "5m", "3h", "9d": how long ago. */
static const char *ago(char cell[CELL], double seconds)
{
    if (seconds < 0)
        (void)snprintf(cell, CELL, "-");
    else if (seconds < 9.95)
        (void)snprintf(cell, CELL, "%.1fs", seconds);
    else if (seconds < 100)
        (void)snprintf(cell, CELL, "%.0fs", seconds);
    else if (seconds < 6000)
        (void)snprintf(cell, CELL, "%.0fm", seconds / 60);
    else if (seconds < 360000)
        (void)snprintf(cell, CELL, "%.0fh", seconds / 3600);
    else
        (void)snprintf(cell, CELL, "%.0fd", seconds / 86400);
    return cell;
}

static const char *bytes(char cell[CELL], const tp_top_usage *usage)
{
    static const char units[] = "KMGTPE";
    double size = (double)usage->resident / 1024;
    size_t unit = 0;

    while (size >= 1000 && units[unit + 1]) {
        size /= 1024;
        unit++;
    }
    if (!usage->is_known)
        (void)snprintf(cell, CELL, "-");
    else
        (void)snprintf(cell, CELL, size < 10 && unit > 0 ? "%.1f%c" : "%.0f%c", size, units[unit]);
    return cell;
}

static const char *percent(char cell[CELL], const tp_top_usage *usage)
{
    if (usage->is_known)
        (void)snprintf(cell, CELL, usage->cpu_percent < 99.95 ? "%.1f" : "%.0f",
                       usage->cpu_percent);
    else
        (void)snprintf(cell, CELL, "-");
    return cell;
}

static size_t characters(const char *text, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

/* So wide, in characters: cut off or filled up, with a space behind it. */
static void add_wide(tp_buffer *out, const char *text, size_t width)
{
    size_t size = strlen(text), count = characters(text, size);

    if (*text == '\0') {
        text = "-";
        size = count = 1;
    }
    if (count > width) {
        for (size = 0, count = 0; count < width - 1;)
            count += ((unsigned char)text[++size] & 0xc0) != 0x80;
        tp_buffer_append(out, text, size);
        tp_buffer_append_text(out, "~");
        count = width;
    } else {
        tp_buffer_append(out, text, size);
    }
    tp_buffer_format(out, "%*s", (int)(width - count + 1), "");
}

/* --- lines ------------------------------------------------------------------------------------ */

static void end_line(tp_top_text *text, tp_top_line_kind kind, size_t worker, size_t process)
{
    size_t start = text->count
                       ? text->lines[text->count - 1].start + text->lines[text->count - 1].size + 1
                       : 0;

    while (text->text.size > start && text->text.data[text->text.size - 1] == ' ')
        text->text.size--;
    text->lines = tp_realloc(text->lines, (text->count + 1) * sizeof *text->lines);
    text->lines[text->count++] = (tp_top_line){ .kind = kind,
                                                .worker = worker,
                                                .process = process,
                                                .start = start,
                                                .size = text->text.size - start };
    tp_buffer_append_text(&text->text, "\n");
}

static void add_summary(tp_top_text *text, const tp_top_snapshot *snapshot)
{
    time_t seconds = (time_t)(snapshot->wall / 1000000000);
    size_t processes = 0, busy = 0;
    char clock[CELL] = "";
    struct tm now;

    for (size_t i = 0; i < snapshot->count; i++)
        for (size_t j = 0; j < snapshot->workers[i].count; j++) {
            const tp_board_process *shown = &snapshot->workers[i].processes[j].shown;

            processes += shown->state != TP_BOARD_NONE && shown->state != TP_BOARD_HELD;
            busy += shown->state == TP_BOARD_BUSY || shown->attempt > 0;
        }
    if (localtime_r(&seconds, &now))
        (void)strftime(clock, sizeof clock, "%H:%M:%S", &now);
    tp_buffer_format(&text->text, "temporal-top  %s  %zu worker%s, %zu of %zu processes busy",
                     clock, snapshot->count, snapshot->count == 1 ? "" : "s", busy, processes);
    end_line(text, TP_TOP_LINE_PLAIN, 0, 0);
    if (snapshot->count == 0) {
        tp_buffer_append_text(&text->text, "no worker of this user runs on this machine");
        end_line(text, TP_TOP_LINE_PLAIN, 0, 0);
    }
}

static void add_executor(tp_top_text *text, const tp_top_worker *worker, size_t index, size_t i)
{
    const tp_board_executor *executor = &worker->shown.executors[i];

    if (executor->capacity == 0)
        return;
    tp_buffer_format(&text->text, "  %-9s  %llu of %llu running", tp_top_executor_names[i],
                     (unsigned long long)executor->running, (unsigned long long)executor->capacity);
    if (worker->count > 0 && i == TP_BOARD_EXECUTORS - 1)
        tp_buffer_format(&text->text, ", %llu waiting", (unsigned long long)worker->shown.waiting);
    tp_buffer_format(&text->text, "; %llu done, %llu failed, %llu cancelled",
                     (unsigned long long)executor->done, (unsigned long long)executor->failed,
                     (unsigned long long)executor->cancelled);
    end_line(text, TP_TOP_LINE_PLAIN, index, 0);
}

static void add_process(tp_top_text *text, const tp_top_snapshot *snapshot, size_t index, size_t i)
{
    const tp_top_process *process = &snapshot->workers[index].processes[i];
    const tp_board_process *shown = &process->shown;
    tp_buffer *out = &text->text;
    bool has_attempt = shown->attempt > 0;
    char state[CELL], tries[CELL], cell[4][CELL];

    (void)snprintf(state, sizeof state, "%s%s", tp_top_state_name(shown->state),
                   shown->is_cancelled ? "*" : "");
    (void)snprintf(tries, sizeof tries, "%d", (int)shown->attempt);
    tp_buffer_format(out, "  %7d ", (int)shown->pid);
    add_wide(out, state, 9);
    add_wide(out, shown->activity_type, 16);
    add_wide(out, shown->activity_id, 10);
    tp_buffer_format(out, "%3s %8s %5s ", has_attempt ? tries : "-",
                     lasting(cell[0], has_attempt ? tp_top_since(snapshot, shown->began_at) : -1),
                     ago(cell[1], has_attempt ? tp_top_since(snapshot, shown->beat_at) : -1));
    tp_buffer_format(out, "%8llu %5s %5s ", (unsigned long long)shown->progress,
                     percent(cell[2], &process->usage), bytes(cell[3], &process->usage));
    tp_buffer_format(out, "%6llu %6llu %5llu %4llu %4llu %5llu  ", (unsigned long long)shown->done,
                     (unsigned long long)shown->failed, (unsigned long long)shown->crashed,
                     (unsigned long long)shown->terminated, (unsigned long long)shown->killed,
                     (unsigned long long)shown->recycled);
    tp_buffer_append_text(out, shown->workflow_id);
    end_line(text, TP_TOP_LINE_PROCESS, index, i);
}

static void add_processes(tp_top_text *text, const tp_top_snapshot *snapshot, size_t index)
{
    const tp_top_worker *worker = &snapshot->workers[index];

    if (worker->count == 0)
        return;
    tp_buffer_append_text(&text->text,
                          "      PID STATE     ACTIVITY         ID         TRY     TIME  BEAT "
                          "PROGRESS  CPU%   RSS   DONE FAILED CRASH TERM KILL RECYC  WORKFLOW");
    end_line(text, TP_TOP_LINE_HEADING, index, 0);
    for (size_t i = 0; i < worker->count; i++) {
        const tp_board_process *shown = &worker->processes[i].shown;

        /* One that never was, beyond those that are wanted, has nothing to tell. */
        if (shown->state != TP_BOARD_NONE || shown->done || shown->failed || shown->crashed ||
            shown->killed || shown->recycled)
            add_process(text, snapshot, index, i);
    }
}

static void add_worker(tp_top_text *text, const tp_top_snapshot *snapshot, size_t index)
{
    const tp_top_worker *worker = &snapshot->workers[index];
    char cell[3][CELL];

    end_line(text, TP_TOP_LINE_PLAIN, index, 0);
    tp_buffer_format(&text->text, "worker %s", worker->name);
    if (worker->has_board) {
        tp_buffer_format(&text->text, "  queue %s  namespace %s  up %s  CPU %s%%  RSS %s",
                         worker->shown.task_queue, worker->shown.namespace_name,
                         lasting(cell[0], tp_top_since(snapshot, worker->shown.started_at)),
                         percent(cell[1], &worker->usage), bytes(cell[2], &worker->usage));
        if (worker->shown.limit > 0)
            tp_buffer_format(&text->text, "  pool %u of %u", worker->shown.wanted,
                             worker->shown.limit);
        if (worker->shown.is_draining)
            tp_buffer_append_text(&text->text, "  draining");
    }
    end_line(text, TP_TOP_LINE_WORKER, index, 0);
    if (*worker->problem) {
        tp_buffer_format(&text->text, "  %s%s", worker->problem,
                         worker->has_board ? ": this is what was seen last" : "");
        end_line(text, TP_TOP_LINE_PROBLEM, index, 0);
    }
    if (!worker->has_board)
        return;
    for (size_t i = 0; i < TP_BOARD_EXECUTORS; i++)
        add_executor(text, worker, index, i);
    add_processes(text, snapshot, index);
}

void tp_top_text_make(tp_top_text *text, const tp_top_snapshot *snapshot)
{
    tp_buffer_clear(&text->text);
    text->count = 0;
    add_summary(text, snapshot);
    for (size_t i = 0; i < snapshot->count; i++)
        add_worker(text, snapshot, i);
}

void tp_top_text_done(tp_top_text *text)
{
    tp_buffer_done(&text->text);
    tp_free(text->lines);
    *text = (tp_top_text){ 0 };
}
