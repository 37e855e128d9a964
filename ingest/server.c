/* server — the HTTP receiver: addresses and threads.
 *
 * One libmicrohttpd daemon an address, each with an epoll loop on two threads; what a request goes
 * through on them is exchange.c. */
#include "ingest/server.h"

#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "ingest/addresses.h"
#include "ingest/doorman.h"
#include "ingest/exchange.h"
#include "ingest/tls.h"
#include "store/base/clock.h"

enum {
    THREADS_PER_ADDRESS = 2,
    CONNECTIONS_LARGEST = 2000,  /* on one address */
    DESCRIPTORS_KEPT = 128,      /* for the database, the terminal and all else */
    CONNECTION_BYTES = 64 << 10, /* headers, and twice the piece of a body read at a time */
    BODIES_LIMIT_BYTES = 256 << 20,
    TLS_OPTIONS = 5,
};

static const char *const default_addresses[] = {"127.0.0.1:4318", "[::1]:4318"};

struct listener {
    struct MHD_Daemon *daemon; /* has the socket, too */
    char text[LISTEN_TEXT_BYTES];
};

struct server {
    struct exchanges exchanges;
    struct gate gate;
    struct addresses addresses;
    struct listener listeners[ADDRESSES_LARGEST];
    size_t listener_count;
    struct text_buffer problem;
};

static void log_library(void *ctx, const char *format, va_list args)
{
    struct exchanges *exchanges = ctx;
    char line[256];
    vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\n")] = '\0';
    /* what the library says of a sender with another protocol helps nobody who reads the log */
    if (strcmp(line, "Error: received handshake message out of context.") == 0) {
        log_again(exchanges->intake.said, "TLS",
                  "a handshake failed: plain HTTP, or a sender that does not trust us?");
    } else if (strstr(line, "HTTP response code is 505") != NULL) {
        log_again(exchanges->intake.said, "http",
                  "a sender speaks HTTP/2 here: is that gRPC? It has a port of its own, --grpc");
    } else if (strstr(line, "HTTP response code is 400") != NULL && exchanges->tls == NULL) {
        log_again(exchanges->intake.said, "http",
                  "a request cannot be read: is that TLS? It is spoken with --tls-cert only");
    } else {
        log_again(exchanges->intake.said, "http", line);
    }
}

/* ---- starting -------------------------------------------------------------------------------- */

static enum err add_addresses(struct server *server, const struct server_options *options,
                              struct err_msg *why)
{
    bool given = options->listen_count > 0;
    return addresses_add(&server->addresses, given ? options->listen : default_addresses,
                         given ? options->listen_count : ARRAY_LEN(default_addresses),
                         options->intake.insecure, &server->gate, why);
}

/* Connections come out of the process's descriptors, and the database needs some too. */
static unsigned connection_limit(const struct server *server)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        limit.rlim_cur < (rlim_t)DESCRIPTORS_KEPT + DESCRIPTORS_KEPT) {
        return DESCRIPTORS_KEPT / ADDRESSES_LARGEST;
    }
    size_t each = (limit.rlim_cur - DESCRIPTORS_KEPT) / server->addresses.count;
    return each < CONNECTIONS_LARGEST ? (unsigned)each : CONNECTIONS_LARGEST;
}

/* libmicrohttpd only reads what an option names, but its list takes no const. */
static void *value_of(const char *text)
{
    void *value;
    memcpy(&value, &text, sizeof(value));
    return value;
}

