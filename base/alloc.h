/* SPDX-License-Identifier: MIT */
/* base/alloc.h -- the one door to the heap.
 *
 * Small allocations do not fail: without memory for a few bytes nothing sensible can be said or
 * done, so they write one sentence to stderr and end the process (an activity process: its attempt)
 * with TP_EXIT_NO_MEMORY. Sizes that come from outside (a payload, a file) go through
 * tp_alloc_large, which answers NULL, and its caller with TEMPORAL_ERROR_NO_MEMORY. */
#ifndef TP_BASE_ALLOC_H
#define TP_BASE_ALLOC_H

#include <stddef.h>

#define TP_EXIT_NO_MEMORY 121

void *tp_alloc(size_t size); /* zeroed */
void *tp_alloc_array(size_t count, size_t size);
void *tp_realloc(void *old, size_t size); /* what is new in it is not zeroed */
void *tp_alloc_large(size_t size);        /* not zeroed; NULL when there is none */
char *tp_strdup(const char *text);        /* NULL for NULL */
void *tp_memdup(const void *data, size_t size);
void tp_free(void *pointer);

#endif
