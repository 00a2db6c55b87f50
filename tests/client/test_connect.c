/* SPDX-License-Identifier: MIT */
/* test_connect.c -- clients: connected, refused, copied, freed. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <grpc/grpc.h>

#include "base/error.h"
#include "base/waiter.h"
#include "tests/client/tiny_worker.h"

static void connecting_proves_server_and_namespace(void **state)
{
    temporal_client *client = NULL;

    (void)state;
    assert_ok(temporal_client_connect(&client, test_server_address()));
    assert_string_equal(client->namespace_name, "default");
    assert_contains(client->identity, "@");
    temporal_client_free(client);
}

static void options_are_copied(void **state)
{
    char target[32], namespace_name[] = "default", identity[] = "me", value[] = "v";
    temporal_pair metadata[] = { { "x-mine", value }, { NULL, NULL } };
    temporal_client *client = NULL;

    (void)state;
    snprintf(target, sizeof target, "%s", test_server_address());
    assert_ok(temporal_client_connect(&client, target, .namespace_name = namespace_name,
                                      .identity = identity, .metadata = metadata,
                                      .rpc_timeout = TEST_PATIENCE));
    memset(target, 'x', sizeof target - 1);
    memset(namespace_name, 'x', sizeof namespace_name - 1);
    memset(identity, 'x', sizeof identity - 1);
    value[0] = 'x';
    metadata[0].name = "x-other";
    assert_string_equal(tp_connection_target(client->connection), test_server_address());
    assert_string_equal(client->namespace_name, "default");
    assert_string_equal(client->identity, "me");
    assert_string_equal(client->metadata[0].name, "x-mine");
    assert_string_equal(client->metadata[0].value, "v");
    temporal_client_free(client);
}

static void older_programs_know_fewer_options(void **state)
{
    temporal_client_options options = { .target = test_server_address() };
    temporal_client *client = NULL;

    (void)state;
    options.struct_size = offsetof(temporal_client_options, namespace_name);
    options.namespace_name = "what stands behind its end is not read";
    assert_ok(temporal_client_connect_with(&client, &options));
    assert_string_equal(client->namespace_name, "default");
    temporal_client_free(client);
}

/* --- refused ---------------------------------------------------------------------------------- */

static void nobody_there_is_unavailable_and_named(void **state)
{
    temporal_client *client = NULL;
    char target[32];
    temporal_error *error;

    (void)state;
    snprintf(target, sizeof target, "127.0.0.1:%d", test_free_port());
    error = temporal_client_connect(&client, target, .rpc_timeout = 0.5);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_UNAVAILABLE);
    assert_contains(temporal_error_message(error), target);
    assert_contains(temporal_error_message(temporal_error_cause(error)), "refused");
    assert_null(client);
    temporal_error_free(error);
}

static void a_name_that_does_not_resolve_is_unavailable(void **state)
{
    temporal_client *client = NULL;

    (void)state;
    assert_fails(temporal_client_connect(&client, "nowhere.invalid:7233", .rpc_timeout = 0.5),
                 UNAVAILABLE, "nowhere.invalid:7233");
}

/* A port where connections are taken, and nothing is ever said. */
static void a_silent_port_is_unavailable_in_time(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    const int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    temporal_client *client = NULL;
    char target[32];

    (void)state;
    assert_int_equal(bind(silent, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(silent, 8), 0);
    assert_int_equal(getsockname(silent, (struct sockaddr *)&address, &size), 0);
    snprintf(target, sizeof target, "127.0.0.1:%d", ntohs(address.sin_port));
    assert_fails(temporal_client_connect(&client, target, .rpc_timeout = 0.5), UNAVAILABLE, target);
    close(silent);
}

static void a_namespace_that_does_not_exist_is_not_found(void **state)
{
    temporal_client *client = NULL;
    temporal_error *error;

    (void)state;
    error = temporal_client_connect(&client, test_server_address(), .namespace_name = "nonesuch");
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_NOT_FOUND);
    assert_contains(temporal_error_message(error), "\"nonesuch\"");
    assert_contains(temporal_error_message(error), test_server_address());
    temporal_error_free(error);
    assert_null(client);
}

