/* filter_spans — what of a query can be said of one span of a trace, to find that span in it. */
#ifndef TRACETUI_STORE_FILTER_SPANS_H
#define TRACETUI_STORE_FILTER_SPANS_H

#include "store/filter.h"

/* A span satisfies the result if it is one of those for which a trace was found: span terms, each
 * group of them as a whole, free text and err:, any of these. What is negated finds no span, and
 * what asks about the trace neither: then target's root is NULL. target is {0}. */
void filter_of_spans(const struct filter *filter, struct filter *target);

/* The same of one free text, taken as it stands. */
void filter_of_text(struct text text, struct filter *target);

#endif
