/* spawn — runs another program and waits for it. */
#ifndef TRACETUI_TUI_SPAWN_H
#define TRACETUI_TUI_SPAWN_H

#include "store/base/err.h"

/* argv ends with NULL; argv[0] is searched in PATH. With an input file the program reads that and
 * its output is dropped, without one it shares our terminal. Errors: ERR_IO when it cannot be
 * started or fails. Thread: any, but ^C means nothing to us meanwhile. */
enum err spawn_wait(char *const argv[], const char *input_path, struct err_msg *why) MUST_CHECK;

#endif
