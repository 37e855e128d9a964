/* names — the dictionary of the texts that come again and again, and the two tables like it.
 *
 * A hash remembers the numbers of names; it is a cache, so forgetting all of it is always right.
 * Neighbours in a batch mostly say the same, so the last answer of each kind is tried first.
 * Resources and scopes are asked for once per batch, usually; the last answer is remembered by
 * address, which holds as long as the transaction that borrows the batch. Rows are never deleted:
 * a dictionary is small next to the spans that use it. */
#include "store/sql/names.h"

#include <stdlib.h>

#include "store/base/seed.h"
#include "store/sql/db.h"

enum {
    FIRST_SLOTS = 1024,
    KINDS = NAME_HEAD + 1,
    NAMES_LARGEST = 200 * 1000,
    NAME_BYTES_LARGEST = 32 << 20,
};

struct name {
    uint64_t hash;
    int64_t id; /* 0 marks a free slot */
    enum name_kind kind;
    struct text text; /* in the arena */
};

struct names {
    struct name *slots;
    size_t count, capacity; /* capacity is a power of two */
    uint64_t seed;
    struct arena arena;
    struct name last[KINDS]; /* what was asked for last; id 0 = nothing yet */
    const struct resource *resource;
    const struct scope *scope;
    int64_t resource_id, scope_id;
    sqlite3 *db;
    sqlite3_stmt *find, *add;
    sqlite3_stmt *find_resource, *add_resource;
    sqlite3_stmt *find_scope, *add_scope;
};

enum err names_open(sqlite3 *db, struct names **ret_names, struct err_msg *why)
{
    struct names *names = mem_zero(1, sizeof *names);
    const struct db_statement statements[] = {
        {&names->find, "SELECT id FROM name WHERE kind = ?1 AND text = ?2"},
        {&names->add, "INSERT INTO name(kind, text) VALUES(?1, ?2)"},
        {&names->find_resource, "SELECT id FROM resource WHERE hash = ?1 AND attributes = ?2"
                                " AND schema_url IS ?3 AND dropped = ?4"},
        {&names->add_resource, "INSERT INTO resource(hash, attributes, schema_url, dropped)"
                               " VALUES(?1, ?2, ?3, ?4)"},
        {&names->find_scope, "SELECT id FROM scope WHERE hash = ?1 AND name IS ?2"
                             " AND version IS ?3 AND attributes IS ?4 AND schema_url IS ?5"
                             " AND dropped = ?6"},
        {&names->add_scope, "INSERT INTO scope(hash, name, version, attributes, schema_url,"
                            " dropped) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"},
    };
    names->db = db;
    names->seed = seed_new();
    names->capacity = FIRST_SLOTS;
    names->slots = mem_zero(names->capacity, sizeof *names->slots);
    enum err err = db_prepare_all(db, statements, ARRAY_LEN(statements), why);
    if (err != ERR_OK) {
        names_close(names);
        return err;
    }
    *ret_names = names;
    return ERR_OK;
}

void names_close(struct names *names)
{
    if (names == NULL) {
        return;
    }
    sqlite3_stmt *const statements[] = {names->find,          names->add,
                                        names->find_resource, names->add_resource,
                                        names->find_scope,    names->add_scope};
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        sqlite3_finalize(statements[i]);
    }
    arena_clear(&names->arena);
    free(names->slots);
    free(names);
}

void names_forget(struct names *names)
{
    for (size_t i = 0; i < names->capacity; i++) {
        names->slots[i].id = 0;
    }
    names->count = 0;
    arena_clear(&names->arena);
    for (size_t i = 0; i < KINDS; i++) {
        names->last[i].id = 0;
    }
    names->resource = NULL;
    names->scope = NULL;
}

void names_trim(struct names *names)
{
    if (names->count > NAMES_LARGEST || names->arena.used_bytes > NAME_BYTES_LARGEST) {
        names_forget(names);
    }
    names->resource = NULL; /* another batch may live at the same address */
    names->scope = NULL;
}

/* The slot that holds the name, or the free one where it belongs. */
static struct name *find_slot(const struct names *names, uint64_t hash, enum name_kind kind,
                              struct text text)
{
    size_t i = hash & (names->capacity - 1);
    for (;;) {
        struct name *slot = &names->slots[i];
        if (slot->id == 0 ||
            (slot->hash == hash && slot->kind == kind && text_equals(slot->text, text))) {
            return slot;
        }
        i = (i + 1) & (names->capacity - 1);
    }
}

