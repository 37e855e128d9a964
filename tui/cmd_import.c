/* cmd_import — files of spans into the database, by the receiver's own decoders and writer. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/import.h"
#include "ingest/sanitize.h"
#include "store/base/clock.h"
#include "store/filter_time.h"
#include "store/foreign.h"
#include "store/writer.h"
#include "tui/cmd.h"
#include "tui/options.h"
#include "tui/plain.h"
#include "tui/receiver.h"

enum {
    WAITING_BATCHES = 8,
    TRACES_FIRST_SLOTS = 1 << 12,
    TRACES_MOST_SLOTS = 1 << 23, /* 64 MiB: beyond 4 million traces the count says "more than" */
    PROGRESS_MS = 200,
    BAR_CELLS = 30,
};

/* The hashes of the trace ids seen, to count traces without asking the store. 0 marks a free slot.
 */
struct trace_set {
    uint64_t *slots;
    size_t capacity, count;
    bool full;
};

struct import {
    struct writer *writer;
    struct counters counters;
    struct trace_set traces;
    size_t spans;                       /* delivered */
    size_t old_spans;                   /* of these: begin before what a receiver keeps */
    int64_t oldest_ns;                  /* what that is */
    bool progress;                      /* stderr is a terminal */
    int64_t file_bytes;                 /* of the file being read; 0 = not known */
    const struct import_report *report; /* of the same */
    int64_t said_ns;                    /* when progress was shown last */
    pthread_mutex_t lock;
    pthread_cond_t stored;
    size_t waiting;        /* lock: batches the writer has */
    enum err failed;       /* lock */
    struct err_msg reason; /* lock */
};

/* ---- counting traces ---- */

static void set_insert(struct trace_set *set, uint64_t hash)
{
    size_t at = hash & (set->capacity - 1);
    while (set->slots[at] != 0 && set->slots[at] != hash) {
        at = (at + 1) & (set->capacity - 1);
    }
    set->count += set->slots[at] == 0;
    set->slots[at] = hash;
}

static void set_grow(struct trace_set *set)
{
    struct trace_set larger = {.capacity =
                                   set->capacity != 0 ? set->capacity * 2 : TRACES_FIRST_SLOTS};
    larger.slots = mem_zero(larger.capacity, sizeof *larger.slots);
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i] != 0) {
            set_insert(&larger, set->slots[i]);
        }
    }
    free(set->slots);
    *set = larger;
}

static void count_traces(struct trace_set *set, const struct batch *batch)
{
    for (size_t i = 0; i < batch->count && !set->full; i++) {
        if (set->count * 2 >= set->capacity && set->capacity < TRACES_MOST_SLOTS) {
            set_grow(set);
        }
        set->full = set->count * 2 >= TRACES_MOST_SLOTS;
        uint64_t hash = id_hash(&batch->spans[i].trace);
        set_insert(set, hash != 0 ? hash : 1);
    }
}

/* ---- batches to the writer ---- */

static void on_stored(const struct writer_verdict *verdict, void *context)
{
    struct import *import = context;
    pthread_mutex_lock(&import->lock);
    import->waiting--;
    if (verdict->code != ERR_OK && import->failed == ERR_OK) {
        import->failed = err_set(&import->reason, verdict->code, "%s",
                                 verdict->text != NULL ? verdict->text : err_name(verdict->code));
    }
    pthread_cond_signal(&import->stored);
    pthread_mutex_unlock(&import->lock);
}

/* "[########                ]  33%  120000 spans"; of a pipe the number alone. */
static void draw_progress(const struct import *import)
{
    char bar[BAR_CELLS + 1] = "";
    if (import->file_bytes <= 0 || import->report == NULL) {
        fprintf(stderr, "\r%zu span%s\033[K", import->spans, text_plural(import->spans));
        return;
    }
    double part = (double)import->report->read_bytes / (double)import->file_bytes;
    part = part < 1 ? part : 1;
    memset(bar, ' ', BAR_CELLS);
    memset(bar, '#', (size_t)(part * BAR_CELLS));
    fprintf(stderr, "\r[%s] %3d%%  %zu span%s\033[K", bar, (int)(part * 100), import->spans,
            text_plural(import->spans));
}

/* Before a line of another kind. */
static void clear_progress(const struct import *import)
{
    if (import->progress) {
        fputs("\r\033[K", stderr);
    }
}

static void show_progress(struct import *import)
{
    int64_t now_ns = clock_monotonic_ns();
    if (import->progress && now_ns - import->said_ns > PROGRESS_MS * NS_PER_MS) {
        import->said_ns = now_ns;
        draw_progress(import);
    }
}

