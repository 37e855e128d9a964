/* log — one line per event on stderr, or nowhere while a screen owns the terminal. */
#include "store/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_BYTES = 1024 };

/* The one sink of the process. Written before threads start. */
static int enabled;

void log_enable(int on)
{
    enabled = on;
}

void log_line(const char *format, ...)
{
    if (!enabled) {
        return;
    }
    char line[LINE_BYTES];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line - 1, format, args);
    va_end(args);
    if (length < 0) {
        return;
    }
    if (length > LINE_BYTES - 2) {
        length = LINE_BYTES - 2;
    }
    for (int i = 0; i < length; i++) {
        if ((unsigned char)line[i] < ' ' || line[i] == 127) {
            line[i] = '?';
        }
    }
    line[length] = '\n';
    /* One write, so that lines of two threads do not mix. */
    if (write(STDERR_FILENO, line, (size_t)length + 1) < 0) {
        return;
    }
}
