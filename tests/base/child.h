/* SPDX-License-Identifier: MIT */
/* child.h -- something that ends its process, or writes to its stderr, tried in a forked one. */
#ifndef TESTS_BASE_CHILD_H
#define TESTS_BASE_CHILD_H

#include <stddef.h>

/** Runs body(data) in a child, which exits with 0 when that returns. Keeps what it wrote to stderr
 * (cut off at size) and returns its exit status, or 128 + the signal that killed it. */
int child_run(void (*body)(void *data), void *data, char *text, size_t size);

#endif
