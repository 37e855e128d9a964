/* options — the command line, once, for every command. */
#include "tui/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "tui/config.h"
#include "tui/options_table.h"
#include "tui/token.h"

static const char system_database[] = "/var/lib/tracetui/traces.db";

static const char *const commands[] = {"serve", "ls",        "show",   "diff",   "map",
                                       "stats", "tail",      "import", "export", "prune",
                                       "check", "send-test", "help",   "version"};

/* ---- the nearest word ---- */

const char *options_nearest(const char *text, const char *const *words, size_t count)
{
    const char *nearest = NULL;
    size_t best = strlen(text) / 2 + 1;
    for (size_t i = 0; i < count; i++) {
        size_t far = text_distance(text_from(text), text_from(words[i]));
        if (far < best) {
            best = far;
            nearest = words[i];
        }
    }
    return nearest;
}

/* ---- the line ---- */

static enum err parse_switch(const char *name, const char *value, bool *ret_on, struct err_msg *why)
{
    static const char *const words[] = {"no", "yes", "off", "on", "false", "true"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(value, words[i]) == 0) {
            *ret_on = i % 2 == 1;
            return ERR_OK;
        }
    }
    return err_set(why, ERR_PARSE, "--%s %s: yes or no expected", name, value);
}

static enum err add_value(struct options *options, const struct option *option, const char *value,
                          struct err_msg *why)
{
    const char **list = (const char **)((char *)options + option->list);
    size_t *count = (size_t *)((char *)options + option->count);
    enum err err = option->check != NULL ? option->check(value, why) : ERR_OK;
    if (err != ERR_OK) {
        return err;
    }
    if (*count == option->most) {
        return err_set(why, ERR_PARSE, "--%s: more than %zu %s", option->name, option->most,
                       option->items);
    }
    list[(*count)++] = value;
    return ERR_OK;
}

/* value is NULL where an option takes none. */
static enum err apply(struct options *options, const struct option *option, const char *value,
                      bool from_file, struct err_msg *why)
{
    enum err err = ERR_OK;
    if (option->is_command) {
        options->command = option->name;
    } else if (option->set != NULL) {
        err = option->set(options, value, why);
    } else if (option->list != 0) {
        err = add_value(options, option, value, why);
    } else if (option->value != NULL) {
        *(const char **)((char *)options + option->text) = value;
    } else {
        bool on = true;
        err = value != NULL ? parse_switch(option->name, value, &on, why) : ERR_OK;
        if (err == ERR_OK) {
            *(bool *)((char *)options + option->flag) = on;
        }
        value = on ? "yes" : "no";
    }
    if (err == ERR_OK && !option->one_run && options->setting_count < OPTIONS_SETTINGS_LARGEST) {
        options->settings[options->setting_count++] =
            (struct option_setting){option->name, value, from_file};
    }
    return err;
}

enum err options_set(struct options *options, const char *name, const char *value,
                     struct err_msg *why)
{
    const struct option *option = options_table_find(name, strlen(name));
    if (option == NULL) {
        return options_table_unknown(name, why);
    }
    if (option->one_run) {
        return err_set(why, ERR_PARSE, "--%s is for the command line only", name);
    }
    if (option->value != NULL && value == NULL) {
        return err_set(why, ERR_PARSE, "--%s needs a value", name);
    }
    return apply(options, option, value, true, why);
}

bool options_describe(size_t index, struct option_info *ret_info)
{
    const struct option *option;
    for (size_t i = 0; (option = options_table_at(i)) != NULL; i++) {
        if (!option->one_run && index-- == 0) {
            *ret_info = (struct option_info){
                .name = option->name,
                .standard = option->value != NULL ? option->standard : "no",
                .about = option->about,
            };
            return true;
        }
    }
    return false;
}

/* The first value on the command line takes the place of those of the file. */
static void forget_file_values(struct options *options, const struct option *option)
{
    size_t kept = 0;
    bool any = false;
    for (size_t i = 0; i < options->setting_count; i++) {
        struct option_setting setting = options->settings[i];
        if (setting.from_file && strcmp(setting.name, option->name) == 0) {
            any = true;
        } else {
            options->settings[kept++] = setting;
        }
    }
    options->setting_count = kept;
    if (any && option->count != 0) {
        *(size_t *)((char *)options + option->count) = 0;
    }
}

/* Reads the option at argv[*at]; moves *at on when its value is the next word. */
static enum err read_option(struct options *options, int argc, char **argv, int *at,
                            struct err_msg *why)
{
    const char *word = argv[*at];
    const struct option *option;
    const char *value = NULL;
    if (word[1] == '-') {
        const char *equals = strchr(word, '=');
        size_t length = equals != NULL ? (size_t)(equals - word - 2) : strlen(word + 2);
        option = options_table_find(word + 2, length);
        value = equals != NULL ? equals + 1 : NULL;
        if (option == NULL) {
            char name[64];
            snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), word + 2);
            return options_table_unknown(name, why);
        }
    } else {
        option = options_table_letter(word[1]);
        value = word[2] != '\0' ? word + 2 : NULL;
        if (option == NULL) {
            return err_set(why, ERR_PARSE, "unknown option -%c: see tracetui --help", word[1]);
        }
    }
    if (option->is_command && value != NULL) {
        return err_set(why, ERR_PARSE, "--%s takes no value", option->name);
    }
    if (option->value != NULL && value == NULL) {
        if (*at + 1 == argc) {
            return err_set(why, ERR_PARSE, "--%s needs a value", option->name);
        }
        value = argv[++*at];
    }
    forget_file_values(options, option);
    return apply(options, option, value, false, why);
}

/* A query term such as -user:bot* or -status:error is a word, not an option: it holds an operator.
 */
