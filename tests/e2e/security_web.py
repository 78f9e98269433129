#!/usr/bin/env python3
"""What a browser is protected from: forged requests, planted sessions, stored script, tricks in file
names and parameters, missing headers. Each case fails when its guard is taken away (`make guards`).

usage: security_web.py [NAME...]       environment: B, the build directory (default: build)
"""
import json
import os
import re
import sys
import urllib.parse

from office_browser import Browser, Page
from office_server import OfficeServer, expect, run_cases
from security_world import FRESH, READ, STREAM, UPLOAD, World, by_id, code

CASES = []
PASSWORD = "the sea is wide today"
FOREIGN = "http://evil.example"


def case(function):
    CASES.append(function)
    return function


def jar(b):
    return {"Cookie": "; ".join(f"{k}={v}" for k, v in b.cookies.items())}


# ---- forged requests ----------------------------------------------------------------------------

def forgeries(b, other):
    """(what, headers): each lacks something that only our own pages have."""
    own, token = {"Origin": b.origin}, {"X-Form-Token": b.form_token}
    https = {"Origin": b.origin.replace("http:", "https:")}
    longer = {"Origin": b.origin + ".evil.example"}
    return [("nothing", {}), ("no token", own), ("no origin", token),
            ("foreign origin", token | {"Origin": FOREIGN}), ("no origin's name", token | {"Origin": "null"}),
            ("another scheme", token | https), ("a longer name", token | longer),
            ("another session's token", own | {"X-Form-Token": other.form_token}),
            ("an empty token", own | {"X-Form-Token": ""}),
            ("half a token", own | {"X-Form-Token": b.form_token[:20]}),
            ("cross-site", token | own | {"Sec-Fetch-Site": "cross-site"}),
            ("same-site", token | {"Sec-Fetch-Site": "same-site"}),
            ("foreign origin, same-origin said", token | {"Origin": FOREIGN,
                                                          "Sec-Fetch-Site": "same-origin"})]


@case
def forged_requests_at_every_operation(work):
    """Every operation that may change something, over the API with a cookie."""
    with World(work) as w:
        b, other = w.session(w.chief_id), w.session(w.chief_id)
        before, tried = w.rows(), 0
        for op in w.ops:
            if op["flags"] & READ:
                continue
            for what, headers in forgeries(b, other):
                a = w.ask(op, headers=jar(b) | headers)
                expect(a.status == 403 and code(a) == "forged-request", f"{op['id']}, {what}: {a}")
                tried += 1
        expect(tried > 500 and w.rows() == before, "a forged request changed something")
        note = by_id(w.ops)["note.add"]
        for good in ({"Origin": b.origin}, {"Sec-Fetch-Site": "same-origin"},
                     {"Origin": "null", "Sec-Fetch-Site": "same-origin"}):
            a = w.ask(note, headers=jar(b) | {"X-Form-Token": b.form_token} | good)
            expect(a.status == 201, f"our own page, {good}: {a}")


@case
def forged_forms(work):
    """The pages' forms: operations, accounts, people, leaving, logging in."""
    with World(work) as w:
        b, other = w.session(w.chief_id), w.session(w.chief_id)
        app = str(w.ids["application"])
        posts = [("/office/op/note.add", {"application": app, "text": "forged"}),
                 ("/office/op/firm.create", {"name": "forged"}),
                 ("/office/account", {"do": "account.language", "lang": "hi"}),
                 ("/office/account", {"do": "session.end-others"}),
                 ("/office/people", {"do": "person.create", "login": "forged", "name": "forged",
                                     "roles": "admin"}),
                 (f"/office/people/{w.ids['person']}", {"do": "person.disable"}),
                 ("/office/again", {"password": "x"}), ("/office/logout", {})]
        before = w.rows()
        for path, fields in posts:
            for form, origin in ((None, b.origin), ("", b.origin), (other.form_token, b.origin),
                                 (b.form_token, FOREIGN), (b.form_token, None)):
                sent = fields | ({"form_token": form} if form is not None else {})
                a = b.post(path, sent, {"Origin": origin})
                expect(a.status == 403, f"{path} with {form!r} from {origin}: {a}")
        expect(w.rows() == before and b.get("/office/account").status == 200,
               "a forged form changed something")
        nobody = Browser(w.s.port)
        for origin in (FOREIGN, None, "null"):
            a = nobody.post("/office/login", {"login": "x", "password": "y"}, {"Origin": origin})
            expect(a.status == 403 and "not from this session" in a.text, f"login from {origin}: {a}")
        for path, fields in posts[:3]:
            a = b.post(path, fields | {"form_token": b.form_token})
            expect(a.status == 303, f"our own form at {path}: {a}")


