/* faults — lets allocations and writes of a program fail. For LD_PRELOAD.
 *
 * The file TORTURE_CONTROL is struct control, shared with the test: it counts the calls by where
 * they come from, and says which one fails. Who called when that happened is written to
 * TORTURE_STACK, and behind it where the program crashed, if it did. Disk operations are the
 * writes, truncations and syncs of files whose names begin with TORTURE_DATABASE. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { FILES_LARGEST = 1024, FRAMES_LARGEST = 48, SITES = 1 << 14 };

struct site {
    _Atomic uint64_t stack; /* a hash of who called, the same in every run; 0 = nobody yet */
    _Atomic int64_t count;  /* how often */
};

struct fault {
    _Atomic uint64_t stack;  /* a call of this stack fails, */
    _Atomic int64_t fail_at; /* the one with this number; 0 = none */
    _Atomic int64_t sticky;  /* and all calls of any stack after it */
    _Atomic int64_t failed;  /* it did */
    struct site sites[SITES];
};

struct control {
    struct fault memory, disk;
    _Atomic int64_t disk_error; /* errno of a failing disk operation */
    _Atomic int64_t full;       /* files cannot grow: ENOSPC */
};

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static struct control *control;
static _Atomic bool is_ours[FILES_LARGEST]; /* by descriptor */

static uint64_t hash_of(void *const *frames, int count)
{
    uint64_t hash = 14695981039346656037U;
    for (int i = 0; i < count; i++) {
        struct dl_find_object module;
        if (_dl_find_object(frames[i], &module) == 0) {
            hash ^= (uint64_t)((const char *)frames[i] - (const char *)module.dlfo_map_start);
            hash *= 1099511628211U;
        }
    }
    return hash | 1;
}

/* its own, or that of another stack when all are taken */
static struct site *site_of(struct fault *fault, uint64_t stack)
{
    for (size_t i = 0; i < SITES; i++) {
        struct site *site = &fault->sites[((stack >> 16) + i) % SITES];
        uint64_t there = 0;
        if (atomic_compare_exchange_strong(&site->stack, &there, stack) || there == stack) {
            return site;
        }
    }
    return &fault->sites[0];
}

static void tell(const char *what, void *const *frames, int count)
{
    const char *path = getenv("TORTURE_STACK");
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    int file = path != NULL ? (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600) : -1;
    if (file >= 0) {
        syscall(SYS_write, file, what, strlen(what));
        backtrace_symbols_fd(frames, count, file);
        syscall(SYS_close, file);
    }
}

static bool fails(struct fault *fault)
{
    static _Thread_local bool is_looking __attribute__((tls_model("initial-exec")));
    if (is_looking) {
        return false; /* our own doing */
    }
    is_looking = true;
    void *frames[FRAMES_LARGEST];
    int count = backtrace(frames, FRAMES_LARGEST);
    uint64_t stack = hash_of(frames, count);
    int64_t number = atomic_fetch_add(&site_of(fault, stack)->count, 1) + 1;
    bool is_it = stack == atomic_load(&fault->stack) && number == atomic_load(&fault->fail_at);
    if (is_it) {
        tell("failed:\n", frames, count);
        atomic_store(&fault->failed, 1);
    }
    is_looking = false;
    return is_it || (atomic_load(&fault->failed) != 0 && atomic_load(&fault->sticky) != 0);
}

/* ---- crashes -------------------------------------------------------------------------------- */

int __sigaction(int number, const struct sigaction *action, struct sigaction *old);

static void (*handler)(int number); /* the program's own; NULL = none */

static void on_crash(int number)
{
    void *frames[FRAMES_LARGEST];
    tell("crashed:\n", frames, backtrace(frames, FRAMES_LARGEST));
    if (handler != NULL) {
        handler(number);
    }
    raise(number);
}

static void catch_crash(void)
{
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND};
    __sigaction(SIGSEGV, &action, NULL);
}

/* The program sees no handler but its own. */
int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
    if (control == NULL || number != SIGSEGV) {
        return __sigaction(number, action, old);
    }
    if (old != NULL) {
        *old = (struct sigaction){.sa_handler = handler != NULL ? handler : SIG_DFL};
    }
    handler = action != NULL ? action->sa_handler : handler;
    return 0;
}

/* ---- memory --------------------------------------------------------------------------------- */

static bool memory_fails(void)
{
    if (control == NULL || !fails(&control->memory)) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return memory_fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return memory_fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return memory_fails() ? NULL : __libc_realloc(old, size);
}

/* ---- the disk ------------------------------------------------------------------------------- */

static bool disk_fails(int file, bool grows)
{
    if (control == NULL || file < 0 || file >= FILES_LARGEST || !is_ours[file]) {
        return false;
    }
    if (fails(&control->disk)) {
        errno = (int)atomic_load(&control->disk_error);
        return true;
    }
    if (grows && atomic_load(&control->full) != 0) {
        errno = ENOSPC;
        return true;
    }
    return false;
}

static int remember(int file, const char *path)
{
    const char *database = getenv("TORTURE_DATABASE");
    if (file >= 0 && file < FILES_LARGEST) {
        is_ours[file] = database != NULL && strncmp(path, database, strlen(database)) == 0;
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
        is_ours[file] = false;
    }
    return (int)syscall(SYS_close, file);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset)
{
    return disk_fails(file, true) ? -1 : syscall(SYS_pwrite64, file, bytes, length, offset);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset)
{
    return pwrite64(file, bytes, length, offset);
}

ssize_t write(int file, const void *bytes, size_t length)
{
    return disk_fails(file, true) ? -1 : syscall(SYS_write, file, bytes, length);
}

int ftruncate64(int file, off64_t size)
{
    return disk_fails(file, false) ? -1 : (int)syscall(SYS_ftruncate, file, size);
}

int ftruncate(int file, off_t size)
{
    return ftruncate64(file, size);
}

int fdatasync(int file)
{
    return disk_fails(file, false) ? -1 : (int)syscall(SYS_fdatasync, file);
}

int fsync(int file)
{
    return disk_fails(file, false) ? -1 : (int)syscall(SYS_fsync, file);
}

/* ---- starting ------------------------------------------------------------------------------- */

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("TORTURE_CONTROL");
    int file = path != NULL ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
    void *frame;
    backtrace(&frame, 1); /* loads what it needs, while nothing fails */
    if (file >= 0) {
        void *shared = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        control = shared != MAP_FAILED ? shared : NULL;
        syscall(SYS_close, file);
        catch_crash();
    }
}
