/* clipboard — text for other programs, also over ssh and inside tmux.
 *
 * tmux drops OSC 52 from programs unless its owner allows it, but takes text from its own client;
 * everything else gets OSC 52. No terminal confirms, so a copy goes into a file. */
#include "tui/clipboard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tui/screen.h"
#include "tui/spawn.h"

/* Makes the folders above path, each only for the user. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700); /* opening the file tells what went wrong */
        *slash = '/';
    }
}

static enum err write_copy(struct text text, char path[PATH_MAX], struct err_msg *why)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    bool has_state = state != NULL && state[0] == '/';
    int length =
        snprintf(path, PATH_MAX, "%s%s/tracetui/clip",
                 has_state ? state : (home != NULL ? home : ""), has_state ? "" : "/.local/state");
    if (length >= PATH_MAX) {
        return err_set(why, ERR_IO, "clipboard file: path too long");
    }
    make_folders(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return err_set(why, ERR_IO, "%.120s: %s", path, strerror(errno));
    }
    int problem = 0;
    while (text.length > 0 && problem == 0) {
        ssize_t written = write(fd, text.data, text.length);
        if (written >= 0) {
            text = text_make(text.data + written, text.length - (size_t)written);
        } else if (errno != EINTR) {
            problem = errno;
        }
    }
    if (close(fd) != 0 && problem == 0) {
        problem = errno;
    }
    return problem == 0 ? ERR_OK : err_set(why, ERR_IO, "%.120s: %s", path, strerror(problem));
}

static bool give_to_tmux(const char *path)
{
    char program[] = "tmux";
    char command[] = "load-buffer";
    char to_terminal[] = "-w";
    char from_stdin[] = "-";
    char *const load[] = {program, command, to_terminal, from_stdin, NULL};
    return getenv("TMUX") != NULL && spawn_wait(load, path, NULL) == ERR_OK;
}

void clipboard_osc52(struct text text, struct text_buffer *target)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    text_append_cstr(target, "\033]52;c;");
    for (size_t i = 0; i < text.length; i += 3) {
        size_t left = text.length - i;
        uint32_t group = (uint32_t)(unsigned char)text.data[i] << 16;
        group |= left > 1 ? (uint32_t)(unsigned char)text.data[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)(unsigned char)text.data[i + 2] : 0;
        text_append_char(target, digits[group >> 18]);
        text_append_char(target, digits[group >> 12 & 63]);
        size_t kept = left > 2 ? 3 : left; /* bytes of this group; '=' fills it up */
        text_append(target, text_make(&digits[group >> 6 & 63], kept > 1 ? 1 : 0));
        text_append(target, text_make(&digits[group & 63], kept > 2 ? 1 : 0));
        text_append(target, text_make("==", 3 - kept));
    }
    text_append_char(target, '\a');
}

enum err clipboard_copy(struct text text, struct err_msg *ret_said)
{
    char path[PATH_MAX];
    enum err saved = write_copy(text, path, ret_said);
    if (saved == ERR_OK && give_to_tmux(path)) {
        err_set(ret_said, ERR_OK, "copied %zu bytes to tmux and its terminal; also in %.160s",
                text.length, path);
        return ERR_OK;
    }
    if (text.length > (size_t)CLIPBOARD_BASE64_LARGEST / 4 * 3) {
        return saved != ERR_OK
                   ? saved
                   : err_set(ret_said, ERR_LIMIT,
                             "%zu bytes are too many for a terminal: in %.160s", text.length, path);
    }
    struct text_buffer sequence = {0};
    clipboard_osc52(text, &sequence);
    screen_write_raw(sequence.data, sequence.length);
    text_buffer_free(&sequence);
    if (saved == ERR_OK) {
        err_set(ret_said, ERR_OK, "sent %zu bytes to the terminal (OSC 52); also in %.160s",
                text.length, path);
    } else {
        err_set(ret_said, ERR_OK, "sent %zu bytes to the terminal (OSC 52)", text.length);
    }
    return ERR_OK;
}
