/* SPDX-License-Identifier: MIT */
/* bench/engine.c -- what the workflow engine costs, without a server: engine HISTORY.pb ROUNDS
 * prints one line of JSON.
 *
 * HISTORY.pb is of a workflow "sequence", from bench/make_history.py. The last two events of it are
 * cut off, so that the engine has a last task to answer, and its answer can be checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/message.h"
#include "bench/jobs/jobs.h"
#include "workflow/engine.h"

#define RUNS        20000 /* of a no-op */
#define WARM        1000
#define CACHED      5000
#define TASK_EVENTS 3 /* workflow started, its first task scheduled, and started */
#define RUN_ID      "7a0b6f4e-0000-4d9c-8f2b-%012zu"

static tp_engine *make_engine(void)
{
    static const temporal_workflow_def *const definitions[] = { &noop_workflow, &waiting_workflow,
                                                                &sequence_workflow, NULL };
    tp_engine *engine;
    temporal_error *error = tp_engine_new(&engine, &(tp_engine_options){
                                                       .definitions = definitions,
                                                       .namespace_name = "default",
                                                       .task_queue = "bench",
                                                       .max_cached = 2 * CACHED,
                                                   });

    if (error)
        exit(temporal_error_report(error));
    return engine;
}

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Whoever measures an engine that fails measures nothing. */
static void expect(tp_engine *engine, const Tp__Ws__PollWorkflowTaskQueueResponse *task,
                   size_t commands)
{
    tp_answer answer;

    tp_engine_activate(engine, task, &answer);
    if (answer.kind != TP_ANSWER_COMPLETED || answer.completed.n_commands != commands) {
        fprintf(stderr, "engine: an answer of kind %d%s%s\n", (int)answer.kind,
                answer.kind == TP_ANSWER_FAILED ? ": " : "",
                answer.kind == TP_ANSWER_FAILED ? answer.failed.failure->message : "");
        exit(EXIT_FAILURE);
    }
    tp_answer_done(&answer);
}

/* --- replay ----------------------------------------------------------------------------------- */

static void *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    long length;
    void *bytes;

    if (!file || fseek(file, 0, SEEK_END) != 0 || (length = ftell(file)) <= 0) {
        fprintf(stderr, "engine: cannot read %s\n", path);
        exit(EXIT_FAILURE);
    }
    rewind(file);
    bytes = tp_alloc((size_t)length);
    *size = fread(bytes, 1, (size_t)length, file);
    fclose(file);
    return bytes;
}

static Tp__Ws__PollWorkflowTaskQueueResponse make_task(Tp__Common__WorkflowExecution *execution,
                                                       Tp__Common__WorkflowType *type,
                                                       Tp__History__History *history)
{
    Tp__Ws__PollWorkflowTaskQueueResponse task;

    tp__ws__poll_workflow_task_queue_response__init(&task);
    task.workflow_execution = execution;
    task.workflow_type = type;
    task.history = history;
    task.started_event_id = history->events[history->n_events - 1]->event_id;
    task.attempt = 1;
    return task;
}

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;

    return (a > b) - (a < b);
}

/* The whole history, to an engine that has not seen the run: how many events, the seconds of CPU
 * time to decode them, and those to replay them. */
static size_t replay(tp_bytes bytes, double *decoding, double *replaying)
{
    char workflow[] = "sequence-1", run_id[] = "0190d3a4-5c1e-7b1f-9a51-6f1f4cf6d001";
    char type_name[] = "sequence";
    Tp__Common__WorkflowExecution execution;
    Tp__Common__WorkflowType type;
    Tp__Ws__PollWorkflowTaskQueueResponse task;
    Tp__History__History *history;
    tp_engine *engine = make_engine();
    double begun = cpu_seconds();
    size_t events;
    tp_arena arena;

    tp_arena_init(&arena);
    history = tp_message_unpack(&arena, &tp__history__history__descriptor, bytes);
    *decoding = cpu_seconds() - begun;
    if (!history || history->n_events < 2) {
        fprintf(stderr, "engine: that is no history\n");
        exit(EXIT_FAILURE);
    }
    events = history->n_events -= 2;
    tp__common__workflow_execution__init(&execution);
    tp__common__workflow_type__init(&type);
    execution.workflow_id = workflow;
    execution.run_id = run_id;
    type.name = type_name;
    task = make_task(&execution, &type, history);
    begun = cpu_seconds();
    expect(engine, &task, 1);
    *replaying = cpu_seconds() - begun;
    tp_arena_done(&arena);
    tp_engine_free(engine);
    return events;
}

static void measure_replay(tp_bytes bytes, size_t rounds)
{
    double *seconds = tp_alloc_array(rounds, sizeof(double));
    double *whole = tp_alloc_array(rounds, sizeof(double));
    size_t events = 0;

    for (size_t i = 0; i < rounds; i++) {
        events = replay(bytes, &whole[i], &seconds[i]);
        whole[i] += seconds[i];
    }
    qsort(seconds, rounds, sizeof(double), compare);
    qsort(whole, rounds, sizeof(double), compare);
    printf("\"replay_events_per_s\":%.0f,\"replay_decoded_events_per_s\":%.0f}\n",
           (double)events / seconds[rounds / 2], (double)events / whole[rounds / 2]);
    tp_free(seconds);
    tp_free(whole);
}

/* --- first tasks of runs ---------------------------------------------------------------------- */

/* Messages point to what is not const. */
static char workflow_id[] = "bench", encoding[] = "encoding", json[] = "json/plain";
static uint8_t digit = '1';

