/* export — all traces that match, with their spans, as text in pieces, in constant memory. */
#include "store/export.h"

#include <stdlib.h>

#include "store/base/clock.h"
#include "store/trace_json.h"
#include "store/trace_out.h"

enum { PIECE_BYTES = 64 << 10, PAGE_ROWS = 500 };

static const int64_t budget_ns = 250 * NS_PER_MS;

struct export
{
    struct filter filter;
    enum export_format format;
    const struct anonymizer *anonymizer; /* NULL: as stored */
    struct list_question question;
    size_t wanted;    /* traces still to be listed */
    size_t page_rows; /* at a time */
    size_t written;
    bool begun;
    struct list_answer page;
    size_t at;           /* next row of the page */
    struct trace *trace; /* being written, NULL = none */
    struct trace_out out;
    bool salvage;
    bool turned;         /* the list is read from its other end ... */
    int64_t turn_number; /* ... up to this trace */
    struct export_losses losses;
};

struct export *export_new(const struct export_question *question)
{
    struct export *export = mem_zero(1, sizeof *export);
    if (question->filter != NULL) {
        filter_copy(question->filter, &export->filter);
    }
    export->format = question->format;
    export->anonymizer = question->anonymizer;
    export->wanted = question->limit != 0 ? question->limit : SIZE_MAX;
    export->page_rows = PAGE_ROWS;
    export->salvage = question->salvage;
    export->question = (struct list_question){
        .filter = &export->filter,
        .sort = question->sort,
        .ascending = question->ascending,
        .now_ns = question->now_ns,
        .budget_ns = budget_ns,
    };
    return export;
}

static void end_trace(struct export *export)
{
    trace_out_clear(&export->out);
    trace_free(export->trace);
    export->trace = NULL;
}

void export_free(struct export *export)
{
    if (export == NULL) {
        return;
    }
    end_trace(export);
    list_answer_clear(&export->page);
    filter_clear(&export->filter);
    free(export);
}

bool export_is_done(const struct export *export)
{
    return export->trace == NULL && export->at == export->page.count && export->begun &&
           (export->wanted == 0 || export->page.done);
}

size_t export_traces(const struct export *export)
{
    return export->written;
}

struct export_losses export_losses(const struct export *export)
{
    return export->losses;
}

/* A list ends at damage. Smaller pages come nearer to it, and what is behind it is listed from the
 * other end. */
static void go_around(struct export *export)
{
    export->losses.list_broken = true;
    if (export->page_rows > 1) {
        export->page_rows /= 4;
        return;
    }
    list_answer_clear(&export->page);
    export->page = (struct list_answer){.done = export->turned};
    export->at = 0;
    export->turned = true;
    export->question.ascending = !export->question.ascending;
    export->page_rows = PAGE_ROWS;
}

/* The cursor's text lives in the page before. */
static enum err next_page(struct export *export, struct reader *reader, struct err_msg *why)
{
    struct list_answer page = {0};
    size_t rows = export->page_rows > 0 ? export->page_rows : 1;
    export->question.after = export->page.next;
    export->question.limit = export->wanted < rows ? export->wanted : rows;
    enum err err = reader_list(reader, &export->question, &page, why);
    if (err == ERR_CORRUPT && export->salvage) {
        list_answer_clear(&page);
        go_around(export);
        return ERR_OK;
    }
    list_answer_clear(&export->page);
    export->page = page;
    export->at = 0;
    export->wanted -= page.count < export->wanted ? page.count : export->wanted;
    return err;
}

static enum err next_row(struct export *export, struct reader *reader, struct text_buffer *target,
                         struct err_msg *why)
{
    const struct trace_out_choice choice = {
        .anonymizer = export->anonymizer,
        .bare = export->salvage ? &export->losses.bare : NULL,
    };
    struct trace_row *row = &export->page.rows[export->at++];
    if (export->turned && row->number == export->turn_number) {
        export->at = export->page.count;
        export->page.done = true;
        return ERR_OK;
    }
    export->turn_number = export->turned ? export->turn_number : row->number;
    if (export->format == EXPORT_CSV) {
        if (export->anonymizer != NULL) {
            anonymize_row(export->anonymizer, row, &export->page.arena);
        }
        trace_csv_row(row, target);
        text_append_char(target, '\n');
        export->written++;
        return ERR_OK;
    }
    enum err err = reader_trace(reader, row->number, NULL, NULL, &export->trace, why);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK; /* deleted since it was listed */
    }
    if (err == ERR_CORRUPT && export->salvage) {
        export->losses.traces++;
        return ERR_OK;
    }
    if (err == ERR_OK && export->anonymizer != NULL) {
        anonymize_trace(export->anonymizer, export->trace);
    }
    if (err == ERR_OK) {
        trace_out_begin(&export->out, export->trace,
                        export->format == EXPORT_JSON ? TRACE_OUT_JSON : TRACE_OUT_OTLP, &choice);
    }
    return err;
}

static enum err next_slice(struct export *export, struct reader *reader, struct text_buffer *target,
                           struct err_msg *why)
{
    enum err err = trace_out_next(&export->out, reader, target, why);
    if (err == ERR_OK && export->out.done) {
        end_trace(export);
        export->written++;
    }
    return err;
}

enum err export_next(struct export *export, struct reader *reader, struct text_buffer *target,
                     struct err_msg *why)
{
    size_t before = target->length;
    enum err err = ERR_OK;
    if (!export->begun && export->format == EXPORT_CSV) {
        trace_csv_header(target);
        text_append_char(target, '\n');
    }
    while (err == ERR_OK && target->length - before < PIECE_BYTES && !export_is_done(export)) {
        if (export->trace != NULL) {
            err = next_slice(export, reader, target, why);
        } else if (export->at < export->page.count) {
            err = next_row(export, reader, target, why);
        } else {
            err = next_page(export, reader, why);
            export->begun = true;
        }
    }
    return err;
}
