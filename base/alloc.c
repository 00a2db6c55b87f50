/* SPDX-License-Identifier: MIT */
/* base/alloc.c -- the one door to the heap. */
#include "base/alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Without memory only what is on the stack may be used: no stdio streams, no exit handlers. */
static void die(size_t count, size_t size)
{
    char text[128];
    int length;
    ssize_t written;

    if (count > 1)
        length = snprintf(text, sizeof(text),
                          "temporal: out of memory: %zu times %zu bytes were refused, ending\n",
                          count, size);
    else
        length = snprintf(text, sizeof(text),
                          "temporal: out of memory: %zu bytes were refused, ending\n", size);
    written = write(STDERR_FILENO, text, (size_t)length);
    (void)written; /* there is nobody left to tell */
    _exit(TP_EXIT_NO_MEMORY);
}

void *tp_alloc(size_t size)
{
    void *memory = calloc(1, size ? size : 1);

    if (!memory)
        die(1, size);
    return memory;
}

void *tp_alloc_array(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);

    if (!memory)
        die(count, size);
    return memory;
}

void *tp_realloc(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);

    if (!memory)
        die(1, size);
    return memory;
}

void *tp_alloc_large(size_t size)
{
    return malloc(size ? size : 1);
}

char *tp_strdup(const char *text)
{
    return text ? tp_memdup(text, strlen(text) + 1) : NULL;
}

void *tp_memdup(const void *data, size_t size)
{
    void *copy = tp_realloc(NULL, size);

    if (size)
        memcpy(copy, data, size);
    return copy;
}

void tp_free(void *pointer)
{
    free(pointer);
}
