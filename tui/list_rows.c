/* list_rows — the window of trace rows that is in memory, out of millions in the store. */
#include "tui/list_rows.h"

#include <stdlib.h>
#include <string.h>

static void texts_of(struct trace_row *row, struct text *fields[8])
{
    fields[0] = &row->root_operation;
    fields[1] = &row->service;
    fields[2] = &row->services;
    fields[3] = &row->user;
    fields[4] = &row->session;
    fields[5] = &row->client_type;
    fields[6] = &row->error_message;
    fields[7] = &row->error_stack;
}

/* A row that owns its texts, in one block; metadata is left to the opened trace. */
static struct list_row row_copy(const struct trace_row *source)
{
    struct list_row copy = {.row = *source};
    copy.row.metadata = (struct text){0};
    struct text *fields[8];
    texts_of(&copy.row, fields);
    size_t bytes = 1;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        bytes += fields[i]->length;
    }
    copy.block = mem_alloc(bytes);
    char *target = copy.block;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (fields[i]->length > 0) {
            memcpy(target, fields[i]->data, fields[i]->length);
            fields[i]->data = target;
            target += fields[i]->length;
        } else {
            *fields[i] = (struct text){0};
        }
    }
    return copy;
}

static void reserve(struct list_rows *list, size_t more)
{
    if (list->count + more > list->capacity) {
        list->capacity = (list->count + more) * 2;
        list->rows = mem_grow(list->rows, list->capacity * sizeof(*list->rows));
    }
}

void list_rows_append(struct list_rows *list, const struct trace_row *rows, size_t count)
{
    reserve(list, count);
    for (size_t i = 0; i < count; i++) {
        list->rows[list->count++] = row_copy(&rows[i]);
    }
}

void list_rows_prepend(struct list_rows *list, const struct trace_row *rows, size_t count)
{
    if (count == 0) {
        return;
    }
    reserve(list, count);
    memmove(list->rows + count, list->rows, list->count * sizeof(*list->rows));
    for (size_t i = 0; i < count; i++) {
        list->rows[i] = row_copy(&rows[i]);
    }
    list->count += count;
    if (list->base >= 0) {
        list->base = list->base >= (int64_t)count ? list->base - (int64_t)count : -1;
    }
}

void list_rows_reverse(struct list_rows *list)
{
    for (size_t i = 0; i < list->count / 2; i++) {
        struct list_row other = list->rows[list->count - 1 - i];
        list->rows[list->count - 1 - i] = list->rows[i];
        list->rows[i] = other;
    }
    bool at_start = list->at_start;
    list->at_start = list->at_end;
    list->at_end = at_start;
    list->base = list->at_start ? 0 : -1;
}

void list_rows_drop_first(struct list_rows *list, size_t count)
{
    if (count == 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        free(list->rows[i].block);
    }
    list->count -= count;
    memmove(list->rows, list->rows + count, list->count * sizeof(*list->rows));
    list->at_start = false;
    if (list->base >= 0) {
        list->base += (int64_t)count;
    }
}

void list_rows_drop_last(struct list_rows *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(list->rows[--list->count].block);
    }
    list->at_end = list->at_end && count == 0;
}

size_t list_rows_find(const struct list_rows *list, int64_t number)
{
    size_t i = 0;
    while (i < list->count && list->rows[i].row.number != number) {
        i++;
    }
    return i;
}

bool list_rows_update(struct list_rows *list, const struct trace_row *row)
{
    size_t i = list_rows_find(list, row->number);
    if (i == list->count || list->rows[i].row.version == row->version) {
        return false;
    }
    struct list_row old = list->rows[i];
    list->rows[i] = row_copy(row);
    free(old.block);
    return true;
}

void list_rows_clear(struct list_rows *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->rows[i].block);
    }
    free(list->rows);
    *list = (struct list_rows){0};
}
