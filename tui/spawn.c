/* spawn — runs another program and waits for it. */
#include "tui/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tui/loop.h"

extern char **environ;

/* The child starts with the signals of a fresh program. */
static int start(char *const argv[], const char *input_path, pid_t *ret_child)
{
    static const int defaults[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGPIPE};
    sigset_t none, changed;
    sigemptyset(&none);
    sigemptyset(&changed);
    for (size_t i = 0; i < ARRAY_LEN(defaults); i++) {
        sigaddset(&changed, defaults[i]);
    }
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &changed);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (input_path != NULL) {
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, input_path, O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    int problem = posix_spawnp(ret_child, argv[0], &files, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return problem;
}

enum err spawn_wait(char *const argv[], const char *input_path, struct err_msg *why)
{
    /* ^C in a pager is for the pager */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction old_int, old_quit;
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGINT, &ignore, &old_int);
    sigaction(SIGQUIT, &ignore, &old_quit);
    pid_t child = 0;
    int status = 0;
    int problem = start(argv, input_path, &child);
    while (problem == 0 && waitpid(child, &status, 0) < 0) {
        problem = errno == EINTR ? 0 : errno;
        if (loop_stop_signal() != 0) {
            kill(child, SIGTERM); /* whoever ends us must not wait for a pager */
        }
    }
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGQUIT, &old_quit, NULL);
    if (problem != 0) {
        return err_set(why, ERR_IO, "%.100s: %s", argv[0], strerror(problem));
    }
    if (WIFSIGNALED(status)) {
        return err_set(why, ERR_IO, "%.100s: ended by signal %d", argv[0], WTERMSIG(status));
    }
    if (WEXITSTATUS(status) != 0) {
        return err_set(why, ERR_IO, "%.100s: exit status %d", argv[0], WEXITSTATUS(status));
    }
    return ERR_OK;
}
