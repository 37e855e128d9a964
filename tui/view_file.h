/* view_file — what is on the screen as a file: the matching traces, or one trace. */
#ifndef TRACETUI_TUI_VIEW_FILE_H
#define TRACETUI_TUI_VIEW_FILE_H

#include "store/reader.h"

enum view_format { VIEW_JSON, VIEW_CSV, VIEW_TEXT };

struct view_file {
    const char *path; /* a new file: nothing is overwritten */
    enum view_format format;
    bool ascii;
    int64_t number; /* of the trace; 0 = the list */
    struct list_question list;
};

/* The format that the end of a name asks for: .json, .csv, .txt; false for any other. */
bool view_format_of(struct text path, enum view_format *ret_format);

/* Writes page by page, so that any number of traces takes the same memory. ret_rows: traces of a
 * list, spans of a trace. What was written stays when an error comes later. Errors: ERR_IO; those
 * of the reader. Thread: query. */
enum err view_file_write(const struct view_file *file, struct reader *reader, size_t *ret_rows,
                         struct err_msg *why) MUST_CHECK;

#endif
