/* expression_program — what an expression is compiled to: a machine with many threads of control.
 *
 * Source: K. Thompson, "Regular Expression Search Algorithm", CACM 11(6), 1968, in the form of
 * instructions that R. Pike gave it. A piece of a program is entered at its first instruction and
 * left behind its last; jumps are relative, so that a piece can be moved and copied. */
#ifndef TRACETUI_STORE_BASE_EXPRESSION_PROGRAM_H
#define TRACETUI_STORE_BASE_EXPRESSION_PROGRAM_H

#include <stdatomic.h>

#include "store/base/expression.h"

enum {
    EXPRESSION_INSTRUCTIONS = 2000,                   /* at most */
    EXPRESSION_RANGES = 4 * EXPRESSION_LARGEST_BYTES, /* \w in both cases: six of two bytes */
    EXPRESSION_SPARES = 8,
};

enum expression_code {
    CODE_SET,   /* one character of set `a` */
    CODE_PLACE, /* nothing, but only at the place `a` */
    CODE_SPLIT, /* go on at both of this one plus a, and this one plus b */
    CODE_JUMP,  /* go on at this one plus a */
    CODE_MATCH
};

enum expression_place {
    PLACE_BEGIN,
    PLACE_END,
    PLACE_WORD_BEGIN,
    PLACE_WORD_END,
    PLACE_WORD_BORDER,
    PLACE_NO_WORD_BORDER
};

struct expression_instruction {
    uint8_t code;
    int16_t a, b;
};

/* Runes from first to last; a byte that is not UTF-8 is UINT32_MAX. */
struct expression_range {
    uint32_t first, last;
    uint16_t set;
};

struct expression_states;

struct expression {
    struct expression_instruction code[EXPRESSION_INSTRUCTIONS];
    size_t length;
    size_t set_count;
    bool has_words; /* places that ask for words */

    /* No set tells the runes of a class apart. Classes are numbered; class i has the runes from
     * class_first[i] up to the next class. */
    uint32_t *class_first;
    size_t class_count;
    uint16_t class_of_ascii[128];
    uint8_t *set_has_class;       /* set_count times class_count; 1 or 0 */
    const uint8_t *class_is_word; /* of those: asked only if has_words */

    /* What was found out in earlier searches; taken for one and put back. */
    _Atomic(struct expression_states *) spares[EXPRESSION_SPARES];
};

/* Reads the source; ranges are those of the sets, in any order. */
enum err expression_parse(struct text source, struct expression *expression,
                          struct expression_range ranges[EXPRESSION_RANGES],
                          size_t *ret_range_count, struct err_msg *why) MUST_CHECK;

/* The class of a rune, or of UINT32_MAX. */
size_t expression_class_of(const struct expression *expression, uint32_t rune);

void expression_states_free(struct expression_states *states);

#endif
