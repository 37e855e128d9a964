/* file_link — the file that a link leads to: what stands beside a database is named after it. */
#ifndef TRACETUI_STORE_SQL_FILE_LINK_H
#define TRACETUI_STORE_SQL_FILE_LINK_H

/* The path of the file itself where the last part of the path is a symbolic link, as SQLite finds
 * it; else, and where the link leads nowhere, a copy of the path. Owns: the caller frees it. */
char *file_link_follow(const char *path);

#endif
