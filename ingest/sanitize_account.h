/* sanitize_account — passwords of accounts in SQL: ALTER USER bob PASSWORD '...'. */
#ifndef TRACETUI_INGEST_SANITIZE_ACCOUNT_H
#define TRACETUI_INGEST_SANITIZE_ACCOUNT_H

#include "store/base/text.h"

/* The literal behind PASSWORD, IDENTIFIED BY, IDENTIFIED WITH plugin BY or AS, and SET PASSWORD FOR
 * bob =, whose first word begins at *at: its length, and *at moves into its quotes. 0 for none, and
 * for what stands for a value. */
size_t sanitize_account_length(struct text text, size_t *at);

#endif
