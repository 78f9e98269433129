#!/usr/bin/env python3
"""Forms of pages: what goes through leads on, what does not comes back with what was entered; a double
click counts once; nothing leads away from here.

usage: office_forms.py [NAME...]       environment: B, the build directory (default: build)
"""
import os
import sys
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from office_browser import Browser, totp  # noqa: E402
from office_server import expect, multipart, run_cases  # noqa: E402
from security_world import World  # noqa: E402

CASES = []


def case(function):
    CASES.append(function)
    return function


class Desk:
    def __init__(self, w, letter="I"):
        self.w, self.b = w, w.session(w.people[letter])
        self.page = f"/office/applications/{w.ids['application']}"

    def post(self, op, headers=None, **fields):
        fields = {"form_token": self.b.form_token, "page": self.page} | fields
        return self.b.ask("POST", "/office/op/" + op, urllib.parse.urlencode(fields).encode(),
                          {"Content-Type": "application/x-www-form-urlencoded",
                           "Origin": self.b.origin} | (headers or {}))

    def notes(self):
        return self.w.sql("SELECT text FROM note ORDER BY id")


@case
def through_and_back(work):
    with World(work) as w:
        d, app = Desk(w), w.ids["application"]
        before = len(d.notes())
        r = d.post("note.add", application=app, text="line 1\r\nline 2", form_key="k1")
        expect(r.status == 303 and r.header("Location") == d.page, r)
        expect(d.notes()[-1] == ("line 1\nline 2",), d.notes())
        flash = [c for c in r.cookies() if c.startswith("flash=note.add;")]
        expect(len(flash) == 1 and "HttpOnly" in flash[0] and "SameSite=Strict" in flash[0],
               r.cookies())
        r = d.b.ask("GET", d.page)
        expect(r.status == 200 and any(c.startswith("flash=;") for c in r.cookies()), r.cookies())
        # A double click: once; other words with the same key: not at all.
        r = d.post("note.add", application=app, text="line 1\r\nline 2", form_key="k1")
        expect(r.status == 303, r)
        expect(len(d.notes()) == before + 1, d.notes())
        r = d.post("note.add", application=app, text="other words", form_key="k1")
        expect(r.status == 422 and len(d.notes()) == before + 1, r)
        # What is wrong is said beside what was entered.
        entered = "<b>" + "x" * 4100
        r = d.post("note.add", application=app, text=entered, form_key="k2")
        expect(r.status == 400 and entered.replace("<", "&lt;").replace(">", "&gt;") in r.text, r)
        expect("has more characters than 4000" in r.text and len(d.notes()) == before + 1, r)
        hindi = d.post("note.add", application=app, text=entered, page=d.page + "?lang=hi")
        expect(hindi.status == 400 and 'lang="hi"' in hindi.text, hindi)


@case
def where_it_leads(work):
    with World(work) as w:
        d, app = Desk(w), w.ids["application"]
        for away in ("https://example.org/", "//example.org/", "/office//example.org", "/verify",
                     "/officeevil", "javascript:alert(1)", "/office\r\nX-Evil: 1", "/office\\evil", ""):
            r = d.post("note.add", application=app, text="x", back=away, page=away)
            expect(r.status == 303 and r.header("Location") in ("/office", d.page), (away, r))
            expect(not r.header("X-Evil"), away)
        r = d.post("firm.create", name="A new firm", back="/office/firms/{id}?a={name}")
        firm = w.sql("SELECT id FROM firm WHERE name = 'A new firm'")[0][0]
        expect(r.status == 303 and r.header("Location") == f"/office/firms/{firm}?a=", r)


@case
def who_may_send(work):
    with World(work) as w:
        d, app = Desk(w), w.ids["application"]
        before = d.notes()
        for r in (d.post("note.add", application=app, text="x", form_token=""),
                  d.post("note.add", application=app, text="x", form_token="A" * 43),
                  d.post("note.add", {"Origin": "https://example.org"}, application=app, text="x")):
            expect(r.status == 403, r)
        expect(d.post("no.such", text="x").status == 404, "an unknown operation")
        expect(d.b.ask("GET", "/office/op/note.add").status == 405, "GET")
        v = Desk(w, "V")
        expect(v.post("firm.create", name="x").status == 403, "a vendor makes a firm")
        expect(d.notes() == before, d.notes())


