#!/usr/bin/env python3
"""`satyapan issue`: requests become signed certificates in the register, judged by other programs.

usage: issue.py      environment: B, the build directory (default: build)
"""
import copy
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

import pades
import pdfa
import xades
from issue_world import SATYAPAN, World, list_hash, request
from pades import check, run, write


def files_of(w, number, out=None):
    return {e: open(w.file(number, e, out), "rb").read() for e in (".pdf", ".json", ".xml", ".tlog-proof")}


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


# ---- one certificate, judged by others ---------------------------------------------------------------


def judge_pdf(w, name, number):
    path = w.file(number, ".pdf")
    pades.judge(w.folder, name, path, "B")
    listed = run("pdfdetach", "-list", path).stdout.decode()
    check(f"{name}: two attachments", "2 embedded files" in listed, listed)
    for index, extension in ((1, ".json"), (2, ".xml")):
        saved = w.path("attached")
        run("pdfdetach", "-save", str(index), "-o", saved, path)
        check(f"{name}: attachment {index} is the file {extension}",
              open(saved, "rb").read() == open(w.file(number, extension), "rb").read())
    text = run("pdftotext", path, "-").stdout.decode()
    check(f"{name}: the number in the text", number in text, text[:200])


def judge_qr(w, name, number):
    image = w.path("page")
    run("pdftoppm", "-r", "200", "-png", w.file(number, ".pdf"), image)
    seen = ""
    for page in sorted(p for p in os.listdir(w.folder) if p.startswith("page") and p.endswith(".png")):
        seen += run("zbarimg", "-q", "--raw", w.path(page)).stdout.decode()
        os.remove(w.path(page))
    check(f"{name}: zbarimg reads it", seen.startswith(f"https://iotscs.example.in/certificate/{number}#"), seen)
    done = run(SATYAPAN, "register", "check", seen.strip(), "--key", w.vkey(), "--format", "json")
    check(f"{name}: its text is the register's", done.returncode == 0, done.stdout + done.stderr)
    data = hashlib.sha256(open(w.file(number, ".json"), "rb").read()).hexdigest()
    check(f"{name}: it names the data", data in done.stdout.decode(), done.stdout)


def judge_register(w, name, number):
    done = run(SATYAPAN, "register", "check", w.file(number, ".pdf"), "--key", w.vkey())
    check(f"{name}: in the register", done.returncode == 0, done.stdout + done.stderr)
    done = w.register("audit")
    check(f"{name}: the log is whole", done.returncode == 0 and done.stdout.startswith("whole"), done.stdout)
    done = w.register("status", number)
    check(f"{name}: valid", done.returncode == 0 and "VALID" in done.stdout, done.stdout)
    changed = w.path("changed.pdf")
    data = bytearray(open(w.file(number, ".pdf"), "rb").read())
    data[1000] ^= 1
    write(w.folder, "changed.pdf", bytes(data))
    done = run(SATYAPAN, "register", "check", changed, "--proof", w.file(number, ".tlog-proof"), "--key", w.vkey())
    check(f"{name}: a changed PDF is not", done.returncode == 1, done.stdout)


def one(w):
    for n, key in ((1, "officer"), (2, "officer-ec")):
        number = f"STQC/IOTSCS/ER/{n:03d}"
        done = w.one(request(n), "--format", "json", key=key)
        row = lines(done)[0] if done.stdout else {}
        check(f"{key}: issued", done.returncode == 0 and row.get("result") == "issued", done.stderr)
        check(f"{key}: its number", row.get("number") == number, row)
        if row.get("result") != "issued":
            continue
        judge_pdf(w, key, number)
        judge_qr(w, key, number)
        judge_register(w, key, number)
        xades.judge(w.folder, f"{key} XML", w.file(number, ".xml"))
        data = json.load(open(w.file(number, ".json"), encoding="utf-8"))
        check(f"{key}: number and address in the data",
              (data["number"], data["url"]) == (number, "https://iotscs.example.in/certificate/" + number), data)
        entry = w.ask("SELECT octets FROM log_entry WHERE certificate = ?", number)[0][0]
        entry = json.loads(entry)
        for extension, member in ((".json", "data_sha256"), (".pdf", "pdf_sha256"), (".xml", "xml_sha256")):
            found = hashlib.sha256(open(w.file(number, extension), "rb").read()).hexdigest()
            check(f"{key}: the entry names the file {extension}", entry[member] == found, entry)


