/* receiver — a `tracetui serve` to be measured. */
#include "tests/bench/receiver.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

struct receiver receiver_start(const char *program, const char *db, const char *retention)
{
    struct receiver receiver = {0};
    int ends[2];
    char line[256];
    if (pipe(ends) != 0) {
        bench_die("no pipe");
    }
    receiver.pid = fork();
    if (receiver.pid < 0) {
        bench_die("cannot start %s", program);
    }
    if (receiver.pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(126);
        }
        execl(program, program, "serve", "--db", db, "--listen", "127.0.0.1:0", "--grpc",
              "127.0.0.1:0", "--retention", retention != NULL ? retention : "3650d", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    while (output != NULL && (receiver.http_port == 0 || receiver.grpc_port == 0) &&
           fgets(line, sizeof line, output) != NULL) {
        const char *port = strrchr(line, ':');
        if (strstr(line, "http://") != NULL) {
            receiver.http_port = (int)strtol(port + 1, NULL, 10);
        } else if (strstr(line, "grpc://") != NULL) {
            receiver.grpc_port = (int)strtol(port + 1, NULL, 10);
        }
    }
    if (output != NULL) {
        fclose(output);
    }
    if (receiver.http_port == 0 || receiver.grpc_port == 0) {
        bench_die("%s does not start", program);
    }
    return receiver;
}

void receiver_stop(const struct receiver *receiver)
{
    int status = 0;
    kill(receiver->pid, SIGTERM);
    if (waitpid(receiver->pid, &status, 0) != receiver->pid || status != 0) {
        bench_die("the receiver ended with status %d", status);
    }
}

static double read_memory(const struct receiver *receiver, const char *key)
{
    char path[64], line[256];
    double kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)receiver->pid);
    FILE *status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            kib = strtod(line + strlen(key), NULL);
        }
    }
    if (status != NULL) {
        fclose(status);
    }
    return kib / 1024;
}

double receiver_memory(const struct receiver *receiver)
{
    return read_memory(receiver, "VmRSS:");
}

double receiver_largest_memory(const struct receiver *receiver)
{
    return read_memory(receiver, "VmHWM:");
}
