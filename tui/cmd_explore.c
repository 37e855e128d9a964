/* cmd_explore — the explorer with what stands behind it: a receiver, or a database somebody else
 * writes, or the demo world. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/filter.h"
#include "store/writer.h"
#include "tui/cmd.h"
#include "tui/demo.h"
#include "tui/explorer.h"
#include "tui/heir.h"
#include "tui/keys_file.h"
#include "tui/options.h"
#include "tui/plain.h"
#include "tui/receiver.h"
#include "tui/theme.h"

enum { ROOM_LEAST_BYTES = 64 << 10 }; /* of the disk: less is too little for a commit */

/* Everything that lives as long as the screen. */
struct stage {
    struct options options; /* ours: the demo changes them */
    struct explorer_wake wake;
    struct receiver *receiver; /* NULL for a viewer */
    struct heir *heir;         /* of a viewer while another process receives, and afterwards */
    struct demo *demo;
    char demo_folder[OPTIONS_PATH_BYTES]; /* "" = none */
    struct keymap *keys;
    char address[RECEIVER_TEXT_BYTES];
    char role[128];    /* "" = we receive */
    int64_t looked_ns; /* when what follows was looked at */
    struct stat shown; /* the file that the screen reads; st_ino 0: not looked yet */
    bool has_moved;    /* away from its place */
    char owner_address[RECEIVER_TEXT_BYTES]; /* of that one; "" = not known, or over gRPC alone */
    bool no_receiver;
    bool is_full; /* the device of the database */
};

/* Returns the exit code. */
static int complain(enum err err, const struct err_msg *why)
{
    fprintf(stderr, "tracetui: %s\n", why->text);
    return err == ERR_PARSE ? 2 : 1;
}

static void look_for_file(struct stage *stage)
{
    struct stat found;
    bool there = stat(stage->options.db, &found) == 0;
    if (there && stage->shown.st_ino == 0) {
        stage->shown = found;
    }
    stage->has_moved =
        !there || found.st_ino != stage->shown.st_ino || found.st_dev != stage->shown.st_dev;
}

/* Whoever receives in another process refuses spans then. */
static void look_for_room(struct stage *stage)
{
    struct statvfs disk;
    stage->is_full =
        statvfs(stage->options.db, &disk) == 0 && disk.f_bavail * disk.f_frsize < ROOM_LEAST_BYTES;
}

static void look_for_receiver(struct stage *stage)
{
    char lines[RECEIVER_LINES_BYTES] = "";
    stage->no_receiver = writer_owner(stage->options.db, lines, sizeof lines) == 0;
    receiver_find_address(lines, stage->owner_address);
}

/* Once a second; what comes in only as long as it comes by somebody else. */
static void look_around(struct stage *stage)
{
    int64_t now_ns = clock_monotonic_ns();
    if (stage->looked_ns != 0 && now_ns - stage->looked_ns < NS_PER_S) {
        return;
    }
    stage->looked_ns = now_ns;
    look_for_file(stage);
    if (stage->receiver == NULL) {
        look_for_receiver(stage);
        look_for_room(stage);
    }
}

static void describe(struct app_status *ret_status, void *context)
{
    struct stage *stage = context;
    snprintf(ret_status->role, sizeof ret_status->role, "%s", stage->role);
    if (stage->heir != NULL) {
        heir_describe(stage->heir, ret_status->role);
    }
    look_around(stage);
    ret_status->no_receiver = stage->receiver == NULL && stage->no_receiver;
    if (stage->receiver == NULL) {
        snprintf(ret_status->address, sizeof ret_status->address, "%s", stage->owner_address);
    }
    ret_status->problem[0] = '\0';
    if (stage->receiver != NULL) {
        receiver_state(stage->receiver, ret_status->problem);
        uint32_t kept = atomic_load(&receiver_counters(stage->receiver)->kept_permille);
        if (stage->options.sample_per_minute > 0 && kept < 1000) {
            snprintf(ret_status->role, sizeof ret_status->role, "keeps %u.%u%% of new traces",
                     kept / 10, kept % 10);
        }
    }
    if (ret_status->problem[0] == '\0' && stage->has_moved) {
        snprintf(ret_status->problem, sizeof ret_status->problem,
                 "database was moved or deleted: start tracetui again");
    } else if (stage->receiver == NULL && !stage->no_receiver && stage->is_full) {
        snprintf(ret_status->problem, sizeof ret_status->problem,
                 "disk full: free some space on the device of the database");
    }
}

