/* demo_world — the users, services and mistakes of the demo, told through the client library.
 *
 * One story, read from top to bottom: episodes, rarities, and how often each is told. */
#include "tui/demo_world.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "store/base/clock.h"

enum {
    HISTORY_S = 7200,
    NESTED_LEVELS = 300,
    SKEW_MS = 34,
};

#define MS NS_PER_MS

/* ---- episodes ---- */

static void fail_insert(struct teller *teller, const struct tt_span *server, int64_t start_ns,
                        int64_t end_ns)
{
    static const char message[] = "UNIQUE constraint failed: goals.slug";
    static const char stack[] =
        "SqliteError: UNIQUE constraint failed: goals.slug\n"
        "    at Statement.run (node_modules/better-sqlite3/lib/methods/wrappers.js:5:21)\n"
        "    at GoalStore.insert (api/src/modules/goals/store.ts:88:17)\n"
        "    at createGoal (api/src/graphql/resolvers/goals.ts:41:9)\n"
        "    at field.resolve (node_modules/graphql/execution/execute.js:464:19)\n"
        "    at executeField (node_modules/graphql/execution/execute.js:500:31)";
    struct tt_span *span =
        teller_begin(teller, server, "db", "db", TT_CLIENT, "INSERT goals", start_ns);
    tt_set_string(span, "db.system", "sqlite");
    tt_set_string(
        span, "sql",
        "INSERT INTO goals (id, user_id, title, slug, target) VALUES (?1, ?2, ?3, ?4, ?5)");
    tt_set_json(span, "params", "[\"01JD2Y0M\",\"u_alice\",\"Squat 140\",\"squat-140\",140]");
    tt_set_int(span, "rowCount", 0);
    tt_set_double(span, "pool.wait", 0.4);
    tt_set_int(span, "retry", 0);
    tt_set_string(span, "thread.name", "pool-3");
    tt_set_json(span, "context",
                "{\"tx\":{\"mode\":\"immediate\",\"depth\":1},\"tables\":[\"goals\",\"credits\"],"
                "\"dirty\":true}");
    tt_exception(span, "SqliteError", message, stack, end_ns);
    struct tt_context earlier = {.trace_id = "90aa12ef51b44e0c9a550c1e77ab90f1",
                                 .span_id = "77b1000000000001"};
    tt_link(span, &earlier);
    tt_end_at(span, TT_ERROR, message, end_ns);
}

static void charge_credits(struct teller *teller, const struct tt_span *server, int64_t start_ns,
                           int64_t end_ns)
{
    struct tt_span *charge =
        teller_begin(teller, server, "api", "service", TT_INTERNAL, "credits.charge", start_ns);
    tt_set_int(charge, "credits", 5);
    int64_t at =
        teller_query(teller, charge, "BEGIN", "BEGIN IMMEDIATE", NULL, 0, start_ns, 2 * MS);
    struct tt_span *update =
        teller_begin(teller, charge, "db", "db", TT_CLIENT, "UPDATE credits", at);
    tt_set_string(update, "sql", "UPDATE credits SET balance = balance - ?1 WHERE user_id = ?2");
    tt_set_json(update, "params", "[5,\"u_alice\"]");
    int64_t locked_ns = at + (end_ns - at) * 3 / 4;
    tt_event_at(update, "lock.wait", at + (end_ns - at) / 8, "{\"holder\":\"tx-118\"}");
    tt_event_at(update, "lock.acquired", locked_ns - 6 * MS, NULL);
    tt_end_at(update, TT_OK, NULL, locked_ns);
    teller_query(teller, charge, "COMMIT", "COMMIT", NULL, 0, locked_ns,
                 end_ns - locked_ns - 4 * MS);
    tt_end_at(charge, TT_OK, NULL, end_ns);
}

