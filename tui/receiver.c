/* receiver — the ingesting half of the program, put together: counters, writer, HTTP server. */
#include "tui/receiver.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "ingest/server.h"
#include "store/base/log.h"
#include "store/counters.h"
#include "store/writer.h"
#include "tui/options.h"

enum { DESCRIPTORS_WANTED = 8192 };

struct receiver {
    struct counters counters;
    struct writer *writer;
    struct server *server; /* NULL: listens nowhere */
    struct err_msg problem;
};

/* The usual limit of 1024 files would be less than the connections we are ready to hold. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS_WANTED) {
        return;
    }
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static enum err start_server(struct receiver *receiver, const struct options *options,
                             struct err_msg *why)
{
    struct server_options server_options = {
        .listen = options->listen,
        .listen_count = options->listen_count,
        .writer = receiver->writer,
        .counters = &receiver->counters,
        .ingest_token = options->ingest_token,
        .cors_origins = options->cors_origins,
        .cors_count = options->cors_count,
        .insecure = options->insecure,
    };
    struct err_msg reason = {""};
    enum err err = server_start(&server_options, &receiver->server, &reason);
    if (err == ERR_BUSY || err == ERR_IO) {
        receiver->problem = reason;
        return ERR_OK;
    }
    return err == ERR_OK ? ERR_OK : err_set(why, err, "%s", reason.text);
}

enum err receiver_start(const struct options *options, void (*on_commit)(void *ctx), void *ctx,
                        struct receiver **ret_receiver, struct err_msg *why)
{
    struct receiver *receiver = mem_zero(1, sizeof *receiver);
    counters_init(&receiver->counters);
    struct writer_options writer_options = {
        .path = options->db,
        .durability = options->durability,
        .retention_ns = options->retention_ns,
        .size_limit_bytes = options->max_size_bytes,
        .counters = &receiver->counters,
        .on_commit = on_commit,
        .on_commit_ctx = ctx,
    };
    raise_descriptor_limit();
    enum err err = writer_start(&writer_options, &receiver->writer, why);
    if (err == ERR_OK && !options->no_listen) {
        err = start_server(receiver, options, why);
    }
    if (err != ERR_OK) {
        receiver_stop(receiver);
        return err;
    }
    *ret_receiver = receiver;
    return ERR_OK;
}

bool receiver_describe(const struct receiver *receiver, size_t index,
                       char target[RECEIVER_TEXT_BYTES])
{
    _Static_assert((int)RECEIVER_TEXT_BYTES == (int)SERVER_TEXT_BYTES, "one size for both");
    return receiver->server != NULL && server_describe(receiver->server, index, target);
}

const char *receiver_problem(const struct receiver *receiver)
{
    return receiver->server != NULL ? server_problem(receiver->server) : receiver->problem.text;
}

struct counters *receiver_counters(struct receiver *receiver)
{
    return &receiver->counters;
}

struct writer *receiver_writer(struct receiver *receiver)
{
    return receiver->writer;
}

static void log_sums(struct counters *counters)
{
    log_line("stopped: %" PRIu64 " spans stored, %" PRIu64 " updated, %" PRIu64
             " duplicate, %" PRIu64 " refused",
             atomic_load(&counters->stored), atomic_load(&counters->updated),
             atomic_load(&counters->duplicate), counters_refused(counters));
}

void receiver_stop(struct receiver *receiver)
{
    if (receiver == NULL) {
        return;
    }
    server_stop(receiver->server);
    if (receiver->writer != NULL) {
        writer_stop(receiver->writer);
        log_sums(&receiver->counters);
    }
    counters_clear(&receiver->counters);
    free(receiver);
}
