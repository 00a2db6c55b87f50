/* SPDX-License-Identifier: MIT */
/* random.h -- numbers made from a seed (splitmix64): the same ones on every machine. */
#ifndef TESTS_SIMULATION_RANDOM_H
#define TESTS_SIMULATION_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct sim_random {
    uint64_t state;
} sim_random;

static inline uint64_t sim_next(sim_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* From 0 to below - 1. */
static inline unsigned sim_below(sim_random *random, unsigned below)
{
    return (unsigned)(sim_next(random) % below);
}

static inline bool sim_one_in(sim_random *random, unsigned many)
{
    return sim_below(random, many) == 0;
}

#endif
