/* cmd_tail — prints traces as they complete, a line each.
 *
 * Every half second, if something was committed, the newest traces are listed again: those of the
 * last minutes, and now and then those of the last hour, for traces that ran long or came late. One
 * that ended and did not change since the look before is complete and is printed once; late spans
 * that come afterwards are not told. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/trace_json.h"
#include "tui/cmd.h"
#include "tui/cmd_query.h"
#include "tui/plain.h"

enum { ROUND_MS = 500, PAGE_ROWS = 500, SEEN_FIRST = 256, FULL_ROUNDS = 20 };
enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

static const char *const formats[] = {"table", "json", "csv"};

/* How long a trace may run and still be noticed when it ends. */
static const int64_t window_ns = 3600 * NS_PER_S;
static const int64_t recent_ns = 120 * NS_PER_S;

static volatile sig_atomic_t stopped;

struct seen {
    int64_t number, version;
    bool told;
    bool fresh; /* seen in this round */
};

struct tail {
    enum format format;
    struct plain_style style;
    int64_t version;   /* of the database at the last look */
    int64_t floor_ns;  /* older traces are not looked at */
    size_t pending;    /* traces that have ended, and are told if they rest until the next look */
    struct seen *seen; /* sorted by number */
    size_t count, capacity;
};

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

/* The entry of a trace, made if there is none. Traces are numbered by arrival, so new ones come at
 * the end. */
static struct seen *find_seen(struct tail *tail, int64_t number)
{
    size_t low = 0;
    size_t high = tail->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (tail->seen[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < tail->count && tail->seen[low].number == number) {
        return &tail->seen[low];
    }
    if (tail->count == tail->capacity) {
        tail->capacity = tail->capacity != 0 ? tail->capacity * 2 : SEEN_FIRST;
        tail->seen = mem_grow(tail->seen, tail->capacity * sizeof *tail->seen);
    }
    for (size_t i = tail->count; i > low; i--) {
        tail->seen[i] = tail->seen[i - 1];
    }
    tail->count++;
    tail->seen[low] = (struct seen){.number = number, .version = -1};
    return &tail->seen[low];
}

static void forget_old(struct tail *tail)
{
    size_t kept = 0;
    for (size_t i = 0; i < tail->count; i++) {
        if (tail->seen[i].fresh) {
            tail->seen[i].fresh = false;
            tail->seen[kept++] = tail->seen[i];
        }
    }
    tail->count = kept;
}

static void print_row(const struct tail *tail, const struct trace_row *row)
{
    struct text_buffer line = {0};
    switch (tail->format) {
    case FORMAT_TABLE:
        plain_list_row(stdout, &tail->style, row);
        break;
    case FORMAT_JSON:
        trace_json_row(row, &line);
        break;
    case FORMAT_CSV:
        trace_csv_row(row, &line);
        break;
    }
    if (line.length > 0) {
        cmd_write_line(&line);
    }
    text_buffer_free(&line);
}

/* first_round: what is there already is not new. */
static void look_at(struct tail *tail, const struct trace_row *row, bool first_round)
{
    struct seen *seen = find_seen(tail, row->number);
    bool quiet = seen->version == row->version;
    seen->version = row->version;
    seen->fresh = true;
    if (first_round) {
        seen->told = row->status != STATUS_IN_PROGRESS;
    } else if (!seen->told && quiet && row->running_count == 0) {
        seen->told = true;
        print_row(tail, row);
    } else if (!seen->told && row->running_count == 0) {
        tail->pending++;
    }
}

/* Down to floor_ns. */
static enum err look(struct tail *tail, struct reader *reader, const struct filter *filter,
                     bool first_round, struct err_msg *why)
{
    struct list_question question = {
        .filter = filter, .limit = PAGE_ROWS, .now_ns = clock_now_ns()};
    struct list_answer answer = {0};
    enum err err = ERR_OK;
    bool more = true;
    tail->pending = 0;
    while (more && err == ERR_OK) {
        struct list_cursor after = answer.next;
        list_answer_clear(&answer);
        question.after = after;
        err = reader_list(reader, &question, &answer, why);
        more = err == ERR_OK && !answer.done;
        for (size_t i = 0; i < answer.count && err == ERR_OK; i++) {
            if (answer.rows[i].start_ns < tail->floor_ns) {
                more = false;
                break;
            }
            look_at(tail, &answer.rows[i], first_round);
        }
    }
    list_answer_clear(&answer);
    return err;
}

/* The round-th look since the start, if there can be anything to see. */
static enum err go_round(struct tail *tail, struct reader *reader, const struct filter *filter,
                         unsigned round, struct err_msg *why)
{
    int64_t version = 0;
    bool full = round % FULL_ROUNDS == 0;
    enum err err = reader_version(reader, &version);
    if (reader_has_moved(reader)) {
        return err_set(why, ERR_NOT_FOUND, "the database was moved or deleted");
    }
    if (err != ERR_OK) {
        return err_set(why, err, "the database cannot be read");
    }
    if (!full && version == tail->version && tail->pending == 0) {
        return ERR_OK;
    }
    tail->version = version;
    tail->floor_ns = clock_now_ns() - (full ? window_ns : recent_ns);
    err = look(tail, reader, filter, round == 0, why);
    if (full) {
        forget_old(tail);
    }
    return err;
}

static enum err follow(struct reader *reader, const struct filter *filter,
                       const struct options *options, struct err_msg *why)
{
    struct tail tail = {
        .format = (enum format)cmd_format(options, "tail", formats, ARRAY_LEN(formats)),
        .style = plain_style_of(stdout, options->ascii, options->utf8),
    };
    struct text_buffer header = {0};
    if (tail.format == FORMAT_TABLE) {
        plain_list_header(stdout, &tail.style);
    } else if (tail.format == FORMAT_CSV) {
        trace_csv_header(&header);
        cmd_write_line(&header);
    }
    text_buffer_free(&header);
    enum err err = go_round(&tail, reader, filter, 0, why);
    for (unsigned round = 1; err == ERR_OK && !stopped && fflush(stdout) == 0; round++) {
        usleep(ROUND_MS * 1000);
        err = go_round(&tail, reader, filter, round, why);
    }
    free(tail.seen);
    return err;
}

int cmd_tail(const struct options *options)
{
    struct sigaction action = {.sa_handler = on_signal};
    if (cmd_format(options, "tail", formats, ARRAY_LEN(formats)) < 0) {
        return 2;
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return cmd_query(options, "tail", follow);
}
