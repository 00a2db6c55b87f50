/* SPDX-License-Identifier: MIT */
/* converter/proto_scalar_read.c -- numbers, texts, bytes and enums, from proto3 JSON. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "converter/base64.h"
#include "converter/proto_read.h"

#define SHORT 128 /* longer texts are no number and no name of an enum */
#define SHOWN 40  /* bytes of a text that a message shows */

/* A short text into out, with a NUL; false when it is none. */
static bool short_text(tp_bytes token, char out[SHORT])
{
    size_t size;

    if (token.size > SHORT)
        return false;
    tp_json_unescape(token, (uint8_t *)out, &size);
    out[size] = '\0'; /* the quotes left room */
    return strlen(out) == size;
}

static temporal_error *refuse(const tp_place *place, const char *problem, tp_bytes token)
{
    return tp_place_error(place, "%s: %.*s", problem,
                          (int)(token.size < SHOWN ? token.size : SHOWN), (const char *)token.data);
}

/* --- numbers --------------------------------------------------------------------------------- */

/* A number that stands in quotes, without them; false when the text is none. */
static bool unquote(tp_bytes token, char room[SHORT], tp_bytes *number)
{
    size_t at;

    if (!short_text(token, room))
        return false;
    *number = (tp_bytes){ (const uint8_t *)room, strlen(room) };
    return number->size && (room[0] == '-' || (room[0] >= '0' && room[0] <= '9')) &&
           room[number->size - 1] > ' ' && !tp_json_check(*number, 0, &at);
}

static const char *read_signed(tp_bytes token, int64_t least, int64_t most, int64_t *out)
{
    const char *problem = tp_json_read_int(token, out);

    return problem                       ? problem
           : *out < least || *out > most ? "the number is too large for its type"
                                         : NULL;
}

static const char *read_unsigned(tp_bytes token, uint64_t most, uint64_t *out)
{
    const char *problem = tp_json_read_uint(token, out);

    return problem ? problem : *out > most ? "the number is too large for its type" : NULL;
}

static const char *read_float(tp_bytes token, float *out)
{
    double number;
    const char *problem = tp_json_read_double(token, &number);

    if (problem)
        return problem;
    *out = (float)number;
    return isinf(*out) ? "the number is too large for a float" : NULL;
}

/* NULL, or what is wrong. */
static const char *put_number(tp_bytes token, ProtobufCType type, void *out)
{
    const char *problem;
    int64_t number;
    uint64_t magnitude;
    int32_t number32;
    uint32_t magnitude32;

    switch (type) {
    case PROTOBUF_C_TYPE_DOUBLE:
        return tp_json_read_double(token, out);
    case PROTOBUF_C_TYPE_FLOAT:
        return read_float(token, out);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return tp_json_read_int(token, out);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return tp_json_read_uint(token, out);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        problem = read_unsigned(token, UINT32_MAX, &magnitude);
        if (!problem) {
            magnitude32 = (uint32_t)magnitude;
            memcpy(out, &magnitude32, sizeof(magnitude32));
        }
        return problem;
    default:
        problem = read_signed(token, INT32_MIN, INT32_MAX, &number);
        if (!problem) {
            number32 = (int32_t)number;
            memcpy(out, &number32, sizeof(number32));
        }
        return problem;
    }
}

/* The numbers that JSON does not have. */
static bool put_special(tp_bytes token, ProtobufCType type, void *out)
{
    double number;
    float small;

    if (tp_json_equals(token, "NaN"))
        number = (double)NAN;
    else if (tp_json_equals(token, "Infinity"))
        number = (double)INFINITY;
    else if (tp_json_equals(token, "-Infinity"))
        number = -(double)INFINITY;
    else
        return false;
    small = (float)number;
    if (type == PROTOBUF_C_TYPE_DOUBLE)
        memcpy(out, &number, sizeof(number));
    else
        memcpy(out, &small, sizeof(small));
    return true;
}

static temporal_error *read_number(const tp_place *place, ProtobufCType type, tp_json_kind kind,
                                   tp_bytes token, void *out)
{
    bool floating = type == PROTOBUF_C_TYPE_DOUBLE || type == PROTOBUF_C_TYPE_FLOAT;
    tp_bytes number = token;
    const char *problem;
    char room[SHORT];

    if (kind == TP_JSON_TEXT) {
        if (floating && put_special(token, type, out))
            return NULL;
        if (!unquote(token, room, &number))
            return refuse(place, "expected a number", token);
    } else if (kind != TP_JSON_NUMBER) {
        return tp_proto_expected(place, "a number", kind);
    }
    problem = put_number(number, type, out);
    return problem ? refuse(place, problem, token) : NULL;
}

/* --- enums ----------------------------------------------------------------------------------- */

/* How much of an enumerator's name is that of its enum: "EVENT_TYPE_" of EventType's. */
static size_t prefix_size(const ProtobufCEnumDescriptor *descriptor, const char *enumerator)
{
    const char *at = enumerator;

    for (const char *name = descriptor->short_name; *name; name++) {
        at += *at == '_' && name > descriptor->short_name;
        if ((*at | 0x20) != (*name | 0x20))
            return 0;
        at++;
    }
    return *at == '_' ? (size_t)(at + 1 - enumerator) : 0;
}