def pdfa_notices(w):
    """The list of clauses is one that can fail."""
    data = open(w.file("STQC/IOTSCS/ER/001", ".pdf"), "rb").read()
    for clause, old, new in (("6.3", b"/F 132", b"/F 134"), ("6.2.3", b"/GTS_PDFA1", b"/GTS_PDFX1"),
                             ("6.2.11.3", b"/CIDToGIDMap", b"/CIDToGIDMaq"), ("6.2.11.4", b"/FontFile2", b"/FontFilo2"),
                             ("6.8", b"/AFRelationship", b"/AFRelationshiq"), ("6.6.2", b"/Metadata", b"/Metadatb"),
                             ("6.4", b"/SigFlags 3", b"/XFA [1]   ")):
        found = pdfa.check_file(write(w.folder, "odd.pdf", data.replace(old, new)))
        check(f"PDF/A {clause}: noticed", old in data and any(f.startswith(clause + ":") for f in found), found)


def pdfa_deep_notices(w):
    """So are those of what is inside the streams."""
    path = w.file("STQC/IOTSCS/ER/001", ".pdf")
    data = open(path, "rb").read()
    for clause, old, new in (
            ("6.1.4", b"xref\n0 ", b"xref 0 "), ("6.1.9", b"\nendobj", b" endobj"), ("6.1.9", b"1 0 obj\n", b"1 0 obj "),
            ("6.1.7.1", b"/Type /Metadata /Subtype /XML /Length 1", b"/Type /Metadata /Subtype /XML /Length 2"),
            ("6.2.3", b"acsp", b"acsq"), ("6.2.11.3", b"/Identity-H", b"/Identity-V"), ("6.2.11.5", b"/W [0 [ 600 1", b"/W [0 [ 600 2"),
            ("6.2.11.5", b"/Widths [ 2", b"/Widths [ 3"), ("6.2.11.6", b"/WinAnsiEncoding", b"/WinAnsiEncodinq"),
            ("6.2.11.7", b"/ToUnicode", b"/ToUnicodq"), ("6.6.2.1", b'id="W5M0', b'bytes="0'),
            ("6.6.2.3.1", b"pdf:Producer", b"pdf:Prodycer"), ("6.6.4", b"<pdfaid:part>3", b"<pdfaid:part>2"),
            ("6.8", b"/AF [", b"/Af ["), ("6.8", b"/AFRelationship /Data", b"/AFRelationship /Dota"),
            ("6.8", b"/Params << /ModDate", b"/Params << /MadDate")):
        found = pdfa.check_file(write(w.folder, "odd.pdf", data.replace(old, new, 1 if old.endswith((b"obj\n", b"endobj")) else -1)))
        check(f"PDF/A {clause}: noticed: {new}", old in data and any(f.startswith(clause + ":") for f in found), found)

    sound = pdfa.File(path)
    first = next(n for n, o in sound.all.items() if isinstance(o.get("value"), dict) and o["value"].get("/Type") == "/Page")

    def inside(clause, change):
        deep = pdfa.pdfa_deep.Deep(copy.deepcopy(sound))
        change(deep)
        deep.check()
        check(f"PDF/A {clause}: noticed inside", any(f.startswith(clause + ":") for f in deep.f.found), deep.f.found)

    def drawn(text):
        def change(deep):
            contents = deep.f.all[first]["value"]["/Contents"]
            deep.streams["obj:" + (contents[0] if isinstance(contents, list) else contents)] += text
        return change

    def descriptors(deep):
        values = [o["value"] for o in deep.f.all.values() if isinstance(o.get("value"), dict)]
        return [v for v in values if v.get("/Type") == "/FontDescriptor"]

    def gets_a_set(deep):
        for d in descriptors(deep):
            d["/CIDSet"] = "9999 0 R"
        deep.streams["obj:9999 0 R"] = b"\x40"

    def no_program(deep):
        for d in descriptors(deep):
            deep.streams["obj:" + d["/FontFile2"]] = b"OTTO"
    for clause, change in (("6.1.6", drawn(b" <123> Tj ")), ("6.2.2", drawn(b" 1 zz ")), ("6.2.2", drawn(b" /nobody 1 Tf ")),
                           ("6.2.4.3", drawn(b" 0 0 0 1 k ")), ("6.2.11.2", no_program), ("6.2.11.4.2", gets_a_set),
                           ("6.2.11.8", drawn(b" /f-0-1 1 Tf <0000> Tj ")), ("6.2.11.8", drawn(b" /f-0-1 1 Tf <fff0> Tj ")),
                           ("6.2.11.8", drawn(b" /f-0-0 1 Tf (~) Tj ")),
                           ("6.10", lambda deep: deep.f.all[first]["value"].update({"/PresSteps": {}}))):
        inside(clause, change)