@case
def reading_changes_nothing(work):
    """A link or picture on a stranger's page only reads: GET of an operation's form, of its path."""
    with World(work) as w:
        b = w.session(w.chief_id)
        before = w.rows()
        for op in w.ops:
            if not op["flags"] & READ:
                a = b.get("/office/op/" + op["id"])
                expect(a.status == 405, f"GET of the form {op['id']}: {a}")
        for path in ("/office/logout", "/office/second", "/office/login/certificate"):
            b.get(path)
        expect(w.rows() == before and b.get("/office/account").status == 200, "reading changed")


# ---- sessions -----------------------------------------------------------------------------------

def person_with_password(w, login):
    person = w.person(login, "I")
    password = w.s.good("POST", f"/api/v1/persons/{person}/reset", {}, w.chief)["password"]
    return person, password


@case
def planted_sessions(work):
    """A cookie that somebody put into the browser is never the one that is logged in."""
    with World(work) as w:
        _, password = person_with_password(w, "sunita")
        b, thief = Browser(w.s.port), Browser(w.s.port)
        planted = "A" * 43
        b.cookies["satyapan"] = thief.cookies["satyapan"] = planted
        b.login("sunita", password)
        expect(b.cookies["satyapan"] != planted, "the planted cookie was taken over")
        expect(thief.get("/office/account").status == 303, "the thief is logged in")
        # A session of the thief's own that waits for the second factor, planted: it ends.
        stolen = w.session(w.stranger_id)
        w.sql("UPDATE session SET stage = 'password' WHERE person = ?", w.stranger_id)
        victim = Browser(w.s.port)
        victim.cookies = dict(stolen.cookies)
        a = victim.login("sunita", password)
        expect(a.status == 303 and victim.cookies != stolen.cookies, f"the same cookie: {a}")
        left = w.sql("SELECT count(*) FROM session WHERE person = ?", w.stranger_id)
        expect(left == [(0,)], "the planted session lives on")
        # Every change of what a session may do gives it another cookie.
        before = dict(victim.cookies)
        a = victim.submit(victim.get("/office/account").page, {"do": "account.password"},
                          old=password, new=PASSWORD)
        expect(a.status == 303 and victim.cookies != before, f"after the password: {a}")
        old = Browser(w.s.port)
        old.cookies = before
        expect(old.get("/office/account").status == 303, "the old cookie still opens")
        before = dict(victim.cookies)
        a = victim.submit(victim.get("/office/again").page, {"password": None}, password=PASSWORD)
        expect(a.status == 303 and victim.cookies != before, f"after the confirmation: {a}")
        before = dict(victim.cookies)
        victim.submit(victim.get("/office/account").page, {"form_token": None})
        old.cookies = before
        expect(old.get("/office/account").status == 303, "the cookie opens after leaving")


@case
def first_steps_hold_back(work):
    """With a one-time password nothing works but the account, neither page nor API."""
    with World(work) as w:
        _, password = person_with_password(w, "sunita")
        b = Browser(w.s.port)
        b.login("sunita", password)
        token = b.token()
        headers = {"Origin": b.origin, "X-Form-Token": token}
        for op in w.ops:
            if op["roles"] & 1 and not op["id"].startswith(("account.", "session.")):
                a = w.ask(op, headers=jar(b) | headers)
                expect(a.status == 403, f"{op['id']} before the first steps: {a}")
        for path in ("/office", "/office/people", f"/office/applications/{w.ids['application']}"):
            expect(b.get(path).header("Location") == "/office/account", f"{path} opens")


@case
def cookie_flags(work):
    with World(work) as w:
        _, password = person_with_password(w, "sunita")
        a = Browser(w.s.port).login("sunita", password)
        line = next(c for c in a.cookies() if c.startswith("satyapan="))
        words = {p.strip().lower() for p in line.split(";")[1:]}
        expect({"httponly", "samesite=strict", "path=/"} <= words, line)
        expect(not any(x.startswith("domain") for x in words), line)
    s = OfficeServer(os.path.join(work, "tls"), {"behind_tls": True, "totp_officers": False}) \
        if os.makedirs(os.path.join(work, "tls")) is None else None
    try:
        b = Browser(s.port)
        b.origin = b.origin.replace("http:", "https:")
        first = next(line for line in s.process.stdout if "one-time password" in line)
        a = b.login("admin", first.split()[-1])
        line = next(c for c in a.cookies() if "satyapan=" in c)
        words = {p.strip().lower() for p in line.split(";")[1:]}
        expect(line.startswith("__Host-satyapan=") and "secure" in words and "path=/" in words and
               "httponly" in words, line)
        for path in ("/", "/office/login", "/api/v1/applications"):
            expect("max-age=" in (b.get(path).header("Strict-Transport-Security") or ""),
                   f"{path}: no HSTS")
    finally:
        s.stop()


