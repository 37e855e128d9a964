/* grpc_answer — what a gRPC caller is told: a message, or a status with its reason. */
#include "ingest/grpc_answer.h"

#include "ingest/base64.h"
#include "ingest/proto_put.h"

void grpc_answer_accept(struct grpc_answer *answer, struct text message)
{
    answer->http_status = 200;
    answer->status = GRPC_OK;
    text_append_char(&answer->body, '\0'); /* not compressed */
    for (int shift = 24; shift >= 0; shift -= 8) {
        text_append_char(&answer->body, (char)(message.length >> shift));
    }
    text_append(&answer->body, message);
}

static void append_percent_encoded(struct text_buffer *target, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < ' ' || c > '~' || c == '%') {
            text_append_format(target, "%%%02X", c);
        } else {
            text_append_char(target, (char)c);
        }
    }
}

/* google.rpc.Status with a RetryInfo: by the OTLP rules a sender waits that long. */
static void append_details(struct grpc_answer *answer, struct text reason, unsigned retry_after_s)
{
    struct text_buffer delay = {0}, retry = {0}, any = {0}, status = {0};
    proto_put_number(&delay, 1, retry_after_s);
    proto_put_bytes(&retry, 1, text_buffer_text(&delay));
    proto_put_bytes(&any, 1, TEXT("type.googleapis.com/google.rpc.RetryInfo"));
    proto_put_bytes(&any, 2, text_buffer_text(&retry));
    proto_put_number(&status, 1, answer->status);
    proto_put_bytes(&status, 2, reason);
    proto_put_bytes(&status, 3, text_buffer_text(&any));
    base64_append(&answer->details, text_buffer_text(&status));
    /* Padding is optional to read, but should not be sent. */
    while (answer->details.data[answer->details.length - 1] == '=') {
        answer->details.length--;
    }
    text_buffer_free(&status);
    text_buffer_free(&any);
    text_buffer_free(&retry);
    text_buffer_free(&delay);
}

void grpc_answer_refuse(struct grpc_answer *answer, unsigned status, struct text reason,
                        unsigned retry_after_s)
{
    answer->http_status = 200;
    answer->status = status;
    append_percent_encoded(&answer->message, reason);
    if (retry_after_s > 0) {
        append_details(answer, reason, retry_after_s);
    }
}

void grpc_answer_reject(struct grpc_answer *answer, unsigned http_status)
{
    answer->http_status = http_status;
}

void grpc_answer_free(struct grpc_answer *answer)
{
    text_buffer_free(&answer->message);
    text_buffer_free(&answer->details);
    text_buffer_free(&answer->body);
    *answer = (struct grpc_answer){0};
}
