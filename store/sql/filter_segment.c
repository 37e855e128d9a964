/* filter_segment — compiles the tree of a query to tests over the columns of a segment.
 *
 * Names are resolved to their ids first, as for SQL; what the tests say of a row is what
 * filter_sql's conditions say of it. */
#include "store/sql/filter_segment.h"

#include <stdlib.h>

#include "store/sql/filter_names.h"
#include "store/sql/filter_segment_tests.h"
#include "store/sql/filter_terms.h"

/* ---- what can be tested --------------------------------------------------------------------- */

struct column_rule {
    enum filter_field field;
    enum segment_column column;
    enum name_kind kind; /* 0: numbers */
};

static const struct column_rule rules[] = {
    {FIELD_USER, COLUMN_USER, NAME_USER},
    {FIELD_SESSION, COLUMN_SESSION, NAME_SESSION},
    {FIELD_CLIENT, COLUMN_CLIENT, NAME_CLIENT},
    {FIELD_OP, COLUMN_OPERATION, NAME_OPERATION},
    {FIELD_STATUS, COLUMN_STATUS, 0},
    {FIELD_DUR, COLUMN_DURATION, 0},
    {FIELD_SPANS, COLUMN_SPANS, 0},
    {FIELD_ERRORS, COLUMN_ERRORS, 0},
    {FIELD_SINCE, COLUMN_START, 0},
    {FIELD_UNTIL, COLUMN_START, 0},
    {FIELD_AT, COLUMN_START, 0},
};

static const struct column_rule *rule_of(enum filter_field field)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (rules[i].field == field) {
            return &rules[i];
        }
    }
    return NULL;
}

/* The columns that has:error and the like look at. */
static bool property_column(struct text name, enum segment_column *ret_column)
{
    static const struct {
        const char *name;
        enum segment_column column;
    } properties[] = {{"error", COLUMN_STATUS}, {"user", COLUMN_USER}, {"session", COLUMN_SESSION}};
    for (size_t i = 0; i < ARRAY_LEN(properties); i++) {
        if (text_is(name, properties[i].name)) {
            *ret_column = properties[i].column;
            return true;
        }
    }
    return false;
}

static bool can(const struct filter_node *node)
{
    enum segment_column column;
    const struct filter_node *child = node->child;
    switch (node->kind) {
    case FILTER_AND:
    case FILTER_OR:
    case FILTER_NOT:
        for (; child != NULL; child = child->next) {
            if (!can(child)) {
                return false;
            }
        }
        return true;
    case FILTER_SPAN: /* two terms would have to hold for the same span: sets do not know that */
        return child->kind == FILTER_TERM && child->field == FIELD_SERVICE;
    case FILTER_TERM:
        for (size_t i = 0; node->field == FIELD_HAS && i < node->value_count; i++) {
            if (!property_column(node->values[i].text, &column)) {
                return false;
            }
        }
        return node->field == FIELD_HAS || node->field == FIELD_LIMIT ||
               rule_of(node->field) != NULL;
    }
    return false;
}

bool segment_filter_can(const struct filter *filter)
{
    return filter == NULL || filter->root == NULL || can(filter->root);
}

/* ---- building ------------------------------------------------------------------------------- */

struct builder {
    struct reader *reader;
    int64_t now_ns;
    uint32_t columns;
    struct err_msg *why;
};

static enum err build_node(struct builder *builder, const struct filter_node *node,
                           struct segment_test *test);

static bool is_negative(const struct filter_node *term)
{
    return term->compare == COMPARE_NE || term->compare == COMPARE_NOT_REGEX;
}

static enum err set_ids(struct segment_test *test, const int64_t *ids, size_t count,
                        struct err_msg *why)
{
    for (size_t i = 0; i < count; i++) {
        if (ids[i] < 1 || ids[i] > NAME_IDS_LARGEST) {
            return err_set(why, ERR_CORRUPT, "database damaged: a name has no possible number");
        }
        test->bits_largest = ids[i] >= test->bits_largest ? ids[i] + 1 : test->bits_largest;
    }
    test->bits = mem_zero((size_t)test->bits_largest / 64 + 1, sizeof *test->bits);
    for (size_t i = 0; i < count; i++) {
        test->bits[ids[i] / 64] |= UINT64_C(1) << (ids[i] % 64);
    }
    return ERR_OK;
}

static enum err build_names(struct builder *builder, const struct filter_node *term,
                            enum name_kind kind, struct segment_test *test)
{
    int64_t *ids = NULL;
    size_t count = 0;
    enum err err = filter_names_find(builder->reader, term, kind, &ids, &count, builder->why);
    if (err != ERR_OK) {
        return err;
    }
    test->negative = is_negative(term);
    if (test->kind == TEST_IDS && count == 1) {
        test->kind = TEST_RANGE;
        test->low = test->high = ids[0];
    } else {
        err = set_ids(test, ids, count, builder->why);
    }
    free(ids);
    return err;
}

