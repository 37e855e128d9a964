/* drive — runs a program in a terminal, types keys, checks and saves the screen.
 *
 * usage: drive [-t] COLSxROWS SCRIPT -- COMMAND...     -t writes the files of "screen" lines anew
 *
 * Lines of SCRIPT, a text file:
 *
 * - key TEXT: types TEXT; \e \r \t \s (blank) \^X \\ are escapes
 * - paste TEXT: types TEXT as a bracketed paste
 * - wait TEXT, gone TEXT: until a row holds TEXT, until none does (60 s)
 * - settle: until the program has said that it has nothing left to do, or silence: 400 ms, and 2 s
 *   where TRACETUI_SYNC makes the program say so, since a busy machine is silent as well
 * - resize COLSxROWS, signal NUMBER
 * - bytes N: the last key may have caused at most N bytes of output
 * - quiet MS: until nothing was written for so long; for what must not wait for the program's word
 * - silent MS: nothing may be written for so long
 * - pace MS N: in so long at most N bytes may be written
 * - mask REGEX: what may differ from run to run; shown as stars from now on
 * - screen FILE: compares text and style with FILE, which is beside the script
 * - same NAME, keep NAME: compares with, or remembers, a screen of this run
 * - save FILE: writes the screen to FILE
 * - record FILE: keeps what the program writes from now on, for another emulator
 * - chaos MS SEED: random keys and sizes for so long
 * - exit CODE: the program must have ended with CODE
 * - restored: the terminal must be as a shell expects it
 * - # comment
 *
 * Exit code 0 when everything held. */
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "chaos.h"
#include "emulator.h"

enum {
    LINE_BYTES = 4096,
    WAIT_MS = 60000,
    SILENCE_MS = 400,
    SYNC_SILENCE_MS = 2000,
    KEPT_SCREENS = 4,
    NAME_BYTES = 64
};

struct drive {
    struct emulator emulator;
    char **command;
    bool update;
    const char *script;
    int line;
    int failures;
    regex_t mask;
    bool masked;
    struct {
        char name[NAME_BYTES];
        char *screen;
    } kept[KEPT_SCREENS];
};

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void fail(struct drive *drive, const char *what, const char *detail)
{
    fprintf(stderr, "%s:%d: %s %s\n", drive->script, drive->line, what, detail);
    drive->failures++;
}

