/* text — borrowed slices of bytes, a growing buffer, numbers from text, UTF-8 borders. */
#ifndef TRACETUI_STORE_BASE_TEXT_H
#define TRACETUI_STORE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"

/* A slice: not terminated, not owned. {NULL, 0} is the empty text and means "absent" where that
 * matters. */
struct text {
    const char *data;
    size_t length;
};

/* For printf: printf("%.*s", TEXT_ARGS(t)). */
#define TEXT_ARGS(t)  (int)(t).length, (t).data != NULL ? (t).data : ""
#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})

struct text text_make(const char *data, size_t length);
struct text text_from(const char *terminated); /* NULL gives the empty text */
bool text_is_empty(struct text text);
bool text_equals(struct text a, struct text b);
bool text_is(struct text text, const char *terminated);
bool text_is_nocase(struct text text, const char *terminated); /* ASCII letters only */
bool text_starts_with(struct text text, const char *prefix);
bool text_contains_nocase(struct text text, struct text part); /* ASCII folding */
int text_compare(struct text a, struct text b);                /* bytewise, then by length */
struct text text_trim(struct text text); /* without ASCII blanks at both ends */
uint64_t text_hash(struct text text);

/* The ending of a noun behind a number, as in "%zu trace%s": "" for one, "s" for others. */
const char *text_plural(uint64_t count);

/* Edits (a byte added, taken or changed) between two words, for "did you mean"; SIZE_MAX if one of
 * them is longer than 32 bytes. */
size_t text_distance(struct text a, struct text b);

/* Whole text or ERR_PARSE; ERR_LIMIT when it does not fit. A sign is allowed for i64 and f64. An
 * f64 is a decimal with a point in every locale; no blanks, hexadecimal, infinity or NaN. */
enum err text_parse_i64(struct text text, int64_t *ret_value) MUST_CHECK;
enum err text_parse_u64(struct text text, uint64_t *ret_value) MUST_CHECK;
enum err text_parse_f64(struct text text, double *ret_value) MUST_CHECK;

/* Length of text cut to at most limit_bytes without splitting a UTF-8 sequence. */
size_t text_cut(struct text text, size_t limit_bytes);

/* Decodes the rune at the start of text: returns its length in bytes and the rune, or returns 1
 * and UINT32_MAX for a byte that is not UTF-8 (overlong forms, surrogates and values over
 * U+10FFFF included). text must not be empty. */
size_t text_rune(struct text text, uint32_t *ret_rune);

/* Writes the UTF-8 form of rune (up to 4 bytes, not terminated); returns its length. */
size_t text_put_rune(char *target, uint32_t rune);

bool text_is_utf8(struct text text);

/* A growing buffer. {0} is empty; always terminated once something was appended.
 * Owns: data, until text_buffer_free; text_buffer_text borrows until the next append. */
struct text_buffer {
    char *data;
    size_t length;
    size_t capacity;
};

void text_append(struct text_buffer *buffer, struct text text);
void text_append_char(struct text_buffer *buffer, char c);
void text_append_cstr(struct text_buffer *buffer, const char *terminated);
void text_append_format(struct text_buffer *buffer, const char *format, ...) PRINTF_LIKE(2);
struct text text_buffer_text(const struct text_buffer *buffer);
void text_buffer_clear(struct text_buffer *buffer); /* keeps the memory */
void text_buffer_free(struct text_buffer *buffer);

#endif
