/* utf8 — well-formed UTF-8, in and out. */
#ifndef TRACETUI_CLIENT_UTF8_H
#define TRACETUI_CLIENT_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed character at `at`, 0 if there is none; at must be terminated. */
size_t utf8_length(const char *at);

/* Writes one code point, which must be no surrogate; returns its bytes. */
size_t utf8_write(char target[4], uint32_t code);

#endif
