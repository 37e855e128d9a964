/* inflate — gzip bodies to plain bytes, never more than allowed. */
#ifndef TRACETUI_INGEST_INFLATE_H
#define TRACETUI_INGEST_INFLATE_H

#include "store/base/text.h"

/* Inflates all gzip members of body into target, which must be empty; it is emptied on failure.
 * Errors: ERR_LIMIT more than limit_bytes come out; ERR_PARSE not gzip, damaged or cut off. */
enum err inflate_gzip(struct text body, size_t limit_bytes, struct text_buffer *target,
                      struct err_msg *why) MUST_CHECK;

#endif
