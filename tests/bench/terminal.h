/* terminal — a tracetui with a screen, on a pseudo terminal of 160x45 that nobody looks at. */
#ifndef TRACETUI_TESTS_BENCH_TERMINAL_H
#define TRACETUI_TESTS_BENCH_TERMINAL_H

#include <sys/types.h>

#include "store/base/text.h"

struct terminal {
    pid_t pid;
    int fd;
    double started;            /* when, as bench_now */
    struct text_buffer output; /* since the last key */
};

/* arguments: NULL-terminated, behind the program's name and --db; configuration of its own lies in
 * folder. */
void terminal_start(struct terminal *terminal, const char *folder, const char *const *arguments);
/* Presses q until it ends; exits if it ends badly. */
void terminal_stop(struct terminal *terminal);

void terminal_press(struct terminal *terminal, const char *keys);
/* Reads until the text has been written since the last key, and says when. Exits after a minute. */
double terminal_wait_for(struct terminal *terminal, const char *text);
/* Reads until nothing comes for so long; returns when the last byte came, 0 if none did. */
double terminal_wait_quiet(struct terminal *terminal, int quiet_ms);

/* Waits for the next byte; returns when it came, 0 if none did for so long. */
double terminal_wait_byte(struct terminal *terminal, int patience_ms);

/* MiB now, of a kind as in /proc/PID/status: "VmRSS", "RssAnon" without what is mapped of files. */
double terminal_memory(const struct terminal *terminal, const char *kind);

#endif
