/* fuzz_terminal — text from anybody on its way to a terminal, as cells and as lines. */
#include <stdlib.h>

#include "tests/fuzz/fuzz_check.h"
#include "tui/canvas.h"
#include "tui/rune.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rune(uint32_t rune, bool ascii)
{
    enum rune_class kind = rune_class(rune);
    check(kind == RUNE_NARROW || kind == RUNE_WIDE);
    check(!ascii || (rune >= ' ' && rune < 127));
}

/* Every cell is a character that stays in its place; wide ones have their second half. */
static void check_canvas(const struct canvas *canvas)
{
    for (int y = 0; y < canvas->h; y++) {
        for (int x = 0; x < canvas->w; x++) {
            const struct cell *cell = &canvas->cells[y * canvas->w + x];
            if (cell->rune == 0) {
                check(x > 0 && rune_width(cell[-1].rune) == 2);
                continue;
            }
            check_rune(cell->rune, canvas->ascii);
            check(rune_width(cell->rune) == 1 || (x + 1 < canvas->w && cell[1].rune == 0));
            for (int i = 0; i < 2; i++) {
                check(cell->combining[i] == 0 || rune_class(cell->combining[i]) == RUNE_COMBINING);
            }
        }
    }
}

static void check_line(struct text line)
{
    check(text_is_utf8(line));
    for (size_t i = 0; i < line.length; i++) {
        unsigned char c = (unsigned char)line.data[i];
        check(c >= ' ' && c != 127);
        check(c != 0xC2 || (unsigned char)line.data[i + 1] >= 0xA0); /* no C1 */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct canvas canvas;
    struct text text = text_make((const char *)data + 2, size - 2);
    int room = data[0] % 24;
    int x = data[1] % 32 - 8;
    canvas_init(&canvas, data[1] >= 128);
    canvas_resize(&canvas, 3, 16);
    check(canvas_text(&canvas, 0, x, room, INK(TONE_NORMAL), text) <= room);
    check(canvas_text(&canvas, 0, x + 1, 3, INK(TONE_NORMAL), text) <= 3); /* over the first */
    check(canvas_text_right(&canvas, 1, x, room, INK(TONE_ERROR), text) <= room);
    check(canvas_text(&canvas, 2, 0, 16, INK(TONE_NORMAL), text) <= 16);
    check_canvas(&canvas);
    struct text_buffer line = {0};
    canvas_sanitise(text, &line);
    check_line(text_buffer_text(&line));
    text_buffer_clear(&line);
    canvas_row(&canvas, 2, &line);
    check_line(text_buffer_text(&line));
    text_buffer_free(&line);
    canvas_free(&canvas);
    return 0;
}
