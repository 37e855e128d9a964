/* addresses — where a receiver listens, and what its gate has to ask for that reason. */
#ifndef TRACETUI_INGEST_ADDRESSES_H
#define TRACETUI_INGEST_ADDRESSES_H

#include "ingest/gate.h"
#include "ingest/listen.h"
#include "store/base/text.h"

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

/* Makes a receiver listen on one of them. */
typedef enum err (*address_start)(const struct listen_address *address, struct err_msg *why,
                                  void *ctx);

/* Starts what can be started; the others go to problem, one a line, each with the option that picks
 * another. Errors: none could be started: that of the first. */
enum err addresses_start(const struct addresses *addresses, const char *option, address_start start,
                         void *ctx, struct text_buffer *problem, struct err_msg *why) MUST_CHECK;

#endif
