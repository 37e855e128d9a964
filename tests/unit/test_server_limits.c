/* test_server_limits — senders that are too many, too large or too slow harm nobody else. */
#include "tests/unit/server_world.h"

/* While the database is held by somebody else, one batch waits in the writer and one in the queue;
 * the next is sent away. When it is free again, those who waited hear that their spans are stored.
 */
static void full_queue_asks_to_retry(void **state)
{
    (void)state;
    struct place place;
    struct text_buffer body = {0};
    struct text_buffer request = {0};
    struct heard heard;
    sqlite3 *holder = NULL;
    int waiting[2];
    open_place(&place, (struct server_options){0}, 2);
    assert_int_equal(sqlite3_open(place.database, &holder), SQLITE_OK);
    assert_int_equal(sqlite3_exec(holder, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    flat_body(&body, 0, 2);
    text_append_format(&request, "POST /api/trace-log HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s",
                       JSON_HEAD, body.length, body.data);
    for (uint64_t i = 0; i < 2; i++) {
        waiting[i] = dial(&place);
        assert_true(say(waiting[i], text_buffer_text(&request)));
        while (atomic_load(&place.counters.received) != 2 * (i + 1) ||
               atomic_load(&place.counters.queued) != 2 * i) {
            usleep(1000);
        }
    }
    ask(&place, "POST /api/trace-log", JSON_HEAD, text_buffer_text(&body), &heard);
    assert_int_equal(heard.status, 503);
    assert_non_null(strstr(heard.head, "Retry-After: 1\r\n"));
    assert_string_equal(heard.body.data, "{\"error\":\"not stored: the queue is full\"}");
    text_buffer_free(&heard.body);
    assert_int_equal(atomic_load(&place.counters.refused[REFUSED_BUSY]), 2);

    assert_int_equal(sqlite3_exec(holder, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(holder);
    for (int i = 0; i < 2; i++) {
        hear(waiting[i], &heard);
        assert_int_equal(heard.status, 200);
        text_buffer_free(&heard.body);
        close(waiting[i]);
    }
    assert_int_equal(count_spans(&place), 2);
    text_buffer_free(&request);
    text_buffer_free(&body);
    close_place(&place);
}

/* Bodies that arrive together share one budget; those who got none hear 503. */
static void memory_for_bodies_is_bounded(void **state)
{
    (void)state;
    struct place place;
    struct text_buffer half = {0};
    struct heard heard = {0};
    open_place(&place, (struct server_options){.bodies_limit_bytes = 60000}, 0);
    text_append_format(&half, "POST /api/trace-log HTTP/1.1\r\n%sContent-Length: 50000\r\n\r\n",
                       JSON_HEAD);
    for (int i = 0; i < 40000; i++) {
        text_append_char(&half, ' ');
    }
    int waiting = dial(&place);
    assert_true(say(waiting, text_buffer_text(&half)));
    do { /* until the body has followed its headers */
        text_buffer_free(&heard.body);
        ask(&place, "POST /api/trace-log", JSON_HEAD, text_buffer_text(&half), &heard);
    } while (heard.status == 400);
    assert_int_equal(heard.status, 503);
    assert_non_null(strstr(heard.head, "Retry-After: 1\r\n"));
    text_buffer_free(&heard.body);
    close(waiting);
    do { /* the first one has gone: there is room again */
        usleep(10000);
        ask(&place, "POST /api/trace-log", JSON_HEAD, text_buffer_text(&half), &heard);
        text_buffer_free(&heard.body);
    } while (heard.status == 503);
    assert_int_equal(heard.status, 400);
    text_buffer_free(&half);
    close_place(&place);
}

static void stalled_senders_are_cut(void **state)
{
    (void)state;
    struct place place;
    struct heard heard;
    open_place(&place, (struct server_options){.intake.timeout_s = 1}, 0);
    int silent = dial(&place);
    int stalled = dial(&place);
    assert_true(say(stalled, TEXT("POST /api/trace-log HTTP/1.1\r\n" JSON_HEAD
                                  "Content-Length: 500\r\n\r\n{\"spans\"")));
    expect_flat(&place, JSON_HEAD, 0, 1, 200, NULL); /* others are served meanwhile */
    hear(silent, &heard);
    assert_int_equal(heard.status, 0);
    hear(stalled, &heard);
    assert_int_equal(heard.status, 0);
    close(silent);
    close(stalled);
    close_place(&place);
}

/* A byte now and then keeps a connection alive for libmicrohttpd, and would for ever. */
static void headers_that_trickle_are_cut(void **state)
{
    (void)state;
    struct place place;
    open_place(&place, (struct server_options){.intake.timeout_s = 1}, 0);
    int trickling = dial(&place);
    bool open = say(trickling, TEXT("POST /api/trace-log HTTP/1.1\r\nX-Long: "));
    int bytes = 0;
    while (open && bytes < 500) {
        char byte;
        usleep(20000);
        open = say(trickling, TEXT("a")) && recv(trickling, &byte, 1, MSG_DONTWAIT) != 0;
        bytes++;
    }
    assert_false(open);
    close(trickling);
    close_place(&place);
}

static void idle_connections_may_be_used_again(void **state)
{
    (void)state;
    struct place place;
    struct heard heard;
    open_place(&place, (struct server_options){.intake.timeout_s = 4}, 0);
    int socket = dial(&place);
    for (int i = 0; i < 5; i++) {
        assert_true(say(socket, TEXT("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")));
        hear(socket, &heard);
        assert_int_equal(heard.status, 200);
        text_buffer_free(&heard.body);
        usleep(1000000);
    }
    close(socket);
    close_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_queue_asks_to_retry),
        cmocka_unit_test(memory_for_bodies_is_bounded),
        cmocka_unit_test(stalled_senders_are_cut),
        cmocka_unit_test(headers_that_trickle_are_cut),
        cmocka_unit_test(idle_connections_may_be_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
