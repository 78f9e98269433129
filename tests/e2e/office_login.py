#!/usr/bin/env python3
"""The first officer's way in, as a browser goes it: one-time password, own password, second factor,
recovery codes, people, tokens, sessions - in both languages.

usage: office_login.py [NAME...]       environment: B, the build directory (default: build)
"""
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.parse

from office_browser import Browser, Page, totp
from office_server import B, PROGRAM, OfficeServer, expect, run_cases

PASSWORD = "the sea is wide today"
CASES = []


def case(function):
    CASES.append(function)
    return function


def first_password(server):
    """The one-time password the server printed at its first start."""
    for _ in range(20):
        line = server.process.stdout.readline()
        found = re.search(r"one-time password (\S+)", line)
        if found:
            return found.group(1)
        if not line:
            break
    raise AssertionError("no one-time password was printed")


def enrol(b, page):
    """From the account page to recovery codes; returns (secret, codes)."""
    a = b.submit(page, {"do": "account.totp-begin"})
    expect(a.status == 200, f"enrolment: {a}")
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", a.text).group(1)
    expect(f"secret={secret}" in a.text and "otpauth://totp/" in a.text, "no address for apps")
    expect(any(t == "svg" and e.get("role") == "img" for t, e in a.page.elements), "no picture")
    wrong = b.submit(a.page, {"do": "account.totp-confirm"}, code="000000")
    expect(wrong.status == 400, f"a wrong code: {wrong}")
    b.used = totp(secret)  # on a busy machine the next moment may have another one
    a = b.submit(wrong.page, {"do": "account.totp-confirm"}, code=b.used)
    codes = re.findall(r"<code>([A-Z2-7]{5}(?:-[A-Z2-7]{5}){3})</code>", a.text)
    expect(a.status == 200 and len(codes) == 10, f"recovery codes: {a}")
    return secret, codes


def enter(b, server):
    """The first officer's first login; returns (secret, recovery codes)."""
    once = first_password(server)
    a = b.login("admin", once)
    expect(a.status == 303, f"the one-time password: {a}")
    a = b.follow(a)
    a = b.follow(a) if a.status == 303 else a
    expect("For one time" in a.text or "one time only" in a.text, f"no first steps: {a}")
    a = b.submit(a.page, {"do": "account.password"}, old=once, new=PASSWORD)
    expect(a.status == 303, f"a new password: {a}")
    return enrol(b, b.follow(a).page)


@case
def first_officer(work):
    s = OfficeServer(work)
    try:
        b = Browser(s.port)
        held = b.get("/office")
        expect(held.status == 303 and held.header("Location").startswith("/office/login"),
               f"without a session: {held}")
        secret, codes = enter(b, s)
        expect(b.get("/office/people").status == 200, "the pages do not open after the first steps")
        # Out, and in again with both factors.
        a = b.submit(b.get("/office/account").page, {"form_token": None})
        expect(a.status == 303 and b.get("/office/people").status == 303, f"log out: {a}")
        a = b.login("admin", PASSWORD)
        expect("/office/second" in a.header("Location"), f"no second factor asked: {a}")
        expect(b.get("/office/people").status == 303, "the password alone opens pages")
        page = b.follow(a).page
        expect(b.submit(page, {"code": None}, code=b.used).status == 403, "a code twice")
        a = b.submit(page, {"code": None}, code=codes[0].lower().replace("-", " "))
        expect(a.status == 303 and b.get("/office/people").status == 200, f"a recovery code: {a}")
        b = Browser(s.port)
        b.login("admin", PASSWORD)
        a = b.post("/office/second", {"code": codes[0], "form_token": "x"})
        expect(a.status == 403, f"without its form token: {a}")
        page = b.get("/office/second").page
        expect(b.submit(page, {"code": None}, code=codes[0]).status == 403, "recovery code twice")
    finally:
        s.stop()


