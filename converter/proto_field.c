/* SPDX-License-Identifier: MIT */
/* converter/proto_field.c -- what protobuf-c's descriptors say, in the words of proto3 JSON. */
#include "converter/proto_field.h"

#include <string.h>

#include "converter/json.h"
#include "google/protobuf/any.pb-c.h"
#include "google/protobuf/duration.pb-c.h"
#include "google/protobuf/empty.pb-c.h"
#include "google/protobuf/field_mask.pb-c.h"
#include "google/protobuf/struct.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "google/protobuf/wrappers.pb-c.h"
#include "temporal/api/common/v1/message.pb-c.h"
#include "temporal/api/errordetails/v1/message.pb-c.h"
#include "temporal/api/failure/v1/message.pb-c.h"
#include "temporal/api/history/v1/message.pb-c.h"
#include "temporal/api/update/v1/message.pb-c.h"

/* --- well-known types ------------------------------------------------------------------------ */

#define NO_TYPE 255

static const struct known {
    const char *name; /* behind "google.protobuf." */
    tp_proto_known kind;
    uint8_t types[6]; /* of the fields 1, 2, ...; NO_TYPE behind them */
} knowns[] = {
    { "Any", TP_PROTO_ANY, { PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, NO_TYPE } },
    { "Timestamp", TP_PROTO_TIMESTAMP, { PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_INT32, NO_TYPE } },
    { "Duration", TP_PROTO_DURATION, { PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_INT32, NO_TYPE } },
    { "FieldMask", TP_PROTO_FIELD_MASK, { PROTOBUF_C_TYPE_STRING, NO_TYPE } },
    { "DoubleValue", TP_PROTO_WRAPPER, { PROTOBUF_C_TYPE_DOUBLE, NO_TYPE } },
    { "FloatValue", TP_PROTO_WRAPPER, { PROTOBUF_C_TYPE_FLOAT, NO_TYPE } },
    { "Int64Value", TP_PROTO_WRAPPER, { PROTOBUF_C_TYPE_INT64, NO_TYPE } },
    { "UInt64Value", TP_PROTO_WRAPPER, { PROTOBUF_C_TYPE_UINT64, NO_TYPE } },
    { "Int32Value", TP_PROTO_WRAPPER, { PROTOBUF_C_TYPE_INT32, NO_TYPE } },
    { "UInt32Value", TP_PROTO_WRAPPER, { PROTOBUF_C_TYPE_UINT32, NO_TYPE } },
    { "BoolValue", TP_PROTO_WRAPPER, { PROTOBUF_C_TYPE_BOOL, NO_TYPE } },
    { "StringValue", TP_PROTO_WRAPPER, { PROTOBUF_C_TYPE_STRING, NO_TYPE } },
    { "BytesValue", TP_PROTO_WRAPPER, { PROTOBUF_C_TYPE_BYTES, NO_TYPE } },
    { "Struct", TP_PROTO_STRUCT, { PROTOBUF_C_TYPE_MESSAGE, NO_TYPE } },
    { "ListValue", TP_PROTO_LIST_VALUE, { PROTOBUF_C_TYPE_MESSAGE, NO_TYPE } },
    { "Value",
      TP_PROTO_VALUE,
      { PROTOBUF_C_TYPE_ENUM, PROTOBUF_C_TYPE_DOUBLE, PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BOOL,
        PROTOBUF_C_TYPE_MESSAGE, PROTOBUF_C_TYPE_MESSAGE } },
};

static bool has_fields(const ProtobufCMessageDescriptor *descriptor, const struct known *known)
{
    for (unsigned i = 0; i < sizeof(known->types) && known->types[i] != NO_TYPE; i++) {
        const ProtobufCFieldDescriptor *field = tp_proto_number(descriptor, i + 1);

        if (!field || field->type != known->types[i] ||
            tp_proto_is_oneof(field) != (known->kind == TP_PROTO_VALUE))
            return false;
    }
    return true;
}

