/* screen_keys — what arrives from the terminal, as keys. */
#include "tui/screen_keys.h"

#include <ncurses.h>
#include <termios.h>
#include <unistd.h>

#include "tui/keys.h"
#include "tui/screen.h"

enum {
    ESCAPE_DELAY_MS = 25, /* the default of a second makes Esc feel broken */
    ESCAPE_KEY = 0x1B,
    /* beyond KEY_MAX and the codes that curses gives to extended capabilities */
    CURSES_PASTE_BEGIN = 3000,
    CURSES_PASTE_END,
    MOUSE_BURST = 16,
};

/* Keys of terminals that send other sequences than their terminfo entry says. */
static const struct {
    const char *sequence;
    int key;
} more_keys[] = {
    {"\033[A", KEY_UP},    {"\033[B", KEY_DOWN},
    {"\033[C", KEY_RIGHT}, {"\033[D", KEY_LEFT},
    {"\033[H", KEY_HOME},  {"\033[F", KEY_END},
    {"\033OH", KEY_HOME},  {"\033OF", KEY_END},
    {"\033[1~", KEY_HOME}, {"\033[4~", KEY_END},
    {"\033[Z", KEY_BTAB},  {"\033[200~", CURSES_PASTE_BEGIN},
    {"\033OP", KEY_F(1)},  {"\033[201~", CURSES_PASTE_END},
    {"\033OQ", KEY_F(2)},
};

static const struct {
    int curses;
    uint32_t key;
} curses_keys[] = {
    {KEY_UP, KEY_CODE_UP},
    {KEY_DOWN, KEY_CODE_DOWN},
    {KEY_LEFT, KEY_CODE_LEFT},
    {KEY_RIGHT, KEY_CODE_RIGHT},
    {KEY_HOME, KEY_CODE_HOME},
    {KEY_END, KEY_CODE_END},
    {KEY_PPAGE, KEY_CODE_PAGE_UP},
    {KEY_NPAGE, KEY_CODE_PAGE_DOWN},
    {KEY_BTAB, KEY_CODE_BACKTAB},
    {KEY_BACKSPACE, KEY_CODE_BACKSPACE},
    {KEY_DC, KEY_CODE_DELETE},
    {KEY_ENTER, '\r'},
    {KEY_F(1), KEY_CODE_F1},
    {KEY_F(2), KEY_CODE_F2},
    {KEY_F(5), KEY_CODE_F5},
    {KEY_RESIZE, KEY_CODE_RESIZE},
    {CURSES_PASTE_BEGIN, KEY_CODE_PASTE_BEGIN},
    {CURSES_PASTE_END, KEY_CODE_PASTE_END},
};

/* A key that was read too early. */
struct input {
    int kind; /* OK, KEY_CODE_YES, or ERR for none */
    wint_t value;
};

static struct input early = {.kind = ERR};
static struct screen_mouse mouse_events[MOUSE_BURST]; /* not yet handled, the latest first */
static size_t mouse_count;
static struct screen_mouse last_mouse;

static struct input read_input(void)
{
    struct input input = early;
    early.kind = ERR;
    if (input.kind == ERR) {
        input.kind = get_wch(&input.value);
    }
    return input;
}

/* Passes over the rest of a control sequence that no key has: answers to questions that others
 * asked the terminal, or keys with modifiers. Typed as text they would be commands. */
static void skip_sequence(bool is_string)
{
    for (;;) {
        struct input input = read_input();
        if (input.kind != OK) {
            early = input;
            return;
        }
        bool is_last = is_string ? input.value == '\a' || input.value == '\\'
                                 : input.value >= 0x40 && input.value <= 0x7E;
        if (is_last) {
            return;
        }
    }
}

/* After Esc: a key of the same moment belongs to it. Only what the line editor knows counts as an
 * Alt key, so that Esc and a command typed fast stay two keys. False when nothing is left. */
static bool read_escape(uint32_t *ret_key)
{
    struct input next = read_input();
    if (next.kind == OK) {
        switch (next.value) {
        case '[':
            skip_sequence(false);
            return false;
        case ']':
        case 'P':
        case '_':
            skip_sequence(true);
            return false;
        case 'b':
        case 'f':
        case 'd':
        case 0x7F:
            *ret_key = KEY_CODE_ALT + (uint32_t)next.value;
            return true;
        default:
            break;
        }
    }
    early = next;
    *ret_key = ESCAPE_KEY;
    return true;
}

/* Curses may sum up a burst, like a press and its release, in one KEY_MOUSE. */
static void read_mouse(void)
{
    static const struct {
        mmask_t bit;
        enum screen_mouse_kind kind;
    } kinds[] = {
        {BUTTON1_PRESSED, MOUSE_PRESS},
        {BUTTON1_RELEASED, MOUSE_RELEASE},
        {BUTTON4_PRESSED, MOUSE_WHEEL_UP},
        {BUTTON5_PRESSED, MOUSE_WHEEL_DOWN},
    };
    MEVENT event;
    while (mouse_count < ARRAY_LEN(mouse_events) && getmouse(&event) == OK) {
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
            if ((event.bstate & kinds[i].bit) != 0) {
                mouse_events[mouse_count++] =
                    (struct screen_mouse){.kind = kinds[i].kind, .y = event.y, .x = event.x};
                break;
            }
        }
    }
}

/* False for a key that the program has no use for. */
static bool translate(struct input input, uint32_t *ret_key)
{
    if (input.kind == OK) {
        if (input.value == ESCAPE_KEY) {
            return read_escape(ret_key);
        }
        *ret_key = input.value == 0x7F || input.value == '\b' ? (uint32_t)KEY_CODE_BACKSPACE
                                                              : (uint32_t)input.value;
        return true;
    }
    if (input.value == KEY_MOUSE) {
        read_mouse();
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(curses_keys); i++) {
        if (curses_keys[i].curses == (int)input.value) {
            *ret_key = curses_keys[i].key;
            return true;
        }
    }
    return false;
}

/* Keys that the terminal driver would act on itself become ours. */
void screen_keys_start(void)
{
    cbreak();
    noecho();
    nonl();
    struct termios mode;
    if (tcgetattr(STDIN_FILENO, &mode) == 0) {
        mode.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
        mode.c_cc[VINTR] = _POSIX_VDISABLE;
        mode.c_cc[VQUIT] = _POSIX_VDISABLE;
        mode.c_cc[VSUSP] = _POSIX_VDISABLE;
        mode.c_cc[VLNEXT] = _POSIX_VDISABLE;
        tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
        def_prog_mode();
    }
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    early.kind = ERR;
    set_escdelay(ESCAPE_DELAY_MS);
    mouseinterval(0);
    typeahead(-1); /* the loop drains all input before it draws */
    for (size_t i = 0; i < ARRAY_LEN(more_keys); i++) {
        define_key(more_keys[i].sequence, more_keys[i].key);
    }
}

bool screen_key(uint32_t *ret_key)
{
    while (stdscr != NULL) {
        if (mouse_count > 0) {
            last_mouse = mouse_events[--mouse_count];
            *ret_key = KEY_CODE_MOUSE;
            return true;
        }
        struct input input = read_input();
        if (input.kind == ERR) {
            return false;
        }
        while (input.kind == KEY_CODE_YES && input.value == KEY_RESIZE) {
            struct input next = read_input();
            if (next.kind != KEY_CODE_YES || next.value != KEY_RESIZE) {
                early = next;
                break;
            }
        }
        if (translate(input, ret_key)) {
            return true;
        }
    }
    return false;
}

struct screen_mouse screen_mouse(void)
{
    return last_mouse;
}