static void wrong_options_are_refused_at_once(void **state)
{
    const char *target = test_server_address();
    const temporal_pair metadata[] = { { "Bad Name", "x" }, { NULL, NULL } };
    temporal_client *client = NULL;

    (void)state;
    assert_fails(temporal_client_connect(&client, NULL), INVALID_ARGUMENT, "target");
    assert_fails(temporal_client_connect(&client, "localhost"), INVALID_ARGUMENT, "host:port");
    assert_fails(temporal_client_connect(&client, target, .tls.on = true), INVALID_ARGUMENT,
                 "plaintext only");
    assert_fails(temporal_client_connect(&client, target, .tls.ca = "PEM"), INVALID_ARGUMENT,
                 "plaintext only");
    assert_fails(temporal_client_connect(&client, target, .namespace_name = ""), INVALID_ARGUMENT,
                 "namespace");
    assert_fails(temporal_client_connect(&client, target, .namespace_name = "a\nb"),
                 INVALID_ARGUMENT, "namespace");
    assert_fails(temporal_client_connect(&client, target, .identity = "\xff"), INVALID_ARGUMENT,
                 ".identity is not UTF-8");
    assert_fails(temporal_client_connect(&client, target, .metadata = metadata), INVALID_ARGUMENT,
                 "Bad Name");
    assert_fails(temporal_client_connect(&client, target, .rpc_timeout = -1), INVALID_ARGUMENT,
                 ".rpc_timeout");
    assert_null(client);
}

/* --- lazily ----------------------------------------------------------------------------------- */

static temporal_error *describe_nobody(temporal_client *client)
{
    const temporal_workflow_description *description = NULL;
    temporal_handle *handle = NULL;
    temporal_error *error;

    assert_ok(temporal_client_get_handle(client, "nobody", NULL, &handle));
    error = temporal_handle_describe(handle, &description);
    temporal_handle_free(handle);
    return error;
}

static void a_lazy_client_connects_at_its_first_call(void **state)
{
    temporal_client *client = NULL;

    (void)state;
    assert_ok(temporal_client_connect(&client, test_server_address(), .lazy = true));
    assert_fails(describe_nobody(client), NOT_FOUND, "DescribeWorkflowExecution");
    temporal_client_free(client);
}

static void a_lazy_client_learns_at_its_first_call_that_nobody_is_there(void **state)
{
    temporal_client *client = NULL;
    char target[32];

    (void)state;
    snprintf(target, sizeof target, "127.0.0.1:%d", test_free_port());
    assert_ok(temporal_client_connect(&client, target, .lazy = true, .rpc_timeout = 0.5));
    assert_fails(describe_nobody(client), UNAVAILABLE, target);
    temporal_client_free(client);
}

/* --- copies ----------------------------------------------------------------------------------- */

static void a_copy_changes_what_it_is_told_to(void **state)
{
    const temporal_pair metadata[] = { { "x-copy", "yes" }, { NULL, NULL } };
    temporal_client *client = NULL, *copy = NULL;

    (void)state;
    assert_ok(temporal_client_connect(&client, test_server_address(), .identity = "me",
                                      .rpc_timeout = TEST_PATIENCE));
    assert_ok(temporal_client_copy(&copy, client, .namespace_name = "other"));
    assert_string_equal(copy->namespace_name, "other");
    assert_string_equal(copy->identity, "me");
    assert_true(copy->rpc_timeout == TEST_PATIENCE);
    assert_ptr_equal(copy->connection, client->connection);
    temporal_client_free(copy);
    assert_ok(temporal_client_copy(&copy, client, .identity = "you", .metadata = metadata,
                                   .rpc_timeout = 5));
    assert_string_equal(copy->namespace_name, "default");
    assert_string_equal(copy->identity, "you");
    assert_string_equal(copy->metadata[0].name, "x-copy");
    assert_true(copy->rpc_timeout == 5);
    temporal_client_free(copy);
    copy = NULL;
    assert_fails(temporal_client_copy(&copy, client, .namespace_name = ""), INVALID_ARGUMENT, "");
    assert_fails(temporal_client_copy(&copy, NULL, .identity = "x"), INVALID_ARGUMENT, "client");
    assert_null(copy);
    temporal_client_free(client);
}

static void a_copy_works_in_its_own_namespace(void **state)
{
    const char *name = test_unique("namespace"), *id = test_unique("workflow");
    temporal_client *client = test_connect(), *copy = NULL;
    temporal_handle *here = NULL, *there = NULL;
    const temporal_workflow_description *description = NULL;

    (void)state;
    tiny_register_namespace(client, name);
    assert_ok(temporal_client_copy(&copy, client, .namespace_name = name));
    assert_ok(tiny_start(copy, &there, .id = id, .task_queue = "queue"));
    assert_ok(temporal_handle_describe(there, &description));
    assert_ok(temporal_client_get_handle(client, id, NULL, &here));
    assert_fails(temporal_handle_describe(here, &description), NOT_FOUND, "");
    temporal_handle_free(here);
    temporal_handle_free(there);
    temporal_client_free(copy);
    temporal_client_free(client);
}

