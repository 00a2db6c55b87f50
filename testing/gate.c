/* SPDX-License-Identifier: MIT */
/* testing/gate.c -- one at a time, across calls to a server. */
#include "testing/gate.h"

#include "base/waiter.h"

struct visitor {
    tp_list link;
    tp_waiter turn;
};

void tp_gate_init(tp_gate *gate)
{
    pthread_mutex_init(&gate->mutex, NULL);
    gate->taken = false;
    tp_list_init(&gate->waiting);
}

void tp_gate_done(tp_gate *gate)
{
    pthread_mutex_destroy(&gate->mutex);
}

void tp_gate_enter(tp_gate *gate)
{
    struct visitor self;
    bool wait;

    pthread_mutex_lock(&gate->mutex);
    wait = gate->taken;
    gate->taken = true;
    if (wait) {
        tp_waiter_init(&self.turn);
        tp_list_append(&gate->waiting, &self.link);
    }
    pthread_mutex_unlock(&gate->mutex);
    if (wait) {
        tp_waiter_wait(&self.turn);
        tp_waiter_done(&self.turn);
    }
}

/* It stays taken when it is handed on. */
void tp_gate_leave(tp_gate *gate)
{
    tp_list *next;

    pthread_mutex_lock(&gate->mutex);
    next = tp_list_pop(&gate->waiting);
    gate->taken = next != NULL;
    pthread_mutex_unlock(&gate->mutex);
    if (next)
        tp_waiter_wake(&tp_list_entry(next, struct visitor, link)->turn);
}
