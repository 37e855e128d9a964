/* heir — a viewer's hope: when the process that receives is gone, it becomes the receiver, until
 * one that is meant for it comes back.
 *
 * The thread asks a few times a second who holds the database's lock, which the kernel takes back
 * from a process that died in any way. Nobody in two looks in a row: then it starts a receiver.
 * Two, because a dying process may lose its lock a moment before its ports. A failure is shown and
 * tried again, more slowly. While it receives it looks as often whether it is asked to hand back.
 *
 * The screen's thread has the receiver's counters and addresses in its hands and may be away for
 * hours, in a pager: so a receiver that handed back rests, and is freed at the end. */
#include "tui/heir.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/thread.h"
#include "store/writer.h"
#include "tui/options.h"
#include "tui/receiver.h"

enum { LOOKS = 2, LOOKS_AT_LIVING = 15, ADDRESSES_BYTES = 1024 };

static const int64_t look_ns = 200 * NS_PER_MS;
static const int64_t retry_ns = 2 * NS_PER_S;

struct heir {
    /* set by heir_start, constant afterwards */
    struct options options; /* addresses: heir thread only */
    void (*on_commit)(void *ctx);
    void (*on_change)(void *ctx);
    void *ctx;
    bool inherits; /* the addresses of the last owner: none were named */
    pthread_t thread;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping;              /* lock */
    struct receiver *receiver;  /* lock; the newest of those below, or NULL */
    char role[HEIR_TEXT_BYTES]; /* lock */

    /* heir thread only */
    struct stat database;        /* the file that the screen reads; st_ino 0: not looked yet */
    struct receiver **receivers; /* all there were */
    size_t receiver_count;
    int last_owner;
    char addresses[ADDRESSES_BYTES]; /* of the last owner, one a line */
    char lines[ADDRESSES_BYTES];     /* the same, cut: options point into them */
};

static void set_role(struct heir *heir, const char *format, ...) PRINTF_LIKE(2);

static void set_role(struct heir *heir, const char *format, ...)
{
    char role[HEIR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(role, sizeof role, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&heir->lock);
    bool changed = strcmp(heir->role, role) != 0;
    memcpy(heir->role, role, sizeof role);
    pthread_mutex_unlock(&heir->lock);
    if (changed) {
        heir->on_change(heir->ctx);
    }
}

/* Sleeps; false when it is time to stop. */
static bool rest(struct heir *heir, int64_t rest_ns)
{
    int64_t end_ns = clock_monotonic_ns() + rest_ns;
    pthread_mutex_lock(&heir->lock);
    while (!heir->stopping && thread_wait(&heir->changed, &heir->lock, end_ns)) {
    }
    bool more = !heir->stopping;
    pthread_mutex_unlock(&heir->lock);
    return more;
}

/* A database that is gone was somebody's to remove: it is not made anew, and another one in its
 * place is not what the screen shows. */
static bool is_orphaned(struct heir *heir, int *ret_owner)
{
    struct stat found;
    bool there = stat(heir->options.db, &found) == 0;
    if (there && heir->database.st_ino == 0) {
        heir->database = found;
    }
    *ret_owner = writer_owner(heir->options.db, heir->addresses, sizeof heir->addresses);
    return *ret_owner == 0 && there && access(heir->options.db, R_OK | W_OK) == 0 &&
           found.st_ino == heir->database.st_ino && found.st_dev == heir->database.st_dev;
}

/* How the last owner kept spans and senders safe and we would not; NULL: as well as that one. */
static const char *lacks(const struct heir *heir)
{
    const struct options *options = &heir->options;
    if (options->tls_cert == NULL && (strstr(heir->addresses, "https://") != NULL ||
                                      strstr(heir->addresses, "grpcs://") != NULL)) {
        return "with TLS";
    }
    const struct {
        bool lacking;
        const char *line;
    } facts[] = {
        {options->ingest_token == NULL, RECEIVER_SAYS_TOKEN},
        {options->tls_client_ca == NULL, RECEIVER_SAYS_CLIENTS},
        {options->no_mask, RECEIVER_SAYS_MASKING},
        {options->mask_key_count + options->mask_value_count == 0, RECEIVER_SAYS_MASKS},
    };
    for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
        if (facts[i].lacking && strstr(heir->addresses, facts[i].line) != NULL) {
            return facts[i].line;
        }
    }
    return NULL;
}

/* Who was started without addresses of its own receives where the last owner did. False where that
 * one had none that we speak: its senders would not be understood. */
