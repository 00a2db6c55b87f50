/* SPDX-License-Identifier: MIT */
/* batch.h -- the contracts of the batch job: compress every file under a directory.
 *
 * One activity lists the files and cuts the list into ranges; others compress a range each, in the
 * process pool. A file is compressed in members of 1 MiB, each a gzip stream of its own, so that an
 * attempt can go on where the last heartbeat of the one before it stood. */
#ifndef BATCH_H
#define BATCH_H

#include <temporal/temporal.h>

#define BATCH_MEMBER  ((size_t)1 << 20) /* input bytes of one gzip member */
#define BATCH_LIST    ".batch-files"    /* in the target: the names, each ended by a NUL */
#define BATCH_UNNAMED ".part"           /* what a file is called until it is whole */

/* clang-format off */
#define BATCH_JOB(FIELD)                                                              \
    FIELD(temporal_string, source)   /* directories */                                \
    FIELD(temporal_string, target)                                                    \
    FIELD(temporal_int, lanes)       /* activities at once */                         \
    FIELD(temporal_bool, crash)      /* one process is to die in mid-file */

#define BATCH_RANGE(FIELD)                                                            \
    FIELD(temporal_int, position)    /* of the first name, in bytes of the list */    \
    FIELD(temporal_int, files)                                                        \
    FIELD(temporal_int, bytes)                                                        \
    FIELD(temporal_int, crash_at)    /* which of the files; -1: none */

#define BATCH_PLAN(FIELD)                                                             \
    FIELD(temporal_int, files)                                                        \
    FIELD(temporal_int, bytes)                                                        \
    FIELD(batch_range_list, ranges)

#define BATCH_TASK(FIELD)                                                             \
    FIELD(temporal_string, source)                                                    \
    FIELD(temporal_string, target)                                                    \
    FIELD(batch_range, range)

/* Where the compression of a range stands: its heartbeat, and in the end its result. */
#define BATCH_STATE(FIELD)                                                            \
    FIELD(temporal_int, files)         /* done */                                     \
    FIELD(temporal_int, bytes_in)      /* of these files */                           \
    FIELD(temporal_int, bytes_out)                                                    \
    FIELD(temporal_string, name)       /* the file at work */                         \
    FIELD(temporal_int, size)                                                         \
    FIELD(temporal_int, input_offset)  /* how far it has come */                      \
    FIELD(temporal_int, output_offset)                                                \
    FIELD(temporal_int, process)                                                      \
    FIELD(temporal_int, attempts)                                                     \
    FIELD(temporal_string, resumed)    /* the file in which an attempt took over */   \
    FIELD(temporal_int, resumed_at)    /* its offset there */

#define BATCH_RESUMPTION(FIELD)                                                       \
    FIELD(temporal_string, name)                                                      \
    FIELD(temporal_int, offset)

/* Where the whole job stands: the answer of the query, and in the end the result. */
#define BATCH_SUMMARY(FIELD)                                                          \
    FIELD(temporal_int, files)         /* there are */                                \
    FIELD(temporal_int, bytes)                                                        \
    FIELD(temporal_int, files_done)    /* of finished ranges */                       \
    FIELD(temporal_int, bytes_in)                                                     \
    FIELD(temporal_int, bytes_out)                                                    \
    FIELD(temporal_int, ranges)                                                       \
    FIELD(temporal_int, attempts)                                                     \
    FIELD(batch_resumption_list, resumptions)
/* clang-format on */

TEMPORAL_RECORD(batch_job, BATCH_JOB)
TEMPORAL_RECORD(batch_range, BATCH_RANGE)
TEMPORAL_RECORD(batch_plan, BATCH_PLAN)
TEMPORAL_RECORD(batch_task, BATCH_TASK)
TEMPORAL_RECORD(batch_state, BATCH_STATE)
TEMPORAL_RECORD(batch_resumption, BATCH_RESUMPTION)
TEMPORAL_RECORD(batch_summary, BATCH_SUMMARY)

TEMPORAL_ACTIVITY(list_files, batch_job, batch_plan)
TEMPORAL_ACTIVITY(compress_files, batch_task, batch_state)

TEMPORAL_WORKFLOW(compress_tree, batch_job, batch_summary)
TEMPORAL_QUERY(compress_tree, progress, temporal_none, batch_summary)

#endif
