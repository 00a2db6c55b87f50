/* SPDX-License-Identifier: MIT */
/* record.c -- see record.h. */
#include "record.h"

#include <string.h>

#include "base/message.h"
#include "model.h"

char *record_text(tp_arena *arena, const Tp__Common__Payloads *payloads)
{
    if (!payloads || payloads->n_payloads == 0)
        return tp_arena_strdup(arena, "");
    return tp_arena_strndup(arena, (const char *)payloads->payloads[0]->data.data,
                            payloads->payloads[0]->data.len);
}

static void pack_one(tp_buffer *out, const ProtobufCMessage *message)
{
    const uint32_t size = (uint32_t)protobuf_c_message_get_packed_size(message);

    tp_buffer_append(out, &size, sizeof(size));
    tp_message_pack(out, message);
}

static void pack(record *made, tp_arena *arena, const tp_answer *answer)
{
    tp_buffer out = { 0 };

    made->ended = answer->run_ended;
    made->locals_left = answer->locals_left;
    for (size_t i = 0; i < answer->completed.n_commands; i++)
        pack_one(&out, &answer->completed.commands[i]->base);
    for (size_t i = 0; i < answer->completed.n_messages; i++)
        pack_one(&out, &answer->completed.messages[i]->base);
    made->size = out.size;
    made->bytes = tp_arena_alloc(arena, out.size + 1);
    if (out.size > 0)
        memcpy(made->bytes, out.data, out.size);
    tp_buffer_done(&out);
}

const char *record_ask(char **state, tp_arena *arena, tp_engine *engine,
                       Tp__Ws__PollWorkflowTaskQueueResponse *task)
{
    const char *wrong = NULL;
    tp_answer answer;

    model_ask(arena, task, true);
    tp_engine_activate(engine, task, &answer);
    if (answer.kind != TP_ANSWER_QUERY)
        wrong = tp_arena_format(arena, "a query has an answer of kind %d", (int)answer.kind);
    else if (answer.query.error_message && *answer.query.error_message)
        wrong = tp_arena_format(arena, "the query failed: %s", answer.query.error_message);
    else
        *state = record_text(arena, answer.query.query_result);
    tp_answer_done(&answer);
    return wrong;
}

static const char *read_query(record *made, tp_arena *arena, const tp_answer *answer)
{
    const Tp__Query__WorkflowQueryResult *state;

    if (answer->completed.n_query_results != 1)
        return "the query that came along has no answer";
    state = answer->completed.query_results[0]->value;
    if (state->error_message && *state->error_message)
        return tp_arena_format(arena, "the query failed: %s", state->error_message);
    made->state = record_text(arena, state->answer);
    return NULL;
}

const char *record_read(record *made, tp_arena *arena, const model *server, tp_engine *engine,
                        const tp_answer *answer)
{
    Tp__Ws__PollWorkflowTaskQueueResponse *task;

    if (answer->kind == TP_ANSWER_FAILED)
        return tp_arena_format(arena, "the task failed: %s", answer->failed.failure->message);
    if (answer->kind != TP_ANSWER_COMPLETED)
        return tp_arena_format(arena, "an answer of kind %d", (int)answer->kind);
    pack(made, arena, answer);
    if (made->asked)
        return read_query(made, arena, answer);
    if (answer->run_ended)
        return NULL;
    task = model_poll(server, arena, (int64_t)server->count + 1, server->count); /* no news */
    return record_ask(&made->state, arena, engine, task);
}

const char *record_compare(const record *first, const record *second, tp_arena *arena)
{
    if (first->state && second->state && strcmp(first->state, second->state) != 0)
        return tp_arena_format(arena, "the program is at %s, but was at %s", second->state,
                               first->state);
    if (first->ended != second->ended || first->locals_left != second->locals_left ||
        first->size != second->size || memcmp(first->bytes, second->bytes, first->size) != 0)
        return tp_arena_format(arena,
                               "its commands and messages are not the same bytes (%zu, were %zu)",
                               second->size, first->size);
    return NULL;
}
