/*
 * statements - the prepared statements of a connection, kept to be used again (internal to db/).
 *
 * Preparing costs more than running for most of ours. A statement is found by its text; one that is
 * in use is never given out twice. What it does not do: keep more than STATEMENTS_MAX of a
 * connection; the one unused for longest makes room.
 */
#ifndef DB_STATEMENTS_H
#define DB_STATEMENTS_H

#include <sqlite3.h>

enum { STATEMENTS_MAX = 64 };

/* From here on the connection's statements are kept. Without memory for it none are. */
void statements_open(sqlite3 *db);
/* Ends those that are kept; before the connection is closed. */
void statements_close(sqlite3 *db);

/* Ready to be bound; NULL: it cannot be prepared (sqlite3_errmsg). To be given back. */
sqlite3_stmt *statement_take(sqlite3 *db, const char *sql);
/* s: also NULL. */
void statement_give(sqlite3 *db, sqlite3_stmt *s);

#endif
