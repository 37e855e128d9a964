/* cmd_ls — lists traces, page by page, so that any number of them takes the same memory. */
#include <stdio.h>
#include <string.h>

#include "store/base/clock.h"
#include "tui/cmd.h"
#include "tui/options.h"
#include "tui/plain.h"
#include "tui/trace_json.h"

enum { LIMIT_DEFAULT = 100, PAGE_ROWS = 500 };

static const char *const formats[] = {"table", "json", "csv"};
enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV, FORMAT_NONE };

static enum format format_of(const char *name)
{
    for (size_t i = 0; name != NULL && i < ARRAY_LEN(formats); i++) {
        if (strcmp(name, formats[i]) == 0) {
            return (enum format)i;
        }
    }
    return name == NULL ? FORMAT_TABLE : FORMAT_NONE;
}

static void write_line(struct text_buffer *line)
{
    text_append_char(line, '\n');
    fwrite(line->data, 1, line->length, stdout);
    text_buffer_clear(line);
}

static void write_rows(const struct list_answer *answer, enum format format,
                       const struct plain_style *style)
{
    struct text_buffer line = {0};
    for (size_t i = 0; i < answer->count; i++) {
        if (format == FORMAT_TABLE) {
            plain_list_row(stdout, style, &answer->rows[i]);
        } else if (format == FORMAT_JSON) {
            trace_json_row(&answer->rows[i], &line);
            write_line(&line);
        } else {
            trace_csv_row(&answer->rows[i], &line);
            write_line(&line);
        }
    }
    text_buffer_free(&line);
}

static void write_header(enum format format, const struct plain_style *style)
{
    struct text_buffer line = {0};
    if (format == FORMAT_TABLE) {
        plain_list_header(stdout, style);
    } else if (format == FORMAT_CSV) {
        trace_csv_header(&line);
        write_line(&line);
    }
    text_buffer_free(&line);
}

static enum err list_pages(struct reader *reader, const struct filter *filter,
                           const struct options *options, enum format format, struct err_msg *why)
{
    struct plain_style style = plain_style_of(stdout, options->ascii, options->utf8);
    size_t wanted = options->limit != 0  ? options->limit
                    : filter->limit != 0 ? (size_t)filter->limit
                                         : LIMIT_DEFAULT;
    struct list_question question = {
        .filter = filter,
        .sort = options->sort,
        .ascending = options->reverse,
        .now_ns = clock_now_ns(),
    };
    struct list_answer answer = {0};
    write_header(format, &style);
    do {
        /* The cursor's text lives in the answer before. */
        struct list_answer before = answer;
        answer = (struct list_answer){0};
        question.after = before.next;
        question.limit = wanted < PAGE_ROWS ? wanted : PAGE_ROWS;
        enum err err = reader_list(reader, &question, &answer, why);
        list_answer_clear(&before);
        if (err != ERR_OK) {
            return err;
        }
        write_rows(&answer, format, &style);
        wanted -= answer.count < wanted ? answer.count : wanted;
    } while (wanted > 0 && !answer.done);
    list_answer_clear(&answer);
    return ERR_OK;
}

static int list_traces(const struct options *options, const struct filter *filter,
                       enum format format)
{
    struct reader *reader = NULL;
    struct err_msg why = {.text = ""};
    enum err err = reader_open(options->db, &reader, &why);
    if (err == ERR_OK) {
        err = list_pages(reader, filter, options, format, &why);
    }
    reader_close(reader);
    if (err == ERR_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        err = err_set(&why, ERR_IO, "standard output could not be written");
    }
    if (err != ERR_OK) {
        plain_error(stderr, "ls", why.text);
    }
    return err == ERR_OK ? 0 : 1;
}

int cmd_ls(const struct options *options)
{
    enum format format = format_of(options->format);
    if (format == FORMAT_NONE) {
        fprintf(stderr, "tracetui: ls: --format %s: table, json or csv expected\n",
                options->format);
        return 2;
    }
    struct text_buffer query = {0};
    struct filter filter = {0};
    struct filter_error error;
    options_query(options, 0, &query);
    int code = 2;
    if (filter_parse(text_buffer_text(&query), &filter, &error) != ERR_OK) {
        plain_query_error(stderr, text_buffer_text(&query), &error);
    } else {
        code = list_traces(options, &filter, format);
    }
    filter_clear(&filter);
    text_buffer_free(&query);
    return code;
}
