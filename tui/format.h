/* format — numbers for people: durations, counts, bytes, times. Fixed buffers, never locale
 * dependent. */
#ifndef TRACETUI_TUI_FORMAT_H
#define TRACETUI_TUI_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "store/base/text.h"

enum { FORMAT_BYTES = 40 };

/* "<1us" never: 0 is "0", then "850ns", "12.3us" with a real micro sign unless ascii, "27.0ms",
 * "255ms", "1.28s", "12.4s", "2m05s", "3h20m", "4d02h". At most 7 cells. */
struct text format_duration(char target[FORMAT_BYTES], int64_t ns, bool ascii);
/* "147", "1.9k", "51k", "2.48M", "1.2G": at most 5 cells. */
struct text format_count(char target[FORMAT_BYTES], int64_t count);
/* "2,481,033" */
struct text format_exact(char target[FORMAT_BYTES], int64_t count);
/* "11.8 GB", "640 kB" */
struct text format_size(char target[FORMAT_BYTES], int64_t bytes);
/* "14:03:20.412" in the local zone (TZ) */
struct text format_clock(char target[FORMAT_BYTES], int64_t ns);
/* "2025-11-20 14:03:20.412" */
struct text format_date(char target[FORMAT_BYTES], int64_t ns);
/* "3s ago", "12m ago", "2h ago", "in 4s" */
struct text format_ago(char target[FORMAT_BYTES], int64_t ns, int64_t now_ns);
/* "97.4%" */
struct text format_percent(char target[FORMAT_BYTES], int64_t part, int64_t whole);

#endif
