/* screen_keys — what arrives from the terminal, as keys. Private to screen.c. */
#ifndef TRACETUI_TUI_SCREEN_KEYS_H
#define TRACETUI_TUI_SCREEN_KEYS_H

/* Sets the terminal up for reading keys; curses must be open. The keys that the terminal driver
 * would act on itself (^C, ^Z, ^S) become ours. */
void screen_keys_start(void);

#endif
