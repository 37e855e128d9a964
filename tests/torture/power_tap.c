/* power_tap — notes in which order a program's writes and syncs reach the disk. For LD_PRELOAD.
 *
 * TORTURE_DATABASE names the database; its writes, and those to its -wal and -journal, go to the
 * file TORTURE_TAP as records: struct record, then the bytes. power.py makes from them what a disk
 * may hold after a power cut. The index of the WAL (-shm) is memory, and gone by then. */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { FILES_LARGEST = 1024 };
enum kind { WRITE = 1, TRUNCATE, SYNC, UNLINK };

struct record {
    uint64_t now_ns; /* CLOCK_MONOTONIC */
    uint32_t kind;
    uint32_t file;           /* 1 database, 2 -wal, 3 -journal */
    uint64_t offset, length; /* of a sync: the nanoseconds it took, 0 */
};

int open(const char *path, int flags, ...);
int open64(const char *path, int flags, ...);
int close(int file);
ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset);
ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset);
int ftruncate(int file, off_t size);
int ftruncate64(int file, off64_t size);
int fsync(int file);
int fdatasync(int file);
int unlink(const char *path);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t kinds[FILES_LARGEST]; /* by descriptor: which file of the database it is, or 0 */
static int tap = -1;

static uint32_t which(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-journal"};
    const char *database = getenv("TORTURE_DATABASE");
    size_t length = database != NULL ? strlen(database) : 0;
    if (length == 0 || strncmp(path, database, length) != 0) {
        return 0;
    }
    for (uint32_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (strcmp(path + length, suffixes[i]) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static uint32_t file_of(int file)
{
    return file >= 0 && file < FILES_LARGEST ? kinds[file] : 0;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void note(enum kind kind, uint32_t file, uint64_t offset, const void *bytes, size_t length)
{
    pthread_mutex_lock(&lock);
    if (tap < 0) {
        const char *path = getenv("TORTURE_TAP");
        tap = path != NULL ? (int)syscall(SYS_openat, AT_FDCWD, path,
                                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
                           : -1;
    }
    struct record record = {
        .now_ns = now_ns(),
        .kind = kind,
        .file = file,
        .offset = offset,
        .length = length,
    };
    const struct iovec parts[] = {{&record, sizeof record}, {(void *)(uintptr_t)bytes, length}};
    if (syscall(SYS_writev, tap, parts, length > 0 ? 2 : 1) != (long)(sizeof record + length)) {
        abort();
    }
    pthread_mutex_unlock(&lock);
}

static int remember(int file, const char *path)
{
    if (file >= 0 && file < FILES_LARGEST) {
        kinds[file] = (uint8_t)which(path);
    }
    return file;
}

static mode_t mode_of(int flags, va_list rest)
{
    return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return remember((int)syscall(SYS_openat, AT_FDCWD, path, flags, mode), path);
}

int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return remember((int)syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode), path);
}

int close(int file)
{
    if (file >= 0 && file < FILES_LARGEST) {
        kinds[file] = 0;
    }
    return (int)syscall(SYS_close, file);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset)
{
    ssize_t written = syscall(SYS_pwrite64, file, bytes, length, offset);
    if (written > 0 && file_of(file) != 0) {
        note(WRITE, file_of(file), (uint64_t)offset, bytes, (size_t)written);
    }
    return written;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset)
{
    return pwrite64(file, bytes, length, offset);
}

int ftruncate64(int file, off64_t size)
{
    int result = (int)syscall(SYS_ftruncate, file, size);
    if (result == 0 && file_of(file) != 0) {
        note(TRUNCATE, file_of(file), (uint64_t)size, NULL, 0);
    }
    return result;
}

int ftruncate(int file, off_t size)
{
    return ftruncate64(file, size);
}

/* What was written before the call is safe when it returns. */
int fdatasync(int file)
{
    uint64_t began_ns = now_ns();
    int result = (int)syscall(SYS_fdatasync, file);
    if (result == 0 && file_of(file) != 0) {
        note(SYNC, file_of(file), now_ns() - began_ns, NULL, 0);
    }
    return result;
}

int fsync(int file)
{
    return fdatasync(file);
}

int unlink(const char *path)
{
    int result = (int)syscall(SYS_unlink, path);
    if (result == 0 && which(path) != 0) {
        note(UNLINK, which(path), 0, NULL, 0);
    }
    return result;
}
