/* test_seed — keys that meet in one table meet in no other but by chance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/base/seed.h"

static void test_a_seed_gives_the_same_hash_and_another_one_another(void **state)
{
    (void)state;
    uint64_t seed = seed_new();
    uint64_t other = seed_new();
    assert_true(seed != other);
    assert_true(seed_hash(seed, "alice", 5) == seed_hash(seed, "alice", 5));
    assert_true(seed_hash(seed, "alice", 5) != seed_hash(other, "alice", 5));
    assert_true(seed_hash(seed, "alice", 5) != seed_hash(seed, "alice", 4));
}

/* Each bit of a key, wherever it stands, changes about half of the bits. */
static void test_every_bit_counts(void **state)
{
    (void)state;
    enum { BYTES = 29, LEAST = 8, BITS = 64 };
    char key[BYTES] = "0123456789abcdef0123456789ab";
    uint64_t hash = seed_hash(1, key, sizeof key);
    for (size_t bit = 0; bit < sizeof key * 8; bit++) {
        key[bit / 8] = (char)(key[bit / 8] ^ 1 << bit % 8);
        int changed = __builtin_popcountll(hash ^ seed_hash(1, key, sizeof key));
        assert_in_range(changed, LEAST, BITS - LEAST);
        key[bit / 8] = (char)(key[bit / 8] ^ 1 << bit % 8);
    }
}

/* What an attacker has found for one table does not hold for the next. */
static void test_keys_that_meet_part_under_another_seed(void **state)
{
    (void)state;
    enum { BUCKETS = 1 << 10, KEYS = 200 };
    uint64_t seed = seed_new();
    uint64_t other = seed_new();
    size_t found = 0;
    size_t together = 0;
    for (uint64_t key = 0; found < KEYS; key++) {
        if (seed_hash(seed, &key, sizeof key) % BUCKETS == 0) {
            together += seed_hash(other, &key, sizeof key) % BUCKETS == 0;
            found++;
        }
    }
    assert_in_range(together, 0, KEYS / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_seed_gives_the_same_hash_and_another_one_another),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_keys_that_meet_part_under_another_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
