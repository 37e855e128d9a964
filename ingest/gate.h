/* gate — which requests may come in: framing, Host, Origin, token.
 *
 * A receiver on loopback is still reachable for every web page the user visits: pages send POSTs
 * without asking (the Origin check), and a name of theirs can be pointed at 127.0.0.1 (the Host
 * check). */
#ifndef TRACETUI_INGEST_GATE_H
#define TRACETUI_INGEST_GATE_H

#include <stdbool.h>

#include "ingest/headers.h"

enum { GATE_HOSTS_LARGEST = 16 };

enum access {
    ACCESS_OPEN,   /* everybody who may connect */
    ACCESS_INGEST, /* with the ingest token, if there is one */
    ACCESS_ADMIN,  /* with the admin token, always */
};

/* Const while requests come in. The texts are borrowed from the options. */
struct gate {
    const char *ingest_token; /* NULL = none needed */
    const char *admin_token;  /* NULL = nobody is admin */
    struct knocks *knocks;    /* who showed wrong tokens; NULL = not limited */
    const char *const *origins;
    size_t origin_count;
    const char *hosts[GATE_HOSTS_LARGEST]; /* beside the loopback's own names */
    size_t host_count;
    bool others; /* other machines may connect: by an address, or by any name if none is public */
    const char *const *public_hosts;
    size_t public_host_count;
};

/* The HTTP status to refuse the framing with (then nothing behind the headers can be trusted and
 * the connection must end), or 0. */
unsigned gate_check_framing(const struct headers *headers, struct err_msg *why);

/* The HTTP status to refuse the request with, or 0. peer: the numeric address of the sender. */
unsigned gate_check(const struct gate *gate, const struct headers *headers, enum access access,
                    const char *peer, struct err_msg *why);

/* Whether pages of this origin may send. */
bool gate_allows_origin(const struct gate *gate, struct text origin);

/* The same, if it was named and not merely let in with all others. */
bool gate_names_origin(const struct gate *gate, struct text origin);

#endif