static void print_screen(const struct drive *drive)
{
    char row[EMULATOR_ROW_BYTES];
    for (int y = 0; y < drive->emulator.rows; y++) {
        emulator_row(&drive->emulator, y, row);
        fprintf(stderr, "    |%s\n", row);
    }
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void do_key(struct drive *drive, const char *text)
{
    char keys[LINE_BYTES + 16];
    size_t length = 0;
    for (; *text != '\0'; text++) {
        if (*text != '\\') {
            keys[length++] = *text;
            continue;
        }
        switch (*++text) {
        case 'e':
            keys[length++] = 27;
            break;
        case 'r':
            keys[length++] = '\r';
            break;
        case 't':
            keys[length++] = '\t';
            break;
        case 's':
            keys[length++] = ' ';
            break;
        case '^':
            keys[length++] = (char)(*++text & 31);
            break;
        default:
            keys[length++] = *text;
        }
    }
    emulator_type(&drive->emulator, keys, length);
}

static void do_paste(struct drive *drive, const char *text)
{
    char bracketed[LINE_BYTES + 16];
    snprintf(bracketed, sizeof bracketed, "\\e[200~%s\\e[201~", text);
    do_key(drive, bracketed);
}

static void do_resize(struct drive *drive, const char *text)
{
    int columns;
    int rows;
    if (sscanf(text, "%dx%d", &columns, &rows) == 2) {
        emulator_resize(&drive->emulator, columns, rows);
    } else {
        fail(drive, "not a size:", text);
    }
}

static void do_signal(struct drive *drive, const char *text)
{
    if (emulator_has_ended(&drive->emulator)) {
        fail(drive, "no program any more to send a signal:", text); /* 0 would be our own group */
        return;
    }
    kill(drive->emulator.child, (int)strtol(text, NULL, 10));
}

/* ---- waiting -------------------------------------------------------------------------------- */

static void wait_for(struct drive *drive, const char *text, bool wanted)
{
    double deadline = now_ms() + WAIT_MS;
    while (emulator_shows(&drive->emulator, text) != wanted) {
        if (drive->emulator.closed || now_ms() > deadline) {
            fail(drive, wanted ? "never on the screen:" : "still on the screen:", text);
            print_screen(drive);
            return;
        }
        emulator_pump(&drive->emulator, 20);
    }
}

/* Starts the program once more, if it ended as it should. */
static bool start_again(struct drive *drive)
{
    struct emulator *emulator = &drive->emulator;
    while (emulator_pump(emulator, 20)) { /* its last words */
    }
    const char *disorder = emulator_disorder(emulator);
    if (emulator->status != 0 || disorder != NULL) {
        char status[NAME_BYTES];
        snprintf(status, sizeof status, "chaos, wait status %d, %s", emulator->status,
                 disorder != NULL ? disorder : "the terminal is restored");
        fail(drive, "the program ended during", status);
        print_screen(drive);
        return false;
    }
    emulator_stop(emulator);
    emulator->columns = 120;
    emulator->rows = 40;
    return emulator_start(emulator, drive->command);
}

/* Among what chance finds are the ways to quit. */
static void do_chaos(struct drive *drive, const char *text)
{
    char *rest;
    double until = now_ms() + (double)strtol(text, &rest, 10);
    uint64_t seed = strtoull(rest, NULL, 10);
    bool runs = true;
    do {
        chaos(&drive->emulator, (long)(until - now_ms()), seed++);
        if (emulator_has_ended(&drive->emulator)) {
            runs = start_again(drive);
            if (runs) {
                wait_for(drive, "traces", true);
            }
        }
    } while (runs && now_ms() < until);
}

static void do_wait(struct drive *drive, const char *text)
{
    wait_for(drive, text, true);
}

static void do_gone(struct drive *drive, const char *text)
{
    wait_for(drive, text, false);
}

static void do_settle(struct drive *drive, const char *unused)
{
    (void)unused;
    struct emulator *emulator = &drive->emulator;
    double silence_ms = getenv("TRACETUI_SYNC") != NULL ? SYNC_SILENCE_MS : SILENCE_MS;
    double deadline = now_ms() + WAIT_MS;
    double silent_since = now_ms();
    while (!emulator->closed && now_ms() < deadline) {
        if (emulator_pump(emulator, 20)) {
            silent_since = now_ms();
        } else if (emulator->idles != emulator->idles_before_key ||
                   now_ms() - silent_since > silence_ms) {
            return;
        }
    }
}

/* ---- checks --------------------------------------------------------------------------------- */

static void do_bytes(struct drive *drive, const char *text)
{
    char detail[NAME_BYTES];
    if (drive->emulator.bytes > strtol(text, NULL, 10)) {
        snprintf(detail, sizeof detail, "%ld, allowed %s", drive->emulator.bytes, text);
        fail(drive, "too many bytes:", detail);
    }
}

static void do_silent(struct drive *drive, const char *text)
{
    double until = now_ms() + (double)strtol(text, NULL, 10);
    drive->emulator.bytes = 0;
    while (!drive->emulator.closed && now_ms() < until) {
        emulator_pump(&drive->emulator, 20);
    }
    if (drive->emulator.bytes != 0) {
        fail(drive, "bytes were written in a silent time", "");
    }
}

static void do_quiet(struct drive *drive, const char *text)
{
    double deadline = now_ms() + WAIT_MS;
    while (!drive->emulator.closed && now_ms() < deadline &&
           emulator_pump(&drive->emulator, (int)strtol(text, NULL, 10))) {
    }
}

static void do_pace(struct drive *drive, const char *text)
{
    char *rest;
    double until = now_ms() + (double)strtol(text, &rest, 10);
    drive->emulator.bytes = 0;
    while (!drive->emulator.closed && now_ms() < until) {
        emulator_pump(&drive->emulator, 20);
    }
    do_bytes(drive, rest);
}

static void do_exit(struct drive *drive, const char *text)
{
    struct emulator *emulator = &drive->emulator;
    double deadline = now_ms() + WAIT_MS;
    while (!emulator_has_ended(emulator) && now_ms() < deadline) {
        emulator_pump(emulator, 20);
    }
    /* What was written last may still be on its way through the kernel. */
    for (deadline = now_ms() + SILENCE_MS; !emulator->closed && now_ms() < deadline;) {
        emulator_pump(emulator, 20);
    }
    if (emulator->child > 0) {
        fail(drive, "the program did not end", "");
    } else if (!WIFEXITED(emulator->status) ||
               WEXITSTATUS(emulator->status) != strtol(text, NULL, 10)) {
        fail(drive, "the program ended with another code than", text);
        print_screen(drive);
    }
}

static void do_restored(struct drive *drive, const char *unused)
{
    (void)unused;
    const char *disorder = emulator_disorder(&drive->emulator);
    if (disorder != NULL) {
        fail(drive, "the terminal was not restored:", disorder);
    }
}

/* ---- screens -------------------------------------------------------------------------------- */

static char *screen_now(const struct drive *drive)
{
    char *screen = calloc(1, EMULATOR_SCREEN_BYTES);
    if (screen == NULL) {
        abort();
    }
    emulator_dump(&drive->emulator, screen, EMULATOR_SCREEN_BYTES);
    regmatch_t match;
    for (char *at = screen; drive->masked && regexec(&drive->mask, at, 1, &match, 0) == 0;) {
        memset(at + match.rm_so, '*', (size_t)(match.rm_eo - match.rm_so));
        at += match.rm_eo > 0 ? match.rm_eo : 1;
    }
    return screen;
}

static void do_mask(struct drive *drive, const char *text)
{
    if (drive->masked) {
        regfree(&drive->mask);
    }
    drive->masked = regcomp(&drive->mask, text, REG_EXTENDED | REG_NEWLINE) == 0;
    if (!drive->masked) {
        fail(drive, "not a regular expression:", text);
    }
}

/* FILE is beside the script unless it is absolute. */
static void beside_script(const struct drive *drive, const char *file, char target[LINE_BYTES])
{
    const char *slash = strrchr(drive->script, '/');
    if (file[0] == '/' || slash == NULL) {
        snprintf(target, LINE_BYTES, "%s", file);
    } else {
        snprintf(target, LINE_BYTES, "%.*s%s", (int)(slash + 1 - drive->script), drive->script,
                 file);
    }
}

static void do_save(struct drive *drive, const char *name)
{
    char path[LINE_BYTES];
    char *screen = screen_now(drive);
    beside_script(drive, name, path);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(screen, file) < 0) {
        fail(drive, "cannot write", path);
    }
    if (file != NULL) {
        fclose(file);
    }
    free(screen);
}

