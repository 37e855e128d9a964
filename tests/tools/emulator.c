/* emulator — a program in a pseudo terminal, and the screen it draws there. */
#include "emulator.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { STOP_TRIES = 250, STOP_STEP_MS = 20 };

/* ---- what libvterm calls -------------------------------------------------------------------- */

/* The terminal's answers to queries of the program. */
static void on_answer(const char *bytes, size_t length, void *context)
{
    struct emulator *emulator = context;
    size_t kept = length < sizeof emulator->answer ? length : sizeof emulator->answer - 1;
    memcpy(emulator->answer, bytes, kept);
    emulator->answer[kept] = '\0';
    if (write(emulator->tty, bytes, length) < 0) {
        emulator->closed = true;
    }
}

/* The program's idle mark: ESC ] 7777 ; idle ; N ESC \ . */
static int on_osc(const char *command, size_t length, void *context)
{
    static const char idle[] = "7777;idle";
    struct emulator *emulator = context;
    if (length >= sizeof idle - 1 && memcmp(command, idle, sizeof idle - 1) == 0) {
        emulator->idles++;
    }
    return 1;
}

static int on_property(VTermProp property, VTermValue *value, void *context)
{
    struct emulator *emulator = context;
    if (property == VTERM_PROP_ALTSCREEN) {
        emulator->alternate = value->boolean != 0;
    } else if (property == VTERM_PROP_CURSORVISIBLE) {
        emulator->cursor_hidden = value->boolean == 0;
    } else if (property == VTERM_PROP_MOUSE) {
        emulator->mouse = value->number != VTERM_PROP_MOUSE_NONE;
    }
    return 1;
}

/* ---- the program ---------------------------------------------------------------------------- */

bool emulator_start(struct emulator *emulator, char **command)
{
    static const VTermParserCallbacks fallbacks = {.osc = on_osc};
    static const VTermScreenCallbacks callbacks = {.settermprop = on_property};
    struct winsize size = {.ws_row = (unsigned short)emulator->rows,
                           .ws_col = (unsigned short)emulator->columns};
    emulator->child = forkpty(&emulator->tty, NULL, NULL, &size);
    if (emulator->child < 0) {
        return false;
    }
    if (emulator->child == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    emulator->closed = false;
    emulator->terminal = vterm_new(emulator->rows, emulator->columns);
    vterm_set_utf8(emulator->terminal, 1);
    vterm_output_set_callback(emulator->terminal, on_answer, emulator);
    emulator->screen = vterm_obtain_screen(emulator->terminal);
    vterm_screen_set_unrecognised_fallbacks(emulator->screen, &fallbacks, emulator);
    vterm_screen_set_callbacks(emulator->screen, &callbacks, emulator);
    vterm_screen_enable_altscreen(emulator->screen, 1);
    vterm_screen_reset(emulator->screen, 1);
    return true;
}

bool emulator_has_ended(struct emulator *emulator)
{
    if (emulator->child > 0 &&
        waitpid(emulator->child, &emulator->status, WNOHANG) == emulator->child) {
        emulator->child = 0;
    }
    return emulator->child == 0;
}

void emulator_stop(struct emulator *emulator)
{
    if (emulator->child > 0) {
        kill(emulator->child, SIGTERM);
    }
    for (int i = 0; i < STOP_TRIES && !emulator_has_ended(emulator); i++) {
        if (!emulator_pump(emulator, STOP_STEP_MS) && emulator->closed) {
            usleep(STOP_STEP_MS * 1000);
        }
    }
    if (emulator->child > 0) {
        kill(emulator->child, SIGKILL);
        waitpid(emulator->child, NULL, 0);
    }
    vterm_free(emulator->terminal);
    close(emulator->tty);
}

bool emulator_pump(struct emulator *emulator, int timeout_ms)
{
    struct pollfd poller = {.fd = emulator->tty, .events = POLLIN};
    char bytes[65536];
    if (emulator->closed || poll(&poller, 1, timeout_ms) <= 0) {
        return false;
    }
    ssize_t got = read(emulator->tty, bytes, sizeof bytes);
    if (got <= 0) {
        emulator->closed = true;
        return false;
    }
    emulator->bytes += got;
    if (emulator->record != NULL) {
        fwrite(bytes, 1, (size_t)got, emulator->record);
    }
    vterm_input_write(emulator->terminal, bytes, (size_t)got);
    return true;
}

void emulator_type(struct emulator *emulator, const char *keys, size_t length)
{
    while (emulator_pump(emulator, 0)) {
    }
    emulator->bytes = 0;
    emulator->idles_before_key = emulator->idles;
    if (write(emulator->tty, keys, length) < 0) {
        emulator->closed = true;
    }
}

void emulator_resize(struct emulator *emulator, int columns, int rows)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    emulator->columns = columns;
    emulator->rows = rows;
    emulator->idles_before_key = emulator->idles;
    VTermPos cursor;
    /* libvterm crashes when a wide character comes into a single column; when lines scroll out at
     * the top, with the cursor; and when a cursor saved before the terminal shrank is given back
     * outside of it: so the present one is saved. */
    vterm_set_size(emulator->terminal, rows, columns > 1 ? columns : 2);
    vterm_state_get_cursorpos(vterm_obtain_state(emulator->terminal), &cursor);
    if (cursor.row < 0) {
        vterm_input_write(emulator->terminal, "\033[H", 3);
    }
    vterm_input_write(emulator->terminal, "\0337", 2);
    ioctl(emulator->tty, TIOCSWINSZ, &size);
}

