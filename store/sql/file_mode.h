/* file_mode — who may read the files of a database. */
#ifndef TRACETUI_STORE_SQL_FILE_MODE_H
#define TRACETUI_STORE_SQL_FILE_MODE_H

#include <sys/types.h>

/* 0600. In a folder that hands its group on (set-group-ID) and lets that group in, 0640: so a
 * system service shares its database with those in its group. */
mode_t file_mode(const char *path);

#endif
