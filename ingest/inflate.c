/* inflate — gzip bodies to plain bytes, never more than allowed. */
#include "ingest/inflate.h"

#include <zlib.h>

enum { CHUNK_BYTES = 64 << 10, GZIP_ONLY = 16 + MAX_WBITS };

/* Inflates until the end of one member. A member that yields more than limit_bytes in all is given
 * up as soon as that shows: a bomb costs one chunk over the limit. */
static enum err inflate_member(z_stream *stream, size_t limit_bytes, struct text_buffer *target,
                               struct err_msg *why)
{
    char chunk[CHUNK_BYTES];
    for (;;) {
        stream->next_out = (Bytef *)chunk;
        stream->avail_out = sizeof chunk;
        int code = inflate(stream, Z_NO_FLUSH);
        size_t fresh = sizeof chunk - stream->avail_out;
        if (code == Z_MEM_ERROR) {
            die_oom();
        }
        if (code != Z_OK && code != Z_STREAM_END) {
            bool cut = code == Z_BUF_ERROR && stream->avail_in == 0;
            return err_set(why, ERR_PARSE, cut ? "gzip: cut off" : "gzip: damaged");
        }
        if (fresh > limit_bytes - target->length) {
            return err_set(why, ERR_LIMIT, "the inflated body is over %zu bytes", limit_bytes);
        }
        text_append(target, text_make(chunk, fresh));
        if (code == Z_STREAM_END) {
            return ERR_OK;
        }
    }
}

enum err inflate_gzip(struct text body, size_t limit_bytes, struct text_buffer *target,
                      struct err_msg *why)
{
    z_stream stream = {.next_in = (z_const Bytef *)body.data, .avail_in = (uInt)body.length};
    if ((size_t)stream.avail_in != body.length) {
        return err_set(why, ERR_LIMIT, "gzip: body over 4 GiB");
    }
    if (inflateInit2(&stream, GZIP_ONLY) != Z_OK) {
        die_oom();
    }
    enum err err;
    do { /* RFC 1952: a file is a series of members */
        err = inflate_member(&stream, limit_bytes, target, why);
    } while (err == ERR_OK && stream.avail_in > 0 && inflateReset(&stream) == Z_OK);
    inflateEnd(&stream);
    if (err != ERR_OK) {
        text_buffer_free(target);
    }
    return err;
}
