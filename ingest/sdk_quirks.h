/* sdk_quirks — what an SDK writes otherwise than it was told, put right. */
#ifndef TRACETUI_INGEST_SDK_QUIRKS_H
#define TRACETUI_INGEST_SDK_QUIRKS_H

#include "ingest/attributes.h"

/* True when the resource names an SDK that writes an empty string as a value without content:
 * OpenTelemetry's Java exporters leave out every empty field, also the one of an AnyValue, and
 * their attributes know no null. */
bool sdk_empties_strings(const struct attributes *resource);

/* Makes empty strings of the nulls in the attributes, in lists too. */
void sdk_fill_strings(struct attributes *attributes);

#endif