@case
def documents(work):
    with World(work) as w:
        d, app = Desk(w, "V"), w.ids["application"]
        count = w.sql("SELECT count(*) FROM document_version")[0][0]

        def send(parts):
            body, kind = multipart(parts)
            return d.b.ask("POST", "/office/op/document.add", body,
                           {"Content-Type": kind, "Origin": d.b.origin})
        ours = [("form_token", None, d.b.form_token.encode()), ("page", None, d.page.encode()),
                ("application", None, str(app).encode()), ("kind", None, b"other")]
        r = send([*ours, ("file", "a.txt", b"text")])
        expect(r.status == 303, r)
        r = send([("file", "a.txt", b"text"), *ours])  # the token comes after the document
        expect(r.status == 303, r)
        r = send([*ours[1:], ("file", "a.txt", b"text")])
        expect(r.status == 403, r)
        r = send([*ours, ("file", "", b"")])
        expect(r.status == 400, r)
        r = send([*ours, ("file", "empty.txt", b"")])
        expect(r.status == 400, r)
        r = w.s.upload(f"/api/v1/applications/{app}/documents", b"", w.chief, "empty.txt")
        expect(r.status == 400 and [e["field"] for e in r.json["errors"]] == ["file"], r)
        now = w.sql("SELECT count(*) FROM document_version")[0][0]
        expect(now == count + 2, (count, now))


# ---- nothing that was entered is lost -------------------------------------------------------------

PASSWORD, WORDS = "the sea is wide today", "first line\n\u0926\u0942\u0938\u0930\u0940 <line> & \"more\""


def login(w, name, roles):
    """A person with a password, logged in as a browser does it."""
    person = w.person(name, roles)
    once = w.s.good("POST", f"/api/v1/persons/{person}/reset", {}, w.chief)["password"]
    b = Browser(w.s.port)
    b.login(name, once)
    a = b.submit(b.get("/office/account").page, {"do": "account.password"}, old=once, new=PASSWORD)
    expect(a.status == 303, a)
    return person, b


def is_there(answer, *entered):
    return all(e.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
               in answer.text for e in entered)


def notes_of(w, words):
    return w.sql("SELECT count(*) FROM note WHERE text = ?", words)[0][0]


@case
def a_session_that_ended_meanwhile(work):
    """A long form, the session over: log in, with the second factor, and send the same words."""
    with World(work) as w:
        person, b = login(w, "meera", "I")
        at = f"/office/applications/{w.ids['application']}"
        a = b.submit(b.get("/office/account").page, {"do": "account.totp-begin"})
        secret = a.text.split("secret=", 1)[1][:32].split("&")[0]
        b.submit(a.page, {"do": "account.totp-confirm"}, code=totp(secret))
        page = b.get(at).page
        w.sql("DELETE FROM session")
        a = b.submit(page, {"text": None, "page": at}, text=WORDS)
        expect(a.status == 401 and is_there(a, WORDS) and "What you entered is kept" in a.text, a)
        expect(not notes_of(w, WORDS), "done for nobody")
        a = b.submit(a.page, {"login": None}, login="meera", password="wrong")
        expect(a.status == 403 and is_there(a, WORDS), f"a wrong password: {a}")
        w.sql("UPDATE person SET totp_step = 0 WHERE id = ?", person)
        a = b.submit(a.page, {"login": None}, login="meera", password=PASSWORD)
        expect(a.status == 200 and is_there(a, WORDS), f"the second factor: {a}")
        a = b.submit(a.page, {"code": None}, code="000000")
        expect(a.status == 403 and is_there(a, WORDS), f"a wrong code: {a}")
        a = b.submit(a.page, {"code": None}, code=totp(secret))
        expect(a.status == 200 and is_there(a, WORDS) and "Not sent yet" in a.text, a)
        expect(PASSWORD not in a.text and not notes_of(w, WORDS), "sent without the person")
        a = b.submit(a.page, {"text": None, "page": at}, text=WORDS)
        expect(a.status == 303 and a.header("Location") == at and notes_of(w, WORDS) == 1, a)