/* ---- the demo's own database ---- */

static enum err make_demo_folder(struct stage *stage, struct err_msg *why)
{
    const char *parent = getenv("TMPDIR");
    snprintf(stage->demo_folder, sizeof stage->demo_folder, "%s/tracetui-demo-XXXXXX",
             parent != NULL && parent[0] == '/' && strlen(parent) < 1024 ? parent : "/tmp");
    if (mkdtemp(stage->demo_folder) == NULL) {
        enum err err = err_set(why, ERR_IO, "demo: %s: %s", stage->demo_folder, strerror(errno));
        stage->demo_folder[0] = '\0';
        return err;
    }
    snprintf(stage->options.db, sizeof stage->options.db, "%.1200s/demo.db", stage->demo_folder);
    if (stage->options.listen_count == 0) {
        stage->options.listen[stage->options.listen_count++] = "127.0.0.1:0";
    }
    stage->options.retention_ns = 0;
    stage->options.no_listen = false;
    stage->options.tls_cert = stage->options.tls_key = stage->options.tls_client_ca = NULL;
    /* What the user saves, copies and types goes there, too. No thread runs yet. */
    setenv("XDG_CONFIG_HOME", stage->demo_folder, 1);
    setenv("XDG_STATE_HOME", stage->demo_folder, 1);
    return ERR_OK;
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void remove_demo_folder(const struct stage *stage)
{
    enum { OPEN_FOLDERS = 8 };
    if (stage->demo_folder[0] != '\0') {
        nftw(stage->demo_folder, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
    }
}

/* ---- who writes ---- */

/* A database that another process writes, or that we may only read, is looked at. */
static enum err become_viewer(struct stage *stage, enum err err, struct err_msg *why)
{
    if (err == ERR_LOCKED) {
        return heir_start(&stage->options, explorer_nudge, explorer_ask_receiver, &stage->wake,
                          &stage->heir, why);
    }
    if (access(stage->options.db, R_OK) == 0 && access(stage->options.db, W_OK) != 0) {
        snprintf(stage->role, sizeof stage->role, "read-only: no permission to write");
        return ERR_OK;
    }
    return err;
}

static void set_address(struct stage *stage)
{
    if (stage->receiver == NULL || !receiver_describe(stage->receiver, 0, stage->address) ||
        strncmp(stage->address, "http", 4) != 0) {
        stage->address[0] = '\0';
    }
}

static enum err start_receiver(struct stage *stage, struct err_msg *why)
{
    enum err err = receiver_start(&stage->options, TENURE_KEEP, explorer_nudge, &stage->wake,
                                  &stage->receiver, why);
    if (err != ERR_OK) {
        return become_viewer(stage, err, why);
    }
    set_address(stage);
    return ERR_OK;
}

static enum err start_demo(struct stage *stage, struct err_msg *why)
{
    struct demo_options demo = {
        .endpoint = stage->address,
        .token = stage->options.ingest_token,
        .seed = stage->options.demo_seed,
        .now_ns = clock_now_ns(),
        .live = !stage->options.no_live,
    };
    if (stage->address[0] == '\0') {
        return err_set(why, ERR_IO, "demo: %s", receiver_problem(stage->receiver));
    }
    fprintf(stderr, "tracetui: making a demo world in %s\n", stage->demo_folder);
    return demo_start(&demo, &stage->demo, why);
}

/* The first frame shows the world whole: nobody is to see it being filled. */
static bool is_told(void *ctx)
{
    return demo_is_told(ctx);
}

static enum err raise_stage(struct stage *stage, struct err_msg *why)
{
    enum err err = ERR_OK;
    if (stage->options.demo) {
        err = make_demo_folder(stage, why);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (stage->options.no_listen) {
        snprintf(stage->role, sizeof stage->role, "read-only: --no-listen");
    } else {
        err = start_receiver(stage, why);
    }
    if (err == ERR_OK && stage->options.demo) {
        err = start_demo(stage, why);
    }
    return err;
}

static void strike_stage(struct stage *stage)
{
    demo_stop(stage->demo);
    if (stage->heir != NULL) {
        heir_stop(stage->heir);
    } else {
        receiver_stop(stage->receiver);
    }
    remove_demo_folder(stage);
    explorer_wake_clear(&stage->wake);
}

/* ---- before anything starts ---- */

/* A wrong query is said on the command line, with a mark below the term, before the screen opens.
 */
static int check_query(struct text query)
{
    struct filter filter = {0};
    struct filter_error error;
    if (filter_parse(query, &filter, &error) == ERR_OK) {
        filter_clear(&filter);
        return 0;
    }
    plain_query_error(stderr, query, &error);
    return 2;
}

/* What the screen is told about the receiver of this process. */
static void show_receiver(const struct stage *stage, struct app_options *app)
{
    const char *problem = stage->receiver != NULL ? receiver_problem(stage->receiver) : "";
    app->counters = stage->receiver != NULL ? receiver_counters(stage->receiver) : NULL;
    app->address = stage->address[0] != '\0' ? stage->address : NULL;
    app->address_problem = problem[0] != '\0' ? problem : NULL;
}

static bool find_receiver(struct app_options *app, void *context)
{
    struct stage *stage = context;
    struct receiver *receiver = heir_receiver(stage->heir);
    if (receiver == stage->receiver) {
        return false;
    }
    stage->receiver = receiver;
    set_address(stage);
    show_receiver(stage, app);
    return true;
}

static int run(struct stage *stage, const char *query, const struct theme *theme)
{
    struct options *options = &stage->options;
    struct err_msg why = {""};
    enum err err = raise_stage(stage, &why);
    struct explorer_options explorer = {
        .screen = {.theme = theme,
                   .colour = options->colour,
                   .ascii = options->ascii,
                   .utf8 = options->utf8,
                   .mouse = options->mouse},
        .app = {.db_path = options->db,
                .db_given = options->db_given && !options->demo,
                .open = options->open,
                .open_span = options->span,
                .query = query,
                .live = !options->no_live,
                .screen_reader = options->screen_reader,
                .demo = options->demo,
                .keys = stage->keys,
                .preview_delay_ns = options->preview_delay_ns,
                .status = describe,
                .status_ctx = stage},
        .wake = &stage->wake,
        .find_receiver = stage->heir != NULL ? find_receiver : NULL,
        .find_receiver_ctx = stage,
        .is_ready = stage->demo != NULL ? is_told : NULL,
        .is_ready_ctx = stage->demo,
    };
    show_receiver(stage, &explorer.app);
    if (err == ERR_OK) {
        err = explorer_run(&explorer, &why);
    }
    return err == ERR_OK ? 0 : complain(err, &why);
}

/* What changes nothing where one pane is shown at a time and none moves by itself. */
static void take_away_idle_keys(struct keymap *keys)
{
    static const enum action idle[] = {ACTION_FOLLOW, ACTION_MAXIMISE, ACTION_PREVIEW,
                                       ACTION_SPLIT};
    for (size_t i = 0; i < ARRAY_LEN(idle); i++) {
        keys_take_away(keys, idle[i]);
    }
}

int cmd_explore(const struct options *options)
{
    struct stage stage = {.options = *options};
    struct text_buffer query = {0};
    const struct theme *theme = NULL;
    if (options->theme != NULL && theme_parse(text_from(options->theme), &theme, NULL) != ERR_OK) {
        return 2; /* the options took no unknown one */
    }
    struct err_msg why;
    if (keys_read(&stage.keys, &why) != ERR_OK) {
        fprintf(stderr, "tracetui: %s\n", why.text);
        return 2;
    }
    if (options->screen_reader) {
        take_away_idle_keys(stage.keys);
    }
    options_query(options, 0, &query);
    int code = check_query(text_buffer_text(&query));
    if (code == 0) {
        explorer_wake_init(&stage.wake);
        code = run(&stage, query.data != NULL ? query.data : "", theme);
        strike_stage(&stage);
    }
    text_buffer_free(&query);
    keys_free(stage.keys);
    return code;
}
