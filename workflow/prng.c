/* SPDX-License-Identifier: MIT */
/* workflow/prng.c -- SplitMix64 over an FNV-1a hash of the seed. Neither may ever change: histories
 * of running workflows depend on their numbers. */
#include "workflow/prng.h"

void tp_prng_seed(tp_prng *prng, const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    prng->state = hash;
}

uint64_t tp_prng_next(tp_prng *prng)
{
    uint64_t value = prng->state += UINT64_C(0x9e3779b97f4a7c15);

    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

void tp_prng_uuid(tp_prng *prng, char text[TP_UUID_SIZE])
{
    uint64_t high = tp_prng_next(prng);

    tp_uuid_format(text, high, tp_prng_next(prng));
}