tp_proto_known tp_proto_classify(const ProtobufCMessageDescriptor *descriptor)
{
    static const char package[] = "google.protobuf.";
    const char *name = descriptor->name;

    if (strncmp(name, package, sizeof(package) - 1) != 0)
        return TP_PROTO_ORDINARY;
    name += sizeof(package) - 1;
    for (size_t i = 0; i < sizeof(knowns) / sizeof(knowns[0]); i++)
        if (strcmp(name, knowns[i].name) == 0)
            return has_fields(descriptor, &knowns[i]) ? knowns[i].kind : TP_PROTO_ORDINARY;
    return TP_PROTO_ORDINARY;
}

/* --- fields ---------------------------------------------------------------------------------- */

const ProtobufCFieldDescriptor *tp_proto_number(const ProtobufCMessageDescriptor *descriptor,
                                                unsigned number)
{
    return protobuf_c_message_descriptor_get_field(descriptor, number);
}

/* The next character of a name in camel case: an underscore goes, and what follows it is a capital.
 * 0 at the end. */
static char next_camel(const char **name)
{
    bool capital = false;
    char character;

    for (; **name == '_'; ++*name)
        capital = true;
    character = **name;
    if (!character)
        return 0;
    ++*name;
    return capital && character >= 'a' && character <= 'z' ? (char)(character - 'a' + 'A')
                                                           : character;
}

static bool is_camel(const char *name, const uint8_t *text, size_t size)
{
    char character;

    for (; (character = next_camel(&name)); text++, size--)
        if (size == 0 || *text != (uint8_t)character)
            return false;
    return size == 0;
}

const ProtobufCFieldDescriptor *tp_proto_named(const ProtobufCMessageDescriptor *descriptor,
                                               tp_bytes token)
{
    uint8_t name[128];
    size_t size;

    if (token.size > sizeof(name)) /* nobody's name */
        return NULL;
    tp_json_unescape(token, name, &size);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];

        if (is_camel(field->name, name, size) ||
            (strlen(field->name) == size && memcmp(field->name, name, size) == 0))
            return field;
    }
    return NULL;
}

void tp_proto_camel(tp_buffer *out, const char *name)
{
    char character;

    while ((character = next_camel(&name)))
        tp_buffer_append(out, &character, 1);
}

/* The compiler makes a map's entries a message next to the field, called as it is and Entry. */
bool tp_proto_is_map(const ProtobufCMessageDescriptor *descriptor,
                     const ProtobufCFieldDescriptor *field)
{
    const ProtobufCMessageDescriptor *entry = field->descriptor;
    size_t outer = strlen(descriptor->name), size;
    tp_buffer name = { 0 };
    bool map;

    if (field->type != PROTOBUF_C_TYPE_MESSAGE || field->label != PROTOBUF_C_LABEL_REPEATED ||
        entry->n_fields != 2 || entry->fields[0].id != 1 || entry->fields[1].id != 2 ||
        strcmp(entry->fields[0].name, "key") != 0 || strcmp(entry->fields[1].name, "value") != 0 ||
        strncmp(entry->name, descriptor->name, outer) != 0 || entry->name[outer] != '.')
        return false;
    tp_buffer_append_text(&name, "_"); /* a capital at the start, too */
    tp_buffer_append_text(&name, field->name);
    tp_buffer_append_text(&name, "_entry");
    tp_buffer_append(&name, "", 1);
    size = strlen(entry->name + outer + 1);
    map = is_camel((const char *)name.data, (const uint8_t *)entry->name + outer + 1, size);
    tp_buffer_done(&name);
    return map;
}

bool tp_proto_is_oneof(const ProtobufCFieldDescriptor *field)
{
    return field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
}

