/* SPDX-License-Identifier: MIT */
/* list.c -- the activity that lists the files and cuts the list into ranges.
 *
 * The names stay in a file beside the results: what goes through the workflow, and into its
 * history, is a few numbers a range, however many files there are. */
#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#include "batch.h"

enum {
    RANGE_FILES = 64,
    RANGE_BYTES = 4 << 20
}; /* a range is full with either */

typedef struct listing {
    temporal_activity *attempt;
    FILE *list;
    batch_plan plan;
    batch_range *ranges; /* of plan.ranges */
    size_t capacity;
    temporal_int position; /* in the list */
    temporal_int largest;  /* file so far, ... */
    size_t largest_range;  /* ... and where it is */
    temporal_int largest_place;
} listing;

static temporal_error *failed(const char *what, const char *path)
{
    const temporal_application_error options = { .struct_size = sizeof options,
                                                 .type = "FileError",
                                                 .non_retryable = true };

    return temporal_error_application_with(&options, "cannot %s %s: %s", what, path,
                                           strerror(errno));
}

static batch_range *range_with_room(listing *self)
{
    const size_t count = self->plan.ranges.count;
    batch_range *last = count > 0 ? &self->ranges[count - 1] : NULL;

    if (last && last->files < RANGE_FILES && last->bytes < RANGE_BYTES)
        return last;
    if (count == self->capacity) {
        batch_range *larger;

        self->capacity = self->capacity ? 2 * self->capacity : 64;
        larger = temporal_activity_alloc(self->attempt, self->capacity * sizeof *larger);
        if (count > 0)
            memcpy(larger, self->ranges, count * sizeof *larger);
        self->ranges = larger;
    }
    self->ranges[count] = (batch_range){ .position = self->position, .crash_at = -1 };
    self->plan.ranges = (batch_range_list){ self->ranges, count + 1 };
    return &self->ranges[count];
}

static void add(listing *self, const char *name, off_t size)
{
    batch_range *range = range_with_room(self);

    if (size >= self->largest) {
        self->largest = size;
        self->largest_range = self->plan.ranges.count - 1;
        self->largest_place = range->files;
    }
    fwrite(name, 1, strlen(name) + 1, self->list);
    self->position += (temporal_int)strlen(name) + 1;
    self->plan.files++;
    self->plan.bytes += size;
    range->files++;
    range->bytes += size;
}

static int by_name(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

/* Regular files only: no links, no devices. */
static temporal_error *walk(listing *self, const char *source)
{
    char *root = temporal_activity_alloc(self->attempt, strlen(source) + 1);
    char *roots[] = { root, NULL };
    temporal_error *error = TEMPORAL_OK;
    FTS *tree;

    memcpy(root, source, strlen(source) + 1);
    tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    if (!tree)
        return failed("read", source);
    for (FTSENT *entry = fts_read(tree); entry && !error; entry = fts_read(tree)) {
        if (entry->fts_info == FTS_F) {
            add(self, entry->fts_path + strlen(source) + 1, entry->fts_statp->st_size);
        } else if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR ||
                   entry->fts_info == FTS_NS) {
            errno = entry->fts_errno;
            error = failed("read", entry->fts_path);
        }
    }
    fts_close(tree);
    return error;
}

TEMPORAL_ACTIVITY_DEFINE(list_files)
temporal_error *list_files(temporal_activity *attempt, batch_job job, batch_plan *plan)
{
    const char *path = temporal_activity_format(attempt, "%s/" BATCH_LIST, job.target);
    listing self = { .attempt = attempt };
    temporal_error *error;

    self.list = fopen(path, "wb");
    if (!self.list)
        return failed("write", path);
    error = walk(&self, job.source);
    if (fclose(self.list) != 0 && !error)
        error = failed("write", path);
    if (job.crash && self.plan.ranges.count > 0)
        self.ranges[self.largest_range].crash_at = self.largest_place;
    *plan = self.plan;
    return error;
}
