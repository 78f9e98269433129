#!/usr/bin/env python3
"""Who reaches what: other vendors' records by id, every role at every operation, tokens, repeated
requests, guessed passwords. Each case fails when its guard is taken away (`make guards`).

usage: security_access.py [NAME...]       environment: B, the build directory (default: build)
"""
import concurrent.futures
import http.client
import json
import os
import secrets
import socket
import sys
import time
import urllib.parse

from office_browser import Browser
from office_server import OfficeServer, ROOT, expect, run_cases
from security_world import (FRESH, LETTERS, MARK, NOBODY, OPEN, READ, SECRET, STREAM, UPLOAD, World, by_id,
                            code)

CASES = []
# Who may call what: I intake, S assessor, C committee, G signer, A admin, V vendor. Written by hand: an
# operation that is not here has to be thought about.
ALL, OFFICERS = "ISCGAV", "ISCGA"
MAY = {
    "application.create": "IAV", "application.list": ALL, "application.show": ALL,
    "application.set": "IAV", "application.add-model": "IAV", "application.set-model": "IAV",
    "application.remove-model": "IAV", "application.add-location": "IAV",
    "application.remove-location": "IAV", "application.submit": "IAV", "application.return": "IA",
    "application.confirm-complete": "IA",
    "application.register": "IA", "application.assign": "IA", "application.allot-lab": "IA",
    "application.record-agreement": "IA", "application.begin-testing": "IA",
    "application.appoint-assessor": "IA", "application.begin-assessment": "ISA",
    "application.present": "SA", "application.decide": "C", "application.close-conditions": "CA",
    "application.withdraw": "IAV", "application.not-consider": "IA", "application.undo": "IA",
    "application.analyse-change": "IAV", "application.decide-change": "IA",
    "application.timeline": ALL, "application.export": ALL, "application.check": ALL,
    "application.events": ALL,
    "note.add": ALL, "note.list": ALL, "firm.create": "IA", "firm.list": ALL, "firm.show": ALL,
    "firm.set": "IA", "lab.create": "A", "lab.list": OFFICERS, "lab.show": OFFICERS,
    "lab.set": "A", "lab.empanel": "A", "lab.limit-empanelment": "A", "payment.propose": "IA",
    "payment.invoice": "IA", "payment.receive": "IA", "payment.list": ALL, "document.add": "ISV",
    "document.list": ALL, "document.show": ALL, "document.version": ALL, "document.content": ALL,
    "document.token": ALL, "verification.list": ALL, "verification.again": "IS", "file.list": ALL,
    "file.of-version": ALL, "file.show": ALL, "file.content": ALL, "file.set": "IS",
    "verification.report": ALL, "decision.propose": "IS", "decision.confirm": "IS",
    "decision.reject": "IS", "decision.list": OFFICERS, "decision.waiting": OFFICERS,
    "statistics.show": OFFICERS, "statistics.states": OFFICERS, "person.list": "IA", "officer.list": OFFICERS,
    "person.create": "IA", "person.show": "IA", "person.set": "IA", "person.disable": "IA",
    "person.enable": "IA", "person.reset": "IA", "person.reset-totp": "IA",
    "person.certificate": "A", "account.show": ALL, "account.language": ALL,
    "account.password": ALL, "account.totp-begin": ALL, "account.totp-confirm": ALL,
    "account.recovery": ALL, "account.certificate": ALL, "session.list": ALL, "session.end": ALL,
    "session.end-others": ALL, "token.list": ALL, "token.create": ALL, "token.revoke": ALL,
    "audit.list": "A", "audit.check": "A", "application.calendar": ALL,
    "application.confirm-complete": "IA", "reminder.list": OFFICERS, "reminder.done": "IS",
    "certificate.draft": OFFICERS, "certificate.prepare": "IG", "certificate.propose": "IG",
    "certificate.requests": OFFICERS, "certificate.request": OFFICERS,
    "certificate.preview": OFFICERS, "certificate.export": OFFICERS, "certificate.discard": "IG",
    "certificate.approve": "G", "certificate.sign": "G", "certificate.signings": OFFICERS,
    "certificate.selection": OFFICERS, "certificate.change": "IG", "certificate.confirm": "G",
    "certificate.reject": "IG", "certificate.changes": OFFICERS,
    "certificate.amend": "IG", "certificate.correct": "IG", "certificate.sign-change": "G",
    "certificate.amendment": OFFICERS, "certificate.amendment-preview": OFFICERS,
    "certificate.signing": OFFICERS, "certificate.list": OFFICERS, "certificate.show": OFFICERS,
    "device.create": "ISA", "device.list": ALL, "device.show": ALL, "device.set": "ISA",
    "device.attach": "ISA", "device.declare": "ISAV", "device.events": OFFICERS,
    "scan.start": "SA", "scan.upload": "SA", "scan.judge": "SA", "scan.cancel": "SA", "scan.finish": "SA",
    "scan.release": "SA", "scan.list": ALL, "scan.of-application": ALL, "scan.show": ALL,
    "scan.service": ALL, "scan.compare": ALL, "scan.declared": ALL, "scan.report": ALL,
    "scan.record": ALL, "scan.ca": "SA",
    "foreign.open": "IAV", "foreign.set": "IAV", "foreign.list": ALL, "foreign.due": "IA",
    "foreign.poll": "IA", "foreign.show": ALL, "foreign.timeline": ALL, "foreign.check": "IA",
    "foreign.mail": "IA", "foreign.attach": "IS", "foreign.evidence": OFFICERS,
    "foreign.decide": "IS", "foreign.confirm": "IS", "foreign.reject": "IS", "foreign.pause": "IA",
    "foreign.resume": "IA", "foreign.extend": "IA", "foreign.close": "IA", "foreign.reopen": "IA",
    "foreign.question": ALL, "foreign.answer": ALL, "foreign.feed": ALL, "foreign.feed-new": ALL,
    "foreign.feed-end": ALL, "issuer.list": OFFICERS, "issuer.show": OFFICERS,
    "issuer.import": "IA", "issuer.approve": "IA", "issuer.reject": "IA", "issuer.withdraw": "IA",
    "rule.waive": "IS", "report.list": ALL, "report.set": "IS", "setting.list": "A", "setting.scheme": OFFICERS,
}
# What belongs to a vendor: another one must not tell it from what is not there.
OWNED = {"application", "model", "location", "payment", "document", "version", "file",
         "verification", "decision", "firm", "session", "token", "note", "reminder", "device",
         "scan", "case"}
