#!/usr/bin/env python3
"""Foreign certificates from the vendor's claim to the rule, with real servers: a register on the web over
TLS, DNS, exim and dovecot, in a network of its own. One is verified by its weblink, one by mail, one by
an officer's own eyes, one comes back, one expires on day 15; and who may not know what does not.

usage: foreign_story.py [NAME...]       environment: B, the build directory (default: build)
"""
import email
import email.policy
import http.server
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import netns  # noqa: E402

PUBLIC = "93.184.215.14"
netns.enter([PUBLIC])

import mail_servers  # noqa: E402
import mail_sign  # noqa: E402
from office_browser import Browser  # noqa: E402
from office_server import B, OfficeServer, expect  # noqa: E402

FOLDER = tempfile.mkdtemp(prefix="satyapan-foreign-")
os.chmod(FOLDER, 0o755)
PROGRAMS = os.path.join(B, "libexec", "satyapan")
PROFILE = {"schema": "satyapan-issuer/1", "id": "issuer", "name": "Issuer of the tests",
           "country": "DE", "domains": ["issuer.example"], "mail_domains": ["issuer.example"],
           "templates": ["https://register.issuer.example/certificates/{number}"], "pause_ms": 0}
CLAIM = {"issuer": "Issuer of the tests", "holder": "Acme Sensors Private Limited",
         "product": "AC-200", "standard": "ISO/IEC 27402:2023", "issued_on": "2024-03-05",
         "expires_on": "2027-03-04"}
PAGE = """<!doctype html><html lang="en"><head><title>Register</title></head><body><h1>Certificate</h1>
<dl><dt>Certificate number</dt><dd>{number}</dd><dt>Holder</dt><dd>Acme Sensors Private Limited</dd>
<dt>Product</dt><dd>AC-200</dd><dt>Standard</dt><dd>ISO/IEC 27402:2023</dd><dt>Status</dt>
<dd>Active</dd><dt>Issued</dt><dd>2024-03-05</dd><dt>Valid until</dt><dd>2027-03-04</dd></dl>
<p>This page is published by the issuing body for the information of the public and is kept current by
its register office; questions about an entry are answered by the office named in the imprint.</p>
</body></html>"""
passed = failed = skipped = 0


def step(function):
    STEPS.append(function)
    return function


STEPS = []


class Register(http.server.BaseHTTPRequestHandler):
    """Knows one certificate; another address is closed to programs."""

    def do_GET(self):  # noqa: N802
        number = self.path.rsplit("/", 1)[-1]
        status, text = 404, "<html><body><h1>Not found</h1></body></html>"
        if number == "TR-1":
            status, text = 200, PAGE.format(number="TR-1")
        elif number == "TR-4":
            status, text = 403, "<html><body>Access denied. Captcha.</body></html>"
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def register(certs):
    mail_servers.certify(certs, "register.issuer.example")
    netns.trust_only(f"{certs}/ca.pem")
    server = http.server.ThreadingHTTPServer((PUBLIC, 443), Register)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{certs}/register.issuer.example.pem",
                            f"{certs}/register.issuer.example.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Server(OfficeServer):
    """One that may use the network."""

    def start(self):
        self.command = [w for w in self.command if w != "--offline"]
        super().start()


