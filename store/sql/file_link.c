/* file_link — the file that a link leads to: what stands beside a database is named after it. */
#include "store/sql/file_link.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

enum err file_link_check(const char *path, struct err_msg *why)
{
    struct statx found;
    if (statx(AT_FDCWD, path, 0, STATX_TYPE | STATX_NLINK, &found) != 0) {
        return ERR_OK;
    }
    if (S_ISREG(found.stx_mode) && found.stx_nlink > 1) {
        return err_set(why, ERR_IO,
                       "%s has other names (hard links), each with a WAL of its own:"
                       " remove those, or use a copy",
                       path);
    }
    if ((found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) {
        return err_set(why, ERR_IO,
                       "%s is mounted without its folder, where its WAL would be:"
                       " mount the folder",
                       path);
    }
    return ERR_OK;
}
