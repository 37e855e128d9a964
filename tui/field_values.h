/* field_values — what completion puts behind a field of the query language. */
#ifndef TRACETUI_TUI_FIELD_VALUES_H
#define TRACETUI_TUI_FIELD_VALUES_H

#include "store/filter.h"

/* The values of these fields are names that the database knows. */
bool field_has_names(enum filter_field field);

/* The values that are known beforehand, with blanks in between; "" where there are none. */
const char *field_values(enum filter_field field);

/* What stands between the field of this name and its value. */
const char *field_sign(struct text name);

#endif
