/* filter_segment_tests — the tests that filter_segment builds and filter_segment_run runs. */
#ifndef TRACETUI_STORE_SQL_FILTER_SEGMENT_TESTS_H
#define TRACETUI_STORE_SQL_FILTER_SEGMENT_TESTS_H

#include "store/sql/segment.h"

enum test_kind {
    TEST_AND,
    TEST_OR,
    TEST_NOT,
    TEST_TRUE,
    TEST_RANGE, /* low <= value <= high */
    TEST_LIST,  /* one of few numbers */
    TEST_IDS,   /* one of many ids */
    TEST_SETS,  /* some member of the row's set is one of the ids */
};

struct segment_test {
    enum test_kind kind;
    enum segment_column column;
    bool negative;        /* of a value; of a set's member */
    int64_t low, high;    /* TEST_RANGE */
    int64_t *numbers;     /* TEST_LIST */
    size_t count;         /* of numbers, or of children */
    uint64_t *bits;       /* TEST_IDS, TEST_SETS: a bit an id */
    int64_t bits_largest; /* ids from here on are not among them */
    struct segment_test *children;
};

#endif
