/* SPDX-License-Identifier: MIT */
/* executor/settings.c -- what the processes of a pool have to know from their start. */
#include "executor/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "executor/registry.h"

#define NICE_MAX  19
#define COUNT_MAX 65536

/* --- making ----------------------------------------------------------------------------------- */

/* One processor or a range; *at goes behind it. */
static bool parse_range(const char **at, cpu_set_t *processors)
{
    char *end;
    unsigned long first, last;

    if (**at < '0' || **at > '9')
        return false;
    first = last = strtoul(*at, &end, 10);
    if (*end == '-') {
        if (end[1] < '0' || end[1] > '9')
            return false;
        last = strtoul(end + 1, &end, 10);
    }
    if (last < first || last >= CPU_SETSIZE)
        return false;
    for (unsigned long i = first; i <= last; i++)
        CPU_SET(i, processors);
    *at = end;
    return true;
}

static temporal_error *parse_processors(const char *text, cpu_set_t *processors)
{
    cpu_set_t there;
    const char *at = text;

    CPU_ZERO(processors);
    while (parse_range(&at, processors) && *at == ',')
        at++;
    if (*at || at == text || at[-1] == ',')
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "processes.processors: \"%s\" is no list of processors; give "
                                  "numbers and ranges, as in \"0-3,6\"",
                                  text);
    if (sched_getaffinity(0, sizeof there, &there) == 0) {
        CPU_AND(&there, &there, processors);
        if (!CPU_EQUAL(&there, processors))
            return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                      "processes.processors: \"%s\" names processors that this "
                                      "program may not run on",
                                      text);
    }
    return NULL;
}

temporal_error *tp_settings_make(tp_settings *settings, const temporal_process_executor *options)
{
    *settings = (tp_settings){ .nice = options->nice,
                               .core_dumps = options->core_dumps,
                               .one_processor_each = options->one_processor_each,
                               .no_backtrace = options->no_backtrace,
                               .on_start = options->on_start,
                               .on_end = options->on_end };
    if (options->nice < 0 || options->nice > NICE_MAX)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "processes.nice: %d; give 0 to %d", options->nice, NICE_MAX);
    if (options->processors) {
        settings->has_processors = true;
        TEMPORAL_TRY(parse_processors(options->processors, &settings->processors));
    } else if (options->one_processor_each) {
        settings->has_processors = true;
        if (sched_getaffinity(0, sizeof settings->processors, &settings->processors) != 0)
            settings->has_processors = false;
    }
    if (options->cgroup) {
        size_t size = strlen(options->cgroup);

        if (options->cgroup[0] != '/' || size + 32 > sizeof settings->cgroup)
            return temporal_error_new(
                TEMPORAL_ERROR_INVALID_ARGUMENT,
                "processes.cgroup: \"%.100s\" is no absolute path, or too long", options->cgroup);
    }
    while (options->activities[settings->count])
        settings->count++;
    return NULL;
}

/* --- the pool's memory ------------------------------------------------------------------------ */

size_t tp_settings_size(size_t count)
{
    return sizeof(tp_settings) + count * sizeof(tp_attempt_limits);
}

void tp_settings_write(uint8_t *out, const tp_settings *settings,
                       const temporal_process_rules *rules)
{
    memcpy(out, settings, sizeof *settings);
    for (size_t i = 0; i < settings->count; i++) {
        const tp_attempt_limits limits = { .memory = rules[i].memory_limit,
                                           .cpu = tp_clock_nanoseconds(rules[i].cpu_time),
                                           .files = rules[i].open_files };

        memcpy(out + sizeof *settings + i * sizeof limits, &limits, sizeof limits);
    }
}

static temporal_error *refuse_nonsense(void)
{
    return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                              "the settings in the pool's memory make no sense");
}

temporal_error *tp_settings_read(const uint8_t *in, size_t size, tp_settings *settings,
                                 tp_attempt_limits **limits)
{
    if (size < sizeof *settings)
        return refuse_nonsense();
    memcpy(settings, in, sizeof *settings);
    if (settings->count == 0 || settings->count > COUNT_MAX ||
        size < tp_settings_size(settings->count) ||
        !memchr(settings->cgroup, 0, sizeof settings->cgroup))
        return refuse_nonsense();
    if (!tp_registry_has_code(&settings->on_start) || !tp_registry_has_code(&settings->on_end))
        return temporal_error_new(
            TEMPORAL_ERROR_SYSTEM,
            "the fork server does not know processes.on_start or .on_end: it stands in a library "
            "that was loaded after the fork server had started");
    *limits = tp_alloc_array(settings->count, sizeof **limits);
    memcpy(*limits, in + sizeof *settings, settings->count * sizeof **limits);
    return NULL;
}
