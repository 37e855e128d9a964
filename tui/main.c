/* main — reads the command line and runs one command. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "tui/cmd.h"
#include "tui/config.h"
#include "tui/keys_file.h"
#include "tui/options.h"
#include "tui/plain.h"

static int print_config(const struct options *options)
{
    config_print(options, stdout);
    return 0;
}

static int print_keys(const struct options *options)
{
    struct keymap *map;
    struct err_msg why;
    (void)options;
    if (keys_read(&map, &why) != ERR_OK) {
        fprintf(stderr, "tracetui: %s\n", why.text);
        return 2;
    }
    keys_print(map, stdout);
    keys_free(map);
    return 0;
}

static int print_version(const struct options *options)
{
    (void)options;
    puts("tracetui " TRACETUI_VERSION);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(const struct options *options);
    bool database; /* it needs one */
    bool alone;    /* no words stand behind it */
} commands[] = {
    {"", cmd_explore, true, false},
    {"serve", cmd_serve, true, true},
    {"ls", cmd_ls, true, false},
    {"show", cmd_show, true, false},
    {"diff", cmd_diff, true, false},
    {"map", cmd_map, true, false},
    {"stats", cmd_stats, true, false},
    {"tail", cmd_tail, true, false},
    {"import", cmd_import, true, false},
    {"export", cmd_export, true, false},
    {"prune", cmd_prune, true, true},
    {"check", cmd_check, true, true},
    {"send-test", cmd_send_test, false, true},
    {"help", cmd_help, false, false},
    {"version", print_version, false, false},
    {"print-config", print_config, false, false},
    {"print-keys", print_keys, false, false},
};

/* Output that nobody got is a failure of every command: a full disk must not look like success. */
static int check_output(const char *command, int result)
{
    if (result != 0 || (fflush(stdout) == 0 && !ferror(stdout))) {
        return result;
    }
    plain_error(stderr, command, "standard output could not be written");
    return 1;
}

int main(int argc, char **argv)
{
    struct options options;
    struct err_msg why;
    setlocale(LC_CTYPE, ""); /* expressions in queries are about characters, not bytes */
    if (options_parse(argc, argv, &options, &why) != ERR_OK) {
        fprintf(stderr, "tracetui: %s\n", why.text);
        return 2;
    }
    int result = 2;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, options.command) != 0) {
            continue;
        }
        if (commands[i].alone && options.word_count > 0) {
            plain_error(stderr, options.command, "takes options only, like --db FILE: see --help");
        } else if (commands[i].database && options.db[0] == '\0' && !options.demo) {
            fputs("tracetui: HOME is not set: name the database with --db FILE\n", stderr);
        } else {
            result = check_output(commands[i].name, commands[i].run(&options));
        }
    }
    options_clear(&options);
    return result;
}