# There is nothing to show the owner either: no time-stamp service is set.
EMPTY = {"document.token"}


def case(function):
    CASES.append(function)
    return function


def same(a, b):
    """Two answers of the API, but for the request's number."""
    def bare(r):
        return {k: v for k, v in r.json.items() if k != "request"} if r.body else None
    return a.status == b.status and bare(a) == bare(b)


def owned(op):
    return [p["name"] for p in op["params"] if p["place"] == "path" and p["name"] in OWNED]


def for_vendors(world):
    return [op for op in world.ops if op["roles"] & 32]


@case
def another_vendors_records_by_id(work):
    """Not found, in the very words for what does not exist; and nothing is changed."""
    with World(work) as w:
        before = w.rows()
        ops = [op for op in for_vendors(w) if owned(op)]
        expect(len(ops) > 25, f"only {len(ops)} operations have ids of a vendor's records")
        for op in ops:
            missing = [n for n in owned(op) if n not in w.ids]
            expect(not missing, f"{op['id']}: the world has no {missing}")
            theirs = w.ask(op, w.stranger)
            none = w.ask(op, w.stranger, {n: "f" * 32 if n == "session" else NOBODY
                                          for n in owned(op)})
            expect(theirs.status == 404 and code(theirs) == "not-found", f"{op['id']}: {theirs}")
            expect(same(theirs, none), f"{op['id']} tells what exists: {theirs} {none}")
        expect(w.rows() == before, "a stranger changed something")
        # The same requests are the owner's right: it was not the request that was wrong.
        for op in ops:
            if op["id"] not in EMPTY and not op["flags"] & STREAM:
                mine = w.ask(op, w.owner)
                expect(mine.status in (200, 201, 204, 409, 422), f"{op['id']} as owner: {mine}")


@case
def another_vendors_things_in_own_ones(work):
    """Own application, but somebody else's model, payment and so on in it."""
    with World(work) as w:
        mine = w.s.good("POST", "/api/v1/applications", {"product": "Own", "series": "IP camera",
                                                         "level": 1, "kind": "fresh"},
                        w.stranger)["id"]
        before = w.rows()
        tried = 0
        for op in for_vendors(w):
            if "application" in owned(op) and len(owned(op)) > 1:
                a = w.ask(op, w.stranger, {"application": mine})
                expect(a.status == 404, f"{op['id']}: {a}")
                tried += 1
        a = w.ask(by_id(w.ops)["document.add"], w.stranger, {"application": mine},
                  headers={"Content-Type": "text/plain"})
        expect(a.status in (200, 201, 202), f"an own document: {a}")
        a = w.s.upload(f"/api/v1/applications/{mine}/documents", b"x", w.stranger,
                       document=w.ids["document"])
        expect(a.status in (400, 404), f"a version of somebody else's document: {a}")
        expect(tried >= 3, f"only {tried} operations have two ids")
        after = w.rows()
        for table in ("model", "location", "payment"):
            expect(after[table] == before[table], f"{table} changed")


