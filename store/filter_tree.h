/* filter_tree — building the nodes of a filter's tree. */
#ifndef TRACETUI_STORE_FILTER_TREE_H
#define TRACETUI_STORE_FILTER_TREE_H

#include "store/filter.h"

struct filter_node *node_new(struct arena *arena, enum filter_kind kind, struct filter_node *child);

/* A list under construction: children of one AND or OR. */
struct node_list {
    struct filter_node *first;
    struct filter_node **end; /* where the next one is hung, NULL while empty */
    size_t count;
};

void node_list_add(struct node_list *list, struct filter_node *node);
/* Adds node; one of the list's own kind (from brackets) is taken apart. */
void node_list_splice(struct node_list *list, enum filter_kind kind, struct filter_node *node);
/* The list as one node: of the kind, or its only member, or NULL. */
struct filter_node *node_list_end(struct arena *arena, enum filter_kind kind,
                                  const struct node_list *list);

#endif