class Story:
    def __init__(self):
        self.dns = netns.Dns({"register.issuer.example": [PUBLIC]})
        rsa, ed = mail_sign.Key(FOLDER, "rsa:2048"), mail_sign.Key(FOLDER, "ed25519")
        for key in (rsa, ed):
            os.chmod(key.path, 0o644)
        self.dns.texts.update({"rsa._domainkey.issuer.example": [rsa.record()],
                               "ed._domainkey.issuer.example": [ed.record()]})
        self.mail = mail_servers.Servers(FOLDER, {"rsa": rsa.path, "ed": ed.path})
        web = os.path.join(FOLDER, "web")
        os.mkdir(web)
        self.web = register(web)
        self.s = Server(os.path.join(FOLDER, "office"), {
            "totp_officers": False, "public_url": "https://cb.test", "mail_from": "verify@cb.test",
            "smtp_url": self.mail.smtp["url"], "smtp_ca": self.mail.ca,
            "verp_domain": "bounce.cb.test", "imap_url": self.mail.imap["url"],
            "imap_ca": self.mail.ca, "imap_user": "box",
            "imap_password_file": self.mail.password_file, "authserv_id": "mx.cb.test",
            "attempts_free_address": 40})
        s = self.s
        self.intake, self.second = s.person("intake", "intake"), s.person("second", "intake")
        self.admin = s.person("chief", "admin", "intake")
        firm = s.good("POST", "/api/v1/firms", {"name": "Acme"}, self.admin)["id"]
        other = s.good("POST", "/api/v1/firms", {"name": "Rival"}, self.admin)["id"]
        self.vendor = s.person("vendor", "vendor", firm=firm)
        self.rival = s.person("rival", "vendor", firm=other)
        self.app = s.good("POST", "/api/v1/applications", {
            "product": "AC-200", "series": "IOTSCS", "level": 2, "kind": "fresh"}, self.vendor)["id"]
        base = f"/api/v1/applications/{self.app}"
        s.good("POST", base + "/models", {"name": "AC-200"}, self.vendor)
        s.good("POST", base + "/locations", {"name": "Plant", "address": "Noida"}, self.vendor)
        self.cases = {}

    def open(self, name, **claim):
        self.cases[name] = self.s.good("POST", f"/api/v1/applications/{self.app}/foreign",
                                       CLAIM | claim, self.vendor)["id"]

    def at(self, name, rest=""):
        return f"/api/v1/foreign/{self.cases[name]}{rest}"

    def show(self, name, token=None):
        return self.s.good("GET", self.at(name), token=token or self.intake)

    def until(self, name, *states, seconds=90):
        end = time.monotonic() + seconds
        while True:
            case = self.show(name)
            if case["state"] in states:
                return case
            expect(time.monotonic() < end, f"{name}: {case['state']} ({case['web_reason']}, "
                                           f"{case['mail_reason']}) is none of {states}; jobs "
                                           f"{self.jobs()}; {self.s.stderr()[-1500:]}")
            time.sleep(0.2)

    def jobs(self):
        with self.s.db() as db:
            rows = db.execute("SELECT kind, key, state, tries, error FROM job"
                              " WHERE kind LIKE 'foreign%'").fetchall()
        return rows

    def sql(self, text, *values):
        db = self.s.db()
        with db:
            rows = db.execute(text, values).fetchall()
        db.close()
        return rows

    def stop(self):
        self.s.stop()
        self.mail.stop()
        self.web.shutdown()
        self.dns.close()


@step
def profile(w):
    """A profile counts when another officer has approved it, and no longer when it is changed."""
    s = w.s

    def bring(value, token):
        return s.call("POST", "/api/v1/issuers", token=token, body=json.dumps(value).encode(),
                      headers={"Content-Type": "application/octet-stream"})

    for domain in ("co.in", "example", "93.184.215.14"):
        wide = bring(PROFILE | {"domains": [domain], "templates": []}, w.intake)
        expect(wide.status == 400, f"a profile for {domain}: {wide}")
    first = bring(PROFILE, w.intake)
    expect(first.status == 201 and first.json["state"] == "proposed", first)
    path = f"/api/v1/issuers/{first.json['id']}"
    s.problem(403, "four-eyes", "POST", path + "/approve", {}, w.intake)
    good = s.good("POST", path + "/approve", {"reason": "looked at the imprint"}, w.second)
    expect(good["state"] == "approved", good)
    expect(bring(PROFILE, w.intake).json["state"] == "approved", "the same again keeps it")
    changed = bring(PROFILE | {"mail_domains": ["issuer.example", "evil.example"]}, w.intake)
    expect(changed.json["state"] == "proposed", changed)
    expect(s.good("GET", path, token=w.intake)["state"] == "superseded", "the old one")
    w.open("probe", number="P-1", weblink="https://register.issuer.example/certificates/P-1")
    s.good("POST", f"/api/v1/applications/{w.app}/submit", {}, w.vendor)
    s.problem(422, "rule-not-passed", "POST", w.at("probe", "/check"), {}, w.intake)
    s.good("POST", f"/api/v1/issuers/{changed.json['id']}/reject", {}, w.second)
    again = bring(PROFILE, w.intake)
    expect(again.json["state"] == "proposed", "what was approved once is not approved for ever")
    s.good("POST", f"/api/v1/issuers/{again.json['id']}/approve", {}, w.second)
    s.good("POST", w.at("probe", "/close"), {"reason": "only a probe of the test"}, w.intake)
    s.good("POST", f"/api/v1/applications/{w.app}/confirm-complete", {}, w.intake)


