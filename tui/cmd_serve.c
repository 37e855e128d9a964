/* cmd_serve — the receiver without a screen, until a signal ends it. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ingest/listen.h"
#include "store/base/log.h"
#include "tui/cmd.h"
#include "tui/options.h"
#include "tui/receiver.h"

/* One line an address, for scripts that wait for them. */
static void announce(const struct receiver *receiver)
{
    char address[RECEIVER_TEXT_BYTES];
    for (size_t i = 0; receiver_describe(receiver, i, address); i++) {
        printf("listening on %s\n", address);
    }
    fflush(stdout);
}

/* "http://0.0.0.0:4318", or "grpc://..." */
static bool is_open_and_plain(const char *described)
{
    static const char *const plain[] = {"http://", "grpc://"};
    struct listen_address addresses[LISTEN_PER_TEXT];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        size_t length = strlen(plain[i]);
        if (strncmp(described, plain[i], length) == 0) {
            return listen_parse(described + length, addresses, &count, NULL) == ERR_OK &&
                   !listen_is_loopback(&addresses[0]);
        }
    }
    return false;
}

/* Once, for the first of them: the line tells what to do, not where. */
static void warn_of_readers(const struct receiver *receiver)
{
    char address[RECEIVER_TEXT_BYTES];
    for (size_t i = 0; receiver_describe(receiver, i, address); i++) {
        if (is_open_and_plain(address)) {
            log_line("%s is open to other machines without TLS: anybody on the way can read tokens"
                     " and spans (--tls-cert, --tls-key)",
                     address);
            return;
        }
    }
}

/* All addresses or none: who cannot reach one of them is better told by whoever watches us. */
static bool is_complete(const struct receiver *receiver, const struct options *options)
{
    const char *problem = receiver_problem(receiver);
    if (options->no_listen) {
        problem = "--no-listen leaves nothing to do";
    }
    if (problem[0] != '\0') {
        fprintf(stderr, "tracetui: serve: %s\n", problem);
    }
    return problem[0] == '\0';
}

/* Waits for a signal and returns it; 0: nothing will be stored any more, see receiver_end, and
 * whoever watches us may start us again. */
static int wait_for_end(const sigset_t *endings, struct receiver *receiver, const char **ret_why)
{
    const struct timespec look = {.tv_nsec = 500 * 1000 * 1000};
    int received = 0;
    const char *why = NULL;
    while (received <= 0 && (why = receiver_end(receiver)) == NULL) {
        receiver_remind(receiver);
        received = sigtimedwait(endings, NULL, &look);
    }
    *ret_why = why;
    return received > 0 ? received : 0;
}

/* The signals that end us are blocked before any thread starts, so that only wait_for_end sees
 * them. A second one, while we finish, ends the program at once. */
int cmd_serve(const struct options *options)
{
    sigset_t endings, before;
    sigemptyset(&endings);
    sigaddset(&endings, SIGTERM);
    sigaddset(&endings, SIGINT);
    pthread_sigmask(SIG_BLOCK, &endings, &before);
    signal(SIGPIPE, SIG_IGN);
    log_enable(1);

    struct receiver *receiver = NULL;
    struct err_msg why;
    enum err err = receiver_start(options, TENURE_CLAIM, NULL, NULL, &receiver, &why);
    if (err != ERR_OK) {
        fprintf(stderr, "tracetui: serve: %s\n", why.text);
        return err == ERR_PARSE ? 2 : 1;
    }
    if (!is_complete(receiver, options)) {
        receiver_stop(receiver);
        return 1;
    }
    announce(receiver);
    log_line("storing in %s", options->db);
    warn_of_readers(receiver);
    const char *end = NULL;
    int received = wait_for_end(&endings, receiver, &end);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (received == 0) {
        fprintf(stderr, "tracetui: serve: %s: %s: stopping\n", options->db, end);
    } else {
        log_line("stopping on signal %d", received);
    }
    receiver_stop(receiver);
    return received == 0 ? 1 : 0;
}