def sparse(w):
    """What may be absent is absent, and what has a default is not said."""
    data = request(3)
    for key in ("schema", "scheme", "body", "previous", "brands", "conditions"):
        del data[key]
    del data["models"][0]["soc"], data["holder"]["address_hi"]
    done = w.one(data, "--format", "json")
    check("sparse: issued", done.returncode == 0 and lines(done)[0]["result"] == "issued", done.stderr)
    done = w.one(data, "--format", "json")
    check("sparse: unchanged", done.returncode == 0 and lines(done)[0]["result"] == "unchanged", done.stderr)


def changed_much(w):
    """R-VAL-3: after a major change the new certificate takes the old one's place."""
    old = {"number": "STQC/IOTSCS/ER/001", "valid_from": "2026-01-01", "valid_to": "2999-01-01"}
    data = json.load(open(w.file(old["number"], ".json"), encoding="utf-8"))
    old = {k: data[k] for k in old}
    done = w.one(request(4, kind="major-change", previous=old), "--format", "json")
    number = lines(done)[0]["number"] if done.returncode == 0 else ""
    new = json.load(open(w.file(number, ".json"), encoding="utf-8")) if number else {}
    check("major change: valid from the committee's day", new.get("valid_from") == "2024-06-03", done.stderr)
    status = json.loads(w.register("status", old["number"], "--format", "json").stdout)
    check("major change: the old one is superseded", status["status"] == "SUPERSEDED", status)
    other = {k: json.load(open(w.file("STQC/IOTSCS/ER/002", ".json"), encoding="utf-8"))[k] for k in old}
    models = [dict(data["models"][0], model="Another")]
    done = w.one(request(5, kind="major-change", previous=other, models=models))
    check("major change of another model: issued", done.returncode == 0, done.stderr)
    check("major change of another model: the old one stands", w.register("status", other["number"]).returncode == 0)
    check("major change: the log is whole", w.register("audit").returncode == 0)


# ---- again, differently, dry -------------------------------------------------------------------------


def again(w):
    number, before = "STQC/IOTSCS/ER/001", w.ask("SELECT count(*) FROM log_entry")
    first = files_of(w, number)
    other = w.path("out2")
    done = w.one(request(1), "--format", "json", out=other)
    check("again: unchanged", done.returncode == 0 and lines(done)[0]["result"] == "unchanged", done.stderr)
    check("again: the same files", files_of(w, number, other) == first)
    check("again: no new event", w.ask("SELECT count(*) FROM log_entry") == before)
    done = w.one(request(1), key=None, pin="none")
    check("again: without a key it is asked for", done.returncode == 64, done.returncode)
    done = w.one(request(1), pin="no-such-file")
    check("again: no PIN is needed", done.returncode == 0, done.stderr)
    done = w.one(request(1, brands=["Other"]))
    check("other data: refused", done.returncode == 1 and "brands" in done.stderr and "R-VAL-4" in done.stderr,
          done.stderr)
    check("other data: no event", w.ask("SELECT count(*) FROM log_entry") == before)