@step
def by_weblink(w):
    """The page says it, the page for another number does not: verified, with the recorded pages."""
    w.open("web", number="TR-1", weblink="https://register.issuer.example/certificates/TR-1")
    w.s.good("POST", w.at("web", "/check"), {}, w.intake)
    case = w.until("web", "verified", "mismatch", "unclear")
    expect(case["state"] == "verified", (case["web_reason"], case["evidence"]))
    expect(case["queried_on"] and case["started_on"] == case["queried_on"] and case["due_on"], case)
    found = case["evidence"][0]
    expect(found["kind"] == "weblink" and found["outcome"] == "verified" and found["blob"], found)
    warc = w.s.call("GET", f"/api/v1/foreign-evidence/{found['id']}", token=w.intake)
    expect(warc.status == 200 and warc.body.startswith(b"WARC/1.1"), warc)
    w.s.problem(403, "forbidden", "GET", f"/api/v1/foreign-evidence/{found['id']}", token=w.vendor)
    trail = w.sql("SELECT detail FROM audit WHERE action = 'foreign.web' AND subject = ?",
                  f"foreign:{w.cases['web']}")
    expect(any(found["blob"] in d for (d,) in trail), "the hash of the pages is in the trail")


def mails_to(w, token_part, count=1):
    """Mails in the issuer's mailbox about a case."""
    end = time.monotonic() + 60
    while True:
        found = [m for m in (email.message_from_bytes(raw, policy=email.policy.default)
                             for raw in w.mail.issuer_mail(0)) if token_part in str(m)]
        if len(found) >= count:
            return found
        expect(time.monotonic() < end, f"no mail about {token_part}")
        time.sleep(0.3)


def reply(w, mail, text):
    to = mail["reply-to"] or mail["from"]
    address = email.utils.parseaddr(to)[1]
    raw = (f"Date: {email.utils.formatdate()}\nFrom: <certificates@issuer.example>\nTo: <{address}>\n"
           f"Subject: Re: {mail['subject']}\nMessage-ID: <{time.monotonic_ns()}@issuer.example>\n"
           f"In-Reply-To: {mail['message-id']}\nReferences: {mail['message-id']}\nMIME-Version: 1.0\n"
           f"Content-Type: text/plain; charset=utf-8\n\n{text}\n")
    w.mail.send(mail_sign.crlf(raw.encode()), "certificates@issuer.example", address)


def poll_until(w, name, *states):
    end = time.monotonic() + 90
    while True:
        case = w.show(name)
        if case["state"] in states:
            return case
        expect(time.monotonic() < end, f"{name}: {case['state']} {case['mail_reason']}; {w.jobs()}; "
                                       f"{w.s.stderr()[-1500:]}")
        w.s.good("POST", "/api/v1/foreign-poll", {}, w.intake)
        time.sleep(1)