@case
def administration(work):
    s = OfficeServer(work, {"totp_officers": False})
    try:
        b, other = Browser(s.port), Browser(s.port)
        once = first_password(s)
        b.login("admin", once)
        b.submit(b.get("/office/account").page, {"do": "account.password"}, old=once, new=PASSWORD)
        a = b.submit(b.get("/office/people").page, {"do": "person.create"}, login="kavita",
                     name="कविता राव", role_intake="1", role_assessor="1")
        password = re.search(r"<code>([A-Z2-7-]{23})</code>", a.text).group(1)
        expect(a.status == 200 and "कविता राव" in a.text, f"a new person: {a}")
        expect(password not in b.get("/office/people").text, "a one-time password is shown again")
        again = b.submit(b.get("/office/people").page, {"do": "person.create"}, login="kavita",
                         name="Kavita", role_intake="1")
        expect(again.status == 400 and 'aria-invalid="true"' in again.text and
               'value="Kavita"' in again.text, f"a login twice: {again}")
        expect(other.login("kavita", password).status == 303, "the one-time password does not open")
        expect(other.get("/office/people").header("Location") == "/office/account",
               "pages open before the first steps")
        other.submit(other.get("/office/account").page, {"do": "account.password"}, old=password,
                     new=PASSWORD)
        expect(other.get("/office/people").status == 200, "intake sees people")
        person = re.search(r'href="(/office/people/\d+)">kavita<', b.get("/office/people").text)
        page = b.get(person.group(1)).page
        expect(b.submit(page, {"do": "person.disable"}).status == 303, "disable")
        expect(other.get("/office/people").status == 303, "a disabled person's session lives on")
        expect(other.login("kavita", PASSWORD).status == 403, "a disabled person logs in")
        page = b.get(person.group(1)).page
        expect(b.submit(page, {"do": "person.enable"}).status == 303, "enable")
        expect(other.login("kavita", PASSWORD).status == 303, "an enabled person does not log in")
        me = b.get("/office/people/1").page
        last = b.submit(me, {"do": "person.disable"})
        expect(last.status == 409 and "last administrator" in last.text, f"the last one: {last}")
        expect(b.get("/office/people/99").status == 404, "nobody's page")
    finally:
        s.stop()


@case
def tokens_and_sessions(work):
    s = OfficeServer(work, {"totp_officers": False})
    try:
        b, second = Browser(s.port), Browser(s.port)
        once = first_password(s)
        b.login("admin", once)
        b.submit(b.get("/office/account").page, {"do": "account.password"}, old=once, new=PASSWORD)
        a = b.submit(b.get("/office/account").page, {"do": "token.create"}, name="script",
                     scopes="person:read", days="30")
        token = re.search(r"sat_[A-Za-z0-9_-]{43}", a.text).group(0)
        expect(token not in b.get("/office/account").text, "a token is shown again")
        expect(s.call("GET", "/api/v1/persons", token=token).status == 200, "the token is refused")
        wrong = b.submit(b.get("/office/account").page, {"do": "token.create"}, name="script",
                         scopes="everything", days="30")
        expect(wrong.status == 400 and 'value="everything"' in wrong.text, f"a scope: {wrong}")
        a = b.submit(b.get("/office/account").page, {"do": "token.revoke"})
        expect(a.status == 303, f"revoke: {a}")
        s.problem(401, "not-logged-in", "GET", "/api/v1/persons", token=token)
        second.login("admin", PASSWORD)
        expect(second.get("/office/account").status == 200, "a second session")
        expect(b.submit(b.get("/office/account").page, {"do": "session.end-others"}).status == 303,
               "end the others")
        expect(second.get("/office/account").status == 303, "the other session lives on")
        expect(b.get("/office/account").status == 200, "the own session ended")
        for old in (PASSWORD + "x", PASSWORD):
            a = b.submit(b.get("/office/account").page, {"do": "account.password"}, old=old,
                         new="short")
            expect(a.status == 400, f"a short password: {a}")
    finally:
        s.stop()


@case
def both_languages(work):
    s = OfficeServer(work, {"totp_officers": False})
    try:
        b = Browser(s.port)
        expect("लॉगिन" in b.get("/office/login?lang=hi").text, "no Hindi before logging in")
        once = first_password(s)
        b.login("admin", once)
        b.submit(b.get("/office/account").page, {"do": "account.password"}, old=once, new=PASSWORD)
        expect("My account" in b.get("/office/account").text, "no English")
        a = b.submit(b.get("/office/account").page, {"do": "account.language"})
        expect("मेरा खाता" in b.follow(a).text, "the language is not kept")
        page = Page(b.get("/office/people").text)
        expect(("html", "hi") in [(t, e.get("lang")) for t, e in page.elements], "html lang")
    finally:
        s.stop()


@case
def command_line(work):
    """The operator adds, resets and disables at the terminal, while the server runs."""
    s = OfficeServer(work, {"totp_officers": False})
    try:
        def satyapan(*words):
            run = subprocess.run([PROGRAM, "officer", *words, "--data", s.data, "--format", "json"],
                                 capture_output=True, text=True, timeout=60, check=False)
            expect(run.returncode == 0, f"satyapan officer {words}: {run.stderr}")
            return json.loads(run.stdout)
        made = satyapan("add", "--login", "ravi", "--name", "Ravi Kumar", "--roles", "admin")
        b = Browser(s.port)
        expect(b.login("ravi", made["password"]).status == 303, "the password does not open")
        again = satyapan("reset", str(made["id"]))
        expect(b.get("/office/account").status == 303, "the session outlives a reset")
        expect(b.login("ravi", made["password"]).status == 403, "the old password still opens")
        expect(b.login("ravi", again["password"]).status == 303, "the new one does not")
        satyapan("disable", str(made["id"]))
        expect(b.get("/office/account").status == 303, "the session outlives the account")
        with s.db() as db:
            rows = db.execute("SELECT action, actor FROM audit WHERE person IS NULL AND action LIKE"
                              " 'person.%' ORDER BY seq").fetchall()
        expect([r[0] for r in rows] == ["person.first", "person.create", "person.reset",
                                        "person.disable"] and
               all(r[1].startswith("operator:") for r in rows[1:]), f"the trail says {rows}")
        expect(made["password"] not in str(rows), "the trail has a password")
    finally:
        s.stop()


