/* SPDX-License-Identifier: MIT */
/* base/list: the intrusive list. */
#include "base/list.h"

#include "tests/support/support.h"

struct item {
    int number;
    tp_list link;
};

static void assert_items(tp_list *head, const int *numbers, size_t count)
{
    tp_list *at = head->next;

    for (size_t i = 0; i < count; i++, at = at->next)
        assert_int_equal(tp_list_entry(at, struct item, link)->number, numbers[i]);
    assert_ptr_equal(at, head);
    for (size_t i = count; i-- > 0;)
        assert_int_equal(tp_list_entry((at = at->previous), struct item, link)->number, numbers[i]);
}

static void items_come_out_in_the_order_in_which_they_were_appended(void **state)
{
    struct item items[] = { { .number = 1 }, { .number = 2 }, { .number = 3 }, { .number = 4 } };
    tp_list head;

    (void)state;
    tp_list_init(&head);
    assert_true(tp_list_is_empty(&head));
    assert_null(tp_list_pop(&head));
    for (int i = 0; i < 3; i++)
        tp_list_append(&head, &items[i].link);
    tp_list_prepend(&head, &items[3].link);
    assert_items(&head, (int[]){ 4, 1, 2, 3 }, 4);
    assert_ptr_equal(tp_list_pop(&head), &items[3].link);
    assert_items(&head, (int[]){ 1, 2, 3 }, 3);
    assert_false(tp_list_is_empty(&head));
}

static void an_item_may_be_removed_twice_and_appended_again(void **state)
{
    struct item items[] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };
    tp_list head;

    (void)state;
    tp_list_init(&head);
    for (int i = 0; i < 3; i++)
        tp_list_append(&head, &items[i].link);
    tp_list_remove(&items[1].link);
    tp_list_remove(&items[1].link);
    assert_items(&head, (int[]){ 1, 3 }, 2);
    tp_list_append(&head, &items[1].link);
    assert_items(&head, (int[]){ 1, 3, 2 }, 3);
    while (tp_list_pop(&head))
        ;
    assert_true(tp_list_is_empty(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_the_order_in_which_they_were_appended),
        cmocka_unit_test(an_item_may_be_removed_twice_and_appended_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