@step
def by_mail(w):
    """Asked over STARTTLS, answered with a DKIM signature, read by IMAP: verified."""
    w.open("mail", number="TR-2", email="certificates@issuer.example")
    w.s.good("POST", w.at("mail", "/mail"), {}, w.intake)
    w.until("mail", "waiting_reply")
    mail = mails_to(w, "TR-2")[0]
    kept = str(w.sql("SELECT * FROM foreign_mail"))
    token = re.search(r"verify\+([0-9a-f]{32})@", str(mail["reply-to"])).group(1)
    expect(token not in kept, "the records hold the token itself")
    reply(w, mail, "RESULT: CONFIRMED")
    case = poll_until(w, "mail", "verified", "unclear")
    expect(case["state"] == "verified" and case["mail"] == "confirmed", (case["state"], case["evidence"]))
    expect(case["decided_on"], case)
    raw = next(e for e in case["evidence"] if e["kind"] == "mail")
    got = w.s.call("GET", f"/api/v1/foreign-evidence/{raw['id']}", token=w.intake)
    expect(got.status == 200 and b"RESULT: CONFIRMED" in got.body, got)
    reply(w, mail, "RESULT: NOT CONFIRMED")
    case = poll_until(w, "mail", "unclear")
    expect(case["mail"] == "disputed", "an issuer that says yes and no: a person decides")
    word = {"decision": "verified", "reason": "the register office confirmed it on the telephone"}
    path = w.s.good("POST", w.at("mail", "/decisions"), word, w.intake)["decisions"][0]["id"]
    w.s.good("POST", f"/api/v1/foreign-decisions/{path}/confirm", {}, w.second)


@step
def by_hand(w):
    """A page closed to programs: an officer looks, attaches, decides; a second one confirms."""
    w.open("hand", number="TR-4", weblink="https://register.issuer.example/certificates/TR-4")
    w.s.good("POST", w.at("hand", "/check"), {}, w.intake)
    case = w.until("hand", "unclear", "verified")
    expect(case["state"] == "unclear" and case["web"] == "inconclusive", case["state"])
    word = {"decision": "verified", "reason": "the register shows it in my browser"}
    w.s.problem(422, "rule-not-passed", "POST", w.at("hand", "/decisions"), word, w.intake)
    seen = w.s.upload(w.at("hand", "/evidence"), b"%PDF-1.4\n%test\n", w.intake, name="page.pdf",
                      kind=None) if False else w.s.call(
        "POST", w.at("hand", "/evidence") + "?saw=verified&filename=page.pdf&statement="
        "Opened+the+page+in+my+browser+and+saw+TR-4+as+active", token=w.intake,
        body=b"%PDF-1.4\n%test\n", headers={"Content-Type": "application/octet-stream"})
    expect(seen.status == 201, seen)
    proposed = w.s.good("POST", w.at("hand", "/decisions"), word, w.intake)
    expect(proposed["state"] == "unclear", "one officer alone does not decide")
    path = f"/api/v1/foreign-decisions/{proposed['decisions'][0]['id']}"
    w.s.problem(403, "four-eyes", "POST", path + "/confirm", {}, w.intake)
    done = w.s.good("POST", path + "/confirm", {}, w.second)
    expect(done["state"] == "verified" and done["decision"] == "verified", done["state"])
    w.s.problem(409, "wrong-state", "POST", path + "/confirm", {}, w.second)


@step
def comes_back(w):
    """A mailbox that is not there: told at once, a person is needed."""
    w.open("bounce", number="TR-5", email="nobody@issuer.example")
    w.s.good("POST", w.at("bounce", "/mail"), {}, w.intake)
    case = poll_until(w, "bounce", "unclear")
    expect(case["mail"] == "bounced", (case["mail"], case["mail_reason"]))
    w.s.good("POST", w.at("bounce", "/close"), {"reason": "the vendor will name another"}, w.intake)


