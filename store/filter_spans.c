/* filter_spans — what of a query can be said of one span of a trace, to find that span in it. */
#include "store/filter_spans.h"

#include "store/filter_tree.h"

/* Outside of braces these are about the trace, which has them from one of its spans. */
static bool is_from_span(const struct filter_node *term)
{
    return (term->field == FIELD_TEXT || term->field == FIELD_ERR) && term->compare != COMPARE_NE &&
           term->compare != COMPARE_NOT_REGEX;
}

/* Moves what is about one span to the parts. As deep as the parser lets brackets nest. */
static void collect(struct filter_node *node, struct node_list *parts)
{
    switch (node->kind) {
    case FILTER_AND:
    case FILTER_OR:
        for (struct filter_node *child = node->child; child != NULL;) {
            struct filter_node *next = child->next;
            child->next = NULL;
            collect(child, parts);
            child = next;
        }
        break;
    case FILTER_SPAN:
        node_list_add(parts, node->child);
        break;
    case FILTER_TERM:
        if (is_from_span(node)) {
            node_list_add(parts, node);
        }
        break;
    case FILTER_NOT:
        break;
    }
}

void filter_of_spans(const struct filter *filter, struct filter *target)
{
    struct node_list parts = {0};
    filter_copy(filter, target);
    if (target->root != NULL) {
        collect(target->root, &parts);
    }
    struct filter_node *any = node_list_end(&target->arena, FILTER_OR, &parts);
    target->root = any != NULL ? node_new(&target->arena, FILTER_SPAN, any) : NULL;
}

void filter_of_text(struct text text, struct filter *target)
{
    struct filter_node *term = node_new(&target->arena, FILTER_TERM, NULL);
    term->field = FIELD_TEXT;
    term->compare = COMPARE_ANY;
    term->values = arena_zero(&target->arena, 1, sizeof *term->values);
    term->value_count = 1;
    term->values[0] = (struct filter_value){
        .text = arena_copy(&target->arena, text), .match = MATCH_CONTAINS, .present = true};
    target->root = node_new(&target->arena, FILTER_SPAN, term);
}
