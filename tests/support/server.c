/* SPDX-License-Identifier: MIT */
/* server.c -- the real Temporal dev server, for tests. */
#include "tests/support/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/support.h"

/* Clang takes two texts in a row for a forgotten comma where a table is made of them. */
#define NO_UNWRITTEN_EVENTS "history.sendTransientOrSpeculativeWorkflowTaskEvents=false"

enum {
    STARTS = 5
}; /* somebody else may take the port between our look and the server's */

struct test_dev_server {
    test_dev_server *next;
    pid_t owner; /* the program that started it, for its children run our exit handler, too */
    pid_t pid;   /* 0: not running */
    int output;  /* what it printed: memory, not a file */
    int port;
    char address[32];
    char database[64];           /* "" for none */
    const char *const *settings; /* of its own; NULL: none */
};

static test_dev_server *servers;

int test_free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(probe >= 0);
    assert_int_equal(bind(probe, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&address, &size), 0);
    close(probe);
    return ntohs(address.sin_port);
}

int test_server_owns(pid_t pid)
{
    for (const test_dev_server *server = servers; server; server = server->next)
        if (server->pid == pid)
            return 1;
    return 0;
}

static void stop(test_dev_server *server)
{
    if (!server->pid)
        return;
    kill(server->pid, SIGKILL);
    while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    server->pid = 0;
}

static void stop_all(void)
{
    while (servers && servers->owner == getpid())
        test_dev_server_free(servers);
}

const char *test_server_cli(void)
{
    const char *given = getenv("TEMPORAL_TEST_CLI");
    const char *built = test_source_path("build/venv/bin/temporal");

    if (given && *given)
        return given;
    return access(built, X_OK) == 0 ? built : "temporal";
}

static void spawn(test_dev_server *server)
{
    char port[16];
    const char *argv[64] = { test_server_cli(), "server", "start-dev",     "--headless",
                             "--log-level",     "error",  "--ip",          "127.0.0.1",
                             "--port",          port,     "--db-filename", server->database };
    static const char *const lifted[] = { "history.transferProcessorMaxPollRPS=100000",
                                          "history.timerProcessorMaxPollRPS=100000",
                                          "history.visibilityProcessorMaxPollRPS=100000",
                                          "frontend.rps=1000000", "frontend.namespaceRPS=1000000",
                                          "frontend.namespaceBurstRatio=10",
                                          "frontend.globalNamespaceRPS=0",
                                          /* as older servers do */
                                          NO_UNWRITTEN_EVENTS };
    static const char *const attributes[] = { "TestKeyword=Keyword", "TestInt=Int", "TestBool=Bool",
                                              "TestList=KeywordList", "TestText=Text" };
    size_t count = server->database[0] ? 12 : 10;

    for (size_t i = 0; i < sizeof lifted / sizeof lifted[0]; i++) {
        argv[count++] = "--dynamic-config-value";
        argv[count++] = lifted[i];
    }
    for (size_t i = 0; server->settings && server->settings[i]; i++) {
        argv[count++] = "--dynamic-config-value";
        argv[count++] = server->settings[i];
    }
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        argv[count++] = "--search-attribute";
        argv[count++] = attributes[i];
    }
    argv[count] = NULL;
    snprintf(port, sizeof port, "%d", server->port);
    if (ftruncate(server->output, 0) != 0 || lseek(server->output, 0, SEEK_SET) != 0)
        fail_msg("the memory for the server's output: %s", strerror(errno));
    server->pid = test_spawn(argv, -1, server->output, server->output);
}

/* False when it ended instead. It says where it serves once it does. */
static bool wait_until_ready(test_dev_server *server)
{
    const double deadline = test_clock() + TEST_PATIENCE;
    char text[4096];
    int status;

    for (;;) {
        const ssize_t size = pread(server->output, text, sizeof text - 1, 0);

        text[size > 0 ? size : 0] = '\0';
        if (strstr(text, "Temporal Server:"))
            return true;
        if (waitpid(server->pid, &status, WNOHANG) == server->pid) {
            server->pid = 0;
            print_error("%s ended:\n%s\n", test_server_cli(), text);
            return false;
        }
        if (test_clock() > deadline)
            fail_msg("%s does not come up:\n%s", test_server_cli(), text);
        test_pause();
    }
}

/* on_port 0: any. */
static void start(test_dev_server *server, int on_port)
{
    for (int i = 0; i < STARTS; i++) {
        server->port = on_port ? on_port : test_free_port();
        spawn(server);
        if (wait_until_ready(server))
            break;
    }
    if (!server->pid)
        fail_msg("%s cannot be started: set TEMPORAL_TEST_CLI, or TEMPORAL_TEST_ADDRESS to use a "
                 "server that runs",
                 test_server_cli());
    snprintf(server->address, sizeof server->address, "127.0.0.1:%d", server->port);
}

static test_dev_server *new_server(bool with_database, const char *const *settings)
{
    test_dev_server *server = calloc(1, sizeof *server);

    assert_non_null(server);
    if (!servers)
        atexit(stop_all);
    server->owner = getpid();
    server->settings = settings;
    server->output = memfd_create("server-output", MFD_CLOEXEC);
    assert_true(server->output >= 0);
    if (with_database) {
        int file;

        snprintf(server->database, sizeof server->database, "/tmp/temporal-test-XXXXXX");
        file = mkstemp(server->database);
        assert_true(file >= 0);
        close(file);
        unlink(server->database); /* the server wants to make it itself */
    }
    server->next = servers;
    servers = server;
    start(server, 0);
    return server;
}

test_dev_server *test_dev_server_start(void)
{
    return new_server(true, NULL);
}

test_dev_server *test_dev_server_start_with(const char *const *settings)
{
    return new_server(false, settings);
}

const char *test_dev_server_address(const test_dev_server *server)
{
    return server->address;
}

void test_dev_server_freeze(test_dev_server *server)
{
    siginfo_t info;

    assert_int_equal(kill(server->pid, SIGSTOP), 0);
    /* Its threads go on until each has seen it. */
    assert_int_equal(waitid(P_PID, (id_t)server->pid, &info, WSTOPPED), 0);
}

void test_dev_server_kill(test_dev_server *server)
{
    stop(server);
}

void test_dev_server_restart(test_dev_server *server)
{
    stop(server);
    start(server, server->port);
}

void test_dev_server_free(test_dev_server *server)
{
    static const char *const endings[] = { "", "-wal", "-shm", "-journal" };
    char path[96];

    if (!server)
        return;
    stop(server);
    for (test_dev_server **link = &servers; *link; link = &(*link)->next)
        if (*link == server) {
            *link = server->next;
            break;
        }
    for (size_t i = 0; server->database[0] && i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(path, sizeof path, "%s%s", server->database, endings[i]);
        unlink(path);
    }
    close(server->output);
    free(server);
}

const char *test_server_address(void)
{
    static test_dev_server *shared;
    const char *given = getenv("TEMPORAL_TEST_ADDRESS");

    if (given && *given)
        return given;
    if (!shared)
        shared = new_server(false, NULL);
    return shared->address;
}