@case
def a_vendor_cannot_fill_the_disk(work):
    """vendor_bytes is for all documents of a firm; it is asked before the bytes come, and again when
    they are there without a length before. Officers go on."""
    with World(work, vendor_bytes=300_000) as w:
        mine = w.s.good("POST", "/api/v1/applications", {"product": "Own", "series": "IP camera",
                                                         "level": 1, "kind": "fresh"},
                        w.stranger)["id"]
        path = f"/api/v1/applications/{mine}/documents"
        # What is found out about the first one is kept beside it, meanwhile; that is smaller.
        kept = lambda: sum(os.path.getsize(os.path.join(place, name)) > 50_000 for place, _, names in
                           os.walk(os.path.join(w.s.data, "blobs")) for name in names)
        a = w.s.upload(path, os.urandom(200_000), w.stranger)
        expect(a.status == 201, f"within: {a}")
        before = kept()
        a = w.s.upload(path, os.urandom(200_000), w.stranger)
        expect(a.status == 413 and "certification body" in a.json["detail"], f"over: {a}")
        expect(kept() == before, "what was refused by its length lies on the disk")
        a = w.s.call("POST", path + "?kind=other&filename=x.pdf", token=w.stranger,
                     body=iter([os.urandom(100_000)] * 2), headers={"Content-Type": "application/pdf"})
        expect(a.status == 413, f"without a length: {a}")
        expect(w.s.upload(path, os.urandom(90_000), w.stranger).status == 201, "what still fits")
        a = w.s.upload(f"/api/v1/applications/{w.ids['application']}/documents", b"x" * 9, w.owner)
        expect(a.status == 201, f"another firm: {a}")
        expect(w.s.upload(path, os.urandom(400_000), w.chief).status == 201, "an officer")


@case
def lists_and_pages_show_own_things_only(work):
    """Nothing of the first vendor is anywhere in what the second one can read."""
    with World(work) as w:
        seen = 0
        for op in for_vendors(w):
            if op["method"] == "GET" and not owned(op):
                mine, theirs = w.ask(op, w.owner), w.ask(op, w.stranger)
                expect(MARK.encode() not in theirs.body, f"{op['id']} shows it: {theirs}")
                seen += MARK.encode() in mine.body
        expect(seen >= 2, "the owner does not see his own things in the lists")
        for words in ({"vendor": w.ids["vendor"]}, {"text": MARK}):
            a = w.ask(by_id(w.ops)["application.list"], w.stranger, words)
            expect(a.status in (200, 400) and MARK.encode() not in a.body, f"with {words}: {a}")
        b, o = w.session(w.stranger_id), w.session(w.people["V"])
        app = w.ids["application"]
        for path in ("/office", f"/office/applications/{app}", f"/office/applications/{app}/print",
                     f"/office/applications/{app}/rules", f"/office/applications/{app}/data",
                     f"/office/documents/{w.ids['document']}", f"/office/files/{w.ids['file']}",
                     f"/office/search?text={MARK}"):
            # What was typed into a search may come back; the product's name may not.
            text = b.get(path).text.replace(f'value="{MARK}"', "")
            expect(MARK + " " not in text, f"{path} shows it")
        expect(MARK in o.get(f"/office/applications/{app}").text, "the owner does not see it")


@case
def created_for_somebody_else(work):
    """A vendor cannot put an application into another one's name."""
    with World(work) as w:
        create = by_id(w.ops)["application.create"]
        a = w.ask(create, w.stranger, {"vendor": w.ids["vendor"]}, optional=True,
                  leave=("oem", "version"))
        rows = w.sql("SELECT vendor FROM application ORDER BY id DESC LIMIT 1")
        expect(a.status >= 400 or rows[0][0] == w.other_firm, f"somebody else's name: {a} {rows}")