/* Options beyond the common ones; fills the list. */
static void add_tls(const struct tls *tls, struct MHD_OptionItem options[TLS_OPTIONS])
{
    size_t count = 0;
    if (tls != NULL) {
        options[count++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, value_of(tls_certificate(tls))};
        options[count++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, value_of(tls_key(tls))};
        options[count++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, value_of(TLS_PRIORITIES)};
    }
    if (tls != NULL && tls_client_ca(tls) != NULL) {
        options[count++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, value_of(tls_client_ca(tls))};
    }
    options[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
}

static enum err start_listener(const struct listen_address *address, struct err_msg *why, void *ctx)
{
    struct server *server = ctx;
    struct listener *listener = &server->listeners[server->listener_count];
    struct exchanges *exchanges = &server->exchanges;
    int socket;
    enum err err = listen_open(address, &socket, why);
    if (err != ERR_OK) {
        return err;
    }
    listen_print_socket(socket, listener->text);
    struct MHD_OptionItem more[TLS_OPTIONS];
    add_tls(exchanges->tls, more);
    listener->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
            (exchanges->tls != NULL ? (unsigned)MHD_USE_TLS : 0),
        0, NULL, NULL, exchange_handle, exchanges, MHD_OPTION_EXTERNAL_LOGGER, log_library,
        exchanges, MHD_OPTION_LISTEN_SOCKET, (MHD_socket)socket, MHD_OPTION_NOTIFY_COMPLETED,
        exchange_completed, exchanges, MHD_OPTION_NOTIFY_CONNECTION, exchange_connected, exchanges,
        MHD_OPTION_UNESCAPE_CALLBACK, exchange_unescape, exchanges, MHD_OPTION_THREAD_POOL_SIZE,
        (unsigned)THREADS_PER_ADDRESS, MHD_OPTION_CONNECTION_LIMIT, connection_limit(server),
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(exchanges->intake.timeout_ns / NS_PER_S),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_STRICT_FOR_CLIENT,
        1, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
    if (listener->daemon == NULL) { /* it has closed the socket all the same */
        return err_set(why, ERR_IO, "%s: the HTTP threads cannot be started", listener->text);
    }
    server->listener_count++;
    return ERR_OK;
}

static void server_free(struct server *server)
{
    exchanges_clear(&server->exchanges);
    text_buffer_free(&server->problem);
    free(server);
}

static struct server *server_new(const struct server_options *options)
{
    struct server *server = mem_zero(1, sizeof *server);
    exchanges_init(&server->exchanges);
    server->exchanges.tls = options->intake.tls;
    server->gate.admin_token = options->admin_token;
    server->gate.origins = options->cors_origins;
    server->gate.origin_count = options->cors_count;
    struct intake *intake = &server->exchanges.intake;
    intake_init(intake, &server->gate, &options->intake);
    intake->bodies_limit_bytes =
        options->bodies_limit_bytes != 0 ? options->bodies_limit_bytes : BODIES_LIMIT_BYTES;
    return server;
}

enum err server_start(const struct server_options *options, struct server **ret_server,
                      struct err_msg *why)
{
    struct server *server = server_new(options);
    enum err err = add_addresses(server, options, why);
    if (err == ERR_OK && options->database != NULL) {
        err = query_pool_start(options->database, &server->exchanges.pool, why);
    }
    if (err == ERR_OK) {
        err = doorman_start(server->exchanges.intake.timeout_ns, &server->exchanges.doorman, why);
    }
    if (err == ERR_OK) {
        /* Signals belong to the main thread: the new threads inherit this mask. */
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before);
        err = addresses_start(&server->addresses, "--listen", start_listener, server,
                              &server->problem, why);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    if (err != ERR_OK) {
        server_free(server);
        return err;
    }
    *ret_server = server;
    return ERR_OK;
}

bool server_describe(const struct server *server, size_t index, char target[SERVER_TEXT_BYTES])
{
    if (index >= server->listener_count) {
        return false;
    }
    snprintf(target, SERVER_TEXT_BYTES, "%s://%s", server->exchanges.tls != NULL ? "https" : "http",
             server->listeners[index].text);
    return true;
}

const char *server_problem(const struct server *server)
{
    return server->problem.data != NULL ? server->problem.data : "";
}

void server_stop(struct server *server)
{
    if (server == NULL) {
        return;
    }
    /* New senders are told to come again. Not MHD_quiesce_daemon: with epoll it races with its own
     * threads about who takes the socket out of the set, and the loser aborts the program. */
    atomic_store(&server->exchanges.intake.closing, true);
    exchanges_finish(&server->exchanges);
    for (size_t i = 0; i < server->listener_count; i++) {
        MHD_stop_daemon(server->listeners[i].daemon); /* closes its socket */
    }
    server_free(server);
}
