/* SPDX-License-Identifier: MIT */
/* gzip.h -- one member of a gzip file, and the proof that a file was kept. */
#ifndef BATCH_GZIP_H
#define BATCH_GZIP_H

#include <stdbool.h>
#include <stddef.h>

/** Room for the member of so many bytes. */
size_t gzip_bound(size_t size);
/** The size of the member; 0 when zlib has no memory, or capacity is less than gzip_bound says. */
size_t gzip_member(const void *input, size_t size, void *output, size_t capacity);
/** True when the gzip file, unpacked, is the original. */
bool gzip_equals(const char *packed, const char *original);

#endif
