/* visible — untrusted text as harmless pieces for a terminal, one piece at a time. */
#include "tui/visible.h"

#include <stdio.h>

#include "tui/rune.h"

enum { RUNE_NEWLINE_SIGN = 0x23CE, RUNE_REPLACEMENT = 0xFFFD, RUNE_DOTTED_CIRCLE = 0x25CC };

static struct visible visible_rune(uint32_t rune, int width)
{
    return (struct visible){.runes = {rune}, .rune_count = 1, .width = width};
}

static struct visible visible_stand_in(const char *shown)
{
    struct visible visible = {.stand_in = true};
    for (; shown[visible.rune_count] != '\0'; visible.rune_count++) {
        visible.runes[visible.rune_count] = (unsigned char)shown[visible.rune_count];
    }
    visible.width = visible.rune_count;
    return visible;
}

static struct visible visible_control(uint32_t rune)
{
    if (rune == '\t') {
        return visible_rune(' ', 1);
    }
    if (rune == '\n') {
        struct visible newline = visible_rune(RUNE_NEWLINE_SIGN, 1);
        newline.stand_in = true;
        return newline;
    }
    char shown[VISIBLE_RUNES + 1];
    snprintf(shown, sizeof shown, "^%c", (char)(rune ^ 0x40));
    return visible_stand_in(shown);
}

static struct visible visible_number(uint32_t rune)
{
    char shown[VISIBLE_RUNES + 1];
    if (rune <= 0xFF) {
        snprintf(shown, sizeof shown, "<%02X>", (unsigned)rune & 0xFF);
    } else {
        snprintf(shown, sizeof shown, "<U+%04X>", (unsigned)rune & 0xFFFF);
    }
    return visible_stand_in(shown);
}

/* Moves the combining marks at the front of text onto the piece: two at most, since more of them
 * climb over the rows above. */
static void take_marks(struct text *text, struct visible *visible, int taken)
{
    while (text->length > 0) {
        uint32_t rune;
        size_t length = text_rune(*text, &rune);
        enum rune_class class = rune_class(rune);
        if (class != RUNE_COMBINING && class != RUNE_INVISIBLE) {
            return;
        }
        if (class == RUNE_COMBINING && taken < VISIBLE_COMBINING) {
            visible->combining[taken++] = rune;
        }
        *text = text_make(text->data + length, text->length - length);
    }
}

bool visible_next(struct text *text, struct visible *ret_visible)
{
    while (text->length > 0) {
        uint32_t rune;
        size_t length = text_rune(*text, &rune);
        *text = text_make(text->data + length, text->length - length);
        switch (rune_class(rune)) {
        case RUNE_INVISIBLE:
            continue;
        case RUNE_CONTROL:
            *ret_visible = visible_control(rune);
            return true;
        case RUNE_CONTROL_8BIT:
        case RUNE_BIDI:
            *ret_visible = visible_number(rune);
            return true;
        case RUNE_BAD:
            *ret_visible = visible_rune(RUNE_REPLACEMENT, 1);
            return true;
        case RUNE_COMBINING:
            *ret_visible = visible_rune(RUNE_DOTTED_CIRCLE, 1);
            ret_visible->combining[0] = rune;
            take_marks(text, ret_visible, 1);
            return true;
        case RUNE_NARROW:
        case RUNE_WIDE:
            *ret_visible = visible_rune(rune, rune_width(rune));
            take_marks(text, ret_visible, 0);
            return true;
        }
    }
    return false;
}
