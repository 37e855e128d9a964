/* field_values — what completion puts behind a field of the query language. */
#include "tui/field_values.h"

bool field_has_names(enum filter_field field)
{
    return field == FIELD_USER || field == FIELD_OP || field == FIELD_SERVICE ||
           field == FIELD_TYPE || field == FIELD_SPAN || field == FIELD_SESSION;
}

const char *field_values(enum filter_field field)
{
    static const struct {
        enum filter_field field;
        const char *values;
    } known[] = {{FIELD_STATUS, "error completed running cancelled"},
                 {FIELD_KIND, "server client producer consumer internal"},
                 {FIELD_HAS, filter_has_names},
                 {FIELD_SINCE, "5m 15m 1h 6h 24h 7d"}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (known[i].field == field) {
            return known[i].values;
        }
    }
    return "";
}

const char *field_sign(struct text field)
{
    static const struct {
        const char *field, *sign;
    } others[] = {{"dur", ">"},    {"span.dur", ">"}, {"spans", ">"},
                  {"errors", ">"}, {"attr", "."},     {"meta", "."}};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (text_is(field, others[i].field)) {
            return others[i].sign;
        }
    }
    return ":";
}