/* Waits until the writer has fewer than `most` of our batches. */
static enum err wait_for_writer(struct import *import, size_t most, struct err_msg *why)
{
    pthread_mutex_lock(&import->lock);
    while (import->waiting > most) {
        pthread_cond_wait(&import->stored, &import->lock);
    }
    enum err err = import->failed;
    if (err != ERR_OK) {
        *why = import->reason;
    }
    pthread_mutex_unlock(&import->lock);
    return err;
}

static enum err deliver(struct batch *batch, void *context, struct err_msg *why)
{
    struct import *import = context;
    enum err err = wait_for_writer(import, WAITING_BATCHES - 1, why);
    if (err != ERR_OK) {
        return err;
    }
    count_traces(&import->traces, batch);
    import->spans += batch->count;
    for (size_t i = 0; i < batch->count; i++) {
        import->old_spans += batch->spans[i].start_ns < import->oldest_ns;
    }
    pthread_mutex_lock(&import->lock);
    import->waiting++;
    pthread_mutex_unlock(&import->lock);
    while ((err = writer_submit(import->writer, batch, on_stored, import)) == ERR_BUSY) {
        usleep(1000);
    }
    if (err != ERR_OK) {
        pthread_mutex_lock(&import->lock);
        import->waiting--;
        pthread_mutex_unlock(&import->lock);
        return err_set(why, err, "the database is closing");
    }
    show_progress(import);
    return ERR_OK;
}

/* ---- files ---- */

static int open_input(const char *name, struct err_msg *why)
{
    if (strcmp(name, "-") == 0) {
        return dup(STDIN_FILENO);
    }
    int file = open(name, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (file >= 0 && fstat(file, &about) == 0 && S_ISDIR(about.st_mode)) {
        close(file);
        file = -1;
        errno = EISDIR;
    }
    if (file < 0) {
        err_set(why, ERR_IO, "%s", strerror(errno));
    }
    return file;
}

/* A web application's database on its way through the decoder. */
struct foreign {
    struct import *import;
    const struct import_options *options;
    struct import_report *report;
};

/* foreign_take_fn */
static enum err take_foreign(struct text body, size_t first_index, void *context,
                             struct err_msg *why)
{
    struct foreign *foreign = context;
    struct decode_context decoding = *foreign->options->context;
    struct batch *batch = batch_new();
    decoding.first_index = first_index;
    enum err err = decode_flat(&decoding, body, batch, &foreign->report->spans, why);
    if (err == ERR_OK && batch->count > 0) {
        err = deliver(batch, foreign->import, why);
        batch = err == ERR_OK ? NULL : batch;
    }
    batch_free(batch);
    return err;
}

static enum err import_one(struct import *import, const char *name, bool database,
                           const struct import_options *options, struct import_report *report,
                           struct err_msg *why)
{
    if (database) {
        struct foreign foreign = {import, options, report};
        return foreign_read(name, take_foreign, &foreign, why);
    }
    int file = open_input(name, why);
    struct stat about;
    if (file < 0) {
        return ERR_IO;
    }
    bool known = fstat(file, &about) == 0 && S_ISREG(about.st_mode);
    import->file_bytes = known ? about.st_size : 0;
    import->report = report;
    enum err err = import_file(file, options, deliver, import, report, why);
    close(file);
    import->report = NULL; /* the caller's */
    return err;
}

/* Names of files may be as hostile as what stands in them. */
static void print_problem(const char *name, const char *format, ...) PRINTF_LIKE(2);

static void print_problem(const char *name, const char *format, ...)
{
    struct err_msg what = {""};
    struct text_buffer line = {0};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what.text, sizeof what.text, format, arguments);
    va_end(arguments);
    text_append_format(&line, "%s: %s", name, what.text);
    plain_error(stderr, "import", line.data);
    text_buffer_free(&line);
}

static void print_refusals(const char *name, const struct import_report *report)
{
    if (report->skipped > 0 && report->skipped < report->documents) {
        print_problem(name, "%zu of %zu documents hold no spans", report->skipped,
                      report->documents);
    }
    for (size_t i = 0; i < report->spans.line_count; i++) {
        print_problem(name, "refused: %s", report->spans.lines[i].text);
    }
    if (report->spans.refused > report->spans.line_count) {
        print_problem(name, "and %zu more", report->spans.refused - report->spans.line_count);
    }
}

/* Ends the line: " (time 2, id 1)" where something was refused. */
static void print_reasons(const size_t refused_by[REFUSED_COUNT])
{
    const char *before = " (";
    for (int reason = 0; reason < REFUSED_COUNT; reason++) {
        if (refused_by[reason] > 0) {
            printf("%s%s %zu", before, refusal_name((enum refusal)reason), refused_by[reason]);
            before = ", ";
        }
    }
    puts(before[0] == ',' ? ")" : "");
}

