/* drive — runs a program in a pseudo terminal, types keys, checks and saves the screen.
 *
 * usage: drive [-t] COLSxROWS SCRIPT -- COMMAND...
 *
 * -t: put every screen below "screen" lines back into the script (update golden screens). SCRIPT is
 * a text file: key TEXT        types TEXT; \e \r \t \s (space) \^X \\ are escapes wait TEXT until a
 * row holds TEXT (10 s) gone TEXT       until no row holds TEXT settle          until the program
 * said that it has nothing left to do (OSC 7777), or 400 ms of silence resize WxH      changes the
 * terminal signal N        sends a signal paste TEXT      types TEXT as a bracketed paste bytes N
 * the last key must have caused at most N bytes of output silent MS       nothing may be written
 * for so long screen FILE     compares text and style of the screen with FILE save FILE writes the
 * screen to FILE exit CODE       the program must have ended with CODE # comment Exit code 0 when
 * everything held. */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <vterm.h>

enum {
    LINE_BYTES = 4096,
    ROW_BYTES = 8192,
    WAIT_MS = 10000,
    SILENCE_MS = 400,
    SCREEN_BYTES = 1 << 20
};

struct drive {
    int tty;
    pid_t child;
    int rows, columns;
    bool closed;
    bool update;
    long bytes;     /* since the last key */
    unsigned idles; /* idle marks seen */
    unsigned idles_before_key;
    VTerm *terminal;
    VTermScreen *screen;
    const char *script;
    int line;
    int failures;
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

/* The terminal's answers to queries of the program. */
static void reply(const char *bytes, size_t length, void *context)
{
    struct drive *drive = context;
    if (write(drive->tty, bytes, length) < 0) {
        drive->closed = true;
    }
}

/* The program's idle mark: ESC ] 7777 ; idle ; N ESC \ . */
static int on_osc(const char *command, size_t length, void *context)
{
    static const char idle[] = "7777;idle";
    struct drive *drive = context;
    if (length >= sizeof idle - 1 && memcmp(command, idle, sizeof idle - 1) == 0) {
        drive->idles++;
    }
    return 1;
}

static bool pump(struct drive *drive, int timeout_ms)
{
    struct pollfd poller = {.fd = drive->tty, .events = POLLIN};
    char bytes[65536];
    if (drive->closed || poll(&poller, 1, timeout_ms) <= 0) {
        return false;
    }
    ssize_t got = read(drive->tty, bytes, sizeof bytes);
    if (got <= 0) {
        drive->closed = true;
        return false;
    }
    drive->bytes += got;
    vterm_input_write(drive->terminal, bytes, (size_t)got);
    return true;
}

static size_t put_rune(uint32_t rune, char *target)
{
    if (rune < 0x80) {
        target[0] = (char)rune;
        return 1;
    }
    if (rune < 0x800) {
        target[0] = (char)(0xC0 | rune >> 6);
        target[1] = (char)(0x80 | (rune & 63));
        return 2;
    }
    if (rune < 0x10000) {
        target[0] = (char)(0xE0 | rune >> 12);
        target[1] = (char)(0x80 | (rune >> 6 & 63));
        target[2] = (char)(0x80 | (rune & 63));
        return 3;
    }
    target[0] = (char)(0xF0 | rune >> 18);
    target[1] = (char)(0x80 | (rune >> 12 & 63));
    target[2] = (char)(0x80 | (rune >> 6 & 63));
    target[3] = (char)(0x80 | (rune & 63));
    return 4;
}

static VTermScreenCell cell_at(const struct drive *drive, int y, int x)
{
    VTermScreenCell cell;
    VTermPos position = {.row = y, .col = x};
    vterm_screen_get_cell(drive->screen, position, &cell);
    return cell;
}

static void row_text(const struct drive *drive, int y, char target[ROW_BYTES])
{
    size_t length = 0;
    for (int x = 0; x < drive->columns && length < ROW_BYTES - 64; x++) {
        VTermScreenCell cell = cell_at(drive, y, x);
        if (cell.chars[0] == (uint32_t)-1) {
            continue; /* right half of a wide character */
        }
        if (cell.chars[0] == 0) {
            target[length++] = ' ';
        }
        for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0; i++) {
            length += put_rune(cell.chars[i], target + length);
        }
    }
    while (length > 0 && target[length - 1] == ' ') {
        length--;
    }
    target[length] = '\0';
}

/* One letter a cell: '.' plain, '#' reverse, a-z a foreground colour (capital: bold), '_' a
 * background. */
