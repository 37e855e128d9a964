/* parameters — the arguments of the admin API, checked one by one. */
#ifndef TRACETUI_INGEST_PARAMETERS_H
#define TRACETUI_INGEST_PARAMETERS_H

#include "ingest/arguments.h"
#include "store/export.h"

/* What a path takes, to be combined. */
enum parameter_group {
    PARAMETERS_FILTER = 1, /* startTime, endTime, userId, ..., q */
    PARAMETERS_PAGE = 2,   /* limit, offset, cursor */
    PARAMETERS_FORMAT = 4, /* format, limit */
    PARAMETERS_AGE = 8,    /* olderThanDays */
};

enum {
    PARAMETERS_PAGE_DEFAULT = 100,
    PARAMETERS_PAGE_LARGEST = 1000,
    PARAMETERS_OFFSET_LARGEST = 100000, /* rows are walked over one by one: a cursor is not */
};

/* Owns: filter, until parameters_clear. */
struct parameters {
    struct filter filter;
    size_t limit, offset; /* limit 0 = not given */
    struct list_cursor cursor;
    enum export_format format;
    int64_t older_than_ns;
};

/* Errors: ERR_PARSE, with a text that begins with the name of the parameter. */
enum err parameters_read(const struct arguments *arguments, unsigned groups,
                         struct parameters *ret_parameters, struct err_msg *why) MUST_CHECK;
void parameters_clear(struct parameters *parameters);

/* The text that `cursor` takes. */
void parameters_print_cursor(const struct list_cursor *cursor, struct text_buffer *target);

#endif
