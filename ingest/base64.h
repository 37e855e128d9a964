/* base64 — bytes as text and back, in the standard alphabet and the URL one. */
#ifndef TRACETUI_INGEST_BASE64_H
#define TRACETUI_INGEST_BASE64_H

#include "store/base/arena.h"
#include "store/base/text.h"

/* Appends the padded standard form. */
void base64_append(struct text_buffer *buffer, struct text bytes);

/* Either alphabet, padding optional. The bytes are in the arena.
 * Errors: ERR_PARSE anything else stands in the text. */
enum err base64_decode(struct text text, struct arena *arena, struct text *ret_bytes) MUST_CHECK;

#endif