@case
def every_role_at_every_operation(work):
    with World(work) as w:
        table = by_id(w.ops)
        expect(set(table) <= set(MAY), f"say who may: {set(table) - set(MAY)}")
        for name, op in table.items():
            bits = "".join(c for i, c in enumerate("ISCGAV") if op["roles"] >> i & 1)
            expect(set(bits) == set(MAY[name]), f"{name}: the table says {bits}")
            nobody = w.ask(op)
            if op["flags"] & OPEN:
                # Nobody is asked who he is; without the secret there is nothing.
                expect(nobody.status == 404 and code(nobody) == "not-found", f"{name}: {nobody}")
                continue
            expect(nobody.status == 401 and code(nobody) == "not-logged-in", f"{name}: {nobody}")
            for c in ALL:
                if c not in MAY[name]:
                    a = w.ask(op, w.tokens[c])
                    expect(a.status == 403 and code(a) == "forbidden",
                           f"{name} as {LETTERS[c]}: {a}")
        # And with the role it is not refused: reading, where nothing is changed.
        for name, op in table.items():
            if op["flags"] & READ and not op["flags"] & STREAM:
                for c in MAY[name]:
                    a = w.ask(op, w.tokens[c])
                    expect(a.status not in (401, 403), f"{name} as {LETTERS[c]}: {a}")


@case
def pages_by_role(work):
    """Administration is closed to those who may not; every page is closed to nobody."""
    closed = {"/office/people": "SCGV", "/office/audit": "ISCGV",
              "/office/labs": "V", "/office/statistics": "V", "/office/firms": "V"}
    with World(work) as w:
        for path, letters in closed.items():
            a = Browser(w.s.port).get(path)
            expect(a.status == 303 and a.header("Location").startswith("/office/login"),
                   f"{path} as nobody: {a}")
            for c in letters:
                a = w.session(w.people[c]).get(path)
                expect(a.status in (403, 404), f"{path} as {LETTERS[c]}: {a}")
        for path in closed:
            a = w.session(w.people["A"]).get(path)
            expect(a.status == 200, f"{path} as admin: {a}")


# ---- tokens -------------------------------------------------------------------------------------

@case
def token_scopes(work):
    """A token of one group, or of reading, at every operation."""
    with World(work) as w:
        groups = w.groups.split()
        for op in w.ops:
            if op["flags"] & OPEN:
                continue
            group = op["id"].split(".")[0]
            other = groups[(groups.index(group) + 1) % len(groups)]
            for scopes in ("", other, group + "x", group[:-1], "*"):
                a = w.ask(op, w.token(w.chief_id, scopes))
                expect(a.status == 403 and code(a) == "forbidden", f"{op['id']}, {scopes!r}: {a}")
            if not op["flags"] & READ:
                a = w.ask(op, w.token(w.chief_id, group + ":read"))
                expect(a.status == 403 and code(a) == "forbidden", f"{op['id']} to read: {a}")
        reads = w.token(w.chief_id, "application:read")
        expect(w.s.call("GET", "/api/v1/applications", token=reads).status == 200, "reading")


@case
def token_ends(work):
    with World(work) as w:
        path = "/api/v1/applications"
        expect(w.s.call("GET", path, token=w.token(w.chief_id)).status == 200, "a good token")
        now = int(time.time())
        w.s.problem(401, "not-logged-in", "GET", path, token=w.token(w.chief_id, seconds=-1))
        w.s.problem(401, "not-logged-in", "GET", path, token=w.token(w.chief_id, revoked=now))
        w.s.problem(401, "not-logged-in", "GET", path, token="sat_" + "A" * 43)
        w.s.problem(401, "not-logged-in", "GET", path, token="")
        disabled = w.person("gone", "I")
        token = w.token(disabled)
        expect(w.s.call("GET", path, token=token).status == 200, "before")
        w.s.good("POST", f"/api/v1/persons/{disabled}/disable", {}, w.chief)
        w.s.problem(401, "not-logged-in", "GET", path, token=token)
        # A token in a cookie or an address is none.
        good = w.token(w.chief_id)
        b = Browser(w.s.port)
        b.cookies["satyapan"] = good
        expect(b.get(path).status == 401, "a token as a cookie")
        expect(b.get(f"{path}?access_token={good}").status in (400, 401), "a token in the address")
        # A good cookie does not help a bad token, nor the other way round.
        s = w.session(w.chief_id)
        expect(s.get(path).status == 200, "a session")
        expect(s.get(path, Authorization="Bearer sat_" + "A" * 43).status == 401, "both")


@case
def tokens_make_no_tokens(work):
    with World(work) as w:
        value = {"name": "more", "scopes": "application", "days": 3}
        w.s.problem(403, "forbidden", "POST", "/api/v1/tokens", value, w.chief)
        b = w.session(w.chief_id)
        head = {"Origin": b.origin, "X-Form-Token": b.form_token,
                "Content-Type": "application/json"}
        for days in (0, 366, 100000):
            a = b.ask("POST", "/api/v1/tokens",
                      f'{{"name":"n","scopes":"application","days":{days}}}', head)
            expect(a.status == 400, f"a token for {days} days: {a}")
        for scopes in ("account", "session:read", "token", "application account"):
            a = b.ask("POST", "/api/v1/tokens",
                      f'{{"name":"n","scopes":"{scopes}","days":3}}', head)
            expect(a.status == 400, f"a token for {scopes}: {a}")
        a = b.ask("POST", "/api/v1/tokens", '{"name":"n","scopes":"application","days":3}', head)
        expect(a.status == 201, f"a token: {a}")
        kept = w.sql("SELECT * FROM token") + w.sql("SELECT * FROM idempotency")
        expect(a.json["token"] not in str(kept), "the token itself is kept")


