/* anonymize — what an export may show to strangers: the program, and nobody who used it.
 *
 * Stays: structure, ids, times, status, the names of operations, services, types and events but for
 * parts with an @ or four digits, the keys of attributes unless they have such, numbers and
 * booleans, and texts under keys that describe the program itself ("http.method", "db.system",
 * "exception.type"). SQL stays without its literals (sql_shape.h). All else that is text, and
 * numbers under keys that name somebody ("user_id"), become "anon-" and a hash, the same for the
 * same text in one export, another one in the next: the key of the hash is random. Trace state is
 * left out. */
#ifndef TRACETUI_STORE_ANONYMIZE_H
#define TRACETUI_STORE_ANONYMIZE_H

#include "store/reader.h"

struct anonymizer {
    uint64_t key[2];
};

/* With a random key. Errors: ERR_IO the system gives none. */
enum err anonymizer_init(struct anonymizer *ret_anonymizer, struct err_msg *why) MUST_CHECK;

/* In place; new texts are in the arena. */
void anonymize_row(const struct anonymizer *anonymizer, struct trace_row *row, struct arena *arena);
/* The row and the names of the spans. */
void anonymize_trace(const struct anonymizer *anonymizer, struct trace *trace);
void anonymize_body(const struct anonymizer *anonymizer, struct span_body *body,
                    struct arena *arena);

#endif