def dry(w):
    before = w.ask("SELECT count(*) FROM certificate"), w.ask("SELECT count(*) FROM certificate_pending")
    out = w.path("drafts")
    done = w.one(request(50), "--dry-run", key=None, out=out)
    found = os.listdir(out)
    check("dry run: one file", done.returncode == 0 and len(found) == 1 and found[0].endswith(".draft.pdf"), done)
    text = run("pdftotext", os.path.join(out, found[0]), "-").stdout.decode()
    # Across the page: each letter stands on a line of its own.
    check("dry run: watermarked", set("DRAFTNOTVALID") <= set(text.split("\n")), text[:600])
    check("dry run: its number is to come", "given at issue" in text, text[:600])
    signed = run("pdfsig", os.path.join(out, found[0])).stdout.decode()
    check("dry run: not signed", "Signature #" not in signed, signed)
    check("dry run: no number", (w.ask("SELECT count(*) FROM certificate"),
                                 w.ask("SELECT count(*) FROM certificate_pending")) == before)


# ---- refusals ----------------------------------------------------------------------------------------


def refused(w):
    last = {"number": "STQC/IOTSCS/ER/900", "valid_from": "2021-01-01", "valid_to": "2023-12-31"}
    before = w.ask("SELECT count(*) FROM certificate_pending")
    for name, changes, says in (
            ("no committee", {"committee": None}, ("R-CC-1", "05.03.2024")),
            ("a committee to come", {"committee": {"meeting": "CC/1", "date": "2999-01-01"}}, ("R-CC-1",)),
            ("another day", {"issued_on": "2026-01-05"}, ("issued_on", "R-VAL-1")),
            ("other dates", {"valid_from": "2024-06-03"}, ("valid_from", "R-VAL-1", "05.03.2024")),
            ("no such level", {"level": 7}, ("level", "R-LVL-1")),
            ("no certificate before", {"kind": "recertification"}, ("previous", "R-VAL-2")),
            ("no certificate changed", {"kind": "major-change"}, ("previous", "R-VAL-3")),
            ("a number", {"number": "STQC/IOTSCS/ER/009"}, ("number", "given at issue")),
            ("a key nobody knows", {"colour": "red"}, ("colour", "not known")),
            ("an application that is not there", {"application": 99}, ("R-REG-2",)),
    ):
        done = w.one(request(60, **changes))
        check(f"{name}: refused", done.returncode == 1, (done.returncode, done.stderr))
        check(f"{name}: says so", all(s in done.stderr for s in says), done.stderr)
    check("refused: no number was reserved", w.ask("SELECT count(*) FROM certificate_pending") == before)
    after = request(61, kind="recertification", previous=dict(last, valid_to="2026-12-31"))
    done = w.one(after)
    data = json.load(open(w.file("STQC/IOTSCS/ER/006", ".json"), encoding="utf-8")) if done.returncode == 0 else {}
    check("recertification: in continuation", (data.get("valid_from"), data.get("valid_to")) ==
          ("2027-01-01", "2029-12-31"), done.stderr)
    for name, text in (("no JSON", "{"), ("a number twice", '{"level": 1, "level": 2}')):
        done = w.issue("--request", w.write("bad.json", text))
        check(f"{name}: a wrong file", done.returncode == 65, done.stderr)


