/* SPDX-License-Identifier: MIT */
/* testing/find_program.h -- where the program of a server is. */
#ifndef TP_TESTING_FIND_PROGRAM_H
#define TP_TESTING_FIND_PROGRAM_H

#include <temporal/error.h>

#include "base/arena.h"

/** A path to run, in the arena: what was given, else what the environment variable names (both: a
 * path, or a name in $PATH), else name in $PATH or in the bin folder of $VIRTUAL_ENV. SYSTEM says
 * where it was looked for. */
temporal_error *tp_find_program(tp_arena *arena, const char **path, const char *given,
                                const char *variable, const char *name);

#endif