# ---- stored script ------------------------------------------------------------------------------

SCRIPT = "\"'><zz-mark zz=1 onclick=zz()></zz-mark><script>zz()</script>"
SHORT = "<zz-mark zz>"
HARMLESS = {"script", "style"}


def payload(p):
    most = p["max"] or 200
    return SCRIPT if most >= len(SCRIPT) else SHORT if most >= len(SHORT) else None


def plant(w, op, token):
    """Asks with script in every text; what is refused as a value goes back to a plain one.
    Returns the names of the fields that were taken."""
    words = {p["name"]: payload(p) for p in op["params"]
             if p["type"] in ("text", "long") and p["place"] == "body" and payload(p)}
    for _ in range(len(words) + 1):
        a = w.ask(op, token, words, optional=True,
                  leave=("version", "document", "oem", "previous_valid_to"))
        wrong = {e["field"] for e in a.json.get("errors", [])} if a.status == 400 else set()
        if not wrong & set(words):
            return (set(words), a) if a.status < 300 else (set(), a)
        words = {k: v for k, v in words.items() if k not in wrong}
    return set(), a


def born(text):
    """Elements and attributes that a value gave birth to."""
    page, found = Page(text), []
    for tag, attrs in page.elements:
        if tag == "zz-mark" or "zz" in attrs or any(k.startswith("on") for k in attrs):
            found.append((tag, attrs))
        if tag == "script" and not (attrs.get("src") or "").startswith("/assets/"):
            found.append((tag, attrs))
        for k in ("href", "src", "action", "formaction"):
            if k in attrs and not re.match(r"[/#?]|https?://|data:image/", attrs[k] or "#"):
                found.append((tag, attrs))
    return found


def crawl(b, start, most=400):
    """Every page that can be reached by links; yields (path, answer)."""
    seen, todo = set(start), list(start)
    while todo and len(seen) <= most:
        path = todo.pop(0)
        a = b.get(path)
        yield path, a
        if a.status != 200 or not (a.header("Content-Type") or "").startswith("text/html"):
            continue
        for tag, attrs in a.page.elements:
            link = attrs.get("href" if tag == "a" else "src" if tag == "iframe" else "-") or ""
            link = urllib.parse.urljoin(path, link).split("#")[0]
            if link.startswith("/office") and link not in seen:
                seen.add(link)
                todo.append(link)


@case
def stored_script(work):
    """Script in every text field there is; then every page, in both languages, as officer and
    vendor: no element and no attribute is born of it, but the text is there."""
    with World(work) as w:
        a = w.s.upload(f"/api/v1/applications/{w.ids['application']}/documents",
                       SCRIPT.encode(), w.owner, name=SCRIPT.replace("/", "") + ".html",
                       media="text/html", title=SCRIPT)
        expect(a.status in (200, 201, 202), f"upload: {a}")
        taken, tried = 0, 0
        for op in w.ops:
            texts = [p for p in op["params"] if p["type"] in ("text", "long") and
                     p["place"] == "body" and payload(p)]
            if texts and op["id"].split(".")[0] not in ("account", "session", "token"):
                tried += 1
                fields, a = plant(w, op, w.chief)
                taken += len(fields)
                expect(a.status != 500, f"{op['id']}: {a}")
        expect(taken >= 15, f"only {taken} fields of {tried} operations took script")
        app = w.ids["application"]
        start = ["/office", f"/office/applications/{app}", "/office/people", "/office/account",
                 "/office/audit", "/office/firms", "/office/labs", "/office/statistics"]
        start += [p + "?lang=hi" for p in start]
        pages = shown = 0
        for person in (w.chief_id, w.people["V"]):
            b = w.session(person)
            for path, a in crawl(b, start):
                expect(a.status < 500, f"{path}: {a}")
                kind = a.header("Content-Type") or ""
                if kind.startswith("text/html"):
                    expect(not born(a.text), f"{path}: {born(a.text)}")
                    pages += 1
                    shown += "zz-mark" in a.page.text
                else:
                    expect(a.status != 200 or a.header("X-Content-Type-Options") == "nosniff",
                           f"{path}: {a.headers}")
                    expect("html" not in kind and "svg" not in kind and "xml" not in kind,
                           f"{path}: somebody's bytes as {kind}")
        expect(pages >= 40 and shown >= 10, f"{pages} pages, {shown} with what was stored")


