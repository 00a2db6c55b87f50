/* SPDX-License-Identifier: MIT */
/* payloads.h -- payloads as they come from elsewhere, and what a payload must hold. */
#ifndef TESTS_CONVERTER_PAYLOADS_H
#define TESTS_CONVERTER_PAYLOADS_H

#include "converter/payload.h"
#include "tests/converter/arena.h"
#include "tests/support/support.h"

/** In the arena. */
Tp__Common__Payload *payload_of(const char *encoding, const char *data, size_t size);
/** A json/plain one. */
Tp__Common__Payload *json(const char *text);
void add_metadata(Tp__Common__Payload *payload, const char *key, const char *value);
/** Nothing but an encoding stands beside its data. */
void assert_payload(const Tp__Common__Payload *payload, const char *encoding, const char *data,
                    size_t size);

#endif
