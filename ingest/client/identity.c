/* identity — user and session, shared by a span and its children. */
#include <stdlib.h>
#include <string.h>

#include "ingest/client/span.h"

struct identity *identity_new(const char *user, const char *session)
{
    struct identity *identity = calloc(1, sizeof *identity);
    if (identity != NULL) {
        atomic_init(&identity->references, 1);
        identity->user = user != NULL ? strdup(user) : NULL;
        identity->session = session != NULL ? strdup(session) : NULL;
    }
    return identity;
}

struct identity *identity_hold(struct identity *identity)
{
    if (identity != NULL) {
        atomic_fetch_add(&identity->references, 1);
    }
    return identity;
}

void identity_release(struct identity *identity)
{
    if (identity != NULL && atomic_fetch_sub(&identity->references, 1) == 1) {
        free(identity->user);
        free(identity->session);
        free(identity);
    }
}
