/* trace_ids — how struct trace packs ids: a byte of form, a byte of length, the bytes. */
#ifndef TRACETUI_STORE_TRACE_IDS_H
#define TRACETUI_STORE_TRACE_IDS_H

#include "store/trace.h"

/* The length byte has its top bit set for text ids. So the bytes behind the form are equal exactly
 * when the ids are, whatever their spelling. */
enum { PACKED_HEAD_BYTES = 2, PACKED_TEXT = 0x80, PACKED_LENGTH = 0x7F };

static inline struct text packed_key(const struct trace *trace, uint32_t offset)
{
    const uint8_t *packed = trace->ids + offset;
    return text_make((const char *)packed + 1, 1 + (size_t)(packed[1] & PACKED_LENGTH));
}

#endif
