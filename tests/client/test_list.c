/* SPDX-License-Identifier: MIT */
/* test_list.c -- C5: the runs that a query finds, page by page, and counted. */
#include <string.h>

#include "tests/client/tiny_worker.h"

enum {
    RUNS = 7
};

static temporal_client *client;
static const char *prefix; /* of the ids of this program's runs */
static char all[128];      /* the query that finds them */
static temporal_handle *handles[RUNS];

static int64_t count(const char *query)
{
    int64_t found = -1;

    assert_ok(temporal_client_count_workflows(client, query, &found));
    return found;
}

/* How many of our runs the list has, each once. */
static size_t read_all(temporal_workflow_list *list, bool *seen)
{
    const temporal_workflow_description *run = NULL;
    size_t total = 0;

    for (;;) {
        assert_ok(temporal_workflow_list_next(list, &run));
        if (!run)
            break;
        for (size_t i = 0; i < RUNS; i++) {
            if (strcmp(run->id, temporal_handle_id(handles[i])) != 0)
                continue;
            assert_string_equal(run->run_id, temporal_handle_run_id(handles[i]));
            assert_false(seen[i]);
            seen[i] = true;
        }
        total++;
    }
    assert_ok(temporal_workflow_list_next(list, &run)); /* the end stays the end */
    assert_null(run);
    return total;
}

static void check_pages(int32_t page_size)
{
    const temporal_list_options options = { .struct_size = sizeof options, .page_size = page_size };
    temporal_workflow_list *list = NULL;
    bool seen[RUNS] = { false };

    assert_ok(temporal_client_list_workflows(client, all, &list, &options));
    assert_int_equal(read_all(list, seen), RUNS);
    for (size_t i = 0; i < RUNS; i++)
        assert_true(seen[i]);
    temporal_workflow_list_free(list);
}

static void C5_a_list_has_every_run_once_whatever_the_size_of_its_pages(void **state)
{
    (void)state;
    check_pages(0);
    check_pages(1);
    check_pages(3);
    check_pages(RUNS);
    check_pages(RUNS + 1);
}

static void C5_a_list_may_be_left_early_and_outlives_its_client(void **state)
{
    const temporal_list_options options = { .struct_size = sizeof options, .page_size = 2 };
    const temporal_workflow_description *run = NULL;
    temporal_workflow_list *list = NULL;
    temporal_client *copy = NULL;

    (void)state;
    assert_ok(temporal_client_copy(&copy, client, .identity = "another"));
    assert_ok(temporal_client_list_workflows(copy, all, &list, &options));
    temporal_client_free(copy);
    for (int i = 0; i < 3; i++) {
        assert_ok(temporal_workflow_list_next(list, &run));
        assert_non_null(run);
    }
    temporal_workflow_list_free(list);
    temporal_workflow_list_free(NULL);
}

static void C5_a_listed_run_comes_with_its_memo_and_search_attributes(void **state)
{
    const temporal_workflow_description *run = NULL;
    temporal_workflow_list *list = NULL;
    temporal_string text = NULL;
    temporal_int number = 0;
    char query[128];

    (void)state;
    (void)snprintf(query, sizeof query, "WorkflowId = '%s'", temporal_handle_id(handles[4]));
    assert_ok(temporal_client_list_workflows(client, query, &list, NULL));
    assert_ok(temporal_workflow_list_next(list, &run));
    assert_non_null(run);
    assert_string_equal(run->workflow_type, "work");
    assert_int_equal(run->status, TEMPORAL_STATUS_RUNNING);
    assert_true(run->start_time > 0);
    assert_int_equal(run->close_time, 0);
    assert_int_equal(run->memo_count, 1);
    assert_ok(temporal_value_get(temporal_named_value_find(run->memo, run->memo_count, "note"),
                                 temporal_string, &text));
    assert_string_equal(text, "of the list");
    assert_ok(temporal_value_get(
        temporal_named_value_find(run->search_attributes, run->search_attribute_count, "TestInt"),
        temporal_int, &number));
    assert_int_equal(number, 4);
    assert_null(temporal_named_value_find(run->memo, run->memo_count, "absent"));
    assert_ok(temporal_workflow_list_next(list, &run));
    assert_null(run);
    temporal_workflow_list_free(list);
}

static void C5_a_description_has_the_same(void **state)
{
    const temporal_workflow_description *run = test_describe(handles[2]);
    temporal_string text = NULL;
    temporal_int number = 0;

    (void)state;
    assert_ok(temporal_value_get(temporal_named_value_find(run->memo, run->memo_count, "note"),
                                 temporal_string, &text));
    assert_string_equal(text, "of the list");
    assert_ok(temporal_value_get(
        temporal_named_value_find(run->search_attributes, run->search_attribute_count, "TestInt"),
        temporal_int, &number));
    assert_int_equal(number, 2);
}

