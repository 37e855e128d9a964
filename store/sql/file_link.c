/* file_link — the file that a link leads to: what stands beside a database is named after it. */
#include "store/sql/file_link.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/base/err.h"

char *file_link_follow(const char *path)
{
    struct stat found;
    bool is_link = lstat(path, &found) == 0 && S_ISLNK(found.st_mode);
    char *target = is_link ? realpath(path, NULL) : NULL;
    if (target == NULL) {
        target = strdup(path);
    }
    if (target == NULL) {
        die_oom();
    }
    return target;
}
