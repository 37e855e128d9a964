/* screen — the terminal: shows a canvas, delivers keys, is given back whatever happens.
 *
 * Together with screen_keys.c and screen_paint.c the only file that knows curses. Its state is
 * global because the state of curses is. */
#include "tui/screen.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "tui/canvas.h"
#include "tui/screen_keys.h"
#include "tui/screen_paint.h"
#include "tui/spawn.h"
#include "tui/theme.h"

enum {
    RESTORE_BYTES = 512,
    NOTICE_BYTES = 128,
};

#define PASTE_ON  "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define MOUSE_OFF "\033[?1000l\033[?1002l\033[?1006l"

static struct {
    SCREEN *curses;
    struct termios shell_mode;
    char restore[RESTORE_BYTES]; /* what gives the terminal back, for signal handlers */
    size_t restore_length;
    char notice[NOTICE_BYTES];
    struct paint paint;
    bool mouse;
} screen;

static volatile sig_atomic_t is_open;

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};

/* ---- giving the terminal back ---- */

static void write_all(const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, length);
        if (written < 0 && errno != EINTR) {
            return;
        }
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
}

/* Calls nothing that is unsafe in a signal handler. */
static void restore_terminal(void)
{
    if (is_open) {
        is_open = 0;
        write_all(screen.restore, screen.restore_length);
        tcsetattr(STDIN_FILENO, TCSANOW, &screen.shell_mode);
    }
}

static void on_fatal_signal(int number)
{
    restore_terminal();
    raise(number); /* the handler is gone by now: SA_RESETHAND */
}

static void catch_fatal_signals(void)
{
    struct sigaction action = {.sa_handler = on_fatal_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ARRAY_LEN(fatal_signals); i++) {
        struct sigaction old;
        if (sigaction(fatal_signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL) {
            sigaction(fatal_signals[i], &action, NULL);
        }
    }
}

/* A capability of the terminal, NULL if it has none of that name. */
static const char *capability(const char *name)
{
    const char *value = tigetstr(name);
    return (intptr_t)value != -1 ? value : NULL;
}

static void add_restore(const char *bytes)
{
    /* terminfo marks pauses as "$<5>"; they are for printers */
    while (bytes != NULL && *bytes != '\0') {
        if (bytes[0] == '$' && bytes[1] == '<') {
            const char *end = strchr(bytes, '>');
            if (end != NULL) {
                bytes = end + 1;
                continue;
            }
        }
        if (screen.restore_length < sizeof screen.restore) {
            screen.restore[screen.restore_length++] = *bytes;
        }
        bytes++;
    }
}

/* ---- opening ---- */

/* Decides the character set; true when only ASCII is safe. */
static bool choose_charset(const struct screen_options *options)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* numbers in JSON and SQL have a point */
    if (options->ascii) {
        return true;
    }
    if (strcasecmp(nl_langinfo(CODESET), "UTF-8") == 0) {
        return false;
    }
    /* ssh hands over names of locales that this host may lack: they still tell the charset */
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *wanted = "";
    for (size_t i = 0; i < ARRAY_LEN(names) && wanted[0] == '\0'; i++) {
        const char *value = getenv(names[i]);
        wanted = value != NULL ? value : "";
    }
    bool is_utf8 =
        options->utf8 || strcasestr(wanted, "utf-8") != NULL || strcasestr(wanted, "utf8") != NULL;
    return !is_utf8 || setlocale(LC_CTYPE, "C.UTF-8") == NULL;
}

