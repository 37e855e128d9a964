/* filter_wrap — puts terms that ask about one span into FILTER_SPAN nodes. */
#include "store/filter_wrap.h"

#include "store/filter_rules.h"
#include "store/filter_tree.h"

/* True if the node asks about one span and nothing else, so that it can share a FILTER_SPAN. */
static bool is_about_span(const struct filter_node *node)
{
    switch (node->kind) {
    case FILTER_TERM:
        return filter_term_is_span(node);
    case FILTER_NOT: /* "no span is like that": of the trace */
    case FILTER_SPAN:
        return false;
    case FILTER_AND:
    case FILTER_OR:
        break;
    }
    for (const struct filter_node *child = node->child; child != NULL; child = child->next) {
        if (!is_about_span(child)) {
            return false;
        }
    }
    return true;
}

/* The children that ask about a span move into one FILTER_SPAN, at the place of the first. */
static void wrap_and(struct arena *arena, struct filter_node *node)
{
    struct node_list kept = {0};
    struct node_list together = {0};
    struct filter_node *span = NULL;
    for (struct filter_node *child = node->child; child != NULL;) {
        struct filter_node *next = child->next;
        child->next = NULL;
        if (!is_about_span(child)) {
            node_list_add(&kept, filter_wrap(arena, child));
        } else {
            if (span == NULL) {
                span = node_new(arena, FILTER_SPAN, NULL);
                node_list_add(&kept, span);
            }
            node_list_add(&together, child);
        }
        child = next;
    }
    if (span != NULL) {
        span->child = node_list_end(arena, FILTER_AND, &together);
    }
    node->child = kept.first;
}

struct filter_node *filter_wrap(struct arena *arena, struct filter_node *node)
{
    if (is_about_span(node)) {
        return node_new(arena, FILTER_SPAN, node);
    }
    switch (node->kind) {
    case FILTER_TERM:
    case FILTER_SPAN:
        break;
    case FILTER_NOT:
        node->child = filter_wrap(arena, node->child);
        break;
    case FILTER_AND:
        wrap_and(arena, node);
        break;
    case FILTER_OR: {
        struct node_list list = {0};
        for (struct filter_node *child = node->child; child != NULL;) {
            struct filter_node *next = child->next;
            child->next = NULL;
            node_list_add(&list, filter_wrap(arena, child));
            child = next;
        }
        node->child = list.first;
        break;
    }
    }
    return node;
}
