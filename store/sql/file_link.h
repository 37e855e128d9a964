/* file_link — the file that a link leads to: what stands beside a database is named after it. */
#ifndef TRACETUI_STORE_SQL_FILE_LINK_H
#define TRACETUI_STORE_SQL_FILE_LINK_H

#include "store/base/err.h"

/* The path of the file itself where the last part of the path is a symbolic link, as SQLite finds
 * it; else, and where the link leads nowhere, a copy of the path. Owns: the caller frees it. */
char *file_link_follow(const char *path);

/* Refuses a file that has other names which nobody can follow: hard links, or a mount of the file
 * without its folder. Beside each there would be a WAL and a lock of its own, so that two could
 * write. One that is not there is fine. Errors: ERR_IO */
enum err file_link_check(const char *path, struct err_msg *why) MUST_CHECK;

#endif
