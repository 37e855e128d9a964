/* chaos — what a cat on the keyboard does, with a window manager for company. */
#include "chaos.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

#include "emulator.h"

enum { COLUMNS_LARGEST = 220, ROWS_LARGEST = 70, RESIZE_ONE_IN = 23, PAUSE_MS = 12 };

/* Keys a hand might hit, those that end the program or start another left out; then bytes that no
 * hand would send. (One a line would make the table five times as long, hence no formatter.) */
/* clang-format off */
static const char *const keys[] = {
    "j", "k", "5j", "g", "G", "\r", "\r", "\x1b", "\x1b", "\t", "\t", "/a", "/", "?", "f", "B", ":",
    "u", "U", "i", "x", "+", "+", "-", "H", "L", "0", ".", "e", "E", "n", "N", "t", "M", "C", "F",
    "R", "h", "l", " ", "zM", "zR", "z2", "ze", "zg", "zO", "zC", "J", "K", "p", "P", "c", "!", "&",
    "<", ">", "{", "}", "[", "]", "a", "w", "r", "s", "sd", "S", "D", "O", "ma", "'a", "''", "yt",
    "yj", "\f", "\x1b[A", "\x1b[B", "\x1b[5~", "\x1b[6~", "\x1b[<0;9;9M", "\x1b[<65;5;5M",
    "status:error", "dur>1ms", "goal", "\x15", "\x7f", "\x1bOQ", "\x1b[200~paste\nd\x1b[201~",
    "\xff\xfe", "\xe6\x97\xa5", "\x1b[999;999Z", "99999999999j", "0",
};
/* clang-format on */

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void chaos(struct emulator *emulator, long ms, uint64_t seed)
{
    long until = now_ms() + ms;
    uint64_t dice = seed | 1;
    while (now_ms() < until && !emulator_has_ended(emulator)) {
        dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        unsigned roll = (unsigned)(dice >> 33);
        const char *key = keys[roll % (sizeof keys / sizeof keys[0])];
        if (roll % RESIZE_ONE_IN == 0) {
            emulator_resize(emulator, 1 + (int)(dice >> 40) % COLUMNS_LARGEST,
                            1 + (int)(dice >> 50) % ROWS_LARGEST);
        }
        emulator_type(emulator, key, strlen(key));
        emulator_pump(emulator, (int)(roll % PAUSE_MS));
    }
}
