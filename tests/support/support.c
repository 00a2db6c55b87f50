/* SPDX-License-Identifier: MIT */
/* support.c -- what the test programs share. */
#include "tests/support/support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double test_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void test_pause(void)
{
    const struct timespec moment = { .tv_nsec = 5000000 };

    nanosleep(&moment, NULL);
}

void test_fail(const char *file, int line, const char *message)
{
    print_error("%s\n", message);
    _fail(file, line);
}

const char *test_unique(const char *prefix)
{
    static char names[4096][80];
    static unsigned used;
    struct timespec now;
    char *name = names[used % 4096];

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(name, sizeof names[0], "%.40s-%d-%u-%lx", prefix, getpid(), used++,
             (unsigned long)now.tv_nsec);
    return name;
}

/* --- errors -------------------------------------------------------------------------------- */

void test_assert_ok(temporal_error *error, const char *call, const char *file, int line)
{
    if (!error)
        return;
    print_error("%s failed:\n", call);
    temporal_error_print(error, stderr);
    temporal_error_free(error);
    _fail(file, line);
}

void test_assert_fails(temporal_error *error, temporal_error_code code, const char *text,
                       const char *call, const char *file, int line)
{
    if (temporal_error_get_code(error) == code && strstr(temporal_error_message(error), text)) {
        temporal_error_free(error);
        return;
    }
    print_error("%s should have failed with code %d and \"%s\", but:\n", call, (int)code, text);
    if (error)
        temporal_error_print(error, stderr);
    else
        print_error("it succeeded\n");
    temporal_error_free(error);
    _fail(file, line);
}

const temporal_error *test_assert_has(const temporal_error *error, temporal_error_code code,
                                      const char *file, int line)
{
    const temporal_error *found = temporal_error_find(error, code);

    if (found)
        return found;
    print_error("no error of code %d is in this chain:\n", (int)code);
    if (error)
        temporal_error_print(error, stderr);
    _fail(file, line);
    return NULL;
}

void test_assert_contains(const char *text, const char *part, const char *file, int line)
{
    if (text && strstr(text, part))
        return;
    print_error("\"%s\" is not in \"%s\"\n", part, text ? text : "(null)");
    _fail(file, line);
}

/* --- what this program holds --------------------------------------------------------------- */

static size_t count_entries(const char *folder)
{
    DIR *directory = opendir(folder);
    size_t count = 0;

    assert_non_null(directory);
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

size_t test_count_threads(void)
{
    return count_entries("/proc/self/task");
}

size_t test_count_files(void)
{
    return count_entries("/proc/self/fd") - 1; /* not the one that looks */
}

/* 0 when there is no such process any more. */
static pid_t parent_of(pid_t pid)
{
    char path[64], text[512];
    const char *end;
    FILE *file;
    size_t size;

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    file = fopen(path, "re");
    if (!file)
        return 0;
    size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    end = strrchr(text, ')'); /* "pid (name) state parent ...", and the name may hold anything */
    return end && strlen(end) > 4 ? (pid_t)strtol(end + 4, NULL, 10) : 0;
}

static bool descends_from_us(pid_t pid)
{
    for (; pid > 1; pid = parent_of(pid)) {
        if (test_server_owns(pid))
            return false;
        if (parent_of(pid) == getpid())
            return true;
    }
    return false;
}

size_t test_count_children(void)
{
    DIR *directory = opendir("/proc");
    size_t count = 0;

    assert_non_null(directory);
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        const pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        count += pid > 0 && descends_from_us(pid);
    }
    closedir(directory);
    return count;
}
