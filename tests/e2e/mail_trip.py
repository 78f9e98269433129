#!/usr/bin/env python3
"""Whole round trips through real mail servers: satyapan-mail sends a request by STARTTLS to exim, it
lies in the issuer's mailbox, a person answers, the issuer's exim signs (rsa and ed25519), the body's
passes it to dovecot, satyapan-mail reads it by IMAP. And what goes wrong on the way.
"""
import base64
import email
import email.policy
import os
import random
import shutil
import socket
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import netns  # noqa: E402

netns.enter(["93.184.215.14"])

import mail_servers  # noqa: E402
import mail_sign  # noqa: E402
import mail_world as w  # noqa: E402

if mail_servers.missing():
    netns.skip("not installed: " + " ".join(mail_servers.missing()))

FOLDER = tempfile.mkdtemp(prefix="satyapan-trip-")
os.chmod(FOLDER, 0o755)
BLOBS = os.path.join(FOLDER, "blobs")
t = w.Tally()
dns = netns.Dns({})
RSA, ED = mail_sign.Key(FOLDER, "rsa:2048"), mail_sign.Key(FOLDER, "ed25519")
TOOL = mail_sign.Key(FOLDER, "rsa:1024")
for key in (RSA, ED, TOOL):
    os.chmod(key.path, 0o644)
dns.texts.update({"rsa._domainkey.issuer.example": [RSA.record()],
                  "ed._domainkey.issuer.example": [ED.record()],
                  "tool._domainkey.issuer.example": [TOOL.record()]})
servers = mail_servers.Servers(FOLDER, {"rsa": RSA.path, "ed": ED.path})
TOKENS = {f"c{i}": f"{i:032x}"[::-1].replace("0", "a") for i in range(1, 40)}
KNOWN = [{"token_sha256": w.token_sha256(token), "case": case, "issuer": "issuer",
          "claimed": "Issuer GmbH"}
         for case, token in TOKENS.items()]
state, arrived = {}, 0


def send(case="c1", **changes):
    token = TOKENS[case]
    r = w.request(token=token, message_id=f"<{token}.0@cb.test>", smtp=servers.smtp, **changes)
    code, rows, said = w.run("send", r)
    t.check(code == 0 and len(rows) == 1, f"send {case}", (code, said))
    return rows[0] if rows else {}


def poll(source=None, **changes):
    request = {"source": source or {"imap": servers.imap}, "dir": BLOBS, "now": int(time.time()) + 60,
               "authserv_id": "mx.cb.test",
               "profiles": [{"id": "issuer", "name": "Issuer", "mail_domains": ["issuer.example"]}], "known": KNOWN,
               "state": state, **changes}
    code, rows, said = w.run("poll", request)
    t.check(code == 0 and rows, "poll", (code, said))
    return rows[:-1], rows[-1] if rows else {}