static char cell_style(const VTermScreenCell *cell)
{
    if (cell->attrs.reverse) {
        return '#';
    }
    bool coloured = VTERM_COLOR_IS_INDEXED(&cell->fg) && !VTERM_COLOR_IS_DEFAULT_FG(&cell->fg);
    if (coloured) {
        return (char)((cell->attrs.bold ? 'A' : 'a') + cell->fg.indexed.idx % 26);
    }
    if (!VTERM_COLOR_IS_DEFAULT_BG(&cell->bg)) {
        return '_';
    }
    return cell->attrs.bold ? '!' : '.';
}

static void dump(const struct drive *drive, char *target, size_t size)
{
    size_t length = 0;
    char row[ROW_BYTES];
    for (int y = 0; y < drive->rows; y++) {
        row_text(drive, y, row);
        length += (size_t)snprintf(target + length, size - length, "%s\n", row);
    }
    length += (size_t)snprintf(target + length, size - length, "--- style\n");
    for (int y = 0; y < drive->rows; y++) {
        int width = drive->columns;
        for (int x = 0; x < width; x++) {
            VTermScreenCell cell = cell_at(drive, y, x);
            row[x] = cell_style(&cell);
        }
        while (width > 0 && row[width - 1] == '.') {
            width--;
        }
        length += (size_t)snprintf(target + length, size - length, "%.*s\n", width, row);
    }
}

static bool on_screen(const struct drive *drive, const char *text)
{
    char row[ROW_BYTES];
    for (int y = 0; y < drive->rows; y++) {
        row_text(drive, y, row);
        if (strstr(row, text) != NULL) {
            return true;
        }
    }
    return false;
}

static void print_screen(const struct drive *drive)
{
    char row[ROW_BYTES];
    for (int y = 0; y < drive->rows; y++) {
        row_text(drive, y, row);
        fprintf(stderr, "    |%s\n", row);
    }
}

static void wait_for(struct drive *drive, const char *text, bool wanted)
{
    double deadline = now_ms() + WAIT_MS;
    while (on_screen(drive, text) != wanted) {
        if (drive->closed || now_ms() > deadline) {
            fail(drive, wanted ? "never on the screen:" : "still on the screen:", text);
            print_screen(drive);
            return;
        }
        pump(drive, 20);
    }
}

static void settle(struct drive *drive)
{
    double deadline = now_ms() + WAIT_MS;
    double silent_since = now_ms();
    while (!drive->closed && now_ms() < deadline) {
        if (pump(drive, 20)) {
            silent_since = now_ms();
        } else if (drive->idles != drive->idles_before_key ||
                   now_ms() - silent_since > SILENCE_MS) {
            return;
        }
    }
}

static void type(struct drive *drive, const char *text)
{
    char keys[LINE_BYTES];
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
    while (pump(drive, 0)) {
    }
    drive->bytes = 0;
    drive->idles_before_key = drive->idles;
    if (write(drive->tty, keys, length) < 0) {
        drive->closed = true;
    }
}

static void resize(struct drive *drive, int columns, int rows)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    drive->columns = columns;
    drive->rows = rows;
    drive->idles_before_key = drive->idles;
    vterm_set_size(drive->terminal, rows, columns);
    ioctl(drive->tty, TIOCSWINSZ, &size);
}

/* FILE of "screen" and "save" is beside the script unless it is absolute. */
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

static void write_file(struct drive *drive, const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0) {
        fail(drive, "cannot write", path);
    }
    if (file != NULL) {
        fclose(file);
    }
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

static void compare_screen(struct drive *drive, const char *name)
{
    char path[LINE_BYTES];
    char *got = calloc(2, SCREEN_BYTES);
    char *expected = got + SCREEN_BYTES;
    beside_script(drive, name, path);
    dump(drive, got, SCREEN_BYTES);
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        size_t length = fread(expected, 1, SCREEN_BYTES - 1, file);
        expected[length] = '\0';
        fclose(file);
    }
    if (drive->update) {
        write_file(drive, path, got);
    } else if (strcmp(got, expected) != 0) {
        fail(drive, "differs from", name);
        show_difference(expected, got);
    }
    free(got);
}

static void expect_silence(struct drive *drive, int ms)
{
    double until = now_ms() + ms;
    drive->bytes = 0;
    while (!drive->closed && now_ms() < until) {
        pump(drive, 20);
    }
    if (drive->bytes != 0) {
        fail(drive, "bytes were written in a silent time", "");
    }
}

