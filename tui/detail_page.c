/* detail_page — the lines that details tabs are made of. */
#include "tui/detail_page.h"

#include "tui/format.h"
#include "tui/spoken.h"

void detail_page_key(const struct detail_page *page, struct text name)
{
    if (page->style->words) {
        detail_lines_piece(page->lines, INK(TONE_DIM), name);
        detail_lines_piece(page->lines, INK(TONE_DIM), TEXT(": "));
        return;
    }
    detail_lines_piece(page->lines, INK(TONE_NORMAL), TEXT(" "));
    detail_lines_piece(page->lines, INK(TONE_DIM), name);
    detail_lines_pad(page->lines, page->column);
}

struct detail_line *detail_page_end_line(const struct detail_page *page)
{
    struct detail_line *line = detail_lines_end(page->lines);
    line->hang = (uint16_t)page->column;
    return line;
}

void detail_page_heading(const struct detail_page *page, const char *title)
{
    detail_lines_piece(page->lines, INK(TONE_STRONG), TEXT(" "));
    detail_lines_piece(page->lines, INK_WITH(TONE_STRONG, INK_BOLD), text_from(title));
    detail_lines_end(page->lines);
}

void detail_page_nothing(const struct detail_page *page, const char *what)
{
    detail_lines_piece(page->lines, INK(TONE_DIM), TEXT(" "));
    detail_lines_piece(page->lines, INK(TONE_DIM),
                       text_from(page->facts->loaded ? what : "loading"));
    if (!page->facts->loaded) {
        detail_lines_piece(page->lines, INK(TONE_DIM), TEXT("\xE2\x80\xA6"));
    }
    detail_lines_end(page->lines);
}

void detail_page_fact(const struct detail_page *page, const char *name, const char *field,
                      struct ink ink, struct text value)
{
    if (text_is_empty(value)) {
        return;
    }
    detail_page_key(page, text_from(name));
    detail_lines_piece(page->lines, ink, value);
    struct detail_line *line = detail_page_end_line(page);
    line->mark.value = value;
    line->mark.plain = true;
    if (field != NULL) {
        line->mark.key = text_from(field);
    }
}

void detail_page_versioned(const struct detail_page *page, const char *name, const char *field,
                           struct text value, struct text version)
{
    if (text_is_empty(value)) {
        return;
    }
    detail_page_key(page, text_from(name));
    detail_lines_piece(page->lines, INK(TONE_NORMAL), value);
    detail_lines_piece(page->lines, INK(TONE_DIM), TEXT(" "));
    detail_lines_piece(page->lines, INK(TONE_DIM), version);
    struct detail_line *line = detail_page_end_line(page);
    line->mark.value = value;
    line->mark.plain = true;
    line->mark.key = field != NULL ? text_from(field) : (struct text){0};
}

void detail_page_duration(const struct detail_page *page, const char *label, int64_t ns,
                          const char *suffix)
{
    char text[SPOKEN_TIME_BYTES];
    detail_lines_piece(page->lines, INK(TONE_DIM), text_from(label));
    detail_lines_piece(page->lines, INK(TONE_NORMAL),
                       page->style->words ? spoken_time(text, ns)
                                          : format_duration(text, ns, false));
    detail_lines_piece(page->lines, INK(TONE_NORMAL), text_from(suffix));
}
