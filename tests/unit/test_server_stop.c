/* test_server_stop — a receiver that ends while senders come, go and speak. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "tests/unit/server_world.h"

/* What the C library has, for the receiver and libmicrohttpd as well: counts what nobody had open,
 * and can fail. */
static _Atomic size_t closed_in_vain;
static _Atomic bool no_epoll;

int close(int file)
{
    int result = (int)syscall(SYS_close, file);
    closed_in_vain += result != 0 && errno == EBADF;
    return result;
}

int epoll_create1(int flags)
{
    if (no_epoll) {
        errno = EMFILE;
        return -1;
    }
    return (int)syscall(SYS_epoll_create1, flags);
}

enum { RECEIVERS = 60, CALLERS = 3 };

struct caller {
    const struct place *place;
    _Atomic bool *enough;
    pthread_t thread;
};

/* -1 when nobody listens. */
static int try_dial(const struct place *place)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(place->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int opened = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(opened, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(opened);
        return -1;
    }
    return opened;
}

/* Comes, asks or not, and goes. */
static void *call_again_and_again(void *argument)
{
    const struct caller *caller = argument;
    for (size_t i = 0; !atomic_load(caller->enough); i++) {
        int socket = try_dial(caller->place);
        if (socket >= 0 && i % 2 == 0) {
            char answer[512];
            (void)say(socket, TEXT("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            (void)recv(socket, answer, sizeof answer, 0);
        }
        if (socket >= 0) {
            close(socket);
        }
    }
    return NULL;
}

/* libmicrohttpd ends the whole program when it is told not to accept any more in the moment in
 * which somebody connects. */
static void it_ends_in_the_middle_of_traffic(void **state)
{
    (void)state;
    for (size_t i = 0; i < RECEIVERS; i++) {
        struct place place;
        struct caller callers[CALLERS];
        _Atomic bool enough = false;
        open_place(&place, (struct server_options){0}, 0);
        for (size_t c = 0; c < CALLERS; c++) {
            callers[c] = (struct caller){.place = &place, .enough = &enough};
            assert_int_equal(
                pthread_create(&callers[c].thread, NULL, call_again_and_again, &callers[c]), 0);
        }
        usleep(2000);
        server_stop(place.server);
        place.server = NULL;
        atomic_store(&enough, true);
        for (size_t c = 0; c < CALLERS; c++) {
            assert_int_equal(pthread_join(callers[c].thread, NULL), 0);
        }
        close_place(&place);
    }
}

/* By then the number may be a file of another thread: the database, or somebody's connection. */
static void no_file_is_closed_twice(void **state)
{
    (void)state;
    static const char *const addresses[] = {"127.0.0.1:0", "127.0.0.1:0"};
    struct place place;
    open_place(&place, (struct server_options){.listen = addresses, .listen_count = 2}, 0);
    closed_in_vain = 0;
    server_stop(place.server);
    assert_int_equal(closed_in_vain, 0);
    struct server_options again = {.listen = addresses,
                                   .listen_count = 2,
                                   .intake.writer = place.writer,
                                   .intake.counters = &place.counters};
    no_epoll = true;
    assert_int_equal(server_start(&again, &place.server, NULL), ERR_IO);
    no_epoll = false;
    assert_int_equal(closed_in_vain, 0);
    place.server = NULL;
    close_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_file_is_closed_twice),
        cmocka_unit_test(it_ends_in_the_middle_of_traffic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
