/* retry_after — the header Retry-After: seconds, or a date. */
#ifndef TRACETUI_CLIENT_RETRY_AFTER_H
#define TRACETUI_CLIENT_RETRY_AFTER_H

#include <stdint.h>

/* Milliseconds to wait from now_s (seconds since the epoch); 0 for a date that has passed, -1 for a
 * text that is neither. The text ends at its line's end. */
int64_t retry_after_ms(const char *text, int64_t now_s);

#endif
