/* outage — what the log says while the disk is in trouble: that it begins, a line a minute with how
 * many batches were refused, and that it is over. Thread: writer. */
#ifndef TRACETUI_STORE_OUTAGE_H
#define TRACETUI_STORE_OUTAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {0} is a store that is well. */
struct outage {
    bool going_on;    /* the log has said so */
    int64_t began_ns; /* times are monotonic */
    int64_t next_ns;  /* of the next reminder */
    int64_t well_ns;  /* the first success behind the last failure, 0 = none */
    uint64_t batches; /* refused */
};

/* So many batches were refused (0: something else failed). */
void outage_failed(struct outage *outage, const char *text, size_t batches, int64_t now_ns);

/* Something was stored. A disk that is nearly full takes a small batch now and then: it is over
 * when all went well for a moment, see below. */
void outage_succeeded(struct outage *outage, int64_t now_ns);

/* To be called every few seconds; at_once: do not wait for that moment. */
void outage_check(struct outage *outage, bool at_once, int64_t now_ns);

#endif
