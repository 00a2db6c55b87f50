/* SPDX-License-Identifier: MIT */
/* main.c -- compresses every file under a directory: worker and client of the batch job in one
 * program.
 *
 *     batch [--processes N] [--address ADDRESS] [--crash] SOURCE TARGET
 *
 * Ctrl-C cancels the job; no file is left half-written under its final name. --crash makes one
 * process die in mid-file: its attempt is tried again, and goes on where its last heartbeat stood.
 */
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "batch.h"
#include "gzip.h"
#include "progress.h"

typedef struct settings {
    char source[PATH_MAX], target[PATH_MAX];
    const char *address;
    uint32_t processes;
    bool crash;
} settings;

static volatile sig_atomic_t interrupts;

static void on_interrupt(int number)
{
    (void)number;
    if (++interrupts > 1)
        _exit(130); /* the processes of the pool end with us */
}

static int usage(int status)
{
    fprintf(status == EXIT_SUCCESS ? stdout : stderr,
            "usage: batch [--processes N] [--address ADDRESS] [--crash] SOURCE TARGET\n");
    return status;
}

/* False after a message. */
static bool find_directories(settings *self, const char *source, const char *target)
{
    struct stat about;
    size_t size;

    if (!realpath(source, self->source) || stat(self->source, &about) != 0 ||
        !S_ISDIR(about.st_mode)) {
        fprintf(stderr, "batch: %s is not a directory: name one with files to compress\n", source);
        return false;
    }
    mkdir(target, 0777); /* it may be there */
    if (!realpath(target, self->target) || access(self->target, W_OK) != 0) {
        fprintf(stderr, "batch: cannot write to %s: name a directory for the results\n", target);
        return false;
    }
    size = strlen(self->source);
    if (strncmp(self->source, self->target, size) == 0 &&
        (self->target[size] == '/' || self->target[size] == '\0')) {
        fprintf(stderr, "batch: %s is inside of %s: name another directory for the results\n",
                target, source);
        return false;
    }
    return true;
}

/* Unpacks each file and compares: nothing that the job said is believed. */
static size_t verify(const settings *self, size_t *count)
{
    char path[PATH_MAX], packed[2 * PATH_MAX], original[2 * PATH_MAX];
    char *name = NULL;
    size_t capacity = 0, equal = 0;
    FILE *list;

    *count = 0;
    snprintf(path, sizeof path, "%.*s/" BATCH_LIST, PATH_MAX - 32, self->target);
    list = fopen(path, "rb");
    while (list && getdelim(&name, &capacity, '\0', list) > 0) {
        snprintf(packed, sizeof packed, "%s/%s.gz", self->target, name);
        snprintf(original, sizeof original, "%s/%s", self->source, name);
        ++*count;
        if (gzip_equals(packed, original))
            equal++;
        else
            fprintf(stderr, "batch: %s is not what %s was\n", packed, original);
    }
    free(name);
    if (list)
        fclose(list);
    return equal;
}

static uint64_t count_crashes(temporal_worker *worker)
{
    temporal_process_status processes[PROGRESS_PROCESSES];
    const size_t count = temporal_worker_process_status(worker, processes, PROGRESS_PROCESSES);
    uint64_t crashes = 0;

    for (size_t i = 0; i < count && i < PROGRESS_PROCESSES; i++)
        crashes += processes[i].crashes;
    return crashes;
}

static temporal_error *summarise(const settings *self, const batch_summary *summary,
                                 uint64_t crashes, double elapsed)
{
    size_t count, equal;

    printf("files     %d\n", (int)summary->files_done);
    printf("bytes     %.1f MB to %.1f MB in %.1f s (%.1f MB/s)\n", (double)summary->bytes_in / 1e6,
           (double)summary->bytes_out / 1e6, elapsed, (double)summary->bytes_in / 1e6 / elapsed);
    printf("ratio     %.1f %%\n",
           summary->bytes_in > 0 ? 100.0 * (double)summary->bytes_out / (double)summary->bytes_in
                                 : 100.0);
    printf("attempts  %d for %d activities\n", (int)summary->attempts, (int)summary->ranges);
    printf("crashes   %d survived\n", (int)crashes);
    for (size_t i = 0; i < summary->resumptions.count; i++)
        printf("resumed   %s at offset %lld\n", summary->resumptions.items[i].name,
               (long long)summary->resumptions.items[i].offset);
    equal = verify(self, &count);
    printf("verified  %zu/%zu\n", equal, count);

    if (equal != count || count != (size_t)summary->files)
        return temporal_error_new(TEMPORAL_ERROR_APPLICATION, "%zu of %d files are as they were",
                                  equal, (int)summary->files);
    if (self->crash && crashes == 0)
        return temporal_error_new(TEMPORAL_ERROR_APPLICATION, "no process crashed");
    return TEMPORAL_OK;
}

