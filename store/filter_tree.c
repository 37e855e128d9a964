/* filter_tree — building, copying, comparing and freeing the tree of a filter. */
#include "store/filter_tree.h"

#include "store/base/expression.h"
#include "store/filter_match.h"

struct filter_node *node_new(struct arena *arena, enum filter_kind kind, struct filter_node *child)
{
    struct filter_node *node = arena_zero(arena, 1, sizeof *node);
    node->kind = kind;
    node->child = child;
    return node;
}

void node_list_add(struct node_list *list, struct filter_node *node)
{
    struct filter_node **end = list->end != NULL ? list->end : &list->first;
    *end = node;
    list->end = &node->next;
    list->count++;
}

void node_list_splice(struct node_list *list, enum filter_kind kind, struct filter_node *node)
{
    if (node->kind != kind) {
        node_list_add(list, node);
        return;
    }
    for (struct filter_node *child = node->child; child != NULL;) {
        struct filter_node *next = child->next;
        child->next = NULL;
        node_list_add(list, child);
        child = next;
    }
}

struct filter_node *node_list_end(struct arena *arena, enum filter_kind kind,
                                  const struct node_list *list)
{
    return list->count <= 1 ? list->first : node_new(arena, kind, list->first);
}

void filter_clear(struct filter *filter)
{
    for (struct filter_regex *regex = filter->regexes; regex != NULL; regex = regex->next) {
        expression_free(regex->compiled);
    }
    arena_clear(&filter->arena);
    *filter = (struct filter){0};
}

static struct filter_value *copy_values(const struct filter_node *node, struct filter *target)
{
    struct filter_value *copies =
        arena_zero(&target->arena, node->value_count, sizeof *node->values);
    for (size_t i = 0; i < node->value_count; i++) {
        struct err_msg ignored;
        copies[i] = node->values[i];
        copies[i].text = arena_copy(&target->arena, node->values[i].text);
        copies[i].regex = NULL;
        /* It compiled before; without the compiled form matching is slower, not wrong. */
        if (node->values[i].regex != NULL &&
            filter_value_compile(&copies[i], target, &ignored) != ERR_OK) {
            copies[i].regex = NULL;
        }
    }
    return copies;
}

/* The list of siblings that starts at node. As deep as the parser lets brackets nest. */
static struct filter_node *copy_nodes(const struct filter_node *node, struct filter *target)
{
    struct filter_node *first = NULL;
    struct filter_node **end = &first;
    for (; node != NULL; node = node->next) {
        struct filter_node *copy = arena_zero(&target->arena, 1, sizeof *copy);
        *copy = *node;
        copy->next = NULL;
        copy->child = copy_nodes(node->child, target);
        copy->path = arena_copy(&target->arena, node->path);
        copy->values = node->value_count > 0 ? copy_values(node, target) : NULL;
        *end = copy;
        end = &copy->next;
    }
    return first;
}

void filter_copy(const struct filter *filter, struct filter *target)
{
    *target = (struct filter){.limit = filter->limit};
    target->source = arena_copy(&target->arena, filter->source);
    target->root = copy_nodes(filter->root, target);
}

static bool values_equal(const struct filter_value *a, const struct filter_value *b)
{
    return text_equals(a->text, b->text) && a->match == b->match && a->present == b->present &&
           a->has_number == b->has_number && a->number == b->number && a->relative == b->relative &&
           a->time_of_day == b->time_of_day && a->has_real == b->has_real &&
           (!a->has_real || a->real == b->real);
}

static bool terms_equal(const struct filter_node *a, const struct filter_node *b)
{
    if (a->field != b->field || a->compare != b->compare || a->value_count != b->value_count ||
        !text_equals(a->path, b->path)) {
        return false;
    }
    for (size_t i = 0; i < a->value_count; i++) {
        if (!values_equal(&a->values[i], &b->values[i])) {
            return false;
        }
    }
    return true;
}

static bool nodes_equal(const struct filter_node *a, const struct filter_node *b)
{
    for (; a != NULL && b != NULL; a = a->next, b = b->next) {
        if (a->kind != b->kind || a->braces != b->braces ||
            (a->kind == FILTER_TERM && !terms_equal(a, b)) || !nodes_equal(a->child, b->child)) {
            return false;
        }
    }
    return a == NULL && b == NULL;
}

bool filter_equals(const struct filter *a, const struct filter *b)
{
    return a->limit == b->limit && nodes_equal(a->root, b->root);
}