/* The N+1: one SELECT for each goal where one would do. */
static int64_t check_quota(struct teller *teller, const struct tt_span *server, int64_t start_ns)
{
    struct tt_span *quota =
        teller_begin(teller, server, "api", "service", TT_INTERNAL, "quota.check", start_ns);
    int64_t at = start_ns + 2 * MS;
    for (int i = 0; i < 37; i++) {
        at = teller_query(teller, quota, "SELECT goals",
                          "SELECT id, title FROM goals WHERE user_id = ?1 AND id = ?2",
                          "[\"u_alice\",\"01JD2Y\"]", 1, at, teller_around(teller, 9.5));
        at += MS / 2;
    }
    int64_t end_ns = at + teller_around(teller, 20);
    tt_end_at(quota, TT_OK, NULL, end_ns);
    return end_ns;
}

static void create_goal(struct teller *teller, const struct actor *actor, int64_t start_ns)
{
    bool fails = teller_chance(teller, 0.25);
    struct page page =
        teller_open_page(teller, actor, "click SaveGoal", "mutation:createGoal", start_ns);
    int64_t at = page.server_start_ns + teller_around(teller, 5);
    tt_set_json(
        page.server, "variables",
        "{\"input\":{\"title\":\"Squat 140\",\"target\":140,\"tags\":[\"legs\",\"2026\"]}}");
    struct tt_span *auth =
        teller_begin(teller, page.server, "api", "service", TT_INTERNAL, "auth.verifySession", at);
    int64_t known_ns = teller_cache(teller, auth, "GET sess:9f2c", "sess:9f2c", true, at + 2 * MS);
    at = known_ns + teller_around(teller, 12);
    tt_end_at(auth, TT_OK, NULL, at);
    at = check_quota(teller, page.server, at);
    int64_t charged_ns = at + teller_around(teller, 300);
    charge_credits(teller, page.server, at, charged_ns);
    int64_t inserted_ns = charged_ns + teller_around(teller, fails ? 250 : 12);
    if (fails) {
        fail_insert(teller, page.server, charged_ns, inserted_ns);
    } else {
        teller_query(
            teller, page.server, "INSERT goals",
            "INSERT INTO goals (id, user_id, title, slug, target) VALUES (?1, ?2, ?3, ?4, ?5)",
            NULL, 1, charged_ns, inserted_ns - charged_ns);
    }
    struct tt_span *push = teller_begin(teller, page.server, "api", "service", TT_INTERNAL,
                                        "notify.push", charged_ns + 4 * MS);
    teller_leaf(teller, push, "push", "http", "POST push.example.com", charged_ns + 8 * MS,
                teller_around(teller, 180));
    tt_end_at(push, TT_OK, NULL, charged_ns + teller_around(teller, 260));
    struct tt_span *audit =
        teller_begin(teller, page.server, "api", "service", TT_INTERNAL, "audit.log", inserted_ns);
    teller_cache(teller, audit, "XADD audit", "audit", false, inserted_ns + MS);
    int64_t end_ns = inserted_ns + teller_around(teller, 60);
    tt_end_at(audit, TT_OK, NULL, end_ns);
    teller_close_page(teller, &page, end_ns + teller_around(teller, 8),
                      fails ? "UNIQUE constraint failed: goals.slug" : NULL);
}

static void list_goals(struct teller *teller, const struct actor *actor, int64_t start_ns)
{
    struct page page = teller_open_page(teller, actor, "view Goals", "query:goals", start_ns);
    bool hit = teller_chance(teller, 0.6);
    bool fails = teller_chance(teller, 0.03);
    int64_t at = teller_cache(teller, page.server, "GET goals:list", "goals:list:u", hit,
                              page.server_start_ns + MS);
    if (!hit) {
        at = teller_query(teller, page.server, "SELECT goals",
                          "SELECT * FROM goals WHERE user_id = ?1 ORDER BY created_at", "[\"u_1\"]",
                          12, at, teller_around(teller, 24));
        at = teller_cache(teller, page.server, "SET goals:list", "goals:list:u", false, at);
    }
    struct tt_span *advice =
        teller_begin(teller, page.server, "recs", "http", TT_CLIENT, "GET /recommendations", at);
    at += teller_around(teller, fails ? 220 : 18);
    tt_set_int(advice, "http.response.status_code", fails ? 503 : 200);
    tt_end_at(advice, fails ? TT_ERROR : TT_OK, fails ? "upstream 503 recs" : NULL, at);
    teller_close_page(teller, &page, at + teller_around(teller, 4),
                      fails ? "upstream 503 recs" : NULL);
}