/* "WorkflowExecutionStarted" for WORKFLOW_EXECUTION_STARTED. */
static bool is_short_spelling(const char *enumerator, const char *text)
{
    bool first = true;

    for (; *enumerator; enumerator++) {
        char expected = *enumerator;

        if (expected == '_') {
            first = true;
            continue;
        }
        if (!first && expected >= 'A' && expected <= 'Z')
            expected = (char)(expected | 0x20);
        first = false;
        if (*text++ != expected)
            return false;
    }
    return !*text;
}

static bool find_enumerator(const ProtobufCEnumDescriptor *descriptor, const char *name,
                            int32_t *number)
{
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value_by_name(descriptor, name);

    for (unsigned i = 0; !value && i < descriptor->n_values; i++) {
        const char *enumerator = descriptor->values[i].name;
        size_t prefix = prefix_size(descriptor, enumerator);

        if (prefix && is_short_spelling(enumerator + prefix, name))
            value = &descriptor->values[i];
    }
    if (value)
        *number = value->value;
    return value;
}

static temporal_error *read_enum(tp_proto_reader *reader, const tp_place *place,
                                 const ProtobufCFieldDescriptor *field, tp_json_kind kind,
                                 tp_bytes token, void *out)
{
    const ProtobufCEnumDescriptor *descriptor = field->descriptor;
    int32_t number = 0;
    char name[SHORT];

    if (kind == TP_JSON_NULL && tp_proto_is_null_value(field)) {
        memcpy(out, &number, sizeof(number));
        return NULL;
    }
    if (kind != TP_JSON_TEXT)
        return read_number(place, PROTOBUF_C_TYPE_INT32, kind, token, out);
    if ((!short_text(token, name) || !find_enumerator(descriptor, name, &number)) &&
        reader->source != TP_PROTO_JSON_HISTORY)
        return tp_place_error(place, "%.*s is no name of %s",
                              (int)(token.size < SHOWN ? token.size : SHOWN),
                              (const char *)token.data, descriptor->name);
    memcpy(out, &number, sizeof(number));
    return NULL;
}

/* --- texts and bytes ------------------------------------------------------------------------- */

temporal_error *tp_proto_read_text(tp_proto_reader *reader, const tp_place *place, tp_bytes token,
                                   char **text)
{
    char *copy = tp_arena_alloc_large(reader->arena, token.size);
    size_t size;

    if (!copy)
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    tp_json_unescape(token, (uint8_t *)copy, &size);
    copy[size] = '\0';
    if (memchr(copy, '\0', size))
        return tp_place_error(place, "the string holds a NUL, which a C string cannot");
    *text = copy;
    return NULL;
}

/* Both alphabets, with and without padding, as the plain one with it; its size. */
static size_t normalise(uint8_t *text, size_t size)
{
    while (size > 0 && text[size - 1] == '=')
        size--;
    for (size_t i = 0; i < size; i++)
        text[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    while (size % 4 != 0)
        text[size++] = '=';
    return size;
}

static temporal_error *read_bytes(tp_proto_reader *reader, const tp_place *place, tp_bytes token,
                                  ProtobufCBinaryData *out)
{
    uint8_t *data = tp_arena_alloc_large(reader->arena, token.size + 4); /* and its padding */
    size_t size;

    if (!data)
        return tp_error_fixed(TEMPORAL_ERROR_NO_MEMORY);
    tp_json_unescape(token, data, &size);
    size = normalise(data, size);
    if (!tp_base64_read((tp_bytes){ data, size }, data, &size))
        return tp_place_error(place, "expected base64");
    *out = (ProtobufCBinaryData){ .len = size, .data = data };
    return NULL;
}

/* --- all ------------------------------------------------------------------------------------- */

temporal_error *tp_proto_read_scalar(tp_proto_reader *reader, const tp_place *place,
                                     const ProtobufCFieldDescriptor *field, void *out)
{
    tp_json_kind kind = tp_json_peek(&reader->json);
    tp_bytes token = tp_json_token(&reader->json);
    protobuf_c_boolean truth;

    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        if (kind != TP_JSON_BOOL)
            return tp_proto_expected(place, "a bool", kind);
        truth = tp_json_true(token);
        memcpy(out, &truth, sizeof(truth));
        return NULL;
    case PROTOBUF_C_TYPE_STRING:
        if (kind != TP_JSON_TEXT)
            return tp_proto_expected(place, "a string", kind);
        return tp_proto_read_text(reader, place, token, out);
    case PROTOBUF_C_TYPE_BYTES:
        if (kind != TP_JSON_TEXT)
            return tp_proto_expected(place, "a string of base64", kind);
        return read_bytes(reader, place, token, out);
    case PROTOBUF_C_TYPE_ENUM:
        return read_enum(reader, place, field, kind, token, out);
    default:
        return read_number(place, field->type, kind, token, out);
    }
}

temporal_error *tp_proto_read_key(tp_proto_reader *reader, const tp_place *place,
                                  const ProtobufCFieldDescriptor *field, tp_bytes token, void *out)
{
    protobuf_c_boolean truth = tp_json_equals(token, "true");

    if (field->type == PROTOBUF_C_TYPE_STRING)
        return tp_proto_read_text(reader, place, token, out);
    if (field->type != PROTOBUF_C_TYPE_BOOL)
        return read_number(place, field->type, TP_JSON_TEXT, token, out);
    if (!truth && !tp_json_equals(token, "false"))
        return tp_place_error(place, "expected true or false");
    memcpy(out, &truth, sizeof(truth));
    return NULL;
}
