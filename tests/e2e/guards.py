#!/usr/bin/env python3
"""Takes guards away, one after the other, and expects the security tests to notice.

For each row the source is patched in a copy of the tree (never in the tree itself), the programs are
built there, and the named case has to fail. A row whose text is no longer in the source fails as well.

usage: guards.py [NAME...]       environment: B, the build directory (default: build)
Not a part of `make check`: it takes some minutes (`make guards`).
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

from foreign_guards import FOREIGN_GUARDS
from issue_guards import ISSUE_GUARDS
from mail_guards import MAIL_GUARDS
from weblink_guards import WEBLINK_GUARDS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.environ.get("B", "build")
ACCESS, WEB, LOGIN = "e2e/security_access.py", "e2e/security_web.py", "e2e/office_login.py"
PARTS, PEOPLE, OPS = "test_people_parts", "test_people", "test_people_ops"
PEOPLE_C, LOGIN_C = "src/office/people/people.c", "src/office/people/login.c"
SESSION_C, OP_C = "src/http/office/session.c", "src/office/op.c"
CERTIFICATE_C = "src/office/people/certificate.c"
WORK_C, REPEAT_C = "src/http/office/office_work.c", "src/office/repeat.c"

LOCKED = "e2e/locked.py"

# name, test, its case, [(file, what is there, what stands there instead)]
GUARDS = [
    # ---- what is left of the password of a document ----
    ("password-in-the-zygote", LOCKED, "through_the_server",
     [("src/sandbox/zygote_loop.c", "explicit_bzero(message.password, sizeof message.password);", "")]),
    ("password-in-the-request", LOCKED, "through_the_server",
     [("src/http/request.c", "explicit_bzero(r->password, sizeof r->password);", ""),
      ("src/http/request.c", "mem_free_wiped(r);", "mem_free(r);")]),
    ("password-in-the-address", LOCKED, "through_the_server",
     [("src/http/request.c", "strict && strcmp(key, \"password\") == 0", "false")]),
    ("password-in-evidence", LOCKED, "stored_and_replayed",
     [("src/cli/stored.c", "\"password\", needs_password(report)", "\"password\", false")]),
    # ---- who reaches what ----
    ("vendors-own-applications", ACCESS, "another_vendors_records_by_id",
     [(OP_C, "firm != c->actor->firm || firm == UTC_NONE", "false"),
      ("src/office/cases.c", "(c->actor->firm == UTC_NONE || c->actor->firm != "
       "office_num(*out, \"vendor\"))", "false")]),
    ("vendors-own-documents", ACCESS, "another_vendors_records_by_id",
     [("src/office/intake/answers.c",
       "(!answers_is_vendor(c) || row_int(*row, \"vendor\") == c->actor->firm)", "true")]),
    ("quota", ACCESS, "a_vendor_cannot_fill_the_disk",
     [("src/office/quota.c", "return full ? OP_TOO_LARGE : OP_OK;", "(void)full;\n    return OP_OK;")]),
    ("quota-before", ACCESS, "a_vendor_cannot_fill_the_disk",
     [(WORK_C, "judge_quota(r);", "(void)judge_quota;")]),
    ("quota-after", ACCESS, "a_vendor_cannot_fill_the_disk",
     [("src/office/ops_documents.c", "if (full) {", "if (full == OP_INTERNAL) {")]),
    ("vendors-own-firm", ACCESS, "another_vendors_records_by_id",
     [("src/office/ops_firms.c", "return office_is_vendor(c) && op_int(c, \"firm\") != "
       "c->actor->firm;", "return false;")]),
    ("own-sessions", ACCESS, "another_vendors_records_by_id",
     [("src/records/sessions.c", "DELETE FROM session WHERE person = ? AND lower",
       "DELETE FROM session WHERE ? IS NOT NULL AND lower")]),
    ("own-tokens", ACCESS, "another_vendors_records_by_id",
     [("src/office/ops_account.c", "t.person != c->actor->person", "false")]),
    ("lists-of-own-things", ACCESS, "lists_and_pages_show_own_things_only",
     [("src/office/listing.c", "out->vendor = c->actor->firm == UTC_NONE ? -1 : c->actor->firm;",
       "out->vendor = UTC_NONE;")]),
    ("roles", ACCESS, "every_role_at_every_operation",
     [(OP_C, "op->roles & a->roles", "a->roles")]),
    ("roles-of-pages", ACCESS, "pages_by_role",
     [(WORK_C, "(!r->actor || !(r->actor->roles & r->page->roles))", "!r->actor")]),
    ("logged-in", ACCESS, "every_role_at_every_operation",
     [(OP_C, "return known ? OP_FORBIDDEN : OP_NOT_LOGGED_IN;", "return OP_OK;"),
      (WORK_C, "if (r->op && !op_allowed(r->op, r->actor)) {", "if (false) {")]),
    ("scopes", ACCESS, "token_scopes", [(OP_C, "(!a->scopes || in_scope(op, a->scopes))", "true")]),
    ("scope-read", ACCESS, "token_scopes", [(OP_C, "op->flags & OP_READ && n == group + 5",
                                             "n == group + 5")]),
    ("token-expiry", ACCESS, "token_ends", [(PEOPLE_C, "|| now >= t.expires_at", "")]),
    ("token-revoked", ACCESS, "token_ends", [(PEOPLE_C, "t.revoked_at != UTC_NONE", "false")]),
    ("token-of-the-disabled", ACCESS, "token_ends",
     [(PEOPLE_C, "who.disabled_at != UTC_NONE", "false"),
      ("src/office/ops_people.c", "token_revoke_all(c->records, p->id, c->now) < 0", "false")]),
    ("token-makes-token", ACCESS, "tokens_make_no_tokens",
     [("src/office/ops_account.c", "if (by_token(c)) {", "if (false) {")]),
    ("token-private-groups", ACCESS, "tokens_make_no_tokens",
     [("src/office/ops_account.c", "return !is_private(word, n);", "return true;")]),
    ("fresh-password", ACCESS, "old_sessions_show_the_password_again",
     [(OP_C, "op->flags & OP_FRESH && a && a->stale", "false")]),
    ("idempotency", ACCESS, "idempotency_key_again",
     [(REPEAT_C, "if (strcmp(row.request, request) != 0 || strcmp(row.operation, c->op->id) != 0)",
       "if (false)")]),
    ("secrets-kept", ACCESS, "secrets_are_not_replayed",
     [(REPEAT_C, "secret ? NULL : c->out", "c->out"),
      (REPEAT_C, "bool secret = c->op->flags & OP_SECRET;", "")]),
    # ---- guessing ----
    ("lock", ACCESS, "guessed_passwords_lock",
     [(LOGIN_C, "counts && who->failures + 1 >= o->lockout_failures", "false")]),
    ("lock-of-codes", PEOPLE, "test_second_locks",
     [(LOGIN_C, "note_failure(p, r, &who, \"login.failed-code\", now)", "0")]),
    ("unknown-login", ACCESS, "unknown_logins_look_alike",
     [(LOGIN_C, "int matches = people_matches(p, found == 0", "if (found == RECORDS_NONE) {\n"
       "        out->result = PEOPLE_WAIT;\n        return;\n    }\n"
       "    int matches = people_matches(p, found == 0")]),
    ("waiting", ACCESS, "guesses_wait", [(LOGIN_C, "return (int)wait;", "return 0;")]),
    ("waiting-inside", ACCESS, "guesses_of_the_old_password_wait",
     [("src/office/ops_account.c", "if (wait > 0) {", "if (false) {"),
      ("src/office/ops_account.c", "int right = wait == 0 ?", "int right = wait >= 0 ?")]),
    ("password-rules", OPS, "test_password",
     [("src/office/ops_account.c", "if (fault) {", "if (false) {")]),
    ("code-once", PARTS, "test_totp_window", [("src/office/people/totp.c", "s > used &&", "")]),
    ("code-once-at-once", PEOPLE, "test_second",
     [("src/office/people/totp.c", "s > used &&", ""),
      ("src/records/people.c", "WHERE id = ? AND totp_step < ?", "WHERE id = ? AND ? > 0")]),
    ("recovery-once", PEOPLE, "test_recovery",
     [("src/records/people.c", "person = ? AND \"\n                           \"used_at IS NULL\"",
       "person = ?\"")]),
    ("sealed-for-one", PARTS, "test_seal",
     [("src/office/people/seal.c", "EVP_CipherUpdate(c, NULL, &n, (const uint8_t *)use, "
       "(int)strlen(use)) == 1", "use")]),
    ("second-factor", PEOPLE, "test_second", [(LOGIN_C, "who.totp_size == 0, false, out",
                                               "true, false, out")]),
    ("cookie-hashed", PEOPLE, "test_cookie_is_hashed",
     [("src/office/people/secret.c", "    buffer_str(&b, purpose);\n    buffer_char(&b, 0);\n",
       "    (void)purpose;\n")]),
    # ---- sessions ----
    ("kept-own-pages", "e2e/office_forms.py", "kept_for_nobody_else",
     [("src/http/office/kept.c", "r->visitor.origin_ok && ", "")]),
    ("kept-no-password", "e2e/office_forms.py", "kept_for_nobody_else",
     [("src/http/office/kept.c", "!has_password(op) &&", "has_password(op) < 2 &&")]),
    ("kept-form-of-then", "e2e/office_forms.py", "another_session_meanwhile",
     [("src/http/office/pages_form.c", "|| v->failed_problem == OP_OK)", ")")]),
    ("idle", PEOPLE, "test_session_ends", [(PEOPLE_C, "now - s.seen_at > idle", "idle < 0")]),
    ("absolute", PEOPLE, "test_session_ends", [(PEOPLE_C, "now >= s.expires_at ||", "")]),
    ("old-session-ends", WEB, "planted_sessions",
     [(LOGIN_C, "end_old(r, in->old_cookie) == 0 &&", "")]),
    ("new-cookie", WEB, "planted_sessions",
     [(PEOPLE_C, "session_end(r, s->hash) == 1 &&\n                people_session_new(r, &row, cookie)",
       "people_session_new(r, &row, cookie)")]),
    ("first-steps", WEB, "first_steps_hold_back",
     [(WORK_C, "return held && !(", "return false && !("),
      (PEOPLE_C, "s->must_change || s->must_enrol ? \"account\" : NULL", "NULL")]),
    ("http-only", WEB, "cookie_flags", [(SESSION_C, "; HttpOnly", "")]),
    ("same-site", WEB, "cookie_flags", [(SESSION_C, "; SameSite=Strict", "")]),
    ("secure", WEB, "cookie_flags", [(SESSION_C, "\"; Secure\"", "\"\"")]),
    # ---- forged requests ----
    ("form-token", WEB, "forged_requests_at_every_operation",
     [(SESSION_C, "v->origin_ok && people_form_ok(&v->session, shown)", "v->origin_ok")]),
    ("origin", WEB, "forged_requests_at_every_operation",
     [(SESSION_C, "v->origin_ok && people_form_ok(", "people_form_ok(")]),
    ("origin-denies", WEB, "forged_requests_at_every_operation",
     [(SESSION_C, "&& !origin_denies", "&& (!origin_denies || true)")]),
    ("origin-whole", WEB, "forged_requests_at_every_operation",
     [(SESSION_C, "strcasecmp(origin + n, host) == 0", "strncasecmp(origin + n, host, strlen(host)) == 0")]),
    ("forms", WEB, "forged_forms", [(WORK_C, "fail(r, visitor_judge(r->connection, &r->visitor, "
                                     "form_token(r)));", "(void)form_token;")]),
    ("login-origin", WEB, "forged_forms",
     [("src/http/office/pages_login.c", "return !r->visitor.origin_ok;", "return false;"),
      ("src/http/office/pages_login.c", "*rc = r->visitor.origin_ok ? 0 :", "*rc = true ? 0 :")]),
    ("reading-by-get", WEB, "reading_changes_nothing",
     [("src/http/office/office_request.c", "} else if (!is_method(r, \"POST\")) {",
       "} else if (false) {")]),
    # ---- script, addresses, names, SQL ----
    ("escape-less-than", WEB, "stored_script", [("src/report/html.c", "return \"&lt;\";", "return \"<\";")]),
    ("escape-quote", WEB, "reflected_script",
     [("src/report/html.c", "return \"&quot;\";", "return \"\\\"\";")]),
    ("saved-not-shown", WEB, "security_headers",
     [("src/http/security.c", "\"default-src 'none'; sandbox; frame-ancestors 'none'\"",
       "\"sandbox; frame-ancestors 'none'\"")]),
    ("policy", WEB, "security_headers",
     [("src/http/security.c", "script-src 'self'; \"\n                         \"img-src 'self' data:;",
       "script-src 'self' 'unsafe-inline'; \"\n                         \"img-src 'self' data:;")]),
    ("frames", WEB, "security_headers",
     [("src/http/security.c", "\"frame-ancestors 'none'\"}", "\"frame-ancestors *\"}")]),
    ("nosniff", WEB, "security_headers",
     [("src/http/security.c", "{\"X-Content-Type-Options\", \"nosniff\"},", "")]),
    ("no-store", WEB, "security_headers",
     [("src/http/office/reply.c", "\"no-store\"", "\"max-age=60\"")]),
    ("own-addresses", WEB, "addresses_lead_nowhere_else",
     [("src/http/office/form_post.c", "*s == '\\\\' || *s == '\"' || (*s == '/' && s[1] == '/')",
       "false")]),
    ("own-addresses-login", WEB, "addresses_lead_nowhere_else",
     [("src/http/office/people_view.c", "strncmp(next, \"/office\", 7) != 0 ||", "")]),
    ("names-of-files", WEB, "tricks_in_file_names",
     [("src/office/intake/names.c", "raw.p[i] == '/' || raw.p[i] == '\\\\'", "false")]),
    ("nul-in-addresses", WEB, "tricks_in_addresses",
     [("src/http/server.c", "(octet || !address)", "true")]),
    ("quotes-in-searches", WEB, "sql_metacharacters_everywhere",
     [("src/records/search.c", "if (word.p[i] == '\"') {", "if (false) {")]),
    ("whose-address", WEB, "who_says_where_he_is",
     [(SESSION_C, "behind_proxy && forwarded(", "forwarded(")]),
    ("whose-certificate", WEB, "who_says_where_he_is",
     [("src/http/office/pages_login.c", "name[0] && r->office->server->settings->behind_proxy",
       "name[0]")]),
    # ---- certificates ----
    ("certificate-good", LOGIN, "certificates",
     [(CERTIFICATE_C, "known && is_good(p, der)", "known && (is_good(p, der) || true)")]),
    ("certificate-revoked", LOGIN, "certificates",
     [(CERTIFICATE_C, "access(lists, R_OK) == 0 ?", "lists == NULL ?")]),
    ("certificate-confirmed", LOGIN, "certificates",
     [("src/records/people.c", "FROM person WHERE certificate = ?",
       "FROM person WHERE ?1 IN (certificate, certificate_new)"),
      (LOGIN_C, "strcmp(who.certificate, sha256) != 0", "false")]),
    # ---- the trail ----
    ("readings", ACCESS, "readings_are_noted",
     [(OP_C, "return noted ? audit_read(c) : rc;", "(void)audit_read;\n    (void)noted;\n    return rc;")]),
    ("shown-once", LOGIN, "administration",
     [("src/office/ops_people.c", "c->out = people_json(p);", "c->out = people_json(p);\n"
       "    (void)json_object_set_new(c->out, \"name\", json_string(p->password));")]),
    # ---- the bench ----
    ("runs-before-release", "e2e/bench_story.py", "the vendor sees a run once it is released, nobody else's, and no "
     "name of the body's people",
     [("src/office/bench/bench.c", "office_num(*out, \"released_at\") == UTC_NONE", "false")]),
    ("scans-of-the-server", "e2e/bench_story.py", "without the setting the server is no way into itself: loopback is "
     "refused, at the start and later",
     [("src/office/bench/targets.c", "return loop ? NULL : &own;", "return NULL;")]),
    ("scans-of-strangers", "e2e/bench_story.py", "addresses outside the bench, of this server, of many, names, options "
     "and line breaks are refused",
     [("src/office/bench/targets.c", "!exactly ? &own : inside ? NULL : &far;", "!exactly ? &own : NULL;")]),
    ("keys-of-a-mere-word", "e2e/bench_story.py", "a record made elsewhere is judged here; a report without hellos stays "
     "its maker's word",
     [("src/office/intake/bench_work.c", "(b->derived || b->maker)", "true")]),
    ("clients-of-strangers", "e2e/bench_story.py", "another device is sent away; a run is ended, and kill -9 of the "
     "server ends the listener and begins it anew",
     [("src/tls/listen.c", "if (!is_meant(p->l->options, ip)) {", "(void)is_meant;\n    if (false) {")]),
    ("certificates-of-clients", "e2e/tls_listen_traps.py", "sandboxed",
     [("src/cli/tls/listen_reports.c", "sandbox_task(work, w, out, why, sizeof why)", "work(w, out)")]),
    # ---- documents ----
    ("four-eyes", "test_runner", "test_four_eyes",
     [("src/office/ops_decisions.c", "row_int(d, \"person\") == c->actor->person", "false")]),
    ("duplicates-told-to-vendors", "test_runner", "test_vendors_apart",
     [("src/office/ops_documents.c", "if (rc == 0 && answers_is_vendor(c)) {", "if (rc > 9) {")]),
    ("duplicates-in-the-trail", "test_runner", "test_vendors_apart",
     [("src/office/ops_documents.c", "version, subject), application, false,\n"
       "                           json_pack(\"{s:I}\", \"same_elsewhere\"",
       "version, subject), application, true,\n"
       "                           json_pack(\"{s:I}\", \"same_elsewhere\"")]),
    ("engine-failure-is-no-verdict", "test_runner", "test_own_failure",
     [("src/office/intake/verify.c", "    if (why) {\n", "    if (why && w->job->tries > 99) {\n")]),
    ("writable-document", "test_sandbox", "test_zygote_file",
     [("src/sandbox/zygote_loop.c", "(st->st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0", "true")]),
    ("cage-seccomp", "test_cage", "test_no_network",
     [("src/cli/text/cage.c", "SECCOMP_RET_ERRNO | EPERM", "SECCOMP_RET_ALLOW")]),
    ("cage-landlock", "test_cage", "test_no_files",
     [("src/cli/text/cage.c", "limit(RLIMIT_NOFILE, FILES) != 0 || landlock() != 0",
       "limit(RLIMIT_NOFILE, FILES) != 0")]),
    ("names-cleaned", "test_intake", "test_names",
     [("src/office/intake/names.c", "copy(&b, last_part(raw));", "copy(&b, raw);")]),
]


def copy_tree(work):
    """The source and what is built, with its times, so that make only builds what is patched."""
    for name in ("src", "include", "tests", "trust", "certs", "Makefile"):
        path = os.path.join(ROOT, name)
        if os.path.isdir(path):
            shutil.copytree(path, os.path.join(work, name), symlinks=True)
        else:
            shutil.copy2(path, work)
    built = os.path.join(ROOT, B)
    os.makedirs(os.path.join(work, "build"))
    for name in os.listdir(built):
        path, to = os.path.join(built, name), os.path.join(work, "build", name)
        if name in ("obj", "libexec", "tests", "gen"):
            shutil.copytree(path, to, symlinks=True, ignore_dangling_symlinks=True)
        elif os.path.isfile(path):
            shutil.copy2(path, to)
    for stamp in (".packages-build", ".packages-test"):
        with open(os.path.join(work, "build", stamp), "w", encoding="utf-8"):
            pass


def build(work, test):
    """0 when it was built; the log otherwise."""
    wanted = [f"build/tests/{test}"] if test.startswith("test_") else \
        ["build/libexec/satyapan/satyapan-mail"] if test.startswith("e2e/mail_") else \
        ["build/satyapan", "build/libexec/satyapan/satyapan-serve", "build/tests/ops_table"]
    wanted += ["build/libexec/satyapan/satyapan-tls"] if "bench" in test or "/tls_" in test else []
    wanted += ["build/libexec/satyapan/satyapan-issue"] if "office_issue" in test or "register_change" in test else []
    run = subprocess.run(["make", "-j2", "B=build", "WERROR="] + wanted, cwd=work, text=True,
                         capture_output=True, timeout=900, check=False)
    return "" if run.returncode == 0 else run.stdout[-500:] + run.stderr[-1500:]


def fails(work, test, name):
    """The case ran and failed, for a reason of its own; else what happened instead."""
    command = [f"build/tests/{test}"] if test.startswith("test_") else \
        [sys.executable, "-B", f"tests/{test}", name]
    run = subprocess.run(command, cwd=work, text=True, capture_output=True, timeout=600, check=False,
                         env=os.environ | {"B": "build"})
    out = run.stdout + run.stderr
    told = f"FAIL {name}:" in out or f"[  FAILED  ] {name}" in out
    broken = [w for w in ("no address in", "not ready", "Traceback") if w in out]
    if told and not broken and run.returncode != 0:
        return ""
    return "nobody noticed" if run.returncode == 0 else f"failed otherwise: {out[-600:]}"


def patch(work, changes):
    """The files as they were; AssertionError when a text is not there."""
    before = {}
    for name, old, new in changes:
        path = os.path.join(work, name)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        before.setdefault(path, text)
        flat = " ".join(old.split())
        if old not in text:
            raise AssertionError(f"{name} has no {flat!r}: the row has to follow the source")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new))
    return before


def try_one(work, test, name, changes):
    before = {}
    try:
        before = patch(work, changes)
        log = build(work, test)
        return f"does not build: {log}" if log else fails(work, test, name)
    except AssertionError as e:
        return str(e)
    finally:
        for path, text in before.items():
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)


def main(names):
    every = GUARDS + MAIL_GUARDS + ISSUE_GUARDS + WEBLINK_GUARDS + FOREIGN_GUARDS
    rows = [g for g in every if not names or any(n in g[0] for n in names)]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="satyapan-guards-") as work:
        copy_tree(work)
        for guard, test, name, changes in rows:
            began = time.monotonic()
            why = try_one(work, test, name, changes)
            failed += bool(why)
            print(f"{'FAIL' if why else 'ok  '} without {guard}: {os.path.basename(test)} {name}"
                  f" ({time.monotonic() - began:.0f} s){': ' + why if why else ''}", flush=True)
    print(f"{len(rows) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