static void workout_history(struct teller *teller, const struct actor *actor, int64_t start_ns)
{
    struct page page =
        teller_open_page(teller, actor, "view History", "query:workoutHistory", start_ns);
    bool fails = teller_chance(teller, 0.08);
    int64_t at = teller_query(
        teller, page.server, "SELECT workouts",
        "SELECT w.*, count(s.id) FROM workouts w LEFT JOIN sets s ON s.workout_id = w.id "
        "WHERE w.user_id = ?1 GROUP BY w.id ORDER BY w.started_at DESC LIMIT 50",
        "[\"u_1\"]", 50, page.server_start_ns + 3 * MS, teller_around(teller, 120));
    size_t fields = 6 + teller_pick(teller, 8);
    for (size_t i = 0; i < fields; i++) {
        struct tt_span *field = teller_begin(teller, page.server, "api", "graphql", TT_INTERNAL,
                                             "field:Workout.volume", at);
        int64_t read_ns = teller_query(teller, field, "SELECT sets",
                                       "SELECT weight, reps FROM sets WHERE workout_id = ?1", NULL,
                                       18, at + MS, teller_around(teller, 8));
        at = read_ns + teller_around(teller, 2);
        tt_end_at(field, TT_OK, NULL, at);
    }
    if (fails) {
        at += teller_around(teller, 2000);
    }
    teller_close_page(teller, &page, at + teller_around(teller, 9),
                      fails ? "statement timeout 2000ms" : NULL);
}

static void log_workout(struct teller *teller, const struct actor *actor, int64_t start_ns)
{
    struct page page =
        teller_open_page(teller, actor, "click LogSet", "mutation:logWorkout", start_ns);
    bool fails = teller_chance(teller, 0.04);
    int64_t at = teller_query(
        teller, page.server, "INSERT sets",
        "INSERT INTO sets (workout_id, exercise, weight, reps) VALUES (?1, ?2, ?3, ?4)",
        "[\"w_77\",\"squat\",140,5]", 1, page.server_start_ns + 2 * MS, teller_around(teller, 14));
    at = teller_cache(teller, page.server, "DEL goals:list", "goals:list:u", false, at);
    at = teller_leaf(teller, page.server, "api", "service", "stats.recompute", at,
                     teller_around(teller, 30));
    teller_close_page(teller, &page, at, fails ? "credit balance < 0" : NULL);
}

static void update_goal(struct teller *teller, const struct actor *actor, int64_t start_ns)
{
    struct page page =
        teller_open_page(teller, actor, "click EditGoal", "mutation:updateGoal", start_ns);
    bool fails = teller_chance(teller, 0.15);
    int64_t at = page.server_start_ns + 2 * MS;
    for (int attempt = 0; attempt < (fails ? 3 : 1); attempt++) {
        at = teller_query(
            teller, page.server, "UPDATE goals",
            "UPDATE goals SET title = ?1, version = version + 1 WHERE id = ?2 AND version = ?3",
            "[\"Squat 145\",\"01JD2Y\",41]", fails ? 0 : 1, at, teller_around(teller, 30));
        at += teller_around(teller, 20);
    }
    teller_close_page(teller, &page, at, fails ? "stale version 41 < 42" : NULL);
}