static void clients_and_handles_are_freed_in_any_order(void **state)
{
    temporal_client *client = test_connect(), *copy = NULL;
    temporal_handle *handle = NULL;
    const temporal_workflow_description *description = NULL;

    (void)state;
    assert_ok(temporal_client_copy(&copy, client, .identity = "copy"));
    assert_ok(temporal_client_get_handle(copy, "nobody", NULL, &handle));
    temporal_client_free(client);
    assert_fails(describe_nobody(copy), NOT_FOUND, "");
    temporal_client_free(copy);
    assert_fails(temporal_handle_describe(handle, &description), NOT_FOUND, "");
    temporal_handle_free(handle);
    temporal_client_free(NULL);
    temporal_handle_free(NULL);
}

/* --- who may call ----------------------------------------------------------------------------- */

static void call_on_loop(void *data)
{
    temporal_client *client = data;

    assert_fails(describe_nobody(client), INVALID_ARGUMENT, "loop");
}

static void the_clients_own_loop_may_not_wait_for_it(void **state)
{
    temporal_client *client = test_connect();

    (void)state;
    tp_loop_call(tp_connection_loop(client->connection), call_on_loop, client);
    temporal_client_free(client);
}

static void where_waiting_is_forbidden_the_reason_is_given(void **state)
{
    const tp_waiter_hooks hooks = { .forbidden = "a workflow makes no calls" };
    temporal_client *client = test_connect(), *other = NULL;

    (void)state;
    tp_waiter_set_hooks(&hooks);
    assert_fails(describe_nobody(client), INVALID_ARGUMENT, "a workflow makes no calls");
    assert_fails(temporal_client_connect(&other, test_server_address()), INVALID_ARGUMENT,
                 "a workflow makes no calls");
    tp_waiter_set_hooks(NULL);
    assert_null(other);
    temporal_client_free(client);
}

/* As in an activity: nothing is freed, and nothing may be left. */
static void an_error_belongs_to_whoever_owns_the_callers_errors(void **state)
{
    temporal_client *client = test_connect(), *other = NULL;
    tp_arena attempt;

    (void)state;
    tp_arena_init(&attempt);
    tp_error_set_owner(&attempt);
    for (int i = 0; i < 3; i++) {
        temporal_error *error = describe_nobody(client);

        assert_true(error->in_arena);
        assert_ptr_equal(error->memory, &attempt);
    }
    assert_int_equal(temporal_error_get_code(temporal_client_connect(&other, test_server_address(),
                                                                     .namespace_name = "nonesuch")),
                     TEMPORAL_ERROR_NOT_FOUND);
    tp_error_set_owner(NULL);
    tp_arena_done(&attempt);
    temporal_client_free(client);
}

/* --- what is left ----------------------------------------------------------------------------- */

static size_t threads_at_start;

static void *nothing(void *data)
{
    return data;
}

/* Behind a first thread, for which a sanitizer may start one of its own. */
static void count_threads_at_start(void)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, nothing, NULL), 0);
    pthread_join(thread, NULL);
    threads_at_start = test_count_threads();
}

static void nothing_is_left_behind(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        temporal_client_free(test_connect());
        test_wait_for(!grpc_is_initialized());
        test_wait_for(test_count_threads() <= threads_at_start);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connecting_proves_server_and_namespace),
        cmocka_unit_test(options_are_copied),
        cmocka_unit_test(older_programs_know_fewer_options),
        cmocka_unit_test(nobody_there_is_unavailable_and_named),
        cmocka_unit_test(a_name_that_does_not_resolve_is_unavailable),
        cmocka_unit_test(a_silent_port_is_unavailable_in_time),
        cmocka_unit_test(a_namespace_that_does_not_exist_is_not_found),
        cmocka_unit_test(wrong_options_are_refused_at_once),
        cmocka_unit_test(a_lazy_client_connects_at_its_first_call),
        cmocka_unit_test(a_lazy_client_learns_at_its_first_call_that_nobody_is_there),
        cmocka_unit_test(a_copy_changes_what_it_is_told_to),
        cmocka_unit_test(a_copy_works_in_its_own_namespace),
        cmocka_unit_test(clients_and_handles_are_freed_in_any_order),
        cmocka_unit_test(the_clients_own_loop_may_not_wait_for_it),
        cmocka_unit_test(where_waiting_is_forbidden_the_reason_is_given),
        cmocka_unit_test(an_error_belongs_to_whoever_owns_the_callers_errors),
        cmocka_unit_test(nothing_is_left_behind),
    };

    count_threads_at_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
