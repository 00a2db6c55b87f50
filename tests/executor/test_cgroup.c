/* SPDX-License-Identifier: MIT */
/* tests/executor/test_cgroup.c -- each activity process in a leaf of its own, which ends with it.
 *
 * What the kernel does is tried where this program may make cgroups; what is read and written, in a
 * folder that looks like one, everywhere. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "executor/cgroup.h"
#include "tests/executor/rogue.h"

static const temporal_process_executor no_options;

/* --- a folder that looks like one ------------------------------------------------------------- */

static char folder[128];

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void expect_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "re");
    char found[64] = "";

    assert_non_null(file);
    assert_non_null(fgets(found, sizeof found, file));
    fclose(file);
    assert_string_equal(found, text);
}

static const char *in_folder(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/temporal-cgroup-XXXXXX");
    assert_non_null(mkdtemp(folder));
    put_file(in_folder("cgroup.procs"), "");
    put_file(in_folder("cgroup.subtree_control"), "");
    return 0;
}

static int remove_folder(void **state)
{
    char command[256];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void leaves_are_made_and_removed(void **state)
{
    char prefix[256], leaf[300];
    struct stat found;

    (void)state;
    assert_ok(tp_cgroup_make(folder, 2, 0, prefix, sizeof prefix));
    snprintf(leaf, sizeof leaf, "%s1", prefix);
    assert_int_equal(stat(leaf, &found), 0);
    tp_cgroup_remove(prefix, 2);
    assert_int_equal(stat(leaf, &found), -1);
}

static void a_limit_that_the_folder_cannot_set_is_refused_and_leaves_nothing(void **state)
{
    char prefix[256], leaf[300];
    struct stat found;

    (void)state;
    assert_fails(tp_cgroup_make(folder, 2, 1 << 20, prefix, sizeof prefix), SYSTEM,
                 "cannot set memory.max");
    expect_file(in_folder("cgroup.subtree_control"), "+memory");
    snprintf(leaf, sizeof leaf, "%s0", prefix);
    assert_int_equal(stat(leaf, &found), -1);
    assert_fails(tp_cgroup_make("/nowhere", 1, 0, prefix, sizeof prefix), SYSTEM,
                 "/nowhere is no folder of cgroup v2");
}

static void what_the_kernel_killed_is_counted(void **state)
{
    char prefix[256], path[300];

    (void)state;
    assert_ok(tp_cgroup_make(folder, 1, 0, prefix, sizeof prefix));
    assert_int_equal(tp_cgroup_oom_kills(prefix, 0), 0);
    snprintf(path, sizeof path, "%s0/memory.events", prefix);
    put_file(path, "low 0\nhigh 0\nmax 7\noom 3\noom_kill 2\noom_group_kill 0\n");
    assert_int_equal(tp_cgroup_oom_kills(prefix, 0), 2);
    put_file(path, "nonsense\n");
    assert_int_equal(tp_cgroup_oom_kills(prefix, 0), 0);
}

/* --- the kernel's ----------------------------------------------------------------------------- */

static bool make_real_folder(void)
{
    static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
    struct statfs found;

    for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
        if (statfs(mounts[i], &found) != 0 || found.f_type != CGROUP2_SUPER_MAGIC)
            continue;
        snprintf(folder, sizeof folder, "%s/temporal-test-%d", mounts[i], (int)getpid());
        if (mkdir(folder, 0755) == 0)
            return true;
    }
    return false;
}

static void a_process_lives_in_its_leaf_and_takes_all_with_it(void **state)
{
    struct harness harness;
    struct subject subject;
    pid_t pid, started;
    char text[256];

    (void)state;
    if (!make_real_folder())
        skip();
    snprintf(text, sizeof text, "/%s/temporal-%d-", strrchr(folder, '/') + 1, (int)getpid());
    rogue_options = no_options;
    rogue_options.cgroup = folder;
    rogue_open(&harness, 1);
    rogue_init(&subject, &harness, "cgroup");
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    assert_non_null(memmem(subject.body.data, subject.body.size, text, strlen(text)));
    subject_done(&subject);
    pid = rogue_spawn(&subject, &harness, "daemon", &started);
    kill(pid, SIGKILL);
    subject_wait_end(&subject);
    subject_done(&subject);
    test_wait_for(!rogue_is_alive(started));
    harness_close(&harness);
    rogue_options = no_options;
    test_wait_for(rmdir(folder) == 0); /* only when no leaf is left */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(leaves_are_made_and_removed),
        TEST(a_limit_that_the_folder_cannot_set_is_refused_and_leaves_nothing),
        TEST(what_the_kernel_killed_is_counted),
        cmocka_unit_test(a_process_lives_in_its_leaf_and_takes_all_with_it),
    };
    temporal_error *error = temporal_fork_server_start();

    if (error)
        return temporal_error_report(error);
    return cmocka_run_group_tests_name("process executor: cgroups", tests, NULL, NULL);
}
