/* emulator — a program in a pseudo terminal, and the screen it draws there.
 *
 *     struct emulator emulator = {.rows = 24, .columns = 80};
 *     emulator_start(&emulator, argv);
 *     emulator_type(&emulator, "q", 1);
 *     while (emulator_pump(&emulator, 20)) { }
 *     emulator_stop(&emulator); */
#ifndef TRACETUI_TESTS_EMULATOR_H
#define TRACETUI_TESTS_EMULATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include <vterm.h>

enum { EMULATOR_ROW_BYTES = 8192, EMULATOR_SCREEN_BYTES = 1 << 20 };

struct emulator {
    int rows, columns;
    int tty;
    pid_t child;                      /* 0 once it has ended */
    int status;                       /* of waitpid, when it has ended */
    bool closed;                      /* nothing more will be written */
    long bytes;                       /* written since the last key */
    unsigned idles, idles_before_key; /* marks "I have nothing left to do" */
    bool alternate, cursor_hidden, mouse;
    FILE *record;    /* gets every byte that the program writes, or NULL */
    char answer[32]; /* what the terminal answered last */
    VTerm *terminal;
    VTermScreen *screen;
};

bool emulator_start(struct emulator *emulator, char **command);
/* Ends the program if it still runs. */
void emulator_stop(struct emulator *emulator);

/* Takes what the program wrote, waiting so long for it; false when there was nothing. */
bool emulator_pump(struct emulator *emulator, int timeout_ms);
void emulator_type(struct emulator *emulator, const char *keys, size_t length);
void emulator_resize(struct emulator *emulator, int columns, int rows);
/* True when the program has ended; then status is set. */
bool emulator_has_ended(struct emulator *emulator);

/* What of the terminal is not as a shell expects it, or NULL. */
const char *emulator_disorder(struct emulator *emulator);

void emulator_row(const struct emulator *emulator, int y, char target[EMULATOR_ROW_BYTES]);
bool emulator_shows(const struct emulator *emulator, const char *text);
/* The rows as text, then their style, one character a cell: '.' plain, '#' reverse, '~' underlined,
 * a letter a colour (capital: bold), '_' a background, '!' bold. */
void emulator_dump(const struct emulator *emulator, char *target, size_t size);

#endif
