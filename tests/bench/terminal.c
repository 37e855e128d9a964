/* terminal — a tracetui with a screen, on a pseudo terminal of 160x45 that nobody looks at. */
#include "tests/bench/terminal.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

enum { READ_BYTES = 1 << 16, PATIENCE_MS = 60000, QUITS = 5, QUIT_MS = 300 };

void terminal_start(struct terminal *terminal, const char *folder, const char *const *arguments)
{
    struct winsize size = {.ws_row = 45, .ws_col = 160};
    *terminal = (struct terminal){.started = bench_now()};
    terminal->pid = forkpty(&terminal->fd, NULL, NULL, &size);
    if (terminal->pid < 0) {
        bench_die("no pseudo terminal");
    }
    if (terminal->pid == 0) {
        setenv("HOME", folder, 1);
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        unsetenv("XDG_CONFIG_HOME");
        unsetenv("XDG_STATE_HOME");
        unsetenv("XDG_DATA_HOME");
        execv(arguments[0], (char *const *)arguments);
        _exit(127);
    }
}

/* Whether something came within so long. */
static bool take(struct terminal *terminal, int timeout_ms)
{
    char bytes[READ_BYTES];
    struct pollfd fd = {.fd = terminal->fd, .events = POLLIN};
    if (poll(&fd, 1, timeout_ms) != 1) {
        return false;
    }
    ssize_t length = read(terminal->fd, bytes, sizeof bytes);
    if (length > 0) {
        text_append(&terminal->output, text_make(bytes, (size_t)length));
    }
    return length > 0;
}

void terminal_press(struct terminal *terminal, const char *keys)
{
    terminal->output.length = 0;
    if (write(terminal->fd, keys, strlen(keys)) != (ssize_t)strlen(keys)) {
        bench_die("the explorer takes no keys");
    }
}

double terminal_wait_for(struct terminal *terminal, const char *text)
{
    while (!text_contains_nocase(text_buffer_text(&terminal->output), text_from(text))) {
        if (!take(terminal, PATIENCE_MS)) {
            bench_die("the explorer does not show \"%s\"", text);
        }
    }
    return bench_now();
}

double terminal_wait_quiet(struct terminal *terminal, int quiet_ms)
{
    double last = 0;
    while (take(terminal, quiet_ms)) {
        last = bench_now();
    }
    return last;
}

double terminal_wait_byte(struct terminal *terminal, int patience_ms)
{
    return take(terminal, patience_ms) ? bench_now() : 0;
}

double terminal_memory(const struct terminal *terminal, const char *kind)
{
    char path[64], line[256];
    size_t length = strlen(kind);
    double kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)terminal->pid);
    FILE *status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, kind, length) == 0) {
            sscanf(line + length, ": %lf", &kib);
        }
    }
    if (status != NULL) {
        fclose(status);
    }
    return kib / 1024;
}

void terminal_stop(struct terminal *terminal)
{
    int status = -1;
    pid_t ended = 0;
    for (int i = 0; i < QUITS && ended == 0; i++) {
        terminal_press(terminal, "q");
        terminal_wait_quiet(terminal, QUIT_MS);
        ended = waitpid(terminal->pid, &status, WNOHANG);
    }
    if (ended == 0) {
        kill(terminal->pid, SIGTERM);
        ended = waitpid(terminal->pid, &status, 0);
    }
    close(terminal->fd);
    text_buffer_free(&terminal->output);
    if (ended != terminal->pid || !WIFEXITED(status)) {
        bench_die("the explorer ended with status %d", status);
    }
}
