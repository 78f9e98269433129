"""The world of the security tests: two vendors, officers of every role, an application with all that
belongs to one, and requests made from the table of operations. Not a test by itself."""
import hashlib
import json
import os
import secrets
import subprocess
import time
import urllib.parse

from office_browser import Browser
from office_server import B, OfficeServer, ROLES, expect

LETTERS = {"I": "intake", "S": "assessor", "C": "committee", "G": "signer", "A": "admin",
           "V": "vendor"}
READ, PAGED, UPLOAD, FRESH, SECRET, STREAM, OPEN = 1, 2, 4, 128, 256, 64, 8
NOBODY = 999999
MARK = "Zebrafish-7"  # in everything that belongs to the first vendor
PLAIN = {"text": "Nothing special", "long": "Nothing\nspecial", "integer": 1, "truth": True,
         "date": "2026-11-21", "time": "2026-11-21T10:00:00Z", "paise": 100, "sha256": "a" * 64,
         "password": "the sea is wide today", "id": 1}


def operations():
    """The table, as the programs have it."""
    out = subprocess.run([os.path.join(B, "tests", "ops_table")], capture_output=True, text=True,
                         timeout=60, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def by_id(ops):
    return {op["id"]: op for op in ops}


class World:
    """ids: what a parameter of that name may be, of the first vendor's; never changed by a test that
    only asks."""

    def __init__(self, work, **settings):
        settings = {"attempts_free": 100, "attempts_free_address": 10000, "totp_officers": False,
                    "four_eyes_waive": False} | settings
        self.s = OfficeServer(work, settings)
        self.ops = operations()
        self.groups = " ".join(sorted({op["id"].split(".")[0] for op in self.ops}))
        self.ids, self.tokens = {}, {}
        try:
            self.fill()
        except BaseException:
            self.s.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.s.stop()

    # ---- people ---------------------------------------------------------------------------------

    def sql(self, text, *values):
        db = self.s.db()
        with db:
            rows = db.execute(text, values).fetchall()
        db.close()
        return rows

    def person(self, login, roles, firm=None):
        """roles: letters. Returns his id."""
        bits = sum(ROLES[LETTERS[c]] for c in roles)
        self.sql("INSERT INTO person(login, name, firm, roles, created_at) VALUES(?, ?, ?, ?, 1)",
                 login, login.title(), firm, bits)
        return self.sql("SELECT id FROM person WHERE login = ?", login)[0][0]

    def token(self, person, scopes=None, seconds=86400, revoked=None):
        """One that allows every group, also those that no token can be made for."""
        token = "sat_" + secrets.token_urlsafe(32)
        now = int(time.time())
        self.sql("INSERT INTO token(hash, person, name, scopes, created_at, expires_at, revoked_at)"
                 " VALUES(?, ?, 'test', ?, ?, ?, ?)",
                 hashlib.sha256(b"token\0" + token.encode()).digest(), person,
                 self.groups if scopes is None else scopes, now, now + seconds, revoked)
        return token

    def session(self, person, age=0):
        """A browser in which that person is logged in; its form token is in browser.form_token."""
        cookie, form = secrets.token_urlsafe(32), secrets.token_bytes(32)
        now = int(time.time()) - age
        self.sql("INSERT INTO session(hash, person, stage, form_token, address, created_at, seen_at,"
                 " confirmed_at, expires_at) VALUES(?, ?, 'full', ?, '::1', ?, ?, ?, ?)",
                 hashlib.sha256(b"cookie\0" + cookie.encode()).digest(), person, form, now,
                 int(time.time()), now, now + 43200)
        b = Browser(self.s.port)
        b.cookies["satyapan"] = cookie
        b.form_token = secrets_text(form)
        return b

    # ---- an application with all that belongs to one --------------------------------------------

    def fill(self):
        s = self.s
        self.chief_id = self.person("chief", "ISCGA")
        self.chief = self.token(self.chief_id)
        self.people = {c: self.person("role" + c.lower(), c) for c in "ISCGA"}
        a = s.good("POST", "/api/v1/firms", {"name": MARK + " Devices"}, self.chief)["id"]
        b = s.good("POST", "/api/v1/firms", {"name": "Other Devices"}, self.chief)["id"]
        self.people["V"] = self.person("owner", "V", a)
        self.stranger_id = self.person("stranger", "V", b)
        self.tokens = {c: self.token(p) for c, p in self.people.items()}
        self.owner, self.stranger = self.tokens["V"], self.token(self.stranger_id)
        app = s.good("POST", "/api/v1/applications",
                     {"product": MARK + " camera", "series": "IP camera", "level": 1,
                      "kind": "fresh"}, self.owner)["id"]
        base = f"/api/v1/applications/{app}"
        s.good("POST", base + "/models", {"name": MARK + " M1"}, self.owner)
        s.good("POST", base + "/locations", {"name": MARK + " works", "address": MARK}, self.owner)
        s.good("POST", base + "/notes", {"text": MARK, "for_vendor": True}, self.owner)
        self.sql("INSERT INTO payment(application, kind, amount_paise, gst_paise, created_at)"
                 " VALUES(?, 'registration', 100, 18, 1)", app)
        lab = s.good("POST", "/api/v1/labs", {"name": "Lab", "kind": "stqc"}, self.chief)["id"]
        up = s.upload(base + "/documents", (MARK + " is no document").encode(), self.owner,
                      name=MARK + ".txt", media="text/plain", title=MARK)
        expect(up.status in (200, 201, 202), f"upload: {up}")
        self.ids = {"firm": a, "application": app, "lab": lab,
                    "person": self.person("target", "S"), "vendor": a, "oem": a,
                    "owner": self.people["I"], "assessor": self.people["S"]}
        self.other_firm = b
        self.foreign(base)
        self.token(self.people["V"], "application")
        self.bench(app)
        self.verified()
        for table, name in (("model", "model"), ("location", "location"), ("payment", "payment"),
                            ("document", "document"), ("document_version", "version"),
                            ("file", "file"), ("verification", "verification"), ("token", "token"),
                            ("decision", "decision")):
            row = self.sql(f"SELECT max(id) FROM {table}")[0][0]
            if row is not None:
                self.ids[name] = row
        self.session(self.people["V"])
        self.ids["session"] = self.sql("SELECT lower(substr(hex(hash), 1, 32)) FROM session")[0][0]

    def bench(self, app):
        """A unit of the application, with a run that its vendor may see."""
        self.sql("INSERT INTO device(firm, model, serial, application, created_at, updated_at)"
                 " VALUES(?, ?, '1', ?, 1, 1)", MARK + " Devices", MARK + " M1", app)
        device = self.sql("SELECT max(id) FROM device")[0][0]
        self.sql("INSERT INTO device_scan(device, application, kind, state, targets, level,"
                 " created_at, released_at) VALUES(?, ?, 'scan', 'done', '', 1, 1, 1)", device, app)
        self.ids |= {"device": device, "service": 1,
                     "scan": self.sql("SELECT max(id) FROM device_scan")[0][0]}

    def foreign(self, base):
        """A foreign certificate of the owner's, what was found about it, an issuer's profile."""
        self.ids["case"] = self.s.good("POST", base + "/foreign", {
            "issuer": MARK + " register", "number": MARK + "-1", "email": "a@register.example",
            "weblink": "https://register.example/1"}, self.owner)["id"]
        sha = self.sql("SELECT sha256 FROM document_version ORDER BY id DESC LIMIT 1")[0][0]
        self.sql("INSERT INTO foreign_evidence(foreign_case, kind, at, outcome, blob, size, name,"
                 " claim) VALUES(?, 'weblink', 1, 'inconclusive', ?, 1, 'page.warc', 1)", self.ids["case"], sha)
        self.sql("INSERT INTO issuer(key, name, profile, sha256, state, imported_login, imported_at)"
                 " VALUES('register', 'Register', '{\"id\":\"register\",\"name\":\"Register\","
                 "\"domains\":[\"register.example\"]}', ?, 'proposed', 'somebody', 1)", "b" * 64)
        for table, name in (("foreign_evidence", "evidence"), ("issuer", "issuer")):
            self.ids[name] = self.sql(f"SELECT max(id) FROM {table}")[0][0]

    def verified(self):
        """Waits for the verdict, then lets an officer propose a decision."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            row = self.sql("SELECT id FROM file WHERE verdict IS NOT NULL")
            if row:
                a = self.s.call("POST", f"/api/v1/files/{row[0][0]}/decisions",
                                {"decision": "refuse", "reason": MARK}, self.chief)
                expect(a.status == 201, f"a decision: {a}")
                return
            time.sleep(0.1)
        raise AssertionError("no verdict after a minute: " + self.s.stderr()[-1000:])

    # ---- requests made from the table -----------------------------------------------------------

    def value(self, p, words=None):
        if words and p["name"] in words:
            return words[p["name"]]
        if p["type"] == "word":
            return p["words"][0]
        if p["name"] in self.ids and not (p["type"] == "text" and p["place"] == "body"):
            return self.ids[p["name"]]
        special = {"roles": "intake", "scopes": "application", "series": "IP camera", "days": 3,
                   "level": 1, "role": "intake", "kind": "other", "country": "IN", "version": 1,
                   "login": "p" + secrets.token_hex(6), "code": "123456",
                   "from_on": "2026-01-01", "rule": "R-FEE-1", "reason": "reasons of a test",
                   "statement": "I opened the page and saw the certificate there.",
                   "weblink": "https://register.example/2", "email": "b@register.example",
                   "issued_on": "2025-01-01", "expires_on": "2027-01-01"}
        return special.get(p["name"], PLAIN[p["type"]])

    def path(self, op, words=None):
        path = op["path"]
        for p in op["params"]:
            if p["place"] == "path":
                v = urllib.parse.quote(str(self.value(p, words)), safe="")
                path = path.replace("{" + p["name"] + "}", v)
        return path

    def body(self, op, words=None, optional=False, leave=()):
        return {p["name"]: self.value(p, words) for p in op["params"]
                if p["place"] == "body" and (p["required"] or optional) and p["name"] not in leave}

    def ask(self, op, token=None, words=None, headers=None, optional=False, leave=("version",)):
        """The operation over the API, with everything it requires."""
        path, body = self.path(op, words), self.body(op, words, optional, leave)
        query = {p["name"]: words[p["name"]] for p in op["params"]
                 if p["place"] == "query" and words and p["name"] in words}
        headers = dict(headers or {})
        if op["flags"] & UPLOAD:
            kinds = any(p["name"] == "kind" for p in op["params"])
            query |= ({"kind": "other"} if kinds else {}) | {"filename": "x.txt"} | body
            path += "?" + urllib.parse.urlencode(query)
            headers["Content-Type"] = "text/plain"
            return self.s.call(op["method"], path, token=token, body=b"plain", headers=headers)
        path += "?" + urllib.parse.urlencode(query) if query else ""
        sends = op["method"] not in ("GET", "DELETE")
        return self.s.call(op["method"], path, body if sends else None, token, headers=headers)

    def settle(self):
        """Waits for what the server does by itself: dates, texts, verdicts."""
        until = time.monotonic() + 120
        while self.sql("SELECT 1 FROM job WHERE state = 'running' OR (state = 'waiting' AND"
                       f" run_at <= {int(time.time())})"):
            expect(time.monotonic() < until, "jobs do not end")
            time.sleep(0.2)

    def rows(self):
        """Everything that is kept, but for who asked when."""
        self.settle()
        found = {}
        for (table,) in self.sql("SELECT name FROM sqlite_master WHERE type = 'table'"
                                 " AND name NOT LIKE 'sqlite%'"):
            if table not in ("audit", "session", "token", "idempotency", "job"):
                found[table] = self.sql(f"SELECT * FROM {table}")
        return found


def secrets_text(raw):
    import base64
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def code(answer):
    """The problem's code; None: it is none."""
    try:
        return answer.json.get("code") if answer.status >= 400 else None
    except (ValueError, AttributeError):
        return None
