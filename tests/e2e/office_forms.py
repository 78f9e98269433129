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
        now = w.sql("SELECT count(*) FROM document_version")[0][0]
        expect(now == count + 2, (count, now))


if __name__ == "__main__":
    sys.exit(run_cases(CASES, sys.argv[1:]))
