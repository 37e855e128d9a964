/* options_table — the options: their names, and what a value of each may be. */
#include "tui/options_table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/clock.h"
#include "tui/amount.h"
#include "tui/theme.h"
#include "tui/token.h"

enum { SIZE_BARE_LEAST_BYTES = 100000 };

static const char *const sort_names[SORT_COUNT] = {
    [SORT_START] = "start",   [SORT_DURATION] = "duration",   [SORT_SPANS] = "spans",
    [SORT_ERRORS] = "errors", [SORT_OPERATION] = "operation", [SORT_USER] = "user",
};

/* ---- one setter an option -------------------------------------------------------------------- */

static enum err set_db(struct options *options, const char *value, struct err_msg *why)
{
    if (strlen(value) >= sizeof options->db || value[0] == '\0') {
        return err_set(why, ERR_PARSE, "--db: not a usable path");
    }
    snprintf(options->db, sizeof options->db, "%s", value);
    options->db_given = true;
    return ERR_OK;
}

/* As browsers name them: what else they would never send is better found at the start. */
static bool is_origin(const char *value)
{
    const char *host = strstr(value, "://");
    return host != NULL ? host > value && host[3] != '\0' && strpbrk(host + 3, "/ \t") == NULL
                        : strcmp(value, "*") == 0 || strcmp(value, "null") == 0;
}

static enum err check_cors(const char *value, struct err_msg *why)
{
    return is_origin(value)
               ? ERR_OK
               : err_set(why, ERR_PARSE,
                         "--cors-origin %s: an origin like https://app.example.com expected,"
                         " without a path, or * for all",
                         value);
}

static enum err set_characters(const char *name, const char *value, size_t *ret_limit,
                               struct err_msg *why)
{
    int64_t limit = 0;
    if (text_parse_i64(text_from(value), &limit) != ERR_OK || limit < 1 || limit > 65536) {
        return err_set(why, ERR_PARSE, "--%s %s: characters expected, 1 to 65536", name, value);
    }
    *ret_limit = (size_t)limit;
    return ERR_OK;
}

static enum err set_sql_limit(struct options *options, const char *value, struct err_msg *why)
{
    return set_characters("sql-limit", value, &options->sql_limit, why);
}

static enum err set_param_limit(struct options *options, const char *value, struct err_msg *why)
{
    return set_characters("param-limit", value, &options->param_limit, why);
}

static enum err set_sample(struct options *options, const char *value, struct err_msg *why)
{
    options->sample_per_minute = 0;
    if (strcmp(value, "0") != 0 &&
        amount_parse_rate(value, &options->sample_per_minute) != ERR_OK) {
        return err_set(why, ERR_PARSE,
                       "--sample %s: new traces like 1000/min or 50/s expected, 0 keeps all",
                       value);
    }
    return ERR_OK;
}

static enum err set_sample_slow(struct options *options, const char *value, struct err_msg *why)
{
    int64_t ms = 0;
    if (text_parse_i64(text_from(value), &ms) != ERR_OK || ms < 0 || ms > 86400000) {
        return err_set(why, ERR_PARSE, "--sample-slow %s: milliseconds expected", value);
    }
    options->sample_slow_ns = ms * NS_PER_MS;
    return ERR_OK;
}

static enum err check_public_host(const char *value, struct err_msg *why)
{
    return value[0] != '\0' && strpbrk(value, "/:@ \t") == NULL
               ? ERR_OK
               : err_set(why, ERR_PARSE, "--public-host %s: a name without port expected", value);
}

static enum err set_retention(struct options *options, const char *value, struct err_msg *why)
{
    if (amount_parse_age(value, &options->retention_ns) != ERR_OK) {
        return err_set(why, ERR_PARSE,
                       "--retention %s: an age like 12h or 7d expected, 0 keeps all", value);
    }
    return ERR_OK;
}

static enum err set_max_size(struct options *options, const char *value, struct err_msg *why)
{
    int64_t bytes = 0;
    enum err err = amount_parse_size(value, &bytes);
    /* 500 is not meant as bytes, and would delete all. */
    bool bare = err == ERR_OK && isdigit((unsigned char)value[strlen(value) - 1]);
    if (err != ERR_OK || (bare && bytes > 0 && bytes < SIZE_BARE_LEAST_BYTES)) {
        return err_set(why, ERR_PARSE, "--max-size %s: a size like 500M or 10G expected", value);
    }
    options->max_size_bytes = bytes;
    return ERR_OK;
}

