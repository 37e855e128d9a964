/* split — cuts a stream of JSON documents into the elements of their lists, in bounded memory.
 *
 * A file may be one array of a million spans, one object with a list in it, or one document a line.
 * Only brackets and strings are looked at; whether a piece is good JSON is its reader's question.
 */
#ifndef TRACETUI_INGEST_SPLIT_H
#define TRACETUI_INGEST_SPLIT_H

#include "store/base/text.h"

enum split_kind {
    SPLIT_ELEMENT,  /* of a document that is an array */
    SPLIT_MEMBER,   /* of a listed member of a document that is an object */
    SPLIT_DOCUMENT, /* a whole object without any listed member */
    SPLIT_END,      /* a document ended */
};

struct split_piece {
    enum split_kind kind;
    struct text member; /* SPLIT_MEMBER: the list's name */
    struct text text;   /* borrowed during the call */
};

typedef enum err (*split_fn)(const struct split_piece *piece, void *ctx);

struct splitter {
    const char *const *lists; /* names of members to cut into elements; ends with NULL */
    const char *const *whole; /* members that keep a document in one piece if they come first */
    size_t limit_bytes;       /* of one piece */
    split_fn take;
    void *ctx;
    /* private */
    int depth;
    int element_depth; /* 0: not in a list */
    bool in_string, escaped;
    bool is_object;
    bool at_key, in_key;
    bool uncut;      /* one of `whole` was seen */
    bool is_whole;   /* no listed member so far: the piece is the document */
    bool collecting; /* from `from` to the cursor belongs to the piece */
    const char *from;
    struct text_buffer piece, key;
};

/* Takes the next block of the stream. Errors: ERR_PARSE no JSON, ERR_LIMIT a piece is too long, and
 * whatever take answers. */
enum err split_feed(struct splitter *splitter, struct text block, struct err_msg *why) MUST_CHECK;

/* ERR_PARSE when the stream ends inside of a document. */
enum err split_finish(struct splitter *splitter, struct err_msg *why) MUST_CHECK;

void split_clear(struct splitter *splitter);

#endif
