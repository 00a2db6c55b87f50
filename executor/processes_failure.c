/* SPDX-License-Identifier: MIT */
/* executor/processes_failure.c -- words for processes that ended. */
#include "executor/processes_failure.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/error.h"
#include "converter/payload.h"

/* clang-format off */
#define PROCESS_END(FIELD)                \
    FIELD(temporal_int, signal)           \
    FIELD(temporal_string, signal_name)   \
    FIELD(temporal_int, exit_code)        \
    FIELD(temporal_int, pid)              \
    FIELD(temporal_bool, core_dumped)     \
    FIELD(temporal_double, user_seconds)  \
    FIELD(temporal_double, system_seconds) \
    FIELD(temporal_int, peak_memory)      \
    FIELD(temporal_int, major_faults)
/* clang-format on */
TEMPORAL_RECORD(process_end, PROCESS_END)

/* "SIGSEGV"; text: room for the others. */
static const char *name_of_signal(int number, char text[32])
{
    const char *name = sigabbrev_np(number);

    if (name)
        (void)snprintf(text, 32, "SIG%s", name);
    else
        (void)snprintf(text, 32, "signal %d", number);
    return text;
}

void tp_processes_describe_end(char *text, size_t size, const tp_process_end *end)
{
    char name[32];

    if (!WIFSIGNALED(end->status))
        (void)snprintf(text, size, "exited with code %d", WEXITSTATUS(end->status));
    else
        (void)snprintf(
            text, size, "was killed by %s (%s)%s", name_of_signal(WTERMSIG(end->status), name),
            sigdescr_np(WTERMSIG(end->status)) ? sigdescr_np(WTERMSIG(end->status)) : "",
            WTERMSIG(end->status) == SIGKILL ? ", perhaps by the kernel, for want of memory" : "");
}

/* How it ended, then the last heartbeat: to concatenate two Payloads messages joins their lists. */
static void add_details(temporal_error *error, const tp_process_end *end, tp_bytes last_beat)
{
    bool signalled = WIFSIGNALED(end->status);
    Tp__Common__Payloads *payloads;
    tp_buffer details = { 0 };
    temporal_error *failed;
    tp_arena memory;
    char name[32] = "";
    process_end record = {
        .signal = signalled ? WTERMSIG(end->status) : 0,
        .signal_name = signalled ? name_of_signal(WTERMSIG(end->status), name) : "",
        .exit_code = signalled ? 0 : WEXITSTATUS(end->status),
        .pid = end->pid,
        .core_dumped = signalled && WCOREDUMP(end->status),
        .user_seconds = end->user_seconds,
        .system_seconds = end->system_seconds,
        .peak_memory = end->peak_memory,
        .major_faults = end->major_faults,
    };

    failed = tp_payloads_encode(&details, &(temporal_argument){ process_end_type(), &record }, 1);
    temporal_error_free(failed); /* cannot be: every such record can be encoded */
    tp_arena_init(&memory);
    failed = tp_payloads_unpack(&memory, last_beat, &payloads);
    if (!failed)
        tp_buffer_append(&details, last_beat.data, last_beat.size);
    temporal_error_free(failed); /* the process wrote nonsense: left out */
    tp_arena_done(&memory);
    tp_error_set_details(error, details.data, details.size);
    tp_buffer_done(&details);
}

static temporal_error *make(const char *type, const char *text)
{
    return temporal_error_application_with(
        TEMPORAL_OPTIONS(temporal_application_error, .type = type), "%s", text);
}

/* What is said of an end, and what it counts as. */
typedef struct judgement {
    temporal_process_cause cause;
    const char *type;
    char text[512];
} judgement;

static bool is_out_of_memory(const tp_process_end *end)
{
    return end->oom_killed ||
           (WIFEXITED(end->status) && WEXITSTATUS(end->status) == TP_EXIT_NO_MEMORY);
}

static bool is_out_of_processor_time(const tp_place *place, const tp_process_end *end)
{
    return WIFSIGNALED(end->status) && WTERMSIG(end->status) == SIGXCPU &&
           tp_processes_rules(place)->cpu_time > 0;
}

/* The worker ended it. */
static void judge_forced(judgement *verdict, const tp_place *place, const char *how)
{
    const char *activity = place->attempt->task.activity_type;
    const temporal_process_rules *rules = tp_processes_rules(place);
    int pid = (int)place->process->pid;

    if (place->process->forced == TP_FORCE_STALLED) {
        verdict->cause = TEMPORAL_CAUSE_STALLED;
        verdict->type = "ActivityStalled";
        (void)snprintf(verdict->text, sizeof verdict->text,
                       "activity %.100s did not get on for %g s (no heartbeat and no progress), so "
                       "its process (pid %d) %s",
                       activity, rules->stall_timeout, pid, how);
        return;
    }
    if (place->process->forced == TP_FORCE_COMMAND) {
        verdict->cause = TEMPORAL_CAUSE_KILLED;
        verdict->type = "ActivityProcessKilled";
        (void)snprintf(
            verdict->text, sizeof verdict->text,
            "activity %.100s: its process (pid %d) was killed by a command to the worker", activity,
            pid);
        return;
    }
    if (place->process->forced == TP_FORCE_TIME) {
        verdict->cause = TEMPORAL_CAUSE_TIME_LIMIT;
        verdict->type = "ActivityTimeLimit";
        (void)snprintf(verdict->text, sizeof verdict->text,
                       "activity %.100s took longer than its %g s, so its process (pid %d) %s",
                       activity, rules->wall_time, pid, how);
        return;
    }
    verdict->cause = TEMPORAL_CAUSE_KILLED;
    verdict->type = "ActivityProcessKilled";
    (void)snprintf(verdict->text, sizeof verdict->text,
                   "activity %.100s did not end within %g s of its cancellation (%s), so its "
                   "process (pid %d) %s",
                   activity, rules->cancel_grace, temporal_cancel_reason_name(place->cancelled),
                   pid, how);
}