@case
def reflected_script(work):
    """In what comes back at once: addresses, searches, forms that did not go through."""
    with World(work) as w:
        b = w.session(w.chief_id)
        q = urllib.parse.quote(SCRIPT)
        paths = [f"/office/login?next={q}", f"/office?text={q}", f"/office/search?text={q}",
                 f"/office?state={q}", f"/office?sort={q}&after={q}", f"/office/people?after={q}",
                 f"/office/{q}", f"/office/applications/{q}", f"/office/again?next={q}",
                 f"/office/op/{q}", f"/?lang={q}", f"/status?lang={q}", f"/{q}"]
        for path in paths:
            for who in (b, Browser(w.s.port)):
                a = who.get(path)
                expect(a.status < 500, f"{path}: {a}")
                if (a.header("Content-Type") or "").startswith("text/html"):
                    expect(not born(a.text), f"{path}: {born(a.text)}")
                expect("zz-mark" not in (a.header("Location") or ""), f"{path}: {a}")
        for path, fields in (("/office/people", {"do": "person.create", "login": SCRIPT,
                                                 "name": SCRIPT, "roles": SCRIPT}),
                             ("/office/account", {"do": "token.create", "name": SCRIPT,
                                                  "scopes": SCRIPT, "days": SCRIPT}),
                             ("/office/op/firm.create", {"name": SCRIPT * 20, "page": SCRIPT,
                                                         "back": SCRIPT, SCRIPT: SCRIPT}),
                             ("/office/op/application.create", {"product": SCRIPT, "level": SCRIPT,
                                                                "page": "/office/new"})):
            a = b.post(path, fields | {"form_token": b.form_token})
            expect(a.status >= 400 and a.status < 500, f"{path}: {a}")
            expect(not born(a.text), f"{path}: {born(a.text)}")


@case
def addresses_lead_nowhere_else(work):
    """After logging in or a form nobody is sent to another site."""
    with World(work) as w:
        _, password = person_with_password(w, "sunita")
        bad = ["//evil.example", "https://evil.example", "/\\evil.example", "/office//evil.example",
               "/office\r\nX-Evil: 1", "javascript:zz()", "/officer", "/office\t/x", "/api/v1/tokens"]
        for to in bad:
            b = Browser(w.s.port)
            a = b.post("/office/login", {"login": "sunita", "password": password, "next": to})
            expect(a.status == 303 and a.header("Location") == "/office", f"{to!r}: {a}")
            expect(a.header("X-Evil") is None, f"{to!r}: a header was planted")
        b = w.session(w.chief_id)
        for to in bad:
            a = b.post("/office/op/firm.create", {"name": "F", "back": to,
                                                  "form_token": b.form_token})
            where = a.header("Location") or ""
            expect(re.match(r"/office($|[/?#])", where) and "evil" not in where, f"{to!r}: {a}")
        for path in ("/office/applications/%0d%0aX-Evil:%201", "/office/x%0d%0aX-Evil:%201"):
            a = Browser(w.s.port).get(path)
            expect(a.header("X-Evil") is None and a.status in (303, 404), f"{path}: {a}")


# ---- names of files -----------------------------------------------------------------------------

