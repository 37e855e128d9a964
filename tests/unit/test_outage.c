/* test_outage — trouble that lasts is a few lines in the log, not one for each batch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/base/log_again.h"
#include "store/outage.h"

#define AT (INT64_C(1000) * NS_PER_S)

/* What the log says until heard() is called. */
struct ear {
    int before;
    FILE *file;
    char text[2000];
};

static int listen(void **state)
{
    struct ear *ear = test_calloc(1, sizeof *ear);
    ear->file = tmpfile();
    ear->before = dup(STDERR_FILENO);
    dup2(fileno(ear->file), STDERR_FILENO);
    log_enable(1);
    *state = ear;
    return ear->file == NULL ? -1 : 0;
}

static const char *heard(struct ear *ear)
{
    rewind(ear->file);
    ear->text[fread(ear->text, 1, sizeof ear->text - 1, ear->file)] = '\0';
    return ear->text;
}

static int leave(void **state)
{
    struct ear *ear = *state;
    log_enable(0);
    dup2(ear->before, STDERR_FILENO);
    close(ear->before);
    fclose(ear->file);
    test_free(ear);
    return 0;
}

static void a_full_disk_is_a_line_a_minute(void **state)
{
    struct outage outage = {0};
    int64_t now_ns = AT;
    outage_check(&outage, true, now_ns);
    for (size_t i = 0; i < 100000; i++, now_ns += NS_PER_MS) {
        outage_failed(&outage, "disk full", 2, now_ns);
        if (i % 100 == 0) { /* a small batch had room */
            outage_succeeded(&outage, now_ns);
            outage_check(&outage, false, now_ns);
        }
    }
    outage_succeeded(&outage, now_ns);
    outage_check(&outage, false, now_ns + NS_PER_MS);
    outage_succeeded(&outage, now_ns + 2 * NS_PER_S);
    outage_check(&outage, false, now_ns + 2 * NS_PER_S);
    outage_check(&outage, true, now_ns + 3 * NS_PER_S);
    assert_string_equal(heard(*state), "store: disk full\n"
                                       "store: disk full: 120002 batches in 60 s\n"
                                       "store: well again: 200000 batches were refused in 100 s\n");
}

static void one_batch_is_one(void **state)
{
    struct outage outage = {0};
    outage_failed(&outage, "locked", 1, AT);
    outage_succeeded(&outage, AT + NS_PER_S);
    outage_check(&outage, true, AT + NS_PER_S);
    assert_string_equal(heard(*state),
                        "store: locked\nstore: well again: 1 batch was refused in 1 s\n");
}

/* What fails may have somebody else to keep its work meanwhile. */
static void a_trouble_that_refuses_nothing_says_so(void **state)
{
    struct outage outage = {0};
    for (int64_t second = 0; second < 90; second++) {
        outage_failed(&outage, "the file cannot be written", 0, AT + second * NS_PER_S);
    }
    outage_succeeded(&outage, AT + 90 * NS_PER_S);
    outage_check(&outage, false, AT + 91 * NS_PER_S);
    assert_string_equal(heard(*state), "store: the file cannot be written\n"
                                       "store: the file cannot be written: for 60 s\n"
                                       "store: well again after 90 s: nothing was refused\n");
}

static void a_minute_passes(struct log_again *again)
{
    for (size_t i = 0; i < LOG_AGAIN_KINDS; i++) {
        again->kinds[i].next_ns -= again->kinds[i].next_ns != 0 ? 61 * NS_PER_S : 0;
    }
    again->others.next_ns -= 61 * NS_PER_S;
}

static void what_is_said_again_is_counted(void **state)
{
    struct log_again again;
    log_again_init(&again);
    for (size_t i = 0; i < 1000; i++) {
        log_again(&again, "503", "the queue is full");
        log_again(&again, "503", "disk full");
    }
    a_minute_passes(&again);
    log_again(&again, "503", "disk full");
    log_again_finish(&again);
    log_again_clear(&again);
    assert_string_equal(heard(*state), "503: the queue is full\n"
                                       "503: disk full\n"
                                       "503: disk full, 1000 times\n"
                                       "503: the queue is full, 999 times\n");
}

static void what_has_ended_is_said_after_its_minute(void **state)
{
    struct log_again again;
    log_again_init(&again);
    for (size_t i = 0; i < 1000; i++) {
        log_again(&again, "401", "wrong token");
    }
    log_again_remind(&again);
    assert_string_equal(heard(*state), "401: wrong token\n");
    for (size_t i = 0; i < 3; i++) {
        a_minute_passes(&again);
        log_again_remind(&again);
        log_again_remind(&again);
    }
    assert_string_equal(heard(*state), "401: wrong token\n401: wrong token, 999 times\n");
    log_again_clear(&again);
}

static void only_the_numbers_of_a_reason_may_differ(void **state)
{
    struct log_again again;
    log_again_init(&again);
    log_again(&again, "400 from 10.0.0.1", "3 of 50 spans refused");
    log_again(&again, "400 from 10.0.0.1", "12 of 50 spans refused");
    log_again(&again, "400 from 10.0.0.2", "3 of 50 spans refused");
    log_again(&again, "400 from 10.0.0.2", "3 of 50 spans are late");
    a_minute_passes(&again);
    log_again(&again, "400 from 10.0.0.1", "7 of 9 spans refused");
    log_again_clear(&again);
    assert_string_equal(heard(*state), "400 from 10.0.0.1: 3 of 50 spans refused\n"
                                       "400 from 10.0.0.2: 3 of 50 spans refused\n"
                                       "400 from 10.0.0.2: 3 of 50 spans are late\n"
                                       "400 from 10.0.0.1: 7 of 9 spans refused, 2 times\n");
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

/* A sender that is refused for another reason each time. */
static void many_kinds_do_not_fill_the_log(void **state)
{
    struct log_again again;
    char reason[] = "aaaa";
    log_again_init(&again);
    for (size_t i = 0; i < 10000; i++) {
        for (size_t k = 0, rest = i; k < 4; k++, rest /= 26) {
            reason[k] = (char)('a' + rest % 26);
        }
        log_again(&again, "404", reason);
    }
    assert_int_equal(count_lines(heard(*state)), LOG_AGAIN_KINDS);
    a_minute_passes(&again);
    log_again(&again, "404", "news");
    const char *text = heard(*state);
    assert_int_equal(count_lines(text), LOG_AGAIN_KINDS + 2);
    assert_non_null(strstr(text, "404: news\nand 9984 more of other kinds\n"));
    log_again_clear(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_disk_is_a_line_a_minute, listen, leave),
        cmocka_unit_test_setup_teardown(one_batch_is_one, listen, leave),
        cmocka_unit_test_setup_teardown(a_trouble_that_refuses_nothing_says_so, listen, leave),
        cmocka_unit_test_setup_teardown(what_is_said_again_is_counted, listen, leave),
        cmocka_unit_test_setup_teardown(what_has_ended_is_said_after_its_minute, listen, leave),
        cmocka_unit_test_setup_teardown(only_the_numbers_of_a_reason_may_differ, listen, leave),
        cmocka_unit_test_setup_teardown(many_kinds_do_not_fill_the_log, listen, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
