/* pattern — globs and regular expressions whose cost has a bound. */
#ifndef TRACETUI_STORE_BASE_PATTERN_H
#define TRACETUI_STORE_BASE_PATTERN_H

#include <regex.h>

#include "store/base/text.h"

/* A POSIX extended expression of at most 256 bytes, without back-references and with few
 * repetitions; flags: REG_NOSUB, REG_ICASE. Owns: regfree. Errors: ERR_PARSE, ERR_LIMIT. */
enum err pattern_compile(struct text pattern, int flags, regex_t *ret_regex,
                         struct err_msg *why) MUST_CHECK;

/* True when the expression matches somewhere in the text. */
bool pattern_matches_regex(const regex_t *regex, struct text text);

/* True when the whole text is like the glob: * is anything, ? one character, letters of ASCII match
 * in both cases. */
bool pattern_matches_glob(struct text pattern, struct text text);

#endif
