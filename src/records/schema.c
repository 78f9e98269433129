/*
 * schema - the tables of the certification body's records.
 *
 * Names of states, kinds and roles are text, checked here, so that a dump can be read. Times are
 * UTC seconds (columns *_at), dates are civil dates in Asia/Kolkata as YYYY-MM-DD (columns *_on),
 * money is whole paise. Nothing that a person or a document said is ever deleted or overwritten: a
 * new row follows it.
 */
#include "records/inside.h"

/* One step for each part: a compiler takes 4,095 characters of text. */
static const char *const steps[] = {
    /* ---- who ---- */
    "CREATE TABLE firm("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL COLLATE NOCASE,"
    " name_hi TEXT,"
    " address TEXT NOT NULL DEFAULT '',"
    " country TEXT NOT NULL DEFAULT 'IN',"
    " email TEXT NOT NULL DEFAULT '',"
    " phone TEXT NOT NULL DEFAULT '',"
    " created_at INTEGER NOT NULL,"
    " version INTEGER NOT NULL DEFAULT 1);"
    "CREATE INDEX firm_name ON firm(name);"
    "CREATE TABLE person("
    " id INTEGER PRIMARY KEY,"
    " login TEXT NOT NULL UNIQUE COLLATE NOCASE,"
    " name TEXT NOT NULL,"
    " email TEXT NOT NULL DEFAULT '',"
    " firm INTEGER REFERENCES firm(id)," /* a vendor's person; NULL: an officer */
    " roles INTEGER NOT NULL,"           /* enum role, bits */
    " lang TEXT NOT NULL DEFAULT 'en' CHECK(lang IN ('en','hi')),"
    " password TEXT," /* scrypt$N$r$p$salt$hash; NULL: cannot log in by it */
    " password_at INTEGER,"
    " must_change INTEGER NOT NULL DEFAULT 0,"
    " totp BLOB,"                            /* secret, sealed with the key of the data folder */
    " totp_step INTEGER NOT NULL DEFAULT 0," /* last step used: a code counts once */
    " totp_new BLOB,"                        /* being enrolled: counts once a code was shown */
    " certificate TEXT UNIQUE,"              /* SHA-256 of the TLS client certificate */
    " certificate_new TEXT,"                 /* registered, not yet confirmed by an officer */
    " failures INTEGER NOT NULL DEFAULT 0,"
    " locked_until INTEGER NOT NULL DEFAULT 0,"
    " disabled_at INTEGER,"
    " created_at INTEGER NOT NULL,"
    " version INTEGER NOT NULL DEFAULT 1);"
    "CREATE INDEX person_firm ON person(firm);"
    "CREATE TABLE session("
    " hash BLOB PRIMARY KEY," /* SHA-256 of the cookie */
    " person INTEGER NOT NULL REFERENCES person(id),"
    " stage TEXT NOT NULL CHECK(stage IN ('password','full')),"
    " form_token BLOB NOT NULL," /* against forged requests */
    " address TEXT NOT NULL,"
    " created_at INTEGER NOT NULL,"
    " seen_at INTEGER NOT NULL,"
    " confirmed_at INTEGER NOT NULL,"          /* when the password was shown last */
    " certificate INTEGER NOT NULL DEFAULT 0," /* 1: by TLS client certificate */
    " expires_at INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX session_person ON session(person);"
    "CREATE INDEX session_expires ON session(expires_at);"
    "CREATE TABLE recovery(" /* codes for the day the telephone is lost */
    " hash BLOB PRIMARY KEY,"
    " person INTEGER NOT NULL REFERENCES person(id),"
    " used_at INTEGER) WITHOUT ROWID;"
    "CREATE INDEX recovery_person ON recovery(person);"
    "CREATE TABLE token("
    " id INTEGER PRIMARY KEY,"
    " hash BLOB NOT NULL UNIQUE," /* SHA-256 of the token */
    " person INTEGER NOT NULL REFERENCES person(id),"
    " name TEXT NOT NULL,"
    " scopes TEXT NOT NULL," /* operation groups, separated by spaces */
    " created_at INTEGER NOT NULL,"
    " expires_at INTEGER NOT NULL,"
    " used_at INTEGER,"
    " revoked_at INTEGER);"
    "CREATE INDEX token_person ON token(person);"
    "CREATE TABLE idempotency("
    " person INTEGER NOT NULL REFERENCES person(id),"
    " key TEXT NOT NULL,"
    " operation TEXT NOT NULL,"
    " request TEXT NOT NULL," /* SHA-256 of what was asked */
    " status INTEGER NOT NULL,"
    " answer TEXT NOT NULL,"
    " created_at INTEGER NOT NULL,"
    " PRIMARY KEY(person, key)) WITHOUT ROWID;"
    "CREATE INDEX idempotency_created ON idempotency(created_at);",

    /* ---- laboratories and auditors: empanelment is data with from and to ---- */
    "CREATE TABLE lab("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    " kind TEXT NOT NULL CHECK(kind IN ('stqc','stqc-empanelled','cert-in-empanelled')),"
    " city TEXT NOT NULL DEFAULT '',"
    " email TEXT NOT NULL DEFAULT '',"
    " version INTEGER NOT NULL DEFAULT 1);"
    "CREATE TABLE empanelment("
    " lab INTEGER NOT NULL REFERENCES lab(id),"
    " from_on TEXT NOT NULL,"
    " to_on TEXT," /* NULL: until further notice; last day inclusive */
    " PRIMARY KEY(lab, from_on)) WITHOUT ROWID;",

    /* ---- applications ---- */
    "CREATE TABLE application("
    " id INTEGER PRIMARY KEY,"
    " number TEXT UNIQUE," /* registration number; NULL before registration */
    " kind TEXT NOT NULL CHECK(kind IN ('fresh','recertification','major-change','minor-change')),"
    " state TEXT NOT NULL CHECK(state IN ('draft','submitted','registered','testing','assessment',"
    "  'committee','recommended','not-recommended','certified','not-considered','withdrawn')),"
    " vendor INTEGER NOT NULL REFERENCES firm(id),"
    " oem INTEGER REFERENCES firm(id),"
    " product TEXT NOT NULL,"
    " series TEXT NOT NULL,"
    " level INTEGER NOT NULL,"
    " critical INTEGER NOT NULL DEFAULT 0,"
    " scope TEXT NOT NULL DEFAULT 'full' CHECK(scope IN ('full','partial'))," /* of testing */
    " owner INTEGER REFERENCES person(id)," /* the intake officer who has it */
    " submitted_on TEXT, complete_on TEXT, registered_on TEXT,"
    " lab INTEGER REFERENCES lab(id), allotted_on TEXT,"
    " quotation_on TEXT, work_order_on TEXT, agreement_on TEXT,"
    " assessor INTEGER REFERENCES person(id), appointed_on TEXT,"
    " assessor_conflict INTEGER NOT NULL DEFAULT 0,"
    " presented_on TEXT,"
    " meeting TEXT, meeting_on TEXT,"
    " recommendation TEXT CHECK(recommendation IN ('recommended','not-recommended','deferred')),"
    " conditions TEXT, conditions_closed_on TEXT,"
    " previous_certificate TEXT, previous_valid_to TEXT,"
    " change_about TEXT, change_on TEXT, change_reported_on TEXT,"
    " change_vendor TEXT CHECK(change_vendor IN ('minor','major')),"
    " change_body TEXT CHECK(change_body IN ('minor','major')),"
    " certificate TEXT," /* number, once issued */
    " created_at INTEGER NOT NULL,"
    " updated_at INTEGER NOT NULL,"
    " due_on TEXT," /* the nearest deadline, kept by the scheduler: the queue sorts by it */
    " due_rule TEXT,"
    /* due_on, or a day after all others: kept by the triggers below. (A generated column would
     * not be read from an index alone by SQLite before 3.41.) */
    " due_key TEXT NOT NULL DEFAULT '9999-12-31',"
    " version INTEGER NOT NULL DEFAULT 1);"
    "CREATE TRIGGER application_due_new AFTER INSERT ON application WHEN new.due_on IS NOT NULL"
    " BEGIN UPDATE application SET due_key = new.due_on WHERE id = new.id; END;"
    "CREATE TRIGGER application_due_set AFTER UPDATE OF due_on ON application"
    " BEGIN UPDATE application SET due_key = coalesce(new.due_on, '9999-12-31')"
    "  WHERE id = new.id; END;"
    "CREATE INDEX application_oem ON application(oem, id);"
    /* The list: one for each order, and one for each filter that may leave few rows, with every
     * column that may be asked for: a page is found in one index alone, whatever is asked
     * (records/applications.c says which is taken). */
    "CREATE INDEX application_by_due ON application(due_key, id, state, kind, level, series,"
    " vendor, owner, updated_at);"
    "CREATE INDEX application_by_change ON application(updated_at, id, state, kind, level, series,"
    " vendor, owner, due_key);"
    "CREATE INDEX application_by_id ON application(id, state, kind, level, series, vendor, owner,"
    " due_key);"
    "CREATE INDEX application_by_vendor ON application(vendor, id, state, kind, level, series,"
    " owner, due_key, updated_at);"
    "CREATE INDEX application_by_owner ON application(owner, id, state, kind, level, series,"
    " vendor, due_key, updated_at);"
    "CREATE INDEX application_by_state ON application(state, due_key, id, kind, level, series,"
    " vendor, owner, updated_at);"
    "CREATE TABLE model("
    " id INTEGER PRIMARY KEY,"
    " application INTEGER NOT NULL REFERENCES application(id),"
    " name TEXT NOT NULL,"
    " brand TEXT NOT NULL DEFAULT '',"
    " hardware TEXT NOT NULL DEFAULT '',"
    " firmware TEXT NOT NULL DEFAULT '',"
    " firmware_sha256 TEXT NOT NULL DEFAULT '',"
    " soc TEXT NOT NULL DEFAULT '',"
    " removed_at INTEGER);"
    "CREATE INDEX model_application ON model(application);"
    "CREATE INDEX model_name ON model(name COLLATE NOCASE);"
    "CREATE TABLE location("
    " id INTEGER PRIMARY KEY,"
    " application INTEGER NOT NULL REFERENCES application(id),"
    " name TEXT NOT NULL,"
    " address TEXT NOT NULL,"
    " country TEXT NOT NULL DEFAULT 'IN',"
    " previous INTEGER NOT NULL DEFAULT 0," /* 1: as the earlier certificate has it */
    " removed_at INTEGER);"
    "CREATE INDEX location_application ON location(application);"
    "CREATE TABLE payment("
    " id INTEGER PRIMARY KEY,"
    " application INTEGER NOT NULL REFERENCES application(id),"
    " kind TEXT NOT NULL CHECK(kind IN ('registration','certification','other')),"
    " proposal_on TEXT, invoice TEXT, invoice_on TEXT,"
    " amount_paise INTEGER NOT NULL, gst_paise INTEGER NOT NULL,"
    " receipt TEXT, paid_paise INTEGER, paid_on TEXT,"
    " created_at INTEGER NOT NULL,"
    " version INTEGER NOT NULL DEFAULT 1);"
    "CREATE INDEX payment_application ON payment(application);"
    "CREATE TABLE note("
    " id INTEGER PRIMARY KEY,"
    " application INTEGER NOT NULL REFERENCES application(id),"
    " person INTEGER NOT NULL REFERENCES person(id),"
    " for_vendor INTEGER NOT NULL DEFAULT 0," /* 1: the vendor may read it */
    " text TEXT NOT NULL,"
    " created_at INTEGER NOT NULL);"
    "CREATE INDEX note_application ON note(application);",

    /* ---- documents: a document has versions, a version has files (a ZIP many, else one) ---- */
    "CREATE TABLE blob("
    " sha256 TEXT PRIMARY KEY," /* lower case hex: the name of its file */
    " size INTEGER NOT NULL,"
    " created_at INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE document("
    " id INTEGER PRIMARY KEY,"
    " application INTEGER NOT NULL REFERENCES application(id),"
    " kind TEXT NOT NULL," /* of trust/required-documents.json */
    " author TEXT NOT NULL CHECK(author IN ('vendor','oem','lab','third-party','body')),"
    " title TEXT NOT NULL,"
    " created_at INTEGER NOT NULL);"
    "CREATE INDEX document_application ON document(application);"
    "CREATE TABLE document_version("
    " id INTEGER PRIMARY KEY,"
    " document INTEGER NOT NULL REFERENCES document(id),"
    " version INTEGER NOT NULL,"
    " name TEXT NOT NULL," /* of the file, as it was sent */
    " sha256 TEXT NOT NULL REFERENCES blob(sha256),"
    " size INTEGER NOT NULL,"
    " received_at INTEGER NOT NULL," /* proof of existence: the audit row's, or the token's */
    " received_by INTEGER REFERENCES person(id)," /* NULL: the operator at the command line */
    " copy TEXT CHECK(copy IN ('original','duplicate'))," /* of a test report */
    " token BLOB, token_at INTEGER,"                      /* RFC 3161, over sha256 */
    " state TEXT NOT NULL CHECK(state IN ('waiting','verifying','verified','failed')),"
    " failure TEXT,"         /* why it could not be verified: our own failure */
    " verification INTEGER," /* the latest one */
    " verdict TEXT CHECK(verdict IN ('ACCEPTED','REVIEW','REJECTED')),"
    " UNIQUE(document, version));"
    "CREATE INDEX document_version_sha256 ON document_version(sha256);"
    "CREATE INDEX document_version_without ON document_version(id) WHERE verification IS NULL;"
    "CREATE INDEX document_version_verification ON document_version(verification)"
    " WHERE verification IS NOT NULL;"
    "CREATE TABLE file("
    " id INTEGER PRIMARY KEY,"
    " document_version INTEGER NOT NULL REFERENCES document_version(id),"
    " path TEXT NOT NULL," /* in the container; '' for a document that is none */
    " kind TEXT,"          /* as document.kind, where an officer says so */
    " author TEXT,"
    " sha256 TEXT NOT NULL,"
    " size INTEGER NOT NULL,"
    " format TEXT,"
    " state TEXT,"      /* sp_member_state_name: signed, covered, ... */
    " covered_by TEXT," /* path of what vouches for it */
    " verdict TEXT CHECK(verdict IN ('ACCEPTED','REVIEW','REJECTED')),"
    " indication TEXT, sub_indication TEXT,"
    " reasons TEXT," /* codes, separated by spaces; the most important first */
    " signer TEXT, organisation TEXT, india INTEGER,"
    " signed_at INTEGER,"
    " applicant_matches INTEGER," /* 1, 0, NULL: not known */
    " number_found INTEGER,"      /* the registration number in its text: 1, 0, NULL: no text */
    " language TEXT,"             /* scheme/language.h */
    " language_sure INTEGER,"
    " pages INTEGER,"
    " decision TEXT CHECK(decision IN ('accept','refuse','waive'))," /* the one in force */
    " UNIQUE(document_version, path));"
    "CREATE INDEX file_sha256 ON file(sha256);"
    "CREATE INDEX file_verdict ON file(verdict);"
    "CREATE TABLE verification("
    " id INTEGER PRIMARY KEY,"
    " document_version INTEGER NOT NULL REFERENCES document_version(id),"
    " reason TEXT NOT NULL CHECK(reason IN ('arrival','revocation-data','asked')),"
    " at INTEGER NOT NULL,"
    " verdict TEXT NOT NULL CHECK(verdict IN ('ACCEPTED','REVIEW','REJECTED')),"
    " policy TEXT NOT NULL,"
    " report TEXT NOT NULL REFERENCES blob(sha256)," /* the JSON of the contract, as a blob */
    " evidence TEXT,"                                /* of what was fetched: a blob */
    " changed INTEGER NOT NULL DEFAULT 0," /* files whose verdict is another than before */
    " crls TEXT NOT NULL DEFAULT '',"      /* SHA-256 of those it rests on, separated by spaces */
    " milliseconds INTEGER NOT NULL);"
    "CREATE INDEX verification_version ON verification(document_version);"
    /* An officer's word beside the machine's; what it is about: a file or a rule. */
    "CREATE TABLE decision("
    " id INTEGER PRIMARY KEY,"
    " application INTEGER NOT NULL REFERENCES application(id),"
    " file INTEGER REFERENCES file(id),"
    " rule TEXT," /* with a file: the rule it is about, R-SIG-1 when nothing else is said */
    " decision TEXT NOT NULL CHECK(decision IN ('accept','refuse','waive')),"
    " reason TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('proposed','final','rejected','superseded')),"
    " verification INTEGER REFERENCES verification(id)," /* what the machine had said then */
    " verdict TEXT,"
    " person INTEGER NOT NULL REFERENCES person(id),"
    " at INTEGER NOT NULL,"
    " second INTEGER REFERENCES person(id)," /* of four eyes */
    " second_at INTEGER,"
    " CHECK(file IS NOT NULL OR rule IS NOT NULL),"
    " CHECK(second IS NULL OR second <> person));"
    "CREATE INDEX decision_application ON decision(application);"
    "CREATE INDEX decision_file ON decision(file);"
    "CREATE INDEX decision_proposed ON decision(id) WHERE state = 'proposed';",

    /* ---- certificates of others as evidence: issuers, cases (scheme/foreign_case.h) ---- */
    "CREATE TABLE issuer(" /* a row for each content of a profile that ever came in */
    " id INTEGER PRIMARY KEY,"
    " key TEXT NOT NULL,"     /* the profile's own name */
    " name TEXT NOT NULL,"    /* of the issuer */
    " profile TEXT NOT NULL," /* canonical JSON */
    " sha256 TEXT NOT NULL,"  /* of that */
    " state TEXT NOT NULL CHECK(state IN ('proposed','approved','rejected','superseded')),"
    " imported_by INTEGER REFERENCES person(id)," /* NULL: the operator */
    " imported_login TEXT NOT NULL,"
    " imported_at INTEGER NOT NULL,"
    " judged_by INTEGER REFERENCES person(id), judged_login TEXT, judged_at INTEGER,"
    " reason TEXT);"
    "CREATE UNIQUE INDEX issuer_living ON issuer(key) WHERE state IN ('proposed','approved');"
    "CREATE INDEX issuer_key ON issuer(key, id);"
    "CREATE TABLE issuer_domain(" /* of approved profiles */
    " issuer INTEGER NOT NULL REFERENCES issuer(id),"
    " kind TEXT NOT NULL CHECK(kind IN ('web','mail')),"
    " domain TEXT NOT NULL,"             /* lower case */
    " below INTEGER NOT NULL DEFAULT 0," /* its subdomains too */
    " PRIMARY KEY(domain, kind, issuer)) WITHOUT ROWID;"
    "CREATE TABLE foreign_case("
    " id INTEGER PRIMARY KEY,"
    " application INTEGER NOT NULL REFERENCES application(id),"
    " document INTEGER REFERENCES document(id)," /* that holds the certificate */
    " issuer TEXT NOT NULL,"                     /* as it is claimed, as all of these */
    " number TEXT NOT NULL,"
    " holder TEXT NOT NULL DEFAULT '',"
    " product TEXT NOT NULL DEFAULT '',"
    " standard TEXT NOT NULL DEFAULT '',"
    " scope TEXT NOT NULL DEFAULT '',"
    " issued_on TEXT, expires_on TEXT,"
    " weblink TEXT, email TEXT,"
    " language TEXT NOT NULL DEFAULT 'en' CHECK(language IN ('en','hi'))," /* of the mail */
    " common_criteria INTEGER NOT NULL DEFAULT 0,"
    " state TEXT NOT NULL CHECK(state IN ('draft','queued','web_checking','mail_sending',"
    "  'waiting_reply','verified','mismatch','denied','unclear','paused','expired_unverified',"
    "  'closed')),"
    " web TEXT NOT NULL DEFAULT 'none' CHECK(web IN ('none','queued','checking','verified',"
    "  'mismatch','inconclusive')),"
    " web_reason TEXT,"
    " mail TEXT NOT NULL DEFAULT 'none' CHECK(mail IN ('none','queued','sending','waiting',"
    "  'confirmed','denied','unclear','bounced','disputed')),"
    " mail_reason TEXT,"
    " decision TEXT CHECK(decision IN ('verified','mismatch','denied'))," /* an officer's */
    " contradiction INTEGER NOT NULL DEFAULT 0,"
    " paused INTEGER NOT NULL DEFAULT 0,"
    " expired INTEGER NOT NULL DEFAULT 0,"
    " closed INTEGER NOT NULL DEFAULT 0,"
    " queried_on TEXT,"                       /* first weblink check or mail of the body */
    " started_on TEXT, due_on TEXT,"          /* day 0, the last day as the vendor was told */
    " extra_days INTEGER NOT NULL DEFAULT 0," /* of an extension */
    " restarts INTEGER NOT NULL DEFAULT 0,"   /* times its window began anew */
    " decided_on TEXT,"                       /* the day of the answer */
    " claim INTEGER NOT NULL DEFAULT 1,"      /* grows when what is claimed is entered otherwise */
    " missing_year INTEGER,"                  /* in the window, without a list of closures */
    " created_at INTEGER NOT NULL,"
    " updated_at INTEGER NOT NULL,"
    " version INTEGER NOT NULL DEFAULT 1);"
    "CREATE INDEX foreign_case_application ON foreign_case(application);"
    "CREATE INDEX foreign_case_open ON foreign_case(id) WHERE state NOT IN"
    " ('verified','mismatch','denied','closed');"
    "CREATE INDEX foreign_case_due ON foreign_case(due_on, id);"
    "CREATE INDEX foreign_case_state ON foreign_case(state, due_on, id);",
    "CREATE TABLE foreign_step(" /* what the clock asked for, and that it was done */
    " foreign_case INTEGER NOT NULL REFERENCES foreign_case(id),"
    " task TEXT NOT NULL,"
    " day INTEGER NOT NULL," /* working day of the window */
    " on_day TEXT NOT NULL," /* as it was computed when it was done */
    " at INTEGER NOT NULL,"
    " PRIMARY KEY(foreign_case, task, day)) WITHOUT ROWID;"
    "CREATE TABLE foreign_evidence(" /* what was found, came back, or an officer saw */
    " id INTEGER PRIMARY KEY,"
    " foreign_case INTEGER NOT NULL REFERENCES foreign_case(id),"
    " kind TEXT NOT NULL CHECK(kind IN ('weblink','mail','page','officer')),"
    " at INTEGER NOT NULL,"
    " outcome TEXT NOT NULL," /* verified, mismatch, inconclusive; confirmed, denied, unclear... */
    " reason TEXT,"
    " result TEXT NOT NULL DEFAULT '{}'," /* canonical JSON: snippets, hops, checks */
    " blob TEXT REFERENCES blob(sha256),"
    " size INTEGER, name TEXT, media TEXT,"
    " person INTEGER REFERENCES person(id), login TEXT, statement TEXT,"
    " claim INTEGER NOT NULL," /* of the case, when it was asked for */
    " once TEXT UNIQUE);"      /* what makes a repeated result the same one; NULL: nothing */
    "CREATE INDEX foreign_evidence_case ON foreign_evidence(foreign_case, id);"
    "CREATE TABLE foreign_mail(" /* a request to an issuer; its Message-ID is fixed before */
    " id INTEGER PRIMARY KEY,"
    " foreign_case INTEGER NOT NULL REFERENCES foreign_case(id),"
    " round INTEGER NOT NULL,"   /* a request that was asked for anew is another round */
    " attempt INTEGER NOT NULL," /* 0: the request, then reminders */
    " address TEXT NOT NULL,"
    " issuer INTEGER REFERENCES issuer(id)," /* the approved profile it rests on */
    " message_id TEXT NOT NULL UNIQUE,"
    " token_sha256 TEXT NOT NULL," /* of the token in addresses and headers */
    " link_sha256 TEXT NOT NULL,"  /* of the token of the confirmation page */
    " state TEXT NOT NULL CHECK(state IN ('waiting','sent','failed','void')),"
    " created_at INTEGER NOT NULL,"
    " sent_at INTEGER,"
    " sent_sha256 TEXT,"
    " claim INTEGER NOT NULL," /* of the case, that it asks about */
    " issuer_named INTEGER,"   /* the profile is that of the body the case names; NULL: unknown */
    " answered_at INTEGER, answer TEXT CHECK(answer IN ('confirmed','denied')),"
    " UNIQUE(foreign_case, round, attempt));"
    "CREATE INDEX foreign_mail_token ON foreign_mail(token_sha256);"
    "CREATE INDEX foreign_mail_link ON foreign_mail(link_sha256);"
    "CREATE TABLE foreign_decision(" /* an officer's word about a case */
    " id INTEGER PRIMARY KEY,"
    " foreign_case INTEGER NOT NULL REFERENCES foreign_case(id),"
    " decision TEXT NOT NULL CHECK(decision IN ('verified','mismatch','denied')),"
    " reason TEXT NOT NULL,"
    " answered_on TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('proposed','final','rejected','superseded')),"
    " was TEXT NOT NULL," /* the case's state then */
    " person INTEGER REFERENCES person(id), login TEXT NOT NULL,"
    " at INTEGER NOT NULL,"
    " second INTEGER REFERENCES person(id), second_login TEXT, second_at INTEGER,"
    " CHECK(second_login IS NULL OR second_login <> login));"
    "CREATE INDEX foreign_decision_case ON foreign_decision(foreign_case, id);"
    "CREATE UNIQUE INDEX foreign_decision_proposed ON foreign_decision(foreign_case)"
    " WHERE state = 'proposed';"
    "CREATE TABLE foreign_source(" /* how far a mailbox was read */
    " name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE feed(" /* a calendar of deadlines at an address that is a secret */
    " person INTEGER PRIMARY KEY REFERENCES person(id),"
    " hash BLOB NOT NULL UNIQUE,"
    " created_at INTEGER NOT NULL);",

    /* ---- work to be done, and the trail of what was done ---- */
    "CREATE TABLE job("
    " id INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL,"
    " key TEXT NOT NULL," /* of a kind and key one waits and one runs at most */
    " application INTEGER REFERENCES application(id),"
    " payload TEXT NOT NULL DEFAULT '{}',"
    " run_at INTEGER NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('waiting','running','done','needs-human')),"
    " owner TEXT," /* lease */
    " leased_until INTEGER,"
    " fence INTEGER NOT NULL DEFAULT 0," /* grows with every lease */
    " tries INTEGER NOT NULL DEFAULT 0,"
    " error TEXT,"
    " done INTEGER, of_all INTEGER," /* progress, for people */
    " created_at INTEGER NOT NULL,"
    " finished_at INTEGER);"
    "CREATE UNIQUE INDEX job_waits ON job(kind, key) WHERE state = 'waiting';"
    "CREATE UNIQUE INDEX job_runs ON job(kind, key) WHERE state = 'running';"
    "CREATE INDEX job_due ON job(run_at, id) WHERE state = 'waiting';"
    "CREATE INDEX job_lease ON job(leased_until) WHERE state = 'running';"
    "CREATE INDEX job_application ON job(application);"
    "CREATE INDEX job_about ON job(kind, key, id);"
    "CREATE TABLE audit("
    " seq INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL,"
    " person INTEGER REFERENCES person(id)," /* NULL: the program itself */
    " actor TEXT NOT NULL,"                  /* login, or the program's part */
    " action TEXT NOT NULL,"                 /* operation id, such as document.decide */
    " subject TEXT NOT NULL,"                /* 'application:12', 'file:7' */
    " application INTEGER REFERENCES application(id),"
    " visible INTEGER NOT NULL DEFAULT 0," /* 1: the vendor may see it in the timeline */
    " detail TEXT NOT NULL,"               /* canonical JSON */
    " previous BLOB NOT NULL,"
    " hash BLOB NOT NULL);"
    "CREATE INDEX audit_application ON audit(application, seq);"
    "CREATE INDEX audit_person ON audit(person, seq);"
    /* The member "to" of the rows' details, kept by audit_append for the statistics: when which
     * application came into which state. */
    "CREATE TABLE move("
    " application INTEGER NOT NULL,"
    " seq INTEGER NOT NULL REFERENCES audit(seq),"
    " at INTEGER NOT NULL,"
    " state TEXT NOT NULL,"
    " PRIMARY KEY(application, seq)) WITHOUT ROWID;"
    "CREATE INDEX move_at ON move(at, application, state);"
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit"
    " BEGIN SELECT raise(ABORT, 'the audit trail is append-only'); END;"
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit"
    " BEGIN SELECT raise(ABORT, 'the audit trail is append-only'); END;"
    "CREATE TABLE reminder("
    " id INTEGER PRIMARY KEY,"
    " application INTEGER NOT NULL REFERENCES application(id),"
    " kind TEXT NOT NULL,"
    " rule TEXT NOT NULL,"
    " due_on TEXT NOT NULL,"
    " remind_on TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('waiting','shown','done','void')),"
    " shown_at INTEGER,"
    " UNIQUE(application, kind, due_on, remind_on));"
    "CREATE INDEX reminder_due ON reminder(remind_on) WHERE state = 'waiting';"
    /* What people search for, kept by records/search.c; rowid: the application's id. facet:
     * filters as words ("statedraft"), so that a common word with a rare filter is found without
     * looking at all rows. Vowel signs (Mn, Mc) belong to Devanagari words. */
    "CREATE VIRTUAL TABLE search USING fts5(number, vendor, product, model, file, signer, facet,"
    " tokenize = \"unicode61 categories 'L* N* Co Mn Mc'\", prefix = '2 3');"
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE number_series(series TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;",
    /* ---- what a test report says: of a document of that kind, or of a security audit ---- */
    "CREATE TABLE test_report("
    " document INTEGER PRIMARY KEY REFERENCES document(id),"
    " number TEXT,"
    " kind TEXT NOT NULL DEFAULT 'device' CHECK(kind IN ('device','audit')),"
    " lab INTEGER REFERENCES lab(id)," /* who tested */
    " tests_started_on TEXT, tests_ended_on TEXT, issued_on TEXT);",
    /* ---- the register: certificates, and the log of what happened to them ---- */
    "CREATE TABLE certificate("
    " number TEXT PRIMARY KEY,"
    " series TEXT NOT NULL, running INTEGER NOT NULL," /* without gaps inside a series */
    " application INTEGER REFERENCES application(id),"
    " registration TEXT NOT NULL UNIQUE,"
    " holder TEXT NOT NULL, product TEXT NOT NULL, level INTEGER NOT NULL, kind TEXT NOT NULL,"
    " issued_on TEXT NOT NULL, valid_from TEXT NOT NULL, valid_to TEXT NOT NULL,"
    " previous TEXT, successor TEXT,"
    " status TEXT NOT NULL CHECK(status IN ('VALID','SUSPENDED','WITHDRAWN','SUPERSEDED')),"
    " pdf TEXT REFERENCES blob(sha256), xml TEXT REFERENCES blob(sha256),"
    " position INTEGER NOT NULL UNIQUE," /* in the status list; never used twice */
    " entry INTEGER NOT NULL,"           /* its latest event */
    " UNIQUE(series, running));"
    "CREATE INDEX certificate_application ON certificate(application);"
    "CREATE INDEX certificate_pdf ON certificate(pdf);"
    "CREATE INDEX certificate_xml ON certificate(xml);"
    /* Numbers of certificates that are being made (records/pending.h); registration NULL: given
     * up, free for the next. */
    "CREATE TABLE certificate_pending("
    " series TEXT NOT NULL, running INTEGER NOT NULL,"
    " registration TEXT UNIQUE, at INTEGER NOT NULL,"
    " PRIMARY KEY(series, running)) WITHOUT ROWID;"
    "CREATE INDEX certificate_previous ON certificate(previous) WHERE previous IS NOT NULL;"
    "CREATE INDEX certificate_holder ON certificate(holder COLLATE NOCASE, number);"
    "CREATE TABLE certificate_model("
    " certificate TEXT NOT NULL REFERENCES certificate(number),"
    " entry INTEGER NOT NULL," /* the event that brought this list of models */
    " model TEXT NOT NULL, hardware TEXT NOT NULL, firmware TEXT NOT NULL,"
    " firmware_sha256 TEXT NOT NULL, soc TEXT);"
    "CREATE INDEX certificate_model_certificate ON certificate_model(certificate, entry);"
    "CREATE INDEX certificate_model_model ON certificate_model(model COLLATE NOCASE, firmware);"
    "CREATE INDEX certificate_model_firmware ON certificate_model(firmware COLLATE NOCASE);"
    "CREATE TABLE log_entry("
    " entry INTEGER PRIMARY KEY," /* index of the leaf, from 0 */
    " at INTEGER NOT NULL,"
    " certificate TEXT NOT NULL, event TEXT NOT NULL, effective_on TEXT NOT NULL,"
    " octets BLOB NOT NULL," /* the entry itself: canonical JSON */
    " data TEXT);"           /* of issue, amend, correct: the certificate's data, canonical */
    "CREATE INDEX log_entry_certificate ON log_entry(certificate, entry);"
    "CREATE TRIGGER log_no_update BEFORE UPDATE ON log_entry"
    " BEGIN SELECT raise(ABORT, 'the log is append-only'); END;"
    "CREATE TRIGGER log_no_delete BEFORE DELETE ON log_entry"
    " BEGIN SELECT raise(ABORT, 'the log is append-only'); END;"
    "CREATE TABLE log_node(level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,"
    " PRIMARY KEY(level, number)) WITHOUT ROWID;"
    "CREATE TABLE log_head(size INTEGER PRIMARY KEY, at INTEGER NOT NULL, note BLOB NOT NULL);",
    /* ---- units under test, and the keys they were seen with ---- */
    "CREATE TABLE device("
    " id INTEGER PRIMARY KEY,"
    " firm TEXT NOT NULL COLLATE NOCASE,"
    " model TEXT NOT NULL COLLATE NOCASE,"
    " serial TEXT NOT NULL COLLATE NOCASE,"
    " firmware TEXT NOT NULL DEFAULT ''," /* as it was seen last */
    " application INTEGER REFERENCES application(id),"
    " note TEXT NOT NULL DEFAULT '',"
    " created_at INTEGER NOT NULL,"
    " updated_at INTEGER NOT NULL,"
    " version INTEGER NOT NULL DEFAULT 1,"
    " UNIQUE(firm, model, serial));"
    "CREATE INDEX device_application ON device(application) WHERE application IS NOT NULL;"
    "CREATE TABLE device_key("
    " spki_sha256 TEXT PRIMARY KEY,"
    " kind TEXT NOT NULL, bits INTEGER NOT NULL,"
    " spki BLOB NOT NULL,"
    " modulus BLOB,"                                   /* of an RSA key */
    " shares TEXT REFERENCES device_key(spki_sha256)," /* has a prime in common with that one */
    " created_at INTEGER NOT NULL);"
    /* Where a unit showed a key; never taken back. */
    "CREATE TABLE device_seen("
    " device INTEGER NOT NULL REFERENCES device(id),"
    " spki_sha256 TEXT NOT NULL REFERENCES device_key(spki_sha256),"
    " service TEXT NOT NULL," /* '443/https' */
    " certificate TEXT NOT NULL,"
    " firmware TEXT NOT NULL,"
    " first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,"
    " PRIMARY KEY(device, spki_sha256, service, certificate, firmware)) WITHOUT ROWID;"
    "CREATE INDEX device_seen_key ON device_seen(spki_sha256, device, first_at);",
    /* ---- certificates before they are issued: prepared by one officer, signed by another ---- */
    "CREATE TABLE certificate_request("
    " id INTEGER PRIMARY KEY,"
    " application INTEGER REFERENCES application(id)," /* NULL: kept elsewhere */
    " registration TEXT NOT NULL,"
    " request TEXT NOT NULL," /* certs/request.schema.json, canonical */
    " sha256 TEXT NOT NULL,"  /* of the request as a list of one (office/certificates) */
    " state TEXT NOT NULL"
    " CHECK(state IN ('prepared','approved','issued','replaced','discarded')),"
    " person INTEGER NOT NULL REFERENCES person(id), at INTEGER NOT NULL,"
    " second INTEGER REFERENCES person(id), second_at INTEGER," /* approved or signed it */
    " closed_by INTEGER REFERENCES person(id), reason TEXT,"    /* of discarding */
    " closed_at INTEGER,"
    " number TEXT," /* of the certificate */
    " CHECK(second IS NULL OR second <> person));"
    "CREATE UNIQUE INDEX certificate_request_open ON certificate_request(registration)"
    " WHERE state IN ('prepared','approved');"
    "CREATE INDEX certificate_request_application ON certificate_request(application);"
    "CREATE INDEX certificate_request_state ON certificate_request(state, id);"
    /* A list that an officer signs. Its PIN is nowhere: ticket leads to it in the memory of the
     * server that took the request (office/certificates/desk.h). */
    "CREATE TABLE signing("
    " id INTEGER PRIMARY KEY,"
    " ticket TEXT NOT NULL UNIQUE,"
    " sha256 TEXT NOT NULL," /* of the list that was confirmed */
    " person INTEGER NOT NULL REFERENCES person(id), at INTEGER NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('waiting','running','done','stopped')),"
    " failure TEXT," /* why it stopped: a word */
    " detail TEXT,"  /* the same, as the program said it */
    " ended_at INTEGER);"
    "CREATE INDEX signing_open ON signing(state) WHERE state IN ('waiting','running');"
    "CREATE TABLE signing_request("
    " signing INTEGER NOT NULL REFERENCES signing(id),"
    " request INTEGER NOT NULL REFERENCES certificate_request(id),"
    " PRIMARY KEY(signing, request)) WITHOUT ROWID;"
    "CREATE INDEX signing_request_request ON signing_request(request);",
    /* ---- changes of certificates that wait for a second officer (records/changes.h) ---- */
    "CREATE TABLE certificate_change("
    " id INTEGER PRIMARY KEY,"
    " certificate TEXT NOT NULL REFERENCES certificate(number),"
    " event TEXT NOT NULL, effective_on TEXT NOT NULL, reason TEXT, successor TEXT,"
    " data TEXT," /* canonical JSON of what is asked for */
    " state TEXT NOT NULL DEFAULT 'waiting' CHECK(state IN ('waiting','done','dropped')),"
    " person INTEGER REFERENCES person(id), actor TEXT NOT NULL, at INTEGER NOT NULL,"
    " second INTEGER REFERENCES person(id), second_actor TEXT, second_at INTEGER,"
    " entry INTEGER);" /* the event, once it is written */
    "CREATE UNIQUE INDEX certificate_change_waiting ON certificate_change(certificate, event)"
    " WHERE state = 'waiting';"
    "CREATE INDEX certificate_change_person ON certificate_change(person);"
    "CREATE INDEX certificate_change_second ON certificate_change(second);",
    /* ---- signatures of witnesses under signed heads (C2SP tlog-cosignature) ---- */
    "CREATE TABLE log_cosignature("
    " size INTEGER NOT NULL REFERENCES log_head(size),"
    " vkey TEXT NOT NULL,"  /* the witness */
    " at INTEGER NOT NULL," /* when it signed */
    " line TEXT NOT NULL,"  /* its signature line, with the newline */
    " PRIMARY KEY(size, vkey)) WITHOUT ROWID;"
    "CREATE INDEX log_cosignature_vkey ON log_cosignature(vkey, size);",
    /* ---- the bench: how a unit is reached, and what was found out about its TLS ---- */
    "CREATE TABLE device_bench("
    " device INTEGER PRIMARY KEY REFERENCES device(id),"
    " hardware TEXT NOT NULL DEFAULT '',"
    " name TEXT NOT NULL DEFAULT '',"     /* that its certificates are for */
    " targets TEXT NOT NULL DEFAULT '',"  /* one a line: 192.0.2.7:443/https */
    " declared TEXT NOT NULL DEFAULT ''," /* the vendor's word: office/bench/declared.h */
    " declared_by INTEGER REFERENCES person(id), declared_at INTEGER);"
    "CREATE TABLE device_scan("
    " id INTEGER PRIMARY KEY,"
    " device INTEGER NOT NULL REFERENCES device(id),"
    " application INTEGER REFERENCES application(id),"
    " kind TEXT NOT NULL CHECK(kind IN ('scan','upload','judge','listen')),"
    " source INTEGER REFERENCES device_scan(id)," /* of judge: whose record */
    " state TEXT NOT NULL CHECK(state IN ('waiting','running','done','failed','cancelled')),"
    " targets TEXT NOT NULL, name TEXT NOT NULL DEFAULT '',"
    " firmware TEXT NOT NULL DEFAULT ''," /* as the unit had it then */
    " level INTEGER NOT NULL, intrusive INTEGER NOT NULL DEFAULT 0,"
    " person INTEGER REFERENCES person(id)," /* NULL: the operator at the command line */
    " note TEXT NOT NULL DEFAULT '',"
    " file TEXT REFERENCES blob(sha256),"   /* of upload: as it came */
    " record TEXT REFERENCES blob(sha256)," /* hellos and answers, to be judged again */
    " report TEXT REFERENCES blob(sha256)," /* JSON, one of the contract's objects a line */
    " maker TEXT,"                          /* of upload: who signed it; NULL: nobody did */
    " policy TEXT, result TEXT CHECK(result IN ('pass','fail','inconclusive','not-tested')),"
    " services INTEGER, spoke INTEGER, connections INTEGER,"
    " starts INTEGER NOT NULL DEFAULT 0," /* more than one: it was interrupted */
    " failure TEXT, detail TEXT,"         /* a word; what the program said */
    " created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER,"
    " released_at INTEGER, released_by INTEGER REFERENCES person(id));"
    "CREATE INDEX device_scan_device ON device_scan(device, id);"
    "CREATE INDEX device_scan_application ON device_scan(application, id)"
    " WHERE application IS NOT NULL;"
    "CREATE INDEX device_scan_open ON device_scan(id) WHERE state IN ('waiting','running');"
    /* The same report in other forms, made at the same time. */
    "CREATE TABLE device_scan_file("
    " scan INTEGER NOT NULL REFERENCES device_scan(id),"
    " format TEXT NOT NULL, lang TEXT NOT NULL,"
    " sha256 TEXT NOT NULL REFERENCES blob(sha256),"
    " PRIMARY KEY(scan, format, lang)) WITHOUT ROWID;",
    /* ---- searches of the register come in the order of their pages ---- */
    "DROP INDEX certificate_model_model;"
    "DROP INDEX certificate_model_firmware;"
    "CREATE INDEX certificate_model_model ON certificate_model(model COLLATE NOCASE, certificate);"
    "CREATE INDEX certificate_model_both"
    " ON certificate_model(model COLLATE NOCASE, firmware COLLATE NOCASE, certificate);"
    "CREATE INDEX certificate_model_firmware"
    " ON certificate_model(firmware COLLATE NOCASE, certificate);",
    /* ---- an amendment or correction that an officer signs ---- */
    "CREATE TABLE signing_change("
    " signing INTEGER PRIMARY KEY REFERENCES signing(id),"
    " change INTEGER NOT NULL REFERENCES certificate_change(id));"
    "CREATE INDEX signing_change_change ON signing_change(change);",
    /* ---- runs: a device is waited for no longer, what it did is judged ---- */
    "ALTER TABLE device_scan ADD COLUMN finish_at INTEGER;",
    /* ---- the register is searched by the holder's name in Hindi, too ---- */
    "ALTER TABLE certificate ADD COLUMN holder_hi TEXT;"
    "UPDATE certificate SET holder_hi = (SELECT json_extract(e.data, '$.holder.name_hi')"
    " FROM log_entry e WHERE e.certificate = certificate.number AND e.data IS NOT NULL"
    " ORDER BY e.entry DESC LIMIT 1);"
    "CREATE INDEX certificate_holder_hi ON certificate(holder_hi COLLATE NOCASE, number);",
};

const struct db_schema records_schema = {steps, sizeof steps / sizeof *steps};
