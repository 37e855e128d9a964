/* hex_id — ids in hex digits whose leading zeros may be missing, as Zipkin and Jaeger write them.
 */
#ifndef TRACETUI_INGEST_HEX_ID_H
#define TRACETUI_INGEST_HEX_ID_H

#include "store/span.h"

/* 1 to 32 digits of a trace, 1 to 16 of a span; padded with zeros in front to 16 or 32. A trace id
 * whose upper half is zero is the short one. Errors: ERR_LIMIT not that many hex digits, ERR_PARSE
 * all zero. */
enum err hex_id_parse_trace(struct text digits, struct id *ret_id) MUST_CHECK;
enum err hex_id_parse_span(struct text digits, struct id *ret_id) MUST_CHECK;

#endif