/* Waits for the result, showing how far it is. */
static temporal_error *follow(temporal_handle *handle, temporal_worker *worker,
                              batch_summary *summary)
{
    temporal_error *error;
    bool cancelled = false;
    progress view;

    progress_start(&view);
    for (;;) {
        error = temporal_get_result_within(handle, compress_tree, 0.1, summary);
        if (temporal_error_get_code(error) != TEMPORAL_ERROR_TIMEOUT)
            break;
        temporal_error_free(error);
        if (interrupts > 0 && !cancelled) {
            printf("cancelling; Ctrl-C once more ends it by force\n");
            error = temporal_handle_cancel(handle);
            if (error)
                break;
            cancelled = true;
        }
        /* A moment without an answer is no reason to stop watching. */
        temporal_error_free(progress_show(&view, handle, worker));
    }
    return error;
}

static temporal_error *run_job(const settings *self, temporal_client *client,
                               temporal_worker *worker, const char *queue)
{
    const batch_job job = { self->source, self->target, 2 * (temporal_int)self->processes,
                            self->crash };
    const double start = progress_clock();
    temporal_handle *handle = NULL;
    batch_summary summary;
    temporal_error *error;

    error = temporal_start_workflow(client, compress_tree, job, &handle, .id = queue,
                                    .task_queue = queue);
    if (!error) {
        printf("workflow  %s\n", queue);
        error = follow(handle, worker, &summary);
    }
    if (!error)
        error = summarise(self, &summary, count_crashes(worker), progress_clock() - start);
    temporal_handle_free(handle);
    return error;
}

static temporal_error *work(const settings *self)
{
    char queue[64], list[PATH_MAX + 32];
    temporal_worker *worker = NULL;
    temporal_client *client = NULL;
    temporal_error *error;

    snprintf(queue, sizeof queue, "batch-%d-%lld", getpid(), (long long)time(NULL));
    error = temporal_worker_new(
        &worker, .task_queue = queue, .workflows = TEMPORAL_WORKFLOWS(&compress_tree_workflow),
        .threads = { .activities = TEMPORAL_ACTIVITIES(&list_files_activity) },
        .processes = { .activities = TEMPORAL_ACTIVITIES(&compress_files_activity),
                       .concurrency = self->processes },
        .max_heartbeat_throttle = 0.2);
    if (!error)
        error = temporal_client_connect(&client, self->address);
    if (!error)
        error = temporal_worker_start(worker, client);
    if (!error)
        error = run_job(self, client, worker, queue);

    temporal_worker_free(worker);
    temporal_client_free(client);
    snprintf(list, sizeof list, "%s/" BATCH_LIST, self->target);
    unlink(list);
    return error;
}

int main(int argc, char **argv)
{
    static const struct option options[] = { { "processes", required_argument, NULL, 'p' },
                                             { "address", required_argument, NULL, 'a' },
                                             { "crash", no_argument, NULL, 'c' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    settings self = { .address = getenv("TEMPORAL_ADDRESS"),
                      .processes = processors > 0 ? (uint32_t)processors : 1 };
    const struct sigaction interrupt = { .sa_handler = on_interrupt };
    temporal_error *error;
    int option, status;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'p')
            self.processes = (uint32_t)strtoul(optarg, NULL, 10);
        else if (option == 'a')
            self.address = optarg;
        else if (option == 'c')
            self.crash = true;
        else
            return usage(option == 'h' ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    if (argc - optind != 2 || self.processes == 0 || self.processes > PROGRESS_PROCESSES)
        return usage(EXIT_FAILURE);
    if (!find_directories(&self, argv[optind], argv[optind + 1]))
        return EXIT_FAILURE;
    if (!self.address)
        self.address = "localhost:7233";

    if (!getenv("TEMPORAL_LOG")) /* a crash is told by the progress, too */
        temporal_log_set(TEMPORAL_LOG_ERROR, NULL, NULL);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGTERM, &interrupt, NULL);
    error = work(&self);
    status = temporal_error_report(error);
    return status != EXIT_SUCCESS && interrupts > 0 ? 130 : status;
}