static bool inherit_addresses(struct heir *heir)
{
    struct options *options = &heir->options;
    const char *http = options->tls_cert != NULL ? "https://" : "http://";
    const char *grpc = options->tls_cert != NULL ? "grpcs://" : "grpc://";
    if (!heir->inherits) {
        return true;
    }
    memcpy(heir->lines, heir->addresses, sizeof heir->lines);
    options->listen_count = options->grpc_count = 0;
    for (char *line = heir->lines; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        size_t used = length + (line[length] != '\0');
        line[length] = '\0';
        if (text_starts_with(text_from(line), http) &&
            options->listen_count < OPTIONS_LISTEN_LARGEST) {
            options->listen[options->listen_count++] = line + strlen(http);
        } else if (text_starts_with(text_from(line), grpc) &&
                   options->grpc_count < OPTIONS_LISTEN_LARGEST) {
            options->grpc[options->grpc_count++] = line + strlen(grpc);
        }
        line += used;
    }
    return options->listen_count + options->grpc_count > 0 ||
           strstr(heir->addresses, "://") == NULL;
}

/* Behind it the role is set, which tells the screen. */
static void set_receiver(struct heir *heir, struct receiver *receiver)
{
    pthread_mutex_lock(&heir->lock);
    heir->receiver = receiver;
    pthread_mutex_unlock(&heir->lock);
}

/* True once the receiver runs. */
static bool succeed(struct heir *heir)
{
    struct receiver *receiver = NULL;
    struct err_msg why = {""};
    enum err err =
        receiver_start(&heir->options, TENURE_LEND, heir->on_commit, heir->ctx, &receiver, &why);
    if (err != ERR_OK) {
        if (err != ERR_LOCKED) { /* that one was quicker: the next look names it */
            set_role(heir, "read-only: cannot receive: %s", why.text);
        }
        return false;
    }
    heir->receivers =
        mem_grow(heir->receivers, (heir->receiver_count + 1) * sizeof(struct receiver *));
    heir->receivers[heir->receiver_count++] = receiver;
    set_receiver(heir, receiver);
    set_role(heir, "receives since pid %d ended", heir->last_owner);
    return true;
}

static void hand_back(struct heir *heir, struct receiver *receiver)
{
    set_receiver(heir, NULL);
    set_role(heir, "read-only: hands over to tracetui serve");
    receiver_rest(receiver);
}

static bool is_living(int pid)
{
    return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

/* One look at who writes; returns how long to wait for the next one. */
static int64_t watch_owner(struct heir *heir, int *looks)
{
    int owner = 0;
    bool orphaned = is_orphaned(heir, &owner);
    *looks = orphaned ? *looks + 1 : 0;
    if (owner != 0) {
        heir->last_owner = owner;
        set_role(heir, "read-only: ingest by pid %d", owner);
    } else if (*looks >= (is_living(heir->last_owner) ? LOOKS_AT_LIVING : LOOKS)) {
        const char *lack = lacks(heir);
        if (lack == NULL && !inherit_addresses(heir)) {
            lack = "without TLS";
        }
        if (lack != NULL) {
            set_role(heir, "read-only: cannot receive: pid %d did %s", heir->last_owner, lack);
            return retry_ns;
        }
        return succeed(heir) ? look_ns : retry_ns;
    }
    return look_ns;
}

static void *heir_main(void *argument)
{
    struct heir *heir = argument;
    int64_t pause_ns = 0;
    int looks = 0;
    while (rest(heir, pause_ns)) {
        struct receiver *receiver = heir_receiver(heir);
        if (receiver == NULL) {
            pause_ns = watch_owner(heir, &looks);
        } else if (receiver_is_claimed(receiver)) {
            hand_back(heir, receiver);
            looks = 0;
        }
    }
    return NULL;
}

enum err heir_start(const struct options *options, void (*on_commit)(void *ctx),
                    void (*on_change)(void *ctx), void *ctx, struct heir **ret_heir,
                    struct err_msg *why)
{
    struct heir *heir = mem_zero(1, sizeof *heir);
    *heir = (struct heir){
        .options = *options, .on_commit = on_commit, .on_change = on_change, .ctx = ctx};
    heir->inherits = options->listen_count == 0 && options->grpc_count == 0;
    snprintf(heir->role, sizeof heir->role, "read-only");
    pthread_mutex_init(&heir->lock, NULL);
    thread_condition_init(&heir->changed);
    enum err err = thread_start(&heir->thread, heir_main, heir, why);
    if (err != ERR_OK) {
        pthread_cond_destroy(&heir->changed);
        pthread_mutex_destroy(&heir->lock);
        free(heir);
        return err;
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
    for (size_t i = 0; i < heir->receiver_count; i++) {
        receiver_stop(heir->receivers[i]);
    }
    free(heir->receivers);
    pthread_cond_destroy(&heir->changed);
    pthread_mutex_destroy(&heir->lock);
    free(heir);
}
