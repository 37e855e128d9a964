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

static const char *endpoint(const char *address)
{
    return address[0] != '\0' ? address : "http://127.0.0.1:4318";
}

void welcome_pane_curl(const char *address, struct text_buffer *target)
{
    text_append_format(target,
                       "curl -s %s/api/trace-log -H 'content-type: application/json' -d @span.json",
                       endpoint(address));
}

void welcome_pane_export(const char *address, struct text_buffer *target)
{
    text_append_format(target, "export OTEL_EXPORTER_OTLP_ENDPOINT=%s", endpoint(address));
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
    x += canvas_print(canvas, y, x, w, INK(pane->refused > 0 ? TONE_ERROR : TONE_NORMAL),
                      "refused %llu", (unsigned long long)pane->refused);
    canvas_print(canvas, y, area.x + area.w - 15, 14, INK(TONE_DIM), "waiting %02lld:%02lld",
                 waiting_s / 60, waiting_s % 60);
    struct text refusal =
        pane->last_refusal[0] != '\0' ? text_from(pane->last_refusal) : TEXT("none");
    canvas_text(canvas, y + 1, area.x + 3, w, INK(TONE_DIM), TEXT("last refusal: "));
    canvas_text(canvas, y + 1, area.x + 17, w - 14, INK(pane->refused > 0 ? TONE_ERROR : TONE_DIM),
                refusal);
}

void welcome_pane_draw(const struct welcome_pane *pane, struct canvas *canvas, struct rect area)
{
    const char *address = endpoint(pane->address);
    const struct {
        enum tone tone;
        int indent;
        const char *before, *value, *after;
    } lines[] = {
        {TONE_STRONG, 3, "No spans yet.", "", ""},
        {TONE_NORMAL, 0, "", "", ""},
        {TONE_NORMAL, 3, "1  send one now, from another shell on this host:", "", ""},
        {TONE_ACCENT, 8, "tracetui send-test", "", ""},
        {TONE_NORMAL, 3, "2  from a program or a script:", "", ""},
        {TONE_ACCENT, 8, "curl -s ", address, "/api/trace-log \\"},
        {TONE_ACCENT, 8, "  -H 'content-type: application/json' -d @span.json", "", ""},
        {TONE_NORMAL, 3, "3  from an OpenTelemetry SDK:", "", ""},
        {TONE_ACCENT, 8, "export OTEL_EXPORTER_OTLP_ENDPOINT=", address, ""},
        {TONE_NORMAL, 3, "4  from your laptop, through ssh:", "", ""},
    };
    int y = area.y + (area.h > 16 ? 1 : 0);
    int end = area.y + area.h;
    for (size_t i = 0; i < ARRAY_LEN(lines) && y < end - 3; i++, y++) {
        canvas_print(canvas, y, area.x + lines[i].indent, area.w - lines[i].indent,
                     INK(lines[i].tone), "%s%s%s", lines[i].before, lines[i].value, lines[i].after);
    }
    if (y < end - 3) {
        canvas_print(canvas, y++, area.x + 8, area.w - 8, INK(TONE_ACCENT),
                     "ssh -L %s:%s this-host", port_of(address), without_scheme(address));
    }
    y = y < end - 3 ? y + 1 : end - 2;
    if (pane->problem[0] != '\0' && y < end - 2) {
        canvas_text(canvas, y++, area.x + 3, area.w - 4, INK(TONE_WARN), text_from(pane->problem));
    }
    draw_counters(pane, canvas, y, area);
}
