/* SPDX-License-Identifier: MIT */
/* base/uuid.c -- random numbers and version-4 UUIDs.
 *
 * Each number is asked of the kernel: a generator of our own would have to notice every fork. */
#include "base/uuid.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

static void fill(void *data, size_t size)
{
    ssize_t got;

    /* Up to 256 bytes come whole once the source is seeded; before that a signal may interrupt. */
    do
        got = getrandom(data, size, 0);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)size) {
        perror("temporal: getrandom");
        abort();
    }
}

uint64_t tp_random(void)
{
    uint64_t number;

    fill(&number, sizeof(number));
    return number;
}

double tp_random_unit(void)
{
    return (double)(tp_random() >> 11) * 0x1p-53;
}

void tp_uuid_make(char text[TP_UUID_SIZE])
{
    uint64_t halves[2];

    fill(halves, sizeof(halves));
    tp_uuid_format(text, halves[0], halves[1]);
}

void tp_uuid_format(char text[TP_UUID_SIZE], uint64_t high, uint64_t low)
{
    high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
    low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
    snprintf(text, TP_UUID_SIZE,
             "%08" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%012" PRIx64, high >> 32,
             high >> 16 & 0xffff, high & 0xffff, low >> 48, low & UINT64_C(0xffffffffffff));
}
