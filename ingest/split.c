/* split — cuts a stream of JSON documents into the elements of their lists, in bounded memory. */
#include "ingest/split.h"

#include <string.h>

static enum err give(struct splitter *splitter, enum split_kind kind)
{
    struct split_piece piece = {
        .kind = kind,
        .member = text_buffer_text(&splitter->key),
        .text = text_buffer_text(&splitter->piece),
    };
    enum err err = splitter->take(&piece, splitter->ctx);
    text_buffer_clear(&splitter->piece);
    return err;
}

static void collect_from(struct splitter *splitter, const char *at)
{
    text_buffer_clear(&splitter->piece);
    splitter->collecting = true;
    splitter->from = at;
}

/* Moves what was passed since `from` into the piece. */
static void collect_to(struct splitter *splitter, const char *end)
{
    if (splitter->collecting) {
        text_append(&splitter->piece, text_make(splitter->from, (size_t)(end - splitter->from)));
        splitter->from = end;
    }
}

static bool key_is_one_of(const struct splitter *splitter, const char *const *names)
{
    struct text key = text_buffer_text(&splitter->key);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        if (text_is(key, names[i])) {
            return true;
        }
    }
    return false;
}

static enum err end_element(struct splitter *splitter, const char *end)
{
    if (!splitter->collecting || splitter->is_whole) {
        return ERR_OK;
    }
    collect_to(splitter, end);
    splitter->collecting = false;
    return give(splitter, splitter->is_object ? SPLIT_MEMBER : SPLIT_ELEMENT);
}

static void open_bracket(struct splitter *splitter, const char *at)
{
    bool array = *at == '[';
    if (splitter->depth == 0) {
        splitter->is_object = !array;
        splitter->uncut = false;
        splitter->at_key = !array;
        splitter->is_whole = !array;
        splitter->element_depth = array ? 1 : 0;
        text_buffer_clear(&splitter->key);
        if (!array) {
            collect_from(splitter, at);
        }
    } else if (splitter->depth == 1 && splitter->is_object && array && !splitter->uncut &&
               key_is_one_of(splitter, splitter->lists)) {
        splitter->element_depth = 2;
        splitter->is_whole = false;
        splitter->collecting = false;
        text_buffer_clear(&splitter->piece);
    } else if (splitter->depth == splitter->element_depth && !splitter->collecting) {
        collect_from(splitter, at);
    }
    splitter->depth++;
}

static enum err close_bracket(struct splitter *splitter, const char *at)
{
    enum err err = ERR_OK;
    bool ends_list = splitter->depth == splitter->element_depth;
    if (ends_list) {
        err = end_element(splitter, at); /* a number or a word stood last */
    }
    splitter->depth--;
    if (err == ERR_OK && splitter->depth > 0 && splitter->depth == splitter->element_depth) {
        err = end_element(splitter, at + 1);
    }
    if (ends_list) {
        splitter->element_depth = 0;
    }
    if (err == ERR_OK && splitter->depth == 0) {
        if (splitter->is_whole) {
            collect_to(splitter, at + 1);
            err = give(splitter, SPLIT_DOCUMENT);
        }
        splitter->is_whole = false;
        splitter->collecting = false;
        err = err == ERR_OK ? give(splitter, SPLIT_END) : err;
    }
    return err;
}

static void open_string(struct splitter *splitter, const char *at)
{
    splitter->in_string = true;
    if (splitter->depth == 1 && splitter->is_object && splitter->at_key) {
        splitter->in_key = true;
        splitter->at_key = false;
        text_buffer_clear(&splitter->key);
    } else if (splitter->depth == splitter->element_depth && !splitter->collecting) {
        collect_from(splitter, at);
    }
}

/* One byte inside of a string. */
static void string_byte(struct splitter *splitter, char c)
{
    if (splitter->escaped) {
        splitter->escaped = false;
    } else if (c == '\\') {
        splitter->escaped = true;
    } else if (c == '"') {
        splitter->uncut |= splitter->in_key && key_is_one_of(splitter, splitter->whole);
        splitter->in_string = false;
        splitter->in_key = false;
        return;
    }
    if (splitter->in_key && splitter->key.length < 64) {
        text_append_char(&splitter->key, c);
    }
}

/* Blanks, byte order marks and record separators may stand between documents. */
static bool is_between(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\x1e' || c == '\xEF' ||
           c == '\xBB' || c == '\xBF';
}

static enum err plain_byte(struct splitter *splitter, const char *at)
{
    switch (*at) {
    case '"':
        open_string(splitter, at);
        return splitter->depth > 0 ? ERR_OK : ERR_PARSE;
    case '{':
    case '[':
        open_bracket(splitter, at);
        return ERR_OK;
    case '}':
    case ']':
        return splitter->depth > 0 ? close_bracket(splitter, at) : ERR_PARSE;
    case ',':
        splitter->at_key = splitter->depth == 1 && splitter->is_object;
        if (splitter->depth == splitter->element_depth) {
            return end_element(splitter, at);
        }
        return splitter->depth > 0 ? ERR_OK : ERR_PARSE;
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return ERR_OK;
    default:
        if (splitter->depth == 0) {
            return is_between(*at) ? ERR_OK : ERR_PARSE;
        }
        if (splitter->depth == splitter->element_depth && !splitter->collecting) {
            collect_from(splitter, at);
        }
        return ERR_OK;
    }
}

enum err split_feed(struct splitter *splitter, struct text block, struct err_msg *why)
{
    const char *end = block.data + block.length;
    splitter->from = block.data;
    for (const char *at = block.data; at < end; at++) {
        if (splitter->in_string) {
            string_byte(splitter, *at);
            continue;
        }
        enum err err = plain_byte(splitter, at);
        if (err == ERR_PARSE && splitter->depth == 0) {
            return err_set(why, err, "not JSON: a document begins with { or [");
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    collect_to(splitter, end);
    if (splitter->piece.length > splitter->limit_bytes) {
        return err_set(why, ERR_LIMIT, "one element is larger than %zu MiB",
                       splitter->limit_bytes >> 20);
    }
    return ERR_OK;
}

enum err split_finish(struct splitter *splitter, struct err_msg *why)
{
    if (splitter->depth > 0 || splitter->in_string) {
        return err_set(why, ERR_PARSE, "the file ends inside of a document");
    }
    return ERR_OK;
}

void split_clear(struct splitter *splitter)
{
    text_buffer_free(&splitter->piece);
    text_buffer_free(&splitter->key);
}