# ---- sensitive acts -----------------------------------------------------------------------------

@case
def old_sessions_show_the_password_again(work):
    with World(work) as w:
        fresh, old = w.session(w.chief_id), w.session(w.chief_id, age=1000)
        sensitive = [op for op in w.ops if op["flags"] & FRESH]
        must = {"application.decide", "person.create", "person.set", "person.disable",
                "person.reset", "person.reset-totp", "token.create", "account.totp-begin"}
        expect(must <= {op["id"] for op in sensitive}, "an operation is no longer sensitive")
        for op in sensitive:
            for b, refused in ((old, True), (fresh, False)):
                head = {"Origin": b.origin, "X-Form-Token": b.form_token}
                head["Cookie"] = f"satyapan={b.cookies['satyapan']}"
                a = w.ask(op, headers=head)
                expect((code(a) == "confirm-first") == refused, f"{op['id']}: {a}")


# ---- the same request again ---------------------------------------------------------------------

@case
def idempotency_key_again(work):
    with World(work) as w:
        path, key = "/api/v1/firms", {"Idempotency-Key": "key-1"}
        one = w.s.call("POST", path, {"name": "Once"}, w.chief, headers=key)
        two = w.s.call("POST", path, {"name": "Once"}, w.chief, headers=key)
        expect(one.status == 201 and one.body == two.body, f"not the same answer: {one} {two}")
        rows = w.sql("SELECT count(*) FROM firm WHERE name = 'Once'")
        expect(rows == [(1,)], f"done {rows} times")
        w.s.problem(422, "idempotency-key-reused", "POST", path, {"name": "Other"}, w.chief,
                    headers=key)
        w.s.problem(422, "idempotency-key-reused", "POST", "/api/v1/labs",
                    {"name": "Other", "kind": "stqc"}, w.chief, headers=key)
        # Another person's key of the same name is his own: no answer of somebody else's.
        other = w.s.call("POST", path, {"name": "Mine"}, w.tokens["I"], headers=key)
        expect(other.status == 201 and other.json["name"] == "Mine", f"another person: {other}")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            key = {"Idempotency-Key": "key-2"}
            answers = list(pool.map(lambda _: w.s.call("POST", path, {"name": "Race"}, w.chief,
                                                       headers=key), range(8)))
        expect({a.status for a in answers} <= {201, 409}, f"at once: {answers}")
        rows = w.sql("SELECT count(*) FROM firm WHERE name = 'Race'")
        expect(rows == [(1,)], f"eight at once: done {rows} times")


@case
def secrets_are_not_replayed(work):
    """What is shown once is not kept for a repeated request."""
    with World(work) as w:
        reset = f"/api/v1/persons/{w.ids['person']}/reset"
        key = {"Idempotency-Key": "key-9"}
        one = w.s.call("POST", reset, {}, w.chief, headers=key)
        expect(one.status == 200 and one.json["password"], f"a one-time password: {one}")
        two = w.s.call("POST", reset, {}, w.chief, headers=key)
        expect(one.json["password"].encode() not in two.body, f"again: {two}")
        expect(one.json["password"] not in str(w.sql("SELECT * FROM idempotency")), "it is kept")


# ---- guessing -----------------------------------------------------------------------------------

def with_password(w, login, letters="I"):
    """A person with a password: a new one-time one, already changed."""
    person = w.person(login, letters)
    password = w.s.good("POST", f"/api/v1/persons/{person}/reset", {}, w.chief)["password"]
    w.sql("UPDATE person SET must_change = 0 WHERE id = ?", person)
    return person, password


@case
def guessed_passwords_lock(work):
    """Ten wrong ones; then the right one gets the very same answer."""
    with World(work) as w:
        person, right = with_password(w, "sunita")
        b = Browser(w.s.port)
        for _ in range(10):
            wrong = b.login("sunita", "not the password")
            expect(wrong.status == 403 and not wrong.cookies(), f"wrong: {wrong}")
        locked = b.login("sunita", right)
        expect(locked.status == 403 and locked.body == wrong.body, f"locked: {locked}")
        row = w.sql("SELECT locked_until FROM person WHERE id = ?", person)[0][0]
        expect(row > time.time() + 800, f"locked until {row}")
        trail = [r[0] for r in w.sql("SELECT action FROM audit WHERE person = ?", person)]
        expect(trail.count("login.failed") == 11 and trail.count("login.locked") == 1, str(trail))
        w.s.good("POST", f"/api/v1/persons/{person}/enable", {}, w.chief)
        expect(b.login("sunita", right).status == 303, "unlocked by an officer")


