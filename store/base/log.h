/* log — one line per event on stderr, or nowhere while a screen owns the terminal. */
#ifndef TRACETUI_STORE_BASE_LOG_H
#define TRACETUI_STORE_BASE_LOG_H

#include "store/base/err.h"

/* Lines go to stderr when on is non-zero; they are dropped otherwise. Off at start.
 * Thread: set before threads start. */
void log_enable(int on);

/* One line, the newline is added; control bytes of the arguments are replaced by '?'.
 * Thread: any. */
void log_line(const char *format, ...) PRINTF_LIKE(1);

#endif
