/* grpc — the OTLP/gRPC receiver: a thread with its sockets, and answers that wait for the commit.
 *
 * One thread owns every socket, session and call, and waits in epoll_wait alone. A call that is
 * complete is decoded on it and its batch goes to the writer; the verdict comes back over a list
 * and an eventfd, and the call is answered here. So OK means committed, nothing of HTTP/2 is ever
 * shared between threads, and a peer that left meanwhile is no special case. Memory is bounded by
 * the number of connections and calls, the bytes of messages being received, the windows we grant,
 * and by reading nothing from a peer that does not read. */
#include "ingest/grpc.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ingest/addresses.h"
#include "ingest/grpc_connection.h"
#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/base/thread.h"

enum {
    CONNECTIONS_LARGEST = 1000,
    CALLS_LARGEST = 2000,
    BODIES_LIMIT_BYTES = 128 << 20,
    IDLE_S = 300,
    GOODBYE_MS = 2000,
    TICK_MS = 1000, /* between looks at the clock */
    HURRY_MS = 20,  /* the same while something is about to end */
    EVENTS_AT_A_TIME = 64,
};

static const char *const default_addresses[] = {"127.0.0.1:4317", "[::1]:4317"};

struct listener {
    int socket;
    char text[LISTEN_TEXT_BYTES];
};

struct grpc {
    struct grpc_service service;
    struct grpc_patience patience;
    struct addresses addresses;
    struct listener listeners[ADDRESSES_LARGEST];
    size_t listener_count;
    struct text_buffer problem;
    pthread_t thread;
    int poll;

    /* Only the thread's own. */
    struct grpc_connection *connections;
    size_t connection_count;
    size_t connection_limit;
    const struct tls *tls; /* const; NULL: plain */
    bool accepting;
    int64_t looked_ns; /* monotonic: when the clock was looked at */
    int64_t end_ns;    /* the goodbye is over; 0 = nobody said stop */
};

/* ---- connections ---------------------------------------------------------------------------- */

/* data.ptr of an event is a connection, a listener, or the service for its eventfd. */
static bool watch(int poll, int descriptor, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
    return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

/* Without descriptors left an open connection would wake us for ever: look again at the tick. */
static void set_accepting(struct grpc *grpc, bool accepting)
{
    if (grpc->accepting == accepting) {
        return;
    }
    grpc->accepting = accepting;
    for (size_t i = 0; i < grpc->listener_count; i++) {
        struct epoll_event event = {.events = accepting ? EPOLLIN : 0,
                                    .data.ptr = &grpc->listeners[i]};
        (void)epoll_ctl(grpc->poll, EPOLL_CTL_MOD, grpc->listeners[i].socket, &event);
    }
}

static void accept_one(struct grpc *grpc, const struct listener *listener)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int socket = accept4(listener->socket, (struct sockaddr *)&address, &length,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
        bool passing = errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
        if (!passing) {
            log_line("grpc: no connection can be taken: error %d", errno);
            set_accepting(grpc, false);
        }
        return;
    }
    if (grpc->connection_count == grpc->connection_limit) {
        close(socket);
        return;
    }
    char peer[LISTEN_TEXT_BYTES];
    listen_print_host((const struct sockaddr *)&address, peer);
    struct grpc_connection *connection =
        grpc_connection_open(&grpc->service, grpc->tls, grpc->poll, socket, peer);
    connection->next = grpc->connections;
    grpc->connections = connection;
    grpc->connection_count++;
}

/* Behind each round, so that no event of the round meets a connection that is gone. */
static void close_dead(struct grpc *grpc, bool all)
{
    struct grpc_connection **link = &grpc->connections;
    while (*link != NULL) {
        struct grpc_connection *connection = *link;
        if (connection->dead || all) {
            *link = connection->next;
            grpc_connection_close(connection);
            grpc->connection_count--;
        } else {
            link = &connection->next;
        }
    }
}

/* ---- the thread ----------------------------------------------------------------------------- */

static void answer_settled(struct grpc *grpc)
{
    uint64_t count;
    (void)!read(grpc->service.wake, &count, sizeof count);
    for (;;) {
        struct grpc_call *call = grpc_service_take(&grpc->service);
        if (call == NULL) {
            return;
        }
        grpc_connection_flush(grpc_session_answer(call));
    }
}

static bool is_listener(const struct grpc *grpc, const void *what)
{
    for (size_t i = 0; i < grpc->listener_count; i++) {
        if (what == &grpc->listeners[i]) {
            return true;
        }
    }
    return false;
}

static void handle(struct grpc *grpc, void *what)
{
    if (what == &grpc->service) {
        answer_settled(grpc);
    } else if (is_listener(grpc, what)) {
        accept_one(grpc, what);
    } else {
        grpc_connection_handle(what);
    }
}

static void check_time(struct grpc *grpc, int64_t now_ns)
{
    grpc->looked_ns = now_ns;
    for (struct grpc_connection *c = grpc->connections; c != NULL; c = c->next) {
        grpc_connection_check_time(c, now_ns, &grpc->patience);
    }
    set_accepting(grpc, grpc->end_ns == 0);
}

static void begin_goodbye(struct grpc *grpc, int64_t now_ns)
{
    grpc->end_ns = now_ns + GOODBYE_MS * NS_PER_MS;
    set_accepting(grpc, false);
    for (struct grpc_connection *c = grpc->connections; c != NULL; c = c->next) {
        grpc_connection_leave(c);
    }
}