/* Terminals often bring names that the host has never heard of. */
static SCREEN *open_curses(const char *name)
{
    static const char *const like_xterm[] = {"kitty",   "ghostty", "foot", "alacritty",
                                             "wezterm", "xterm",   "tmux", "screen"};
    SCREEN *curses = newterm(name, stdout, stdin);
    if (curses != NULL) {
        return curses;
    }
    const char *fallbacks[3] = {NULL, "xterm", "vt100"};
    for (size_t i = 0; i < ARRAY_LEN(like_xterm); i++) {
        if (strstr(name, like_xterm[i]) != NULL) {
            fallbacks[0] = "xterm-256color";
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(fallbacks) && curses == NULL; i++) {
        if (fallbacks[i] != NULL) {
            curses = newterm(fallbacks[i], stdout, stdin);
            snprintf(screen.notice, sizeof screen.notice, "TERM=%.40s unknown here, using %s", name,
                     fallbacks[i]);
        }
    }
    return curses;
}

static void start_colours(enum colour_choice choice)
{
    screen.paint.level = theme_level(choice, getenv("NO_COLOR"), tigetnum("colors"));
    if (screen.paint.level != LEVEL_MONO && (start_color() == ERR || use_default_colors() == ERR)) {
        screen.paint.level = LEVEL_MONO;
    }
}

/* The modes that curses does not know of; off while somebody else has the terminal. */
static void set_modes(bool on)
{
    screen_write_raw(on ? PASTE_ON : PASTE_OFF, sizeof PASTE_ON - 1);
    mmask_t buttons = BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON4_PRESSED | BUTTON5_PRESSED;
    mousemask(on && screen.mouse ? buttons : 0, NULL);
}

/* Curses shows the cursor before it leaves the alternate screen; terminals built on libvterm hide
 * it again when they leave, so it is shown once more. */
static void end_curses(void)
{
    endwin();
    const char *show = capability("cnorm");
    if (show != NULL) {
        write_all(show, strlen(show));
    }
}

/* Whoever was killed before us could not give the terminal back: its keys neither echo nor make
 * lines. The shell after us shall not inherit that. */
static void mend_modes(struct termios *modes)
{
    if ((modes->c_lflag & (tcflag_t)(ICANON | ECHO)) == 0) {
        modes->c_lflag |= (tcflag_t)(ICANON | ECHO | ECHOE | ECHOK | ISIG | IEXTEN);
        modes->c_iflag |= (tcflag_t)(ICRNL | IXON);
        modes->c_oflag |= (tcflag_t)(OPOST | ONLCR);
        tcsetattr(STDIN_FILENO, TCSANOW, modes);
    }
}

enum err screen_open(const struct screen_options *options, struct err_msg *why)
{
    const char *hint = "the explorer needs a terminal; `tracetui ls` prints the list as text";
    const char *name = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        return err_set(why, ERR_UNSUPPORTED, "%s", hint);
    }
    if (name == NULL || name[0] == '\0' || strcmp(name, "dumb") == 0) {
        return err_set(why, ERR_UNSUPPORTED, "TERM is %s: %s",
                       name == NULL || name[0] == '\0' ? "not set" : name, hint);
    }
    if (tcgetattr(STDIN_FILENO, &screen.shell_mode) != 0) {
        return err_set(why, ERR_IO, "terminal: %s", strerror(errno));
    }
    mend_modes(&screen.shell_mode);
    screen.paint.ascii = choose_charset(options);
    screen.paint.console = strncmp(name, "linux", 5) == 0;
    screen.notice[0] = '\0';
    /* ncurses changes the modes at once, and without memory it crashes there */
    screen.restore_length = 0;
    is_open = 1;
    err_on_exit(restore_terminal);
    catch_fatal_signals();
    screen.curses = open_curses(name);
    if (screen.curses == NULL || capability("cup") == NULL) {
        if (screen.curses != NULL) {
            endwin();
            delscreen(screen.curses);
            screen.curses = NULL;
        }
        restore_terminal();
        return err_set(why, ERR_UNSUPPORTED, "TERM=%.40s cannot move its cursor: %s", name, hint);
    }
    add_restore(PASTE_OFF MOUSE_OFF);
    static const char *const capabilities[] = {"sgr0", "op", "rmkx", "rmcup", "cnorm"};
    for (size_t i = 0; i < ARRAY_LEN(capabilities); i++) {
        add_restore(capability(capabilities[i]));
    }
    atexit(screen_close);

    screen.mouse = options->mouse;
    screen_keys_start();
    start_colours(options->colour);
    paint_set_theme(&screen.paint,
                    options->theme != NULL ? options->theme : theme_automatic(getenv("COLORFGBG")));
    curs_set(0);
    set_modes(true);
    return ERR_OK;
}

void screen_close(void)
{
    if (is_open) {
        set_modes(false);
        end_curses();
        is_open = 0;
        delscreen(screen.curses);
        screen.curses = NULL;
    }
}

bool screen_is_ascii(void)
{
    return screen.paint.ascii;
}

const char *screen_notice(void)
{
    return screen.notice[0] != '\0' ? screen.notice : NULL;
}

/* ---- output ---- */

void screen_size(int *ret_h, int *ret_w)
{
    *ret_h = LINES;
    *ret_w = COLS;
}

void screen_show(const struct canvas *canvas)
{
    if (!is_open) {
        return;
    }
    int h = canvas->h < LINES ? canvas->h : LINES;
    int w = canvas->w < COLS ? canvas->w : COLS;
    if (h < LINES || w < COLS) {
        erase();
    }
    for (int y = 0; y < h; y++) {
        paint_row(&screen.paint, canvas, y, w);
    }
    idlok(stdscr, TRUE);
    bool has_cursor = canvas->cursor_y >= 0 && canvas->cursor_y < h && canvas->cursor_x >= 0 &&
                      canvas->cursor_x < w;
    /* a cursor that cannot be hidden waits in the last row's first column */
    bool is_hidden = curs_set(has_cursor ? 1 : 0) != ERR && !has_cursor;
    leaveok(stdscr, is_hidden ? TRUE : FALSE);
    move(has_cursor ? canvas->cursor_y : LINES - 1, has_cursor ? canvas->cursor_x : 0);
    wnoutrefresh(stdscr);
    doupdate();
}

void screen_set_theme(const struct theme *theme)
{
    paint_set_theme(&screen.paint, theme);
}

void screen_set_mouse(bool on)
{
    screen.mouse = on;
    set_modes(true);
}

bool screen_has_mouse(void)
{
    return screen.mouse;
}

void screen_redraw(void)
{
    clearok(curscr, TRUE);
}

void screen_write_raw(const char *bytes, size_t length)
{
    write_all(bytes, length);
}

/* ---- others in the terminal ---- */

static void leave(void)
{
    set_modes(false);
    def_prog_mode();
    end_curses();
}

static void enter(void)
{
    reset_prog_mode();
    set_modes(true);
    clearok(curscr, TRUE);
    refresh();
}

void screen_suspend(void)
{
    leave();
    struct sigaction stop = {.sa_handler = SIG_DFL};
    struct sigaction old;
    sigemptyset(&stop.sa_mask);
    sigaction(SIGTSTP, &stop, &old);
    kill(0, SIGTSTP); /* the whole job, as the terminal driver does */
    sigaction(SIGTSTP, &old, NULL);
    enter();
}

enum err screen_run(char *const argv[], struct err_msg *why)
{
    leave();
    enum err err = spawn_wait(argv, NULL, why);
    enter();
    return err;
}
