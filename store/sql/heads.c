/* heads — the beginnings that the attributes of many spans share, each stored once, as a name. */
#include "store/sql/heads.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/arena.h"
#include "store/base/seed.h"
#include "store/sql/db.h"
#include "store/sql/names.h"

enum {
    HEADS_LARGEST = 4096, /* in a file: what others send later stays whole */
    HEAD_SMALLEST_BYTES = 32,
    HEAD_LARGEST_BYTES = 1024,
    GAIN_SMALLEST_BYTES = 16, /* over a shorter head that there is already */
    PLACES_LARGEST = 64,      /* of a text where it may be cut */
    SLOTS = HEADS_LARGEST * 2,
    COUNTERS = 1 << 15,
    TIMES_TO_LEARN = 16,
};

struct head {
    uint64_t hash;
    int64_t name; /* 0 marks a free slot */
    struct text text;
};

/* How often a beginning came, by its hash; others of the same slot count it down. */
struct counter {
    uint32_t mark;
    uint32_t times;
};

struct heads {
    sqlite3 *db;
    struct names *names;
    uint64_t seed; /* senders cannot choose texts that meet in one slot */
    bool loaded;
    size_t count;
    struct arena arena;
    struct head slots[SLOTS];
    struct counter counters[COUNTERS];
};

/* A beginning of a text. */
struct place {
    size_t length;
    uint64_t hash;
};

/* ---- beginnings ----------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

/* Goes on with the hash of what came before. Hashes live in memory only: the order of bytes in a
 * word may be the machine's. */
static uint64_t hash_on(uint64_t hash, const char *bytes, size_t length)
{
    uint64_t word;
    for (; length >= sizeof word; bytes += sizeof word, length -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = mix(hash, word);
    }
    word = (uint64_t)length << 56;
    memcpy(&word, bytes, length);
    return mix(hash, word);
}

/* Where the text may be cut, from its beginning on; returns their number. The last one is all of a
 * short text. */
static size_t find_places(uint64_t seed, struct text text, struct place places[PLACES_LARGEST])
{
    size_t limit = text.length < HEAD_LARGEST_BYTES ? text.length : HEAD_LARGEST_BYTES;
    size_t count = 0, start = 0;
    uint64_t hash = seed;
    for (size_t i = 0; i < limit && count < PLACES_LARGEST; i++) {
        size_t end = i + 1;
        if (text.data[i] == ',' || text.data[i] == ':' || end == text.length) {
            hash = hash_on(hash, text.data + start, end - start);
            start = end;
            places[count++] = (struct place){.length = end, .hash = hash};
        }
    }
    return count;
}

/* ---- those there are ------------------------------------------------------------------------ */

/* The slot of that head, or the free one where it belongs. */
static struct head *find_slot(struct heads *heads, uint64_t hash, struct text text)
{
    size_t i = hash & (SLOTS - 1);
    while (heads->slots[i].name != 0 &&
           (heads->slots[i].hash != hash || !text_equals(heads->slots[i].text, text))) {
        i = (i + 1) & (SLOTS - 1);
    }
    return &heads->slots[i];
}

static void enter(struct heads *heads, uint64_t hash, struct text text, int64_t name)
{
    struct head *slot = find_slot(heads, hash, text);
    if (slot->name == 0) {
        heads->count++;
        *slot = (struct head){.hash = hash, .name = name, .text = arena_copy(&heads->arena, text)};
    }
}

/* The hash of a head is that of the place where it was cut. */
static void enter_stored(struct heads *heads, struct text text, int64_t name)
{
    struct place places[PLACES_LARGEST];
    size_t count = find_places(heads->seed, text, places);
    if (count > 0 && places[count - 1].length == text.length && heads->count < HEADS_LARGEST) {
        enter(heads, places[count - 1].hash, text, name);
    }
}

