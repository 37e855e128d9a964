/* service_tag — a short unique tag and a steady colour for every service of a trace. */
#ifndef TRACETUI_TUI_SERVICE_TAG_H
#define TRACETUI_TUI_SERVICE_TAG_H

#include "store/trace.h"

enum { SERVICE_TAG_LENGTH = 3, SERVICE_HUES = 8 };

/* "web", "db ", "rds" (redis): ASCII letters and digits, filled up with blanks. */
struct service_tag {
    char tag[SERVICE_TAG_LENGTH + 1];
    uint8_t hue; /* 0 ... SERVICE_HUES - 1 */
    bool used;   /* the name is a service's */
};

/* {0} is empty. */
struct service_tags {
    struct service_tag *by_name; /* indexed like trace->names */
    size_t count;
};

/* Tags depend on the set of services alone, not on the order in which spans arrived. */
void service_tags_set(struct service_tags *tags, const struct trace *trace);
void service_tags_clear(struct service_tags *tags);

/* The hue of any name (operation types, say), by hash. */
uint8_t service_hue(struct text name);

#endif