/* All files; goes on with the next when one fails. Returns the exit code. */
static int import_all(struct import *import, const struct options *options,
                      const struct sanitize_rules *rules, enum import_format format, bool database)
{
    struct decode_context context = {.now_ns = clock_now_ns(), .rules = rules};
    struct import_options how = {.format = format, .context = &context};
    size_t refused_by[REFUSED_COUNT] = {0};
    size_t refused = 0;
    int code = 0;
    for (size_t i = 0; i < options->word_count; i++) {
        struct import_report report = {0};
        struct err_msg why = {""};
        bool tables = database || (format == IMPORT_AUTO && foreign_is_database(options->words[i]));
        enum err err = import_one(import, options->words[i], tables, &how, &report, &why);
        clear_progress(import);
        if (err != ERR_OK) {
            print_problem(options->words[i], "%s", why.text);
            code = 1;
        }
        print_refusals(options->words[i], &report);
        refused += report.spans.refused;
        for (int reason = 0; reason < REFUSED_COUNT; reason++) {
            refused_by[reason] += report.spans.refused_by[reason];
        }
    }
    struct err_msg why;
    if (wait_for_writer(import, 0, &why) != ERR_OK) {
        fprintf(stderr, "tracetui: import: %s\n", why.text);
        code = 1;
    }
    clear_progress(import);
    printf("imported %zu span%s, %s%zu trace%s, %zu refused", import->spans,
           text_plural(import->spans), import->traces.full ? "more than " : "",
           import->traces.count, text_plural(import->traces.count), refused);
    print_reasons(refused_by);
    return import->spans == 0 && refused > 0 ? 1 : code;
}

/* They are in, but a sweep of the next receiver would take them out again. */
static void warn_of_retention(const struct import *import, int64_t retention_ns)
{
    char age[DURATION_BYTES];
    if (import->old_spans > 0) {
        fprintf(stderr,
                "tracetui: import: %zu span%s older than --retention, %s: tracetui deletes such"
                " traces when it receives here.\n"
                "To keep them, start it with a longer --retention, or 0 for ever; to look at them"
                " only, with --no-listen.\n",
                import->old_spans, import->old_spans == 1 ? " is" : "s are",
                duration_print(age, retention_ns).data);
    }
}

/* Says how the one that writes can have the spans. */
static void advise(const struct options *options)
{
    char lines[RECEIVER_LINES_BYTES] = "";
    char address[RECEIVER_TEXT_BYTES];
    (void)writer_owner(options->db, lines, sizeof lines);
    receiver_find_address(lines, address);
    fputs("import writes the database itself: stop that process meanwhile, or import into another"
          " file with --db.\n",
          stderr);
    if (address[0] != '\0') {
        fprintf(stderr,
                "A file that is one request of at most 20 MiB can be sent to it:\n"
                "  curl %s/v1/traces -H 'content-type: application/json' --data-binary @FILE\n"
                "(OTLP; Zipkin: /api/v2/spans, flat spans: /api/trace-log)\n",
                address);
    }
}

int cmd_import(const struct options *options)
{
    enum import_format format = IMPORT_AUTO;
    struct err_msg why;
    if (options->word_count == 0) {
        fputs("tracetui: import: name a file, or - for stdin\n", stderr);
        return 2;
    }
    bool database = options->format != NULL && strcmp(options->format, "sqlite") == 0;
    if (options->format != NULL && !database &&
        import_format_parse(text_from(options->format), &format) != ERR_OK) {
        fprintf(
            stderr,
            "tracetui: import: --format %s: auto, flat, otlp, zipkin, jaeger or sqlite expected\n",
            options->format);
        return 2;
    }
    struct sanitize_rules rules;
    if (receiver_rules(options, &rules, &why) != ERR_OK) {
        fprintf(stderr, "tracetui: import: %s\n", why.text);
        return 2;
    }
    int64_t kept_ns = options->retention_ns;
    struct import import = {.oldest_ns = kept_ns > 0 ? clock_now_ns() - kept_ns : INT64_MIN,
                            .progress = isatty(STDERR_FILENO) && isatty(STDOUT_FILENO)};
    counters_init(&import.counters);
    pthread_mutex_init(&import.lock, NULL);
    pthread_cond_init(&import.stored, NULL);
    struct writer_options writing = {
        .path = options->db,
        .durability = options->durability,
        .counters = &import.counters,
        .deadline_ns = INT64_MAX, /* a file waits as long as it takes */
    };
    int code = 1;
    enum err err = writer_start(&writing, &import.writer, &why);
    if (err == ERR_OK) {
        code = import_all(&import, options, &rules, format, database);
        writer_stop(import.writer);
        warn_of_retention(&import, kept_ns);
    } else {
        plain_error(stderr, "import", why.text);
    }
    if (err == ERR_LOCKED) {
        advise(options);
    }
    pthread_cond_destroy(&import.stored);
    pthread_mutex_destroy(&import.lock);
    counters_clear(&import.counters);
    sanitize_rules_clear(&rules);
    free(import.traces.slots);
    return code;
}
