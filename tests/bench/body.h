/* body — request bodies with spans of the world, cheap to make: encoded once, ids patched in. */
#ifndef TRACETUI_TESTS_BENCH_BODY_H
#define TRACETUI_TESTS_BENCH_BODY_H

#include "store/base/text.h"

enum body_format { BODY_PROTOBUF, BODY_JSON, BODY_FLAT };

struct bodies;

/* Bodies of so many spans each, the first of them being spans 0, 1, ... of the world. */
struct bodies *bodies_new(enum body_format format, size_t spans, int64_t begin_ns);
void bodies_free(struct bodies *bodies);

/* Puts body number batch behind what the buffer holds. */
void bodies_make(const struct bodies *bodies, uint64_t batch, struct text_buffer *target);

#endif