static void show_difference(const char *expected, const char *got)
{
    int line = 1;
    while (*expected != '\0' || *got != '\0') {
        size_t a = strcspn(expected, "\n");
        size_t b = strcspn(got, "\n");
        if (a != b || memcmp(expected, got, a) != 0) {
            fprintf(stderr, "  %3d -%.*s\n      +%.*s\n", line, (int)a, expected, (int)b, got);
        }
        expected += a + (expected[a] == '\n');
        got += b + (got[b] == '\n');
        line++;
    }
}

static void compare(struct drive *drive, const char *name, const char *expected, const char *got)
{
    if (strcmp(got, expected) != 0) {
        fail(drive, "differs from", name);
        show_difference(expected, got);
    }
}

static void do_screen(struct drive *drive, const char *name)
{
    char path[LINE_BYTES];
    if (drive->update) {
        do_save(drive, name);
        return;
    }
    char *got = screen_now(drive);
    char *expected = calloc(1, EMULATOR_SCREEN_BYTES);
    beside_script(drive, name, path);
    FILE *file = fopen(path, "r");
    if (file == NULL || expected == NULL) {
        fail(drive, "cannot read", path);
    } else {
        size_t length = fread(expected, 1, EMULATOR_SCREEN_BYTES - 1, file);
        expected[length] = '\0';
        compare(drive, name, expected, got);
    }
    if (file != NULL) {
        fclose(file);
    }
    free(expected);
    free(got);
}

