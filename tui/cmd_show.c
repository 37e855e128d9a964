/* cmd_show — prints one trace: as a tree, as one JSON object, or as an OTLP request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cmd.h"
#include "tui/options.h"
#include "tui/plain.h"
#include "tui/trace_json.h"

enum { BODIES_A_SLICE = 500 };

/* Spans in the order of the tree that the options ask for, without stand-ins. */
struct selection {
    const struct trace_span **spans;
    int64_t *bodies; /* their keys */
    size_t count;
};

static struct selection select_spans(const struct trace *trace, const struct options *options)
{
    struct selection selection = {
        .spans = mem_alloc(trace->count * sizeof *selection.spans),
        .bodies = mem_alloc(trace->count * sizeof *selection.bodies),
    };
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_span *span = &trace->spans[i];
        if ((span->flags & TRACE_SPAN_SYNTHETIC) == 0 &&
            (options->depth == 0 || span->depth < options->depth) &&
            (!options->errors_only || span->status == STATUS_ERROR)) {
            selection.spans[selection.count] = span;
            selection.bodies[selection.count++] = span->body;
        }
    }
    return selection;
}

static void selection_clear(struct selection *selection)
{
    free(selection->spans);
    free(selection->bodies);
}

static void write_text(struct text_buffer *text)
{
    if (text->length > 0) {
        fwrite(text->data, 1, text->length, stdout);
    }
    text_buffer_clear(text);
}

/* One object, but never more than a slice of bodies in memory. */
static enum err show_json(struct reader *reader, const struct trace *trace,
                          const struct selection *selection, struct err_msg *why)
{
    struct text_buffer text = {0};
    struct span_body *bodies = mem_alloc(BODIES_A_SLICE * sizeof *bodies);
    enum err err = ERR_OK;
    trace_json_begin(&trace->row, &text);
    for (size_t from = 0; from < selection->count && err == ERR_OK; from += BODIES_A_SLICE) {
        struct arena arena = {0};
        size_t count = selection->count - from;
        count = count < BODIES_A_SLICE ? count : BODIES_A_SLICE;
        err = reader_bodies(reader, selection->bodies + from, count, &arena, bodies, why);
        for (size_t i = 0; i < count && err == ERR_OK; i++) {
            text_append_cstr(&text, from + i > 0 ? "," : "");
            trace_json_span(trace, selection->spans[from + i], &bodies[i], &text);
        }
        write_text(&text);
        arena_clear(&arena);
    }
    trace_json_end(&text);
    text_append_char(&text, '\n');
    write_text(&text);
    free(bodies);
    text_buffer_free(&text);
    return err;
}

/* Grouping by resource needs all bodies at once. */
static enum err show_otlp(struct reader *reader, const struct trace *trace,
                          const struct selection *selection, struct err_msg *why)
{
    struct text_buffer text = {0};
    struct arena arena = {0};
    struct span_body *bodies = mem_alloc(selection->count * sizeof *bodies);
    enum err err = reader_bodies(reader, selection->bodies, selection->count, &arena, bodies, why);
    if (err == ERR_OK) {
        trace_otlp(trace, selection->spans, bodies, selection->count, &text);
        text_append_char(&text, '\n');
        write_text(&text);
    }
    free(bodies);
    arena_clear(&arena);
    text_buffer_free(&text);
    return err;
}

static enum err show_tree(const struct trace *trace, const struct options *options)
{
    struct plain_style style = plain_style_of(stdout, options->ascii, options->utf8);
    struct plain_tree tree = {.errors_only = options->errors_only, .depth = options->depth};
    plain_tree_write(stdout, &style, trace, &tree);
    return ERR_OK;
}

static enum err show_trace(const struct options *options, const char *format, struct err_msg *why)
{
    struct reader *reader = NULL;
    struct trace *trace = NULL;
    int64_t number = 0;
    enum err err = reader_open(options->db, &reader, why);
    if (err == ERR_OK) {
        err = reader_find(reader, text_from(options->words[0]), &number, why);
    }
    if (err == ERR_OK) {
        err = reader_trace(reader, number, NULL, NULL, &trace, why);
    }
    if (err == ERR_OK) {
        struct selection selection = select_spans(trace, options);
        err = strcmp(format, "json") == 0   ? show_json(reader, trace, &selection, why)
              : strcmp(format, "otlp") == 0 ? show_otlp(reader, trace, &selection, why)
                                            : show_tree(trace, options);
        selection_clear(&selection);
    }
    if (err == ERR_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        err = err_set(why, ERR_IO, "standard output could not be written");
    }
    trace_free(trace);
    reader_close(reader);
    return err;
}

int cmd_show(const struct options *options)
{
    const char *format = options->format != NULL ? options->format : "tree";
    struct err_msg why = {.text = ""};
    if (options->word_count != 1) {
        fputs("tracetui: show: one trace expected: its id, or 4 and more characters of it\n",
              stderr);
        return 2;
    }
    if (strcmp(format, "tree") != 0 && strcmp(format, "json") != 0 && strcmp(format, "otlp") != 0) {
        fprintf(stderr, "tracetui: show: --format %s: tree, json or otlp expected\n", format);
        return 2;
    }
    if (show_trace(options, format, &why) != ERR_OK) {
        plain_error(stderr, "show", why.text);
        return 1;
    }
    return 0;
}
