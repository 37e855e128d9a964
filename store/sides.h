/* sides — where the time of traces went: with their clients, or with the servers.
 *
 *     struct sides *sides = sides_new();
 *     ... for each trace: sides_add(sides, reader, trace, &why) ...
 *     sides_report(sides, &answer);      // rows "client" and "server"
 *     sides_free(sides);
 *
 * A span belongs to the client if its client_type is plugin, web, cli, ios or android, else to the
 * server; what is counted is its own time, without that of its children, so that waiting for the
 * server is not the client's. */
#ifndef TRACETUI_STORE_SIDES_H
#define TRACETUI_STORE_SIDES_H

#include "store/reader.h"

struct sides;

struct sides *sides_new(void);
void sides_free(struct sides *sides); /* NULL is fine */

/* Errors: those of reader_client_types. */
enum err sides_add(struct sides *sides, struct reader *reader, const struct trace *trace,
                   struct err_msg *why) MUST_CHECK;

/* A row a side: the traces that have spans there, those with an error there, and how long a trace
 * spends there. Owns: the caller clears the answer. */
void sides_report(struct sides *sides, struct group_answer *ret_answer);

bool side_is_client(struct text client_type);

#endif
