/* test_knocks — who guesses tokens is shut out, and chooses nobody else to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ingest/knocks.h"
#include "store/base/text.h"

static void knock(struct knocks *knocks, const char *address)
{
    for (int i = 0; i <= KNOCKS_ALLOWED; i++) {
        (void)knocks_add(knocks, address);
    }
}

static void test_too_many_from_one_address(void **state)
{
    (void)state;
    struct knocks knocks;
    knocks_init(&knocks);
    for (int i = 0; i < KNOCKS_ALLOWED; i++) {
        assert_true(knocks_add(&knocks, "10.0.0.1"));
    }
    assert_false(knocks_are_many(&knocks, "10.0.0.1"));
    assert_false(knocks_add(&knocks, "10.0.0.1"));
    assert_true(knocks_are_many(&knocks, "10.0.0.1"));
    knocks_clear(&knocks);
}

static void test_a_network_of_ipv6_is_one_address(void **state)
{
    (void)state;
    struct knocks knocks;
    knocks_init(&knocks);
    knock(&knocks, "2001:db8::1");
    assert_true(knocks_are_many(&knocks, "2001:db8::2:2"));
    knocks_clear(&knocks);
}

/* An address that meets the victim's in the plain hash meets it in no table but by chance. */
static void test_nobody_chooses_whom_to_shut_out(void **state)
{
    (void)state;
    enum { TABLES = 16 };
    const char *victim = "192.0.2.1";
    char address[32];
    int i = 0;
    do {
        snprintf(address, sizeof address, "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
        i++;
    } while ((text_hash(text_from(address)) ^ text_hash(text_from(victim))) % KNOCKS_SLOTS != 0);
    int shut_out = 0;
    for (int table = 0; table < TABLES; table++) {
        struct knocks knocks;
        knocks_init(&knocks);
        knock(&knocks, address);
        shut_out += knocks_are_many(&knocks, victim);
        knocks_clear(&knocks);
    }
    assert_true(shut_out < TABLES);
}

static const char *crowd_address(char target[32], const char *network, int i)
{
    snprintf(target, 32, "%s.%d.%d", network, i >> 8, i & 255);
    return target;
}

/* A botnet is shut out, each of it, and hardly anybody else with it. */
static void test_a_crowd_shuts_out_itself(void **state)
{
    (void)state;
    enum { GUESSING = 4000, OTHERS = 1000 };
    struct knocks knocks;
    char address[32];
    int others_shut_out = 0;
    knocks_init(&knocks);
    for (int i = 0; i < GUESSING; i++) {
        knock(&knocks, crowd_address(address, "10.1", i));
    }
    for (int i = 0; i < GUESSING; i++) {
        assert_true(knocks_are_many(&knocks, crowd_address(address, "10.1", i)));
    }
    for (int i = 0; i < OTHERS; i++) {
        others_shut_out += knocks_are_many(&knocks, crowd_address(address, "192.168", i));
    }
    assert_true(others_shut_out < OTHERS / 50);
    knocks_clear(&knocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_many_from_one_address),
        cmocka_unit_test(test_a_network_of_ipv6_is_one_address),
        cmocka_unit_test(test_nobody_chooses_whom_to_shut_out),
        cmocka_unit_test(test_a_crowd_shuts_out_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