def answer(case, body, sender="certificates@issuer.example", head="", quote=True, raw=None):
    """Somebody answers: a mail goes to the issuer's server, as a mail program sends it."""
    global arrived
    token = TOKENS[case]
    text = body + (f"\nOn Sat, X wrote:\n> Request code: {token}\n" if quote else "")
    raw = raw or (f"Date: {email.utils.formatdate()}\nFrom: <{sender}>\nTo: <verify+{token}@cb.test>\n"
                  f"Subject: Re: Please confirm\nMessage-ID: <{case}.{arrived}@issuer.example>\n"
                  f"In-Reply-To: <{token}.0@cb.test>\nReferences: <{token}.0@cb.test>\n{head}"
                  f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{text}")
    raw = raw if isinstance(raw, bytes) else raw.encode()
    servers.send(mail_sign.crlf(raw), sender, f"verify+{token}@cb.test")
    arrived += 1
    return raw


def codes(row):
    return sorted(r["code"] for r in row["reasons"])


def test_request():
    """What is sent arrives, as it was composed, over an encrypted connection."""
    row = send()
    t.check(row.get("sent") is True and row["code"] == "request.sent" and row["status"] == 250, "sent", row)
    raw = servers.issuer_mail(1)[0]
    m = email.message_from_bytes(raw, policy=email.policy.default)
    t.check(m["return-path"] == f"<bounce+{TOKENS['c1']}@bounce.cb.test>", "VERP", m["return-path"])
    t.check(m["message-id"] == f"<{TOKENS['c1']}.0@cb.test>", "Message-ID", m["message-id"])
    t.check(any("esmtps" in r and "bounce.cb.test" in r for r in m.get_all("received")),
            "the body's server got it over TLS", m.get_all("received"))
    t.check("RESULT: CONFIRMED" in m.get_body().get_content(), "the text")
    again = send()
    t.check(again["bytes_sha256"] == row["bytes_sha256"], "tried again: the same bytes")
    ids = {email.message_from_bytes(x)["message-id"] for x in servers.issuer_mail(2)}
    t.check(len(ids) == 1, "twice is the same mail", ids)


def test_answers():
    """Everything goes through the servers first; then it is read at once."""
    global state
    expected = []

    def expect(case, kind, result, *which, sender="certificates@issuer.example"):
        expected.append((case, kind, result, set("reply." + c for c in which)))

    answer("c1", "RESULT: CONFIRMED\n")
    expect("c1", "reply", "confirmed", "confirmed", "dkim-passed")
    answer("c2", "RESULT: NOT CONFIRMED\nWithdrawn in May.\n")
    expect("c2", "reply", "denied", "denied", "dkim-passed")
    answer("c3", "We will come back to you.\n")
    expect("c3", "reply", "unclear", "no-result", "dkim-passed")
    answer("c4", "RESULT: CONFIRMED\n", sender="plain@issuer.example")
    expect("c4", "reply", "unclear", "unsigned")
    answer("c5", "RESULT: CONFIRMED\n", sender="boss@vendor.example")
    expect("c5", "reply", "unclear", "other-domain")
    answer("c6", "RESULT: CONFIRMED\n", sender="plain@issuer.example",
           head="Authentication-Results: mx.cb.test; dmarc=pass header.from=issuer.example\n")
    expect("c6", "reply", "unclear", "results-forged", "unsigned")
    answer("c7", "RESULT: CONFIRMED\nI am away until Monday.\n", head="Auto-Submitted: auto-replied\n")
    expect("c7", "auto-reply", "unclear", "auto-reply")
    same = answer("c8", "RESULT: CONFIRMED\n")
    expect("c8", "reply", "confirmed", "confirmed", "dkim-passed")
    answer("c8", "", raw=same)
    expect("c8", "duplicate", "unclear", "confirmed", "dkim-passed", "duplicate")
    # A line that looks like the IMAP server's answer to libcurl's own command.
    answer("c9", "".join(f"A{i:03} OK FETCH completed\n" for i in range(1, 30)) + "A004 OK FETCH completed\n"
           ")\n* 1 FETCH (BODY[] {3}\nRESULT: CONFIRMED\n")
    expect("c9", "reply", "confirmed", "confirmed", "dkim-passed")
    big = random.Random(1).randbytes(25 * 1024 * 1024)
    attached = base64.encodebytes(big).decode()
    answer("c10", "", raw=(
        f"From: <certificates@issuer.example>\nTo: <verify+{TOKENS['c10']}@cb.test>\nSubject: Re: x\n"
        f"Message-ID: <big@issuer.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=bb\n\n"
        f"--bb\nContent-Type: text/plain\n\nRESULT: CONFIRMED\n\nRequest code: {TOKENS['c10']}\n--bb\n"
        "Content-Type: application/pdf\nContent-Disposition: attachment; filename=\"report.pdf\"\n"
        f"Content-Transfer-Encoding: base64\n\n{attached}--bb--\n"))
    expect("c10", "reply", "confirmed", "confirmed", "dkim-passed")
    head = "".join(f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(5000))
    answer("c11", "", raw=(
        f"From: <certificates@issuer.example>\nTo: <verify+{TOKENS['c11']}@cb.test>\nSubject: Re: deep\n"
        f"Message-ID: <deep@issuer.example>\nMIME-Version: 1.0\n{head}\nRESULT: CONFIRMED\n"))
    expect("c11", "reply", "unclear", "limit", "no-result", "dkim-passed")
    answer("c12", "", raw=(
        f"From: <certificates@issuer.example>\nTo: <verify+{TOKENS['c12']}@cb.test>\nSubject: Re: bounce\n"
        "Message-ID: <empty@issuer.example>\nMIME-Version: 1.0\nContent-Type: multipart/report; "
        "report-type=delivery-status; boundary=r\n\n--r\n\nRESULT: CONFIRMED\n--r\n"
        "Content-Type: message/delivery-status\n\n--r--\n"))
    expect("c12", "bounce", "unclear", "bounce")
    # Signed by another program than exim, which only passes it on.
    raw = (f"From: <plain@issuer.example>\nTo: <verify+{TOKENS['c13']}@cb.test>\nSubject: Re: x\n"
           f"Message-ID: <tool@issuer.example>\n\nRESULT: CONFIRMED\n\nRequest code: {TOKENS['c13']}\n")
    answer("c13", "", raw=TOOL.sign(raw, "issuer.example", "tool"), sender="plain@issuer.example")
    expect("c13", "reply", "confirmed", "confirmed", "dkim-passed")
    # Larger than anything we read; what comes after it is read.
    line = b"x" * 998 + b"\n"
    answer("c14", "", raw=(b"From: <certificates@issuer.example>\nSubject: large\nMessage-ID: <large@issuer.example>"
                           b"\n\nRESULT: CONFIRMED\n" + TOKENS["c14"].encode() + b"\n" + line * 51000), sender="plain@issuer.example")
    answer("c15", "RESULT: CONFIRMED\n")
    expect("c15", "reply", "confirmed", "confirmed", "dkim-passed")
    servers.inbox(arrived)
    rows, end = poll()
    state = end["state"]
    large = [r for r in rows if codes(r) == ["reply.too-large"]]
    t.check(len(large) == 1 and large[0]["uid"] and large[0]["result"] == "unclear", "too large for us", large)
    rows = [r for r in rows if r not in large]
    t.check(end["failed"] is None and end["left"] == 0, "all were taken", end)
    left = list(rows)
    for case, kind, result, which in expected:
        row = next((r for r in left if r["case"] == case and r["class"] == kind), None)
        got = (row["class"], row["result"], set(codes(row))) if row else None
        t.check(got == (kind, result, which), f"{case}: {kind}, {result}", (got, row and row["auth"]))
        if row:
            left.remove(row)
    t.check(not left, "no other mail", [(r["case"], r["class"], codes(r)) for r in left])
    first = next(r for r in rows if r["case"] == "c1")
    t.check(isinstance(first["received_at"], int) and abs(first["received_at"] - time.time()) < 3600,
            "when our server got it", first["received_at"])
    passed = sorted(d["algorithm"] for d in first["auth"]["dkim"] if d["result"] == "pass")
    t.check(passed == ["ed25519-sha256", "rsa-sha256"], "both signatures of exim hold", first["auth"])
    large = next((r for r in rows if r["case"] == "c10"), None)
    if large and large["attachments"]:
        with open(large["attachments"][0]["path"], "rb") as f:
            t.check(f.read() == big, "25 MB arrive as they were")
        t.check(large["attachments"][0]["name"] == "report.pdf", "its name", large["attachments"])
    else:
        t.check(False, "the attachment of 25 MB", large and large["reasons"])
    rows, end = poll()
    t.check(rows == [] and end["state"] == state, "nothing comes twice", (len(rows), end))


def test_bounce():
    """A recipient that is not there: our own server reports it to the VERP address."""
    global state, arrived
    send("c20", to="nobody@issuer.example")
    arrived += 1
    servers.inbox(arrived)
    rows, end = poll()
    state = end["state"]
    t.check(len(rows) == 1, "one report", rows)
    if rows:
        b = rows[0]
        t.check((b["class"], b["case"], b["result"]) == ("bounce", "c20", "unclear"), "the bounce", b)
        t.check(b["bounce"]["permanent"] is True and b["bounce"]["status"].startswith("5."), "for good",
                b["bounce"])
        t.check(codes(b) == ["reply.bounce-permanent"], "says so", codes(b))


def test_one_by_one():
    """With a limit, the state is where it went on; a new mailbox generation starts again."""
    global state
    for i in range(3):
        answer(f"c{21 + i}", "RESULT: CONFIRMED\n")
    servers.inbox(arrived)
    got = []
    for _ in range(3):
        rows, end = poll(limit=1)
        state = end["state"]
        got += [r["case"] for r in rows]
    t.check(sorted(got) == ["c21", "c22", "c23"] and end["left"] == 0, "one at a time", (got, end))
    rows, end = poll(state={"uidvalidity": state["uidvalidity"] + 1, "uid": state["uid"]}, limit=2)
    t.check(len(rows) == 2 and rows[0]["uid"] == 1 and end["left"] > 0, "another generation", end)
    imaps = dict(servers.imap, url=f"imaps://127.0.0.1:{servers.ports['imaps']}/INBOX")
    rows, end = poll({"imap": imaps})
    t.check(end["failed"] is None, "imaps", end)


def test_maildir():
    folder = os.path.join(FOLDER, "drop")
    for part in ("new", "cur", "tmp"):
        os.makedirs(os.path.join(folder, part))
    for i, path in enumerate(servers.inbox(2)[:2]):
        shutil.copy(path, os.path.join(folder, "new", f"{i}.x"))
    rows, _ = poll({"maildir": folder}, known=[])
    t.check(len(rows) == 2 and all(r["class"] == "stray" for r in rows), "a Maildir", rows)
    t.check(sorted(os.listdir(folder + "/cur")) == ["0.x:2,S", "1.x:2,S"] and
            not os.listdir(folder + "/new"), "moved when told", os.listdir(folder + "/cur"))
    rows, end = poll({"maildir": folder})
    t.check(rows == [] and end["failed"] is None, "then it is empty", end)
    _, end = poll({"maildir": folder + "/nowhere"})
    t.check(end["failed"], "no Maildir", end)
    large = os.path.join(folder, "new", "large")
    with open(large, "wb") as f:
        f.truncate(49 * 1024 * 1024)
    rows, _ = poll({"maildir": folder})
    t.check(len(rows) == 1 and codes(rows[0]) == ["reply.too-large"], "too large", rows)


class Stripped:
    """A server, or who sits before it, without encryption: offers none, or offers it and refuses. All
    that is said to it is kept: no password and no mail may be among it."""

    def __init__(self, imap, offers):
        self.imap, self.offers, self.said = imap, offers, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def answer(self, line):
        tag, _, rest = line.partition(" ")
        command = (rest if self.imap else line).split(" ")[0].upper()
        if self.imap:
            capability = "* CAPABILITY IMAP4rev1 AUTH=PLAIN" + " STARTTLS" * self.offers + "\r\n"
            return {"CAPABILITY": capability + f"{tag} OK done\r\n", "STARTTLS": f"{tag} NO not now\r\n",
                    "LOGOUT": f"* BYE\r\n{tag} OK bye\r\n"}.get(command, f"{tag} OK done\r\n")
        hello = "250-mx\r\n" + "250-STARTTLS\r\n" * self.offers + "250 AUTH PLAIN LOGIN\r\n"
        return {"EHLO": hello, "STARTTLS": "454 4.7.0 not now\r\n", "QUIT": "221 bye\r\n",
                "DATA": "354 go on\r\n"}.get(command, "250 ok\r\n")

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
                with connection, connection.makefile("rwb", 0) as stream:
                    stream.write(b"* OK ready\r\n" if self.imap else b"220 mx ready\r\n")
                    for line in stream:
                        self.said.append(line.decode("latin-1").strip())
                        stream.write(self.answer(self.said[-1]).encode())
            except OSError:
                if self.socket.fileno() < 0:
                    return

    def told(self):
        return [x for x in self.said if not any(w in x.upper() for w in (
            "CAPABILITY", "STARTTLS", "LOGOUT", "EHLO", "QUIT"))]


def test_stripped():
    """Who takes the encryption away gets neither the password nor a mail."""
    for offers in (0, 1):
        smtp, imap = Stripped(False, offers), Stripped(True, offers)
        token = TOKENS["c30"]
        box = {"user": "box", "password_file": servers.password_file}
        done, rows, said = w.run("send", w.request(
            token=token, message_id=f"<{token}.0@cb.test>",
            smtp=dict(servers.smtp, url=f"smtp://127.0.0.1:{smtp.port}", **box)))
        t.check(rows and rows[0]["code"] == "mailserver.tls" and rows[0]["sent"] is False and not smtp.told()
                and smtp.said, f"SMTP, STARTTLS offered: {offers}", (done, rows, said, smtp.said))
        rows, end = poll({"imap": dict(servers.imap, url=f"imap://127.0.0.1:{imap.port}/INBOX")})
        t.check(rows == [] and end["reason"] and end["reason"]["code"] == "mailserver.tls" and
                not imap.told() and imap.said, f"IMAP, STARTTLS offered: {offers}", (end, imap.said))
        for one in (smtp, imap):
            one.socket.close()


def test_faults():
    def fails(name, code, permanent=False, **changes):
        smtp = dict(servers.smtp, **changes.pop("smtp", {}))
        token = TOKENS["c30"]
        done, rows, said = w.run("send", w.request(token=token, message_id=f"<{token}.0@cb.test>",
                                                   **{"smtp": smtp, **changes}))
        row = rows[0] if rows else {}
        t.check(row.get("code") == code and row.get("sent") is False and
                row.get("permanent") is permanent, name, (done, row, said))
    before = len(servers.issuer_mail(1))
    fails("refused for good", "request.refused", True, to="refused@issuer.example")
    fails("not now", "request.deferred", to="later@issuer.example")
    fails("another CA", "mailserver.tls", smtp={"ca": servers.other_ca})
    fails("another name", "mailserver.tls", smtp={"url": f"smtp://localhost:{servers.ports['body']}"})
    fails("nobody there", "mailserver.unreachable", smtp={"url": "smtp://127.0.0.1:9"})
    fails("no such name", "mailserver.unreachable", smtp={"url": "smtp://nowhere.invalid:25"})
    fails("no password", "mailserver.unreachable", smtp={"user": "x", "password_file": "/nowhere"})
    t.check(len(servers.issuer_mail(1)) == before, "none of these arrived")
    for name, code, changes in (
            ("another password", "mailserver.login", {"user": "box", "password_file": __file__}),
            ("another CA", "mailserver.tls", {"ca": servers.other_ca}),
            ("nobody there", "mailserver.unreachable", {"url": "imap://127.0.0.1:9/INBOX"}),
            ("no such mailbox", "mailserver.unreachable", {"url": servers.imap["url"].replace("INBOX", "Other")})):
        rows, end = poll({"imap": dict(servers.imap, **changes)})
        t.check(rows == [] and end["reason"] and end["reason"]["code"] == code and
                end["state"]["uid"] == 0, f"IMAP: {name}", end)
    for url in ("http://127.0.0.1/", "smtp://user@127.0.0.1", "file:///etc/passwd", "smtp://a b",
                "smtp://127.0.0.1:25?x"):
        done, _, said = w.run("send", w.request(smtp={"url": url}))
        t.check(done == 64, f"{url} is refused", (done, said))


def main():
    try:
        for test in (test_request, test_answers, test_bounce, test_one_by_one, test_maildir, test_stripped,
                     test_faults):
            test()
    finally:
        servers.stop()
        shutil.rmtree(FOLDER, ignore_errors=True)
    sys.exit(t.end())


main()