static void C5_workflows_are_counted(void **state)
{
    char query[192];

    (void)state;
    assert_int_equal(count(all), RUNS);
    (void)snprintf(query, sizeof query, "%s AND TestInt >= 5", all);
    assert_int_equal(count(query), 2);
    (void)snprintf(query, sizeof query, "%s AND ExecutionStatus = 'Failed'", all);
    assert_int_equal(count(query), 0);
    assert_in_range(count(NULL), RUNS, INT64_MAX);
}

static void C5_counts_are_grouped(void **state)
{
    temporal_workflow_groups *groups = NULL;
    int64_t terminated = 0, running = 0;
    char query[192];

    (void)state;
    (void)snprintf(query, sizeof query, "%s GROUP BY ExecutionStatus", all);
    assert_ok(temporal_client_group_workflows(client, query, &groups));
    assert_int_equal(groups->count, RUNS);
    assert_int_equal(groups->item_count, 2);
    for (size_t i = 0; i < groups->item_count; i++) {
        temporal_string status = NULL;

        assert_int_equal(groups->items[i].value_count, 1);
        assert_ok(temporal_value_get(&groups->items[i].values[0], temporal_string, &status));
        *(strcmp(status, "Running") == 0 ? &running : &terminated) = groups->items[i].count;
    }
    assert_int_equal(running, RUNS - 1);
    assert_int_equal(terminated, 1);
    temporal_workflow_groups_free(groups);
    temporal_workflow_groups_free(NULL);
}

static void C5_a_query_that_is_none_is_refused_with_its_words(void **state)
{
    const temporal_list_options options = { .struct_size = sizeof options, .page_size = -1 };
    const temporal_workflow_description *run = NULL;
    temporal_workflow_groups *groups = NULL;
    temporal_workflow_list *list = NULL;
    temporal_error *error;
    int64_t found = 0;

    (void)state;
    assert_ok(temporal_client_list_workflows(client, "Colour = 'red'", &list, NULL));
    assert_fails(temporal_workflow_list_next(list, &run), INVALID_ARGUMENT,
                 "list workflows where Colour = 'red'");
    error = temporal_workflow_list_next(list, &run);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_INVALID_ARGUMENT);
    assert_non_null(strstr(temporal_error_message(temporal_error_cause(error)), "Colour"));
    temporal_error_free(error);
    assert_null(run);
    temporal_workflow_list_free(list);
    list = NULL;
    assert_fails(temporal_client_count_workflows(client, "((", &found), INVALID_ARGUMENT,
                 "count workflows where ((");
    assert_fails(temporal_client_group_workflows(client, "GROUP BY nothing", &groups),
                 INVALID_ARGUMENT, "");
    assert_fails(temporal_client_list_workflows(client, "\xff", &list, NULL), INVALID_ARGUMENT,
                 "UTF-8");
    assert_fails(temporal_client_list_workflows(client, NULL, &list, &options), INVALID_ARGUMENT,
                 ".page_size");
    assert_fails(temporal_client_list_workflows(NULL, NULL, &list, NULL), INVALID_ARGUMENT,
                 "client is NULL");
    assert_fails(temporal_workflow_list_next(NULL, &run), INVALID_ARGUMENT, "list is NULL");
    assert_null(list);
    assert_null(groups);
}

/* --- fixture: so many runs, one of which has ended, once the server has indexed them ------------
 */

static int open_all(void **state)
{
    const temporal_string note = "of the list";
    char id[96], ended[192];

    (void)state;
    client = test_connect();
    prefix = test_unique("listed");
    (void)snprintf(all, sizeof all, "WorkflowId STARTS_WITH '%s'", prefix);
    for (temporal_int i = 0; i < RUNS; i++) {
        const temporal_entry memo[] = { { "note", temporal_string_type(), &note }, { 0 } };
        const temporal_entry attributes[] = { { "TestInt", temporal_int_type(), &i }, { 0 } };

        (void)snprintf(id, sizeof id, "%s-%d", prefix, (int)i);
        assert_ok(tiny_start(client, &handles[i], .id = id, .task_queue = "nobody", .memo = memo,
                             .search_attributes = attributes));
    }
    assert_ok(temporal_handle_terminate(handles[0], "over", NULL, 0));
    (void)snprintf(ended, sizeof ended, "%s AND ExecutionStatus = 'Terminated'", all);
    test_wait_for(count(all) == RUNS && count(ended) == 1);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < RUNS; i++) {
        temporal_error_free(temporal_handle_terminate(handles[i], "over", NULL, 0));
        temporal_handle_free(handles[i]);
    }
    temporal_client_free(client);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(C5_a_list_has_every_run_once_whatever_the_size_of_its_pages),
        cmocka_unit_test(C5_a_list_may_be_left_early_and_outlives_its_client),
        cmocka_unit_test(C5_a_listed_run_comes_with_its_memo_and_search_attributes),
        cmocka_unit_test(C5_a_description_has_the_same),
        cmocka_unit_test(C5_workflows_are_counted),
        cmocka_unit_test(C5_counts_are_grouped),
        cmocka_unit_test(C5_a_query_that_is_none_is_refused_with_its_words),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
