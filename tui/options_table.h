/* options_table — the options: their names, and what a value of each may be. Private to options.c,
 * which reads them from the line and the file. */
#ifndef TRACETUI_TUI_OPTIONS_TABLE_H
#define TRACETUI_TUI_OPTIONS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "store/base/err.h"
#include "tui/options.h"

typedef enum err (*option_fn)(struct options *options, const char *value, struct err_msg *why);
typedef enum err (*option_check_fn)(const char *value, struct err_msg *why);

/* What it does is one of: to be the command, to set, to keep the text, to add it to a list, or to
 * raise a flag. All options but those for one run also stand in the configuration file. */
struct option {
    const char *name;
    const char *value; /* what it takes: "FILE"; NULL: nothing */
    bool one_run;      /* not in the file */
    bool is_command;
    option_fn set;
    size_t text; /* offset in struct options of the const char * that is the value */
    size_t flag; /* offset of a bool in struct options */
    /* of one that repeats */
    size_t list;  /* offset of its array of const char * */
    size_t count; /* offset of the size_t that counts them */
    size_t most;
    const char *items;     /* what they are: "addresses" */
    option_check_fn check; /* NULL: any value is fine */
    const char *standard, *about;
};

/* NULL: there is none. */
const struct option *options_table_find(const char *name, size_t length);
const struct option *options_table_letter(char letter);

/* NULL behind the last one. */
const struct option *options_table_at(size_t index);

/* Says that there is no such option, and which one may be meant. Returns ERR_PARSE. */
enum err options_table_unknown(const char *name, struct err_msg *why) MUST_CHECK;

#endif