@step
def by_page(w):
    """The one-time address: looking changes nothing, a yes is read by an officer, a second answer is
    refused."""
    w.open("page", number="TR-6", email="certificates@issuer.example")
    w.s.good("POST", w.at("page", "/mail"), {}, w.intake)
    w.until("page", "waiting_reply")
    mail = mails_to(w, "TR-6")[0]
    text = mail.get_body().get_content()
    secret = re.search(r"https://cb\.test/office/answer/([0-9a-f]{32})", text.replace("=\n", "")).group(1)
    expect(secret not in str(w.sql("SELECT * FROM foreign_mail")), "the records hold the secret")
    b = Browser(w.s.port)
    address = f"/office/answer/{secret}"
    for _ in range(2):
        r = b.get(address)
        expect(r.status == 200 and "TR-6" in r.text and "Acme Sensors" in r.text, r)
        for word in ("Do not confirm", "पुष्टि न करें", "AC-200"):
            expect(word in r.text, word)
        expect("R-EXT" not in r.text and "applications" not in r.text, "it tells too much")
    expect(w.show("page")["state"] == "waiting_reply", "looking at it changed something")
    forged = b.ask("POST", address, "answer=confirmed", {
        "Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"})
    expect(forged.status == 403 and w.show("page")["state"] == "waiting_reply", forged)
    own = {"Content-Type": "application/x-www-form-urlencoded", "Origin": b.origin}
    yes = b.ask("POST", address, "answer=confirmed&name=R.+Egistrar", own)
    expect(yes.status == 200, yes)
    case = w.show("page")
    expect(case["state"] == "unclear" and case["mail_reason"] == "answered-on-the-page", case["state"])
    expect(case["evidence"][0]["outcome"] == "confirmed", case["evidence"])
    again = b.ask("POST", address, "answer=denied", own)
    expect(again.status == 409 and w.show("page")["state"] == "unclear", again)


@step
def expires(w):
    """Nobody answers: at the end of the last day it is over, not before; and the rule says so."""
    w.open("late", number="TR-7", email="certificates@issuer.example")
    w.s.good("POST", w.at("late", "/mail"), {}, w.intake)
    w.until("late", "waiting_reply")
    w.sql("UPDATE foreign_case SET queried_on = '2026-10-01', started_on = '2026-10-01', due_on ="
          " '2026-10-01' WHERE id = ?", w.cases["late"])
    done = w.s.good("POST", "/api/v1/foreign-due", {}, w.intake)
    expect(done["expired"] == 1 and done["redated"] == 1, done)
    case = w.show("late")
    expect(case["state"] == "expired_unverified" and case["due_on"] > "2026-10-20", case)
    expect(w.s.good("POST", "/api/v1/foreign-due", {}, w.intake)["changed"] == 0, "twice")
    cron = subprocess.run([os.path.join(B, "satyapan"), "foreign", "due", "--data", w.s.data],
                          capture_output=True, text=True, timeout=120, check=False)
    expect(cron.returncode == 1 and "TR-7" in cron.stdout and "expired_unverified" in cron.stdout,
           f"for cron, after the server has looked: {cron}")
    code = w.s.good("GET", f"/api/v1/applications/{w.app}/check", token=w.intake)
    ext = {r["rule"]: r for r in code["rules"]}
    expect(ext["R-EXT-2"]["result"] == "FAIL", ext["R-EXT-2"])
    items = {i["about"]: i["code"] for i in ext["R-EXT-2"]["items"]}
    expect(items["TR-7"] == "EXT_2_TIMEOUT" and items["TR-1"].startswith("EXT_2_GOOD"), items)
    expect(items["TR-2"].startswith("EXT_2_GOOD") and items["TR-4"].startswith("EXT_2_GOOD"), items)


