/* arguments — what stands behind the ? of a request. */
#include "ingest/arguments.h"

void arguments_add(struct arguments *arguments, struct text name, struct text value)
{
    if (arguments->count == ARGUMENTS_LARGEST) {
        arguments->too_many = true;
        return;
    }
    arguments->list[arguments->count].name = name;
    arguments->list[arguments->count++].value = value;
}
