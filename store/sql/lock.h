/* lock — the file beside the database that says which process may write. */
#ifndef TRACETUI_STORE_SQL_LOCK_H
#define TRACETUI_STORE_SQL_LOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "store/base/err.h"

/* Takes the lock of the database at path and writes our pid into it; the kernel gives it back when
 * the process ends in any way. Creates missing directories. lends: we shall release it when
 * lock_is_claimed. Errors: ERR_LOCKED, the text names the owner; ERR_FULL, ERR_IO. */
enum err lock_take(const char *path, bool lends, int *ret_lock, struct err_msg *why) MUST_CHECK;

/* As lock_take, for keeps. An owner that lends it is asked to release it; that is waited for, up
 * to 5 s. Errors: as lock_take. */
enum err lock_claim(const char *path, int *ret_lock, struct err_msg *why) MUST_CHECK;

/* Does somebody wait in lock_claim? To be asked several times a second by an owner that lends. */
bool lock_is_claimed(int lock);

/* Looks whether the lock file at path is the one we hold, and makes it anew, with what was noted,
 * when somebody has removed it. Cheap while all is well. Errors: ERR_LOCKED another process was
 * quicker and may write: we must not, ever again; others: the file is missing still. Thread: any,
 * one at a time; lock_note may run meanwhile. */
enum err lock_keep(const char *path, int lock, struct err_msg *why) MUST_CHECK;

/* Removes the lock file and gives the lock back. A lock of -1 is fine. */
void lock_release(const char *path, int lock);

/* Adds lines to the file, for whoever asks for the owner. */
void lock_note(int lock, const char *lines);

/* The pid of the owner, in this process too, and the lines it noted; 0 if there is none, and note
 * is left alone then. A note_size of 0 asks for the pid alone. */
int lock_owner(const char *path, char *note, size_t note_size);

#endif
