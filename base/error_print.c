/* SPDX-License-Identifier: MIT */
/* base/error_print.c -- an error in words: one line for the chain, then what each link knows beyond
 * it.
 *
 *     workflow order-7 failed: activity charge failed: Insufficient: only 3 left
 *       activity charge: id 5, worker 4711@host, maximum attempts reached
 *       Insufficient: not retryable
 *         <the stack trace that the other side sent>
 */
#include "base/error.h"

#include <stdlib.h>

#define INDENT_LINK  2
#define INDENT_TRACE 4

static const char *code_text(temporal_error_code code)
{
    static const char *const texts[] = { [TEMPORAL_ERROR_NONE] = "ok",
#define X(name, text) [TEMPORAL_ERROR_##name] = (text),
                                         TEMPORAL_ERRORS(X)
#undef X
    };

    return texts[code];
}

static const char *timeout_text(temporal_timeout_type type)
{
    switch (type) {
    case TEMPORAL_TIMEOUT_START_TO_CLOSE:
        return "start to close";
    case TEMPORAL_TIMEOUT_SCHEDULE_TO_START:
        return "schedule to start";
    case TEMPORAL_TIMEOUT_SCHEDULE_TO_CLOSE:
        return "schedule to close";
    case TEMPORAL_TIMEOUT_HEARTBEAT:
        return "heartbeat";
    case TEMPORAL_TIMEOUT_UNSPECIFIED:
        break;
    }
    return NULL;
}

static const char *retry_text(temporal_retry_state state)
{
    switch (state) {
    case TEMPORAL_RETRY_STATE_IN_PROGRESS:
        return "retry in progress";
    case TEMPORAL_RETRY_STATE_NON_RETRYABLE_FAILURE:
        return "failure is not retryable";
    case TEMPORAL_RETRY_STATE_TIMEOUT:
        return "no time left to retry";
    case TEMPORAL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED:
        return "maximum attempts reached";
    case TEMPORAL_RETRY_STATE_RETRY_POLICY_NOT_SET:
        return "no retry policy";
    case TEMPORAL_RETRY_STATE_INTERNAL_SERVER_ERROR:
        return "internal server error";
    case TEMPORAL_RETRY_STATE_CANCEL_REQUESTED:
        return "cancellation was requested";
    case TEMPORAL_RETRY_STATE_UNSPECIFIED:
        break;
    }
    return NULL;
}

/* Text from elsewhere: its further lines are indented, and what could steer a terminal is masked.
 */
static void append_text(tp_buffer *out, const char *text, int indent)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '\n' && text[1])
            tp_buffer_format(out, "\n%*s", indent, "");
        else if (byte >= ' ' && byte != 0x7f)
            tp_buffer_append(out, text, 1);
        else if (byte != '\n')
            tp_buffer_append(out, byte == '\t' ? "\t" : "?", 1);
    }
}

static bool has(const char *text)
{
    return text && *text;
}

/* What failed, for a link that only says so and whose cause says why: its message is boilerplate of
 * whichever SDK or server wrote it. NULL: the message is worth reading. */
static const char *subject(const temporal_error *error, const char **name)
{
    *name = NULL;
    if (error->code == TEMPORAL_ERROR_ACTIVITY) {
        *name = has(error->activity_type) ? error->activity_type : error->activity_id;
        return has(*name) ? "activity" : NULL;
    }
    if (error->code == TEMPORAL_ERROR_CHILD_WORKFLOW) {
        *name = has(error->workflow_type) ? error->workflow_type : error->workflow_id;
        return has(*name) ? "child workflow" : NULL;
    }
    return NULL;
}

static void append_summary(tp_buffer *out, const temporal_error *error)
{
    const char *name, *kind = subject(error, &name);

    if (kind) {
        tp_buffer_format(out, "%s ", kind);
        append_text(out, name, INDENT_LINK);
        tp_buffer_append_text(out, " failed");
        if (error->cause)
            return;
        tp_buffer_append_text(out, ": ");
    }
    if (has(error->type)) {
        append_text(out, error->type, INDENT_LINK);
        if (has(error->message))
            tp_buffer_append_text(out, ": ");
    }
    if (has(error->message))
        append_text(out, error->message, INDENT_LINK);
    else if (!has(error->type))
        tp_buffer_append_text(out, code_text(error->code));
    if (timeout_text(error->timeout_type))
        tp_buffer_format(out, " (%s)", timeout_text(error->timeout_type));
}

/* ", id 5": nothing for a text that is not there. */
static void append_fact(tp_buffer *out, const char *label, const char *text)
{
    if (!has(text))
        return;
    tp_buffer_append_text(out, out->size ? ", " : "");
    tp_buffer_append_text(out, label);
    append_text(out, text, INDENT_TRACE);
}

static void append_facts(tp_buffer *facts, const temporal_error *error)
{
    if (error->code == TEMPORAL_ERROR_ACTIVITY) {
        append_fact(facts, "id ", error->activity_id);
        append_fact(facts, "worker ", error->identity);
    } else {
        append_fact(facts, "workflow ", error->workflow_type);
        append_fact(facts, "id ", error->workflow_id);
        append_fact(facts, "run ", error->run_id);
    }
    append_fact(facts, "", retry_text(error->retry_state));
    append_fact(facts, "", error->non_retryable ? "not retryable" : NULL);
    if (error->next_retry_delay > 0)
        tp_buffer_format(facts, "%snext retry after %g s", facts->size ? ", " : "",
                         error->next_retry_delay);
    if (error->rpc_status)
        tp_buffer_format(facts, "%sgRPC status %d", facts->size ? ", " : "", error->rpc_status);
}

static void append_detail(tp_buffer *out, const temporal_error *error)
{
    const char *name, *kind = subject(error, &name);
    tp_buffer facts = { 0 };

    append_facts(&facts, error);
    if (facts.size || has(error->stack_trace)) {
        tp_buffer_format(out, "%*s", INDENT_LINK, "");
        if (kind)
            tp_buffer_format(out, "%s ", kind);
        append_text(out,
                    kind               ? name
                    : has(error->type) ? error->type
                                       : code_text(error->code),
                    INDENT_TRACE);
        tp_buffer_append_text(out, facts.size ? ": " : ":");
        tp_buffer_append(out, facts.data, facts.size);
        tp_buffer_append_text(out, "\n");
    }
    if (has(error->stack_trace)) {
        tp_buffer_format(out, "%*s", INDENT_TRACE, "");
        append_text(out, error->stack_trace, INDENT_TRACE);
        tp_buffer_append_text(out, "\n");
    }
    tp_buffer_done(&facts);
}

/* The whole chain on one line, then a line of facts for each link that has some. */
static void describe(const temporal_error *error, tp_buffer *out)
{
    const temporal_error *link;

    if (!error)
        tp_buffer_append_text(out, code_text(TEMPORAL_ERROR_NONE));
    for (link = error; link; link = link->cause) {
        append_summary(out, link);
        tp_buffer_append_text(out, link->cause ? ": " : "");
    }
    tp_buffer_append_text(out, "\n");
    for (link = error; link; link = link->cause)
        append_detail(out, link);
}

void temporal_error_print(const temporal_error *error, FILE *to)
{
    tp_buffer text = { 0 };

    describe(error, &text);
    fwrite(text.data, 1, text.size, to); /* at once, so that lines of other threads stay apart */
    tp_buffer_done(&text);
}

int temporal_error_report(temporal_error *error)
{
    if (!error)
        return EXIT_SUCCESS;
    temporal_error_print(error, stderr);
    temporal_error_free(error);
    return EXIT_FAILURE;
}