@case
def unknown_logins_look_alike(work):
    """Unknown, wrong, disabled, without a password: one answer, octet for octet."""
    with World(work) as w:
        with_password(w, "sunita")
        gone, password = with_password(w, "gone")
        w.s.good("POST", f"/api/v1/persons/{gone}/disable", {}, w.chief)
        b = Browser(w.s.port)
        answers = [b.login(*pair) for pair in (("sunita", "wrong password 1"),
                                               ("nobody", "wrong password 1"), ("gone", password),
                                               ("owner", ""), ("x" * 300, "wrong password 1"))]
        for a in answers:
            expect(a.status == 403 and a.body == answers[0].body, f"told apart: {a}")
            expect([h for h in a.headers if h[0] not in ("Date", "X-Request-Id")] ==
                   [h for h in answers[0].headers if h[0] not in ("Date", "X-Request-Id")],
                   "told apart by headers")


@case
def guesses_wait(work):
    """With the settings as they come: after three attempts waiting times, known login or not."""
    s = OfficeServer(work, {"totp_officers": False})
    try:
        b = Browser(s.port)
        for login in ("admin", "nobody"):
            statuses, a = [], None
            while len(statuses) < 14 and 429 not in statuses: # the times double: it must come
                a = b.login(login, "wrong password 1")
                statuses.append(a.status)
            expect(statuses[:4] == [403] * 4 and statuses[-1] == 429, f"{login}: {statuses}")
            expect(int(a.header("Retry-After")) >= 1, f"{login}: no time to wait")
    finally:
        s.stop()


@case
def guesses_of_the_old_password_wait(work):
    """In a session that was left open."""
    with World(work, attempts_free=3) as w:
        person, _ = with_password(w, "sunita")
        b = w.session(person)
        statuses = []
        while len(statuses) < 14 and 429 not in statuses: # the times double: it must come
            a = b.submit(b.get("/office/account").page, {"do": "account.password"},
                         old="wrong password 1", new="the sea is wide")
            statuses.append(a.status)
        expect(statuses[-1] == 429, f"guessed at will: {statuses}")


# ---- the trail ----------------------------------------------------------------------------------

@case
def readings_are_noted(work):
    """Who looked at an application, a document, a file: one row a person and subject."""
    with World(work) as w:
        def count(person, action):
            return w.sql("SELECT count(*) FROM audit WHERE person = ? AND action = ?", person,
                         action)[0][0]
        for name in ("application.show", "document.show", "document.content", "file.show",
                     "file.content", "verification.report"):
            op = by_id(w.ops)[name]
            person = w.people["C"]
            expect(count(person, name) == 0, f"{name}: noted before")
            for _ in range(3):
                expect(w.ask(op, w.tokens["C"]).status == 200, f"{name} cannot be read")
            expect(count(person, name) == 1, f"{name}: noted {count(person, name)} times")
        check = w.s.good("GET", "/api/v1/audit/check", token=w.chief)
        expect(check.get("bad") in (0, None), f"the trail is broken: {check}")


# ---- what a vendor says about his own papers ----------------------------------------------------

def send(w, token, **words):
    """A small document into the vendor's application."""
    query = urllib.parse.urlencode({"filename": "x.txt"} | words)
    return w.s.call("POST", f"/api/v1/applications/{w.ids['application']}/documents?{query}",
                    body=b"plain " + secrets.token_bytes(4).hex().encode(), token=token,
                    headers={"Content-Type": "text/plain"})


@case
def vendors_do_not_write_for_others(work):
    """Papers of a laboratory and of the body need no signature of the vendor (R-SIG-1), and the body's
    copy of a report proves the vendor's one (R-LAB-3): a vendor's word does not make them so."""
    with World(work) as w:
        a = send(w, w.owner, kind="F01", author="lab")
        expect(a.status == 400, f"his own form as a laboratory's: {a}")
        a = send(w, w.owner, kind="test-report", author="lab", copy="duplicate")
        expect(a.status == 400, f"the body's copy from the vendor: {a}")
        a = send(w, w.owner, kind="test-report", author="lab", copy="original")
        expect(a.status == 201, f"the original: {a}")
        report = a.json["document"]
        a = send(w, w.chief, document=report, copy="duplicate")
        expect(a.status == 201, f"the body's copy from an officer: {a}")
        own = send(w, w.chief, kind="letter", author="body")
        expect(own.status == 201, f"the body's own paper: {own}")
        a = send(w, w.owner, document=own.json["document"])
        expect(a.status == 400, f"a vendor's version of the body's paper: {a}")
        expect(send(w, w.chief, document=own.json["document"]).status == 201, "the body's version")


