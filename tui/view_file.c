/* view_file — what is on the screen as a file: the matching traces, or one trace. */
#include "tui/view_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/trace_json.h"
#include "store/trace_out.h"
#include "tui/plain.h"

enum { PAGE_ROWS = 500, TEXT_WIDTH = 160 };

bool view_format_of(struct text path, enum view_format *ret_format)
{
    static const struct {
        const char *end;
        enum view_format format;
    } ends[] = {{".json", VIEW_JSON}, {".csv", VIEW_CSV}, {".txt", VIEW_TEXT}};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        size_t length = strlen(ends[i].end);
        if (path.length > length &&
            text_is_nocase(text_make(path.data + path.length - length, length), ends[i].end)) {
            *ret_format = ends[i].format;
            return true;
        }
    }
    return false;
}

static void put(FILE *out, struct text_buffer *text)
{
    fwrite(text->data, 1, text->length, out);
    text_buffer_clear(text);
}

/* ---- the list ---- */

static void write_row(const struct view_file *file, const struct trace_row *row, FILE *out,
                      struct text_buffer *line)
{
    struct plain_style style = {.width = TEXT_WIDTH, .ascii = file->ascii};
    switch (file->format) {
    case VIEW_TEXT:
        plain_list_row(out, &style, row);
        return;
    case VIEW_JSON:
        trace_json_row(row, line);
        break;
    case VIEW_CSV:
        trace_csv_row(row, line);
        break;
    }
    text_append_char(line, '\n');
    put(out, line);
}

static enum err write_list(const struct view_file *file, struct reader *reader, FILE *out,
                           size_t *ret_rows, struct err_msg *why)
{
    struct plain_style style = {.width = TEXT_WIDTH, .ascii = file->ascii};
    struct list_question question = file->list;
    struct text_buffer line = {0};
    size_t largest = question.limit;
    if (file->format == VIEW_TEXT) {
        plain_list_header(out, &style);
    } else if (file->format == VIEW_CSV) {
        trace_csv_header(&line);
        text_append_char(&line, '\n');
        put(out, &line);
    }
    enum err err = ERR_OK;
    struct list_answer answer = {0};
    bool done = false;
    while (!done && err == ERR_OK) {
        struct list_answer before = answer; /* holds the text of the cursor */
        size_t left = largest > 0 ? largest - *ret_rows : PAGE_ROWS;
        question.limit = left < PAGE_ROWS ? left : PAGE_ROWS;
        answer = (struct list_answer){0};
        err = reader_list(reader, &question, &answer, why);
        for (size_t i = 0; err == ERR_OK && i < answer.count; i++) {
            write_row(file, &answer.rows[i], out, &line);
        }
        list_answer_clear(&before);
        *ret_rows += answer.count;
        question.after = answer.next;
        done = answer.done || (largest > 0 && *ret_rows >= largest) || ferror(out) != 0;
    }
    list_answer_clear(&answer);
    text_buffer_free(&line);
    return err;
}

/* ---- a trace ---- */

/* Figures of every span, one a line; attributes are in the JSON. */
static void write_spans(const struct trace *trace, FILE *out)
{
    struct text_buffer line = {0};
    fputs(
        "span_id,parent_span_id,depth,operation_name,service,status,start_ns,duration_ns,self_ns\n",
        out);
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_span *span = &trace->spans[i];
        char text[ID_PRINT_BYTES];
        struct id id = trace_span_id(trace, span);
        struct id parent = trace_span_parent_id(trace, span);
        csv_cell(&line, text_make(text, id_print(&id, text)));
        text_append_char(&line, ',');
        csv_cell(&line, text_make(text, span->parent_id != 0 ? id_print(&parent, text) : 0));
        text_append_format(&line, ",%d,", (int)span->depth);
        csv_cell(&line, trace_span_name(trace, span));
        text_append_char(&line, ',');
        csv_cell(&line, trace_span_service(trace, span));
        text_append_format(&line, ",%s,%lld,%lld,%lld\n", status_name(span->status),
                           (long long)span->start_ns, (long long)span->duration_ns,
                           (long long)span->self_ns);
        put(out, &line);
    }
    text_buffer_free(&line);
}

static enum err write_pieces(const struct trace *trace, struct reader *reader, FILE *out,
                             struct err_msg *why)
{
    struct trace_out_choice choice = {0};
    struct trace_out pieces;
    struct text_buffer text = {0};
    enum err err = ERR_OK;
    trace_out_begin(&pieces, trace, TRACE_OUT_JSON, &choice);
    while (!pieces.done && err == ERR_OK) {
        err = trace_out_next(&pieces, reader, &text, why);
        put(out, &text);
    }
    text_buffer_free(&text);
    trace_out_clear(&pieces);
    return err;
}

static enum err write_trace(const struct view_file *file, struct reader *reader, FILE *out,
                            size_t *ret_rows, struct err_msg *why)
{
    struct plain_style style = {.width = TEXT_WIDTH, .ascii = file->ascii};
    struct plain_tree all = {0};
    struct trace *trace = NULL;
    enum err err = reader_trace(reader, file->number, NULL, NULL, &trace, why);
    if (err != ERR_OK) {
        return err;
    }
    *ret_rows = trace->count;
    switch (file->format) {
    case VIEW_TEXT:
        plain_tree_write(out, &style, trace, &all);
        break;
    case VIEW_CSV:
        write_spans(trace, out);
        break;
    case VIEW_JSON:
        err = write_pieces(trace, reader, out, why);
        break;
    }
    trace_free(trace);
    return err;
}

enum err view_file_write(const struct view_file *file, struct reader *reader, size_t *ret_rows,
                         struct err_msg *why)
{
    int fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (out == NULL) {
        int reason = errno;
        if (fd >= 0) {
            close(fd);
        }
        return err_set(why, ERR_IO, "%.200s: %s", file->path, strerror(reason));
    }
    *ret_rows = 0;
    enum err err = file->number != 0 ? write_trace(file, reader, out, ret_rows, why)
                                     : write_list(file, reader, out, ret_rows, why);
    bool failed = ferror(out) != 0;
    failed = fclose(out) != 0 || failed;
    return err == ERR_OK && failed ? err_set(why, ERR_IO, "%.200s: %s", file->path, strerror(errno))
                                   : err;
}
