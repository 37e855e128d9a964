/* masking — a text on its way through: pieces of it become [MASKED]. */
#ifndef TRACETUI_INGEST_MASKING_H
#define TRACETUI_INGEST_MASKING_H

#include "store/base/arena.h"
#include "store/base/text.h"

#define MASKING_TEXT "[MASKED]"

/* {.text = ...}; masking_end frees what masking_range allocates. */
struct masking {
    struct text text;
    struct text_buffer masked; /* the text up to kept, with its masks */
    size_t kept;
    size_t count;
};

/* The bytes start to end (without) go. Ranges come in their order and do not overlap. */
void masking_range(struct masking *masking, size_t start, size_t end);

/* If anything was masked, *text becomes the new text, in the arena. Returns how many ranges. */
size_t masking_end(struct masking *masking, struct text *text, struct arena *arena);

#endif
