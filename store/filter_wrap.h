/* filter_wrap — puts terms that ask about one span into FILTER_SPAN nodes. */
#ifndef TRACETUI_STORE_FILTER_WRAP_H
#define TRACETUI_STORE_FILTER_WRAP_H

#include "store/filter.h"

/* Returns the tree with its implicit braces made explicit. The caller links the result: node has no
 * sibling. As deep as the parser lets brackets nest. */
struct filter_node *filter_wrap(struct arena *arena, struct filter_node *node);

#endif
