/* SPDX-License-Identifier: MIT */
/* test_batch.c -- the batch job keeps every file, survives a crash, and cancels cleanly. */
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/support.h"

enum {
    SMALL_FILES = 150,
    LARGE = 5 << 20
};

static char folder[] = "/tmp/temporal-batch-XXXXXX";
static char source[64], target[64];

static void write_file(const char *name, size_t size)
{
    char path[128];
    uint32_t random = 12345;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", source, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < size; i++) { /* letters: neither all the same nor all different */
        random = random * 1664525 + 1013904223;
        fputc('a' + (int)(random >> 28), file);
    }
    assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
    char name[128];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(source, sizeof source, "%s/in", folder);
    snprintf(target, sizeof target, "%s/out", folder);
    assert_int_equal(mkdir(source, 0700), 0);
    snprintf(name, sizeof name, "%s/deeper", source);
    assert_int_equal(mkdir(name, 0700), 0);
    for (int i = 0; i < SMALL_FILES; i++) {
        snprintf(name, sizeof name, "%sfile %d", i % 3 ? "" : "deeper/", i);
        write_file(name, (size_t)i * 10);
    }
    write_file("large", LARGE);
    write_file("deeper/just one member", 1 << 20);
    write_file("b\xe4r", 100); /* a name that is not UTF-8 */
    return 0;
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about, (void)kind, (void)place;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static int unfinished, finished;

static int count_entry(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    const char *end = strrchr(path, '.');

    (void)about, (void)place;
    if (kind == FTW_F) {
        finished += end && strcmp(end, ".gz") == 0;
        unfinished += !end || strcmp(end, ".gz") != 0;
    }
    return 0;
}

static void a_crash_costs_one_attempt_and_every_file_is_kept(void **state)
{
    test_process *batch =
        test_process_run(test_build_path("examples/batch"), "--address", test_server_address(),
                         "--processes", "2", "--crash", source, target);
    const char *line;

    (void)state;
    test_process_expect(batch, "files     153");
    test_process_expect(batch, "crashes   1 survived");
    line = test_process_expect(batch, "resumed   large at offset ");
    assert_int_equal(strtoll(line, NULL, 10),
                     3 << 20); /* the first member that ended past the half of it */
    test_process_expect(batch, "verified  153/153");
    assert_int_equal(test_process_wait(batch), 0);
    test_process_free(batch);

    finished = unfinished = 0;
    assert_int_equal(nftw(target, count_entry, 16, FTW_PHYS), 0);
    assert_int_equal(finished, 153);
    assert_int_equal(unfinished, 0);
}

static void an_interrupt_cancels_and_leaves_no_half_written_file(void **state)
{
    char path[160];
    struct stat about;
    test_process *batch;

    (void)state;
    write_file("a large one", 40 << 20); /* comes first, and takes a while */
    assert_int_equal(nftw(target, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
    batch = test_process_run(test_build_path("examples/batch"), "--address", test_server_address(),
                             "--processes", "1", source, target);
    test_process_expect(batch, "workflow  ");
    snprintf(path, sizeof path, "%s/a large one.gz.part", target);
    test_wait_for(stat(path, &about) == 0 && about.st_size > 0);
    test_process_signal(batch, SIGINT);
    assert_int_equal(test_process_wait(batch), 130);
    test_process_free(batch);

    finished = unfinished = 0;
    assert_int_equal(nftw(target, count_entry, 16, FTW_PHYS), 0);
    assert_int_equal(unfinished, 0);
    assert_true(finished < 153);
}

static void what_is_wrong_with_the_directories_is_said(void **state)
{
    const char *program = test_build_path("examples/batch");
    test_process *batch = test_process_run(program, "/nowhere/at/all", target);

    (void)state;
    assert_int_equal(test_process_wait(batch), 1);
    test_process_free(batch);
    batch = test_process_run(program, folder, target); /* results among the sources */
    assert_int_equal(test_process_wait(batch), 1);
    test_process_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_costs_one_attempt_and_every_file_is_kept),
        cmocka_unit_test(an_interrupt_cancels_and_leaves_no_half_written_file),
        cmocka_unit_test(what_is_wrong_with_the_directories_is_said),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