static bool is_hurried(const struct grpc *grpc)
{
    bool hurried = grpc->end_ns != 0;
    for (const struct grpc_connection *c = grpc->connections; c != NULL; c = c->next) {
        hurried |= c->parting;
    }
    return hurried;
}

static void *run(void *context)
{
    struct grpc *grpc = context;
    struct epoll_event events[EVENTS_AT_A_TIME];
    for (;;) {
        int pause_ms = is_hurried(grpc) ? HURRY_MS : TICK_MS;
        bool asleep = grpc->connections == NULL && grpc->accepting && grpc->end_ns == 0;
        int count = epoll_wait(grpc->poll, events, EVENTS_AT_A_TIME, asleep ? -1 : pause_ms);
        for (int i = 0; i < count; i++) {
            handle(grpc, events[i].data.ptr);
        }
        int64_t now_ns = clock_monotonic_ns();
        if (now_ns - grpc->looked_ns >= pause_ms * NS_PER_MS) {
            check_time(grpc, now_ns);
        }
        if (grpc->end_ns == 0 && atomic_load(&grpc->service.intake.closing)) {
            begin_goodbye(grpc, now_ns);
        }
        close_dead(grpc, grpc->end_ns != 0 && now_ns > grpc->end_ns);
        if (grpc->end_ns != 0 && grpc->connections == NULL && grpc->service.waiting == 0) {
            return NULL;
        }
    }
}

/* ---- starting and stopping ------------------------------------------------------------------ */

static size_t or_default(size_t value, size_t instead)
{
    return value != 0 ? value : instead;
}

static struct grpc *grpc_new(const struct grpc_options *options)
{
    struct grpc *grpc = mem_zero(1, sizeof *grpc);
    grpc->poll = epoll_create1(EPOLL_CLOEXEC);
    grpc_service_init(&grpc->service, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), CALLS_LARGEST);
    grpc->tls = options->intake.tls;
    struct intake *intake = &grpc->service.intake;
    intake_init(intake, &grpc->service.gate, &options->intake);
    intake->bodies_limit_bytes = or_default(options->bodies_limit_bytes, BODIES_LIMIT_BYTES);
    grpc->patience.silent_ns = intake->timeout_ns;
    grpc->patience.idle_ns = (int64_t)or_default(options->idle_s, IDLE_S) * NS_PER_S;
    grpc->connection_limit = or_default(options->connection_limit, CONNECTIONS_LARGEST);
    return grpc;
}

static void grpc_free(struct grpc *grpc)
{
    for (size_t i = 0; i < grpc->listener_count; i++) {
        close(grpc->listeners[i].socket);
    }
    if (grpc->service.wake >= 0) {
        close(grpc->service.wake);
    }
    if (grpc->poll >= 0) {
        close(grpc->poll);
    }
    grpc_service_clear(&grpc->service);
    text_buffer_free(&grpc->problem);
    free(grpc);
}

static enum err start_listener(const struct listen_address *address, struct err_msg *why, void *ctx)
{
    struct grpc *grpc = ctx;
    struct listener *listener = &grpc->listeners[grpc->listener_count];
    enum err err = listen_open(address, &listener->socket, why);
    if (err != ERR_OK) {
        return err;
    }
    listen_print_socket(listener->socket, listener->text);
    grpc->listener_count++;
    return watch(grpc->poll, listener->socket, listener)
               ? ERR_OK
               : err_set(why, ERR_IO, "%s: cannot be watched", listener->text);
}

enum err grpc_start(const struct grpc_options *options, struct grpc **ret_grpc, struct err_msg *why)
{
    struct grpc *grpc = grpc_new(options);
    bool given = options->listen_count > 0;
    enum err err = ERR_OK;
    if (grpc->poll < 0 || grpc->service.wake < 0 ||
        !watch(grpc->poll, grpc->service.wake, &grpc->service)) {
        err = err_set(why, ERR_IO, "gRPC cannot be received: no descriptors left");
    }
    if (err == ERR_OK) {
        err = addresses_add(&grpc->addresses, given ? options->listen : default_addresses,
                            given ? options->listen_count : ARRAY_LEN(default_addresses),
                            options->intake.insecure, &grpc->service.gate, why);
    }
    if (err == ERR_OK) {
        err =
            addresses_start(&grpc->addresses, "--grpc", start_listener, grpc, &grpc->problem, why);
    }
    if (err == ERR_OK) {
        grpc->accepting = true;
        err = thread_start(&grpc->thread, run, grpc, why);
    }
    if (err != ERR_OK) {
        grpc_free(grpc);
        return err;
    }
    *ret_grpc = grpc;
    return ERR_OK;
}

bool grpc_describe(const struct grpc *grpc, size_t index, char target[GRPC_TEXT_BYTES])
{
    if (index >= grpc->listener_count) {
        return false;
    }
    snprintf(target, GRPC_TEXT_BYTES, "%s://%s", grpc->tls != NULL ? "grpcs" : "grpc",
             grpc->listeners[index].text);
    return true;
}

const char *grpc_problem(const struct grpc *grpc)
{
    return grpc->problem.data != NULL ? grpc->problem.data : "";
}

void grpc_stop(struct grpc *grpc)
{
    if (grpc == NULL) {
        return;
    }
    uint64_t one = 1;
    atomic_store(&grpc->service.intake.closing, true);
    (void)!write(grpc->service.wake, &one, sizeof one);
    pthread_join(grpc->thread, NULL);
    grpc_free(grpc);
}
