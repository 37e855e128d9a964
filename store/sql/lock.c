/* lock — the file beside the database that says which process may write.
 *
 * The lock belongs to the open file description, so two writers in one process exclude each other
 * too, and closing the database or another reader of the lock file does not drop it. The owner
 * locks the first byte; who claims the database locks one far behind the text. So nobody has to be
 * told when a claimant dies. */
#include "store/sql/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/base/text.h"
#include "store/sql/file_link.h"
#include "store/sql/file_mode.h"

enum {
    OWNER_BYTES = 1024, /* of an entry in the list of users */
    PID_TRIES = 20,
    PID_WAIT_NS = 5000000,
    NOTE_LARGEST_BYTES = 4096,
    CLAIM_BYTE = 1 << 30,
    CLAIM_NS = 50000000, /* between two tries */
    CLAIM_TRIES = 100,
};

/* Notes begin with this line where the owner lends. */
static const char lent[] = "lent\n";

static struct flock lock_of(off_t byte)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
}

/* Does somebody else hold the lock of this byte? */
static bool is_held(int file, off_t byte)
{
    struct flock lock = lock_of(byte);
    return fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* A database has one lock, whichever link leads to it. */
static bool lock_path(const char *path, char target[PATH_MAX])
{
    char *file = file_link_follow(path);
    bool fits = (size_t)snprintf(target, PATH_MAX, "%s.lock", file) < PATH_MAX;
    free(file);
    return fits;
}

/* Creates the directories above path, each only for the owner. */
static enum err make_directories(const char *path, struct err_msg *why)
{
    char directory[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof directory) {
        return err_set(why, ERR_IO, "%.60s...: path too long", path);
    }
    memcpy(directory, path, length + 1);
    for (char *slash = strchr(directory + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
            int reason = errno;
            struct stat found;
            if (stat(directory, &found) != 0) { /* a read-only parent may hold it already */
                return err_set(why, reason == ENOSPC ? ERR_FULL : ERR_IO, "cannot create %s: %s",
                               directory, strerror(reason));
            }
        }
        *slash = '/';
    }
    return ERR_OK;
}

/* The pid an owner wrote in the first line, or 0 as long as it has not. */
static int read_pid(int file)
{
    char digits[24];
    int64_t pid = 0;
    ssize_t length = pread(file, digits, sizeof digits, 0);
    const char *end = length > 0 ? memchr(digits, '\n', (size_t)length) : NULL;
    if (end == NULL || text_parse_i64(text_make(digits, (size_t)(end - digits)), &pid) != ERR_OK ||
        pid < 1 || pid > INT_MAX) {
        return 0;
    }
    return (int)pid;
}

/* The owner writes its pid right after it got the lock: wait a moment for that. */
static int wait_pid(int file)
{
    int pid = read_pid(file);
    for (int i = 0; i < PID_TRIES && pid == 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = PID_WAIT_NS}, NULL);
        pid = read_pid(file);
    }
    return pid;
}

/* At once: who can read the pid knows whether it lends. */
static bool write_pid(int file, bool lends)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%d\n%s", (int)getpid(), lends ? lent : "");
    return ftruncate(file, 0) == 0 && pwrite(file, text, (size_t)length, 0) == length;
}

/* Who may not write the database hears who may. */
static enum err refuse_stranger(const char *path, const char *name, struct err_msg *why)
{
    char text[OWNER_BYTES];
    struct stat about;
    struct passwd entry;
    struct passwd *owner = NULL;
    if (stat(path, &about) != 0 || about.st_uid == geteuid() ||
        getpwuid_r(about.st_uid, &entry, text, sizeof text, &owner) != 0 || owner == NULL) {
        return err_set(why, ERR_IO, "cannot create %s: %s", name, strerror(EACCES));
    }
    return err_set(why, ERR_IO, "only %s may write %s: run this as that user", owner->pw_name,
                   path);
}

/* Opens the lock file and locks it. */
static enum err open_locked(const char *path, const char *name, int *ret_file, struct err_msg *why)
{
    int file = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, file_mode(path));
    if (file < 0) {
        int reason = errno;
        if (reason == EACCES) {
            return refuse_stranger(path, name, why);
        }
        return err_set(why, reason == ENOSPC ? ERR_FULL : ERR_IO, "cannot create %s: %s", name,
                       strerror(reason));
    }
    struct flock lock = lock_of(0);
    if (fcntl(file, F_OFD_SETLK, &lock) != 0) {
        int reason = errno;
        int pid = reason == EAGAIN || reason == EACCES ? wait_pid(file) : 0;
        close(file);
        if (reason == EAGAIN || reason == EACCES) {
            return err_set(why, ERR_LOCKED, "%s is written by process %d already", path, pid);
        }
        return err_set(why, ERR_IO, "cannot lock %s: %s", name, strerror(reason));
    }
    *ret_file = file;
    return ERR_OK;
}

