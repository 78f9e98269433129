/*
 * schema - the tables of the store of revocation data, and how older files are brought up to date.
 */
#include "store/inside.h"

static const char *const steps[] = {
    "CREATE TABLE crl("
    " id INTEGER PRIMARY KEY,"
    " sha256 TEXT NOT NULL UNIQUE," /* of the DER: the name of its file */
    " size INTEGER NOT NULL,"
    " line BLOB NOT NULL,"        /* versions of one list: issuer, key, scope, complete or delta */
    " issuer_hash BLOB NOT NULL," /* SHA-256 of the issuer's Name */
    " issuer TEXT NOT NULL,"
    " signer TEXT NOT NULL," /* SHA-256 of the certificate that the signature was checked with */
    " number BLOB,"
    " delta INTEGER NOT NULL,"
    " this_update INTEGER NOT NULL,"
    " next_update INTEGER,"
    " entries INTEGER NOT NULL,"
    " indexed INTEGER NOT NULL," /* an .idx was written */
    " stored_at INTEGER NOT NULL,"
    " current INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX crl_current ON crl(line) WHERE current = 1;"
    "CREATE INDEX crl_line ON crl(line, this_update);"
    "CREATE INDEX crl_issuer ON crl(issuer_hash) WHERE current = 1;"
    "CREATE TABLE ocsp("
    " id INTEGER PRIMARY KEY,"
    " sha256 TEXT NOT NULL UNIQUE,"
    " der BLOB NOT NULL,"
    " responder TEXT NOT NULL,"
    " produced_at INTEGER NOT NULL,"
    " this_update INTEGER NOT NULL,"
    " next_update INTEGER,"
    " stored_at INTEGER NOT NULL);"
    "CREATE TABLE ocsp_about("
    " key TEXT NOT NULL," /* hash of the issuer's key, ':', serial; hex */
    " ocsp INTEGER NOT NULL REFERENCES ocsp(id) ON DELETE CASCADE,"
    " PRIMARY KEY(key, ocsp)) WITHOUT ROWID;"
    "CREATE INDEX ocsp_about_ocsp ON ocsp_about(ocsp);"
    "CREATE TABLE cert("
    " sha256 TEXT PRIMARY KEY,"
    " der BLOB NOT NULL,"
    " subject TEXT NOT NULL,"
    " not_before INTEGER NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " url TEXT,"
    " stored_at INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE source("
    " url TEXT PRIMARY KEY,"
    " kind INTEGER NOT NULL,"
    " ca TEXT,"
    " origin TEXT NOT NULL,"
    " etag TEXT,"
    " last_modified TEXT,"
    " expires INTEGER NOT NULL DEFAULT 0,"
    " tried_at INTEGER NOT NULL DEFAULT 0,"
    " fetched_at INTEGER NOT NULL DEFAULT 0,"
    " next_try INTEGER NOT NULL DEFAULT 0,"
    " failures INTEGER NOT NULL DEFAULT 0,"
    " error TEXT,"
    " crl INTEGER REFERENCES crl(id) ON DELETE SET NULL,"
    " ocsp INTEGER REFERENCES ocsp(id) ON DELETE SET NULL,"
    " cert TEXT REFERENCES cert(sha256) ON DELETE SET NULL) WITHOUT ROWID;"
    "CREATE INDEX source_crl ON source(crl);"
    "CREATE INDEX source_ocsp ON source(ocsp);"
    "CREATE INDEX source_cert ON source(cert);"
    "CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT INTO state VALUES('generation', 0);",
};

const struct db_schema store_schema = {steps, sizeof steps / sizeof *steps};
