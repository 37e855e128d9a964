/* pruning — deletes old traces for somebody who waits for it and may be gone before it is done. */
#ifndef TRACETUI_INGEST_PRUNING_H
#define TRACETUI_INGEST_PRUNING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"

struct writer;

/* Deletes the traces that started before cutoff_ns; waits until that is done. Errors: ERR_CANCELLED
 * cancelled was set meanwhile, and the deletion goes on; else the writer's. Thread: one that may
 * wait. */
enum err pruning_run(struct writer *writer, int64_t cutoff_ns, const _Atomic bool *cancelled,
                     size_t *ret_deleted, struct err_msg *why) MUST_CHECK;

#endif
