#!/usr/bin/env python3
"""The pages about foreign certificates in a browser (foreign_page.mjs): the board, cases in every state
with what was found, issuers, the calendar's page, the page on which an issuing body answers; English and
Hindi, 360 px, dark, axe. What stands on them was written by strangers on purpose.

usage: foreign_page.py [--screens DIR]      environment: B, the build directory (default: build)
"""
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib

from office_server import ROOT
from security_world import World

SECRET = "0123456789abcdef0123456789abcdef"
NASTY = "</p><script>alert(1)</script> \u202egnp.exe "
RESULT = {
    "final_url": "https://register.example/certificates/ABC-1?q=" + "long" * 40,
    "findings": [{"code": "foreign.status", "level": "REVIEW", "text": "The page names no status." + NASTY,
                  "text_hi": "पृष्ठ पर कोई स्थिति नहीं है।", "hint": "Open it yourself.",
                  "hint_hi": "इसे स्वयं खोलें।"}],
    "snippets": [{"field": "number", "text": "Certificate number: ABC-1 " + NASTY, "match": True,
                  "offset": 4711, "xpath": "/html/body/dl/dd[1]"},
                 {"field": "holder", "text": "Another Holder Ltd", "match": False, "offset": 4790,
                  "xpath": "/html/body/dl/dd[2]"}],
    "hops": [{"url": "https://register.example/certificates/ABC-1", "ip": "192.0.2.1", "status": 200}],
    "control": {"url": "https://register.example/certificates/ABD-1", "matched": False}}
MAIL = {"from": "office@register.example", "subject": "Re: your request " + NASTY, "class": "reply",
        "auth": {"aligned": False}, "text": "We received your mail.\n" + NASTY * 30,
        "reasons": [{"code": "reply.unsigned", "text": "The mail is not signed.",
                     "text_hi": "ई-मेल हस्ताक्षरित नहीं है।", "hint": "Ask again.", "hint_hi": "फिर पूछें।"}]}
STATES = [("draft", None), ("queued", None), ("web_checking", "2026-11-10"),
          ("mail_sending", "2026-11-20"), ("waiting_reply", "2026-11-23"),
          ("waiting_reply", "2026-11-26"), ("waiting_reply", "2026-12-14"), ("verified", "2026-12-14"),
          ("mismatch", "2026-12-14"), ("denied", "2026-12-14"), ("unclear", "2026-11-22"),
          ("paused", "2026-12-01"), ("expired_unverified", "2026-11-20"), ("closed", "2026-12-01")]


def picture(w):
    """A screenshot among the documents, as an officer attaches one. Its SHA-256 and size."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    png = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 900, 60, 8, 0, 0, 0, 0)) +
           chunk(b"IDAT", zlib.compress((b"\0" + b"\xc0" * 900) * 60)) + chunk(b"IEND", b""))
    name = hashlib.sha256(png).hexdigest()
    folder = os.path.join(w.s.data, "blobs", name[:2])
    os.makedirs(folder, mode=0o700, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(png)
    os.chmod(f.name, 0o400)
    w.sql("INSERT INTO blob(sha256, size, created_at) VALUES(?, ?, 1795242600)", name, len(png))
    return name, len(png)


def fill(w):
    app, sql = w.ids["application"], w.sql
    for i, (state, due) in enumerate(STATES):
        sql("INSERT INTO foreign_case(application, issuer, number, holder, product, standard, weblink,"
            " email, state, web, mail, due_on, started_on, queried_on, contradiction, missing_year,"
            " created_at, updated_at) VALUES(?, ?, ?, 'Acme Sensors Private Limited', 'AC-200',"
            " 'ISO/IEC 27402:2023', 'https://register.example/certificates/A', 'a@gmail.com', ?, ?, ?,"
            " ?, ?, ?, ?, ?, 1795242600, 1795242600)", app, "Register of Examples", f"ABC-{i}" + (
                NASTY if state == "unclear" else ""), state,
            "inconclusive" if state == "unclear" else "none",
            "unclear" if state == "unclear" else "none", due, due and "2026-11-02", due and "2026-11-02",
            state == "unclear", 2027 if state == "unclear" else None)
    case = sql("SELECT id FROM foreign_case WHERE state = 'unclear'")[0][0]
    blob = sql("SELECT sha256, size FROM blob LIMIT 1")[0]
    for kind, outcome, result, statement in (
            ("weblink", "inconclusive", RESULT, None), ("mail", "unclear", MAIL, None),
            ("page", "confirmed", {"name": "R. Egistrar", "remark": NASTY, "address": "::1"}, None),
            ("officer", "verified", {}, "Opened it myself.\n" + NASTY)):
        sql("INSERT INTO foreign_evidence(foreign_case, kind, at, outcome, reason, result, blob, size,"
            " name, media, person, statement, claim) VALUES(?, ?, 1795242600, ?, 'foreign.status', ?, ?,"
            " ?, 'page.warc', 'application/warc', ?, ?, ?)", case, kind, outcome, json.dumps(result), *blob,
            w.people["I"] if kind == "officer" else None, statement, kind != "mail")
    sql("INSERT INTO foreign_evidence(foreign_case, kind, at, outcome, result, blob, size, name, media,"
        " person, statement, claim) VALUES(?, 'officer', 1795242600, 'verified', '{}', ?, ?, 'seen.png',"
        " 'image/png', ?, 'Opened the page in my browser.', 1)", case, *picture(w), w.people["I"])
    sql("INSERT INTO foreign_mail(foreign_case, round, attempt, address, message_id, token_sha256,"
        " link_sha256, state, created_at, sent_at, claim, issuer_named) VALUES(?, 1, 0, 'a@register.example',"
        " '<1@x>', 'x', ?, 'sent', 1, 1795242600, 1, 0)", case, hashlib.sha256(SECRET.encode()).hexdigest())
    sql("UPDATE foreign_case SET due_on = '2099-12-01' WHERE id = ?", case)
    sql("INSERT INTO foreign_decision(foreign_case, decision, reason, answered_on, state, was, person,"
        " login, at) VALUES(?, 'verified', ?, '2026-11-21', 'proposed', 'unclear', ?, 'roles', 1795242600)",
        case, "I saw it." + NASTY, w.people["S"])
    path = os.path.join(ROOT, "trust", "issuers", "tuv-rheinland-certipedia.json")
    with open(path, "rb") as f:
        shipped = w.s.call("POST", "/api/v1/issuers", token=w.chief, body=f.read(),
                           headers={"Content-Type": "application/octet-stream"})
    return case, shipped.json["id"]


def main():
    with tempfile.TemporaryDirectory(prefix="satyapan-foreign-page-") as work:
        with World(work, public_url="https://cb.test") as w:
            case, shipped = fill(w)
            both = w.session(w.chief_id), w.session(w.people["V"])
            env = dict(os.environ, BASE=f"http://127.0.0.1:{w.s.port}", CASE=str(case), SECRET=SECRET,
                       SHIPPED=str(shipped),
                       OFFICER=both[0].cookies["satyapan"], VENDOR=both[1].cookies["satyapan"],
                       APPLICATION=str(w.ids["application"]), ISSUER=str(w.ids["issuer"]))
            done = subprocess.run(["node", os.path.join(ROOT, "tests", "e2e", "foreign_page.mjs"),
                                   *sys.argv[1:]], env=env, check=False, timeout=900)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
