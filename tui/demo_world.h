/* demo_world — the users, services and mistakes of the demo, told through the client library. */
#ifndef TRACETUI_TUI_DEMO_WORLD_H
#define TRACETUI_TUI_DEMO_WORLD_H

#include "tui/demo.h"
#include "tui/teller.h"

/* One trace of any kind that begins at start_ns. */
void teller_tell_any(struct teller *teller, int64_t start_ns);

/* The root of an import that has not ended, and the rows of it from `first` on; returns when the
 * last one was written. */
struct tt_span *teller_begin_import(struct teller *teller, const struct actor *actor,
                                    int64_t start_ns);
int64_t teller_import_rows(struct teller *teller, const struct tt_span *parent, size_t first,
                           size_t count, int64_t start_ns);

#endif
