/* teller — the dice and the words of the demo's story: actors, spans of a kind, pages. */
#include "tui/teller.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/base/err.h"

#define MS NS_PER_MS

static const struct actor actors[] = {
    {"alice", "2c11-88f0", "web"}, {"alice", "2c11-91ab", "ios"},
    {"bob", "77ae-01c2", "web"},   {"carol", "90dd-5a5a", "android"},
    {"dave", "1f00-3be9", "web"},  {"erin", "c0ff-ee01", "ios"},
    {"frank", "4242-1007", "web"}, {"grace", "a11c-e5e5", "android"},
    {"heidi", "08f3-77d1", "web"}, {"ivan", "b0b0-cafe", "web"},
    {"judy", "5eed-0001", "web"},  {"bot-crawler", "0000-b075", "cli"},
};

/* ---- dice ---- */

static uint64_t roll(struct teller *teller)
{
    uint64_t z = teller->dice += 0x9e3779b97f4a7c15u; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

double teller_unit(struct teller *teller)
{
    return (double)(roll(teller) >> 11) / 9007199254740992.0;
}

bool teller_chance(struct teller *teller, double probability)
{
    return teller_unit(teller) < probability;
}

size_t teller_pick(struct teller *teller, size_t count)
{
    return (size_t)(roll(teller) % count);
}

const struct actor *teller_actor_number(size_t number)
{
    return &actors[number % ARRAY_LEN(actors)];
}

const struct actor *teller_actor(struct teller *teller)
{
    return &actors[teller_pick(teller, ARRAY_LEN(actors))];
}

int64_t teller_around(struct teller *teller, double median_ms)
{
    double u = teller_unit(teller);
    double v = teller_unit(teller);
    double normal = sqrt(-2 * log(u > 0 ? u : 0.5)) * cos(6.283185307179586 * v);
    return (int64_t)(median_ms * exp(0.35 * normal) * (double)MS);
}

/* ---- words of the story ---- */

struct tt_span *teller_begin(struct teller *teller, const struct tt_span *parent,
                             const char *service, const char *type, enum tt_kind kind,
                             const char *name, int64_t start_ns)
{
    struct tt_span *span = tt_start_at(teller->tracer, parent, name, start_ns);
    tt_set_service(span, service);
    tt_set_type(span, type);
    tt_set_kind(span, kind);
    if (strcmp(service, "web") == 0) {
        tt_set_client_type(span, teller->client != NULL ? teller->client : "web");
    } else if (strcmp(service, "plugin") == 0) {
        tt_set_client_type(span, "plugin");
    } /* else a server's */
    teller->spans++;
    return span;
}

int64_t teller_leaf(struct teller *teller, const struct tt_span *parent, const char *service,
                    const char *type, const char *name, int64_t start_ns, int64_t duration_ns)
{
    struct tt_span *span = teller_begin(teller, parent, service, type, TT_CLIENT, name, start_ns);
    tt_end_at(span, TT_OK, NULL, start_ns + duration_ns);
    return start_ns + duration_ns;
}

int64_t teller_query(struct teller *teller, const struct tt_span *parent, const char *name,
                     const char *sql, const char *params, int64_t rows, int64_t start_ns,
                     int64_t duration_ns)
{
    struct tt_span *span = teller_begin(teller, parent, "db", "db", TT_CLIENT, name, start_ns);
    tt_set_string(span, "db.system", "sqlite");
    tt_set_string(span, "sql", sql);
    if (params != NULL) {
        tt_set_json(span, "params", params);
    }
    tt_set_int(span, "rowCount", rows);
    tt_end_at(span, TT_OK, NULL, start_ns + duration_ns);
    return start_ns + duration_ns;
}

int64_t teller_cache(struct teller *teller, const struct tt_span *parent, const char *name,
                     const char *key, bool hit, int64_t start_ns)
{
    int64_t duration_ns = teller_around(teller, 1.5);
    struct tt_span *span =
        teller_begin(teller, parent, "redis", "cache", TT_CLIENT, name, start_ns);
    tt_set_string(span, "cacheKey", key);
    tt_set_bool(span, "cacheHit", hit);
    tt_end_at(span, TT_OK, NULL, start_ns + duration_ns);
    return start_ns + duration_ns;
}

struct tt_span *teller_root(struct teller *teller, const struct actor *actor, const char *service,
                            const char *type, const char *name, int64_t start_ns)
{
    teller->client = actor->client;
    struct tt_span *span = teller_begin(teller, NULL, service, type, TT_INTERNAL, name, start_ns);
    tt_set_user(span, actor->user);
    tt_set_session(span, actor->session);
    return span;
}

struct page teller_open_page(struct teller *teller, const struct actor *actor, const char *click,
                             const char *operation, int64_t start_ns)
{
    struct page page;
    page.click = teller_root(teller, actor, "web", "ui", operation, start_ns);
    tt_set_string(page.click, "componentName", "GoalEditor");
    tt_set_string(page.click, "eventType", "click");
    tt_set_string(page.click, "user_agent.original",
                  "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0");
    teller_leaf(teller, page.click, "web", "ui", click, start_ns, 17 * MS);
    page.request = teller_begin(teller, page.click, "web", "http", TT_CLIENT, "POST /graphql",
                                start_ns + 19 * MS);
    tt_set_string(page.request, "http.request.method", "POST");
    tt_set_string(page.request, "url.full", "https://app.example.com/graphql");
    page.server_start_ns = start_ns + 19 * MS + teller_around(teller, 12);
    char server_name[64];
    snprintf(server_name, sizeof server_name, "graphql%s", strchr(operation, ':'));
    page.server = teller_begin(teller, page.request, "api", "graphql", TT_SERVER, server_name,
                               page.server_start_ns);
    tt_set_string(page.server, "graphql.operation.name", strchr(operation, ':') + 1);
    tt_set_string(page.server, "host.name", "prod-7");
    return page;
}

int64_t teller_close_page(struct teller *teller, struct page *page, int64_t end_ns,
                          const char *error)
{
    enum tt_status status = error != NULL ? TT_ERROR : TT_OK;
    int64_t answered_ns = end_ns + teller_around(teller, 14);
    tt_set_int(page->request, "http.response.status_code", error != NULL ? 500 : 200);
    tt_end_at(page->server, status, error, end_ns);
    tt_end_at(page->request, status, error != NULL ? "500 Internal Server Error" : NULL,
              answered_ns);
    int64_t shown_ns = answered_ns + teller_around(teller, 6);
    teller_leaf(teller, page->click, "web", "ui",
                error != NULL ? "render ErrorToast" : "render Toast", shown_ns,
                teller_around(teller, 15));
    tt_end_at(page->click, status, error, shown_ns + 24 * MS);
    return shown_ns + 24 * MS;
}
