/* filter_time — moments and durations as the query language writes them. */
#ifndef TRACETUI_STORE_FILTER_TIME_H
#define TRACETUI_STORE_FILTER_TIME_H

#include <stdint.h>

#include "store/base/text.h"

enum { DURATION_BYTES = 40, FILTER_TIME_BYTES = 48 };

enum filter_time_form {
    TIME_RELATIVE, /* number is added to now */
    TIME_OF_DAY,   /* number is ns since local midnight */
    TIME_ABSOLUTE, /* number is ns since the epoch */
};

struct filter_time {
    enum filter_time_form form;
    int64_t number;
};

/* "1h" and "-1h" (ago), "+5s", "now", "14:03", "14:03:20.5", "2025-11-20", "2025-11-20T14:03Z",
 * "...+01:00" (local zone unless said), or digits since the epoch (s, ms, us, ns by their number).
 * Errors: ERR_PARSE with why. */
enum err filter_time_parse(struct text text, struct filter_time *ret_time,
                           struct err_msg *why) MUST_CHECK;

/* The canonical form; dates in UTC. minus_sign: write "-5s" for the past instead of "5s". */
struct text filter_time_print(char target[FILTER_TIME_BYTES], const struct filter_time *time,
                              bool minus_sign);

/* The canonical form of a duration >= 0: exact, in the unit a person would choose ("1.28s"). */
struct text duration_print(char target[DURATION_BYTES], int64_t ns);

#endif
