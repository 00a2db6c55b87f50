/* SPDX-License-Identifier: MIT */
/* shm/segment.h -- a piece of memory that processes share through a descriptor.
 *
 * A sealed memfd where the system has one: its size can never change again, so no process can cut
 * it short and kill another with SIGBUS; and it takes only the memory that is in use, however large
 * it is. Otherwise a POSIX shared memory object, which loses its
 * name at once (nothing is left behind in /dev/shm, however the program ends) and gets its memory
 * at once (a full /dev/shm is an error now and not a SIGBUS later). */
#ifndef TP_SHM_SEGMENT_H
#define TP_SHM_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <temporal/error.h>

typedef enum tp_segment_kind {
    TP_SEGMENT_ANY,   /* memfd, or else named */
    TP_SEGMENT_NAMED, /* shm_open: for systems without memfd, and for the tests */
} tp_segment_kind;

typedef struct tp_segment {
    uint8_t *base; /* the whole of it, readable and writable */
    size_t size;
    int fd;      /* to hand it to other processes; -1 after tp_segment_close */
    bool sparse; /* has memory only where it was written to, and can give it back */
} tp_segment;

/** Zeroed, size bytes, which must be a multiple of the page size. SYSTEM says what to do. */
temporal_error *tp_segment_new(tp_segment *segment, size_t size, tp_segment_kind kind);
/** Closes the descriptor; the mapping stays. */
void tp_segment_close(tp_segment *segment);
void tp_segment_done(tp_segment *segment);

/** Gives whole pages of a sparse segment back to the system, for all who have mapped them: they
 * read as zero afterwards, and get memory again when they are written to. */
void tp_segment_give_back(uint8_t *base, size_t size);

/** Rounds up to whole pages. */
size_t tp_segment_pages(size_t size);

#endif