static enum err set_durability(struct options *options, const char *value, struct err_msg *why)
{
    if (strcmp(value, "normal") != 0 && strcmp(value, "full") != 0) {
        return err_set(why, ERR_PARSE, "--durability %s: normal or full expected", value);
    }
    options->durability = value[0] == 'f' ? DURABILITY_FULL : DURABILITY_NORMAL;
    return ERR_OK;
}

static enum err read_token(const char *option, const char *path, char **token, struct err_msg *why)
{
    struct err_msg reason;
    char *read = NULL;
    enum err err = token_read(path, &read, &reason);
    if (err != ERR_OK) {
        return err_set(why, err, "%s %s", option, reason.text);
    }
    free(*token);
    *token = read;
    return ERR_OK;
}

static enum err set_ingest_token(struct options *options, const char *value, struct err_msg *why)
{
    return read_token("--ingest-token-file", value, &options->ingest_token, why);
}

static enum err set_token(struct options *options, const char *value, struct err_msg *why)
{
    return read_token("--token-file", value, &options->admin_token, why);
}

static enum err set_colour(struct options *options, const char *value, struct err_msg *why)
{
    static const char *const names[] = {
        [COLOUR_AUTO] = "auto", [COLOUR_NEVER] = "never", [COLOUR_8] = "8", [COLOUR_256] = "256"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(value, names[i]) == 0) {
            options->colour = (enum colour_choice)i;
            return ERR_OK;
        }
    }
    return err_set(why, ERR_PARSE, "--color %s: auto, never, 8 or 256 expected", value);
}

static enum err set_theme(struct options *options, const char *value, struct err_msg *why)
{
    const struct theme *theme;
    struct err_msg reason;
    if (theme_parse(text_from(value), &theme, &reason) != ERR_OK) {
        return err_set(why, ERR_PARSE, "--theme %.40s: %.120s", value, reason.text);
    }
    options->theme = value;
    return ERR_OK;
}

static enum err set_sort(struct options *options, const char *value, struct err_msg *why)
{
    for (int i = 0; i < SORT_COUNT; i++) {
        if (strcmp(value, sort_names[i]) == 0) {
            options->sort = (enum list_sort)i;
            return ERR_OK;
        }
    }
    return err_set(why, ERR_PARSE,
                   "--sort %s: start, duration, spans, errors, operation or user expected", value);
}

static enum err set_limit(struct options *options, const char *value, struct err_msg *why)
{
    int64_t limit = 0;
    if (text_parse_i64(text_from(value), &limit) != ERR_OK || limit < 1) {
        return err_set(why, ERR_PARSE, "--limit %s: a number from 1 expected", value);
    }
    options->limit = (size_t)limit;
    return ERR_OK;
}

static enum err set_depth(struct options *options, const char *value, struct err_msg *why)
{
    int64_t depth = 0;
    if (text_parse_i64(text_from(value), &depth) != ERR_OK || depth < 1 || depth > 1000000) {
        return err_set(why, ERR_PARSE, "--depth %s: a number from 1 expected", value);
    }
    options->depth = (int)depth;
    return ERR_OK;
}

static enum err set_seed(struct options *options, const char *value, struct err_msg *why)
{
    if (text_parse_u64(text_from(value), &options->demo_seed) != ERR_OK) {
        return err_set(why, ERR_PARSE, "--seed %s: a number expected", value);
    }
    return ERR_OK;
}

static enum err set_preview_delay(struct options *options, const char *value, struct err_msg *why)
{
    int64_t ms = 0;
    if (text_parse_i64(text_from(value), &ms) != ERR_OK || ms < 0 || ms > 60000) {
        return err_set(why, ERR_PARSE, "--preview-delay %s: milliseconds from 0 to 60000 expected",
                       value);
    }
    options->preview_delay_ns = ms * NS_PER_MS;
    return ERR_OK;
}

static enum err set_older_than(struct options *options, const char *value, struct err_msg *why)
{
    if (amount_parse_age(value, &options->older_than_ns) != ERR_OK || options->older_than_ns == 0) {
        return err_set(why, ERR_PARSE, "--older-than %s: an age like 12h or 7d expected", value);
    }
    return ERR_OK;
}

