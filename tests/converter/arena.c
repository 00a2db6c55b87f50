/* SPDX-License-Identifier: MIT */
/* arena.c -- the arena in which a test program keeps what it converts. */
#include "tests/converter/arena.h"

tp_arena arena;

int open_arena(void **state)
{
    (void)state;
    tp_arena_init(&arena);
    return 0;
}

int close_arena(void **state)
{
    (void)state;
    tp_arena_done(&arena);
    return 0;
}
