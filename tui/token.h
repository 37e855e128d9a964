/* token — secrets in files: reading them, and making the admin's on the first start. */
#ifndef TRACETUI_TUI_TOKEN_H
#define TRACETUI_TUI_TOKEN_H

#include "store/base/err.h"

enum { TOKEN_SMALLEST_CHARS = 8, TOKEN_LARGEST_CHARS = 1024 };

/* Keeps a token that is long enough and printable, without blanks around it. Owns: the caller frees
 * it. Errors: ERR_PARSE, without a word of the token. */
enum err token_keep(const char *text, char **ret_token, struct err_msg *why) MUST_CHECK;

/* The first line of a file. Errors: ERR_IO, ERR_PARSE. */
enum err token_read(const char *path, char **ret_token, struct err_msg *why) MUST_CHECK;

/* The admin's: $XDG_STATE_HOME/tracetui/token or ~/.local/state/tracetui/token, made with mode 0600
 * if it is not there. Errors: ERR_IO; ERR_UNSUPPORTED others may read it. */
enum err token_of_admin(char **ret_token, struct err_msg *why) MUST_CHECK;

#endif
