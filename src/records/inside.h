/*
 * inside - the records from the inside: what their files share. Nobody else writes SQL.
 */
#ifndef RECORDS_INSIDE_H
#define RECORDS_INSIDE_H

#include "db/db.h"
#include "records/records.h"

extern const struct db_schema records_schema;

struct records {
    sqlite3 *db;
    int blobs; /* the folder DATA/blobs */
    char *data;
    const char *error; /* of the last failure */
    bool writing;      /* inside records_begin .. records_commit */
};

#endif
