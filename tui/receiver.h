/* receiver — the ingesting half of the program, put together: counters, writer, HTTP and gRPC. */
#ifndef TRACETUI_TUI_RECEIVER_H
#define TRACETUI_TUI_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "store/base/err.h"
#include "store/writer.h"

struct counters;
struct options;
struct receiver;
struct sanitize_rules;

enum { RECEIVER_TEXT_BYTES = 80, RECEIVER_LINES_BYTES = 1024 };

/* What a receiver says beside its addresses to those who may take its place, see heir.h. */
#define RECEIVER_SAYS_TOKEN   "with an ingest token"
#define RECEIVER_SAYS_CLIENTS "with certificates of clients"
#define RECEIVER_SAYS_MASKING "with secrets masked"
#define RECEIVER_SAYS_MASKS   "with masks of its own"

/* Opens the database of the options for writing and listens on their addresses. Addresses that
 * another program has are no failure: see receiver_problem. on_commit (may be NULL) runs in the
 * writer's thread after each commit. Errors: those of writer_start (ERR_LOCKED: another tracetui
 * has the database), and of server_start for addresses that are wrong; ERR_PARSE an option is
 * wrong, and nothing else. */
enum err receiver_start(const struct options *options, enum tenure tenure,
                        void (*on_commit)(void *ctx), void *ctx, struct receiver **ret_receiver,
                        struct err_msg *why) MUST_CHECK;

/* The index-th address: "http://127.0.0.1:4318", then those of gRPC: "grpc://127.0.0.1:4317"; false
 * behind the last. */
bool receiver_describe(const struct receiver *receiver, size_t index,
                       char target[RECEIVER_TEXT_BYTES]);

/* The addresses that could not be had and why, one a line; "" if there are none. */
const char *receiver_problem(const struct receiver *receiver);

/* The first HTTP address among the lines that a receiver says of itself (writer_owner); "" if none
 * is there. */
void receiver_find_address(const char *lines, char target[RECEIVER_TEXT_BYTES]);

/* What the options mask. Owns: sanitize_rules_clear. Errors: ERR_PARSE, ERR_LIMIT name the option.
 */
enum err receiver_rules(const struct options *options, struct sanitize_rules *ret_rules,
                        struct err_msg *why) MUST_CHECK;

/* Live as long as the receiver. */
struct counters *receiver_counters(struct receiver *receiver);

/* As writer_state, and "" when it rests. Thread: any. */
void receiver_state(struct receiver *receiver, char target[256]);

/* As writer_is_claimed. Thread: the one that may let it rest. */
bool receiver_is_claimed(const struct receiver *receiver);

/* As writer_end. Thread: the one that may let it rest. */
const char *receiver_end(const struct receiver *receiver);

/* Logs how often senders were refused, if a minute has passed since it was said: to be called now
 * and then. */
void receiver_remind(struct receiver *receiver);

/* Takes no more, commits and answers what has come in, closes the database. What the functions
 * above tell others stays readable, for all threads. */
void receiver_rest(struct receiver *receiver);

/* Rests, if it does not yet, and frees it. NULL is fine. */
void receiver_stop(struct receiver *receiver);

#endif
