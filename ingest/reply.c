/* reply — what goes back to the sender, in the words of its protocol. */
#include "ingest/reply.h"

#include "ingest/proto_put.h"
#include "store/base/json.h"

enum { MESSAGE_LINES_LARGEST = 5 };

static const char *const content_types[ENCODING_COUNT] = {
    [ENCODING_JSON] = "application/json",
    [ENCODING_PROTOBUF] = "application/x-protobuf",
};

/* ---- success -------------------------------------------------------------------------------- */

static void append_lines(struct text_buffer *body, const struct decode_report *report)
{
    text_append_char(body, '[');
    for (size_t i = 0; i < report->line_count; i++) {
        if (i > 0) {
            text_append_char(body, ',');
        }
        json_append_string(body, text_from(report->lines[i].text));
    }
    text_append_char(body, ']');
}

static void accept_flat(struct reply *reply, enum encoding encoding,
                        const struct decode_report *report)
{
    (void)encoding;
    size_t accepted = report->received - report->refused;
    struct text_buffer *body = &reply->body;
    reply->status = accepted > 0 || report->refused == 0 ? 200 : 400;
    text_append_char(body, '{');
    if (reply->status != 200) {
        text_append_cstr(body, "\"error\":");
        json_append_string(body, text_from(report->lines[0].text));
        text_append_char(body, ',');
    }
    text_append_format(body, "\"received\":%zu", accepted);
    if (report->refused > 0) {
        text_append_format(body, ",\"refused\":%zu,\"errors\":", report->refused);
        append_lines(body, report);
    }
    text_append_char(body, '}');
}

/* The first reasons as one line: "a; b; and 7 more". */
static void append_message(struct text_buffer *message, const struct decode_report *report)
{
    size_t shown = report->line_count;
    if (shown > MESSAGE_LINES_LARGEST) {
        shown = MESSAGE_LINES_LARGEST;
    }
    for (size_t i = 0; i < shown; i++) {
        text_append_format(message, "%s%s", i > 0 ? "; " : "", report->lines[i].text);
    }
    if (report->refused > shown) {
        text_append_format(message, "; and %zu more", report->refused - shown);
    }
}

static void accept_otlp(struct reply *reply, enum encoding encoding,
                        const struct decode_report *report)
{
    struct text_buffer *body = &reply->body;
    reply->status = 200;
    if (report->refused == 0) {
        text_append_cstr(body, encoding == ENCODING_JSON ? "{}" : "");
        return;
    }
    struct text_buffer message = {0};
    append_message(&message, report);
    if (encoding == ENCODING_JSON) {
        text_append_format(body, "{\"partialSuccess\":{\"rejectedSpans\":\"%zu\",\"errorMessage\":",
                           report->refused);
        json_append_string(body, text_buffer_text(&message));
        text_append_cstr(body, "}}");
    } else {
        struct text_buffer partial = {0};
        proto_put_number(&partial, 1, report->refused);
        proto_put_bytes(&partial, 2, text_buffer_text(&message));
        proto_put_bytes(body, 1, text_buffer_text(&partial));
        text_buffer_free(&partial);
    }
    text_buffer_free(&message);
}

static void accept_zipkin(struct reply *reply, enum encoding encoding,
                          const struct decode_report *report)
{
    if (report->refused > 0 && report->refused == report->received) {
        accept_flat(reply, encoding, report);
        return;
    }
    reply->status = 202;
    reply->content_type = NULL;
}

/* ---- refusal -------------------------------------------------------------------------------- */

static void refuse_flat(struct reply *reply, enum encoding encoding, struct text reason)
{
    (void)encoding;
    text_append_cstr(&reply->body, "{\"error\":");
    json_append_string(&reply->body, reason);
    text_append_char(&reply->body, '}');
}

static void refuse_admin(struct reply *reply, enum encoding encoding, struct text reason)
{
    (void)encoding;
    text_append_cstr(&reply->body, "{\"error\":");
    json_append_string(&reply->body, reason);
    text_append_format(&reply->body, ",\"statusCode\":%u}", reply->status);
}

unsigned reply_grpc_code(unsigned status)
{
    static const struct {
        unsigned status, code;
    } codes[] = {
        {400, 3},                       /* INVALID_ARGUMENT */
        {401, 16},                      /* UNAUTHENTICATED */
        {403, 7},                       /* PERMISSION_DENIED */
        {404, 5},                       /* NOT_FOUND */
        {405, 12},                      /* UNIMPLEMENTED */
        {413, 8},                       /* RESOURCE_EXHAUSTED */
        {415, 3},  {429, 8}, {503, 14}, /* UNAVAILABLE */
    };
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (codes[i].status == status) {
            return codes[i].code;
        }
    }
    return 2; /* UNKNOWN */
}

static void refuse_otlp(struct reply *reply, enum encoding encoding, struct text reason)
{
    unsigned code = reply_grpc_code(reply->status);
    if (encoding == ENCODING_PROTOBUF) {
        proto_put_number(&reply->body, 1, code);
        proto_put_bytes(&reply->body, 2, reason);
        return;
    }
    text_append_format(&reply->body, "{\"code\":%u,\"message\":", code);
    json_append_string(&reply->body, reason);
    text_append_char(&reply->body, '}');
}

/* ---- dialects ------------------------------------------------------------------------------- */

static const struct {
    void (*accept)(struct reply *reply, enum encoding encoding, const struct decode_report *report);
    void (*refuse)(struct reply *reply, enum encoding encoding, struct text reason);
} dialects[DIALECT_COUNT] = {
    [DIALECT_FLAT] = {.accept = accept_flat, .refuse = refuse_flat},
    [DIALECT_OTLP] = {.accept = accept_otlp, .refuse = refuse_otlp},
    [DIALECT_ZIPKIN] = {.accept = accept_zipkin, .refuse = refuse_flat},
    [DIALECT_ADMIN] = {.accept = accept_flat, .refuse = refuse_admin},
};

void reply_accept(struct reply *reply, enum dialect dialect, enum encoding encoding,
                  const struct decode_report *report)
{
    reply->content_type = content_types[encoding];
    dialects[dialect].accept(reply, encoding, report);
}

void reply_refuse(struct reply *reply, enum dialect dialect, enum encoding encoding,
                  unsigned status, struct text reason)
{
    reply->status = status;
    reply->content_type = content_types[dialect == DIALECT_OTLP ? encoding : ENCODING_JSON];
    dialects[dialect].refuse(reply, encoding, reason);
}

void reply_free(struct reply *reply)
{
    text_buffer_free(&reply->body);
    *reply = (struct reply){0};
}
