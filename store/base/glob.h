/* glob — patterns with * and ?. */
#ifndef TRACETUI_STORE_BASE_GLOB_H
#define TRACETUI_STORE_BASE_GLOB_H

#include "store/base/text.h"

/* True when the whole text is like the pattern: * is anything, ? one character, letters of ASCII
 * match in both cases. Time: at most pattern times text. */
bool glob_matches(struct text pattern, struct text text);

#endif
