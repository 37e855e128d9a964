/* filter_sql — compiles the tree of a query to conditions over `trace t`.
 *
 * Every condition is literal SQL; values are bound. A term on a name (user, operation, service,
 * ...) first finds the ids of all matching names in the dictionary, so that rows compare integers
 * and the indexes on those integers can be used. Terms on a span become EXISTS over `span s`, with
 * `body b` joined only where a condition looks at it. */
#include "store/sql/filter_sql.h"

#include <stdlib.h>

#include "store/sql/filter_terms.h"

static enum err compile_node(struct compiler *compiler, const struct filter_node *node);

static enum err compile_span(struct compiler *compiler, const struct filter_node *node)
{
    struct query inside = {0};
    struct compiler span = *compiler;
    span.out = &inside;
    span.in_span = true;
    enum err err = compile_node(&span, node->child);
    if (err == ERR_OK) {
        struct query *out = compiler->out;
        query_add(out, "EXISTS (SELECT 1 FROM span s");
        query_add(out, span.needs_body ? " JOIN body b ON b.id = s.body" : "");
        query_add(out, " WHERE s.trace = t.number AND ");
        query_add_query(out, &inside);
        query_add(out, ")");
    }
    query_clear(&inside);
    return err;
}

/* SQLite's parser keeps what a bracket begins with on a stack of 100: AND needs no brackets within
 * OR, and NOT stands behind its child. Conditions may be NULL (a trace without a user); NOT makes
 * that false, so that -user:x also finds those. */
static enum err compile_children(struct compiler *compiler, const struct filter_node *node)
{
    enum err err = ERR_OK;
    for (const struct filter_node *child = node->child; child != NULL && err == ERR_OK;
         child = child->next) {
        if (child != node->child) {
            query_add(compiler->out, node->kind == FILTER_OR ? " OR " : " AND ");
        }
        err = node->kind == FILTER_OR && child->kind == FILTER_AND
                  ? compile_children(compiler, child)
                  : compile_node(compiler, child);
    }
    query_add(compiler->out, node->kind == FILTER_NOT ? " IS NOT TRUE" : "");
    return err;
}

/* Adds one condition that may stand beside AND, and before IS. */
static enum err compile_node(struct compiler *compiler, const struct filter_node *node)
{
    bool brackets =
        node->kind == FILTER_AND || node->kind == FILTER_OR || node->kind == FILTER_TERM;
    enum err err = ERR_OK;
    compiler->strength = ANCHOR_NONE;
    query_add(compiler->out, brackets ? "(" : "");
    if (node->kind == FILTER_TERM) {
        err = filter_term_add(compiler, node);
    } else if (node->kind == FILTER_SPAN && !compiler->in_span) {
        err = compile_span(compiler, node);
    } else {
        err = compile_children(compiler, node);
    }
    query_add(compiler->out, brackets ? ")" : "");
    if (node->kind != FILTER_TERM) {
        compiler->strength = ANCHOR_NONE;
    }
    return err;
}

/* One condition of the outermost AND. */
struct part {
    struct query query;
    enum filter_anchor strength;
};

static void join_parts(const struct part *parts, size_t count, struct filter_sql *ret_sql)
{
    size_t best = 0;
    if (count == 0) {
        return;
    }
    for (size_t i = 1; i < count; i++) {
        best = parts[i].strength > parts[best].strength ? i : best;
    }
    for (size_t i = 0; i < count; i++) {
        bool anchors =
            parts[i].strength == ANCHOR_TIME || (i == best && parts[i].strength != ANCHOR_NONE);
        struct query *target = anchors ? &ret_sql->anchor : &ret_sql->rest;
        query_add(target, " AND ");
        query_add_query(target, &parts[i].query);
        ret_sql->has_rest |= !anchors;
    }
    ret_sql->strength = parts[best].strength;
}

enum err filter_sql_build(struct reader *reader, const struct filter *filter, int64_t now_ns,
                          struct filter_sql *ret_sql, struct err_msg *why)
{
    const struct filter_node *root = filter != NULL ? filter->root : NULL;
    if (root == NULL) {
        *ret_sql = (struct filter_sql){0};
        return ERR_OK;
    }
    const struct filter_node *first = root->kind == FILTER_AND ? root->child : root;
    struct part *parts = NULL;
    size_t count = 0;
    enum err err = ERR_OK;
    for (const struct filter_node *node = first; node != NULL && err == ERR_OK;
         node = root->kind == FILTER_AND ? node->next : NULL) {
        if (node->kind == FILTER_TERM && node->field == FIELD_LIMIT) {
            continue;
        }
        parts = mem_grow(parts, (count + 1) * sizeof *parts);
        parts[count] = (struct part){0};
        struct compiler compiler = {
            .reader = reader, .now_ns = now_ns, .out = &parts[count].query, .why = why};
        err = compile_node(&compiler, node);
        parts[count++].strength = compiler.strength;
    }
    if (err == ERR_OK) {
        *ret_sql = (struct filter_sql){0};
        join_parts(parts, count, ret_sql);
    }
    for (size_t i = 0; i < count; i++) {
        query_clear(&parts[i].query);
    }
    free(parts);
    return err;
}

enum err filter_sql_of_span(struct reader *reader, const struct filter_node *node, int64_t now_ns,
                            struct query *target, bool *ret_needs_body, struct err_msg *why)
{
    struct compiler compiler = {
        .reader = reader, .now_ns = now_ns, .out = target, .in_span = true, .why = why};
    enum err err = ERR_OK;
    if (node != NULL) {
        query_add(target, "ifnull(");
        err = compile_node(&compiler, node);
        query_add(target, ", 0)");
    } else {
        query_add(target, "1");
    }
    *ret_needs_body = compiler.needs_body;
    return err;
}

void filter_sql_clear(struct filter_sql *sql)
{
    query_clear(&sql->anchor);
    query_clear(&sql->rest);
    *sql = (struct filter_sql){0};
}
