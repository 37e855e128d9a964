/* saved_filters — queries with names, in a file that people may edit and share. */
#include "tui/saved_filters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(struct saved_filters *filters, struct text name, struct text query)
{
    struct saved_filter filter = {arena_copy(&filters->arena, name),
                                  arena_copy(&filters->arena, query)};
    for (size_t i = 0; i < filters->count; i++) {
        if (text_equals(filters->list[i].name, name)) {
            filters->list[i] = filter;
            return;
        }
    }
    if (filters->count < SAVED_FILTERS_LARGEST) {
        filters->list[filters->count++] = filter;
    }
}

void saved_filters_load(struct saved_filters *filters, const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return;
    }
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, file)) > 0) {
        const char *tab = memchr(line, '\t', (size_t)length);
        if (tab != NULL && tab > line) {
            size_t name_length = (size_t)(tab - line);
            put(filters, text_make(line, name_length),
                text_trim(text_make(tab + 1, (size_t)length - name_length - 1)));
        }
    }
    free(line);
    fclose(file);
}

/* The folders above the file. */
static void make_folders(const char *path)
{
    char folder[4096];
    snprintf(folder, sizeof(folder), "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(folder, 0700);
        *slash = '/';
    }
}

/* A new file takes the place of the old one. */
static enum err write_file(const struct saved_filters *filters, const char *path,
                           struct err_msg *why)
{
    char temporary[4096 + 16];
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    make_folders(path);
    FILE *file = fopen(temporary, "we");
    if (file == NULL) {
        return err_set(why, ERR_IO, "%.200s: %s", path, strerror(errno));
    }
    for (size_t i = 0; i < filters->count; i++) {
        fprintf(file, "%.*s\t%.*s\n", TEXT_ARGS(filters->list[i].name),
                TEXT_ARGS(filters->list[i].query));
    }
    bool failed = ferror(file) != 0;
    failed = fclose(file) != 0 || failed;
    if (failed || rename(temporary, path) != 0) {
        err_set(why, ERR_IO, "%.200s: %s", path, strerror(errno));
        unlink(temporary);
        return ERR_IO;
    }
    return ERR_OK;
}

enum err saved_filters_save(struct saved_filters *filters, struct text name, struct text query,
                            const char *path, struct err_msg *why)
{
    if (name.length == 0 || memchr(name.data, ' ', name.length) != NULL ||
        memchr(name.data, '\t', name.length) != NULL) {
        return err_set(why, ERR_PARSE, "a name is one word");
    }
    if (filters->count == SAVED_FILTERS_LARGEST && saved_filters_find(filters, name) == NULL) {
        return err_set(why, ERR_LIMIT, "there are %d saved filters already", SAVED_FILTERS_LARGEST);
    }
    put(filters, name, query);
    return write_file(filters, path, why);
}

enum err saved_filters_delete(struct saved_filters *filters, struct text name, const char *path,
                              struct err_msg *why)
{
    for (size_t i = 0; i < filters->count; i++) {
        if (text_equals(filters->list[i].name, name)) {
            memmove(&filters->list[i], &filters->list[i + 1],
                    (filters->count - i - 1) * sizeof(filters->list[0]));
            filters->count--;
            return write_file(filters, path, why);
        }
    }
    return err_set(why, ERR_NOT_FOUND, "no saved filter \"%.*s\"", TEXT_ARGS(name));
}

const struct saved_filter *saved_filters_find(const struct saved_filters *filters, struct text name)
{
    for (size_t i = 0; i < filters->count; i++) {
        if (text_equals(filters->list[i].name, name)) {
            return &filters->list[i];
        }
    }
    return NULL;
}

void saved_filters_clear(struct saved_filters *filters)
{
    arena_clear(&filters->arena);
    filters->count = 0;
}
