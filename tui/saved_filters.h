/* saved_filters — queries with names, in a file that people may edit and share. */
#ifndef TRACETUI_TUI_SAVED_FILTERS_H
#define TRACETUI_TUI_SAVED_FILTERS_H

#include "store/base/arena.h"

enum { SAVED_FILTERS_LARGEST = 100 };

struct saved_filter {
    struct text name, query;
};

/* {0} is empty. Lines of the file: the name, a tab, the query. */
struct saved_filters {
    struct arena arena;
    struct saved_filter list[SAVED_FILTERS_LARGEST];
    size_t count;
};

/* A missing file holds nothing. */
void saved_filters_load(struct saved_filters *filters, const char *path);

/* Adds or replaces, and writes the file anew. Errors: ERR_PARSE for a name with blanks or none,
 * ERR_LIMIT, ERR_IO. */
enum err saved_filters_save(struct saved_filters *filters, struct text name, struct text query,
                            const char *path, struct err_msg *why) MUST_CHECK;

/* Takes it out, and writes the file anew. Errors: ERR_NOT_FOUND, ERR_IO. */
enum err saved_filters_delete(struct saved_filters *filters, struct text name, const char *path,
                              struct err_msg *why) MUST_CHECK;

/* NULL if there is none of that name. */
const struct saved_filter *saved_filters_find(const struct saved_filters *filters,
                                              struct text name);

void saved_filters_clear(struct saved_filters *filters);

#endif
