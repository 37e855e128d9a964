/* arguments — what stands behind the ? of a request. */
#ifndef TRACETUI_INGEST_ARGUMENTS_H
#define TRACETUI_INGEST_ARGUMENTS_H

#include <stdbool.h>

#include "store/base/text.h"

enum { ARGUMENTS_LARGEST = 32 };

/* Decoded. Owns: the texts are borrowed from the HTTP library and live as long as its request. */
struct arguments {
    struct {
        struct text name, value;
    } list[ARGUMENTS_LARGEST];
    size_t count;
    bool too_many; /* more than fit */
};

void arguments_add(struct arguments *arguments, struct text name, struct text value);

#endif