@case
def tricks_in_file_names(work):
    names = ["../../../../tmp/satyapan-evil", "..\\..\\evil.pdf", "/etc/passwd", "C:\\evil.exe",
             "evil\r\nX-Evil: 1.pdf", "evil\".pdf; filename=\"x.html", "\u202efdp.exe", ".", "..",
             "a/b/c.pdf", "%2e%2e%2fevil", "x" * 3000, "evil\x00.pdf", "~root", "$(id).pdf"]
    with World(work) as w:
        base = f"/api/v1/applications/{w.ids['application']}/documents"
        inside = os.path.join(w.s.data, "")
        outside = set(os.listdir(work)) | set(os.listdir("/tmp"))
        for name in names:
            a = w.s.upload(base, name.encode("utf-8", "replace"), w.owner, name=name,
                           media="application/octet-stream")
            expect(a.status < 500, f"{name!r}: {a}")
        kept = w.sql("SELECT id, name FROM document_version")
        for version, name in kept:
            expect(not re.search(r"[/\\\x00-\x1f\x7f\u202e]", name) and name not in (".", "..", "") and
                   len(name) <= 512, f"kept as {name!r}")
            a = w.s.call("GET", f"/api/v1/versions/{version}/content", token=w.owner)
            where = a.header("Content-Disposition") or ""
            expect(a.status == 200 and re.fullmatch(r"(attachment|inline); filename\*=UTF-8''"
                                                    r"[A-Za-z0-9._%-]+", where), f"{name!r}: {where}")
            expect(a.header("X-Evil") is None, f"{name!r}: a header was planted")
        expect(len(kept) > 5, f"only {len(kept)} were taken at all")
        for folder, _, files in os.walk(inside):
            for f in files:
                path = os.path.join(folder, f)
                at = os.path.relpath(path, inside)
                expect("evil" not in f and (f == "office.json" or
                                            os.stat(path).st_mode & 0o077 == 0),
                       f"{at} is there, {oct(os.stat(path).st_mode)}")
        now = set(os.listdir(work)) | set(os.listdir("/tmp"))
        expect(not [n for n in now - outside if "evil" in n], "a file was written outside")


@case
def tricks_in_addresses(work):
    """Nothing of the data folder, nothing of the system."""
    with World(work) as w:
        b = w.session(w.chief_id)
        for path in ("/assets/../office.db", "/assets/..%2f..%2fetc%2fpasswd", "/samples/../office.db",
                     "/office/../office.db", "/office/files/..%2f..%2foffice.db",
                     "/api/v1/files/..%2f..%2foffice.db/content", "/api/v1/versions/1%00/content",
                     "/api/v1/versions/-1/content", "/api/v1/versions/1e0/content",
                     "/api/v1/versions/%31%2f..%2f1/content", "/keys/office.key", "/data/office.db"):
            a = b.get(path)
            expect(a.status in (400, 404), f"{path}: {a}")
            expect(b"SQLite" not in a.body and b"root:" not in a.body, f"{path}: {a}")
        session = by_id(w.ops)["session.end"]
        for name in ("../../x", "' OR 1=1 --", "%", "_" * 32, "f" * 31):
            a = w.ask(session, w.chief, {"session": name})
            expect(a.status == 404, f"session {name!r}: {a}")


# ---- SQL ----------------------------------------------------------------------------------------

METACHARACTERS = ["'", "' OR '1'='1", "'; DROP TABLE person; --", "\" OR 1=1 --", "%", "_", "\\",
                  "1; DELETE FROM person", "x' UNION SELECT password FROM person --", "*",
                  "NEAR(", 'x"y', "a\" OR \"b", "(", "^x", "-- ", "/*", "1 OR 1=1", "\ud83d\ude00".encode(
                      "utf-16", "surrogatepass").decode("utf-16")]


@case
def sql_metacharacters_everywhere(work):
    """In every parameter of every operation: an answer that is not an error of ours, and all tables
    and people still there."""
    with World(work) as w:
        people = w.sql("SELECT count(*) FROM person")[0][0]
        tables = w.sql("SELECT name FROM sqlite_master ORDER BY name")
        asked = 0
        for op in w.ops:
            if op["id"].startswith(("account.password", "person.create", "person.reset",
                                    "person.disable")) or op["flags"] & STREAM:
                continue
            for p in op["params"]:
                for value in METACHARACTERS if p["type"] in ("text", "long") else \
                        METACHARACTERS[:4]:
                    a = w.ask(op, w.chief, {p["name"]: value}, optional=False)
                    expect(a.status < 500, f"{op['id']} {p['name']}={value!r}: {a}")
                    asked += 1
        expect(asked > 800, f"only {asked} were asked")
        expect(w.sql("SELECT name FROM sqlite_master ORDER BY name") == tables, "tables changed")
        expect(w.sql("SELECT count(*) FROM person")[0][0] >= people, "people are gone")
        expect(w.sql("PRAGMA integrity_check") == [("ok",)], "the database is damaged")


