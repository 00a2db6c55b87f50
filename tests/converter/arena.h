/* SPDX-License-Identifier: MIT */
/* arena.h -- the arena in which a test program keeps what it converts. */
#ifndef TESTS_CONVERTER_ARENA_H
#define TESTS_CONVERTER_ARENA_H

#include "base/arena.h"

extern tp_arena arena;

/** For cmocka: before and after a test, or a group of them. */
int open_arena(void **state);
int close_arena(void **state);

#endif