static void expect_exit(struct drive *drive, int code)
{
    double deadline = now_ms() + WAIT_MS;
    int status = 0;
    while (drive->child > 0 && now_ms() < deadline) {
        pump(drive, 20);
        if (waitpid(drive->child, &status, WNOHANG) == drive->child) {
            drive->child = 0;
        }
    }
    if (drive->child > 0) {
        fail(drive, "the program did not end", "");
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != code) {
        fail(drive, "the program ended with another code", "");
        print_screen(drive);
    }
}

static void run_line(struct drive *drive, char *line)
{
    char path[LINE_BYTES];
    char text[LINE_BYTES + 16];
    char *argument = strchr(line, ' ');
    int a = 0;
    int b = 0;
    if (argument != NULL) {
        *argument++ = '\0';
    } else {
        argument = line + strlen(line);
    }
    if (line[0] == '\0' || line[0] == '#') {
        return;
    }
    if (strcmp(line, "key") == 0) {
        type(drive, argument);
    } else if (strcmp(line, "paste") == 0) {
        snprintf(text, sizeof text, "\\e[200~%s\\e[201~", argument);
        type(drive, text);
    } else if (strcmp(line, "wait") == 0) {
        wait_for(drive, argument, true);
    } else if (strcmp(line, "gone") == 0) {
        wait_for(drive, argument, false);
    } else if (strcmp(line, "settle") == 0) {
        settle(drive);
    } else if (strcmp(line, "resize") == 0 && sscanf(argument, "%dx%d", &a, &b) == 2) {
        resize(drive, a, b);
    } else if (strcmp(line, "signal") == 0) {
        kill(drive->child, (int)strtol(argument, NULL, 10));
    } else if (strcmp(line, "bytes") == 0) {
        if (drive->bytes > strtol(argument, NULL, 10)) {
            snprintf(text, sizeof text, "%ld, allowed %s", drive->bytes, argument);
            fail(drive, "too many bytes:", text);
        }
    } else if (strcmp(line, "silent") == 0) {
        expect_silence(drive, (int)strtol(argument, NULL, 10));
    } else if (strcmp(line, "screen") == 0) {
        compare_screen(drive, argument);
    } else if (strcmp(line, "save") == 0) {
        char *screen = calloc(1, SCREEN_BYTES);
        beside_script(drive, argument, path);
        dump(drive, screen, SCREEN_BYTES);
        write_file(drive, path, screen);
        free(screen);
    } else if (strcmp(line, "exit") == 0) {
        expect_exit(drive, (int)strtol(argument, NULL, 10));
    } else {
        fail(drive, "unknown line:", line);
    }
}

static bool start(struct drive *drive, char **command)
{
    struct winsize size = {.ws_row = (unsigned short)drive->rows,
                           .ws_col = (unsigned short)drive->columns};
    static const VTermParserCallbacks fallbacks = {.osc = on_osc};
    drive->child = forkpty(&drive->tty, NULL, NULL, &size);
    if (drive->child < 0) {
        return false;
    }
    if (drive->child == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    drive->terminal = vterm_new(drive->rows, drive->columns);
    vterm_set_utf8(drive->terminal, 1);
    vterm_output_set_callback(drive->terminal, reply, drive);
    drive->screen = vterm_obtain_screen(drive->terminal);
    vterm_screen_set_unrecognised_fallbacks(drive->screen, &fallbacks, drive);
    vterm_screen_enable_altscreen(drive->screen, 1);
    vterm_screen_reset(drive->screen, 1);
    return true;
}

static void stop(struct drive *drive)
{
    double deadline = now_ms() + 5000;
    if (drive->child > 0) {
        kill(drive->child, SIGTERM);
    }
    while (drive->child > 0 && now_ms() < deadline) {
        pump(drive, 20);
        if (waitpid(drive->child, NULL, WNOHANG) == drive->child) {
            drive->child = 0;
        }
    }
    if (drive->child > 0) {
        kill(drive->child, SIGKILL);
        waitpid(drive->child, NULL, 0);
    }
    vterm_free(drive->terminal);
    close(drive->tty);
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
    if (argc - at < 4 || sscanf(argv[at], "%dx%d", &drive.columns, &drive.rows) != 2 ||
        (script = fopen(argv[at + 1], "r")) == NULL) {
        fprintf(stderr, "usage: drive [-t] COLSxROWS SCRIPT -- COMMAND...\n");
        return 2;
    }
    drive.script = argv[at + 1];
    if (!start(&drive, argv + at + 3)) {
        fclose(script);
        return 1;
    }
    while (fgets(line, sizeof line, script) != NULL) {
        drive.line++;
        line[strcspn(line, "\n")] = '\0';
        run_line(&drive, line);
    }
    fclose(script);
    stop(&drive);
    return drive.failures != 0;
}
