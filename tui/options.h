/* options — the command line, once, for every command. Filled in main.c, const afterwards. */
#ifndef TRACETUI_TUI_OPTIONS_H
#define TRACETUI_TUI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"
#include "store/reader.h"
#include "store/writer.h"

enum {
    OPTIONS_LISTEN_LARGEST = 8,
    OPTIONS_MASKS_LARGEST = 16,
    OPTIONS_WORDS_LARGEST = 64,
    OPTIONS_PATH_BYTES = 4096,
    OPTIONS_SETTINGS_LARGEST = 128
};

enum colour_choice { COLOUR_AUTO, COLOUR_NEVER, COLOUR_8, COLOUR_256 };

/* One option as somebody gave it. */
struct option_setting {
    const char *name, *value; /* value: "yes" or "no" for a switch */
    bool from_file;
};

struct options {
    /* the command ("" for the explorer) and the words behind it that are no options */
    const char *command;
    const char *words[OPTIONS_WORDS_LARGEST];
    size_t word_count;

    /* the file with the options of every start */
    const char *config; /* --config, NULL = the usual place */
    char *config_text;  /* its text, NULL = there is none; values point into it; owned */
    struct option_setting settings[OPTIONS_SETTINGS_LARGEST];
    size_t setting_count;

    /* common */
    char db[OPTIONS_PATH_BYTES]; /* resolved path */
    bool db_given; /* named by the user: a missing file is then an error for readers */
    const char *listen[OPTIONS_LISTEN_LARGEST];
    size_t listen_count; /* 0 = the default addresses */
    const char *grpc[OPTIONS_LISTEN_LARGEST];
    size_t grpc_count; /* 0 = the default addresses, unless listen names some */
    bool no_listen;
    bool no_grpc;
    bool insecure;
    int64_t retention_ns;   /* 0 = keep */
    int64_t max_size_bytes; /* 0 = no limit */
    enum durability durability;
    char *ingest_token; /* contents of --ingest-token-file, NULL = none; owned */
    char *admin_token;  /* of --token-file or $TRACETUI_TOKEN, NULL = the usual one; owned */
    const char *cors_origins[OPTIONS_LISTEN_LARGEST];
    size_t cors_count;
    const char *tls_cert, *tls_key, *tls_client_ca; /* files, NULL = none */
    const char *public_hosts[OPTIONS_LISTEN_LARGEST];
    size_t public_host_count;
    bool no_mask;
    const char *mask_keys[OPTIONS_MASKS_LARGEST];
    size_t mask_key_count;
    const char *mask_values[OPTIONS_MASKS_LARGEST];
    size_t mask_value_count;
    size_t sql_limit, param_limit; /* characters; 0 = the standard */
    int64_t sample_per_minute;     /* traces; 0 = all are kept */
    int64_t sample_slow_ns;        /* never sampled out from here on */

    /* the screen */
    enum colour_choice colour;
    const char *theme; /* NULL = automatic */
    bool ascii, utf8, mouse, screen_reader, no_live, demo, read_only;
    int64_t preview_delay_ns;
    const char *open; /* a trace to open, NULL = none */
    const char *span; /* a span of it, or of show */
    uint64_t demo_seed;

    /* commands */
    const char *format; /* NULL = the command's default */
    enum list_sort sort;
    bool reverse;
    size_t limit;          /* 0 = the command's default */
    bool errors_only;      /* show --errors */
    bool critical;         /* show --critical */
    int depth;             /* show --depth, 0 = all */
    const char *output;    /* -o FILE */
    bool anonymize;        /* export --anonymize */
    const char *by;        /* stats --by, show --by */
    int64_t older_than_ns; /* prune --older-than, 0 = not given */
};

/* Reads the configuration file, the environment and argv; what comes later wins. Long options take
 * "--name value" and "--name=value", anywhere on the line; "--" ends them. Errors: ERR_PARSE with a
 * text that names the nearest option, and the line if it is one of the file. */
enum err options_parse(int argc, char **argv, struct options *ret_options,
                       struct err_msg *why) MUST_CHECK;

/* Frees what options_parse allocated; copies of the options lose their texts with it. */
void options_clear(struct options *options);

/* An option of the file: the same names as on the command line, without the hyphens before them.
 * name and value must live as long as the options. Errors: ERR_PARSE, ERR_NOT_FOUND. */
enum err options_set(struct options *options, const char *name, const char *value,
                     struct err_msg *why) MUST_CHECK;

/* What can be said in the file, one option after the other. */
struct option_info {
    const char *name;
    const char *standard; /* what holds when nothing is said; NULL = nothing */
    const char *about;    /* NULL = nothing to say */
};
/* False behind the last one. */
bool options_describe(size_t index, struct option_info *ret_info);

/* The words from `first` on, joined by blanks: the query. Owns: the caller frees the buffer. */
void options_query(const struct options *options, size_t first, struct text_buffer *target);

/* The word of the list nearest to text by edit distance, or NULL if none is near. */
const char *options_nearest(const char *text, const char *const *words, size_t count);

#endif
