/* SPDX-License-Identifier: MIT */
/* compress.c -- the activity that compresses a range of files, in a process of the pool.
 *
 * Its state is its heartbeat: where an attempt ends, the next one goes on. A file has another name
 * until it is whole. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch.h"
#include "gzip.h"

typedef struct work {
    temporal_activity *attempt;
    const batch_task *task;
    batch_state *state;
    void *input, *output; /* buffers for one member */
} work;

static temporal_error *failed(const char *what, const char *path)
{
    return temporal_error_application("FileError", "cannot %s %s: %s", what, path, strerror(errno));
}

/* File names may be of any bytes, but what goes through Temporal is UTF-8. */
static const char *printable(temporal_activity *attempt, const char *name)
{
    char *copy = temporal_activity_alloc(attempt, strlen(name) + 1);

    memcpy(copy, name, strlen(name) + 1);
    for (char *at = copy; *at; at++)
        if ((unsigned char)*at >= 0x80 || (unsigned char)*at < 0x20)
            *at = '?';
    return copy;
}

/* Makes the directories in which path stands. */
static void make_directories(temporal_activity *attempt, const char *path)
{
    char *copy = temporal_activity_alloc(attempt, strlen(path) + 1);

    memcpy(copy, path, strlen(path) + 1);
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(copy, 0777); /* it may be there; if it cannot be made, the open says so */
        *slash = '/';
    }
}

/* As many bytes as there are, up to size; -1 when they cannot be read. */
static ssize_t read_full(int file, char *bytes, size_t size)
{
    size_t done = 0;

    while (done < size) {
        const ssize_t got = read(file, bytes + done, size - done);

        if (got < 0 && errno != EINTR)
            return -1;
        if (got == 0)
            break;
        done += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)done;
}

static bool write_full(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t put = write(file, bytes, size);

        if (put < 0 && errno != EINTR)
            return false;
        bytes += put > 0 ? put : 0;
        size -= put > 0 ? (size_t)put : 0;
    }
    return true;
}

/* Goes to where the attempt before this one stood, if its output is still there. */
static bool find_place(work *self, int in, int out)
{
    batch_state *state = self->state;
    struct stat written;

    if (fstat(out, &written) != 0)
        return false;
    if (written.st_size < state->output_offset)
        state->input_offset = state->output_offset = 0;
    if (state->input_offset > 0) {
        state->resumed = state->name;
        state->resumed_at = state->input_offset;
    }
    return ftruncate(out, state->output_offset) == 0 && lseek(out, 0, SEEK_END) >= 0 &&
           lseek(in, state->input_offset, SEEK_SET) >= 0;
}

static temporal_error *compress_members(work *self, int in, int out, bool crash)
{
    const size_t capacity = gzip_bound(BATCH_MEMBER);
    batch_state *state = self->state;
    ssize_t got;

    do {
        size_t size;

        got = read_full(in, self->input, BATCH_MEMBER);
        if (got < 0)
            return failed("read", state->name);
        if (got == 0 && state->input_offset > 0)
            break; /* an empty file becomes one empty member */
        size = gzip_member(self->input, (size_t)got, self->output, capacity);
        if (size == 0)
            return temporal_error_application("OutOfMemory", "cannot compress %s", state->name);
        if (!write_full(out, self->output, size))
            return failed("write", state->name);

        state->input_offset += got;
        state->output_offset += (temporal_int)size;
        temporal_heartbeat(self->attempt, batch_state, *state);
        if (crash && 2 * state->input_offset >= state->size)
            raise(SIGSEGV); /* what --crash asks for */
        if (temporal_activity_is_cancelled(self->attempt))
            return temporal_activity_cancelled(self->attempt);
    } while (got == (ssize_t)BATCH_MEMBER);
    return TEMPORAL_OK;
}

/* Nobody will go on where this attempt stopped. */
static bool is_final(const temporal_activity *attempt)
{
    const temporal_cancel_reason reason = temporal_activity_cancel_reason(attempt);

    return reason == TEMPORAL_CANCEL_REQUESTED || reason == TEMPORAL_CANCEL_NOT_FOUND;
}

static temporal_error *compress_file(work *self, const char *name, bool crash)
{
    const char *source = temporal_activity_format(self->attempt, "%s/%s", self->task->source, name);
    const char *target =
        temporal_activity_format(self->attempt, "%s/%s.gz", self->task->target, name);
    const char *part = temporal_activity_format(self->attempt, "%s" BATCH_UNNAMED, target);
    batch_state *state = self->state;
    temporal_error *error;
    struct stat about;
    int in, out;

    state->name = printable(self->attempt, name);
    make_directories(self->attempt, target);
    in = open(source, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return failed("read", state->name);
    out = open(part, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    state->size = fstat(in, &about) == 0 ? about.st_size : 0;
    if (out < 0 || !find_place(self, in, out))
        error = failed("write", state->name);
    else
        error = compress_members(self, in, out, crash);
    if (out >= 0 && close(out) != 0 && !error)
        error = failed("write", state->name);
    close(in);
    if (!error && rename(part, target) != 0)
        error = failed("rename", state->name);
    if (error && is_final(self->attempt))
        unlink(part);
    if (error)
        return error;

    state->files++;
    state->bytes_in += state->input_offset;
    state->bytes_out += state->output_offset;
    state->input_offset = state->output_offset = 0;
    temporal_heartbeat(self->attempt, batch_state, *state);
    return TEMPORAL_OK;
}

/* The names of the range, in the order of the list. */
static temporal_error *read_names(temporal_activity *attempt, const batch_task *task,
                                  const char **names)
{
    const char *path = temporal_activity_format(attempt, "%s/" BATCH_LIST, task->target);
    FILE *list = fopen(path, "rbe");
    char *name = NULL;
    size_t capacity = 0;
    bool whole;

    if (!list)
        return failed("read", path);
    whole = fseek(list, (long)task->range.position, SEEK_SET) == 0;
    for (temporal_int i = 0; whole && i < task->range.files; i++) {
        whole = getdelim(&name, &capacity, '\0', list) > 0;
        if (whole)
            names[i] = temporal_activity_format(attempt, "%s", name);
    }
    free(name);
    fclose(list);
    return whole ? TEMPORAL_OK : temporal_error_application("FileError", "%s is cut off", path);
}

TEMPORAL_ACTIVITY_DEFINE(compress_files)
temporal_error *compress_files(temporal_activity *attempt, batch_task task, batch_state *state)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);
    const size_t count = (size_t)task.range.files;
    const char **names = temporal_activity_alloc(attempt, count * sizeof *names);
    work self = { .attempt = attempt,
                  .task = &task,
                  .state = state,
                  .input = temporal_activity_alloc(attempt, BATCH_MEMBER),
                  .output = temporal_activity_alloc(attempt, gzip_bound(BATCH_MEMBER)) };

    if (info->heartbeat_details_count > 0) /* an attempt before this one came so far */
        TEMPORAL_TRY(temporal_value_get(&info->heartbeat_details[0], batch_state, state));
    state->process = getpid();
    state->attempts = info->attempt;
    TEMPORAL_TRY(read_names(attempt, &task, names));

    while (state->files < task.range.files)
        TEMPORAL_TRY(compress_file(&self, names[state->files],
                                   info->attempt == 1 && state->files == task.range.crash_at));
    return TEMPORAL_OK;
}