def sample_certificates(work):
    """Signers of the demonstration's samples: name -> PEM, and the CA above them."""
    maker = os.path.join(B, "gen", "demo")
    expect(os.path.exists(maker), "build/gen/demo is not built (make demo)")
    subprocess.run([maker, work], check=True, timeout=120, capture_output=True)
    found = {}
    for name in ("accepted", "revoked", "expired", "wrong-root"):
        with open(os.path.join(work, "demo", "samples", f"declaration-{name}.pdf"), "rb") as f:
            blob = re.search(rb"/Contents\s*<([0-9A-Fa-f]+)>", f.read()).group(1)
        out = subprocess.run(["openssl", "pkcs7", "-inform", "DER", "-print_certs"], check=True,
                             input=bytes.fromhex(blob.decode()), capture_output=True).stdout.decode()
        pems = re.findall(r"-----BEGIN[\s\S]*?END CERTIFICATE-----", out)
        found[name] = pems[-1] + "\n"
        found.setdefault("ca", pems[0] + "\n")
    return found


def sha256_of(pem):
    return hashlib.sha256(base64.b64decode("".join(pem.split("-----")[2].split()))).hexdigest()


@case
def certificates(work):
    """Logging in by a certificate the proxy has seen: good, revoked, expired, of a strange root,
    of a CA, of nobody, not yet confirmed, and no certificate at all."""
    pems = sample_certificates(work)
    s = OfficeServer(work, {"totp_officers": False, "certificate_header": "X-Client-Cert",
                            "attempts_free_address": 1000},
                     demo=os.path.join(work, "demo"), proxy=True)
    try:
        b = Browser(s.port)
        once = first_password(s)
        b.login("admin", once)
        b.submit(b.get("/office/account").page, {"do": "account.password"}, old=once, new=PASSWORD)
        a = b.submit(b.get("/office/people").page, {"do": "person.create"}, login="asha",
                     name="Asha Verma", role_intake="1")
        password = re.search(r"<code>([A-Z2-7-]{23})</code>", a.text).group(1)
        asha = Browser(s.port)
        asha.login("asha", password)
        asha.submit(asha.get("/office/account").page, {"do": "account.password"}, old=password,
                    new=PASSWORD)
        person = re.search(r'href="(/office/people/\d+)">asha<', b.get("/office/people").text)[1]

        def enter(pem):
            with_it = Browser(s.port, {"X-Client-Cert": urllib.parse.quote(pem)})
            page = with_it.get("/office/login")
            expect("my certificate" in page.text, "the button is missing")
            answer = with_it.post("/office/login/certificate", {"next": "/office"})
            return answer.status == 303 and with_it.get("/office/account").status == 200

        def register(pem, confirm=True):
            asha.submit(asha.get("/office/account").page, {"do": "account.certificate"},
                        sha256=sha256_of(pem))
            expect(not enter(pem), "a certificate opens before an administrator has confirmed it")
            if confirm:
                form = {"do": "person.certificate", "sha256": sha256_of(pem)}
                a = b.submit(b.get(person).page, form)
                expect(a.status == 303, f"the confirmation: {a}")

        expect(not enter(pems["accepted"]), "nobody's certificate opens")
        for name in ("revoked", "expired", "wrong-root", "ca"):
            register(pems[name])
            expect(not enter(pems[name]), f"{name}: opens")
        register(pems["accepted"])
        expect(enter(pems["accepted"]), f"a good certificate does not open: {s.stderr()[-500:]}")
        for bad in ("", "x", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
                    pems["accepted"] + pems["ca"], pems["accepted"].replace("M", "N", 1),
                    "%zz", "%", "A" * 40000):
            other = Browser(s.port, {"X-Client-Cert": bad if "%" in bad else
                                     urllib.parse.quote(bad)})
            a = other.post("/office/login/certificate", {"next": "/office"})
            expect(a.status in (403, 404, 431), f"{bad[:40]!r}: {a}")
        # Disabled or taken away: it opens no longer.
        b.submit(b.get(person).page, {"do": "person.certificate", "sha256": ""})
        expect(not enter(pems["accepted"]), "a removed certificate opens")
    finally:
        s.stop()


if __name__ == "__main__":
    sys.exit(run_cases(CASES, sys.argv[1:]))
