/* SPDX-License-Identifier: MIT */
/* testing/gate.h -- one at a time, across calls to a server: a mutex that may be held while its
 * holder, a thread or a coroutine, waits for an answer. Who comes first passes first. */
#ifndef TP_TESTING_GATE_H
#define TP_TESTING_GATE_H

#include <pthread.h>
#include <stdbool.h>

#include "base/list.h"

typedef struct tp_gate {
    pthread_mutex_t mutex; /* of what follows */
    bool taken;
    tp_list waiting;
} tp_gate;

void tp_gate_init(tp_gate *gate);
void tp_gate_done(tp_gate *gate);
void tp_gate_enter(tp_gate *gate);
void tp_gate_leave(tp_gate *gate);

#endif
