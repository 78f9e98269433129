/*
 * statements - see statements.h. SQLite 3.40 has no place for data of ours in a connection, so the
 * connections stand in a list of the process.
 */
#include "db/statements.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"

struct statement {
    uint64_t hash; /* of its text */
    sqlite3_stmt *s;
    uint64_t last;
    bool used;
};

struct connection {
    sqlite3 *db;
    struct connection *next;
    uint64_t clock;
    struct statement kept[STATEMENTS_MAX];
};

static struct connection *connections;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* FNV-1a; equal texts are compared as well. */
static uint64_t hash_of(const char *text)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *text; text++) {
        h = (h ^ (uint8_t)*text) * UINT64_C(1099511628211);
    }
    return h;
}

static struct connection *find(const sqlite3 *db)
{
    struct connection *c = connections;
    while (c && c->db != db) {
        c = c->next;
    }
    return c;
}

void statements_open(sqlite3 *db)
{
    struct connection *c = db ? mem_zalloc(sizeof *c) : NULL;
    if (!c) {
        return;
    }
    c->db = db;
    (void)pthread_mutex_lock(&lock);
    c->next = connections;
    connections = c;
    (void)pthread_mutex_unlock(&lock);
}

void statements_close(sqlite3 *db)
{
    (void)pthread_mutex_lock(&lock);
    struct connection **at = &connections, *c;
    while (*at && (*at)->db != db) {
        at = &(*at)->next;
    }
    c = *at;
    if (c) {
        *at = c->next;
    }
    (void)pthread_mutex_unlock(&lock);
    for (size_t i = 0; c && i < STATEMENTS_MAX; i++) {
        if (!c->kept[i].used) {
            (void)sqlite3_finalize(c->kept[i].s);
        }
    }
    mem_free(c);
}

static sqlite3_stmt *take_kept(sqlite3 *db, const char *sql, uint64_t hash)
{
    sqlite3_stmt *s = NULL;
    (void)pthread_mutex_lock(&lock);
    struct connection *c = find(db);
    for (size_t i = 0; c && !s && i < STATEMENTS_MAX; i++) {
        struct statement *k = &c->kept[i];
        if (k->s && !k->used && k->hash == hash && strcmp(sqlite3_sql(k->s), sql) == 0) {
            k->used = true;
            k->last = ++c->clock;
            s = k->s;
        }
    }
    (void)pthread_mutex_unlock(&lock);
    return s;
}

/* Free, else the one unused for longest; NULL: all are in use. */
static struct statement *place(struct connection *c)
{
    struct statement *best = NULL;
    for (size_t i = 0; i < STATEMENTS_MAX; i++) {
        struct statement *k = &c->kept[i];
        if (!k->used && (!best || !k->s || (best->s && k->last < best->last))) {
            best = k;
        }
    }
    return best;
}

static void keep(sqlite3 *db, sqlite3_stmt *s, uint64_t hash)
{
    sqlite3_stmt *old = NULL;
    (void)pthread_mutex_lock(&lock);
    struct connection *c = find(db);
    struct statement *k = c ? place(c) : NULL;
    if (k) {
        old = k->s;
        *k = (struct statement){.hash = hash, .s = s, .last = ++c->clock, .used = true};
    }
    (void)pthread_mutex_unlock(&lock);
    (void)sqlite3_finalize(old);
}

sqlite3_stmt *statement_take(sqlite3 *db, const char *sql)
{
    uint64_t hash = hash_of(sql);
    sqlite3_stmt *s = take_kept(db, sql, hash);
    if (!s && sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) == SQLITE_OK) {
        keep(db, s, hash);
    }
    return s;
}

void statement_give(sqlite3 *db, sqlite3_stmt *s)
{
    bool kept = false;
    if (!s) {
        return;
    }
    (void)sqlite3_reset(s);
    (void)sqlite3_clear_bindings(s);
    (void)pthread_mutex_lock(&lock);
    struct connection *c = find(db);
    for (size_t i = 0; c && !kept && i < STATEMENTS_MAX; i++) {
        kept = c->kept[i].s == s;
        c->kept[i].used = c->kept[i].used && !kept;
    }
    (void)pthread_mutex_unlock(&lock);
    if (!kept) {
        (void)sqlite3_finalize(s);
    }
}
