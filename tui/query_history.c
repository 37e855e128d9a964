/* query_history — the queries of earlier: a file of recent ones, and undo for this session. */
#include "tui/query_history.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *copy_of(struct text text)
{
    char *copy = mem_alloc(text.length + 1);
    if (text.length > 0) {
        memcpy(copy, text.data, text.length);
    }
    copy[text.length] = '\0';
    return copy;
}

static void drop_line(struct query_history *history, size_t index)
{
    history->count--;
    memmove(&history->lines[index], &history->lines[index + 1],
            (history->count - index) * sizeof(*history->lines));
}

void query_history_add(struct query_history *history, struct text query)
{
    struct text line = text_trim(query);
    if (line.length == 0 || memchr(line.data, '\n', line.length) != NULL) {
        return;
    }
    for (size_t i = 0; i < history->count; i++) {
        if (text_equals(line, history->lines[i])) {
            drop_line(history, i);
            break;
        }
    }
    if (history->count == QUERY_HISTORY_LARGEST) {
        drop_line(history, 0);
    }
    if (history->count == history->capacity) {
        history->capacity = history->capacity * 2 + 16;
        history->lines = mem_grow(history->lines, history->capacity * sizeof(*history->lines));
    }
    history->lines[history->count++] = arena_copy(&history->arena, line);
}

void query_history_load(struct query_history *history, const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return;
    }
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, file)) > 0) {
        query_history_add(history, text_trim(text_make(line, (size_t)length)));
    }
    free(line);
    fclose(file);
}

void query_history_save(const struct query_history *history, const char *path)
{
    char temporary[4096 + 32];
    int length = snprintf(temporary, sizeof(temporary), "%s.%ld", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof(temporary)) {
        return;
    }
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    for (size_t i = 0; i < history->count; i++) {
        fprintf(file, "%.*s\n", TEXT_ARGS(history->lines[i]));
    }
    bool failed = ferror(file) != 0;
    failed = fclose(file) != 0 || failed;
    if (failed || rename(temporary, path) != 0) {
        unlink(temporary);
    }
}

void query_history_clear(struct query_history *history)
{
    arena_clear(&history->arena);
    free(history->lines);
    *history = (struct query_history){0};
}

/* ---- undo ----------------------------------------------------------------------------------- */

void query_undo_add(struct query_undo *undo, struct text text)
{
    if (undo->at > 0 && text_is(text, undo->texts[undo->at - 1])) {
        return;
    }
    while (undo->count > undo->at) {
        free(undo->texts[--undo->count]);
    }
    if (undo->count == QUERY_UNDO_LARGEST) {
        free(undo->texts[0]);
        undo->count--;
        memmove(&undo->texts[0], &undo->texts[1], undo->count * sizeof(undo->texts[0]));
    }
    undo->texts[undo->count++] = copy_of(text);
    undo->at = undo->count;
}

const char *query_undo_back(struct query_undo *undo)
{
    if (undo->at < 2) {
        return NULL;
    }
    undo->at--;
    return undo->texts[undo->at - 1];
}

const char *query_undo_forward(struct query_undo *undo)
{
    if (undo->at >= undo->count) {
        return NULL;
    }
    undo->at++;
    return undo->texts[undo->at - 1];
}

void query_undo_clear(struct query_undo *undo)
{
    for (size_t i = 0; i < undo->count; i++) {
        free(undo->texts[i]);
    }
    *undo = (struct query_undo){0};
}