def applied(w):
    """An application in the records: what differs from it, and what blocks it, is refused."""
    data = request(65)
    m = data["models"][0]
    row = {"number": data["registration"], "kind": "fresh", "state": "committee", "product": data["product"]["name"],
           "series": "ER", "level": 2, "meeting": data["committee"]["meeting"],
           "meeting_on": data["committee"]["date"], "recommendation": "recommended"}
    with sqlite3.connect(os.path.join(w.data, "office.db"), timeout=30) as db:
        firm = db.execute("INSERT INTO firm(name, created_at) VALUES(?, 0)", (data["holder"]["name"],)).lastrowid
        lab = db.execute("INSERT INTO lab(name, kind) VALUES(?, 'stqc')", (data["lab"]["name"],)).lastrowid
        keys = ", ".join(row)
        app = db.execute(f"INSERT INTO application({keys}, vendor, lab, created_at, updated_at) VALUES("
                         f"{', '.join('?' * len(row))}, ?, ?, 0, 0)", (*row.values(), firm, lab)).lastrowid
        db.execute("INSERT INTO model(application, name, hardware, firmware, firmware_sha256) VALUES(?, ?, ?, ?, ?)",
                   (app, m["model"], m["hardware"], m["firmware"], m["firmware_sha256"]))
    steps = (("not decided", {}, {}, ("R-CC-1", "committee")),
             ("conditions open", {"state": "recommended", "conditions": "two reports"}, {}, ("R-CC-1", "conditions")),
             ("another meeting", {"conditions": None, "meeting": "CC/99"}, {}, ("R-CC-1", "CC/99")),
             ("another holder", {"meeting": row["meeting"]}, {"holder": dict(data["holder"], name="X")}, ("vendor",)),
             ("another level", {}, {"level": 1}, ("R-LVL-1",)),
             ("another laboratory", {}, {"lab": dict(data["lab"], name="X")}, ("R-LAB-1",)),
             ("another firmware", {}, {"models": [dict(m, firmware="9")]}, ("models[0]",)),
             ("another application", {}, {"application": app + 1}, ("R-REG-2",)),
             ("a rule that blocks", {}, {}, ("R-", "05.03.2024")))
    for name, change, changes, says in steps:
        with sqlite3.connect(os.path.join(w.data, "office.db"), timeout=30) as db:
            for key, value in change.items():
                db.execute(f"UPDATE application SET {key} = ? WHERE id = ?", (value, app))
        done = w.one(request(65, **changes))
        check(f"application, {name}: refused", done.returncode == 1 and all(t in done.stderr for t in says),
              (done.returncode, done.stderr))
    check("application: stays as it was", w.ask("SELECT state FROM application WHERE id = ?", app) == [("recommended",)])
    # What still blocks is waived by two officers, rule by rule, as the records have it.
    with sqlite3.connect(os.path.join(w.data, "office.db"), timeout=30) as db:
        people = [db.execute("INSERT INTO person(login, name, roles, created_at) VALUES(?, ?, 1, 0)", (n, n)).lastrowid
                  for n in ("one", "two")]
        db.execute("INSERT INTO payment(application, kind, proposal_on, invoice, invoice_on, amount_paise, gst_paise,"
                   " receipt, paid_paise, paid_on, created_at) VALUES(?, 'registration', '2024-01-01', 'I-1',"
                   " '2024-01-01', 2500000, 450000, 'R-1', 2950000, '2024-01-02', 0)", (app,))
        db.execute("UPDATE application SET submitted_on = '2024-01-01', complete_on = '2024-01-01',"
                   " registered_on = '2024-01-03', allotted_on = '2024-01-04', quotation_on = '2024-01-05',"
                   " work_order_on = '2024-01-06', agreement_on = '2024-01-07', assessor = ?,"
                   " appointed_on = '2024-01-08', presented_on = '2024-06-01' WHERE id = ?", (people[0], app))
        db.commit()
        before = w.one(request(65))
        for _ in range(15):
            rule = re.search(r"\((R-[A-Z]+-\d)", before.stderr)
            if not rule:
                break
            db.execute("INSERT INTO decision(application, rule, decision, reason, state, person, at, second, second_at)"
                       " VALUES(?, ?, 'waive', 'test', 'final', ?, 1, ?, 1)", (app, rule[1], *people))
            db.commit()
            before = w.one(request(65))
    check("application: issued", before.returncode == 0, before.stderr)
    now = w.ask("SELECT state, certificate FROM application WHERE id = ?", app)
    number = w.ask("SELECT number FROM certificate WHERE registration = ?", data["registration"])
    check("application: certified by it", now == [("certified", *number[0])] if number else False, (now, number))
    row = w.ask("SELECT visible, detail FROM audit WHERE application = ? AND action = 'certificate.issue'", app)
    check("application: the trail tells its vendor", len(row) == 1 and row[0][0] == 1 and '"to":"certified"' in row[0][1],
          row)
    rules = subprocess.run([SATYAPAN, "application", "check", str(app), "--data", w.data], capture_output=True,
                           text=True, timeout=60, check=False)
    check("application: its rules are met", rules.returncode == 0, rules.stdout + rules.stderr)
    check("application: once", w.one(request(65)).stdout.split()[1:2] == ["unchanged"])