static void do_keep(struct drive *drive, const char *name)
{
    for (size_t i = 0; i < KEPT_SCREENS; i++) {
        if (drive->kept[i].screen == NULL) {
            snprintf(drive->kept[i].name, NAME_BYTES, "%s", name);
            drive->kept[i].screen = screen_now(drive);
            return;
        }
    }
    fail(drive, "too many screens to keep:", name);
}

static void do_same(struct drive *drive, const char *name)
{
    for (size_t i = 0; i < KEPT_SCREENS; i++) {
        if (drive->kept[i].screen != NULL && strcmp(drive->kept[i].name, name) == 0) {
            char *got = screen_now(drive);
            compare(drive, name, drive->kept[i].screen, got);
            free(got);
            return;
        }
    }
    fail(drive, "never kept:", name);
}

static void do_record(struct drive *drive, const char *name)
{
    char path[LINE_BYTES];
    beside_script(drive, name, path);
    if (drive->emulator.record != NULL) {
        fclose(drive->emulator.record);
    }
    drive->emulator.record = fopen(path, "w");
    if (drive->emulator.record == NULL) {
        fail(drive, "cannot write", path);
    }
}

/* ---- scripts -------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    void (*act)(struct drive *drive, const char *argument);
} words[] = {
    {"key", do_key},       {"paste", do_paste},   {"wait", do_wait},         {"gone", do_gone},
    {"settle", do_settle}, {"resize", do_resize}, {"signal", do_signal},     {"bytes", do_bytes},
    {"quiet", do_quiet},   {"pace", do_pace},     {"silent", do_silent},     {"screen", do_screen},
    {"keep", do_keep},     {"same", do_same},     {"save", do_save},         {"mask", do_mask},
    {"record", do_record}, {"chaos", do_chaos},   {"restored", do_restored}, {"exit", do_exit},
};

static void run_line(struct drive *drive, char *line)
{
    size_t length = strcspn(line, " ");
    const char *argument = line[length] == ' ' ? line + length + 1 : line + length;
    line[length] = '\0';
    if (line[0] == '\0' || line[0] == '#') {
        return;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].word, line) == 0) {
            words[i].act(drive, argument);
            return;
        }
    }
    fail(drive, "unknown line:", line);
}

int main(int argc, char **argv)
{
    struct drive drive = {0};
    char line[LINE_BYTES];
    int at = 1;
    if (at < argc && strcmp(argv[at], "-t") == 0) {
        drive.update = true;
        at++;
    }
    FILE *script = NULL;
    if (argc - at < 4 ||
        sscanf(argv[at], "%dx%d", &drive.emulator.columns, &drive.emulator.rows) != 2 ||
        (script = fopen(argv[at + 1], "r")) == NULL) {
        fprintf(stderr, "usage: drive [-t] COLSxROWS SCRIPT -- COMMAND...\n");
        return 2;
    }
    drive.script = argv[at + 1];
    drive.command = argv + at + 3;
    if (!emulator_start(&drive.emulator, drive.command)) {
        fclose(script);
        return 1;
    }
    while (fgets(line, sizeof line, script) != NULL) {
        drive.line++;
        line[strcspn(line, "\n")] = '\0';
        run_line(&drive, line);
    }
    fclose(script);
    emulator_stop(&drive.emulator);
    if (drive.emulator.record != NULL) {
        fclose(drive.emulator.record);
    }
    if (drive.masked) {
        regfree(&drive.mask);
    }
    for (size_t i = 0; i < KEPT_SCREENS; i++) {
        free(drive.kept[i].screen);
    }
    return drive.failures != 0;
}
