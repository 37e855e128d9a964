/* buffer — growing text that fails instead of aborting: this code runs in other people's programs.
 */
#ifndef TRACETUI_CLIENT_BUFFER_H
#define TRACETUI_CLIENT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {0} is empty. Once an append failed for want of memory, failed stays set and appends do nothing.
 */
struct buffer {
    char *data; /* terminated once something was appended */
    size_t length;
    size_t capacity;
    bool failed;
};

/* Room for so many bytes more; false without memory, and nothing has changed. */
bool buffer_reserve(struct buffer *buffer, size_t length);
void buffer_add(struct buffer *buffer, const char *bytes, size_t length);
void buffer_add_text(struct buffer *buffer, const char *terminated);
void buffer_add_int(struct buffer *buffer, int64_t value);
void buffer_add_double(struct buffer *buffer, double value); /* not finite: null */
/* A JSON string with quotes; bytes that are no UTF-8 become U+FFFD. */
void buffer_add_string(struct buffer *buffer, const char *terminated);
void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);

#endif
