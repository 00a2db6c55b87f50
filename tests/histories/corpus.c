/* SPDX-License-Identifier: MIT */
/* corpus.c -- the histories of this folder. */
#include "tests/histories/corpus.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "converter/proto_field.h"
#include "converter/proto_json.h"
#include "tests/support/support.h"

#define TEXT_MOST ((size_t)1 << 20)

static glob_t found;

const char *const *corpus_files(void)
{
    if (!found.gl_pathv)
        assert_int_equal(glob(test_source_path("tests/histories/*.json"), 0, NULL, &found), 0);
    return (const char *const *)found.gl_pathv;
}

char *corpus_text(tp_arena *arena, const char *file)
{
    char *text = tp_arena_alloc(arena, TEXT_MOST);
    FILE *stream = fopen(file, "rb");
    size_t size;

    assert_non_null(stream);
    size = fread(text, 1, TEXT_MOST - 1, stream);
    assert_true(feof(stream));
    fclose(stream);
    text[size] = '\0';
    return text;
}

Tp__History__History *corpus_read(tp_arena *arena, const char *file)
{
    const char *text = corpus_text(arena, file);
    ProtobufCMessage *message = NULL;

    assert_ok(tp_proto_json_read(arena, &tp__history__history__descriptor,
                                 (tp_bytes){ (const uint8_t *)text, strlen(text) },
                                 TP_PROTO_JSON_HISTORY, &message));
    return (Tp__History__History *)message;
}

static void walk_values(const ProtobufCFieldDescriptor *field, uint8_t *values, size_t count,
                        corpus_visit visit, void *data)
{
    for (size_t i = 0; i < count; i++) {
        void *value = values + i * tp_proto_size(field);

        if (field->type != PROTOBUF_C_TYPE_MESSAGE)
            visit(field, value, data);
        else if (*(ProtobufCMessage **)value)
            corpus_walk(*(ProtobufCMessage **)value, visit, data);
    }
}

void corpus_walk(ProtobufCMessage *message, corpus_visit visit, void *data)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        void *values = tp_proto_member(message, field);
        uint32_t which = field->id;
        size_t count = 1;

        if (tp_proto_is_oneof(field))
            memcpy(&which, tp_proto_quantifier(message, field), sizeof(which));
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            memcpy(&count, tp_proto_quantifier(message, field), sizeof(count));
            values = *(void **)values;
        }
        if (which == field->id)
            walk_values(field, values, count, visit, data);
    }
}
