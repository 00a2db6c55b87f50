/* SPDX-License-Identifier: MIT */
/* executor/registry.h -- the activities of a pool, as they stand in its memory.
 *
 * Definitions are static objects, so that in every process that was forked from the same program
 * they stand at the same address. A table of (address, name) therefore carries them all; whoever
 * reads it checks each: that something is mapped there, that it is of that name, and that what it
 * points to is code. A definition in a plugin that was loaded after the fork server had started is
 * not there. */
#ifndef TP_EXECUTOR_REGISTRY_H
#define TP_EXECUTOR_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <temporal/activity.h>

/** How much room it takes. definitions: NULL-terminated. */
size_t tp_registry_size(const temporal_activity_def *const *definitions);
void tp_registry_write(uint8_t *out, const temporal_activity_def *const *definitions);
/** True when the function that function_pointer points to is NULL, or code of this process. */
bool tp_registry_has_code(const void *function_pointer);
/** *definitions is NULL-terminated; tp_free it. SYSTEM names the first that is not there. */
temporal_error *tp_registry_read(const uint8_t *in, size_t size,
                                 const temporal_activity_def ***definitions);

#endif
