/* SPDX-License-Identifier: MIT */
/* progress.c -- shows how far a job is. */
#include "progress.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

/* How wide they may be. */
enum {
    BAR = 32,
    NAME = 40
};

/* What is known at one moment. */
typedef struct snapshot {
    batch_summary summary;
    const temporal_workflow_description *description;
    temporal_process_status processes[PROGRESS_PROCESSES];
    size_t process_count;
    temporal_int files, bytes;
} snapshot;

double progress_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void progress_start(progress *self)
{
    *self = (progress){ .terminal = isatty(STDOUT_FILENO), .start = progress_clock() };
}

/* The newest heartbeat of an attempt that the server knows of. */
static bool read_heartbeat(const temporal_pending_activity *activity, batch_state *state)
{
    temporal_error *error;

    if (strcmp(activity->activity_type, "compress_files") != 0 ||
        activity->heartbeat_details_count == 0)
        return false;
    error = temporal_value_get(&activity->heartbeat_details[0], batch_state, state);
    temporal_error_free(error);
    return !error;
}

static temporal_error *look(snapshot *now, temporal_handle *handle, temporal_worker *worker)
{
    batch_state state;

    TEMPORAL_TRY(temporal_query(handle, compress_tree, progress, TEMPORAL_NONE, &now->summary));
    TEMPORAL_TRY(temporal_handle_describe(handle, &now->description));
    now->process_count = temporal_worker_process_status(worker, now->processes, PROGRESS_PROCESSES);
    if (now->process_count > PROGRESS_PROCESSES)
        now->process_count = PROGRESS_PROCESSES;

    now->files = now->summary.files_done;
    now->bytes = now->summary.bytes_in;
    for (size_t i = 0; i < now->description->pending_activity_count; i++)
        if (read_heartbeat(&now->description->pending_activities[i], &state)) {
            now->files += state.files;
            now->bytes += state.bytes_in + state.input_offset;
        }
    return TEMPORAL_OK;
}

static void print_totals(const progress *self, const snapshot *now)
{
    const double elapsed = progress_clock() - self->start;
    const double done =
        now->summary.bytes > 0 ? (double)self->bytes / (double)now->summary.bytes : 0;

    if (self->terminal) {
        char bar[BAR + 1] = { 0 };

        for (int i = 0; i < BAR; i++)
            bar[i] = i < (int)(done * BAR) ? '#' : '-';
        printf("[%s] ", bar);
    }
    printf("%3d %%  %d/%d files  %.1f/%.1f MB  %.1f MB/s", (int)(100 * done), (int)now->files,
           (int)now->summary.files, (double)self->bytes / 1e6, (double)now->summary.bytes / 1e6,
           (double)self->bytes / 1e6 / (elapsed > 0 ? elapsed : 1));
}

static void print_process(const snapshot *now, const temporal_process_status *process)
{
    batch_state state;

    if (process->pid == 0) {
        printf("being started");
        return;
    }
    printf("%d: ", process->pid);
    for (size_t i = 0; i < now->description->pending_activity_count; i++)
        if (process->busy && read_heartbeat(&now->description->pending_activities[i], &state) &&
            state.process == process->pid) {
            const size_t length = strlen(state.name);

            printf("%s %d %%", length > NAME ? state.name + length - NAME : state.name,
                   (int)(100 * state.input_offset / (state.size > 0 ? state.size : 1)));
            return;
        }
    printf("%s", process->busy ? "at work" : "idle");
}

static void print_all(progress *self, const snapshot *now)
{
    const char *separator = self->terminal ? "\033[K\n    " : "  | ";

    if (self->terminal && self->lines > 0)
        printf("\033[%zuA\r", self->lines);
    print_totals(self, now);
    for (size_t i = 0; i < now->process_count; i++) {
        printf("%s", separator);
        print_process(now, &now->processes[i]);
        if (now->processes[i].crashes > 0)
            printf("  (crashed %d times)", (int)now->processes[i].crashes);
    }
    printf(self->terminal ? "\033[K\n" : "\n");
    fflush(stdout);
    self->lines = 1 + now->process_count;
}

temporal_error *progress_show(progress *self, temporal_handle *handle, temporal_worker *worker)
{
    const double now = progress_clock();
    snapshot current = { .files = 0 };
    temporal_error *error;

    if (now - self->shown < (self->terminal ? 0.2 : 1.0))
        return TEMPORAL_OK;
    self->shown = now;
    error = look(&current, handle, worker);
    if (!error && current.summary.files > 0) {
        /* A range may end between the two questions: it is then in neither answer for a moment. */
        if (current.bytes > self->bytes)
            self->bytes = current.bytes;
        print_all(self, &current);
    }
    temporal_handle_release_results(handle);
    return error;
}
