/* receiver — the ingesting half of the program, put together: counters, writer, HTTP and gRPC. */
#include "tui/receiver.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "ingest/grpc.h"
#include "ingest/knocks.h"
#include "ingest/sample.h"
#include "ingest/sanitize.h"
#include "ingest/server.h"
#include "ingest/tls.h"
#include "store/base/log.h"
#include "store/base/log_again.h"
#include "store/counters.h"
#include "store/writer.h"
#include "tui/options.h"
#include "tui/token.h"

enum { DESCRIPTORS_WANTED = 8192, ADDRESSES_LARGEST = 16 };

struct receiver {
    struct counters counters;
    struct sanitize_rules rules;
    struct sample *sample; /* NULL: all traces are kept */
    struct log_again said; /* why senders were refused, over HTTP and gRPC */
    struct knocks knocks;  /* who showed wrong tokens there */
    pthread_mutex_t lock;
    struct writer *writer;      /* changed under lock; NULL: rests */
    struct server *server;      /* NULL: no HTTP */
    struct grpc *grpc;          /* NULL: no gRPC */
    struct tls *tls;            /* NULL: plain */
    struct text_buffer problem; /* of both */
    bool started;               /* nothing was in the way of it */
    char *admin_token;          /* NULL: the admin API lets nobody in */
    char addresses[ADDRESSES_LARGEST][RECEIVER_TEXT_BYTES];
    size_t address_count;
};

enum err receiver_rules(const struct options *options, struct sanitize_rules *ret_rules,
                        struct err_msg *why)
{
    struct sanitize_rules rules = *sanitize_default_rules();
    struct err_msg reason;
    rules.off = options->no_mask;
    if (options->sql_limit != 0) {
        rules.sql_limit_chars = options->sql_limit;
    }
    if (options->param_limit != 0) {
        rules.param_limit_chars = options->param_limit;
    }
    for (size_t i = 0; i < options->mask_key_count; i++) {
        if (sanitize_add_key(&rules, options->mask_keys[i], &reason) != ERR_OK) {
            sanitize_rules_clear(&rules);
            return err_set(why, ERR_PARSE, "--mask %s: %s", options->mask_keys[i], reason.text);
        }
    }
    for (size_t i = 0; i < options->mask_value_count; i++) {
        if (sanitize_add_value(&rules, options->mask_values[i], &reason) != ERR_OK) {
            sanitize_rules_clear(&rules);
            return err_set(why, ERR_PARSE, "--mask-value %s: %s", options->mask_values[i],
                           reason.text);
        }
    }
    *ret_rules = rules;
    return ERR_OK;
}

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

static void note(struct receiver *receiver, const char *problem)
{
    if (problem[0] != '\0') {
        text_append_format(&receiver->problem, "%s%s", receiver->problem.length > 0 ? "\n" : "",
                           problem);
    }
}

/* Addresses that others have are no failure; wrong ones are. */
static enum err excuse(struct receiver *receiver, enum err err, const struct err_msg *reason,
                       struct err_msg *why)
{
    if (err == ERR_BUSY || err == ERR_IO) {
        note(receiver, reason->text);
        return ERR_OK;
    }
    return err == ERR_OK ? ERR_OK : err_set(why, err, "%s", reason->text);
}

/* Without a token spans come in all the same. */
static void find_admin_token(struct receiver *receiver, const struct options *options)
{
    struct err_msg why = {""};
    if (options->admin_token != NULL) {
        receiver->admin_token = strdup(options->admin_token);
        if (receiver->admin_token == NULL) {
            die_oom();
        }
    } else if (token_of_admin(&receiver->admin_token, &why) != ERR_OK) {
        log_line("the admin API lets nobody in: %s", why.text);
    }
}

static enum err load_tls(struct receiver *receiver, const struct options *options,
                         struct err_msg *why)
{
    bool any = options->tls_cert != NULL || options->tls_key != NULL;
    if (!any && options->tls_client_ca == NULL) {
        return ERR_OK;
    }
    if (options->tls_cert == NULL || options->tls_key == NULL) {
        return err_set(why, ERR_PARSE, "--tls-cert and --tls-key are needed together%s",
                       any ? "" : ", also for --tls-client-ca");
    }
    return tls_load(options->tls_cert, options->tls_key, options->tls_client_ca, &receiver->tls,
                    why);
}