@step
def who_sees_what(w):
    """The vendor: state and dates. Not the machinery, not the mails; another vendor: nothing."""
    mine = w.show("page", w.vendor)
    expect(mine["state"] == "waiting_reply" and mine["due_on"] and mine["started_on"], mine)
    expect(mine["evidence"] == [] and mine["mails"] == [] and mine["decisions"] == [], mine)
    expect(mine["web"] == "none" and mine["mail"] == "none" and mine["mail_reason"] is None, mine)
    rows = w.s.good("GET", w.at("mail", "/timeline"), token=w.vendor)["items"]
    told = json.dumps(rows)
    expect(rows and all(r["visible"] == 1 for r in rows), rows)
    for word in ("raw_sha256", "from_domain", "RESULT", "second"):
        expect(word not in told, f"the vendor's timeline has {word}")
    expect(len(w.s.good("GET", w.at("mail", "/timeline"), token=w.intake)["items"]) > len(rows), "")
    for name in w.cases:
        w.s.problem(404, "not-found", "GET", w.at(name), token=w.rival)
    expect(w.s.good("GET", "/api/v1/foreign", token=w.rival)["items"] == [], "the rival's list")


@step
def calendar(w):
    """The feed is a calendar as RFC 5545 has it, for who has its address, until it is ended."""
    w.open("dated", number="TR-8", weblink="https://register.issuer.example/certificates/TR-8")
    w.sql("UPDATE foreign_case SET due_on = '2026-12-15' WHERE id = ?", w.cases["dated"])
    path = w.s.good("POST", "/api/v1/foreign-feed", {}, w.intake)["path"]
    r = w.s.call("GET", path)
    expect(r.status == 200 and r.header("Content-Type").startswith("text/calendar"), r)
    text = r.body.decode()
    expect(text.startswith("BEGIN:VCALENDAR\r\n") and text.endswith("END:VCALENDAR\r\n"), text)
    expect("\n" not in text.replace("\r\n", "") and all(len(x.encode()) <= 75
                                                        for x in text.split("\r\n")), "lines")
    events = text.split("BEGIN:VEVENT")[1:]
    expect(any("DTSTART;VALUE=DATE:20261215" in e and "DTEND;VALUE=DATE:20261216" in e
               for e in events), text)
    expect(all(re.search(r"\r\nUID:\S+\r\nDTSTAMP:\d{8}T\d{6}Z\r\n", e) for e in events), text)
    expect(path.rsplit("/", 1)[1] not in str(w.sql("SELECT hex(hash) FROM feed")), "its hash only")
    w.s.good("DELETE", "/api/v1/foreign-feed", token=w.intake)
    w.s.problem(404, "not-found", "GET", path)


@step
def stands(w):
    """A vendor who changes where to ask takes away no answer: a denial beside a verified page stays a
    contradiction, a page that says otherwise too; and once the issuer was asked, the question stays."""
    for name, column, address in (("denied", "email", "other@issuer.example"),
                                  ("differs", "weblink", "https://register.issuer.example/c/9")):
        w.open(name, number=f"TR-{name}", email="certificates@issuer.example",
               weblink=f"https://register.issuer.example/certificates/TR-{name}")
        for web, mail in (("verified", "denied"), ("verified", "disputed"), ("mismatch", "confirmed")):
            w.sql("UPDATE foreign_case SET web = ?, mail = ?, state = 'unclear', contradiction = 1,"
                  " queried_on = '2026-11-02' WHERE id = ?", web, mail, w.cases[name])
            w.s.good("PATCH", w.at(name), {column: address}, w.vendor)
            case = w.show(name)
            expect(case["state"] == "unclear" and case["web"] == web and case["mail"] in (mail, "unclear"),
                   (name, web, mail, case["state"], case["web"], case["mail"]))
            address += "x"
    w.open("swap", number="TR-20", email="certificates@issuer.example")
    w.sql("UPDATE foreign_case SET mail = 'unclear', state = 'unclear', queried_on = '2026-11-02'"
          " WHERE id = ?", w.cases["swap"])
    w.s.good("PATCH", w.at("swap"), {"email": "other@issuer.example"}, w.vendor)
    w.s.problem(409, "wrong-state", "PATCH", w.at("swap"), {"number": "TR-21"}, w.vendor)
    expect(w.show("swap")["number"] == "TR-20", "a vendor changed what the issuer was asked")


