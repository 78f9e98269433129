#!/usr/bin/env python3
"""The register as anybody reads it: pages, API, the log, the status list, signed dumps. What can be
checked is checked here without the program's own code: signatures by openssl, the tree from the tiles.

usage: register_public.py [NAME...]       environment: B, the build directory (default: build)
"""
import base64
import csv
import datetime
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from office_server import B, OfficeServer, expect, run_cases  # noqa: E402

CASES = []
FILL = os.path.join(B, "tests", "register_fill")
NUMBER = "STQC/IOTSCS/ER/{:03d}".format
IST = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
STATES = ["VALID", "SUSPENDED", "WITHDRAWN", "EXPIRED", "VALID", "SUPERSEDED", "VALID", "NOT_YET_VALID"]


def case(function):
    CASES.append(function)
    return function


def day(ago):
    return (datetime.datetime.now(IST).date() - datetime.timedelta(days=ago)).isoformat()


class Register:
    """A server with a filled register."""

    def __init__(self, work, count=12, **limits):
        self.s = OfficeServer(work, **limits)
        self.codes = {}
        if count:
            self.fill(count)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.s.stop()

    def fill(self, count, ago=0):
        p = subprocess.run([FILL, self.s.data, str(count)], capture_output=True, text=True,
                           env=dict(os.environ, FILL_AGO=str(ago)), timeout=120, check=False)
        expect(p.returncode == 0, p.stderr)
        rows = [json.loads(line) for line in p.stdout.splitlines()]
        self.codes.update({r["number"]: r["qr"] for r in rows})

    def get(self, path, status=200, kind=None, **more):
        r = self.s.call("GET", path, **more)
        expect(r.status == status, f"{path}: not {status} but {r}")
        expect(not kind or (r.header("Content-Type") or "") == kind,
               f"{path}: {r.header('Content-Type')}")
        return r

    def ask(self, **query):
        return self.get("/api/v1/certificates?" + urllib.parse.urlencode(query)).json


# ---- Ed25519 and notes, by openssl ---------------------------------------------------------------

def verified(key, message, signature):
    """key: 32 octets."""
    der = bytes.fromhex("302a300506032b6570032100") + key
    with tempfile.TemporaryDirectory() as d:
        names = [os.path.join(d, n) for n in ("key", "message", "signature")]
        for name, octets in zip(names, (der, message, signature)):
            with open(name, "wb") as f:
                f.write(octets)
        p = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey",
                            names[0], "-rawin", "-in", names[1], "-sigfile", names[2]],
                           capture_output=True, timeout=60, check=False)
        return p.returncode == 0


def read_vkey(text):
    name, key_id, key = text.strip().split("+", 2)
    raw = base64.b64decode(key)
    expect(raw[0] == 1 and len(raw) == 33, text)
    expect(hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() == key_id, text)
    return name, bytes.fromhex(key_id), raw[1:]


def opened(note, vkey):
    """The lines of a signed note's text."""
    name, key_id, key = read_vkey(vkey)
    text, _, signatures = note.partition("\n\n")
    line = next(x for x in signatures.splitlines() if x.startswith(f"— {name} "))
    raw = base64.b64decode(line.rsplit(" ", 1)[1])
    expect(raw[:4] == key_id, "another key")
    expect(verified(key, (text + "\n").encode(), raw[4:]), "the note's signature is wrong")
    return text.split("\n")


# ---- the tree, from tiles alone ------------------------------------------------------------------