const char *emulator_disorder(struct emulator *emulator)
{
    struct termios modes;
    /* Whether pasted text is bracketed shows in what the terminal sends before it. */
    emulator->answer[0] = '\0';
    vterm_keyboard_start_paste(emulator->terminal);
    if (emulator->alternate) {
        return "the alternate screen is on";
    }
    if (emulator->cursor_hidden) {
        return "the cursor is hidden";
    }
    if (emulator->mouse) {
        return "the mouse is reported";
    }
    if (emulator->answer[0] != '\0') {
        return "paste is bracketed";
    }
    if (tcgetattr(emulator->tty, &modes) == 0 && (modes.c_lflag & (ICANON | ECHO)) == 0) {
        return "the line discipline is raw";
    }
    return NULL;
}

/* ---- the screen ----------------------------------------------------------------------------- */

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

static VTermScreenCell cell_at(const struct emulator *emulator, int y, int x)
{
    VTermScreenCell cell;
    VTermPos position = {.row = y, .col = x};
    vterm_screen_get_cell(emulator->screen, position, &cell);
    return cell;
}

void emulator_row(const struct emulator *emulator, int y, char target[EMULATOR_ROW_BYTES])
{
    size_t length = 0;
    for (int x = 0; x < emulator->columns && length < EMULATOR_ROW_BYTES - 64; x++) {
        VTermScreenCell cell = cell_at(emulator, y, x);
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

static char cell_style(const VTermScreenCell *cell)
{
    bool is_blank = cell->chars[0] == 0 || cell->chars[0] == ' ';
    if (cell->attrs.reverse) {
        return '#';
    }
    if (cell->attrs.underline) {
        return '~';
    }
    bool coloured = VTERM_COLOR_IS_INDEXED(&cell->fg) && !VTERM_COLOR_IS_DEFAULT_FG(&cell->fg);
    if (coloured && !is_blank) { /* the colour of a blank is not seen */
        return (char)((cell->attrs.bold ? 'A' : 'a') + cell->fg.indexed.idx % 26);
    }
    if (!VTERM_COLOR_IS_DEFAULT_BG(&cell->bg)) {
        return '_';
    }
    return cell->attrs.bold && !is_blank ? '!' : '.';
}

bool emulator_shows(const struct emulator *emulator, const char *text)
{
    char row[EMULATOR_ROW_BYTES];
    for (int y = 0; y < emulator->rows; y++) {
        emulator_row(emulator, y, row);
        if (strstr(row, text) != NULL) {
            return true;
        }
    }
    return false;
}

void emulator_dump(const struct emulator *emulator, char *target, size_t size)
{
    size_t length = 0;
    char row[EMULATOR_ROW_BYTES];
    for (int y = 0; y < emulator->rows; y++) {
        emulator_row(emulator, y, row);
        length += (size_t)snprintf(target + length, size - length, "%s\n", row);
    }
    length += (size_t)snprintf(target + length, size - length, "--- style\n");
    for (int y = 0; y < emulator->rows; y++) {
        int width = emulator->columns;
        for (int x = 0; x < width; x++) {
            VTermScreenCell cell = cell_at(emulator, y, x);
            row[x] = cell_style(&cell);
        }
        while (width > 0 && row[width - 1] == '.') {
            width--;
        }
        length += (size_t)snprintf(target + length, size - length, "%.*s\n", width, row);
    }
}
