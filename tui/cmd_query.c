/* cmd_query — what the commands that ask the store with a query share. */
#include "tui/cmd_query.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "tui/plain.h"
#include "tui/rune.h"

enum { PAGE_ROWS = 500 };

int cmd_query(const struct options *options, const char *name, cmd_query_fn ask)
{
    struct text_buffer query = {0};
    struct filter filter = {0};
    struct filter_error error;
    struct reader *reader = NULL;
    struct err_msg why = {.text = ""};
    options_query(options, 0, &query);
    if (filter_parse(text_buffer_text(&query), &filter, &error) != ERR_OK) {
        plain_query_error(stderr, text_buffer_text(&query), &error);
        text_buffer_free(&query);
        return 2;
    }
    enum err err = reader_open(options->db, &reader, &why);
    if (err == ERR_OK) {
        err = ask(reader, &filter, options, &why);
    }
    if (err != ERR_OK) {
        plain_error(stderr, name, why.text);
    }
    reader_close(reader);
    filter_clear(&filter);
    text_buffer_free(&query);
    return err == ERR_OK ? 0 : 1;
}

int cmd_format(const struct options *options, const char *name, const char *const *formats,
               size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (options->format == NULL || strcmp(options->format, formats[i]) == 0) {
            return (int)i;
        }
    }
    fprintf(stderr, "tracetui: %s: --format %s: ", name, options->format);
    for (size_t i = 0; i < count; i++) {
        fprintf(stderr, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", formats[i]);
    }
    fputs(" expected\n", stderr);
    return -1;
}

/* The form of JSON, so that there it is still the same text; but CSV has raw control characters. */
static void append_harmless(struct text_buffer *target, struct text text)
{
    while (text.length > 0) {
        uint32_t rune;
        size_t length = text_rune(text, &rune);
        enum rune_class class = rune_class(rune);
        if (rune > 0xFFFF && class == RUNE_BAD) {
            text_append(target, TEXT("\xEF\xBF\xBD"));
        } else if (rune >= 0x7F && (class == RUNE_CONTROL || class == RUNE_CONTROL_8BIT ||
                                    class == RUNE_BIDI || class == RUNE_BAD)) {
            text_append_format(target, "\\u%04" PRIx32, rune);
        } else if (class == RUNE_CONTROL && rune != '\n' && rune != '\t') {
            text_append_format(target, "^%c", (char)(rune ^ 0x40));
        } else {
            text_append(target, text_make(text.data, length));
        }
        text = text_make(text.data + length, text.length - length);
    }
}

void cmd_write(struct text_buffer *text)
{
    struct text_buffer harmless = {0};
    bool terminal = isatty(STDOUT_FILENO) != 0;
    if (terminal) {
        append_harmless(&harmless, text_buffer_text(text));
    }
    const struct text_buffer *shown = terminal ? &harmless : text;
    fwrite(shown->data, 1, shown->length, stdout);
    text_buffer_free(&harmless);
    text_buffer_clear(text);
}

void cmd_write_line(struct text_buffer *line)
{
    text_append_char(line, '\n');
    cmd_write(line);
}

enum err cmd_each_row(struct reader *reader, const struct filter *filter,
                      const struct options *options, size_t limit, cmd_row_fn each, void *ctx,
                      struct err_msg *why)
{
    size_t wanted = limit != 0 ? limit : SIZE_MAX;
    struct list_question question = {
        .filter = filter,
        .sort = options->sort,
        .ascending = options->reverse,
        .now_ns = clock_now_ns(),
    };
    struct list_answer answer = {0};
    enum err err = ERR_OK;
    do {
        /* The cursor's text lives in the answer before. */
        struct list_answer before = answer;
        answer = (struct list_answer){0};
        question.after = before.next;
        question.limit = wanted < PAGE_ROWS ? wanted : PAGE_ROWS;
        err = reader_list(reader, &question, &answer, why);
        list_answer_clear(&before);
        for (size_t i = 0; i < answer.count && err == ERR_OK; i++) {
            err = each(&answer.rows[i], ctx, why);
        }
        wanted -= answer.count < wanted ? answer.count : wanted;
    } while (err == ERR_OK && wanted > 0 && !answer.done && !ferror(stdout));
    list_answer_clear(&answer);
    return err;
}
