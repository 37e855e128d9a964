/* json_check — is a text from the program one JSON value? A wrong one would spoil a whole batch. */
#ifndef TRACETUI_CLIENT_JSON_CHECK_H
#define TRACETUI_CLIENT_JSON_CHECK_H

#include <stdbool.h>

/* RFC 8259, at most 32 deep, UTF-8 without control characters in strings. */
bool json_check_value(const char *json);
bool json_check_object(const char *json);

#endif
