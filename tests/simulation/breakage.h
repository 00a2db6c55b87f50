/* SPDX-License-Identifier: MIT */
/* breakage.h -- histories that the model wrote, each changed in one place so that it breaks one
 * rule: they must be refused, at the event that breaks it. */
#ifndef TESTS_SIMULATION_BREAKAGE_H
#define TESTS_SIMULATION_BREAKAGE_H

#include "base/message.h"
#include "workflow/event.h"

typedef struct breakage {
    tp_arena *arena;
    tp_event **events;
    size_t count;
    int64_t at; /* the event to look at */
} breakage;

/** That event, to be changed. */
tp_event *breakage_own(breakage *self, int64_t event);
/** Breaks a rule by what stands at that event. Returns the event that is not legal now; 0: what
 * stands there has nothing to do with the rule. */
typedef int64_t (*breakage_way)(breakage *self);

typedef struct breakage_rule {
    breakage_way way;
    size_t broken;     /* so often */
    char problem[320]; /* "": each time it was refused, where it should be */
} breakage_rule;

/** Breaks each rule wherever the histories of that many seeds allow it. */
void breakage_try(breakage_rule *rules, size_t count, uint64_t seeds);
/** It was broken often enough, and refused. */
void breakage_check(const breakage_rule *rules, size_t count, breakage_way way);

#endif
