/* cmd_prune — deletes the oldest traces by hand, slice by slice. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/reader.h"
#include "store/writer.h"
#include "tui/cmd.h"
#include "tui/format.h"
#include "tui/options.h"
#include "tui/plain.h"

struct prune {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool done;          /* lock */
    enum err code;      /* lock */
    struct err_msg why; /* lock */
};

static void on_pruned(const struct writer_verdict *verdict, void *context)
{
    struct prune *prune = context;
    pthread_mutex_lock(&prune->lock);
    prune->done = true;
    prune->code = verdict->code;
    if (verdict->code != ERR_OK) {
        (void)err_set(&prune->why, verdict->code, "%s", verdict->text);
    }
    pthread_cond_signal(&prune->ended);
    pthread_mutex_unlock(&prune->lock);
}

static enum err prune_before(struct writer *writer, int64_t cutoff_ns, struct err_msg *why)
{
    struct prune prune = {.done = false};
    pthread_mutex_init(&prune.lock, NULL);
    pthread_cond_init(&prune.ended, NULL);
    enum err err = writer_prune(writer, cutoff_ns, on_pruned, &prune);
    pthread_mutex_lock(&prune.lock);
    while (err == ERR_OK && !prune.done) {
        pthread_cond_wait(&prune.ended, &prune.lock);
    }
    if (err == ERR_OK && prune.code != ERR_OK) {
        err = prune.code;
        *why = prune.why;
    }
    pthread_mutex_unlock(&prune.lock);
    pthread_cond_destroy(&prune.ended);
    pthread_mutex_destroy(&prune.lock);
    return err;
}

/* Names and the empty tables stay, so there are sizes that no deleting reaches. */
static bool keeps_limit(const struct options *options)
{
    struct reader *reader = NULL;
    struct store_size size;
    char has[FORMAT_BYTES];
    bool known = options->max_size_bytes > 0 && reader_open(options->db, &reader, NULL) == ERR_OK &&
                 reader_size(reader, &size) == ERR_OK;
    reader_close(reader);
    if (!known || size.traces > 0 || size.file_bytes <= options->max_size_bytes) {
        return true;
    }
    fprintf(stderr,
            "tracetui: prune: no trace is left, but the file has %s all the same: no smaller"
            " --max-size can be kept\n",
            format_size(has, size.file_bytes).data);
    return false;
}

int cmd_prune(const struct options *options)
{
    struct counters counters;
    struct writer *writer = NULL;
    struct err_msg why = {.text = ""};
    if (options->older_than_ns == 0 && options->max_size_bytes == 0) {
        fputs("tracetui: prune: --older-than 7d or --max-size 10G expected\n", stderr);
        return 2;
    }
    if (access(options->db, F_OK) != 0) {
        fprintf(stderr, "tracetui: prune: %s: no such database\n", options->db);
        return 1;
    }
    counters_init(&counters);
    struct writer_options writing = {
        .path = options->db,
        .durability = options->durability,
        .size_limit_bytes = options->max_size_bytes,
        .counters = &counters,
    };
    enum err err = writer_start(&writing, &writer, &why);
    if (err == ERR_OK) {
        int64_t older_ns = options->older_than_ns;
        err = prune_before(writer, older_ns > 0 ? clock_now_ns() - older_ns : INT64_MIN, &why);
    }
    writer_stop(writer);
    bool kept = true;
    if (err == ERR_OK) {
        uint64_t pruned = atomic_load(&counters.pruned_traces);
        printf("pruned %" PRIu64 " trace%s\n", pruned, text_plural(pruned));
        kept = keeps_limit(options);
    } else {
        plain_error(stderr, "prune", why.text);
        if (err == ERR_LOCKED) {
            fputs("It deletes by its own --retention and --max-size. To let it delete now:\n"
                  "  DELETE /api/admin/traces/cleanup?olderThanDays=7\n",
                  stderr);
        }
    }
    counters_clear(&counters);
    return err == ERR_OK && kept ? 0 : 1;
}