# ---- keys --------------------------------------------------------------------------------------------


def keys(w):
    before = w.ask("SELECT count(*) FROM log_entry")
    w.write("wrong-pin", "nonsense\n")
    done = w.one(request(70), pin="wrong-pin")
    check("wrong PIN: 77", done.returncode == 77, (done.returncode, done.stderr))
    done = w.one(request(70), key="file:/no/such/file.p12")
    check("no key: 69", done.returncode == 69, (done.returncode, done.stderr))
    done = w.one(request(70), "--tsa", "http://127.0.0.1/tsa")
    check("no answer of the TSA: stopped", done.returncode == 69 and "again" in done.stderr, done.stderr)
    # A letter that the fonts do not have is the request's fault, not the key's.
    data = request(70)
    data["holder"]["name"] = "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd"
    done = w.one(data, "--format", "json")
    check("a name that cannot be drawn: refused", done.returncode == 1 and lines(done)[0]["result"] == "refused" and
          "fonts" in lines(done)[0]["why"], (done.returncode, done.stdout, done.stderr))
    check("nothing was issued", w.ask("SELECT count(*) FROM log_entry") == before)
    done = w.one(request(70), "--tsa", "http://127.0.0.1/tsa")
    check("the number was given up and is reserved again", done.returncode == 69, done.stderr)
    left = w.ask("SELECT series, running, registration FROM certificate_pending")
    check("its number stays reserved", left == [("ER", 8, request(70)["registration"])], left)
    done = w.one(request(71), "--format", "json")
    check("the next one has the next number", lines(done)[0]["number"].endswith("/009"), done.stdout)
    check("it is told that one is open", request(70)["registration"] in done.stderr, done.stderr)
    done = w.issue("--release", request(70)["registration"], key=None)
    check("given up", done.returncode == 0, done.stderr)
    done = w.one(request(72), "--format", "json")
    check("a number that was given up is used", lines(done)[0]["number"].endswith("/008"), done.stdout)


# ---- many --------------------------------------------------------------------------------------------


def batch(w):
    items = [request(n) for n in range(100, 110)]
    path = w.batch(items)
    done = w.issue("--batch", path)
    check("a list is not signed unseen", done.returncode == 64 and list_hash(items) in done.stderr, done.stderr)
    done = w.issue("--batch", path, "--yes", "0" * 64)
    check("nor with another hash", done.returncode == 64, done.stderr)
    wrong = w.batch(items + [request(110, level=9)], "wrong.jsonl")
    done = w.issue("--batch", wrong, "--yes", list_hash(items + [request(110, level=9)]))
    check("nor with one that is refused", done.returncode == 1 and "line 11" in done.stderr, done.stderr)
    twice = w.batch(items + [request(100)], "twice.jsonl")
    check("nor with one twice", w.issue("--batch", twice).returncode == 65)
    before = w.ask("SELECT max(running) FROM certificate")[0][0]
    done = w.issue("--batch", path, "--yes", list_hash(items), "--format", "json")
    seen = [r["number"] for r in lines(done)]
    check("a list is issued", done.returncode == 0 and
          seen == [f"STQC/IOTSCS/ER/{before + i:03d}" for i in range(1, 11)], (seen, done.stderr))
    done = w.issue("--batch", path, "--yes", list_hash(items), "--format", "json")
    check("again: all unchanged", [r["result"] for r in lines(done)] == ["unchanged"] * 10, done.stdout)