# ---- decisions ----------------------------------------------------------------------------------

def about(w, file):
    """What R-SIG-1 says about a file."""
    check = w.s.good("GET", f"/api/v1/applications/{w.ids['application']}/check", token=w.chief)
    rule = next(r for r in check["rules"] if r["rule"] == "R-SIG-1")
    name = w.s.good("GET", f"/api/v1/files/{file}", token=w.chief)["name"]
    return [i["result"] for i in rule["items"] if i["about"] == name]


@case
def decisions_hold_for_the_verdict_they_were_about(work):
    """One officer alone may agree with the machine; when the machine says something worse later, that
    word is no acceptance, and a waiver of a doubt is none of a rejection."""
    with open(os.path.join(ROOT, "trust", "scheme.json"), encoding="utf-8") as f:
        scheme = json.load(f)
    scheme["waivable"]["value"] += ["R-SIG-1"]
    os.mkdir(os.path.join(work, "data"), mode=0o700)
    with open(os.path.join(work, "data", "scheme.json"), "w", encoding="utf-8") as f:
        json.dump(scheme, f)
    with World(work) as w:
        file, path = w.ids["file"], f"/api/v1/files/{w.ids['file']}/decisions"
        worse = {"accept": ("ACCEPTED", "REVIEW", "PENDING"),
                 "waive": ("REVIEW", "REJECTED", "FAIL")}
        for word, (then, now, result) in worse.items():
            w.sql("UPDATE file SET verdict = ? WHERE id = ?", then, file)
            a = w.s.good("POST", path, {"decision": word, "reason": "It is good as it is"}, w.chief)
            expect(a["state"] == "final", f"{word}: {a}")
            expect(about(w, file) in (["PASS"], ["WAIVED"]), f"{word}: {about(w, file)}")
            w.sql("UPDATE file SET verdict = ? WHERE id = ?", now, file)
            expect(about(w, file) == [result], f"{word}, then {now}: {about(w, file)}")
        w.s.good("POST", path, {"decision": "waive", "reason": "It is waived as it is"}, w.chief)
        expect(about(w, file) == ["WAIVED"], f"decided again: {about(w, file)}")
        # A refusal stays, whatever the machine says.
        w.s.good("POST", path, {"decision": "refuse", "reason": "It is not good at all"}, w.chief)
        w.sql("UPDATE file SET verdict = 'ACCEPTED' WHERE id = ?", file)
        expect(about(w, file) == ["FAIL"], f"refused: {about(w, file)}")


@case
def decided_applications_keep_their_papers(work):
    """What a file is, and who wrote it, is not changed after the committee's decision."""
    with World(work) as w:
        path, word = f"/api/v1/files/{w.ids['file']}", {"author": "lab"}
        expect(w.s.call("PATCH", path, word, w.chief).status == 200, "while it is open")
        for state in ("recommended", "not-recommended", "certified", "not-considered", "withdrawn"):
            w.sql("UPDATE application SET state = ? WHERE id = ?", state, w.ids["application"])
            w.s.problem(409, "wrong-state", "PATCH", path, word, w.chief)


@case
def returned_is_not_complete(work):
    """The clock of a submission that was given back does not go on."""
    with World(work) as w:
        path = f"/api/v1/applications/{w.ids['application']}"
        w.s.good("POST", path + "/submit", {}, w.owner)
        a = w.s.good("POST", path + "/confirm-complete", {}, w.chief)
        expect(a["complete_on"], f"complete: {a}")
        a = w.s.good("POST", path + "/return", {"reason": "It lacks a form"}, w.chief)
        expect(a["complete_on"] is None, f"given back: {a['complete_on']}")


# ---- officers' own ------------------------------------------------------------------------------

@case
def vendors_do_not_learn_officers(work):
    """Neither the officer an application belongs to, nor by the trail."""
    with World(work) as w:
        path = f"/api/v1/applications/{w.ids['application']}"
        w.s.good("POST", path + "/submit", {}, w.owner)
        w.sql("UPDATE payment SET invoice = 'I', invoice_on = '2026-01-01', receipt = 'R',"
              " paid_paise = 118, paid_on = '2026-01-02'")
        w.s.good("POST", path + "/register", {}, w.chief)
        rows = w.s.good("GET", path + "/timeline", token=w.owner)["items"]
        row = next(r for r in rows if r["action"] == "application.register")
        expect("number" in str(row) and row["detail"].get("owner") is None, f"in the trail: {row}")
        expect(w.s.good("GET", path, token=w.chief)["owner"] == w.chief_id, "for officers")


