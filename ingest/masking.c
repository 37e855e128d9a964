/* masking — a text on its way through: pieces of it become [MASKED]. */
#include "ingest/masking.h"

static struct text piece(const struct masking *masking, size_t end)
{
    return text_make(masking->text.data + masking->kept, end - masking->kept);
}

void masking_range(struct masking *masking, size_t start, size_t end)
{
    text_append(&masking->masked, piece(masking, start));
    text_append(&masking->masked, TEXT(MASKING_TEXT));
    masking->kept = end;
    masking->count++;
}

size_t masking_end(struct masking *masking, struct text *text, struct arena *arena)
{
    if (masking->count > 0) {
        text_append(&masking->masked, piece(masking, masking->text.length));
        *text = arena_copy(arena, text_buffer_text(&masking->masked));
    }
    text_buffer_free(&masking->masked);
    return masking->count;
}