def two_at_once(w):
    """Two programs, ten certificates each and five that both want: no gap, no number twice."""
    first = [request(n) for n in range(200, 215)]
    second = [request(n) for n in range(210, 225)]
    before = w.ask("SELECT max(running) FROM certificate")[0][0]
    running = []
    for name, items, out in (("a", first, "out-a"), ("b", list(reversed(second)), "out-b")):
        path = w.batch(items, name + ".jsonl")
        running.append(subprocess.Popen(w.words("--batch", path, "--yes", list_hash(items), out=w.path(out)),
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL))
    for p in running:
        said = p.communicate(timeout=300)
        check("two at once: ends well", p.returncode == 0, said)
    rows = [r[0] for r in w.ask("SELECT running FROM certificate WHERE running > ? ORDER BY running", before)]
    # A number that both reserved for one registration is one number; none is left over.
    check("two at once: each registration once", len(rows) == 25, len(rows))
    check("two at once: no gap", rows == list(range(before + 1, before + 26)), rows)
    check("two at once: nothing reserved", w.ask("SELECT * FROM certificate_pending") == [])
    check("two at once: the log is whole", w.register("audit").returncode == 0)
    for out, items in (("out-a", first), ("out-b", second)):
        check("two at once: all files", len(os.listdir(w.path(out))) == 4 * len(items), out)


# ---- tokens ------------------------------------------------------------------------------------------

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
           "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so")


def softhsm(w):
    module = next((m for m in MODULES if os.path.exists(m)), None)
    if not module:
        print("skipped: no SoftHSM module is installed")
        return
    os.makedirs(w.path("tokens"))
    os.environ["SOFTHSM2_CONF"] = w.write("softhsm2.conf", f"directories.tokendir = {w.path('tokens')}\n")
    done = run("softhsm2-util", "--init-token", "--free", "--label", "Officers", "--so-pin", "12345678", "--pin", "secret")
    check("token: made", done.returncode == 0, done.stderr)
    for index, name in (("01", "officer"), ("02", "officer-ec")):
        for kind, file, form in (("privkey", f"{name}.key", "-inform"), ("cert", f"{name}.der", None)):
            source = w.path(file)
            if form:
                pades.openssl(w.folder, "pkey", "-in", file, "-outform", "DER", "-out", file + ".der")
                source += ".der"
            done = run("pkcs11-tool", "--module", module, "--login", "--pin", "secret", "--write-object", source, "--type",
                       kind, "--id", index, "--label", name, "--token-label", "Officers")
            check(f"token: {name} {kind}", done.returncode == 0, done.stderr)
    uri = f"pkcs11:token=Officers;module-path={module}"
    done = w.one(request(300), key=uri)
    check("two certificates on the token: which one?", done.returncode == 69, (done.returncode, done.stderr))
    for n, name in ((301, "officer"), (302, "officer-ec")):
        done = w.one(request(n), "--format", "json", key=f"{uri};object={name}")
        check(f"token {name}: issued", done.returncode == 0, done.stderr)
        if done.returncode == 0:
            number = lines(done)[0]["number"]
            judge_pdf(w, f"token {name}", number)
            xades.judge(w.folder, f"token {name} XML", w.file(number, ".xml"))
    done = w.one(request(303), key=f"{uri};object=officer", pin="wrong-pin")
    check("token, wrong PIN: 77", done.returncode == 77, (done.returncode, done.stderr))
    done = w.one(request(303), key="pkcs11:token=Nobody;object=officer;module-path=" + module)
    check("no such token: 69", done.returncode == 69, (done.returncode, done.stderr))
    check("token: nothing half issued", w.ask("SELECT * FROM certificate_pending") == [])


def main():
    if not os.path.exists(os.path.join(pades.B, "libexec/satyapan/satyapan-issue")):
        print("satyapan-issue is not built")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        w = World(folder)
        for test in (one, pdfa_notices, pdfa_deep_notices, sparse, changed_much, again, dry, refused, applied, keys, batch, two_at_once, softhsm):
            test(w)
    print(f"{pades.passed} passed, {len(pades.failures)} failed")
    return 1 if pades.failures else 0


if __name__ == "__main__":
    sys.exit(main())
