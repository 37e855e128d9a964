/* sdk_quirks — what an SDK writes otherwise than it was told, put right. */
#include "ingest/sdk_quirks.h"

bool sdk_empties_strings(const struct attributes *resource)
{
    const struct value *language = attributes_get(resource, "telemetry.sdk.language");
    return language != NULL && language->kind == VALUE_STRING && text_is(language->text, "java");
}

/* Recursion ends where that of the decoders did. */
static void fill(struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        *value = value_string(TEXT(""));
        break;
    case VALUE_LIST:
        for (size_t i = 0; i < value->list->count; i++) {
            fill(&value->list->items[i]);
        }
        break;
    case VALUE_MAP:
        sdk_fill_strings(value->map);
        break;
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_DOUBLE:
    case VALUE_STRING:
    case VALUE_BYTES:
        break;
    }
}

void sdk_fill_strings(struct attributes *attributes)
{
    for (size_t i = 0; i < attributes->count; i++) {
        fill(&attributes->items[i].value);
    }
}