static struct intake_options intake_options(struct receiver *receiver,
                                            const struct options *options)
{
    return (struct intake_options){
        .writer = receiver->writer,
        .counters = &receiver->counters,
        .rules = &receiver->rules,
        .sample = receiver->sample,
        .said = &receiver->said,
        .knocks = &receiver->knocks,
        .ingest_token = options->ingest_token,
        .public_hosts = options->public_hosts,
        .public_host_count = options->public_host_count,
        .tls = receiver->tls,
        .insecure = options->insecure,
    };
}

static enum err start_server(struct receiver *receiver, const struct options *options,
                             struct err_msg *why)
{
    struct server_options server_options = {
        .listen = options->listen,
        .listen_count = options->listen_count,
        .intake = intake_options(receiver, options),
        .admin_token = receiver->admin_token,
        .database = options->db,
        .cors_origins = options->cors_origins,
        .cors_count = options->cors_count,
    };
    struct err_msg reason = {""};
    enum err err = server_start(&server_options, &receiver->server, &reason);
    if (err == ERR_OK) {
        note(receiver, server_problem(receiver->server));
    }
    return excuse(receiver, err, &reason, why);
}

/* Whoever names an address for HTTP wants no others opened unasked. */
static bool wants_grpc(const struct options *options)
{
    return !options->no_grpc && (options->grpc_count > 0 || options->listen_count == 0);
}

static enum err start_grpc(struct receiver *receiver, const struct options *options,
                           struct err_msg *why)
{
    struct grpc_options grpc_options = {
        .listen = options->grpc,
        .listen_count = options->grpc_count,
        .intake = intake_options(receiver, options),
    };
    struct err_msg reason = {""};
    enum err err = grpc_start(&grpc_options, &receiver->grpc, &reason);
    if (err == ERR_OK) {
        note(receiver, grpc_problem(receiver->grpc));
    }
    return excuse(receiver, err, &reason, why);
}

static void note_addresses(struct receiver *receiver)
{
    _Static_assert((int)RECEIVER_TEXT_BYTES == (int)SERVER_TEXT_BYTES, "one size for all");
    _Static_assert((int)RECEIVER_TEXT_BYTES == (int)GRPC_TEXT_BYTES, "one size for all");
    size_t count = 0;
    if (receiver->server != NULL) {
        for (size_t i = 0; count < ADDRESSES_LARGEST &&
                           server_describe(receiver->server, i, receiver->addresses[count]);
             i++) {
            count++;
        }
    }
    if (receiver->grpc != NULL) {
        for (size_t i = 0; count < ADDRESSES_LARGEST &&
                           grpc_describe(receiver->grpc, i, receiver->addresses[count]);
             i++) {
            count++;
        }
    }
    receiver->address_count = count;
}

/* For the heirs among the viewers. */
static void publish(const struct receiver *receiver, const struct options *options)
{
    struct text_buffer lines = {0};
    for (size_t i = 0; i < receiver->address_count; i++) {
        text_append_format(&lines, "%s\n", receiver->addresses[i]);
    }
    const struct {
        bool holds;
        const char *line;
    } facts[] = {
        {options->ingest_token != NULL, RECEIVER_SAYS_TOKEN},
        {options->tls_client_ca != NULL, RECEIVER_SAYS_CLIENTS},
        {!options->no_mask, RECEIVER_SAYS_MASKING},
        {options->mask_key_count + options->mask_value_count > 0, RECEIVER_SAYS_MASKS},
    };
    for (size_t i = 0; lines.length > 0 && i < ARRAY_LEN(facts); i++) {
        if (facts[i].holds) {
            text_append_format(&lines, "%s\n", facts[i].line);
        }
    }
    if (lines.length > 0) {
        writer_note_addresses(receiver->writer, lines.data);
    }
    text_buffer_free(&lines);
}

void receiver_find_address(const char *lines, char target[RECEIVER_TEXT_BYTES])
{
    target[0] = '\0';
    for (const char *line = lines; *line != '\0' && target[0] == '\0';) {
        size_t length = strcspn(line, "\n");
        bool fits = strncmp(line, "http", 4) == 0 && length < RECEIVER_TEXT_BYTES;
        snprintf(target, RECEIVER_TEXT_BYTES, "%.*s", fits ? (int)length : 0, line);
        line += length + (line[length] != '\0');
    }
}

