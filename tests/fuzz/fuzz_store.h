/* fuzz_store — a small database for the targets that read one, made by the real writer. */
#ifndef TRACETUI_TESTS_FUZZ_STORE_H
#define TRACETUI_TESTS_FUZZ_STORE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ingest/decode.h"
#include "store/counters.h"
#include "store/reader.h"
#include "store/writer.h"
#include "tests/fuzz/fuzz_check.h"

#define FUZZ_NOW_NS INT64_C(1766012400000000000)

/* Three traces: one with everything, one that runs, one with a shared id and an orphan. */
static const char fuzz_spans[] =
    "{\"spans\":["
    "{\"id\":\"a1\",\"traceId\":\"first-trace\",\"operationName\":\"click Save\","
    "\"operationType\":\"ui\",\"service\":\"web\",\"startedAt\":1766012300000,\"endedAt\":"
    "1766012300900,\"status\":\"completed\",\"userId\":\"alice\",\"sessionId\":\"s1\","
    "\"attributes\":{\"http.status_code\":500,\"a\":[1,{\"b\":null}],\"text\":\"free text\"}},"
    "{\"id\":\"a2\",\"traceId\":\"first-trace\",\"parentSpanId\":\"a1\",\"operationName\":"
    "\"INSERT goals\",\"operationType\":\"db\",\"service\":\"db\",\"startedAt\":1766012300100,"
    "\"endedAt\":1766012300200,\"status\":\"error\",\"errorMessage\":\"UNIQUE constraint\","
    "\"errorStack\":\"at one\\nat two\",\"attributes\":{\"sql\":\"INSERT INTO goals\"},"
    "\"events\":[{\"name\":\"retry\",\"timestamp\":1766012300150,\"attributes\":{\"n\":1}}]},"
    "{\"id\":\"b1\",\"traceId\":\"0123456789abcdef0123456789abcdef\",\"operationName\":"
    "\"query:goals\",\"operationType\":\"graphql\",\"service\":\"api\",\"startedAt\":"
    "1766012390000,\"userId\":\"bob\"},"
    "{\"id\":\"c1\",\"traceId\":\"fedcba9876543210\",\"operationName\":\"GET /\",\"service\":"
    "\"api\",\"startedAt\":1766012100000,\"endedAt\":1766012100001,\"status\":\"cancelled\"},"
    "{\"id\":\"c2\",\"traceId\":\"fedcba9876543210\",\"parentSpanId\":\"nobody\","
    "\"operationName\":\"orphan\",\"service\":\"api\",\"startedAt\":1766012100000,\"endedAt\":"
    "1766012100001}]}";

static void fuzz_store_send(struct writer *writer)
{
    struct err_msg why = {""};
    struct decode_context context = {.now_ns = FUZZ_NOW_NS};
    struct decode_report report = {0};
    struct batch *batch = batch_new();
    check(decode_flat(&context, text_from(fuzz_spans), batch, &report, &why) == ERR_OK);
    check(report.refused == 0 && writer_submit(writer, batch, NULL, NULL) == ERR_OK);
}

static void fuzz_store_make(const char *path)
{
    struct counters counters;
    struct writer *writer = NULL;
    struct err_msg why = {""};
    counters_init(&counters);
    struct writer_options options = {.path = path, .counters = &counters};
    check(writer_start(&options, &writer, &why) == ERR_OK);
    fuzz_store_send(writer);
    writer_stop(writer);
    counters_clear(&counters);
}

#endif