@case
def sql_metacharacters_find_nothing(work):
    """A search for them is a search for these very characters."""
    with World(work) as w:
        listing = by_id(w.ops)
        for name in ("application.list", "firm.list", "file.list"):
            for value in ("' OR '1'='1", "%", "_", "x' UNION SELECT 1 --"):
                a = w.ask(listing[name], w.chief, {"text": value})
                expect(a.status == 200 and a.json["items"] == [], f"{name} {value!r}: {a}")
        w.s.good("POST", "/api/v1/firms", {"name": "100% O'Neill_ & Söhne"}, w.chief)
        for value in ("100% O'Neill_ &",):
            a = w.ask(listing["firm.list"], w.chief, {"text": value})
            expect(len(a.json["items"]) == 1, f"firm.list {value!r}: {a}")
        b = Browser(w.s.port)
        for login in ("' OR 1=1 --", "chief' --", "%", "admin\" OR \"1\"=\"1"):
            expect(b.login(login, "' OR 1=1 --").status == 403, f"logged in as {login!r}")


# ---- headers ------------------------------------------------------------------------------------

@case
def security_headers(work):
    with World(work) as w:
        b, nobody = w.session(w.chief_id), Browser(w.s.port)
        file = f"/api/v1/files/{w.ids['file']}/content"
        asked = [(nobody, "/"), (nobody, "/status"), (nobody, "/office/login"), (b, "/office"),
                 (b, "/office/account"), (b, "/office/people"), (b, "/office/nothing"),
                 (b, "/api/v1/applications"), (nobody, "/api/v1/applications"), (b, file),
                 (nobody, "/nothing"), (b, f"/office/files/{w.ids['file']}"),
                 (nobody, "/assets/style.css"), (b, "/api/v1/nothing")]
        for who, path in asked:
            a = who.get(path)
            policy = a.header("Content-Security-Policy") or ""
            rules = dict((r.split() + [""])[0:1] + [r] for r in policy.split("; ")) if policy else {}
            expect(policy.startswith("default-src 'none'"), f"{path}: {policy}")
            frame = "'self'" if "inline" in (a.header("Content-Disposition") or "") else "'none'"
            expect(rules.get("frame-ancestors", "").endswith(frame), f"{path}: {policy}")
            expect("unsafe" not in policy or frame == "'self'", f"{path}: {policy}")
            expect("*" not in policy and "http:" not in policy, f"{path}: {policy}")
            for name, value in (("X-Content-Type-Options", "nosniff"),
                                ("Referrer-Policy", "same-origin"),
                                ("Cross-Origin-Opener-Policy", "same-origin"),
                                ("Cross-Origin-Resource-Policy", "same-origin")):
                expect(a.header(name) == value, f"{path}: {name}: {a.header(name)}")
            expect("camera=()" in (a.header("Permissions-Policy") or ""), f"{path}: no permissions")
            expect(a.header("Strict-Transport-Security") is None, f"{path}: HSTS without TLS")
            expect(a.header("Access-Control-Allow-Origin") is None, f"{path}: CORS")
            if path.startswith(("/office", "/api/v1/app", "/api/v1/f")):
                expect(a.header("Cache-Control") == "no-store", f"{path}: may be kept")


@case
def no_inline_code(work):
    """The policy forbids inline script and style: no page has any."""
    with World(work) as w:
        pages = 0
        for path, a in crawl(w.session(w.chief_id), ["/office", "/office/account"], 120):
            if a.status == 200 and (a.header("Content-Type") or "").startswith("text/html"):
                pages += 1
                for tag, attrs in a.page.elements:
                    expect("style" not in attrs and tag != "style", f"{path}: style in {tag}")
        expect(pages > 10, f"only {pages} pages")


@case
def who_says_where_he_is(work):
    """Without a trusted proxy nobody chooses his address; nor can he bring a certificate."""
    with World(work, attempts_free_address=2, certificate_header="X-Client-Cert") as w:
        statuses = []
        for i in range(8):
            b = Browser(w.s.port, {"X-Forwarded-For": f"192.0.2.{i}"})
            statuses.append(b.login(f"nobody{i}", "wrong password 1").status)
        expect(429 in statuses, f"a new address for every guess: {statuses}")
        b = Browser(w.s.port, {"X-Client-Cert": "-----BEGIN CERTIFICATE-----"})
        expect("certificate" not in b.get("/office/login").text.split("<main")[1].lower(),
               "the header is believed")
        a = b.post("/office/login/certificate", {})
        expect(a.status == 404, f"a certificate without a proxy: {a}")


if __name__ == "__main__":
    sys.exit(run_cases(CASES, sys.argv[1:]))
