/* SPDX-License-Identifier: MIT */
/* base/arena.c -- memory that goes all at once. */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sanitizer.h"

#define ALIGNMENT   16
#define CHUNK_FIRST ((size_t)1024)
#define CHUNK_LAST  ((size_t)64 * 1024)
#define CHUNK_SHARE (CHUNK_LAST / 4) /* what is larger does not share a chunk with others */

/* Poisoned bytes behind each piece, so that AddressSanitizer sees who runs over its end. */
#ifdef TP_SANITIZE_ADDRESS
#define GAP ALIGNMENT
#else
#define GAP 0
#endif

/* The newest shared chunk stands first and is the only one that pieces are still cut from. */
struct tp_arena_chunk {
    struct tp_arena_chunk *next;
    size_t size, used; /* of data */
    size_t step;       /* total size of the newest shared chunk; 0: there was none yet */
    alignas(ALIGNMENT) unsigned char data[];
};

struct tp_arena_defer {
    struct tp_arena_defer *next;
    void (*release)(void *data);
    void *data;
};

void tp_arena_init(tp_arena *arena)
{
    *arena = (tp_arena){ 0 };
}

void tp_arena_done(tp_arena *arena)
{
    struct tp_arena_chunk *chunk;

    /* What is released may allocate or defer once more: the list is read anew each time. */
    while (arena->defers) {
        struct tp_arena_defer *defer = arena->defers;

        arena->defers = defer->next;
        defer->release(defer->data);
    }
    while ((chunk = arena->chunks)) {
        arena->chunks = chunk->next;
        TP_UNPOISON(chunk->data, chunk->size);
        tp_free(chunk);
    }
    arena->allocated = 0;
}

void tp_arena_take(tp_arena *arena, tp_arena *from)
{
    assert(!arena->chunks && !arena->defers);
    *arena = *from;
    tp_arena_init(from);
}

static struct tp_arena_chunk *chunk_new(tp_arena *arena, size_t total)
{
    struct tp_arena_chunk *chunk = tp_alloc(total);

    chunk->size = total - sizeof(*chunk);
    arena->allocated += total;
    TP_POISON(chunk->data, chunk->size);
    return chunk;
}

/* A chunk with room for that many bytes, linked where it belongs. */
static struct tp_arena_chunk *chunk_add(tp_arena *arena, size_t need)
{
    struct tp_arena_chunk *head = arena->chunks, *chunk;
    size_t step = head ? head->step : 0;

    if (need > CHUNK_SHARE) {
        chunk = chunk_new(arena, sizeof(*chunk) + need);
        chunk->step = step;
        if (head) { /* behind the head, which has room for small pieces still */
            chunk->next = head->next;
            head->next = chunk;
        } else {
            arena->chunks = chunk;
        }
        return chunk;
    }
    step = step ? step * 2 : CHUNK_FIRST;
    while (step < sizeof(*chunk) + need)
        step *= 2;
    if (step > CHUNK_LAST)
        step = CHUNK_LAST;
    chunk = chunk_new(arena, step);
    chunk->step = step;
    chunk->next = head;
    arena->chunks = chunk;
    return chunk;
}

void *tp_arena_alloc(tp_arena *arena, size_t size)
{
    struct tp_arena_chunk *chunk = arena->chunks;
    size_t need;
    void *piece;

    if (size > SIZE_MAX / 2)
        return tp_alloc(size); /* is refused there, and says so */
    need = (size + GAP + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (need == 0)
        need = ALIGNMENT;
    if (!chunk || chunk->size - chunk->used < need)
        chunk = chunk_add(arena, need);
    piece = chunk->data + chunk->used;
    chunk->used += need;
    TP_UNPOISON(piece, size);
    return piece; /* chunks come zeroed and no piece is used twice */
}

void *tp_arena_alloc_large(tp_arena *arena, size_t size)
{
    void *piece;

    if (size <= CHUNK_SHARE)
        return tp_arena_alloc(arena, size);
    if (!(piece = tp_alloc_large(size)))
        return NULL;
    tp_arena_defer(arena, tp_free, piece);
    arena->allocated += size;
    return piece;
}

void *tp_arena_memdup(tp_arena *arena, const void *data, size_t size)
{
    void *copy = tp_arena_alloc(arena, size);

    if (size)
        memcpy(copy, data, size);
    return copy;
}

char *tp_arena_strdup(tp_arena *arena, const char *text)
{
    return text ? tp_arena_memdup(arena, text, strlen(text) + 1) : NULL;
}

char *tp_arena_strndup(tp_arena *arena, const char *text, size_t size)
{
    size_t length;
    char *copy;

    if (!text)
        return NULL;
    length = strnlen(text, size);
    copy = tp_arena_alloc(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *tp_arena_vformat(tp_arena *arena, const char *format, va_list arguments)
{
    char small[256];
    va_list again;
    char *text;
    int length;

    va_copy(again, arguments);
    length = vsnprintf(small, sizeof(small), format, arguments);
    if (length < 0) { /* an invalid wide character: better the bare format than nothing */
        text = tp_arena_strdup(arena, format);
    } else {
        text = tp_arena_alloc(arena, (size_t)length + 1);
        if ((size_t)length < sizeof(small))
            memcpy(text, small, (size_t)length);
        else
            vsnprintf(text, (size_t)length + 1, format, again);
    }
    va_end(again);
    return text;
}

char *tp_arena_format(tp_arena *arena, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = tp_arena_vformat(arena, format, arguments);
    va_end(arguments);
    return text;
}

void tp_arena_defer(tp_arena *arena, void (*release)(void *data), void *data)
{
    struct tp_arena_defer *defer = tp_arena_alloc(arena, sizeof(*defer));

    *defer = (struct tp_arena_defer){ arena->defers, release, data };
    arena->defers = defer;
}
