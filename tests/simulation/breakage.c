/* SPDX-License-Identifier: MIT */
/* breakage.c -- see breakage.h. */
#include "breakage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "legal.h"
#include "simulation.h"
#include "tests/support/support.h"

#define LEAST 3

typedef struct trial {
    breakage_rule *rules;
    size_t count;
    uint64_t seed;
} trial;

tp_event *breakage_own(breakage *self, int64_t event)
{
    tp_event **place = &self->events[event - 1];

    *place = tp_message_copy(self->arena, &(*place)->base);
    return *place;
}

static void try_at(breakage_rule *rule, uint64_t seed, const model *server, int64_t at)
{
    char problem[256], place[32];
    tp_arena arena;
    breakage change;
    int64_t wrong;

    tp_arena_init(&arena);
    change = (breakage){ .arena = &arena,
                         .events = tp_arena_memdup(&arena, server->events,
                                                   server->count * sizeof(*server->events)),
                         .count = server->count,
                         .at = at };
    wrong = rule->way(&change);
    (void)snprintf(place, sizeof(place), "event %" PRId64 ": ", wrong);
    if (wrong != 0) {
        const bool legal = legal_history(change.events, change.count, problem, sizeof(problem));

        rule->broken++;
        if (legal || strncmp(problem, place, strlen(place)) != 0)
            (void)snprintf(rule->problem, sizeof(rule->problem),
                           "seed %" PRIu64 ": event %" PRId64 " is not legal, but: %s", seed, wrong,
                           legal ? "nothing is wrong" : problem);
    }
    tp_arena_done(&arena);
}

static void try_all(const model *server, void *data)
{
    const trial *self = data;

    for (size_t i = 0; i < self->count; i++)
        for (size_t at = 1; at <= server->count; at++)
            try_at(&self->rules[i], self->seed, server, (int64_t)at);
}

void breakage_try(breakage_rule *rules, size_t count, uint64_t seeds)
{
    trial self = { .rules = rules, .count = count };

    for (self.seed = 1; self.seed <= seeds; self.seed++) {
        simulation_result result;

        assert_true(simulate(self.seed, false, NULL, try_all, &self, &result));
    }
}

void breakage_check(const breakage_rule *rules, size_t count, breakage_way way)
{
    for (size_t i = 0; i < count; i++) {
        if (rules[i].way != way)
            continue;
        print_message("           broken %zu times\n", rules[i].broken);
        if (*rules[i].problem)
            fail_msg("%s", rules[i].problem);
        assert_true(rules[i].broken >= LEAST);
        return;
    }
    fail_msg("the rule was not tried");
}
