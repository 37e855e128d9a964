/* gzip_text — compressed bodies for tests. Include after cmocka. */
#ifndef TRACETUI_TESTS_UNIT_GZIP_TEXT_H
#define TRACETUI_TESTS_UNIT_GZIP_TEXT_H

#include <zlib.h>

#include "store/base/text.h"

/* Appends one gzip member that holds text. */
static inline void deflate_text(struct text_buffer *target, struct text text)
{
    z_stream stream = {.next_in = (z_const Bytef *)text.data, .avail_in = (uInt)text.length};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    int code;
    do {
        char chunk[4096];
        stream.next_out = (Bytef *)chunk;
        stream.avail_out = sizeof chunk;
        code = deflate(&stream, Z_FINISH);
        text_append(target, text_make(chunk, sizeof chunk - stream.avail_out));
    } while (code == Z_OK);
    assert_int_equal(code, Z_STREAM_END);
    deflateEnd(&stream);
}

#endif