static enum err load(struct heads *heads, struct err_msg *why)
{
    sqlite3_stmt *row = NULL;
    enum err err = db_prepare(heads->db, "SELECT id, text FROM name WHERE kind = ?1", &row, why);
    int rc = SQLITE_DONE;
    if (err == ERR_OK) {
        db_bind_i64(row, 1, NAME_HEAD);
    }
    while (err == ERR_OK && (rc = sqlite3_step(row)) == SQLITE_ROW) {
        enter_stored(heads, db_column_text(row, 1), sqlite3_column_int64(row, 0));
    }
    if (err == ERR_OK) {
        err = db_error(heads->db, rc, why);
    }
    sqlite3_finalize(row);
    heads->loaded = err == ERR_OK;
    return err;
}

void heads_forget(struct heads *heads)
{
    memset(heads->slots, 0, sizeof heads->slots);
    arena_clear(&heads->arena);
    heads->count = 0;
    heads->loaded = false;
}

enum err heads_open(sqlite3 *db, struct names *names, struct heads **ret_heads, struct err_msg *why)
{
    struct heads *heads = mem_zero(1, sizeof *heads);
    heads->db = db;
    heads->names = names;
    heads->seed = seed_new();
    enum err err = load(heads, why);
    if (err != ERR_OK) {
        heads_close(heads);
        return err;
    }
    *ret_heads = heads;
    return ERR_OK;
}

void heads_close(struct heads *heads)
{
    if (heads != NULL) {
        arena_clear(&heads->arena);
        free(heads);
    }
}

/* ---- learning ------------------------------------------------------------------------------- */

/* Counts a beginning; true once it came often enough. */
static bool count_place(struct heads *heads, const struct place *place)
{
    uint32_t mark = (uint32_t)(place->hash >> 32);
    struct counter *counter = &heads->counters[place->hash & (COUNTERS - 1)];
    if (counter->mark == mark) {
        return ++counter->times >= TIMES_TO_LEARN;
    }
    if (counter->times > 0) {
        counter->times--;
    } else {
        *counter = (struct counter){.mark = mark, .times = 1};
    }
    return false;
}

/* Makes a head of the longest beginning that came often enough; known: the head the text has. */
static enum err learn(struct heads *heads, struct text text, const struct place *places,
                      size_t count, const struct head **known, struct err_msg *why)
{
    size_t least = *known != NULL ? (*known)->text.length + GAIN_SMALLEST_BYTES : 0;
    least = least < HEAD_SMALLEST_BYTES ? HEAD_SMALLEST_BYTES : least;
    for (size_t i = count; i > 0 && places[i - 1].length >= least; i--) {
        const struct place *place = &places[i - 1];
        if (count_place(heads, place)) {
            struct text head = text_make(text.data, place->length);
            int64_t name = 0;
            enum err err = names_get(heads->names, NAME_HEAD, head, &name, why);
            if (err == ERR_OK) {
                enter(heads, place->hash, head, name);
                *known = find_slot(heads, place->hash, head);
            }
            return err;
        }
    }
    return ERR_OK;
}

enum err heads_find(struct heads *heads, struct text text, int64_t *ret_head, size_t *ret_length,
                    struct err_msg *why)
{
    struct place places[PLACES_LARGEST];
    const struct head *known = NULL;
    *ret_head = 0;
    *ret_length = 0;
    if (text.length < HEAD_SMALLEST_BYTES) {
        return ERR_OK;
    }
    enum err err = heads->loaded ? ERR_OK : load(heads, why);
    size_t count = find_places(heads->seed, text, places);
    for (size_t i = count; i > 0 && known == NULL; i--) {
        const struct place *place = &places[i - 1];
        const struct head *slot =
            find_slot(heads, place->hash, text_make(text.data, place->length));
        known = slot->name != 0 ? slot : NULL;
    }
    if (err == ERR_OK && heads->count < HEADS_LARGEST) {
        err = learn(heads, text, places, count, &known, why);
    }
    if (err == ERR_OK && known != NULL) {
        *ret_head = known->name;
        *ret_length = known->text.length;
    }
    return err;
}

void heads_print(struct text_buffer *target, int64_t head, size_t head_length, struct text text)
{
    char digits[24];
    size_t at = sizeof digits;
    digits[--at] = ' ';
    for (; head > 0; head /= 10) {
        digits[--at] = (char)('0' + head % 10);
    }
    text_append(target, text_make(digits + at, sizeof digits - at));
    text_append(target, text_make(text.data + head_length, text.length - head_length));
}
