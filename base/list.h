/* SPDX-License-Identifier: MIT */
/* base/list.h -- an intrusive doubly linked list: a member of what it links, so it allocates
 * nothing.
 *
 *     struct task { tp_list link; ... };
 *     for (tp_list *at = head.next; at != &head; at = at->next)
 *         struct task *task = tp_list_entry(at, struct task, link);
 */
#ifndef TP_BASE_LIST_H
#define TP_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tp_list {
    struct tp_list *next, *previous;
} tp_list;

#define tp_list_entry(at, type, member) ((type *)(void *)((char *)(at)-offsetof(type, member)))

static inline void tp_list_init(tp_list *list)
{
    list->next = list->previous = list;
}

static inline bool tp_list_is_empty(const tp_list *head)
{
    return head->next == head;
}

/* A member that is in no list is linked to itself, so it may be removed again. */
static inline void tp_list_remove(tp_list *item)
{
    item->previous->next = item->next;
    item->next->previous = item->previous;
    tp_list_init(item);
}

static inline void tp_list_append(tp_list *head, tp_list *item)
{
    item->previous = head->previous;
    item->next = head;
    head->previous->next = item;
    head->previous = item;
}

static inline void tp_list_prepend(tp_list *head, tp_list *item)
{
    tp_list_append(head->next, item);
}

/* NULL when it is empty. */
static inline tp_list *tp_list_pop(tp_list *head)
{
    tp_list *first = head->next;

    if (first == head)
        return NULL;
    tp_list_remove(first);
    return first;
}

#endif
