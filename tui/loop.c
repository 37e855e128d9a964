/* loop — what the UI thread sleeps on: the keyboard, the other threads, signals to stop. */
#include "tui/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const int stop_signals[] = {SIGTERM, SIGHUP, SIGINT};

/* Global because a signal handler gets nothing but a number. */
static volatile sig_atomic_t stop_signal;
static volatile sig_atomic_t wake_fd = -1;

static void wake(int fd)
{
    int saved = errno;
    uint64_t one = 1;
    /* fails only when the counter is full, and then the loop is awake anyway */
    ssize_t written = write(fd, &one, sizeof one);
    (void)written;
    errno = saved;
}

static void on_stop_signal(int number)
{
    stop_signal = number;
    if (wake_fd >= 0) {
        wake(wake_fd);
    }
}

static int set_handlers(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ARRAY_LEN(stop_signals); i++) {
        if (sigaction(stop_signals[i], &action, NULL) != 0) {
            return errno;
        }
    }
    return 0;
}

enum err waker_open(struct waker *ret_waker, struct err_msg *why)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        return err_set(why, ERR_IO, "eventfd: %s", strerror(errno));
    }
    ret_waker->fd = fd;
    return ERR_OK;
}

void waker_close(struct waker *waker)
{
    if (waker->fd >= 0) {
        close(waker->fd);
        waker->fd = -1;
    }
}

void waker_wake(const struct waker *waker)
{
    wake(waker->fd);
}

void waker_drain(const struct waker *waker)
{
    uint64_t count;
    ssize_t taken = read(waker->fd, &count, sizeof count);
    (void)taken; /* nothing there is fine */
}

unsigned loop_poll(int tty_fd, const struct waker *waker, int timeout_ms)
{
    struct pollfd files[] = {
        {.fd = tty_fd, .events = POLLIN},
        {.fd = waker->fd, .events = POLLIN},
    };
    int ready = poll(files, ARRAY_LEN(files), timeout_ms);
    if (ready < 0) {
        /* most likely the window changed its size: curses tells that as a key */
        return LOOP_KEYS;
    }
    unsigned result = 0;
    if ((files[0].revents & POLLIN) != 0) {
        result |= LOOP_KEYS;
    }
    if ((files[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
        result |= LOOP_HANGUP;
    }
    if ((files[1].revents & POLLIN) != 0) {
        waker_drain(waker);
        result |= LOOP_WOKEN;
    }
    return result;
}

enum err loop_catch_signals(const struct waker *waker, struct err_msg *why)
{
    stop_signal = 0;
    wake_fd = waker->fd;
    int problem = set_handlers(on_stop_signal);
    return problem == 0 ? ERR_OK : err_set(why, ERR_IO, "signals: %s", strerror(problem));
}

void loop_release_signals(void)
{
    set_handlers(SIG_DFL);
    signal(SIGHUP, SIG_IGN); /* of a terminal that closes both the kernel and the shell tell us */
    wake_fd = -1;
}

int loop_stop_signal(void)
{
    return stop_signal;
}
