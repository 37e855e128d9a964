/* welcome_pane — what a newcomer sees before the first span: how to send one, and what came in so
 * far.
 *
 *    No spans yet.
 *
 *    1  send one now from another shell on this host:
 *         tracetui send-test
 *    ...
 *    received 0   refused 0   last refusal: none        waiting 00:12
 */
#include "tui/welcome_pane.h"

#include <string.h>

#include "store/base/clock.h"

/* The command as it is shown, so that both the screen and y1 can be pasted into a shell; the shell
 * puts the time in. */
static const char *const curl_lines[] = {
    "  -H 'content-type: application/json' -d '{\"spans\":[{\"id\":\"a1\",",
    "  \"traceId\":\"hello\",\"operationName\":\"say hello\",\"operationType\":\"ui\",",
    "  \"service\":\"web\",\"userId\":\"me\",\"status\":\"completed\",",
    "  \"startedAt\":'$(date +%s000)',\"endedAt\":'$(date +%s250)'}]}'",
};

void welcome_pane_curl(const char *address, struct text_buffer *target)
{
    text_append_format(target, "curl %s/api/trace-log \\", address);
    for (size_t i = 0; i < ARRAY_LEN(curl_lines); i++) {
        text_append_format(target, "\n%s", curl_lines[i]);
    }
}

void welcome_pane_export(const char *address, struct text_buffer *target)
{
    text_append_format(target, "export OTEL_EXPORTER_OTLP_ENDPOINT=%s", address);
}

/* "127.0.0.1:4318" of "http://127.0.0.1:4318" */
static const char *without_scheme(const char *address)
{
    const char *slashes = strstr(address, "//");
    return slashes != NULL ? slashes + 2 : address;
}

static const char *port_of(const char *address)
{
    const char *colon = strrchr(address, ':');
    return colon != NULL ? colon + 1 : "4318";
}

static void draw_counters(const struct welcome_pane *pane, struct canvas *canvas, int y,
                          struct rect area)
{
    long long waiting_s = pane->waiting_ns / NS_PER_S;
    int x = area.x + 3;
    int w = area.w - 4;
    x += canvas_print(canvas, y, x, w, INK(TONE_NORMAL), "received %llu   ",
                      (unsigned long long)pane->received);
    canvas_print(canvas, y, x, w, INK(pane->refused > 0 ? TONE_ERROR : TONE_NORMAL), "refused %llu",
                 (unsigned long long)pane->refused);
    canvas_print(canvas, y, area.x + area.w - 15, 14, INK(TONE_DIM), "waiting %02lld:%02lld",
                 waiting_s / 60, waiting_s % 60);
    struct text refusal =
        pane->last_refusal[0] != '\0' ? text_from(pane->last_refusal) : TEXT("none");
    canvas_text(canvas, y + 1, area.x + 3, w, INK(TONE_DIM), TEXT("last refusal: "));
    canvas_text(canvas, y + 1, area.x + 17, w - 14, INK(pane->refused > 0 ? TONE_ERROR : TONE_DIM),
                refusal);
}

struct line {
    enum tone tone;
    int indent;
    const char *before, *value, *after;
};

/* Draws what has room above the last rows; returns the row behind. */
static int draw_lines(const struct line *lines, size_t count, struct canvas *canvas, int y,
                      struct rect area)
{
    for (size_t i = 0; i < count && y < area.y + area.h - 3; i++, y++) {
        canvas_print(canvas, y, area.x + lines[i].indent, area.w - lines[i].indent,
                     INK(lines[i].tone), "%s%s%s", lines[i].before, lines[i].value, lines[i].after);
    }
    return y;
}

/* Nobody could send anything here: why, and what to do about it. */
static int draw_deaf(const struct welcome_pane *pane, struct canvas *canvas, int y,
                     struct rect area)
{
    bool taken = strstr(pane->problem, "in use") != NULL;
    const struct line lines[] = {
        {TONE_STRONG, 3, "No spans yet. Nobody listens for them here.", "", ""},
        {TONE_WARN, 3, pane->problem, "", ""},
        {TONE_NORMAL, 0, "", "", ""},
        {TONE_NORMAL, 3, taken ? "start it on another port:" : "to receive spans:", "", ""},
        {TONE_ACCENT, 8, "tracetui --listen 127.0.0.1:0     any free port", "", ""},
        {TONE_ACCENT, 8, "tracetui --listen 127.0.0.1:14318", "", ""},
        {TONE_NORMAL, 3, "to read them from files:", "", ""},
        {TONE_ACCENT, 8, "tracetui import FILE...", "", ""},
        {TONE_NORMAL, 3, "to look around first:", "", ""},
        {TONE_ACCENT, 8, "tracetui --demo", "", ""},
    };
    return draw_lines(lines, ARRAY_LEN(lines), canvas, y, area);
}

static int draw_ways(const struct welcome_pane *pane, struct canvas *canvas, int y,
                     struct rect area)
{
    const char *place = without_scheme(pane->address);
    bool usual = strcmp(place, "127.0.0.1:4318") == 0;
    const struct line lines[] = {
        {TONE_STRONG, 3, "No spans yet.", "", ""},
        {TONE_NORMAL, 3, "1  send one now, from another shell on this host:", "", ""},
        {TONE_ACCENT, 8, "tracetui send-test", usual ? "" : " --listen ", usual ? "" : place},
        {TONE_NORMAL, 3, "2  from a program or a script (y1 copies this):", "", ""},
        {TONE_ACCENT, 8, "curl ", pane->address, "/api/trace-log \\"},
        {TONE_ACCENT, 8, curl_lines[0], "", ""},
        {TONE_ACCENT, 8, curl_lines[1], "", ""},
        {TONE_ACCENT, 8, curl_lines[2], "", ""},
        {TONE_ACCENT, 8, curl_lines[3], "", ""},
        {TONE_NORMAL, 3, "3  from an OpenTelemetry SDK (y2 copies this):", "", ""},
        {TONE_ACCENT, 8, "export OTEL_EXPORTER_OTLP_ENDPOINT=", pane->address, ""},
        {TONE_NORMAL, 3, "4  from your laptop, through ssh:", "", ""},
    };
    y = draw_lines(lines, ARRAY_LEN(lines), canvas, y, area);
    if (y < area.y + area.h - 3) {
        canvas_print(canvas, y++, area.x + 8, area.w - 8, INK(TONE_ACCENT),
                     "ssh -L %s:%s this-host", port_of(pane->address),
                     without_scheme(pane->address));
    }
    return y;
}

void welcome_pane_draw(const struct welcome_pane *pane, struct canvas *canvas, struct rect area)
{
    int y = area.y + (area.h > 16 ? 1 : 0);
    int end = area.y + area.h;
    bool deaf = pane->address[0] == '\0';
    y = deaf ? draw_deaf(pane, canvas, y, area) : draw_ways(pane, canvas, y, area);
    y = y < end - 3 ? y + 1 : end - 2;
    if (!deaf && pane->problem[0] != '\0' && y < end - 2) {
        canvas_text(canvas, y++, area.x + 3, area.w - 4, INK(TONE_WARN), text_from(pane->problem));
    }
    draw_counters(pane, canvas, y, area);
}