def leaf(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node(root(leaves[:k]), root(leaves[k:]))


def tile_name(n):
    out = f"{n % 1000:03d}"
    while n >= 1000:
        n //= 1000
        out = f"x{n % 1000:03d}/{out}"
    return out


def read_tiles(r, size, kind="0"):
    """All hashes of level 0, or all entries, of a tree of that size."""
    out = []
    for n in range((size + 255) // 256):
        width = min(256, size - n * 256)
        name = tile_name(n) + (f".p/{width}" if width < 256 else "")
        a = r.get(f"/tile/{kind}/{name}", kind="application/octet-stream")
        expect("max-age=31536000" in a.header("Cache-Control"), "a tile never changes")
        if kind == "0":
            expect(len(a.body) == 32 * width, f"{name}: {len(a.body)}")
            out += [a.body[i:i + 32] for i in range(0, len(a.body), 32)]
            continue
        at = 0
        while at < len(a.body):
            length = int.from_bytes(a.body[at:at + 2], "big")
            out.append(a.body[at + 2:at + 2 + length])
            at += 2 + length
    return out


def head(r, vkey):
    a = r.get("/checkpoint", kind="text/plain; charset=utf-8")
    expect("max-age=5" in a.header("Cache-Control"), a.header("Cache-Control"))
    lines = opened(a.body.decode(), vkey)
    expect(lines[0] == "iotscs.example.in/register", lines)
    return int(lines[1]), base64.b64decode(lines[2])


# ---- cases ---------------------------------------------------------------------------------------

@case
def an_empty_register_says_so(work):
    with Register(work, 0) as r:
        expect("No certificate has been issued yet" in r.get("/register").body.decode(), "empty")
        expect(r.ask()["items"] == [], "no items")
        for path in ("/checkpoint", "/register.vkey", "/tile/0/000", "/status-list?format=jwt"):
            expect(r.get(path, 404).json["code"] == "not-found", path)
        r.get("/check", 404)
        r.get("/certificate/STQC/IOTSCS/ER/001", 404)


@case
def states_of_every_kind(work):
    with Register(work) as r:
        for i, state in enumerate(STATES):
            one = r.get("/api/v1/certificates/" + NUMBER(i + 1)).json
            expect(one["status"] == state, f"{one['number']}: {one['status']}, not {state}")
            page = r.get("/certificate/" + NUMBER(i + 1), kind="text/html; charset=utf-8").body.decode()
            alarm = state in ("SUSPENDED", "WITHDRAWN")
            expect(('class="alarm"' in page) == alarm, f"{state}: the red page")
            expect(("DO NOT RELY" in page and "भरोसा न करें" in page) == alarm, state)
        once = NUMBER(2)
        for ago, state in ((21, "VALID"), (20, "SUSPENDED"), (70, "UNKNOWN")):
            one = r.get(f"/api/v1/certificates/{once}?on={day(ago)}").json
            expect((one["status"], one["on"]) == (state, day(ago)), f"{ago}: {one['status']}")
        page = r.get(f"/certificate/{once}?on={day(21)}&lang=hi").body.decode()
        expect('lang="hi"' in page and "मान्य" in page, "the date in Hindi")
        expect('class="alarm"' in page, "suspended today: red on every date")
        expect([e["event"] for e in one["history"]] == ["issue", "suspend"], one["history"])


@case
def search(work):
    with Register(work) as r:
        def found(**q):
            return [i["number"] for i in r.ask(**q)["items"]]
        expect(found(number=NUMBER(3)) == [NUMBER(3)], "number")
        expect(found(number="STQC/IOTSCS/ER/999") == [], "a number that is none")
        expect(found(model="bd-ipc-2104") == [NUMBER(4)], "model, in small letters")
        expect(found(model="BD-IPC-2104", firmware="9.9") == [], "another model's firmware")
        expect(len(found(firmware="9.9")) == 12, "firmware")
        expect(found(holder="Nila", limit=2) == [NUMBER(2), NUMBER(4)], "holder")
        # The fifth was amended five days ago.
        expect(found(model="BD-IPC-2105", firmware="2.5.0") == [NUMBER(5)], "the new firmware")
        expect(found(model="BD-IPC-2105", firmware="2.4.1") == [], "the old one is not covered")
        expect(found(model="BD-IPC-2105", firmware="2.4.1", on=day(6)) == [NUMBER(5)], "but was")
        expect(found(number=NUMBER(5), model="BD-IPC-2106") == [], "both must be so")
        # As it comes from a table or a page; in small letters, as people type.
        for typed in (NUMBER(3) + " ", "\u00a0" + NUMBER(3), "\u200b" + NUMBER(3).lower() + "\t"):
            expect(found(number=typed) == [NUMBER(3)], repr(typed))
        expect(found(model="\tBD-IPC-2104 \u00a0") == [NUMBER(4)], "spaces around a model")
        expect(found(holder="नीला", limit=2) == [NUMBER(2), NUMBER(4)], "holder, in Hindi")
        second = r.ask(holder="नीला", limit=2, after=NUMBER(4))["items"]
        expect([i["number"] for i in second] == [NUMBER(6), NUMBER(8)], "its next page")
        expect(found(holder="नीलम") == [], "another name in Hindi")
        expect(NUMBER(3) in r.get("/certificate/" + NUMBER(3).lower()).body.decode(), "the address in small letters")
        # Programs get what fits; people are shown what is near, told apart from it.
        for query, near in (({"number": "ER/3"}, 3), ({"number": "3"}, 3), ({"number": "stqc-iotscs-er-0003"}, 3),
                            ({"model": "bd-ipc-2104", "firmware": "V2.4.1"}, 4), ({"model": "BD-IPC-2104", "firmware": "2"}, 0),
                            ({"firmware": "v9.9"}, 1), ({"number": "XER/003"}, 0), ({"number": "R/003"}, 0),
                            ({"number": "ER/"}, 0), ({"number": "3", "model": "Other"}, 0), ({"holder": "Nobody"}, 0)):
            expect(found(**query) == [], f"{query}: not for programs")
            page = r.get("/register?" + urllib.parse.urlencode(query)).body.decode()
            seen = re.findall(r'href="/certificate/([^"?]*)', page)
            expect(NUMBER(near) in seen if near else seen == [], f"{query}: {seen}")
            expect(("These are near" in page) == bool(near) and "No certificate in the register fits" in page, query)
        page = r.get("/register?model=BD-IPC").body.decode()
        expect(page.count("<th scope=\"row\">") == 12 and "These are near" in page, "the beginning of a model")
        every, after = [], ""
        while after is not None:
            page = r.ask(limit=5, **({"after": after} if after else {}))
            every += [i["number"] for i in page["items"]]
            after = page["next"]
        expect(every == [NUMBER(n) for n in range(1, 13)], every)
        for bad in ("on=2026-13-01", "on=x", "limit=0", "limit=201", "limit=2x"):
            p = r.get("/api/v1/certificates?" + bad, 400).json
            expect(p["code"] == "bad-parameter" and bad[:2] in p["detail"], p)
        page = r.get("/register?limit=5").body.decode()
        link = re.search(r'href="(/register\?[^"]*after=[^"]*)"', page).group(1).replace("&amp;", "&")
        second = r.get(link).body.decode()
        expect(f"/certificate/{NUMBER(6)}?" in second and f"/certificate/{NUMBER(5)}?" not in second,
               "the second page")
        expect("If it still is not found" in r.get("/register?model=None").body.decode(), "what next")
        r.get("/register?on=yesterday", 400, "text/html; charset=utf-8")


@case
def nothing_of_a_stranger_is_markup(work):
    evil = "<script>alert(1)</script>\"'><img src=x>"
    with Register(work) as r:
        for path in ("/register?model=" + urllib.parse.quote(evil),
                     "/register?" + urllib.parse.quote(evil) + "=1",
                     "/certificate/" + urllib.parse.quote(evil),
                     "/certificate/" + NUMBER(1) + "?x=" + urllib.parse.quote(evil), "/register"):
            a = r.s.call("GET", path)
            text = a.body.decode()
            expect(a.status in (200, 404) and "<script>alert" not in text and "<img" not in text, path)
            expect("<b>" not in text, f"{path}: the holder's name is no markup")
            policy = a.header("Content-Security-Policy")
            expect("default-src 'none'" in policy and "unsafe-inline" not in policy, policy)
            expect("\n" not in (a.header("Link") or ""), path)
        text = r.get("/register?model=" + urllib.parse.quote(evil)).body.decode()
        expect("&lt;script&gt;" in text, "it is shown as it is")
        expect(r.get("/certificate/" + NUMBER(2)).body.decode().count("Nila &lt;b&gt;Kamera") == 1, "")


@case
def unknown_and_forged_numbers(work):
    with Register(work) as r:
        for number in ("STQC/IOTSCS/ER/999", "STQC/IOTSCS/ER/001/", "STQC/IOTSCS/ER", "x",
                       "STQC/IOTSCS/ER/001%0d%0aX:%20y", "..%2f..%2fetc%2fpasswd"):
            a = r.get("/certificate/" + number, 404, "text/html; charset=utf-8")
            expect(b"not in the register" in a.body and b"character by character" in a.body, number)
            r.get("/api/v1/certificates/" + number, 404, "application/problem+json")
        r.get("/certificate/%00", 404)
        a = r.get("/certificate/" + urllib.parse.quote(NUMBER(1), safe=""))
        expect(NUMBER(1).encode() in a.body, "slashes may be encoded")
        for method in ("POST", "PUT", "DELETE"):
            a = r.s.call(method, "/certificate/" + NUMBER(1), body=b"x")
            expect(a.status == 405 and a.header("Allow") == "GET, HEAD", a)


@case
def files_of_a_certificate(work):
    with Register(work) as r:
        base = "/certificate/" + NUMBER(1)
        pdf = r.get(base + "?file=pdf", kind="application/pdf")
        expect(pdf.body == f"%PDF-1.7 of {NUMBER(1)}\n".encode(), pdf)
        expect("STQC-IOTSCS-ER-001.pdf" in pdf.header("Content-Disposition"), "its name")
        r.get(base + "?file=xml", kind="application/xml")
        for bad in ("?file=../office.db", "?file=x", "?file=proof&entry=999", "?file=proof&entry=1"):
            expect(b"Kamera" not in r.get(base + bad, 404).body, bad)
        vkey = r.get("/register.vkey").body.decode()
        proof = r.get(base + "?file=proof").body.decode()
        expect(proof.startswith("c2sp.org/tlog-proof@v1\n"), proof)
        lines, _, note = proof.partition("\n\n")
        lines = lines.split("\n")
        size, top = opened(note, vkey)[1:3]
        entry = base64.b64decode(lines[1].split(" ")[1])
        index, hashes = int(lines[2].split(" ")[1]), [base64.b64decode(x) for x in lines[3:]]
        at, fn, sn = leaf(entry), index, int(size) - 1
        for h in hashes:  # RFC 9162 2.1.3.2
            if fn & 1 or fn == sn:
                at = node(h, at)
                while not fn & 1 and fn:
                    fn, sn = fn >> 1, sn >> 1
            else:
                at = node(at, h)
            fn, sn = fn >> 1, sn >> 1
        expect(at == base64.b64decode(top) and sn == 0, "the proof does not lead to the root")
        expect(json.loads(entry)["number"] == NUMBER(1), entry)


def entry_of(proof):
    return json.loads(base64.b64decode(proof.body.decode().split("\n")[1].split(" ")[1]))


@case
def the_proof_beside_a_pdf_is_of_that_pdf(work):
    """Also after events that brought no files, and for the files before an amendment."""
    with Register(work) as r:
        for n in range(1, 8):
            base = "/certificate/" + NUMBER(n)
            pdf = r.get(base + "?file=pdf", kind="application/pdf").body
            entry = entry_of(r.get(base + "?file=proof"))
            expect(entry["pdf_sha256"] == hashlib.sha256(pdf).hexdigest(), (n, entry))
        base = "/certificate/" + NUMBER(5)
        page = r.get(base).body.decode()
        found = re.findall(r"file=pdf&amp;entry=(\d+)", page)
        expect(len(found) == 1 and "no longer current" in page, f"the earlier PDF: {found}")
        old = r.get(f"{base}?file=pdf&entry={found[0]}")
        expect(old.body == f"%PDF-1.7 of {NUMBER(5)}\n".encode(), old)
        expect(f"-005-{found[0]}.pdf" in old.header("Content-Disposition"), "its name says that it is not the latest")
        entry = entry_of(r.get(f"{base}?file=proof&entry={found[0]}"))
        expect(entry["pdf_sha256"] == hashlib.sha256(old.body).hexdigest(), entry)
        expect("file=pdf&amp;entry" not in r.get("/certificate/" + NUMBER(1)).body.decode(), "the only one")
        for bad in ("x", "-1", "0x1", "9" * 30, str(int(found[0]) - 1)):
            r.get(f"{base}?file=pdf&entry={bad}", 404)


@case
def an_older_head_is_a_beginning(work):
    """A client that kept a head sees from tiles alone that nothing before it was changed."""
    with Register(work) as r:
        vkey = r.get("/register.vkey").body.decode()
        size, top = head(r, vkey)
        expect(root(read_tiles(r, size)) == top, "the first head")
        r.fill(300)
        later, later_top = head(r, vkey)
        expect(later > 256 and later > size, "the log has grown")
        leaves = read_tiles(r, later)
        expect(root(leaves) == later_top, "the later head")
        expect(root(leaves[:size]) == top, "the older head is no beginning of this log")
        entries = read_tiles(r, later, "entries")
        expect([leaf(e) for e in entries] == leaves, "the entries are those of the leaves")
        expect(root([leaf(e) for e in entries[1:] + entries[:1]]) != later_top, "the check can fail")
        one = json.loads(entries[0])
        expect(one["number"] == NUMBER(1) and one["event"] == "issue", one)
        level1 = r.get(f"/tile/1/000.p/{later // 256}").body
        expect(level1[:32] == root(leaves[:256]), "the tile of the next level")


@case
def tricks_with_tile_paths(work):
    with Register(work) as r:
        for path in ("../office.db", "..%2foffice.db", "0/000", "0/000.p/0", "0/000.p/256", "0/000.p/99",
                     "0/0", "0/x000/000", "0/x001/0", "-1/000", "64/000", "0/000.p/1/", "0/000.p/01",
                     "entries/../0/000", "entries/999", "entries", "0/000%00.p/1", "00/000.p/1",
                     "0/" + "x999/" * 40 + "999", "0/000.p/18446744073709551617"):
            a = r.get("/tile/" + path, 404, "application/problem+json")
            expect("no-store" in a.header("Cache-Control"), "what is not there is not kept")
        r.get("/tile/0/000.p/1")


@case
def the_status_list(work):
    with Register(work) as r:
        plain = r.get("/status-list", kind="application/json").json
        expect(plain["bits"] == 2, plain)
        octets = zlib.decompress(base64.urlsafe_b64decode(plain["lst"] + "=="))
        rows = r.ask(limit=200)["items"]
        want = {"VALID": 0, "SUSPENDED": 2}
        for row in rows:
            at = row["position"]
            value = octets[at // 4] >> at % 4 * 2 & 3
            expect(value == want.get(row["status"], 1), f"{row['number']}: {value}")
        for more in ({"headers": {"Accept": "application/statuslist+jwt"}}, {}):
            path = "/status-list" + ("" if more else "?format=jwt")
            jwt = r.get(path, kind="application/statuslist+jwt", **more).body
            parts = [base64.urlsafe_b64decode(p + b"==") for p in jwt.split(b".")]
            first, claims = json.loads(parts[0]), json.loads(parts[1])
            expect(first["alg"] == "EdDSA" and first["typ"] == "statuslist+jwt", first)
            expect(claims["status_list"] == {"bits": 2, "lst": plain["lst"]}, claims)
            expect(claims["sub"] == "https://iotscs.example.in/status-list", claims)
            expect(claims["iat"] < claims["exp"] and claims["ttl"] > 0, claims)
            key = read_vkey(r.get("/register.vkey").body.decode())[2]
            signed = jwt.rpartition(b".")[0]
            expect(verified(key, signed, parts[2]), "the token's signature is wrong")
            expect(not verified(key, signed + b"x", parts[2]), "the check can fail")
        # The time of the list, not of the answer: the kept one has it still after a second.
        until = time.time() + 1.1
        while time.time() < until:
            time.sleep(0.05)
        parts = r.get("/status-list?format=jwt").body.split(b".")
        later = json.loads(base64.urlsafe_b64decode(parts[1] + b"=="))
        expect(later["iat"] == claims["iat"] or day(0) != plain["on"], (claims, later))
        r.fill(1)
        again = r.get("/status-list").json
        octets = zlib.decompress(base64.urlsafe_b64decode(again["lst"] + "=="))
        expect(len(octets) == 4, "an event is seen at once")


@case
def signed_dumps(work):
    with Register(work) as r:
        vkey = r.get("/register.vkey").body.decode()
        for name, kind in (("certificates.csv", "text/csv; charset=utf-8"),
                           ("certificates.json", "application/json")):
            dump = r.get("/api/v1/" + name, kind=kind)
            lines = opened(r.get(f"/api/v1/{name}.sig").body.decode(), vkey)
            expect(lines[:3] == ["satyapan-register-dump/1", name, day(0)], lines)
            expect(int(lines[3]) == head(r, vkey)[0], lines)
            expect(lines[4] == hashlib.sha256(dump.body).hexdigest(), "another file")
            r.get(f"/api/v1/{name}?on={day(3)}", 400)
        rows = list(csv.DictReader(io.StringIO(r.get("/api/v1/certificates.csv").body.decode())))
        expect(len(rows) == 24 and rows[2]["status"] == "SUSPENDED", rows[2])
        items = r.get("/api/v1/certificates.json").json["items"]
        expect(items == r.ask(limit=200)["items"], "the dump says what the search says")


@case
def an_old_paper_says_nothing_of_today(work):
    """register check: a state is one of its own time; older than a week it is none of today."""
    with Register(work, 0) as r:
        r.fill(8, ago=30)
        vkey = r.get("/register.vkey").body.decode().strip()
        for name in ("certificates.json", "certificates.json.sig"):
            with open(os.path.join(work, name), "wb") as f:
                f.write(r.get("/api/v1/" + name).body)
        dump = os.path.join(work, "certificates.json")

        def save(n, query, ending):
            path = os.path.join(work, f"{n}{ending}")
            with open(path, "wb") as f:
                f.write(r.get(f"/certificate/{NUMBER(n)}?{query}").body)
            return path

        def told(code, status, *words):
            p = subprocess.run([os.path.join(B, "satyapan"), "register", "check", *words, "--key", vkey, "--format",
                                "json"], capture_output=True, text=True, timeout=60, check=False)
            out = json.loads(p.stdout)
            expect((p.returncode, out.get("status")) == (code, status), f"{words}: {p.returncode} {out}")
            return out
        # Its dates are in the entry: they count however old or new it is.
        ended, _ = save(4, "file=pdf", ".pdf"), save(4, "file=proof", ".tlog-proof")
        expect(told(1, "EXPIRED", ended)["valid_to"] < day(0), "the proof alone says that it has ended")
        early, _ = save(8, "file=pdf", ".pdf"), save(8, "file=proof", ".tlog-proof")
        out = told(1, "NOT_YET_VALID", early)
        expect(out["valid_from"] > day(0) and "clock" in out["next"], out)
        told(1, "NOT_YET_VALID", r.codes[NUMBER(8)])
        told(1, "NOT_YET_VALID", early, "--register", dump)
        # What was signed after this machine's time: its clock, or somebody, is wrong.
        r.fill(1, ago=-9)
        late, _ = save(9, "file=pdf", ".pdf"), save(9, "file=proof", ".tlog-proof")
        expect("clock" in told(2, "UNKNOWN(clock)", late)["next"], "and the next step")
        for n, status, code in ((1, "VALID", 0), (2, "SUSPENDED", 1), (3, "WITHDRAWN", 1)):
            pdf, _ = save(n, "file=pdf", ".pdf"), save(n, "file=proof", ".tlog-proof")
            out = told(2, "UNKNOWN(stale)", pdf)
            expect(out["status_then"] == "VALID" and out["as_of"] == out["logged_at"], out)
            expect(NUMBER(n) in out["next"] and "https://iotscs.example.in/" in out["next"], out)
            out = told(code, status, pdf, "--register", dump)
            expect(out["as_of"] == day(0) and "next" not in out, out)
            told(2, "UNKNOWN(stale)", r.codes[NUMBER(n)])
            told(code, status, r.codes[NUMBER(n)], "--register", dump)
        told(0, "VALID", os.path.join(work, "1.pdf"), "--max-age", "31")
        # The proof of a later event; an end stays one however old it is.
        last = [e["entry"] for e in r.get("/api/v1/certificates/" + NUMBER(3)).json["history"]][-1]
        latest = save(3, f"file=proof&entry={last}", "-latest")
        told(1, "WITHDRAWN", os.path.join(work, "3.pdf"), "--latest", latest)
        out = told(2, None, os.path.join(work, "1.pdf"), "--latest", latest)
        expect("another certificate" in out["why"], out)
        # The PDF before an amendment: its certificate is valid, this paper is not the one.
        first = r.get("/api/v1/certificates/" + NUMBER(5)).json["history"][0]["entry"]
        old, proof = save(5, f"file=pdf&entry={first}", ".pdf"), save(5, f"file=proof&entry={first}", ".tlog-proof")
        out = told(2, "UNKNOWN(replaced)", old, "--proof", proof, "--register", dump)
        expect(out["status_certificate"] == "VALID" and "amended" in out["this_copy"], out)
        out = told(2, "UNKNOWN(replaced)", r.codes[NUMBER(5)], "--register", dump)
        save(5, "file=pdf", ".pdf"), save(5, "file=proof", ".tlog-proof")
        expect("this_copy" not in told(0, "VALID", os.path.join(work, "5.pdf"), "--register", dump), "the new one")
        # A list of somebody else's making, or another file of the register.
        with open(dump, "a", encoding="utf-8") as f:
            f.write("\n")
        out = told(2, None, os.path.join(work, "2.pdf"), "--register", dump)
        expect("not signed" in out["why"], out)
        out = told(2, None, os.path.join(work, "2.pdf"), "--register", os.path.join(work, "2.pdf"))
        expect("cannot be read" in out["why"], out)


def keepers_of(data):
    """The key processes whose parent has that data folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
                name, rest = f.read().split("(", 1)[1].rsplit(")", 1)
            with open(f"/proc/{rest.split()[1]}/cmdline", encoding="utf-8") as f:
                if name == "satyapan-keyd" and data in f.read().split("\0"):
                    found.append(int(pid))
        except OSError:
            pass
    return found


@case
def the_key_is_in_a_process_of_its_own(work):
    """It is started with the first signature, and again when it has ended."""
    with Register(work) as r:
        vkey = r.get("/register.vkey").body.decode()
        expect(keepers_of(r.s.data) == [], "nobody has the key before a signature is asked for")
        for _ in range(3):
            lines = opened(r.get("/api/v1/certificates.csv.sig").body.decode(), vkey)
            expect(lines[1] == "certificates.csv", lines)
            found = keepers_of(r.s.data)
            expect(len(found) == 1, f"one process has it: {found}")
            os.kill(found[0], signal.SIGKILL)
        os.chmod(os.path.join(r.s.data, "keys", "register.key"), 0o000)
        expect(r.get("/register.vkey").body.decode() == vkey, "the public half needs no right to the key")


@case
def many_dumps_at_once(work):
    """Everybody gets one, though one request makes it, and each is whole."""
    with Register(work) as r:
        answers = []

        def ask(path):
            answers.append((path, r.s.call("GET", path)))
        paths = ("/api/v1/certificates.csv", "/api/v1/certificates.json", "/status-list", "/api/v1/certificates.csv.sig")
        threads = [threading.Thread(target=ask, args=(p,)) for p in paths * 6]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for path in paths:
            found = {(a.status, bytes(a.body)) for p, a in answers if p == path}
            expect(len(found) == 1 and next(iter(found))[0] == 200, f"{path}: {len(found)} answers")
        expect(not [f for f in os.listdir(r.s.data) if f.startswith("certificates")], "no files are left")


@case
def codes_and_the_page_that_checks_them(work):
    """The format of src/issue/qr.h, and what the page is given to check it with."""
    with Register(work) as r:
        name, key_id, key = read_vkey(r.get("/register.vkey").body.decode())
        for path in ("/check", "/check/offline.html", "/certificate/" + NUMBER(1)):
            page = r.get(path, kind="text/html; charset=utf-8").body.decode()
            expect(f'data-key="{key.hex()}"' in page and f'data-id="{key_id.hex()}"' in page, path)
            expect(name in page, f"{path}: the key for the command line")
        url, payload = r.codes[NUMBER(1)].split("#")
        raw = base64.urlsafe_b64decode(payload + "==")
        expect(raw[0] == 1 and raw[1:5] == key_id, "the code's head")
        message = f"satyapan-qr/1\n{url}\n".encode() + raw[:-64]
        expect(verified(key, message, raw[-64:]), "the code's signature")
        page = r.get("/certificate/" + NUMBER(1)).body.decode()
        expect(f'data-sha256="{raw[13:45].hex()}"' in page, "the page has the hash of the data")
        alone = r.get("/check/offline.html").body.decode()
        script = re.search(r"<script>(.*?)</script>", alone, re.S).group(1)
        style = re.search(r"<style>(.*?)</style>", alone, re.S).group(1)
        for text in (script, style):
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            expect(f"'sha256-{digest}'" in alone, "the saved file's own policy lets it run")
        expect("src=" not in alone and "href=" not in alone, "the saved file needs nothing else")


@case
def a_limit_of_requests(work):
    with Register(work, rate_per_minute=6, rate_burst=3) as r:
        answers = [r.s.call("GET", "/api/v1/certificates") for _ in range(8)]
        last = answers[-1]
        expect(last.status == 429 and int(last.header("Retry-After")) > 0, last)
        expect(last.json["code"] == "too-many-requests", last)
        expect(b"<h1>" in r.get("/register", 429).body, "as a page")
        r.get("/checkpoint")
        r.get("/tile/0/000.p/1")


if __name__ == "__main__":
    sys.exit(run_cases(CASES, sys.argv[1:]))
