/* SPDX-License-Identifier: MIT */
/* base/arena.h -- memory that goes all at once: of an attempt, a run, a handle, an error.
 *
 * Starts without memory, grows in chunks (first 1 KiB, then doubling to 64 KiB; larger requests get
 * a chunk of their own). One thread at a time. */
#ifndef TP_BASE_ARENA_H
#define TP_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include <temporal/base.h>

typedef struct tp_arena {
    struct tp_arena_chunk *chunks;
    struct tp_arena_defer *defers;
    size_t allocated; /* bytes taken from the heap, for accounting */
} tp_arena;

void tp_arena_init(tp_arena *arena);
/** Runs what was deferred, newest first, and frees everything; the arena may be used again. */
void tp_arena_done(tp_arena *arena);

/** Gives all that from holds to the arena, which is empty; from may be used again. */
void tp_arena_take(tp_arena *arena, tp_arena *from);

void *tp_arena_alloc(tp_arena *arena, size_t size); /* zeroed, 16-aligned */
/** For sizes that come from outside: NULL when there is no memory; not zeroed. */
void *tp_arena_alloc_large(tp_arena *arena, size_t size);
void *tp_arena_memdup(tp_arena *arena, const void *data, size_t size);
char *tp_arena_strdup(tp_arena *arena, const char *text); /* NULL for NULL */
char *tp_arena_strndup(tp_arena *arena, const char *text, size_t size);
char *tp_arena_format(tp_arena *arena, const char *format, ...) TEMPORAL_PRINTF(2, 3);
char *tp_arena_vformat(tp_arena *arena, const char *format, va_list arguments)
    TEMPORAL_PRINTF(2, 0);
/** Calls release(data) when the arena is done. */
void tp_arena_defer(tp_arena *arena, void (*release)(void *data), void *data);

#endif