@case
def another_session_meanwhile(work):
    """The page was left open, the person logged in anew beside it: its form has the old token."""
    with World(work) as w:
        person, b = login(w, "meera", "I")
        at = f"/office/applications/{w.ids['application']}"
        page = b.get(at).page
        b.cookies.clear()
        b.login("meera", PASSWORD)
        a = b.submit(page, {"text": None, "page": at}, text=WORDS)
        expect(a.status == 403 and is_there(a, WORDS) and not notes_of(w, WORDS), a)
        a = b.submit(a.page, {"text": None, "page": at}, text=WORDS)
        expect(a.status == 303 and notes_of(w, WORDS) == 1, a)
        # What changed meanwhile is not overwritten: the form is about what was seen then.
        page = b.get(f"{at}/data").page
        b.cookies.clear()
        b.login("meera", PASSWORD)
        w.sql("UPDATE application SET version = version + 1 WHERE id = ?", w.ids["application"])
        data = {"product": "Mine", "kind": "fresh", "critical": "false", "scope": "full"}
        a = b.submit(page, {"product": None}, **data)
        a = b.submit(a.page, {"product": None}, **data)
        expect(a.status == 409 and is_there(a, "Mine"), f"a conflict: {a}")


@case
def a_password_that_is_wanted_again(work):
    """A sensitive act in an old session: what was entered stands there after the password."""
    with World(work) as w:
        person, b = login(w, "arun", "A")
        w.sql("UPDATE session SET confirmed_at = confirmed_at - 100000")
        new = {"login": "leela", "name": "Leela Nair", "role_intake": "1"}
        page = b.get("/office/people").page
        fields = page.find(do="person.create")["fields"]
        a = b.post("/office/people", {**fields, **new})
        expect(a.status == 403 and is_there(a, "Leela Nair") and "/office/again" in a.text, a)
        a = b.submit(a.page, {"password": None}, password="wrong")
        expect(a.status == 403 and is_there(a, "Leela Nair"), f"a wrong password: {a}")
        a = b.submit(a.page, {"password": None}, password=PASSWORD)
        expect(a.status == 200 and is_there(a, "Leela Nair") and "Not sent yet" in a.text, a)
        form = a.page.find(do="person.create")["fields"]
        expect(form["login"] == "leela" and form.get("role_intake"), form)
        expect(not w.sql("SELECT 1 FROM person WHERE login = 'leela'"), "made without a click")
        a = b.post("/office/people", form)
        expect(a.status == 200 and "One-time password" in a.text, a)


@case
def kept_for_nobody_else(work):
    """Only a form of our own pages is kept, and no password, PIN or token is ever in a page."""
    with World(work) as w:
        person, b = login(w, "meera", "I")
        at = f"/office/applications/{w.ids['application']}"
        fields = {"application": w.ids["application"], "text": WORDS, "page": at}
        nobody = Browser(w.s.port)
        for origin in ("http://evil.example", None, "null"):
            for who in (nobody, b):
                a = who.post("/office/op/note.add", fields, {"Origin": origin})
                expect(a.status in (401, 403) and "first line" not in a.text, f"{origin}: {a}")
        a = nobody.post("/office/account", {"do": "account.password", "old": "my old secret",
                                            "new": "my new secret"})
        expect(a.status == 401 and "secret" not in a.text, a)
        a = nobody.post("/office/op/note.add", fields | {"form_token": "ABCDEF", "kept.form": "x"})
        expect(a.status in (401, 403) and "ABCDEF" not in a.text, a)
        # Where it is to lead is checked as ever.
        for page in ("https://evil.example/", "//evil.example", "/verify"):
            a = nobody.post("/office/op/note.add", fields | {"page": page})
            expect("evil" not in a.text, a)
            a = Browser(w.s.port).post("/office/login", {"login": "meera", "password": PASSWORD, "kept.text": "x",
                                         "kept.form": "note.add", "kept.page": page})
            expect(a.status == 303 and a.header("Location") == "/office", f"{page}: {a}")


if __name__ == "__main__":
    sys.exit(run_cases(CASES, sys.argv[1:]))
