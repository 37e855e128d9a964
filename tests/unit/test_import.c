/* test_import — whole files: any size, any of the formats, plain or gzip, good and broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fcntl.h>

#include <cmocka.h>
#include <zlib.h>

#include "ingest/import.h"

struct sum {
    size_t spans;
    size_t batches;
    size_t largest;
    struct id traces[20000]; /* distinct ones, in order of arrival */
    size_t trace_count;
    char last_name[32];
    char last_service[32];
};

static struct sum sum;

static enum err count_batch(struct batch *batch, void *ctx, struct err_msg *why)
{
    (void)ctx;
    (void)why;
    sum.batches++;
    sum.spans += batch->count;
    sum.largest = batch->count > sum.largest ? batch->count : sum.largest;
    for (size_t i = 0; i < batch->count; i++) {
        size_t k = 0;
        while (k < sum.trace_count && !id_equals(&sum.traces[k], &batch->spans[i].trace)) {
            k++;
        }
        if (k == sum.trace_count && k < ARRAY_LEN(sum.traces)) {
            sum.traces[sum.trace_count++] = batch->spans[i].trace;
        }
        snprintf(sum.last_name, sizeof sum.last_name, "%.*s", TEXT_ARGS(batch->spans[i].name));
        snprintf(sum.last_service, sizeof sum.last_service, "%.*s",
                 TEXT_ARGS(batch->spans[i].service));
    }
    batch_free(batch);
    return ERR_OK;
}

static enum err import_fd(int fd, struct import_report *report, struct err_msg *why)
{
    struct decode_context context = {.now_ns = 0};
    struct import_options options = {.context = &context};
    memset(&sum, 0, sizeof sum);
    *report = (struct import_report){0};
    return import_file(fd, &options, count_batch, NULL, report, why);
}

