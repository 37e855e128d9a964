/* app_screen — an app on a store of its own: type keys, look at the screen. */
#ifndef TRACETUI_TESTS_UNIT_APP_SCREEN_H
#define TRACETUI_TESTS_UNIT_APP_SCREEN_H

#include "app_fixture.h"

#include <poll.h>

struct setup {
    struct fixture *fixture;
    struct waker waker;
    struct loader *loader;
    struct app_options options;
    struct app *app;
    struct canvas canvas;
    char copied[1024];
};

static void keep_copy(struct text text, struct err_msg *message, void *ctx)
{
    struct setup *setup = ctx;
    snprintf(setup->copied, sizeof setup->copied, "%.*s", TEXT_ARGS(text));
    snprintf(message->text, sizeof message->text, "copied");
}

/* Lets answers come until nothing is open any more. */
static void settle(struct setup *setup)
{
    for (int i = 0; i < 10000; i++) {
        app_take_answers(setup->app);
        app_tick(setup->app);
        app_draw(setup->app, &setup->canvas);
        if (app_is_settled(setup->app)) {
            return;
        }
        struct pollfd fd = {.fd = setup->waker.fd, .events = POLLIN};
        poll(&fd, 1, 20);
        waker_drain(&setup->waker);
    }
    fail_msg("the app does not settle");
}

/* An app of its own on a store that stays. */
static struct setup *setup_on(struct fixture *fixture, const char *query, int h, int w)
{
    struct setup *setup = mem_zero(1, sizeof *setup);
    struct err_msg why = {""};
    setup->fixture = fixture;
    assert_int_equal(waker_open(&setup->waker, &why), ERR_OK);
    struct loader_options options = {
        .path = setup->fixture->path,
        .wake = test_wake,
        .wake_ctx = &setup->waker,
    };
    assert_int_equal(loader_start(&options, &setup->loader, &why), ERR_OK);
    setup->options = (struct app_options){
        .db_path = setup->fixture->path,
        .query = query,
        .host_name = "host",
        .host = {.copy = keep_copy, .ctx = setup},
    };
    setup->app = app_new(&setup->options, setup->loader);
    canvas_init(&setup->canvas, false);
    canvas_resize(&setup->canvas, h, w);
    app_resize(setup->app, h, w);
    settle(setup);
    return setup;
}

static struct setup *setup_new(size_t traces, const char *query, int h, int w)
{
    return setup_on(many_traces(traces), query, h, w);
}

/* Without the store. */
static void setup_leave(struct setup *setup)
{
    app_free(setup->app);
    loader_stop(setup->loader);
    waker_close(&setup->waker);
    canvas_free(&setup->canvas);
    free(setup);
}

static void setup_free(struct setup *setup)
{
    struct fixture *fixture = setup->fixture;
    setup_leave(setup);
    fixture_free(fixture);
}

static void type(struct setup *setup, const char *keys)
{
    for (; *keys != '\0'; keys++) {
        app_key(setup->app, (unsigned char)*keys);
    }
    settle(setup);
}

/* Row of the screen that holds the text, -1 if none. */
static int row_with(const struct setup *setup, const char *text)
{
    int found = -1;
    for (int y = 0; y < setup->canvas.h && found < 0; y++) {
        struct text_buffer row = {0};
        canvas_row(&setup->canvas, y, &row);
        found = row.data != NULL && strstr(row.data, text) != NULL ? y : -1;
        text_buffer_free(&row);
    }
    return found;
}

static void assert_shows(const struct setup *setup, const char *text)
{
    if (row_with(setup, text) < 0) {
        for (int y = 0; y < setup->canvas.h; y++) {
            struct text_buffer row = {0};
            canvas_row(&setup->canvas, y, &row);
            print_message("%s\n", row.data != NULL ? row.data : "");
            text_buffer_free(&row);
        }
        fail_msg("not on the screen: %s", text);
    }
}

static void assert_hides(const struct setup *setup, const char *text)
{
    if (row_with(setup, text) >= 0) {
        fail_msg("on the screen: %s", text);
    }
}

static void press(struct setup *setup, uint32_t key)
{
    app_key(setup->app, key);
    settle(setup);
}

#endif
