/* file_mode — who may read the files of a database. */
#include "store/sql/file_mode.h"

#include <string.h>
#include <sys/stat.h>

#include "store/base/text.h"

mode_t file_mode(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct text_buffer folder = {0};
    struct stat found;
    text_append(&folder, slash != NULL ? text_make(path, (size_t)(slash - path)) : TEXT("."));
    text_append_char(&folder, '/');
    bool known = stat(folder.data, &found) == 0;
    text_buffer_free(&folder);
    bool shared = known && (found.st_mode & S_ISGID) != 0 && (found.st_mode & S_IRGRP) != 0;
    return shared ? 0640 : 0600;
}