enum err receiver_start(const struct options *options, enum tenure tenure,
                        void (*on_commit)(void *ctx), void *ctx, struct receiver **ret_receiver,
                        struct err_msg *why)
{
    struct receiver *receiver = mem_zero(1, sizeof *receiver);
    pthread_mutex_init(&receiver->lock, NULL);
    counters_init(&receiver->counters);
    log_again_init(&receiver->said);
    knocks_init(&receiver->knocks);
    struct writer_options writer_options = {
        .path = options->db,
        .durability = options->durability,
        .tenure = tenure,
        .retention_ns = options->retention_ns,
        .size_limit_bytes = options->max_size_bytes,
        .counters = &receiver->counters,
        .on_commit = on_commit,
        .on_commit_ctx = ctx,
    };
    raise_descriptor_limit();
    enum err err = receiver_rules(options, &receiver->rules, why);
    if (err == ERR_OK && options->sample_per_minute > 0) {
        receiver->sample = sample_new(&(struct sample_options){
            .traces_per_minute = options->sample_per_minute,
            .slow_ns = options->sample_slow_ns,
            .counters = &receiver->counters,
        });
    }
    if (err == ERR_OK) {
        err = writer_start(&writer_options, &receiver->writer, why);
    }
    if (err == ERR_OK && !options->no_listen) {
        err = load_tls(receiver, options, why);
    }
    if (err == ERR_OK && !options->no_listen) {
        find_admin_token(receiver, options);
        err = start_server(receiver, options, why);
    }
    if (err == ERR_OK && !options->no_listen && wants_grpc(options)) {
        err = start_grpc(receiver, options, why);
    }
    if (err != ERR_OK) {
        receiver_stop(receiver);
        return err;
    }
    note_addresses(receiver);
    publish(receiver, options);
    receiver->started = true;
    *ret_receiver = receiver;
    return ERR_OK;
}

bool receiver_describe(const struct receiver *receiver, size_t index,
                       char target[RECEIVER_TEXT_BYTES])
{
    if (index >= receiver->address_count) {
        return false;
    }
    memcpy(target, receiver->addresses[index], RECEIVER_TEXT_BYTES);
    return true;
}

const char *receiver_problem(const struct receiver *receiver)
{
    return receiver->problem.data != NULL ? receiver->problem.data : "";
}

struct counters *receiver_counters(struct receiver *receiver)
{
    return &receiver->counters;
}

void receiver_state(struct receiver *receiver, char target[256])
{
    target[0] = '\0';
    pthread_mutex_lock(&receiver->lock);
    if (receiver->writer != NULL) {
        (void)writer_state(receiver->writer, target);
    }
    pthread_mutex_unlock(&receiver->lock);
}

bool receiver_is_claimed(const struct receiver *receiver)
{
    return receiver->writer != NULL && writer_is_claimed(receiver->writer);
}

const char *receiver_end(const struct receiver *receiver)
{
    return receiver->writer != NULL ? writer_end(receiver->writer) : NULL;
}

void receiver_remind(struct receiver *receiver)
{
    log_again_remind(&receiver->said);
}

static void log_sums(struct counters *counters)
{
    uint64_t stored = atomic_load(&counters->stored);
    log_line("stopped: %" PRIu64 " span%s stored, %" PRIu64 " updated, %" PRIu64
             " duplicate, %" PRIu64 " refused",
             stored, text_plural(stored), atomic_load(&counters->updated),
             atomic_load(&counters->duplicate), counters_refused(counters));
}

void receiver_rest(struct receiver *receiver)
{
    server_stop(receiver->server);
    receiver->server = NULL;
    grpc_stop(receiver->grpc);
    receiver->grpc = NULL;
    pthread_mutex_lock(&receiver->lock);
    struct writer *writer = receiver->writer;
    receiver->writer = NULL;
    pthread_mutex_unlock(&receiver->lock);
    if (writer != NULL) {
        writer_stop(writer);
        log_again_finish(&receiver->said);
        if (receiver->started) {
            log_sums(&receiver->counters);
        }
    }
}

void receiver_stop(struct receiver *receiver)
{
    if (receiver == NULL) {
        return;
    }
    receiver_rest(receiver);
    pthread_mutex_destroy(&receiver->lock);
    sample_free(receiver->sample);
    log_again_clear(&receiver->said);
    knocks_clear(&receiver->knocks);
    sanitize_rules_clear(&receiver->rules);
    counters_clear(&receiver->counters);
    text_buffer_free(&receiver->problem);
    free(receiver->admin_token);
    tls_free(receiver->tls);
    free(receiver);
}
