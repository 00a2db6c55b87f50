/* SPDX-License-Identifier: MIT */
/* dynamic.h -- workflows and activities known only by name, or with any number of arguments.
 *
 * A definition made here takes its arguments as they came, still encoded: read each with
 * temporal_value_get, write the result with temporal_activity_write or temporal_workflow_write.
 * With a NULL name it takes every type that the worker has no other definition for. */
#ifndef TEMPORAL_DYNAMIC_H
#define TEMPORAL_DYNAMIC_H

#include "worker.h"

TEMPORAL_BEGIN

/** TEMPORAL_DYNAMIC_ACTIVITY_DEFINE(body, "name") makes body_activity from
 * temporal_error *body(temporal_activity *, const temporal_value *inputs, size_t, temporal_value *)
 */
#define TEMPORAL_DYNAMIC_ACTIVITY_DEFINE(body, type_name)                               \
    static temporal_error *body(temporal_activity *, const temporal_value *, size_t,    \
                                temporal_value *);                                      \
    TEMPORAL_UNUSED static const temporal_activity_def body##_activity = {              \
        sizeof(temporal_activity_def), type_name, NULL, NULL, NULL, body, 0, NULL, NULL \
    };

/** The same for a workflow: temporal_error *body(temporal_workflow *, void *self, inputs, n,
 * output), with a state of Self and handlers as in TEMPORAL_STATEFUL_WORKFLOW_DEFINE. */
#define TEMPORAL_DYNAMIC_WORKFLOW_DEFINE(body, type_name, Self, ...)                         \
    static temporal_error *body(temporal_workflow *, void *, const temporal_value *, size_t, \
                                temporal_value *);                                           \
    static const temporal_handler_def *const body##_handlers_[] = { __VA_ARGS__, NULL };     \
    TEMPORAL_UNUSED static const temporal_workflow_def body##_workflow = {                   \
        sizeof(temporal_workflow_def),                                                       \
        type_name,                                                                           \
        sizeof(Self),                                                                        \
        NULL,                                                                                \
        NULL,                                                                                \
        NULL,                                                                                \
        body,                                                                                \
        body##_handlers_                                                                     \
    };

/** A signal, query or update of a name, or with a NULL name of every name that has no other:
 * handler is temporal_error *(temporal_workflow *, void *self, const char *name, inputs, n,
 * output). Behind the name, a description may stand. */
#define TEMPORAL_DYNAMIC_SIGNAL_DEFINE(handler, ...) \
    TEMPORAL_DYNAMIC_HANDLER_(handler, TEMPORAL_HANDLER_SIGNAL, __VA_ARGS__, NULL, )
#define TEMPORAL_DYNAMIC_QUERY_DEFINE(handler, ...) \
    TEMPORAL_DYNAMIC_HANDLER_(handler, TEMPORAL_HANDLER_QUERY, __VA_ARGS__, NULL, )
#define TEMPORAL_DYNAMIC_UPDATE_DEFINE(handler, ...) \
    TEMPORAL_DYNAMIC_HANDLER_(handler, TEMPORAL_HANDLER_UPDATE, __VA_ARGS__, NULL, )
/** With a validator: temporal_error *(temporal_workflow *, const void *self, const char *name,
 * inputs, n). */
#define TEMPORAL_DYNAMIC_UPDATE_VALIDATED_DEFINE(handler, validator, ...)             \
    static temporal_error *validator(temporal_workflow *, const void *, const char *, \
                                     const temporal_value *, size_t);                 \
    TEMPORAL_DYNAMIC_HANDLER_WITH_(handler, TEMPORAL_HANDLER_UPDATE, validator, __VA_ARGS__, NULL, )
#define TEMPORAL_DYNAMIC_HANDLER_(handler, kind, ...) \
    TEMPORAL_DYNAMIC_HANDLER_WITH_(handler, kind, NULL, __VA_ARGS__)
#define TEMPORAL_DYNAMIC_HANDLER_WITH_(handler, kind, validator, name, description, ...)  \
    static temporal_error *handler(temporal_workflow *, void *, const char *,             \
                                   const temporal_value *, size_t, temporal_value *);     \
    static const temporal_handler_def handler##_handler = { sizeof(temporal_handler_def), \
                                                            kind,                         \
                                                            name,                         \
                                                            NULL,                         \
                                                            NULL,                         \
                                                            NULL,                         \
                                                            handler,                      \
                                                            NULL,                         \
                                                            validator,                    \
                                                            description };

TEMPORAL_END
#endif
