/* fuzz_query — whatever is typed behind "/": parsed, printed, parsed again, and asked of a store.
 */
#include "tests/fuzz/fuzz_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct reader *reader;
static char folder[] = "/tmp/fuzz-query-XXXXXX";
static char path[64];

static void remove_store(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    char name[96];
    reader_close(reader);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
    rmdir(folder);
}

static void open_store(void)
{
    struct err_msg why;
    check(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/traces.db", folder);
    fuzz_store_make(path);
    check(reader_open(path, &reader, &why) == ERR_OK);
    atexit(remove_store);
}

/* Our own SQL must never be wrong, whatever the query. */
static void ask_all(const struct filter *filter)
{
    struct err_msg why = {""};
    struct list_answer list = {0};
    struct group_answer groups = {0};
    struct summary summary;
    struct summary_work *work = NULL;
    struct list_question question = {.filter = filter, .limit = 10, .now_ns = FUZZ_NOW_NS};
    check(reader_list(reader, &question, &list, &why) == ERR_OK);
    list_answer_clear(&list);
    check(reader_groups(reader, filter, GROUP_USER, FUZZ_NOW_NS, 10, &groups, &why) == ERR_OK);
    group_answer_clear(&groups);
    struct summary_question sum = {.filter = filter, .now_ns = FUZZ_NOW_NS, .buckets = 10};
    check(summary_begin(reader, &sum, &work, &why) == ERR_OK);
    check(summary_step(work, &summary, &why) == ERR_OK);
    summary_end(work);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct filter filter = {0};
    struct filter again = {0};
    struct filter_error error = {.text = ""};
    struct text source = text_make((const char *)data, size);
    if (reader == NULL) {
        open_store();
    }
    if (filter_parse(source, &filter, &error) != ERR_OK) {
        check(error.text[0] != '\0' && error.start <= size && error.length <= size - error.start);
        return 0;
    }
    struct text_buffer printed = {0};
    filter_print(&filter, &printed);
    /* A canonical text may be longer than what was typed, and then over the limit of a query. */
    enum err err = filter_parse(text_buffer_text(&printed), &again, &error);
    check(err == ERR_OK || err == ERR_LIMIT);
    check(err != ERR_OK || filter_equals(&filter, &again));
    ask_all(&filter);
    text_buffer_free(&printed);
    filter_clear(&again);
    filter_clear(&filter);
    return 0;
}
