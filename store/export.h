/* export — all traces that match, with their spans, as text in pieces, in constant memory.
 *
 *     struct export *export = export_new(&question);
 *     do {
 *         err = export_next(export, reader, &text, &why);
 *         ... write text, clear it ...
 *     } while (err == ERR_OK && !export_is_done(export));
 *     export_free(export);
 *
 * Memory is bounded by the largest trace. Between two pieces no transaction is open, so whoever
 * takes the text may be as slow as he likes. */
#ifndef TRACETUI_STORE_EXPORT_H
#define TRACETUI_STORE_EXPORT_H

#include "store/reader.h"

struct export;

/* JSON and OTLP: see trace_out.h. CSV: a header and a row a trace. */
enum export_format { EXPORT_JSON, EXPORT_CSV, EXPORT_OTLP, EXPORT_FORMAT_COUNT };

struct export_question {
    const struct filter *filter; /* copied */
    enum export_format format;
    enum list_sort sort;
    bool ascending;
    size_t limit;                        /* traces, 0 = all */
    const struct anonymizer *anonymizer; /* NULL = as stored; must outlive the export */
    int64_t now_ns;
    bool salvage; /* of a damaged file all that can be read, instead of an error */
};

struct export *export_new(const struct export_question *question);
void export_free(struct export *export); /* NULL is fine */

/* Appends some 64 KiB, or what is left. Errors: those of reader_list and reader_trace. */
enum err export_next(struct export *export, struct reader *reader, struct text_buffer *target,
                     struct err_msg *why) MUST_CHECK;

bool export_is_done(const struct export *export);

/* How many traces were written so far. */
size_t export_traces(const struct export *export);

/* What a salvage had to leave out. */
struct export_losses {
    size_t traces;    /* listed, but their spans cannot be read */
    size_t bare;      /* spans without attributes, messages and events */
    bool list_broken; /* there may be more traces: a part of their list cannot be read */
};
struct export_losses export_losses(const struct export *export);

#endif
