/* span — what a sender tells us about one operation, and the batch it travels in. */
#include "store/span.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_FIRST_SPANS = 64 };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

static bool all_zero(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Digits to bytes; false if a character is no digit. text.length is even. */
static bool read_hex(struct text text, uint8_t *bytes)
{
    for (size_t i = 0; i < text.length; i += 2) {
        int high = hex_digit(text.data[i]);
        int low = hex_digit(text.data[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool is_dash(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

static bool read_uuid(struct text text, uint8_t *bytes)
{
    char digits[32];
    size_t count = 0;
    if (text.length != 36) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        if (is_dash(i) != (text.data[i] == '-')) {
            return false;
        }
        if (!is_dash(i)) {
            digits[count++] = text.data[i];
        }
    }
    return read_hex(text_make(digits, sizeof digits), bytes);
}

static enum err read_text_id(struct text text, struct id *ret_id)
{
    if (text.length > ID_LARGEST_BYTES) {
        return ERR_LIMIT;
    }
    if (!text_is_utf8(text)) {
        return ERR_PARSE;
    }
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < ' ' || c == 127) {
            return ERR_PARSE;
        }
    }
    struct id id = {.form = ID_TEXT, .length = (uint8_t)text.length};
    memcpy(id.bytes, text.data, text.length);
    *ret_id = id;
    return ERR_OK;
}

static enum err parse_id(struct text text, bool trace, struct id *ret_id)
{
    struct id id = {0};
    text = text_trim(text);
    if (text.length == 0) {
        return ERR_PARSE;
    }
    if (text.length == 32 && read_hex(text, id.bytes)) {
        id.form = ID_HEX;
        id.length = 16;
    } else if (text.length == 16 && read_hex(text, id.bytes + (trace ? 8 : 0))) {
        id.form = trace ? ID_SHORT : ID_HEX;
        id.length = trace ? 16 : 8;
    } else if (read_uuid(text, id.bytes)) {
        id.form = ID_UUID;
        id.length = 16;
    } else {
        return read_text_id(text, ret_id);
    }
    if (all_zero(id.bytes, id.length)) {
        return ERR_PARSE;
    }
    *ret_id = id;
    return ERR_OK;
}

enum err id_parse_trace(struct text text, struct id *ret_id)
{
    return parse_id(text, true, ret_id);
}

enum err id_parse_span(struct text text, struct id *ret_id)
{
    return parse_id(text, false, ret_id);
}

enum err id_from_bytes(const uint8_t *bytes, size_t length, struct id *ret_id)
{
    if ((length != 8 && length != 16) || all_zero(bytes, length)) {
        return ERR_PARSE;
    }
    struct id id = {.form = ID_HEX, .length = (uint8_t)length};
    memcpy(id.bytes, bytes, length);
    *ret_id = id;
    return ERR_OK;
}

size_t id_print(const struct id *id, char target[ID_PRINT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    size_t length = 0;
    if (id->form == ID_TEXT || id->form == ID_NONE) {
        memcpy(target, id->bytes, id->length);
        length = id->length;
    } else {
        for (size_t i = id->form == ID_SHORT ? 8 : 0; i < id->length; i++) {
            if (id->form == ID_UUID && is_dash(length)) {
                target[length++] = '-';
            }
            target[length++] = digits[id->bytes[i] >> 4];
            target[length++] = digits[id->bytes[i] & 15];
        }
    }
    target[length] = '\0';
    return length;
}

bool id_is_none(const struct id *id)
{
    return id->length == 0;
}

bool id_equals(const struct id *a, const struct id *b)
{
    return id_compare(a, b) == 0;
}

int id_compare(const struct id *a, const struct id *b)
{
    int a_text = a->form == ID_TEXT;
    int b_text = b->form == ID_TEXT;
    if (a_text != b_text) {
        return b_text - a_text; /* SQLite sorts text before blobs: the same order here */
    }
    return text_compare(text_make((const char *)a->bytes, a->length),
                        text_make((const char *)b->bytes, b->length));
}

uint64_t id_hash(const struct id *id)
{
    return text_hash(text_make((const char *)id->bytes, id->length)) + (id->form == ID_TEXT);
}

static const char *const status_names[STATUS_COUNT] = {
    [STATUS_IN_PROGRESS] = "in_progress",
    [STATUS_COMPLETED] = "completed",
    [STATUS_ERROR] = "error",
    [STATUS_CANCELLED] = "cancelled",
};

static const char *const kind_names[KIND_COUNT] = {
    [KIND_UNSPECIFIED] = "unspecified", [KIND_INTERNAL] = "internal", [KIND_SERVER] = "server",
    [KIND_CLIENT] = "client",           [KIND_PRODUCER] = "producer", [KIND_CONSUMER] = "consumer",
};

const char *status_name(enum span_status status)
{
    return status < STATUS_COUNT ? status_names[status] : "unknown";
}

enum err status_parse(struct text text, enum span_status *ret_status)
{
    static const struct {
        const char *name;
        enum span_status status;
    } others[] = {
        {"ok", STATUS_COMPLETED},
        {"unset", STATUS_COMPLETED},
        {"running", STATUS_IN_PROGRESS},
        {"canceled", STATUS_CANCELLED},
        {"success", STATUS_COMPLETED},
        {"failed", STATUS_ERROR},
        {"in-progress", STATUS_IN_PROGRESS},
    };
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (text_is_nocase(text, status_names[i])) {
            *ret_status = (enum span_status)i;
            return ERR_OK;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (text_is_nocase(text, others[i].name)) {
            *ret_status = others[i].status;
            return ERR_OK;
        }
    }
    return ERR_PARSE;
}

const char *kind_name(enum span_kind kind)
{
    return kind < KIND_COUNT ? kind_names[kind] : "unknown";
}

enum err kind_parse(struct text text, enum span_kind *ret_kind)
{
    static const char prefix[] = "SPAN_KIND_";
    if (text_starts_with(text, prefix)) {
        text = text_make(text.data + sizeof prefix - 1, text.length - (sizeof prefix - 1));
    }
    for (int i = 0; i < KIND_COUNT; i++) {
        if (text_is_nocase(text, kind_names[i])) {
            *ret_kind = (enum span_kind)i;
            return ERR_OK;
        }
    }
    return ERR_PARSE;
}

struct batch *batch_new(void)
{
    return mem_zero(1, sizeof(struct batch));
}

void batch_free(struct batch *batch)
{
    if (batch == NULL) {
        return;
    }
    arena_clear(&batch->arena);
    free(batch->spans);
    free(batch);
}

struct span *batch_add(struct batch *batch)
{
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity != 0 ? batch->capacity * 2 : BATCH_FIRST_SPANS;
        batch->spans = mem_grow(batch->spans, batch->capacity * sizeof *batch->spans);
    }
    struct span *span = &batch->spans[batch->count++];
    *span = (struct span){.end_ns = SPAN_RUNNING};
    return span;
}

void batch_drop_last(struct batch *batch)
{
    batch->count--;
}

size_t batch_bytes(const struct batch *batch)
{
    return batch->arena.used_bytes + batch->capacity * sizeof *batch->spans;
}