/* An unnamed file with these contents, at its start. */
static int file_of(struct text text, bool compressed)
{
    char path[] = "/tmp/test-import-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    if (compressed) {
        gzFile gz = gzdopen(dup(fd), "wb");
        assert_int_equal(gzwrite(gz, text.data, (unsigned)text.length), text.length);
        gzclose(gz);
    } else {
        assert_int_equal(write(fd, text.data, text.length), text.length);
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static enum err import_text(const char *text, struct import_report *report, struct err_msg *why)
{
    int fd = file_of(text_from(text), false);
    enum err err = import_fd(fd, report, why);
    close(fd);
    return err;
}

static const char *data_file(const char *name, char path[512])
{
    const char *folder = getenv("TRACETUI_DATA");
    if (folder == NULL) {
        skip();
    }
    snprintf(path, 512, "%s/%s", folder, name);
    if (access(path, R_OK) != 0) {
        skip();
    }
    return path;
}

static void import_data(const char *name, struct import_report *report)
{
    char path[512];
    struct err_msg why = {.text = ""};
    int fd = open(data_file(name, path), O_RDONLY);
    assert_int_equal(import_fd(fd, report, &why), ERR_OK);
    assert_string_equal(why.text, "");
    close(fd);
}

static void test_web_shop_demo(void **state)
{
    (void)state;
    struct import_report report;
    import_data("otlp-jsonl-demo.json", &report);
    assert_int_equal(sum.spans, 547);
    assert_int_equal(sum.trace_count, 141);
    assert_int_equal(report.spans.refused, 0);
    assert_int_equal(report.documents - report.skipped, 41);
}

static void test_traces_of_companies(void **state)
{
    (void)state;
    static const char *const names[] = {
        "zipkin-yelp.json",
        "zipkin-ascend.json",
        "zipkin-envoy.json",
        "zipkin-messaging2.json",
        "zipkin-skew.json",
        "zipkin-messaging-kafka.json",
        "zipkin-smartthings-oauth-authorization.json",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct import_report report;
        import_data(names[i], &report);
        assert_true(sum.spans > 0);
        assert_int_equal(report.spans.refused, 0);
        assert_int_equal(report.spans.received, sum.spans);
    }
}

#define FLAT(id, extra)                                                                            \
    "{\"traceId\":\"t\",\"id\":\"" id "\",\"operationName\":\"" id                                 \
    "\",\"startedAt\":1766012345678" extra "}"

static void test_large_array_in_pieces(void **state)
{
    (void)state;
    enum { SPANS = 10000 };
    struct text_buffer text = {0};
    text_append_cstr(&text, " [\n");
    for (int i = 0; i < SPANS; i++) {
        text_append_format(&text,
                           "%s{\"traceId\":\"t%d\",\"spanId\":\"s%d\",\"name\":\"a ] \\\" } %d\","
                           "\"startTimeMs\":1766012345678,\"attributes\":{\"x\":[1,{}]}}",
                           i > 0 ? ",\n" : "", i / 10, i, i);
    }
    text_append_cstr(&text, "]");
    int fd = file_of(text_buffer_text(&text), true);
    struct import_report report;
    struct err_msg why = {.text = ""};
    assert_int_equal(import_fd(fd, &report, &why), ERR_OK);
    assert_int_equal(sum.spans, SPANS);
    assert_int_equal(sum.trace_count, SPANS / 10);
    assert_true(sum.batches > 2 && sum.largest < 4000);
    assert_string_equal(sum.last_name, "a ] \" } 9999");
    close(fd);
    text_buffer_free(&text);
}

static void test_documents_of_every_shape(void **state)
{
    (void)state;
    struct import_report report;
    struct err_msg why = {.text = ""};
    assert_int_equal(import_text("{\"spans\":[" FLAT("a", "") "," FLAT(
                                     "b", "") "]}\n"
                                              "{\"resourceLogs\":[{}]}\n" FLAT("c", ""),
                                 &report, &why),
                     ERR_OK);
    assert_int_equal(sum.spans, 3);
    assert_int_equal(report.documents, 3);
    assert_int_equal(report.skipped, 1);
    assert_int_equal(import_text("[]", &report, &why), ERR_OK);
    assert_int_equal(sum.spans, 0);
}

static void test_an_empty_file_is_no_success(void **state)
{
    (void)state;
    struct import_report report;
    struct err_msg why = {.text = ""};
    assert_int_equal(import_text("", &report, &why), ERR_PARSE);
    assert_string_equal(why.text, "empty: there is nothing to import");
    assert_int_equal(import_text(" \n", &report, &why), ERR_PARSE);
}

#define JAEGER(order_a, order_b)                                                                   \
    "{" order_a ",\"spans\":[{\"traceID\":\"1\",\"spanID\":\"2\",\"operationName\":\"j\","         \
    "\"startTime\":1571896375310000,\"duration\":1,\"processID\":\"p\"}]" order_b "}"
#define PROCESSES "\"processes\":{\"p\":{\"serviceName\":\"api\",\"tags\":[]}}"

static void test_jaeger_traces_with_and_without_data(void **state)
{
    (void)state;
    static const char *const files[] = {
        "{\"data\":[" JAEGER("\"traceID\":\"1\"", "," PROCESSES) "],\"total\":0}",
        JAEGER("\"traceID\":\"1\"", "," PROCESSES),
        JAEGER(PROCESSES, ",\"traceID\":\"1\""),
        "[" JAEGER("\"traceID\":\"1\"", "," PROCESSES) "]",
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct import_report report;
        struct err_msg why = {.text = ""};
        assert_int_equal(import_text(files[i], &report, &why), ERR_OK);
        assert_int_equal(report.spans.refused, 0);
        assert_int_equal(sum.spans, 1);
        assert_string_equal(sum.last_service, "api");
    }
}

static void test_broken_elements_are_named(void **state)
{
    (void)state;
    struct import_report report;
    struct err_msg why = {.text = ""};
    assert_int_equal(import_text("[" FLAT("a", "") ",{\"traceId\":nonsense}," FLAT(
                                     "b", "") ",7]\n"
                                              "[{\"traceId\":\"t\",\"spanId\":\"x\"}]",
                                 &report, &why),
                     ERR_OK);
    assert_int_equal(sum.spans, 2);
    assert_int_equal(report.spans.refused, 3);
    assert_non_null(strstr(report.spans.lines[0].text, "element 1: not JSON"));
    assert_string_equal(report.spans.lines[1].text, "spans[3]: an object was expected");
    assert_string_equal(report.spans.lines[2].text,
                        "document 2: spans[0]: name, startTimeMs missing");
}

static void test_a_file_cut_short_keeps_its_beginning(void **state)
{
    (void)state;
    struct import_report report;
    struct err_msg why = {.text = ""};
    assert_int_equal(import_text("[" FLAT("a", "") ",{\"traceId\":\"t", &report, &why), ERR_PARSE);
    assert_string_equal(why.text, "the file ends inside of a document");
    assert_int_equal(sum.spans, 1);
    assert_int_equal(import_text("hello", &report, &why), ERR_PARSE);
    assert_string_equal(why.text, "not JSON: a document begins with { or [");
    assert_int_equal(import_text("{\"hello\":1}", &report, &why), ERR_PARSE);
    assert_string_equal(why.text, "no spans in a known format");
}

/* It cannot be cut, since its processes stand beside its spans. */
static void test_a_jaeger_trace_of_many_spans(void **state)
{
    (void)state;
    enum { SPANS = 70000 };
    struct text_buffer text = {0};
    text_append_cstr(&text, "{\"data\":[{\"traceID\":\"1\"," PROCESSES ",\"spans\":[");
    for (int i = 1; i <= SPANS; i++) {
        text_append_format(&text,
                           "%s{\"traceID\":\"1\",\"spanID\":\"%x\",\"operationName\":\"j\","
                           "\"startTime\":1571896375310000,\"duration\":1,\"processID\":\"p\"}",
                           i > 1 ? "," : "", i);
    }
    text_append_cstr(&text, "]}]}");
    int fd = file_of(text_buffer_text(&text), false);
    struct import_report report;
    struct err_msg why = {.text = ""};
    assert_int_equal(import_fd(fd, &report, &why), ERR_OK);
    assert_int_equal(report.spans.refused, 0);
    assert_int_equal(sum.spans, SPANS);
    close(fd);
    text_buffer_free(&text);
}

/* Would take minutes if each span looked at the processes of all before it. */
static void test_a_jaeger_trace_whose_spans_bring_their_processes(void **state)
{
    (void)state;
    enum { SPANS = 70000 };
    struct text_buffer text = {0};
    text_append_cstr(&text, "{\"data\":[{\"traceID\":\"1\",\"processes\":{");
    for (int i = 1; i <= SPANS / 2; i++) {
        text_append_format(&text, "%s\"p%d\":{\"serviceName\":\"named-%d\"}", i > 1 ? "," : "", i,
                           i);
    }
    text_append_cstr(&text, "},\"spans\":[");
    for (int i = 1; i <= SPANS; i++) {
        text_append_format(&text,
                           "%s{\"traceID\":\"1\",\"spanID\":\"%x\",\"operationName\":\"j\","
                           "\"startTime\":1571896375310000,\"duration\":1,",
                           i > 1 ? "," : "", i);
        text_append_format(&text,
                           i <= SPANS / 2 ? "\"processID\":\"p%d\"}"
                                          : "\"process\":{\"serviceName\":\"own-%d\"}}",
                           i);
    }
    text_append_cstr(&text, "]}]}");
    int fd = file_of(text_buffer_text(&text), false);
    struct import_report report;
    struct err_msg why = {.text = ""};
    assert_int_equal(import_fd(fd, &report, &why), ERR_OK);
    assert_int_equal(report.spans.refused, 0);
    assert_int_equal(sum.spans, SPANS);
    assert_string_equal(sum.last_service, "own-70000");
    close(fd);
    text_buffer_free(&text);
}

/* Cut between two documents, where the text alone looks complete. */
static void test_gzip_cut_short_is_not_taken_for_the_whole(void **state)
{
    (void)state;
    char path[] = "/tmp/test-import-XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    gzFile gz = gzdopen(dup(fd), "wb");
    gzputs(gz, FLAT("a", "") "\n");
    gzflush(gz, Z_FULL_FLUSH);
    off_t cut = lseek(fd, 0, SEEK_CUR);
    gzputs(gz, FLAT("b", "") "\n");
    gzclose(gz);
    assert_int_equal(ftruncate(fd, cut), 0);
    lseek(fd, 0, SEEK_SET);
    struct import_report report;
    struct err_msg why = {.text = ""};
    assert_int_equal(import_fd(fd, &report, &why), ERR_PARSE);
    assert_string_equal(why.text, "gzip: cut off");
    assert_int_equal(sum.spans, 1);
    close(fd);
}

static void test_what_is_no_span_is_named_with_its_document(void **state)
{
    (void)state;
    struct import_report report;
    struct err_msg why = {.text = ""};
    assert_int_equal(import_text("[" FLAT("a", "") "]\n[7]\n", &report, &why), ERR_OK);
    assert_int_equal(report.spans.refused, 1);
    assert_string_equal(report.spans.lines[0].text, "document 2: element 0: not a span");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_web_shop_demo),
        cmocka_unit_test(test_traces_of_companies),
        cmocka_unit_test(test_large_array_in_pieces),
        cmocka_unit_test(test_documents_of_every_shape),
        cmocka_unit_test(test_jaeger_traces_with_and_without_data),
        cmocka_unit_test(test_broken_elements_are_named),
        cmocka_unit_test(test_a_file_cut_short_keeps_its_beginning),
        cmocka_unit_test(test_a_jaeger_trace_of_many_spans),
        cmocka_unit_test(test_a_jaeger_trace_whose_spans_bring_their_processes),
        cmocka_unit_test(test_an_empty_file_is_no_success),
        cmocka_unit_test(test_gzip_cut_short_is_not_taken_for_the_whole),
        cmocka_unit_test(test_what_is_no_span_is_named_with_its_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
