/* heir — a viewer's hope: when the process that receives is gone, it becomes the receiver.
 *
 * The thread asks a few times a second who holds the database's lock, which the kernel takes back
 * from a process that died in any way. Nobody in two looks in a row: then it starts a receiver.
 * Two, because a dying process may lose its lock a moment before its ports. A failure is shown and
 * tried again, more slowly. */
#include "tui/heir.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/writer.h"
#include "tui/options.h"
#include "tui/receiver.h"

enum { LOOKS = 2, ADDRESSES_BYTES = 1024 };

static const int64_t look_ns = 200 * NS_PER_MS;
static const int64_t retry_ns = 2 * NS_PER_S;

struct heir {
    /* set by heir_start, constant afterwards */
    struct options options; /* addresses: heir thread only */
    void (*on_commit)(void *ctx);
    void (*on_succeed)(void *ctx);
    void *ctx;
    bool inherits; /* the addresses of the last owner: none were named */
    pthread_t thread;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping;              /* lock */
    struct receiver *receiver;  /* lock; set once */
    char role[HEIR_TEXT_BYTES]; /* lock */

    /* heir thread only */
    char addresses[ADDRESSES_BYTES]; /* of the last owner, one a line */
    char lines[ADDRESSES_BYTES];     /* the same, cut: options point into them */
};

static void set_role(struct heir *heir, const char *format, ...) PRINTF_LIKE(2);

static void set_role(struct heir *heir, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&heir->lock);
    vsnprintf(heir->role, sizeof heir->role, format, arguments);
    pthread_mutex_unlock(&heir->lock);
    va_end(arguments);
}

/* Sleeps; false when it is time to stop. */
static bool rest(struct heir *heir, int64_t rest_ns)
{
    int64_t end_ns = clock_monotonic_ns() + rest_ns;
    struct timespec end = {.tv_sec = end_ns / NS_PER_S, .tv_nsec = end_ns % NS_PER_S};
    pthread_mutex_lock(&heir->lock);
    while (!heir->stopping && pthread_cond_timedwait(&heir->changed, &heir->lock, &end) == 0) {
    }
    bool more = !heir->stopping;
    pthread_mutex_unlock(&heir->lock);
    return more;
}

/* A database that is gone was somebody's to remove: it is not made anew. */
static bool is_orphaned(struct heir *heir, int *ret_owner)
{
    *ret_owner = writer_owner(heir->options.db, heir->addresses, sizeof heir->addresses);
    return *ret_owner == 0 && access(heir->options.db, R_OK | W_OK) == 0;
}

/* Who was started without addresses of its own receives where the last owner did. */
static void inherit_addresses(struct heir *heir)
{
    static const char http[] = "http://", grpc[] = "grpc://";
    struct options *options = &heir->options;
    if (!heir->inherits) {
        return;
    }
    memcpy(heir->lines, heir->addresses, sizeof heir->lines);
    options->listen_count = options->grpc_count = 0;
    for (char *line = heir->lines; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        size_t used = length + (line[length] != '\0');
        line[length] = '\0';
        if (text_starts_with(text_from(line), http) &&
            options->listen_count < OPTIONS_LISTEN_LARGEST) {
            options->listen[options->listen_count++] = line + sizeof http - 1;
        } else if (text_starts_with(text_from(line), grpc) &&
                   options->grpc_count < OPTIONS_LISTEN_LARGEST) {
            options->grpc[options->grpc_count++] = line + sizeof grpc - 1;
        }
        line += used;
    }
}

/* True once the receiver runs. */
static bool succeed(struct heir *heir, int last_owner)
{
    struct receiver *receiver = NULL;
    struct err_msg why = {""};
    enum err err = receiver_start(&heir->options, heir->on_commit, heir->ctx, &receiver, &why);
    if (err != ERR_OK) {
        if (err != ERR_LOCKED) { /* that one was quicker: the next look names it */
            set_role(heir, "read-only: cannot receive: %s", why.text);
        }
        return false;
    }
    set_role(heir, "receives since pid %d ended", last_owner);
    pthread_mutex_lock(&heir->lock);
    heir->receiver = receiver;
    pthread_mutex_unlock(&heir->lock);
    heir->on_succeed(heir->ctx);
    return true;
}

static void *heir_main(void *argument)
{
    struct heir *heir = argument;
    int64_t pause_ns = 0;
    int last_owner = 0;
    for (int looks = 0; rest(heir, pause_ns);) {
        int owner = 0;
        bool orphaned = is_orphaned(heir, &owner);
        pause_ns = look_ns;
        looks = orphaned ? looks + 1 : 0;
        if (owner != 0) {
            last_owner = owner;
            set_role(heir, "read-only: ingest by pid %d", owner);
        } else if (looks >= LOOKS) {
            inherit_addresses(heir);
            if (succeed(heir, last_owner)) {
                break;
            }
            pause_ns = retry_ns;
        }
    }
    return NULL;
}

enum err heir_start(const struct options *options, void (*on_commit)(void *ctx),
                    void (*on_succeed)(void *ctx), void *ctx, struct heir **ret_heir,
                    struct err_msg *why)
{
    struct heir *heir = mem_zero(1, sizeof *heir);
    *heir = (struct heir){
        .options = *options, .on_commit = on_commit, .on_succeed = on_succeed, .ctx = ctx};
    heir->inherits = options->listen_count == 0 && options->grpc_count == 0;
    snprintf(heir->role, sizeof heir->role, "read-only");
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&heir->lock, NULL);
    pthread_cond_init(&heir->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    /* Signals belong to the main thread; the receiver's threads inherit this. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int failed = pthread_create(&heir->thread, NULL, heir_main, heir);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (failed != 0) {
        pthread_cond_destroy(&heir->changed);
        pthread_mutex_destroy(&heir->lock);
        free(heir);
        return err_set(why, ERR_IO, "cannot start a thread: %s", strerror(failed));
    }
    *ret_heir = heir;
    return ERR_OK;
}

struct receiver *heir_receiver(struct heir *heir)
{
    pthread_mutex_lock(&heir->lock);
    struct receiver *receiver = heir->receiver;
    pthread_mutex_unlock(&heir->lock);
    return receiver;
}

void heir_describe(struct heir *heir, char target[HEIR_TEXT_BYTES])
{
    pthread_mutex_lock(&heir->lock);
    memcpy(target, heir->role, sizeof heir->role);
    pthread_mutex_unlock(&heir->lock);
}

void heir_stop(struct heir *heir)
{
    if (heir == NULL) {
        return;
    }
    pthread_mutex_lock(&heir->lock);
    heir->stopping = true;
    pthread_cond_signal(&heir->changed);
    pthread_mutex_unlock(&heir->lock);
    pthread_join(heir->thread, NULL);
    receiver_stop(heir->receiver);
    pthread_cond_destroy(&heir->changed);
    pthread_mutex_destroy(&heir->lock);
    free(heir);
}