@step
def changed_on_its_way(w):
    """A request that is being sent when the vendor names another address is void, and stays it."""
    w.open("way", number="TR-40", email="certificates@issuer.example")
    for p in w.mail.processes:
        os.kill(p.pid, signal.SIGSTOP)
    try:
        w.s.good("POST", w.at("way", "/mail"), {}, w.intake)
        w.until("way", "mail_sending")
        w.s.good("PATCH", w.at("way"), {"email": "other@issuer.example"}, w.vendor)
    finally:
        for p in w.mail.processes:
            os.kill(p.pid, signal.SIGCONT)
    end = time.monotonic() + 90
    while any(kind == "foreign-mail" and state in ("running", "waiting")
              for kind, _, state, _, _ in w.jobs()):
        expect(time.monotonic() < end, w.jobs())
        time.sleep(0.2)
    case = w.show("way")
    expect([m["state"] for m in case["mails"]] == ["void"] and case["mail"] == "none",
           (case["state"], case["mails"]))


@step
def another_claim(w):
    """What was seen and proposed is about the certificate as it was entered then."""
    w.open("claim", number="TR-30", weblink="https://register.issuer.example/certificates/TR-30")

    def attach():
        r = w.s.call("POST", w.at("claim", "/evidence") + "?saw=verified&filename=page.pdf&statement="
                     "Opened+the+page+in+my+browser+and+saw+it+as+active", token=w.intake,
                     body=b"%PDF-1.4\n%test\n", headers={"Content-Type": "application/octet-stream"})
        expect(r.status == 201, r)

    attach()
    word = {"decision": "verified", "reason": "the register shows it in my browser"}
    path = "/api/v1/foreign-decisions/{}/confirm"
    old = w.s.good("POST", w.at("claim", "/decisions"), word, w.intake)["decisions"][0]["id"]
    w.s.good("PATCH", w.at("claim"), {"number": "TR-31"}, w.vendor)
    w.s.problem(409, "wrong-state", "POST", path.format(old), {}, w.second)
    expect(w.show("claim")["state"] == "draft", "another certificate was confirmed than was proposed")
    w.s.problem(422, "rule-not-passed", "POST", w.at("claim", "/decisions"), word, w.intake)
    attach()
    new = w.s.good("POST", w.at("claim", "/decisions"), word, w.intake)["decisions"][0]["id"]
    w.s.good("PATCH", w.at("claim"), {"number": "TR-31"}, w.vendor)
    done = w.s.good("POST", path.format(new), {}, w.second)
    expect(done["state"] == "verified" and done["number"] == "TR-31", done["state"])


@step
def guesses(w):
    """Secrets cannot be tried one after the other."""
    b = Browser(w.s.port)
    statuses = {b.get(f"/office/answer/{i:032x}").status for i in range(60)}
    expect(statuses == {404, 429}, f"guesses: {statuses}")
    w.s.problem(429, "too-many-requests", "GET", "/api/v1/foreign-feed/" + "0" * 64)


def main():
    global passed, failed
    missing = mail_servers.missing() + [p for p in ("satyapan-weblink", "satyapan-mail")
                                        if not os.path.exists(os.path.join(PROGRAMS, p))]
    if missing:
        netns.skip("not installed: " + " ".join(missing))
    os.makedirs(os.path.join(FOLDER, "office"))
    w = Story()
    try:
        for one in STEPS:
            began = time.monotonic()
            try:
                one(w)
                passed += 1
                print(f"ok   {one.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
            except (AssertionError, OSError, KeyError, ValueError, AttributeError, StopIteration,
                    IndexError) as e:
                failed += 1
                print(f"FAIL {one.__name__}: {type(e).__name__}: {str(e)[:1800]}", flush=True)
    finally:
        w.stop()
        subprocess.run(["chmod", "-R", "u+rwX", FOLDER], check=False)
        shutil.rmtree(FOLDER, ignore_errors=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
