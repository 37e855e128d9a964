/* doorman — shows out who keeps a connection without saying what he wants.
 *
 * A thread of its own looks at all connections some times in the patience. It only shuts a socket
 * down: whoever serves the connection then finds it closed, as if the other side had gone. */
#include "ingest/doorman.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "store/base/clock.h"
#include "store/base/thread.h"

enum { LOOKS_IN_PATIENCE = 10 };

struct visitor {
    struct doorman *doorman;
    int socket;
    /* under doorman->lock */
    struct visitor *before, *next;
    int64_t until_ns; /* the headers must be there by then; 0 = they are */
};

struct doorman {
    int64_t patience_ns;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t leave;
    bool stopping;           /* under lock, as all below */
    struct visitor visitors; /* the ring's anchor */
};

/* Under the lock: a socket is closed only after its visitor has left. */
static void look(struct doorman *doorman)
{
    int64_t now_ns = clock_monotonic_ns();
    struct visitor *anchor = &doorman->visitors;
    for (struct visitor *visitor = anchor->next; visitor != anchor; visitor = visitor->next) {
        if (visitor->until_ns != 0 && visitor->until_ns < now_ns) {
            shutdown(visitor->socket, SHUT_RDWR);
        }
    }
}

static void *doorman_main(void *argument)
{
    struct doorman *doorman = argument;
    pthread_mutex_lock(&doorman->lock);
    while (!doorman->stopping) {
        look(doorman);
        int64_t next_ns = clock_monotonic_ns() + doorman->patience_ns / LOOKS_IN_PATIENCE;
        thread_wait(&doorman->leave, &doorman->lock, next_ns);
    }
    pthread_mutex_unlock(&doorman->lock);
    return NULL;
}

static void doorman_free(struct doorman *doorman)
{
    pthread_cond_destroy(&doorman->leave);
    pthread_mutex_destroy(&doorman->lock);
    free(doorman);
}

enum err doorman_start(int64_t patience_ns, struct doorman **ret_doorman, struct err_msg *why)
{
    struct doorman *doorman = mem_zero(1, sizeof *doorman);
    doorman->patience_ns = patience_ns;
    doorman->visitors.before = doorman->visitors.next = &doorman->visitors;
    pthread_mutex_init(&doorman->lock, NULL);
    thread_condition_init(&doorman->leave);
    enum err err = thread_start(&doorman->thread, doorman_main, doorman, why);
    if (err != ERR_OK) {
        doorman_free(doorman);
        return err;
    }
    *ret_doorman = doorman;
    return ERR_OK;
}

void doorman_stop(struct doorman *doorman)
{
    if (doorman == NULL) {
        return;
    }
    pthread_mutex_lock(&doorman->lock);
    doorman->stopping = true;
    pthread_cond_signal(&doorman->leave);
    pthread_mutex_unlock(&doorman->lock);
    pthread_join(doorman->thread, NULL);
    doorman_free(doorman);
}

struct visitor *visitor_enter(struct doorman *doorman, int socket)
{
    struct visitor *visitor = mem_alloc(sizeof *visitor);
    struct visitor *anchor = &doorman->visitors;
    *visitor = (struct visitor){
        .doorman = doorman,
        .socket = socket,
        .until_ns = clock_monotonic_ns() + doorman->patience_ns,
    };
    pthread_mutex_lock(&doorman->lock);
    visitor->before = anchor->before;
    visitor->next = anchor;
    anchor->before->next = visitor;
    anchor->before = visitor;
    pthread_mutex_unlock(&doorman->lock);
    return visitor;
}

static void expect_until(struct visitor *visitor, int64_t until_ns)
{
    pthread_mutex_lock(&visitor->doorman->lock);
    visitor->until_ns = until_ns;
    pthread_mutex_unlock(&visitor->doorman->lock);
}

void visitor_is_heard(struct visitor *visitor)
{
    expect_until(visitor, 0);
}

/* Twice the patience: a connection may be idle for most of one before the next request begins. */
void visitor_is_done(struct visitor *visitor)
{
    expect_until(visitor, clock_monotonic_ns() + 2 * visitor->doorman->patience_ns);
}

void visitor_leave(struct visitor *visitor)
{
    pthread_mutex_lock(&visitor->doorman->lock);
    visitor->before->next = visitor->next;
    visitor->next->before = visitor->before;
    pthread_mutex_unlock(&visitor->doorman->lock);
    free(visitor);
}