static void upload_audio(struct teller *teller, const struct actor *actor, int64_t start_ns)
{
    struct tt_span *upload =
        teller_root(teller, actor, "plugin", "service", "audio.upload", start_ns);
    tt_set_string(upload, "file.name", "my_loop.wav");
    int64_t at = teller_leaf(teller, upload, "plugin", "service", "audio.read", start_ns + MS,
                             teller_around(teller, 60));
    struct tt_span *encode =
        teller_begin(teller, upload, "plugin", "service", TT_INTERNAL, "audio.encode", at);
    tt_set_string(encode, "codec", "mp3");
    tt_set_string(encode, "bitrate", "128k");
    tt_event_at(encode, "encoding_started", at + MS, NULL);
    bool cancelled = teller_chance(teller, 0.1);
    at += teller_around(teller, 800);
    tt_end_at(encode, cancelled ? TT_CANCELLED : TT_OK, cancelled ? "closed by user" : NULL, at);
    if (!cancelled) {
        struct tt_span *post =
            teller_begin(teller, upload, "plugin", "http", TT_CLIENT, "network.post", at);
        tt_set_int(post, "http.response.status_code", 200);
        int64_t received_ns = at + teller_around(teller, 30);
        struct tt_span *server = teller_begin(teller, post, "api", "http", TT_SERVER,
                                              "POST /api/v1/audio/upload", received_ns);
        received_ns = teller_leaf(teller, server, "s3", "http", "PUT audio/my_loop.mp3",
                                  received_ns + 4 * MS, teller_around(teller, 56));
        tt_end_at(server, TT_OK, NULL, received_ns);
        at = received_ns + teller_around(teller, 30);
        tt_end_at(post, TT_OK, NULL, at);
    }
    tt_end_at(upload, cancelled ? TT_CANCELLED : TT_OK, NULL, at + 2 * MS);
}

static void cron_job(struct teller *teller, const struct actor *unused, int64_t start_ns)
{
    (void)unused;
    struct tt_span *job = teller_begin(teller, NULL, "worker", "service", TT_INTERNAL,
                                       "cron:expireSessions", start_ns);
    int64_t at =
        teller_query(teller, job, "DELETE sessions", "DELETE FROM sessions WHERE expires_at < ?1",
                     NULL, 31, start_ns + MS, teller_around(teller, 4));
    tt_end_at(job, TT_OK, NULL, at);
}

/* The rows of an import from `first` on; returns when the last one was written. */
int64_t teller_import_rows(struct teller *teller, const struct tt_span *parent, size_t first,
                           size_t count, int64_t start_ns)
{
    int64_t at = start_ns;
    for (size_t i = 0; i < count; i++) {
        struct tt_span *row =
            teller_begin(teller, parent, "api", "service", TT_INTERNAL, "import.row", at);
        tt_set_int(row, "row", (int64_t)(first + i));
        int64_t end_ns =
            teller_query(teller, row, "INSERT workouts", "INSERT INTO workouts VALUES (?1, ?2, ?3)",
                         NULL, 1, at + MS / 10, teller_around(teller, 0.3));
        at = end_ns + MS / 20;
        tt_end_at(row, TT_OK, NULL, at);
    }
    return at;
}

struct tt_span *teller_begin_import(struct teller *teller, const struct actor *actor,
                                    int64_t start_ns)
{
    struct tt_span *import =
        teller_root(teller, actor, "api", "http", "rest:POST /import/csv", start_ns);
    tt_set_kind(import, TT_SERVER);
    tt_set_string(import, "http.request.method", "POST");
    tt_set_string(import, "http.route", "/import/csv");
    tt_set_string(import, "file.name", "strong-export.csv");
    teller_leaf(teller, import, "s3", "http", "GET uploads/strong-export.csv", start_ns + 3 * MS,
                teller_around(teller, 80));
    return import;
}

static void import_csv(struct teller *teller, const struct actor *actor, int64_t start_ns)
{
    struct tt_span *import = teller_begin_import(teller, actor, start_ns);
    bool fails = teller_chance(teller, 0.2);
    int64_t at =
        teller_import_rows(teller, import, 1, 20 + teller_pick(teller, 60), start_ns + 120 * MS);
    at += teller_around(teller, 1500);
    tt_end_at(import, fails ? TT_ERROR : TT_OK, fails ? "row 1,204: bad date \"31/02\"" : NULL, at);
}

/* ---- rarities: what a viewer must survive ---- */

