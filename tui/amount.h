/* amount — ages and sizes as people write them on a command line. */
#ifndef TRACETUI_TUI_AMOUNT_H
#define TRACETUI_TUI_AMOUNT_H

#include <stdint.h>

#include "store/base/err.h"

/* "7d", "90m", with s m h d w; "0" is no age. Errors: ERR_PARSE, ERR_LIMIT. */
enum err amount_parse_age(const char *text, int64_t *ret_ns) MUST_CHECK;

/* "500M", "10G", with K M G T as powers of 1024, or plain bytes. Errors: ERR_PARSE, ERR_LIMIT. */
enum err amount_parse_size(const char *text, int64_t *ret_bytes) MUST_CHECK;

/* "1000/min", "50/s", or a plain number for a minute; > 0. Errors: ERR_PARSE, ERR_LIMIT. */
enum err amount_parse_rate(const char *text, int64_t *ret_per_minute) MUST_CHECK;

#endif
