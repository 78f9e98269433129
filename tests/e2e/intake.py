#!/usr/bin/env python3
"""Documents through the real server: received, verified, read, decided on, given out again.

usage: intake.py [NAME...]       environment: B, the build directory (default: build)
Servers run on free ports of the loopback interface with data in a temporary folder.
"""
import hashlib
import base64
import http.client
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from body import Body, DEMO, PROGRAM  # noqa: E402

CASES = []


def case(function):
    CASES.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def same(got, want, what):
    expect(got == want, f"{what}: {got!r} instead of {want!r}")


def sample(body, name):
    with open(os.path.join(body.demo, "samples", name), "rb") as f:
        return f.read()


def files_of(person, version, query=""):
    """All files of a version, page by page."""
    out, after = [], ""
    while True:
        page = person.ok("GET", f"/api/v1/versions/{version}/files?limit=50{query}{after}")
        out += page["items"]
        if not page["next"]:
            return out
        after = f"&after={page['next']}"


def construction_file(body, count, megabytes=0):
    """A ZIP of documents of all verdicts: by turns good, unsigned, altered, from another root."""
    kinds = ["declaration-accepted.pdf", "declaration.txt", "declaration-altered-after-signing.pdf",
             "declaration-wrong-root.pdf"]
    out = io.BytesIO()
    noise = random.Random(5).randbytes(megabytes << 20)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as z:
        for i in range(count):
            kind = kinds[i % 4]
            data = sample(body, kind)
            if kind.endswith(".txt"):
                data += b"\n%d\n" % i
                if noise:
                    part = len(noise) // (count // 4)
                    data += noise[i // 4 * part:][:part]
            z.writestr(f"part-{i // 20 + 1}/{i:02}-{kind}", data)
    return out.getvalue()


# ---- one document -------------------------------------------------------------------------------

@case
def verdicts(body):
    """Each sample gets its verdict; the row of the file tells who signed and why not."""
    want = {"declaration-accepted.pdf": "ACCEPTED", "declaration-wrong-root.pdf": "REJECTED",
            "declaration-altered-after-signing.pdf": "REJECTED", "declaration-expired.pdf": "REVIEW",
            "declaration-revoked.pdf": "REJECTED", "declaration.txt": "REJECTED"}
    rows = {}
    for name, verdict in want.items():
        v = body.vendor_one.upload(1, sample(body, name), name, kind="F01")
        v = body.wait_verified(v["id"])
        rows[name] = files_of(body.vendor_one, v["id"])
        same(v["verdict"], verdict, f"{name} ({rows[name][0]['reasons']})")
        same(len(rows[name]), 1, f"files of {name}")
    good = rows["declaration-accepted.pdf"][0]
    same((good["india"], good["applicant_matches"], good["format"], good["state"]),
         (1, 1, "PDF", "signed"), "the good one")
    expect(good["organisation"] and good["signed_at"], f"who signed and when: {good}")
    same(rows["declaration-wrong-root.pdf"][0]["india"], 0, "another root")
    expect("chain.untrusted-root" in rows["declaration-wrong-root.pdf"][0]["reasons"],
           rows["declaration-wrong-root.pdf"][0]["reasons"])
    same(rows["declaration.txt"][0]["signer"], None, "nobody signed")


@case
def report_forms(body):
    v = body.vendor_one.upload(1, sample(body, "declaration-accepted.pdf"), "a.pdf", kind="F01")
    v = body.wait_verified(v["id"])
    path = f"/api/v1/verifications/{v['verification']}/report"
    report = body.vendor_one.ok("GET", path)
    same(report["verdict"], "ACCEPTED", "the stored report")
    same(report["document"]["sha256"], v["sha256"], "its document")
    html = body.vendor_one.call("GET", path + "?format=html&lang=hi")
    expect("स्वीकृत" in html.body.decode() and "text/html" in html.headers["Content-Type"],
           html.headers)
    xml = body.vendor_one.call("GET", path + "?format=etsi-xml")
    expect(b"ValidationReport" in xml.body, xml.body[:200])
    body.vendor_two.refused(404, "GET", path)


@case
def content(body):
    """Bytes go out as they came; a browser is only trusted with PDF and text."""
    data = sample(body, "declaration-accepted.pdf")
    v = body.vendor_one.upload(1, data, "evil\"\r\nX-Bad: 1.pdf", kind="F01")
    body.wait_verified(v["id"])
    file = files_of(body.anna, v["id"])[0]
    r = body.anna.call("GET", f"/api/v1/files/{file['id']}/content")
    same((r.status, r.body == data, r.headers["Content-Type"]), (200, True, "application/pdf"),
         "the PDF")
    expect(r.headers["Content-Disposition"].startswith("inline"), r.headers)
    expect("X-Bad" not in r.headers, "a header made of a file name")
    expect("default-src 'none'" in r.headers["Content-Security-Policy"], r.headers)
    same(r.headers["X-Content-Type-Options"], "nosniff", "sniffing")
    page = b"<!doctype html><script>alert(1)</script>"
    v = body.vendor_one.upload(1, page, "page.html", kind="F01")
    body.wait_verified(v["id"])
    file = files_of(body.anna, v["id"])[0]
    r = body.anna.call("GET", f"/api/v1/files/{file['id']}/content")
    same((r.body, r.headers["Content-Type"]), (page, "application/octet-stream"), "a page")
    expect(r.headers["Content-Disposition"].startswith("attachment"), r.headers)
    expect("default-src 'none'; sandbox" in r.headers["Content-Security-Policy"], r.headers)
    r = body.anna.call("GET", f"/api/v1/versions/{v['id']}/content")
    same(r.body, page, "as it was received")
    body.vendor_two.refused(404, "GET", f"/api/v1/files/{file['id']}/content")


@case
def receipt_is_proof(body):
    """The row of the hash-chained trail has SHA-256, size and time."""
    data = b"proof of existence"
    v = body.vendor_one.upload(1, data, "proof.txt", kind="F01")
    db = body.db()
    row = db.execute("SELECT at, actor, detail FROM audit WHERE action = 'document.add' AND subject"
                     " = ?", (f"version:{v['id']}",)).fetchone()
    db.close()
    detail = json.loads(row[2])
    same((row[1], detail["sha256"], detail["size"], detail["received_at"]),
         ("vendor-one", hashlib.sha256(data).hexdigest(), len(data), row[0]), "the row")


# ---- a construction file ------------------------------------------------------------------------

@case
def sixty_documents(body):
    """200 MB in one ZIP: rows appear while the others are verified, each with its verdict, and a
    file comes out of it again."""
    data = construction_file(body, 60, 190)
    expect(len(data) > 190 << 20, len(data))
    v = body.vendor_one.upload(1, data, "construction-file.zip", kind="F03")
    early, until = None, time.monotonic() + 200
    while time.monotonic() < until:
        now = body.anna.ok("GET", f"/api/v1/versions/{v['id']}")
        counts = now["counts"]
        done = counts["ACCEPTED"] + counts["REVIEW"] + counts["REJECTED"]
        if now["state"] == "verifying" and done:
            early = early or (done, counts["none"], now["progress"])
        if now["state"] in ("verified", "failed"):
            break
        time.sleep(0.02)
    same((now["state"], now["verdict"]), ("verified", "REJECTED"), f"the end; {body.stderr()}")
    expect(early and 0 < early[0] < 60, f"verdicts could be seen before the end: {early}")
    same(early[2]["of_all"], 60, "progress")
    same(now["counts"], {"ACCEPTED": 15, "REVIEW": 0, "REJECTED": 45, "none": 0}, "counts")
    files = files_of(body.anna, v["id"])
    same(len(files), 60, "files")
    same(len(files_of(body.anna, v["id"], "&verdict=ACCEPTED")), 15, "accepted ones")
    same(len(files_of(body.anna, v["id"], "&undecided=true")), 45, "undecided ones")
    same(len(files_of(body.anna, v["id"], "&text=PART-2")), 20, "by name")
    good = next(f for f in files if f["path"] == "part-1/00-declaration-accepted.pdf")
    r = body.anna.call("GET", f"/api/v1/files/{good['id']}/content")
    same((r.status, r.body), (200, sample(body, "declaration-accepted.pdf")), "out of the ZIP")
    large = next(f for f in files if f["path"] == "part-1/01-declaration.txt")
    r = body.anna.call("GET", f"/api/v1/files/{large['id']}/content")
    same(hashlib.sha256(r.body).hexdigest(), large["sha256"], "a large one")
    shown = body.vendor_one.ok("GET", f"/api/v1/files/{good['id']}")
    same(shown["report"]["verdict"], "ACCEPTED", "its part of the report")
    same(body.wait_job("text", v["id"])[0], "done", "reading")
    files = {f["path"]: f for f in files_of(body.anna, v["id"])}
    read = files["part-1/00-declaration-accepted.pdf"]
    same((read["language"], read["language_sure"], read["pages"], read["number_found"]),
         ("english", 1, 1, 0), "what it says")


@case
def nested(body):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as z:
        z.writestr("a.pdf", sample(body, "declaration-accepted.pdf"))
        z.writestr("deep/b.txt", b"This drawing shows the housing of the camera from the left side.")
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as z:
        z.writestr("reports/inner.zip", inner.getvalue())
        z.writestr("c.txt", b"c")
    v = body.vendor_one.upload(1, outer.getvalue(), "outer.zip", kind="F03")
    body.wait_verified(v["id"])
    files = {f["path"]: f for f in files_of(body.anna, v["id"])}
    same(sorted(files), ["c.txt", "reports/inner.zip!/a.pdf", "reports/inner.zip!/deep/b.txt"],
         "paths")
    a = files["reports/inner.zip!/a.pdf"]
    same(a["verdict"], "ACCEPTED", "inside")
    r = body.anna.call("GET", f"/api/v1/files/{a['id']}/content")
    same(r.body, sample(body, "declaration-accepted.pdf"), "out of the inner one")
    same(body.anna.ok("GET", f"/api/v1/files/{a['id']}")["report"]["name"], "a.pdf", "its part")


@case
def mails(body):
    """A mail is one file, whatever is attached: its text may say what nobody signed."""
    pdf = base64.encodebytes(sample(body, "declaration-accepted.pdf")).decode().replace("\n", "\r\n")
    part = ("Content-Type: application/pdf; name=declaration.pdf\r\n"
            f"Content-Transfer-Encoding: base64\r\n\r\n{pdf}")
    head = "From: a@b.invalid\r\nMIME-Version: 1.0\r\n"
    mail = (head + "Content-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\n"
            "Content-Type: text/plain\r\n\r\nOur price is 100.\r\n"
            f"--cut\r\n{part}\r\n--cut--\r\n").encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("letter.eml", mail)
        z.writestr("a.pdf", sample(body, "declaration-accepted.pdf"))
    for data, name, paths in ((mail, "letter.eml", [("", "REVIEW")]),
                              ((head + part).encode(), "file.eml", [("", "ACCEPTED")]),
                              (out.getvalue(), "mail.zip", [("a.pdf", "ACCEPTED"),
                                                            ("letter.eml", "REVIEW")])):
        v = body.vendor_one.upload(1, data, name, kind="F03")
        body.wait_verified(v["id"])
        rows = sorted((f["path"], f["verdict"]) for f in files_of(body.anna, v["id"]))
        same(rows, paths, f"rows of {name}")


@case
def events(body):
    """Verdicts come as server-sent events while they arrive; another vendor hears nothing."""
    body.vendor_two.refused(404, "GET", "/api/v1/applications/1/events")
    c = http.client.HTTPConnection("127.0.0.1", body.port, timeout=60)
    c.request("GET", "/api/v1/applications/1/events", headers={
        **body.vendor_one.headers, "Accept": "text/event-stream"})
    stream = c.getresponse()
    same((stream.status, stream.headers["Content-Type"].split(";")[0]), (200, "text/event-stream"),
         "the stream")
    v = body.vendor_one.upload(1, construction_file(body, 60, 8), "watched.zip", kind="F03")
    seen, kinds, order = {}, set(), []
    event = None
    until = time.monotonic() + 60
    while time.monotonic() < until:
        line = stream.readline().decode().rstrip("\n")
        if line.startswith("event: "):
            event = line[7:]
        elif line.startswith("data: "):
            data = json.loads(line[6:])
            if data.get("version") != v["id"]:
                continue
            kinds.add(event)
            order.append(event)
            if event == "file":
                seen[data["path"]] = data["verdict"]
            if event == "version" and data["state"] == "verified":
                break
    c.close()
    same((len(seen), sorted(set(seen.values()))), (60, ["ACCEPTED", "REJECTED"]), "files told of")
    expect({"file", "progress", "version"} <= kinds, kinds)
    expect(order.index("file") < order.index("version"), order[:5])
    told = {f["path"]: f["verdict"] for f in files_of(body.anna, v["id"])}
    same(seen, told, "what was told is what is kept")


# ---- versions and duplicates --------------------------------------------------------------------

@case
def versions_and_duplicates(body):
    data = sample(body, "declaration-accepted.pdf")
    first = body.vendor_one.upload(1, data, "form.pdf", kind="F01")
    same(first["version"], 1, "the first version")
    again = body.vendor_one.upload(1, data, "form.pdf", document=first["document"])
    same((again["version"], again["document"]), (2, first["document"]), "the second")
    mine = [d["version_id"] for d in again["duplicates"]]
    expect(first["id"] in mine, f"its own duplicate: {again['duplicates']}")
    other = body.vendor_two.upload(2, data, "other.pdf", kind="F01")
    expect(all(d["application"] == 2 for d in other["duplicates"]), other["duplicates"])
    seen = body.anna.ok("GET", f"/api/v1/versions/{other['id']}")["duplicates"]
    expect(any(d["application"] == 1 for d in seen), f"told to the officer: {seen}")
    seen = body.vendor_two.ok("GET", f"/api/v1/versions/{other['id']}")["duplicates"]
    expect(all(d["application"] == 2 for d in seen), f"another vendor's is not told: {seen}")
    # the same file inside a ZIP of the other one
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("x.pdf", data)
    v = body.vendor_two.upload(2, out.getvalue(), "z.zip", kind="F03")
    body.wait_verified(v["id"])
    file = files_of(body.anna, v["id"])[0]
    seen = body.anna.ok("GET", f"/api/v1/files/{file['id']}")["duplicates"]
    expect(any(d["application"] == 1 for d in seen), f"a member: {seen}")
    shown = body.anna.ok("GET", f"/api/v1/documents/{first['document']}")
    same([v["version"] for v in shown["versions"]], [2, 1], "versions, newest first")


@case
def names(body):
    for raw, shown in (("../../../etc/cron.d/x", "x"), ("a\u202efdp.exe", "afdp.exe"),
                       ("C:\\temp\\b.pdf", "b.pdf"), ("<b>.pdf", "_b_.pdf")):
        v = body.vendor_one.upload(1, b"x" + raw.encode(), raw, kind="F01")
        same(v["name"], shown, raw)


# ---- what is refused ----------------------------------------------------------------------------

@case
def refused(body):
    v = body.vendor_one.upload(1, b"mine", "mine.txt", kind="F01")
    body.vendor_two.upload(1, b"x", "x.txt", 404, kind="F01")
    body.vendor_one.upload(1, b"x", "x.txt", 400, kind="F 01")
    body.vendor_one.upload(1, b"x", "x.txt", 400)
    body.vendor_one.upload(1, b"x", "x.txt", 400, kind="F01", author="body")
    body.vendor_one.upload(999999, b"x", "x.txt", 404, kind="F01")
    body.vendor_two.refused(404, "GET", f"/api/v1/versions/{v['id']}")
    body.vendor_two.refused(404, "GET", f"/api/v1/documents/{v['document']}")
    body.vendor_two.refused(404, "GET", "/api/v1/applications/1/documents")
    body.vendor_two.refused(404, "GET", "/api/v1/applications/1/files")
    body.vendor_one.refused(403, "POST", f"/api/v1/versions/{v['id']}/verifications", {})


# ---- decisions ----------------------------------------------------------------------------------

@case
def decisions(body):
    v = body.vendor_one.upload(1, sample(body, "declaration.txt") + b"d", "d.txt", kind="F01")
    body.wait_verified(v["id"])
    file = files_of(body.anna, v["id"])[0]["id"]
    path = f"/api/v1/files/{file}/decisions"
    body.vendor_one.refused(403, "POST", path, {"decision": "accept", "reason": "let me in please"})
    body.chitra.refused(403, "POST", path, {"decision": "accept", "reason": "not my office here"})
    body.anna.refused(400, "POST", path, {"decision": "waive", "reason": "short"})
    d = body.anna.ok("POST", path, {"decision": "waive", "reason": "signed on paper before us"})
    same(d["state"], "proposed", "a waiver needs two")
    body.anna.refused(403, "POST", f"/api/v1/decisions/{d['id']}/confirm", {})
    waiting = body.bala.ok("GET", "/api/v1/decisions?application=1")["items"]
    expect(d["id"] in [w["id"] for w in waiting], waiting)
    body.bala.ok("POST", f"/api/v1/decisions/{d['id']}/confirm", {})
    f = body.anna.ok("GET", f"/api/v1/files/{file}")
    same((f["decision"], f["verdict"]), ("waive", "REJECTED"), "beside the verdict")
    r = body.bala.ok("POST", path, {"decision": "refuse", "reason": "the paper was forged, it seems"})
    same(r["state"], "final", "a refusal needs one")
    f = body.vendor_one.ok("GET", f"/api/v1/files/{file}")
    same((f["decision"], [x["decision"] for x in f["decisions"]]), ("refuse", ["refuse"]),
         "what the vendor sees")


# ---- what files say -----------------------------------------------------------------------------

def odt(text):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        z.writestr("content.xml", '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
                   ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text='
                   '"urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>'
                   f"<text:p>{text}</text:p></office:text></office:body></office:document-content>")
    return out.getvalue()


def docx(text):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("[Content_Types].xml", "<Types xmlns='http://schemas.openxmlformats.org/package/"
                   "2006/content-types'><Default Extension='xml' ContentType='application/xml'/>"
                   "</Types>")
        z.writestr("word/document.xml", "<w:document xmlns:w='http://schemas.openxmlformats.org/"
                   f"wordprocessingml/2006/main'><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
                   "</w:body></w:document>")
    return out.getvalue()


ENGLISH = ("This is the declaration of the manufacturer that the camera conforms to the essential "
           "requirements of the scheme. The tests were carried out in the laboratory and the report "
           "is attached to the application, together with all of the drawings and the list of parts. ")
HINDI = ("यह निर्माता की घोषणा है कि यह कैमरा योजना की सभी आवश्यक शर्तों को पूरा करता है। परीक्षण प्रयोगशाला में किए गए "
         "हैं और रिपोर्ट आवेदन के साथ लगी है। सभी चित्र और पुर्जों की सूची भी इसके साथ भेजी गई है और हम इसकी पुष्टि करते हैं। ")
GERMAN = ("Dies ist die Erklärung des Herstellers, dass die Kamera die grundlegenden Anforderungen "
          "erfüllt. Die Prüfungen wurden im Labor durchgeführt und der Bericht ist dem Antrag "
          "beigefügt, zusammen mit allen Zeichnungen und der Liste der Teile. ")


@case
def languages(body):
    """Language and registration number of text, office documents, pictures; nothing for others."""
    number = "No. STQC/IOTSCS/ER/001 "
    docs = {"en.txt": (ENGLISH * 3 + number).encode(), "hi.txt": (HINDI * 3).encode(),
            "de.txt": (GERMAN * 3).encode(), "en.odt": odt(ENGLISH * 3 + number),
            "hi.docx": docx(HINDI * 3), "scan.png": b"\x89PNG\r\n\x1a\n" + bytes(300),
            "x.xml": f"<a><b>{ENGLISH * 3}</b></a>".encode(),
            "doctype.xml": b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "bin.dat": bytes(range(256)) * 20, "broken.pdf": b"%PDF-1.4\nnothing of the kind\n"}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, data in docs.items():
            z.writestr(name, data)
    v = body.vendor_one.upload(1, out.getvalue(), "languages.zip", kind="F03")
    body.wait_verified(v["id"])
    same(body.wait_job("text", v["id"])[0], "done", "reading")
    got = {f["path"]: (f["language"], f["number_found"]) for f in files_of(body.anna, v["id"])}
    want = {"en.txt": ("english", 1), "hi.txt": ("hindi", 0), "de.txt": ("other", 0),
            "en.odt": ("english", 1), "hi.docx": ("hindi", 0), "scan.png": ("image-only", None),
            "x.xml": ("english", 0), "doctype.xml": (None, None), "bin.dat": (None, None),
            "broken.pdf": (None, None)}
    same(got, want, "languages")


# ---- from the command line ----------------------------------------------------------------------

def command(*words, data, status):
    done = subprocess.run([PROGRAM, *words, "--data", data, "--format", "json"], check=False,
                          capture_output=True, text=True, timeout=120)
    expect(done.returncode == status, f"{words}: exit {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


@case
def terminal(body):
    """document add verifies at once where no server runs, and leaves it to one that does."""
    files = [os.path.join(body.demo, "samples", name)
             for name in ("declaration.txt", "construction-file-accepted.zip")]
    with tempfile.TemporaryDirectory() as alone:
        command("firm", "create", "--name", "A Firm", data=alone, status=0)
        command("application", "create", "--vendor", "1", "--product", "P", "--series", "ER",
                "--level", "1", "--kind", "fresh", data=alone, status=0)
        got = command("document", "add", "--application", "1", "--kind", "F03", "--offline", *files,
                      data=alone, status=1)
        same([(v["state"], v["verdict"]) for v in got],
             [("verified", "REJECTED"), ("verified", "REVIEW")], "two files")
        rows = command("file", "list", "1", data=alone, status=0)[0]["items"]
        same([(f["path"], f["language"]) for f in rows if f["path"].endswith((".pdf", ""))][:2],
             [("", "english"), ("declaration.pdf", "english")], "what they say")
        command("document", "add", "--application", "7", "--kind", "F03", files[0], data=alone,
                status=66)
        command("document", "add", "--application", "1", "--kind", "F03", "/nowhere", data=alone,
                status=66)
        command("audit", "verify", data=alone, status=0)
        subprocess.run(["chmod", "-R", "u+w", alone], check=True, timeout=60)
    good = os.path.join(body.demo, "samples", "declaration-accepted.pdf")
    got = command("document", "add", "--application", "1", "--kind", "F01", good, data=body.data,
                  status=0)
    same(got[0]["verdict"], "ACCEPTED", "the server trusts the demonstration, the command does not")


# ---- the server ends and comes back -------------------------------------------------------------

@case
def goes_on_after_an_end(body):
    """A server that ends in the middle of a construction file goes on at its next start."""
    data = construction_file(body, 60, 20)
    v = body.vendor_one.upload(1, data, "long.zip", kind="F03")
    body.stop()
    body.start()
    v = body.wait_verified(v["id"], 200)
    same((v["state"], len(files_of(body.anna, v["id"]))), ("verified", 60), "after the start")


@case
def goes_on_after_a_kill(body):
    """kill -9 of all processes in the middle of a construction file: nothing is lost, what was said
    is not said twice, and the next start goes on at once."""
    data = construction_file(body, 60, 60)
    v = body.vendor_one.upload(1, data, "killed.zip", kind="F03")
    until, counts = time.monotonic() + 60, {}
    while time.monotonic() < until:
        now = body.anna.ok("GET", f"/api/v1/versions/{v['id']}")
        counts = now["counts"]
        if now["state"] == "verifying" and counts["ACCEPTED"] + counts["REJECTED"]:
            break
        expect(now["state"] != "verified", "it was faster than the test can look")
        time.sleep(0.01)
    for pid in body.family():
        os.kill(pid, signal.SIGKILL)
    body.process.wait(20)
    body.process.stdout.close()
    body.start()
    v = body.wait_verified(v["id"], 100)
    same((v["state"], v["verdict"]), ("verified", "REJECTED"), "after the start")
    same(len(files_of(body.anna, v["id"])), 60, "files")
    same(len(body.anna.ok("GET", f"/api/v1/versions/{v['id']}/verifications")["items"]), 1,
         "verifications")
    done = subprocess.run([PROGRAM, "audit", "verify", "--data", body.data], check=False,
                          capture_output=True, text=True, timeout=60)
    same(done.returncode, 0, f"the trail is whole: {done.stdout}{done.stderr}")


def run(names):
    if not os.path.exists(DEMO) or not os.path.exists(PROGRAM):
        print(f"skipped: {DEMO} is not built (make demo)")
        return 77
    failed = passed = 0
    with tempfile.TemporaryDirectory() as work:
        body = Body(work)
        try:
            for c in CASES:
                if names and c.__name__ not in names:
                    continue
                begun = time.monotonic()
                try:
                    c(body)
                    passed += 1
                    print(f"ok   {c.__name__} ({time.monotonic() - begun:.1f} s)", flush=True)
                except Exception as e:  # noqa: BLE001 - any of them is a failed case
                    failed += 1
                    print(f"FAIL {c.__name__}: {e}", flush=True)
        finally:
            body.stop()
            log = body.stderr()
            if "AddressSanitizer" in log or "runtime error" in log:
                failed += 1
                print("FAIL sanitizer:", log[-3000:])
            subprocess.run(["chmod", "-R", "u+w", work], check=False, timeout=60)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