static void grow(struct names *names)
{
    struct name *old = names->slots;
    size_t old_capacity = names->capacity;
    names->capacity *= 2;
    names->slots = mem_zero(names->capacity, sizeof *names->slots);
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].id != 0) {
            *find_slot(names, old[i].hash, old[i].kind, old[i].text) = old[i];
        }
    }
    free(old);
}

/* Runs find; if it has no row runs add. Both have the same parameters, bound by the caller in find
 * only, or by bind. ret_id gets the key of the row. */
static enum err find_or_add(struct names *names, sqlite3_stmt *find, sqlite3_stmt *add,
                            int64_t *ret_id, struct err_msg *why)
{
    int rc = sqlite3_step(find);
    if (rc == SQLITE_ROW) {
        *ret_id = sqlite3_column_int64(find, 0);
        sqlite3_reset(find);
        return ERR_OK;
    }
    enum err err = db_error(names->db, rc, why);
    sqlite3_reset(find);
    if (err == ERR_OK) {
        err = db_step_reset(add, why);
    }
    if (err == ERR_OK) {
        *ret_id = sqlite3_last_insert_rowid(names->db);
    }
    return err;
}

enum err names_get(struct names *names, enum name_kind kind, struct text text, int64_t *ret_id,
                   struct err_msg *why)
{
    if (text.length == 0) {
        *ret_id = 0;
        return ERR_OK;
    }
    struct name *last = &names->last[kind];
    if (last->id != 0 && text_equals(last->text, text)) {
        *ret_id = last->id;
        return ERR_OK;
    }
    uint64_t hash = seed_hash(names->seed + kind, text.data, text.length);
    struct name *slot = find_slot(names, hash, kind, text);
    if (slot->id != 0) {
        *last = *slot;
        *ret_id = slot->id;
        return ERR_OK;
    }
    int64_t id = 0;
    sqlite3_stmt *const both[] = {names->find, names->add};
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        db_bind_i64(both[i], 1, kind);
        db_bind_string(both[i], 2, text);
    }
    enum err err = find_or_add(names, names->find, names->add, &id, why);
    if (err != ERR_OK) {
        return err;
    }
    *slot = (struct name){
        .hash = hash, .id = id, .kind = kind, .text = arena_copy(&names->arena, text)};
    *last = *slot;
    names->count++;
    if (names->count * 2 > names->capacity) {
        grow(names);
    }
    *ret_id = id;
    return ERR_OK;
}

static uint64_t mix(uint64_t hash, struct text text)
{
    return (hash ^ text_hash(text)) * 0x9e3779b97f4a7c15u;
}

enum err names_get_resource(struct names *names, const struct resource *resource, int64_t *ret_id,
                            struct err_msg *why)
{
    if (resource == NULL || resource == names->resource) {
        *ret_id = resource != NULL ? names->resource_id : 0;
        return ERR_OK;
    }
    uint64_t hash = mix(mix(0, resource->attributes), resource->schema_url);
    sqlite3_stmt *const both[] = {names->find_resource, names->add_resource};
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        db_bind_i64(both[i], 1, (int64_t)hash);
        db_bind_string(both[i], 2, resource->attributes);
        db_bind_text(both[i], 3, resource->schema_url);
        db_bind_i64(both[i], 4, resource->dropped_attributes);
    }
    int64_t id = 0;
    enum err err = find_or_add(names, names->find_resource, names->add_resource, &id, why);
    if (err == ERR_OK) {
        names->resource = resource;
        names->resource_id = id;
        *ret_id = id;
    }
    return err;
}

enum err names_get_scope(struct names *names, const struct scope *scope, int64_t *ret_id,
                         struct err_msg *why)
{
    if (scope == NULL || scope == names->scope) {
        *ret_id = scope != NULL ? names->scope_id : 0;
        return ERR_OK;
    }
    uint64_t hash =
        mix(mix(mix(mix(0, scope->name), scope->version), scope->attributes), scope->schema_url);
    sqlite3_stmt *const both[] = {names->find_scope, names->add_scope};
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        db_bind_i64(both[i], 1, (int64_t)hash);
        db_bind_text(both[i], 2, scope->name);
        db_bind_text(both[i], 3, scope->version);
        db_bind_text(both[i], 4, scope->attributes);
        db_bind_text(both[i], 5, scope->schema_url);
        db_bind_i64(both[i], 6, scope->dropped_attributes);
    }
    int64_t id = 0;
    enum err err = find_or_add(names, names->find_scope, names->add_scope, &id, why);
    if (err == ERR_OK) {
        names->scope = scope;
        names->scope_id = id;
        *ret_id = id;
    }
    return err;
}
