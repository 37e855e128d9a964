/* row_cursor — which row of a table is chosen and which is the first on the screen. */
#include "tui/row_cursor.h"

#include <stdint.h>

static void move_to(struct row_cursor *cursor, int64_t target)
{
    int64_t last = (int64_t)cursor->count - 1;
    target = target > last ? last : target;
    cursor->at = target > 0 ? (size_t)target : 0;
    size_t h = cursor->h > 0 ? cursor->h : 1;
    if (cursor->at < cursor->top) {
        cursor->top = cursor->at;
    } else if (cursor->at >= cursor->top + h) {
        cursor->top = cursor->at - h + 1;
    }
    size_t last_top = cursor->count > h ? cursor->count - h : 0;
    cursor->top = cursor->top < last_top ? cursor->top : last_top;
}

void row_cursor_fit(struct row_cursor *cursor, size_t count, int h)
{
    cursor->count = count;
    cursor->h = h > 0 ? (size_t)h : 1;
    move_to(cursor, (int64_t)cursor->at);
}

void row_cursor_go(struct row_cursor *cursor, size_t row)
{
    move_to(cursor, row < INT64_MAX ? (int64_t)row : INT64_MAX);
}

bool row_cursor_act(struct row_cursor *cursor, enum action action, int count)
{
    int64_t at = (int64_t)cursor->at;
    int64_t h = (int64_t)cursor->h;
    int64_t half = h > 1 ? h / 2 : 1;
    switch ((int)action) {
    case ACTION_DOWN:
        move_to(cursor, at + count);
        return true;
    case ACTION_UP:
        move_to(cursor, at - count);
        return true;
    case ACTION_PAGE_DOWN:
        move_to(cursor, at + h * count);
        return true;
    case ACTION_PAGE_UP:
        move_to(cursor, at - h * count);
        return true;
    case ACTION_HALF_DOWN:
        move_to(cursor, at + half * count);
        return true;
    case ACTION_HALF_UP:
        move_to(cursor, at - half * count);
        return true;
    case ACTION_FIRST:
        move_to(cursor, count - 1);
        return true;
    case ACTION_LAST:
        move_to(cursor, count > 1 ? count - 1 : INT64_MAX);
        return true;
    }
    return false;
}

bool row_cursor_seek(struct row_cursor *cursor, int step, int count,
                     bool (*wanted)(const void *ctx, size_t row), const void *ctx)
{
    int64_t found = -1;
    int64_t last = (int64_t)cursor->count - 1;
    for (int64_t i = (int64_t)cursor->at + step; i >= 0 && i <= last && count > 0; i += step) {
        if (wanted(ctx, (size_t)i)) {
            found = i;
            count--;
        }
    }
    if (found >= 0) {
        move_to(cursor, found);
    }
    return found >= 0;
}