static void build_numbers(const struct filter_node *term, struct segment_test *test)
{
    const struct filter_value *values = term->values;
    test->low = INT64_MIN;
    test->high = INT64_MAX;
    test->kind = TEST_RANGE;
    switch (term->compare) {
    case COMPARE_ANY:
    case COMPARE_EQ:
    case COMPARE_NE:
        test->kind = TEST_LIST;
        test->negative = term->compare == COMPARE_NE;
        test->numbers = mem_alloc((term->value_count + 1) * sizeof *test->numbers);
        for (; test->count < term->value_count; test->count++) {
            test->numbers[test->count] = values[test->count].number;
        }
        break;
    case COMPARE_RANGE:
        test->low = values[0].present ? values[0].number : test->low;
        test->high = values[1].present ? values[1].number : test->high;
        break;
    case COMPARE_LT: /* no number of a trace is the least or the largest there is */
        test->high = values[0].number == INT64_MIN ? INT64_MIN : values[0].number - 1;
        break;
    case COMPARE_LE:
        test->high = values[0].number;
        break;
    case COMPARE_GT:
        test->low = values[0].number == INT64_MAX ? INT64_MAX : values[0].number + 1;
        break;
    case COMPARE_GE:
        test->low = values[0].number;
        break;
    case COMPARE_REGEX:
    case COMPARE_NOT_REGEX:
        test->kind = TEST_LIST; /* the parser refuses this: holds for none */
        test->numbers = mem_alloc(sizeof *test->numbers);
        break;
    }
}

/* has:error,user: one of them. */
static void build_has(struct builder *builder, const struct filter_node *term,
                      struct segment_test *test)
{
    struct segment_test any = {.kind = TEST_OR};
    any.children = mem_zero(term->value_count, sizeof *any.children);
    for (; any.count < term->value_count; any.count++) {
        struct segment_test *child = &any.children[any.count];
        (void)property_column(term->values[any.count].text, &child->column);
        builder->columns |= 1u << child->column;
        child->kind = TEST_RANGE;
        child->low = child->column == COLUMN_STATUS ? STATUS_ERROR : 1;
        child->high = child->column == COLUMN_STATUS ? STATUS_ERROR : INT64_MAX;
    }
    *test = any;
    if (is_negative(term)) {
        *test = (struct segment_test){.kind = TEST_NOT, .count = 1};
        test->children = mem_zero(1, sizeof *test->children);
        test->children[0] = any;
    }
}

static enum err build_term(struct builder *builder, const struct filter_node *term,
                           struct segment_test *test)
{
    const struct column_rule *rule = rule_of(term->field);
    if (term->field == FIELD_SERVICE) {
        builder->columns |= 1u << COLUMN_SERVICE_SET | 1u << COLUMN_SETS;
        *test = (struct segment_test){.kind = TEST_SETS, .column = COLUMN_SERVICE_SET};
        return build_names(builder, term, NAME_SERVICE, test);
    }
    if (term->field == FIELD_HAS) {
        build_has(builder, term, test);
        return ERR_OK;
    }
    if (rule == NULL) { /* limit: says how many, not which */
        *test = (struct segment_test){.kind = TEST_TRUE};
        return ERR_OK;
    }
    builder->columns |= 1u << rule->column;
    *test = (struct segment_test){.kind = TEST_IDS, .column = rule->column};
    if (rule->kind != 0) {
        return build_names(builder, term, rule->kind, test);
    }
    if (rule->column == COLUMN_START) {
        test->kind = TEST_RANGE;
        filter_time_range(term, builder->now_ns, &test->low, &test->high);
    } else {
        build_numbers(term, test);
    }
    return ERR_OK;
}

static enum err build_children(struct builder *builder, const struct filter_node *node,
                               struct segment_test *test)
{
    enum err err = ERR_OK;
    for (const struct filter_node *child = node->child; child != NULL && err == ERR_OK;
         child = child->next) {
        test->children = mem_grow(test->children, (test->count + 1) * sizeof *test->children);
        test->children[test->count] = (struct segment_test){.kind = TEST_TRUE};
        err = build_node(builder, child, &test->children[test->count++]);
    }
    return err;
}

static enum err build_node(struct builder *builder, const struct filter_node *node,
                           struct segment_test *test)
{
    switch (node->kind) {
    case FILTER_AND:
        test->kind = TEST_AND;
        return build_children(builder, node, test);
    case FILTER_OR:
        test->kind = TEST_OR;
        return build_children(builder, node, test);
    case FILTER_NOT:
        test->kind = TEST_NOT;
        return build_children(builder, node, test);
    case FILTER_SPAN:
        return build_term(builder, node->child, test);
    case FILTER_TERM:
        return build_term(builder, node, test);
    }
    return ERR_OK;
}

static void clear_test(struct segment_test *test)
{
    for (size_t i = 0; test->children != NULL && i < test->count; i++) {
        clear_test(&test->children[i]);
    }
    free(test->children);
    free(test->numbers);
    free(test->bits);
}

enum err segment_filter_build(struct reader *reader, const struct filter *filter, int64_t now_ns,
                              struct segment_filter *ret_filter, struct err_msg *why)
{
    struct segment_filter built = {0};
    struct builder builder = {.reader = reader, .now_ns = now_ns, .why = why};
    if (filter != NULL && filter->root != NULL) {
        built.root = mem_zero(1, sizeof *built.root);
        enum err err = build_node(&builder, filter->root, built.root);
        if (err != ERR_OK) {
            segment_filter_clear(&built);
            return err;
        }
    }
    built.columns = builder.columns;
    *ret_filter = built;
    return ERR_OK;
}

void segment_filter_clear(struct segment_filter *filter)
{
    if (filter->root != NULL) {
        clear_test(filter->root);
        free(filter->root);
    }
    *filter = (struct segment_filter){0};
}