/* False when somebody removed or replaced the file that we have opened: others would lock another
 * one of the same name. */
static bool is_in_place(const char *name, int file)
{
    struct stat ours, found;
    return fstat(file, &ours) == 0 && stat(name, &found) == 0 && ours.st_ino == found.st_ino &&
           ours.st_dev == found.st_dev;
}

enum err lock_take(const char *path, bool lends, int *ret_lock, struct err_msg *why)
{
    char name[PATH_MAX];
    if (!lock_path(path, name)) {
        return err_set(why, ERR_IO, "%.60s...: path too long", path);
    }
    enum err err = make_directories(path, why);
    int file = -1;
    if (err == ERR_OK) {
        err = open_locked(path, name, &file, why);
    }
    while (err == ERR_OK && !is_in_place(name, file)) { /* the owner before us removed it */
        close(file);
        err = open_locked(path, name, &file, why);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (!write_pid(file, lends)) {
        int reason = errno;
        close(file);
        return err_set(why, reason == ENOSPC ? ERR_FULL : ERR_IO, "cannot write %s: %s", name,
                       strerror(reason));
    }
    *ret_lock = file;
    return ERR_OK;
}

void lock_release(const char *path, int lock)
{
    char name[PATH_MAX];
    if (lock >= 0) {
        (void)!ftruncate(lock, 0); /* only spares a reader the pid of the past */
        if (lock_path(path, name) && is_in_place(name, lock)) {
            unlink(name);
        }
        close(lock);
    }
}

/* What stands behind the first line. */
static void read_note(int file, char *note, size_t size)
{
    char text[NOTE_LARGEST_BYTES];
    ssize_t length = pread(file, text, sizeof text, 0);
    const char *line = length > 0 ? memchr(text, '\n', (size_t)length) : NULL;
    size_t rest = line != NULL ? (size_t)(text + length - line - 1) : 0;
    rest = rest < size ? rest : size - 1;
    memcpy(note, line != NULL ? line + 1 : text, rest);
    note[rest] = '\0';
}

void lock_note(int lock, const char *lines)
{
    off_t end = lseek(lock, 0, SEEK_END);
    (void)!pwrite(lock, lines, strlen(lines), end); /* a help for others, no more */
}

enum err lock_keep(const char *path, int lock, struct err_msg *why)
{
    char name[PATH_MAX], note[NOTE_LARGEST_BYTES] = "";
    int fresh = -1;
    if (!lock_path(path, name) || is_in_place(name, lock)) {
        return ERR_OK;
    }
    enum err err = lock_take(path, false, &fresh, why);
    if (err != ERR_OK) {
        return err;
    }
    read_note(lock, note, sizeof note); /* with what says that it lends */
    lock_note(fresh, note);
    dup3(fresh, lock, O_CLOEXEC); /* the number stays: another thread may be about to use it */
    close(fresh);
    return ERR_OK;
}

int lock_owner(const char *path, char *note, size_t note_size)
{
    char name[PATH_MAX];
    int file = lock_path(path, name) ? open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (file < 0) {
        return 0;
    }
    int pid = is_held(file, 0) ? wait_pid(file) : 0;
    if (pid != 0 && note_size > 0) {
        read_note(file, note, note_size);
    }
    close(file);
    return pid;
}

/* Asks the owner for the lock for a moment; false if it does not lend. */
static bool claim(const char *path)
{
    char name[PATH_MAX];
    int file = lock_path(path, name) ? open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (file < 0) {
        return errno == ENOENT; /* released just now */
    }
    char note[NOTE_LARGEST_BYTES] = "";
    if (is_held(file, 0) && wait_pid(file) != 0) {
        read_note(file, note, sizeof note);
    }
    bool lends = !is_held(file, 0) || strncmp(note, lent, strlen(lent)) == 0;
    struct flock lock = lock_of(CLAIM_BYTE);
    if (lends) {
        (void)fcntl(file, F_OFD_SETLK, &lock); /* or another one claims it */
        nanosleep(&(struct timespec){.tv_nsec = CLAIM_NS}, NULL);
    }
    close(file);
    return lends;
}

enum err lock_claim(const char *path, int *ret_lock, struct err_msg *why)
{
    enum err err = lock_take(path, false, ret_lock, why);
    for (int i = 0; i < CLAIM_TRIES && err == ERR_LOCKED && claim(path); i++) {
        err = lock_take(path, false, ret_lock, why);
    }
    return err;
}

bool lock_is_claimed(int lock)
{
    return is_held(lock, CLAIM_BYTE);
}
