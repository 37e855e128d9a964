/* config — the file with the options of every start: "theme = light", one a line. */
#include "tui/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CONFIG_LARGEST_BYTES = 65536 };

bool config_path(const char *name, char *target, size_t size)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    int length = -1;
    if (config != NULL && config[0] == '/') {
        length = snprintf(target, size, "%s/tracetui/%s", config, name);
    } else if (home != NULL && home[0] == '/') {
        length = snprintf(target, size, "%s/.config/tracetui/%s", home, name);
    }
    return length > 0 && (size_t)length < size;
}

bool config_state_path(const char *name, char *target, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    char folder[4096];
    int length = -1;
    if (state != NULL && state[0] == '/') {
        length = snprintf(folder, sizeof(folder), "%s/tracetui", state);
    } else if (home != NULL && home[0] == '/') {
        length = snprintf(folder, sizeof(folder), "%s/.local/state/tracetui", home);
    }
    if (length < 0 || (size_t)length >= sizeof(folder)) {
        return false;
    }
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(folder, 0700);
        *slash = '/';
    }
    mkdir(folder, 0700);
    length = snprintf(target, size, "%s/%s", folder, name);
    return length > 0 && (size_t)length < size;
}

static char *trimmed(char *text)
{
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1]) != NULL) {
        text[--length] = '\0';
    }
    return text;
}

static enum err read_line(char *line, struct options *options, struct err_msg *why)
{
    line = trimmed(line);
    if (line[0] == '\0' || line[0] == '#') {
        return ERR_OK;
    }
    char *equals = strchr(line, '=');
    char *value = NULL;
    if (equals != NULL) {
        *equals = '\0';
        value = trimmed(equals + 1);
    }
    char *name = trimmed(line);
    if (name[0] == '-' || strpbrk(name, " \t") != NULL) {
        return err_set(why, ERR_PARSE, "\"%.60s\": NAME = VALUE expected, like theme = light",
                       name);
    }
    if (value != NULL && value[0] == '\0') {
        return err_set(why, ERR_PARSE, "--%.60s has no value", name);
    }
    return options_set(options, name, value, why);
}

static enum err read_lines(const char *path, struct options *options, struct err_msg *why)
{
    int number = 0;
    char *next = options->config_text;
    while (next != NULL) {
        char *line = next;
        next = strchr(line, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        number++;
        struct err_msg what = {""};
        enum err err = read_line(line, options, &what);
        if (err != ERR_OK) {
            bool hyphens = strncmp(what.text, "--", 2) == 0; /* which the file does not have */
            return err_set(why, err, "%.200s:%d: %s", path, number, what.text + (hyphens ? 2 : 0));
        }
    }
    return ERR_OK;
}

enum err config_read(const char *path, struct options *options, struct err_msg *why)
{
    char usual[OPTIONS_PATH_BYTES];
    bool given = path != NULL;
    if (!given && !config_path("config", usual, sizeof(usual))) {
        return ERR_OK;
    }
    path = given ? path : usual;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return !given && errno == ENOENT
                   ? ERR_OK
                   : err_set(why, ERR_IO, "%.200s: %s", path, strerror(errno));
    }
    char *text = mem_zero(1, CONFIG_LARGEST_BYTES + 1);
    size_t length = fread(text, 1, CONFIG_LARGEST_BYTES + 1, file);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed || length > CONFIG_LARGEST_BYTES || memchr(text, '\0', length) != NULL) {
        free(text);
        return err_set(why, failed ? ERR_IO : ERR_LIMIT, "%.200s: %s", path,
                       failed                          ? "cannot be read"
                       : length > CONFIG_LARGEST_BYTES ? "larger than 64 KiB"
                                                       : "not a text file");
    }
    text[length] = '\0';
    options->config_text = text;
    return read_lines(path, options, why);
}

void config_print(const struct options *options, FILE *target)
{
    char usual[OPTIONS_PATH_BYTES];
    const char *path = options->config != NULL                       ? options->config
                       : config_path("config", usual, sizeof(usual)) ? usual
                                                                     : "(no home folder)";
    fprintf(target, "# %s%s\n# What nobody has set is a comment with what holds then.\n", path,
            options->config_text != NULL ? "" : " (does not exist)");
    struct option_info info;
    for (size_t i = 0; options_describe(i, &info); i++) {
        bool said = false;
        fprintf(target, "\n");
        if (info.about != NULL) {
            fprintf(target, "# %s\n", info.about);
        }
        for (size_t j = 0; j < options->setting_count; j++) {
            const struct option_setting *setting = &options->settings[j];
            if (strcmp(setting->name, info.name) == 0) {
                fprintf(target, "%s = %s\n", info.name, setting->value);
                said = true;
            }
        }
        if (!said) {
            fprintf(target, "#%s = %s\n", info.name, info.standard != NULL ? info.standard : "");
        }
    }
}