static const struct option table[] = {
    {.name = "anonymize",
     .one_run = true,
     .flag = offsetof(struct options, anonymize),
     .about = "no users, addresses, texts: the shape of the traces stays"},
    {.name = "ascii",
     .flag = offsetof(struct options, ascii),
     .about = "only ASCII characters on the screen"},
    {.name = "by",
     .value = "WHAT",
     .one_run = true,
     .text = offsetof(struct options, by),
     .about = "what is added up"},
    {.name = "color",
     .value = "WHICH",
     .set = set_colour,
     .standard = "auto",
     .about = "auto, never, 8 or 256 colours"},
    {.name = "config",
     .value = "FILE",
     .one_run = true,
     .text = offsetof(struct options, config),
     .about = "options of every start (~/.config/tracetui/config)"},
    {.name = "cors-origin",
     .value = "ORIGIN",
     .list = offsetof(struct options, cors_origins),
     .check = check_cors,
     .count = offsetof(struct options, cors_count),
     .most = OPTIONS_LISTEN_LARGEST,
     .items = "origins",
     .about = "pages of this origin may send from a browser; repeat for more"},
    {.name = "critical",
     .one_run = true,
     .flag = offsetof(struct options, critical),
     .about = "its critical path"},
    {.name = "db",
     .value = "FILE",
     .set = set_db,
     .standard = "~/.local/share/tracetui/traces.db",
     .about = "the database; $TRACETUI_DB wins over the file"},
    {.name = "demo",
     .one_run = true,
     .flag = offsetof(struct options, demo),
     .about = "a demo world of its own"},
    {.name = "depth",
     .value = "N",
     .one_run = true,
     .set = set_depth,
     .about = "so many levels only"},
    {.name = "durability",
     .value = "normal|full",
     .set = set_durability,
     .standard = "normal",
     .about = "full: every commit survives a power cut"},
    {.name = "errors",
     .one_run = true,
     .flag = offsetof(struct options, errors_only),
     .about = "failed spans only, and those above them"},
    {.name = "format",
     .value = "FORMAT",
     .one_run = true,
     .text = offsetof(struct options, format),
     .about = "how it is printed"},
    {.name = "grpc",
     .value = "ADDR:PORT",
     .list = offsetof(struct options, grpc),
     .count = offsetof(struct options, grpc_count),
     .most = OPTIONS_LISTEN_LARGEST,
     .items = "addresses",
     .standard = "127.0.0.1:4317",
     .about = "where to receive OTLP/gRPC; repeat for more"},
    {.name = "help", .one_run = true, .is_command = true},
    {.name = "ingest-token-file",
     .value = "FILE",
     .set = set_ingest_token,
     .about = "senders must show the token in this file"},
    {.name = "insecure",
     .flag = offsetof(struct options, insecure),
     .about = "allow an address beyond this host without a token"},
    {.name = "limit",
     .value = "N",
     .one_run = true,
     .set = set_limit,
     .about = "at most so many (-n N)"},
    {.name = "listen",
     .value = "ADDR:PORT",
     .list = offsetof(struct options, listen),
     .count = offsetof(struct options, listen_count),
     .most = OPTIONS_LISTEN_LARGEST,
     .items = "addresses",
     .standard = "127.0.0.1:4318",
     .about = "where to receive; repeat for more"},
    {.name = "mask",
     .value = "KEY",
     .list = offsetof(struct options, mask_keys),
     .count = offsetof(struct options, mask_key_count),
     .most = OPTIONS_MASKS_LARGEST,
     .items = "keys",
     .about = "mask the values of keys with this word, or like this glob (customer.*); repeat"},
    {.name = "mask-value",
     .value = "REGEX",
     .list = offsetof(struct options, mask_values),
     .count = offsetof(struct options, mask_value_count),
     .most = OPTIONS_MASKS_LARGEST,
     .items = "expressions",
     .about = "mask what matches this expression, in any text; repeat"},
    {.name = "max-size",
     .value = "SIZE",
     .set = set_max_size,
     .standard = "0",
     .about = "delete the oldest traces when the file grows beyond it; 0: no limit"},
    {.name = "mouse",
     .flag = offsetof(struct options, mouse),
     .about = "the mouse is on from the start (F2 changes it)"},
    {.name = "no-grpc",
     .flag = offsetof(struct options, no_grpc),
     .about = "do not receive OTLP/gRPC"},
    {.name = "no-listen", .flag = offsetof(struct options, no_listen), .about = "view only"},
    {.name = "no-live",
     .flag = offsetof(struct options, no_live),
     .about = "do not follow new traces"},
    {.name = "no-mask",
     .flag = offsetof(struct options, no_mask),
     .about = "store secrets and long statements as they are sent"},
    {.name = "older-than",
     .value = "AGE",
     .one_run = true,
     .set = set_older_than,
     .about = "traces older than 12h, 7d, ..."},
    {.name = "open",
     .value = "TRACE",
     .one_run = true,
     .text = offsetof(struct options, open),
     .about = "begins in this trace"},
    {.name = "output",
     .value = "FILE",
     .one_run = true,
     .text = offsetof(struct options, output),
     .about = "into this file (-o FILE)"},
    {.name = "param-limit",
     .value = "N",
     .set = set_param_limit,
     .standard = "100",
     .about = "characters; longer strings in params are left out"},
    {.name = "preview-delay",
     .value = "MS",
     .set = set_preview_delay,
     .standard = "150",
     .about = "milliseconds the cursor rests before its trace is drawn below"},
    {.name = "print-config", .one_run = true, .is_command = true},
    {.name = "print-keys", .one_run = true, .is_command = true},
    {.name = "public-host",
     .value = "NAME",
     .list = offsetof(struct options, public_hosts),
     .check = check_public_host,
     .count = offsetof(struct options, public_host_count),
     .most = OPTIONS_LISTEN_LARGEST,
     .items = "names",
     .about = "a name by which others know this host; repeat for more"},
    {.name = "retention",
     .value = "AGE",
     .set = set_retention,
     .standard = "7d",
     .about = "delete traces when they are so old; 0: keep them"},
    {.name = "reverse",
     .one_run = true,
     .flag = offsetof(struct options, reverse),
     .about = "the other way round"},
    {.name = "sample",
     .value = "RATE",
     .set = set_sample,
     .standard = "0",
     .about = "new traces a minute (1000/min, 50/s) beyond which a part is left out; 0: keep all"},
    {.name = "sample-slow",
     .value = "MS",
     .set = set_sample_slow,
     .standard = "1000",
     .about = "milliseconds; a trace with so long a span is never left out"},
    {.name = "screen-reader",
     .flag = offsetof(struct options, screen_reader),
     .about = "sentences in the place of lines, bars and columns; nothing moves by itself"},
    {.name = "seed", .value = "N", .one_run = true, .set = set_seed, .about = "of the demo world"},
    {.name = "sort",
     .value = "ORDER",
     .one_run = true,
     .set = set_sort,
     .about = "start, duration, spans, errors, operation or user"},
    {.name = "sql-limit",
     .value = "N",
     .set = set_sql_limit,
     .standard = "500",
     .about = "characters; longer SQL statements are cut"},
    {.name = "span",
     .value = "SPAN",
     .one_run = true,
     .text = offsetof(struct options, span),
     .about = "this span of it"},
    {.name = "theme",
     .value = "THEME",
     .set = set_theme,
     .about = "dark, light, high-contrast, 16 or mono; else by the terminal's background"},
    {.name = "tls-cert",
     .value = "FILE",
     .text = offsetof(struct options, tls_cert),
     .about = "speak TLS with this certificate (PEM, with its chain)"},
    {.name = "tls-client-ca",
     .value = "FILE",
     .text = offsetof(struct options, tls_client_ca),
     .about = "let in only who shows a certificate of this authority"},
    {.name = "tls-key",
     .value = "FILE",
     .text = offsetof(struct options, tls_key),
     .about = "its key (PEM)"},
    {.name = "token-file",
     .value = "FILE",
     .set = set_token,
     .standard = "~/.local/state/tracetui/token",
     .about = "the admin API wants the token in this file; $TRACETUI_TOKEN wins"},
    {.name = "utf8",
     .flag = offsetof(struct options, utf8),
     .about = "UTF-8 on the screen whatever the locale says"},
    {.name = "version", .one_run = true, .is_command = true},
};

static const struct {
    char letter;
    const char *name;
} letters[] = {{'h', "help"}, {'V', "version"}, {'o', "output"}, {'n', "limit"}};

/* ---- finding one ---------------------------------------------------------------------------- */

enum err options_table_unknown(const char *name, struct err_msg *why)
{
    const char *names[ARRAY_LEN(table)];
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        names[i] = table[i].name;
    }
    const char *near = options_nearest(name, names, ARRAY_LEN(table));
    if (near != NULL) {
        return err_set(why, ERR_PARSE, "unknown option --%s: did you mean --%s?", name, near);
    }
    return err_set(why, ERR_PARSE, "unknown option --%.60s: see tracetui --help", name);
}

const struct option *options_table_find(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (strlen(table[i].name) == length && memcmp(table[i].name, name, length) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

const struct option *options_table_letter(char letter)
{
    for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
        if (letters[i].letter == letter) {
            return options_table_find(letters[i].name, strlen(letters[i].name));
        }
    }
    return NULL;
}

const struct option *options_table_at(size_t index)
{
    return index < ARRAY_LEN(table) ? &table[index] : NULL;
}
