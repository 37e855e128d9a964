/* token — secrets in files: reading them, and making the admin's on the first start. */
#include "tui/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/text.h"

enum { PATH_BYTES = 4096, RANDOM_BYTES = 32 };

enum err token_keep(const char *text, char **ret_token, struct err_msg *why)
{
    struct text token = text_trim(text_from(text));
    if (token.length < TOKEN_SMALLEST_CHARS || token.length > TOKEN_LARGEST_CHARS) {
        return err_set(why, ERR_PARSE, "a token of %d to %d characters expected",
                       TOKEN_SMALLEST_CHARS, TOKEN_LARGEST_CHARS);
    }
    for (size_t i = 0; i < token.length; i++) {
        if (token.data[i] < ' ' || token.data[i] > '~') {
            return err_set(why, ERR_PARSE, "a token of printable characters expected");
        }
    }
    struct text_buffer kept = {0};
    text_append(&kept, token);
    *ret_token = kept.data;
    return ERR_OK;
}

static enum err read_open(int file, const char *path, char **ret_token, struct err_msg *why)
{
    char text[TOKEN_LARGEST_CHARS + 3];
    ssize_t length = read(file, text, sizeof text - 1);
    if (length < 0) {
        return err_set(why, ERR_IO, "%s: %s", path, strerror(errno));
    }
    text[length] = '\0';
    struct err_msg reason;
    enum err err = token_keep(text, ret_token, &reason);
    explicit_bzero(text, sizeof text);
    return err == ERR_OK ? ERR_OK : err_set(why, err, "%s: %s", path, reason.text);
}

enum err token_read(const char *path, char **ret_token, struct err_msg *why)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return err_set(why, ERR_IO, "%s: %s", path, strerror(errno));
    }
    enum err err = read_open(file, path, ret_token, why);
    close(file);
    return err;
}

/* ---- the admin's ---------------------------------------------------------------------------- */

/* The folders on the way to the file, for its owner alone. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700); /* what cannot be made is noticed when the file is opened */
        *slash = '/';
    }
}

static enum err write_random(int file, struct err_msg *why)
{
    uint8_t bytes[RANDOM_BYTES];
    char text[2 * RANDOM_BYTES + 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return err_set(why, ERR_IO, "no random numbers: %s", strerror(errno));
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    text[2 * RANDOM_BYTES] = '\n';
    bool written =
        write(file, text, 2 * RANDOM_BYTES + 1) == 2 * RANDOM_BYTES + 1 && fsync(file) == 0;
    explicit_bzero(text, sizeof text);
    explicit_bzero(bytes, sizeof bytes);
    return written ? ERR_OK : err_set(why, ERR_IO, "it cannot be written: %s", strerror(errno));
}

/* Written under another name first: whoever finds the file finds all of it. */
static enum err make(char *path, struct err_msg *why)
{
    char draft[PATH_BYTES + 32];
    make_folders(path);
    snprintf(draft, sizeof draft, "%s.%ld", path, (long)getpid());
    int file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return err_set(why, ERR_IO, "%s: %s", path, strerror(errno));
    }
    enum err err = write_random(file, why);
    close(file);
    if (err == ERR_OK && link(draft, path) != 0 && errno != EEXIST) {
        err = err_set(why, ERR_IO, "%s: %s", path, strerror(errno));
    }
    unlink(draft);
    return err;
}

static enum err read_private(const char *path, char **ret_token, struct err_msg *why)
{
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return err_set(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                       strerror(errno));
    }
    enum err err = ERR_OK;
    if (fstat(file, &about) != 0 || (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        err = err_set(why, ERR_UNSUPPORTED, "%s: others may read it: chmod 600", path);
    } else {
        err = read_open(file, path, ret_token, why);
    }
    close(file);
    return err;
}

enum err token_of_admin(char **ret_token, struct err_msg *why)
{
    char path[PATH_BYTES];
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    bool given = state != NULL && state[0] == '/';
    if (!given && (home == NULL || home[0] != '/')) {
        return err_set(why, ERR_IO,
                       "there is no home for the admin's token: --token-file names it");
    }
    int length = snprintf(path, sizeof path, "%s%s/tracetui/token", given ? state : home,
                          given ? "" : "/.local/state");
    if (length < 0 || (size_t)length >= sizeof path) {
        return err_set(why, ERR_IO, "the path of the admin's token is too long");
    }
    enum err err = read_private(path, ret_token, why);
    if (err == ERR_NOT_FOUND) {
        err = make(path, why);
        err = err == ERR_OK ? read_private(path, ret_token, why) : err;
    }
    return err;
}
