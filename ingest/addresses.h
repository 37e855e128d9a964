/* addresses — where a receiver listens, and what its gate has to ask for that reason. */
#ifndef TRACETUI_INGEST_ADDRESSES_H
#define TRACETUI_INGEST_ADDRESSES_H

#include "ingest/gate.h"
#include "ingest/listen.h"

enum { ADDRESSES_LARGEST = GATE_HOSTS_LARGEST };

/* Must not move once a gate was told: the gate borrows the hosts. */
struct addresses {
    struct listen_address list[ADDRESSES_LARGEST];
    size_t count;
};

/* Adds what the texts name (see listen.h) and tells the gate their hosts. Errors: ERR_PARSE,
 * ERR_NOT_FOUND a wrong address; ERR_UNSUPPORTED other machines could send, the gate asks for no
 * token, and insecure was not said. */
enum err addresses_add(struct addresses *addresses, const char *const *texts, size_t count,
                       bool insecure, struct gate *gate, struct err_msg *why) MUST_CHECK;

#endif