static void huge_import(struct teller *teller, int64_t start_ns)
{
    struct tt_span *import = teller_begin_import(teller, teller_actor_number(5), start_ns);
    int64_t at = start_ns + 150 * MS;
    size_t rows = (DEMO_HUGE_SPANS - 2 - 100) / 2;
    for (size_t chunk = 0; chunk < 100; chunk++) {
        size_t count = rows / 100 + (chunk < rows % 100);
        struct tt_span *batch =
            teller_begin(teller, import, "api", "service", TT_INTERNAL, "import.chunk", at);
        tt_set_int(batch, "chunk", (int64_t)chunk);
        at = teller_import_rows(teller, batch, chunk * 100, count, at + MS);
        bool fails = chunk == 61;
        tt_end_at(batch, fails ? TT_ERROR : TT_OK, fails ? "row 6,117: bad date \"31/02\"" : NULL,
                  at);
    }
    tt_end_at(import, TT_OK, NULL, at + 40 * MS);
}

static void running_import(struct teller *teller, int64_t start_ns)
{
    struct tt_span *import = teller_begin_import(teller, teller_actor_number(0), start_ns);
    teller_import_rows(teller, import, 1, 1080, start_ns + 120 * MS);
    teller_begin(teller, import, "db", "db", TT_CLIENT, "REINDEX workouts", start_ns + 900 * MS);
}

static void deep_nest(struct teller *teller, int64_t start_ns)
{
    struct tt_span *levels[NESTED_LEVELS];
    char name[32];
    for (int i = 0; i < NESTED_LEVELS; i++) {
        snprintf(name, sizeof name, "resolve level %d", i + 1);
        levels[i] = i == 0 ? teller_root(teller, teller_actor_number(6), "api", "graphql",
                                         "query:categoryTree", start_ns)
                           : teller_begin(teller, levels[i - 1], "api", "graphql", TT_INTERNAL,
                                          name, start_ns + i * MS);
    }
    for (int i = NESTED_LEVELS - 1; i >= 0; i--) {
        tt_end_at(levels[i], TT_OK, NULL, start_ns + (2 * NESTED_LEVELS - i) * MS);
    }
}

static void orphans(struct teller *teller, int64_t start_ns)
{
    struct tt_context lost = {.trace_id = "0badc0de00000000000000000000beef",
                              .span_id = "41b0c2d900000000"};
    lost.trace_id[31] = (char)('0' + teller_pick(teller, 10));
    for (int i = 0; i < 3; i++) {
        struct tt_span *span =
            tt_start_remote(teller->tracer, &lost, i == 0 ? "cart.checkout" : "SELECT cart",
                            start_ns + i * 40 * MS);
        tt_set_service(span, i == 0 ? "api" : "db");
        tt_set_type(span, i == 0 ? "service" : "db");
        tt_set_user(span, "judy");
        tt_end_at(span, TT_OK, NULL, start_ns + (i + 1) * 40 * MS);
        teller->spans++;
    }
}

static void clock_skew(struct teller *teller, const struct actor *actor, int64_t start_ns)
{
    struct page page = teller_open_page(teller, actor, "view Profile", "query:profile", start_ns);
    /* The database host's clock is behind, so its span starts before its parent. */
    teller_query(teller, page.server, "SELECT users", "SELECT * FROM users WHERE id = ?1", NULL, 1,
                 page.server_start_ns - SKEW_MS * MS, teller_around(teller, 9));
    teller_close_page(teller, &page, page.server_start_ns + 20 * MS, NULL);
}

