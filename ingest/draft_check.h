/* draft_check — what every span must have, whatever the wire format is. */
#ifndef TRACETUI_INGEST_DRAFT_CHECK_H
#define TRACETUI_INGEST_DRAFT_CHECK_H

struct draft;

/* Refuses a draft that lacks an id, a trace, a name or a start, or whose times are absurd. */
void draft_check(struct draft *draft);

#endif