bool tp_proto_is_null_value(const ProtobufCFieldDescriptor *field)
{
    const ProtobufCEnumDescriptor *descriptor = field->descriptor;

    return field->type == PROTOBUF_C_TYPE_ENUM &&
           strcmp(descriptor->name, "google.protobuf.NullValue") == 0;
}

size_t tp_proto_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(double);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return sizeof(uint32_t); /* the rest is of 32 bits */
    }
}

void *tp_proto_member(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (uint8_t *)(uintptr_t)message + field->offset;
}

void *tp_proto_quantifier(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (uint8_t *)(uintptr_t)message + field->quantifier_offset;
}

/* --- messages -------------------------------------------------------------------------------- */

ProtobufCMessage *tp_proto_new(tp_arena *arena, const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message;

    if (!descriptor->message_init)
        return NULL;
    message = tp_arena_alloc(arena, descriptor->sizeof_message);
    descriptor->message_init(message);
    return message;
}

static const ProtobufCMessageDescriptor *const any_types[] = {
    &tp__update__request__descriptor,
    &tp__update__response__descriptor,
    &tp__update__acceptance__descriptor,
    &tp__update__rejection__descriptor,
    &tp__common__payload__descriptor,
    &tp__common__payloads__descriptor,
    &tp__common__workflow_execution__descriptor,
    &tp__failure__failure__descriptor,
    &tp__history__history__descriptor,
    &tp__pb__any__descriptor,
    &tp__pb__timestamp__descriptor,
    &tp__pb__duration__descriptor,
    &tp__pb__field_mask__descriptor,
    &tp__pb__empty__descriptor,
    &tp__pb__struct__descriptor,
    &tp__pb__value__descriptor,
    &tp__pb__list_value__descriptor,
    &tp__pb__double_value__descriptor,
    &tp__pb__float_value__descriptor,
    &tp__pb__int64_value__descriptor,
    &tp__pb__uint64_value__descriptor,
    &tp__pb__int32_value__descriptor,
    &tp__pb__uint32_value__descriptor,
    &tp__pb__bool_value__descriptor,
    &tp__pb__string_value__descriptor,
    &tp__pb__bytes_value__descriptor,
    &tp__errordetails__not_found_failure__descriptor,
    &tp__errordetails__workflow_execution_already_started_failure__descriptor,
    &tp__errordetails__namespace_not_active_failure__descriptor,
    &tp__errordetails__namespace_unavailable_failure__descriptor,
    &tp__errordetails__namespace_invalid_state_failure__descriptor,
    &tp__errordetails__namespace_not_found_failure__descriptor,
    &tp__errordetails__namespace_already_exists_failure__descriptor,
    &tp__errordetails__client_version_not_supported_failure__descriptor,
    &tp__errordetails__server_version_not_supported_failure__descriptor,
    &tp__errordetails__cancellation_already_requested_failure__descriptor,
    &tp__errordetails__query_failed_failure__descriptor,
    &tp__errordetails__permission_denied_failure__descriptor,
    &tp__errordetails__resource_exhausted_failure__descriptor,
    &tp__errordetails__system_workflow_failure__descriptor,
    &tp__errordetails__workflow_not_ready_failure__descriptor,
    &tp__errordetails__newer_build_exists_failure__descriptor,
    &tp__errordetails__multi_operation_execution_failure__descriptor,
    &tp__errordetails__activity_execution_already_started_failure__descriptor,
    &tp__errordetails__nexus_operation_execution_already_started_failure__descriptor,
    &tp__errordetails__workflow_task_completion_buffer_lost_failure__descriptor,
};

const ProtobufCMessageDescriptor *tp_proto_find_type(const char *url)
{
    const char *slash = strrchr(url, '/');
    const char *name = slash ? slash + 1 : url;

    for (size_t i = 0; i < sizeof(any_types) / sizeof(any_types[0]); i++)
        if (strcmp(any_types[i]->name, name) == 0)
            return any_types[i];
    return NULL;
}