static void hostile_strings(struct teller *teller, int64_t start_ns)
{
    static const char *const names[] = {
        "\x1b[31mred\x1b[0m \x1b]0;owned\x07",
        "\xE2\x80\xAE"
        "reversed"
        "\xE2\x80\xAC",
        "zero\xE2\x80\x8Bwidth\xEF\xBB\xBF joiner",
        "line\nbreak\r\ttab\b",
        "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x81\xAE\xE3\x82\xB9\xE3\x83\x91\xE3\x83\xB3",
        "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB emoji \xE2\x9D\xA4\xEF\xB8\x8F",
        "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xD8\xB3\xD9\x84\xD8\xA7\xD9\x85",
        "e\xCC\x81\xCC\x82\xCC\x83\xCC\x84\xCC\x85 stacked accents",
        "invalid \xFF\xFE\xC3 bytes",
        "'; DROP TABLE traces; --",
        "=cmd|' /C calc'!A0",
    };
    struct actor mallory = {"mallory \x1b[2J", "h0st-1le0", "web"};
    struct tt_span *top = teller_root(teller, &mallory, "web", "ui", names[0], start_ns);
    for (size_t i = 1; i < ARRAY_LEN(names); i++) {
        int64_t at = start_ns + (int64_t)i * 7 * MS;
        struct tt_span *span =
            teller_begin(teller, top, i == 5 ? "caf\xC3\xA9 \xE2\x98\x95" : "web", "ui",
                         TT_INTERNAL, names[i], at);
        tt_set_string(span, names[i - 1], names[i]);
        tt_event_at(span, names[i], at + MS, NULL);
        tt_end_at(span, i == 3 ? TT_ERROR : TT_OK, i == 3 ? names[3] : NULL, at + 9 * MS);
    }
    char long_name[2000];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    teller_leaf(teller, top, "web", "ui", long_name, start_ns + 90 * MS, 5 * MS);
    tt_end_at(top, TT_OK, NULL, start_ns + 120 * MS);
}

/* ---- the story ---- */

typedef void (*episode_fn)(struct teller *teller, const struct actor *actor, int64_t start_ns);

static const struct {
    episode_fn tell;
    double weight;
} episodes[] = {
    {list_goals, 0.36},   {log_workout, 0.20}, {workout_history, 0.14},
    {create_goal, 0.05},  {update_goal, 0.08}, {cron_job, 0.09},
    {upload_audio, 0.05}, {import_csv, 0.015}, {clock_skew, 0.015},
};

void teller_tell_any(struct teller *teller, int64_t start_ns)
{
    double sum = 0;
    for (size_t i = 0; i < ARRAY_LEN(episodes); i++) {
        sum += episodes[i].weight;
    }
    double dart = teller_unit(teller) * sum;
    const struct actor *actor = teller_actor(teller);
    size_t chosen = 0;
    while (chosen + 1 < ARRAY_LEN(episodes) && dart >= episodes[chosen].weight) {
        dart -= episodes[chosen].weight;
        chosen++;
    }
    episodes[chosen].tell(teller, actor, start_ns);
}

/* Where in the two hours a share of the traffic lies: two waves and a quiet spell. */
static double wave(double share)
{
    return share + 0.06 * sin(share * 12.566) + 0.02 * sin(share * 44);
}

size_t demo_history(struct tt_tracer *tracer, const struct demo_options *options)
{
    struct teller teller = {.tracer = tracer, .dice = options->seed};
    size_t wanted = options->spans != 0 ? options->spans : DEMO_SPANS;
    int64_t from_ns = options->now_ns - (int64_t)HISTORY_S * NS_PER_S;
    int64_t span_ns = (int64_t)(HISTORY_S - 8) * NS_PER_S;
    if (wanted >= 2 * DEMO_HUGE_SPANS) {
        huge_import(&teller, from_ns + span_ns / 3);
    }
    deep_nest(&teller, from_ns + span_ns / 2);
    hostile_strings(&teller, options->now_ns - 95 * NS_PER_S);
    orphans(&teller, options->now_ns - 61 * NS_PER_S);
    if (wanted >= DEMO_HUGE_SPANS) {
        running_import(&teller, options->now_ns - 144 * NS_PER_S);
    }
    size_t before = teller.spans;
    while (teller.spans < wanted) {
        double share = (double)(teller.spans - before) / (double)(wanted - before);
        double when = wave(share);
        when = when < 0 ? 0 : when > 1 ? 1 : when;
        teller_tell_any(&teller, from_ns + (int64_t)(when * (double)span_ns));
    }
    return teller.spans;
}