struct first {
    Tp__Common__WorkflowExecution execution;
    Tp__Common__WorkflowType type;
    Tp__History__History history;
    Tp__History__HistoryEvent *events[TASK_EVENTS], storage[TASK_EVENTS];
    Tp__History__WorkflowExecutionStartedEventAttributes begun;
    Tp__History__WorkflowTaskScheduledEventAttributes scheduled;
    Tp__History__WorkflowTaskStartedEventAttributes started;
    Tp__Common__Payloads input;
    Tp__Common__Payload *payloads[1], payload;
    Tp__Common__Payload__MetadataEntry *entries[1], entry;
    Tp__Pb__Timestamp time;
    Tp__Ws__PollWorkflowTaskQueueResponse task;
    char run_id[64];
};

static void make_payload(struct first *first)
{
    tp__common__payload__metadata_entry__init(&first->entry);
    first->entry.key = encoding;
    first->entry.value = (ProtobufCBinaryData){ sizeof json - 1, (uint8_t *)json };
    first->entries[0] = &first->entry;
    tp__common__payload__init(&first->payload);
    first->payload.n_metadata = 1;
    first->payload.metadata = first->entries;
    first->payload.data = (ProtobufCBinaryData){ 1, &digit };
    first->payloads[0] = &first->payload;
    tp__common__payloads__init(&first->input);
    first->input.n_payloads = 1;
    first->input.payloads = first->payloads;
}

static void make_events(struct first *first)
{
    Tp__History__HistoryEvent *event;

    for (size_t i = 0; i < TASK_EVENTS; i++) {
        first->events[i] = event = &first->storage[i];
        tp__history__history_event__init(event);
        event->event_id = (int64_t)i + 1;
        event->event_time = &first->time;
    }
    event = first->events[0];
    event->event_type = TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_STARTED;
    event->attributes_case =
        TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_EXECUTION_STARTED_EVENT_ATTRIBUTES;
    event->workflow_execution_started_event_attributes = &first->begun;
    event = first->events[1];
    event->event_type = TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_TASK_SCHEDULED;
    event->attributes_case =
        TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_TASK_SCHEDULED_EVENT_ATTRIBUTES;
    event->workflow_task_scheduled_event_attributes = &first->scheduled;
    event = first->events[2];
    event->event_type = TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_TASK_STARTED;
    event->attributes_case =
        TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_TASK_STARTED_EVENT_ATTRIBUTES;
    event->workflow_task_started_event_attributes = &first->started;
}

/* The first task of a new run of that type; another one with each set_run. */
static void make_first(struct first *first, const char *workflow_type)
{
    tp__common__workflow_execution__init(&first->execution);
    first->execution.workflow_id = workflow_id;
    first->execution.run_id = first->run_id;
    tp__common__workflow_type__init(&first->type);
    first->type.name = (char *)(uintptr_t)workflow_type; /* it is only read */
    tp__pb__timestamp__init(&first->time);
    first->time.seconds = 1760000000;
    tp__history__workflow_execution_started_event_attributes__init(&first->begun);
    first->begun.workflow_type = &first->type;
    first->begun.input = &first->input;
    first->begun.attempt = 1;
    first->begun.original_execution_run_id = first->run_id;
    first->begun.first_execution_run_id = first->run_id;
    tp__history__workflow_task_scheduled_event_attributes__init(&first->scheduled);
    tp__history__workflow_task_started_event_attributes__init(&first->started);
    first->started.scheduled_event_id = 2;
    make_payload(first);
    make_events(first);
    tp__history__history__init(&first->history);
    first->history.n_events = TASK_EVENTS;
    first->history.events = first->events;
    first->task = make_task(&first->execution, &first->type, &first->history);
}

static void set_run(struct first *first, size_t number)
{
    snprintf(first->run_id, sizeof first->run_id, RUN_ID, number);
}

static void measure_activations(void)
{
    tp_engine *engine = make_engine();
    struct first first;
    double begun, seconds;

    make_first(&first, "noop");
    for (size_t i = 0; i < WARM; i++) {
        set_run(&first, i);
        expect(engine, &first.task, 1);
    }
    begun = cpu_seconds();
    for (size_t i = 0; i < RUNS; i++) {
        set_run(&first, WARM + i);
        expect(engine, &first.task, 1);
    }
    seconds = cpu_seconds() - begun;
    printf("\"activations_per_s\":%.0f,\"activation_us\":%.3f,", RUNS / seconds,
           seconds / RUNS * 1e6);
    tp_engine_free(engine);
}

/* --- memory ----------------------------------------------------------------------------------- */

static double resident_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long size = 0, resident = 0;

    if (file) {
        if (fscanf(file, "%ld %ld", &size, &resident) != 2)
            resident = 0;
        fclose(file);
    }
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static void measure_memory(void)
{
    tp_engine *engine = make_engine();
    struct first first;
    double before;

    make_first(&first, "waiting");
    for (size_t i = 0; i < 100; i++) {
        set_run(&first, i);
        expect(engine, &first.task, 0);
    }
    before = resident_kib();
    for (size_t i = 100; i < 100 + CACHED; i++) {
        set_run(&first, i);
        expect(engine, &first.task, 0);
    }
    printf("\"cached_run_kib\":%.2f,", (resident_kib() - before) / CACHED);
    tp_engine_free(engine);
}

int main(int argc, char **argv)
{
    size_t rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0, size;
    void *bytes;

    if (rounds == 0) {
        fprintf(stderr, "usage: engine HISTORY.pb ROUNDS\n");
        return EXIT_FAILURE;
    }
    printf("{");
    measure_memory(); /* first: memory that was freed before would be taken again unseen */
    measure_activations();
    bytes = read_file(argv[1], &size);
    measure_replay((tp_bytes){ bytes, size }, rounds);
    tp_free(bytes);
    return EXIT_SUCCESS;
}
