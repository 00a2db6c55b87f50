/* SPDX-License-Identifier: MIT */
/* base/uuid.h -- random numbers and version-4 UUIDs from the system's source. */
#ifndef TP_BASE_UUID_H
#define TP_BASE_UUID_H

#include <stdint.h>

#define TP_UUID_SIZE 37 /* with its NUL */

uint64_t tp_random(void);                   /* any thread */
double tp_random_unit(void);                /* [0, 1) */
void tp_uuid_make(char text[TP_UUID_SIZE]); /* any thread */
void tp_uuid_format(char text[TP_UUID_SIZE], uint64_t high,
                    uint64_t low); /* sets version and variant */

#endif
