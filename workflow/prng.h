/* SPDX-License-Identifier: MIT */
/* workflow/prng.h -- numbers that look random and come again in the same order: seeded by a text.
 */
#ifndef TP_WORKFLOW_PRNG_H
#define TP_WORKFLOW_PRNG_H

#include <stdint.h>

#include "base/uuid.h"

typedef struct tp_prng {
    uint64_t state;
} tp_prng;

void tp_prng_seed(tp_prng *prng, const char *text);
uint64_t tp_prng_next(tp_prng *prng);
void tp_prng_uuid(tp_prng *prng, char text[TP_UUID_SIZE]);

#endif
