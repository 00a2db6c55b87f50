/* SPDX-License-Identifier: MIT */
/* base/log.c -- the one sink, and the lines that stand in for it on stderr. */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"

#define LEVEL_DEFAULT  TEMPORAL_LOG_WARN
#define CONTINUED_LINE "\n    "

static const char *const level_names[] = { "trace", "debug", "info", "warn", "error", "off" };

static pthread_once_t started = PTHREAD_ONCE_INIT;
static atomic_int threshold = LEVEL_DEFAULT;
static temporal_log_fn log_sink; /* set before there are other threads */
static void *log_data;

static void write_all(const char *text, size_t size)
{
    while (size) {
        ssize_t written = write(STDERR_FILENO, text, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* a closed stderr: a log has nobody to complain to */
        text += written;
        size -= (size_t)written;
    }
}

static void read_environment(void)
{
    const char *wanted = getenv("TEMPORAL_LOG");
    char text[256];
    int length;

    if (!wanted || !*wanted)
        return;
    for (int level = TEMPORAL_LOG_TRACE; level <= TEMPORAL_LOG_OFF; level++)
        if (strcasecmp(wanted, level_names[level]) == 0) {
            atomic_store_explicit(&threshold, level, memory_order_relaxed);
            return;
        }
    length = snprintf(text, sizeof(text),
                      "temporal: TEMPORAL_LOG=%.64s: no such level; it is one of trace, debug, "
                      "info, warn, error, off\n",
                      wanted);
    write_all(text, (size_t)length);
}

const char *temporal_log_level_name(temporal_log_level level)
{
    return (int)level >= TEMPORAL_LOG_TRACE && level <= TEMPORAL_LOG_OFF ? level_names[level]
                                                                         : "unknown";
}

void temporal_log_set(temporal_log_level level, temporal_log_fn sink, void *data)
{
    pthread_once(&started, read_environment); /* now, so that it does not overrule this later */
    log_sink = sink;
    log_data = data;
    if ((int)level < TEMPORAL_LOG_TRACE)
        level = TEMPORAL_LOG_TRACE;
    if (level > TEMPORAL_LOG_OFF)
        level = TEMPORAL_LOG_OFF;
    atomic_store_explicit(&threshold, (int)level, memory_order_release);
}

bool tp_log_enabled(temporal_log_level level)
{
    pthread_once(&started, read_environment);
    return level < TEMPORAL_LOG_OFF &&
           (int)level >= atomic_load_explicit(&threshold, memory_order_acquire);
}

/* A record is a line that begins with its time: what a message has of further lines is indented,
 * and what could steer a terminal is masked. */
static void append_message(tp_buffer *line, const char *text)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '\n')
            tp_buffer_append_text(line, text[1] ? CONTINUED_LINE : "");
        else if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            tp_buffer_append_text(line, "?");
        else
            tp_buffer_append(line, text, 1);
    }
}

/* name=value, quoted where a reader (or a program) could not tell where it ends. */
static void append_field(tp_buffer *line, const temporal_log_field *field)
{
    const char *value = field->value ? field->value : "";
    bool bare = *value != '\0';

    for (const char *at = value; *at; at++)
        bare = bare && *at > ' ' && *at < 0x7f && *at != '"' && *at != '=' && *at != '\\';
    tp_buffer_format(line, " %s=", field->name);
    if (bare) {
        tp_buffer_append_text(line, value);
        return;
    }
    tp_buffer_append_text(line, "\"");
    for (; *value; value++) {
        unsigned char byte = (unsigned char)*value;

        if (byte == '"' || byte == '\\')
            tp_buffer_format(line, "\\%c", byte);
        else if (byte == '\n')
            tp_buffer_append_text(line, "\\n");
        else if (byte < ' ' || byte == 0x7f)
            tp_buffer_format(line, "\\x%02x", byte);
        else
            tp_buffer_append(line, value, 1);
    }
    tp_buffer_append_text(line, "\"");
}

static void write_line(const temporal_log_record *record)
{
    struct timespec time = tp_clock_timespec(record->time);
    tp_buffer line = { 0 };
    struct tm date;
    char seconds[32];

    gmtime_r(&time.tv_sec, &date);
    strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &date);
    tp_buffer_format(&line, "%s.%06ldZ %-5s %s: ", seconds, time.tv_nsec / 1000,
                     level_names[record->level], record->target);
    append_message(&line, record->message);
    for (size_t i = 0; i < record->field_count; i++)
        append_field(&line, &record->fields[i]);
    tp_buffer_append_text(&line, "\n");
    write_all((const char *)line.data, line.size);
    tp_buffer_done(&line);
}

static void say(temporal_log_level level, const char *target, const temporal_log_field *fields,
                const char *format, va_list arguments) TEMPORAL_PRINTF(4, 0);

static void say(temporal_log_level level, const char *target, const temporal_log_field *fields,
                const char *format, va_list arguments)
{
    temporal_log_record record = { .level = level, .target = target, .fields = fields };
    int saved = errno; /* to log must not change what the caller is about to report */
    tp_arena memory;

    tp_arena_init(&memory);
    record.time = tp_clock_wall();
    record.message = tp_arena_vformat(&memory, format, arguments);
    while (fields && fields[record.field_count].name)
        record.field_count++;
    if (log_sink)
        log_sink(&record, log_data);
    else
        write_line(&record);
    tp_arena_done(&memory);
    errno = saved;
}

void tp_log(temporal_log_level level, const char *target, const char *format, ...)
{
    va_list arguments;

    if (!tp_log_enabled(level))
        return;
    va_start(arguments, format);
    say(level, target, NULL, format, arguments);
    va_end(arguments);
}

void tp_log_with(temporal_log_level level, const char *target, const temporal_log_field *fields,
                 const char *format, ...)
{
    va_list arguments;

    if (!tp_log_enabled(level))
        return;
    va_start(arguments, format);
    say(level, target, fields, format, arguments);
    va_end(arguments);
}