static bool is_option(const char *word)
{
    if (word[0] != '-' || word[1] == '\0') {
        return false;
    }
    return word[1] == '-' || strpbrk(word, ":=<>") == NULL;
}

/* Stays empty where there is no home: main refuses what needs a database then. */
static void default_database(struct options *options)
{
    const char *given = getenv("TRACETUI_DB");
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    if (given != NULL && given[0] != '\0') {
        snprintf(options->db, sizeof options->db, "%s", given);
        options->db_given = true;
    } else if (access(system_database, R_OK) == 0) {
        snprintf(options->db, sizeof options->db, "%s", system_database);
    } else if (data != NULL && data[0] == '/') {
        snprintf(options->db, sizeof options->db, "%s/tracetui/traces.db", data);
    } else if (home != NULL && home[0] == '/') {
        snprintf(options->db, sizeof options->db, "%s/.local/share/tracetui/traces.db", home);
    }
}

static bool is_lower_case_word(const char *word)
{
    return word[0] != '\0' && word[strspn(word, "abcdefghijklmnopqrstuvwxyz-")] == '\0';
}

/* The same but for two letters side by side that were typed in the wrong order. */
static bool is_swapped(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return a[0] != '\0' && b[0] != '\0' && a[0] == b[1] && a[1] == b[0] &&
           strcmp(a + 2, b + 2) == 0;
}

/* The first word names the command; a first word that is none starts a query for the explorer. One
 * that is a letter off a command is hardly meant as a query. */
static enum err take_command(struct options *options, struct err_msg *why)
{
    if (options->word_count == 0 || options->command[0] != '\0') {
        return ERR_OK;
    }
    const char *word = options->words[0];
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(word, commands[i]) == 0) {
            options->command = commands[i];
            options->word_count--;
            memmove(options->words, options->words + 1,
                    options->word_count * sizeof *options->words);
            return ERR_OK;
        }
    }
    const char *near = options_nearest(word, commands, ARRAY_LEN(commands));
    if (near != NULL && is_lower_case_word(word) &&
        (text_distance(text_from(word), text_from(near)) == 1 || is_swapped(word, near))) {
        return err_set(why, ERR_PARSE, "no command %s: did you mean %s? (to search text: '\"%s\"')",
                       word, near, word);
    }
    return ERR_OK;
}

static enum err read_line(struct options *options, int argc, char **argv, struct err_msg *why)
{
    bool more = true;
    for (int i = 1; i < argc; i++) {
        if (more && strcmp(argv[i], "--") == 0) {
            more = false;
        } else if (more && is_option(argv[i])) {
            enum err err = read_option(options, argc, argv, &i, why);
            if (err != ERR_OK) {
                return err;
            }
        } else if (options->word_count == OPTIONS_WORDS_LARGEST) {
            return err_set(why, ERR_PARSE, "more than %d words", OPTIONS_WORDS_LARGEST);
        } else {
            options->words[options->word_count++] = argv[i];
        }
    }
    return take_command(options, why);
}

static void forget(struct options *options, const char *name)
{
    forget_file_values(options, options_table_find(name, strlen(name)));
}

/* Taken out of the environment, so that no pager or editor gets to see it. */
static enum err token_from_environment(struct options *options, struct err_msg *why)
{
    const char *given = getenv("TRACETUI_TOKEN");
    if (given == NULL || given[0] == '\0') {
        return ERR_OK;
    }
    struct err_msg reason;
    char *token = NULL;
    enum err err = token_keep(given, &token, &reason);
    unsetenv("TRACETUI_TOKEN");
    if (err != ERR_OK) {
        return err_set(why, err, "TRACETUI_TOKEN: %s", reason.text);
    }
    free(options->admin_token);
    options->admin_token = token;
    return ERR_OK;
}

static const struct options fresh = {
    .command = "",
    .retention_ns = 7 * NS_PER_DAY,
    .demo_seed = 1,
    .preview_delay_ns = 150 * NS_PER_MS,
    .sample_slow_ns = NS_PER_S,
};

/* The line is read twice: first for the name of the file, then over what the file says. */
enum err options_parse(int argc, char **argv, struct options *ret_options, struct err_msg *why)
{
    struct options line = fresh;
    enum err err = read_line(&line, argc, argv, why);
    struct options options = fresh;
    bool wanted =
        err == ERR_OK && strcmp(line.command, "help") != 0 && strcmp(line.command, "version") != 0;
    if (wanted) {
        err = config_read(line.config, &options, why);
    }
    options_clear(&line);
    const char *database = getenv("TRACETUI_DB");
    if (err == ERR_OK && database != NULL && database[0] != '\0') {
        options.db[0] = '\0';
        forget(&options, "db");
    }
    if (err == ERR_OK) {
        err = read_line(&options, argc, argv, why);
    }
    if (err == ERR_OK) {
        err = token_from_environment(&options, why);
    }
    if (err != ERR_OK) {
        options_clear(&options);
        return err;
    }
    if (options
            .demo) { /* its receiver takes any free port: those of the file are for the real one */
        forget(&options, "listen");
        forget(&options, "grpc");
    }
    if (options.db[0] == '\0') {
        default_database(&options);
    }
    *ret_options = options;
    return ERR_OK;
}

void options_clear(struct options *options)
{
    free(options->ingest_token);
    free(options->admin_token);
    free(options->config_text);
    options->ingest_token = options->admin_token = options->config_text = NULL;
}

void options_query(const struct options *options, size_t first, struct text_buffer *target)
{
    for (size_t i = first; i < options->word_count; i++) {
        if (target->length > 0) {
            text_append_char(target, ' ');
        }
        text_append_cstr(target, options->words[i]);
    }
}
