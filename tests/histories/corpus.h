/* SPDX-License-Identifier: MIT */
/* corpus.h -- the histories of this folder. */
#ifndef TESTS_HISTORIES_CORPUS_H
#define TESTS_HISTORIES_CORPUS_H

#include "base/arena.h"
#include "base/message.h"
#include "temporal/api/history/v1/message.pb-c.h"

/** Paths of all *.json, sorted; ends with NULL. Lives until the program ends. */
const char *const *corpus_files(void);
/** From the arena. Fails the test when it cannot be read. */
char *corpus_text(tp_arena *arena, const char *file);
Tp__History__History *corpus_read(tp_arena *arena, const char *file);

/** Calls visit for each value that is no message, in a message and all that are within it. */
typedef void (*corpus_visit)(const ProtobufCFieldDescriptor *field, void *value, void *data);
void corpus_walk(ProtobufCMessage *message, corpus_visit visit, void *data);

#endif