static void judge(judgement *verdict, const tp_place *place, const tp_process_end *end)
{
    const tp_process *process = place->process;
    const char *activity = place->attempt->task.activity_type;
    char how[160];

    tp_processes_describe_end(how, sizeof how, end);
    *verdict = (judgement){ TEMPORAL_CAUSE_CRASHED, "ActivityProcessCrashed", "" };
    if (process->slot.violation) {
        (void)snprintf(
            verdict->text, sizeof verdict->text,
            "activity %.100s: its process (pid %d) reported %s, as if something in it wrote "
            "where it should not, and %s",
            activity, (int)end->pid, process->slot.violation, how);
    } else if (is_out_of_memory(end)) {
        verdict->cause = TEMPORAL_CAUSE_OUT_OF_MEMORY;
        verdict->type = "ActivityOutOfMemory";
        (void)snprintf(
            verdict->text, sizeof verdict->text,
            "activity %.100s: its process (pid %d) ran out of memory (it used %lld MiB at "
            "most; its memory_limit is %llu MiB)",
            activity, (int)end->pid, (long long)end->peak_memory >> 20,
            (unsigned long long)tp_processes_rules(place)->memory_limit >> 20);
    } else if (is_out_of_processor_time(place, end)) {
        verdict->cause = TEMPORAL_CAUSE_CPU_LIMIT;
        verdict->type = "ActivityCpuLimit";
        (void)snprintf(verdict->text, sizeof verdict->text,
                       "activity %.100s used up its %g s of processor time, so its process (pid "
                       "%d) %s",
                       activity, tp_processes_rules(place)->cpu_time, (int)end->pid, how);
    } else if (process->forced) {
        judge_forced(verdict, place, how);
    } else {
        (void)snprintf(verdict->text, sizeof verdict->text,
                       "activity %.100s: its process (pid %d) %s", activity, (int)end->pid, how);
    }
}

/* The places of a crash, in the failure's stack trace. Functions stand where they stand here: the
 * process is a fork of this program. */
static void add_stack(temporal_error *error, const tp_process *process)
{
    tp_processes *pool = process->pool;
    uint64_t frames[TP_SLOT_FRAMES];
    size_t count = tp_slot_worker_crash(&process->slot, frames);
    tp_buffer text = { 0 };

    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        tp_crash_places_describe(&pool->crash_places, frames[i], &text);
        tp_buffer_append(&text, "\n", 1);
    }
    text.data[text.size - 1] = '\0';
    tp_error_set_text(error, &error->stack_trace, (const char *)text.data);
    tp_buffer_done(&text);
}

temporal_error *tp_processes_error_ended(const tp_place *place, const tp_process_end *end,
                                         tp_bytes last_beat)
{
    temporal_error *error;
    judgement verdict;

    judge(&verdict, place, end);
    /* Who asked for its end gets what he asked for. */
    if (verdict.cause == TEMPORAL_CAUSE_KILLED && place->cancelled == TEMPORAL_CANCEL_REQUESTED)
        error = temporal_error_new(TEMPORAL_ERROR_CANCELLED, "%s", verdict.text);
    else
        error = temporal_error_application_with(
            TEMPORAL_OPTIONS(temporal_application_error, .type = verdict.type,
                             .non_retryable = (tp_processes_rules(place)->final_causes &
                                               (uint32_t)verdict.cause) != 0),
            "%s", verdict.text);
    add_details(error, end, last_beat);
    if (WIFSIGNALED(end->status))
        add_stack(error, place->process);
    return error;
}

temporal_error *tp_processes_error_abandoned(const tp_attempt *attempt,
                                             const temporal_error *reason)
{
    char text[200];

    (void)reason;
    (void)snprintf(text, sizeof text, "activity %.100s: the worker was ended by force",
                   attempt->task.activity_type);
    return make("ActivityProcessKilled", text);
}

temporal_error *tp_processes_error_lost(const tp_attempt *attempt, const temporal_error *reason)
{
    char text[512];

    (void)snprintf(text, sizeof text, "activity %.100s: %s", attempt->task.activity_type,
                   temporal_error_message(reason));
    return make("ActivityProcessLost", text);
}

temporal_error *tp_processes_error_unborn(const tp_attempt *attempt, const temporal_error *reason)
{
    char text[512];

    (void)snprintf(text, sizeof text, "activity %.100s: there is no process for it: %s",
                   attempt->task.activity_type, temporal_error_message(reason));
    return make("ActivityProcessNotStarted", text);
}

temporal_error *tp_processes_error_cancelled(const tp_attempt *attempt,
                                             temporal_cancel_reason reason)
{
    return temporal_error_new(TEMPORAL_ERROR_CANCELLED,
                              "activity %.100s was cancelled before it began: %s",
                              attempt->task.activity_type, temporal_cancel_reason_name(reason));
}