@case
def intake_lists_no_officers(work):
    """Officers' logins and addresses are the administrator's, one by one and in the list."""
    with World(work) as w:
        rows = w.s.good("GET", "/api/v1/persons?limit=200", token=w.tokens["I"])["items"]
        expect(rows and all(r["firm"] is not None for r in rows), f"officers: {rows}")
        rows = w.s.good("GET", "/api/v1/persons?limit=200", token=w.tokens["A"])["items"]
        expect(any(r["firm"] is None for r in rows), "the administrator sees them")


@case
def tokens_are_counted(work):
    with World(work) as w:
        b = w.session(w.chief_id)
        head = {"Origin": b.origin, "X-Form-Token": b.form_token,
                "Content-Type": "application/json"}
        body = '{"name":"n","scopes":"application","days":3}'
        statuses = [b.ask("POST", "/api/v1/tokens", body, head).status for _ in range(51)]
        expect(set(statuses[:49]) == {201} and statuses[-1] == 409, f"tokens: {statuses}")


@case
def parts_are_counted(work):
    with World(work) as w:
        path = f"/api/v1/applications/{w.ids['application']}/models"
        w.sql("WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 499)"
              " INSERT INTO model(application, name) SELECT ?, 'M' || i FROM n",
              w.ids["application"])
        w.s.good("POST", path, {"name": "The last one"}, w.owner)
        w.s.problem(409, "wrong-state", "POST", path, {"name": "One too many"}, w.owner)


# ---- the wire -----------------------------------------------------------------------------------

@case
def two_lengths_are_refused(work):
    """A proxy may have believed the other one: what follows would be a request of somebody else's."""
    with World(work) as w:
        body = b'{"name": "Smuggled"}'
        chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        length = b"Content-Length: %d\r\n" % len(body)
        after = b"GET /office/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        path = f"/api/v1/applications/{w.ids['application']}/models".encode()
        for framing, sent in ((length + b"Transfer-Encoding: chunked\r\n", chunk),
                              (length + b"Content-Length: 3\r\n", body),
                              (b"Content-Length: 3\r\n" + length, body)):
            with socket.create_connection(("127.0.0.1", w.s.port), timeout=60) as c:
                c.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
                          b"Content-Type: application/json\r\n%s\r\n%s%s"
                          % (path, w.owner.encode(), framing, sent, after))
                got = b""
                try:
                    while block := c.recv(65536):
                        got += block
                except ConnectionResetError:
                    pass
            expect(got.startswith(b"HTTP/1.1 400") or not got, f"{framing}: {got[:200]}")
            expect(got.count(b"HTTP/1.1 ") <= 1, f"{framing}: two answers: {got}")
        expect(not w.sql("SELECT * FROM model WHERE name = 'Smuggled'"), "it was done")


@case
def streams_end_with_the_account(work):
    """Who is put out hears nothing more of what he was listening to."""
    with World(work) as w:
        path = f"/api/v1/applications/{w.ids['application']}"
        c = http.client.HTTPConnection("127.0.0.1", w.s.port, timeout=120)
        c.request("GET", path + "/events", headers={"Authorization": "Bearer " + w.owner})
        r = c.getresponse()
        expect(r.status == 200, f"a stream: {r.status}")
        w.s.good("POST", f"/api/v1/persons/{w.people['V']}/disable", {}, w.chief)
        got = b"" # the server ends it
        while block := r.read1(4096):
            got += block
            expect(b"still here" not in got, "the stream goes on")
        c.close()


@case
def passing_problems_are_not_kept(work):
    """"Later" is no answer to the same request later."""
    with World(work, attempts_free=1) as w:
        person, _ = with_password(w, "sunita")
        b = w.session(person)
        for i in range(14):
            head = {"Origin": b.origin, "X-Form-Token": b.form_token,
                    "Content-Type": "application/json", "Idempotency-Key": f"key-{i}"}
            body = '{"old":"wrong password 1","new":"the sea is wide today"}'
            a = b.ask("POST", "/api/v1/account/password", body, head)
            if a.status == 429:
                break
        expect(a.status == 429, f"never told to wait: {a}")
        a = b.ask("POST", "/api/v1/account/password", body, head)
        expect(not a.header("Idempotency-Replayed"), f"kept: {a}")


if __name__ == "__main__":
    sys.exit(run_cases(CASES, sys.argv[1:]))
