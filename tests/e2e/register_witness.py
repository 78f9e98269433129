#!/usr/bin/env python3
"""Witnesses of the register's log: C2SP tlog-witness (add-checkpoint) and tlog-cosignature, with witnesses
written here after the specification, honest and not, on a network of the test's own.

usage: register_witness.py      environment: B, the build directory (default: build)
"""
import base64
import hashlib
import http.server
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time

import netns

ADDRESSES = ["93.184.215.14", "93.184.215.15"]
netns.enter(ADDRESSES)

import pades  # noqa: E402
from issue_world import SATYAPAN, World, request  # noqa: E402
from office_server import OfficeServer  # noqa: E402
from pades import check, run  # noqa: E402

SPKI = bytes.fromhex("302a300506032b6570032100")


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def consistent(m, n, first, second, proof):
    """RFC 9162 2.1.4.2."""
    if m == n:
        return not proof and first == second
    if m & (m - 1) == 0:
        proof = [first] + proof
    fn, sn = m - 1, n - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    if not proof:
        return False
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return fr == first and sr == second and sn == 0


class Key:
    """An Ed25519 key by openssl."""

    def __init__(self, folder, name):
        self.name, self.path, self.folder = name, os.path.join(folder, name + ".pem"), folder
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", self.path)
        self.public = run("openssl", "pkey", "-in", self.path, "-pubout", "-outform", "DER").stdout[-32:]
        self.id = hashlib.sha256(name.encode() + b"\n\x04" + self.public).digest()[:4]
        self.vkey = f"{name}+{self.id.hex()}+" + base64.b64encode(b"\x04" + self.public).decode()

    def cosign(self, text, at=None):
        at = int(time.time()) if at is None else at
        with tempfile.NamedTemporaryFile(dir=self.folder) as f:
            f.write(f"cosignature/v1\ntime {at}\n".encode() + text)
            f.flush()
            value = run("openssl", "pkeyutl", "-sign", "-inkey", self.path, "-rawin", "-in", f.name).stdout
        return "— " + self.name + " " + base64.b64encode(self.id + struct.pack(">Q", at) + value).decode() + "\n"


def log_signed(folder, vkey, text, line):
    name, _, key = vkey.split("+", 2)
    raw = base64.b64decode(line.split(" ")[2])
    with tempfile.TemporaryDirectory(dir=folder) as d:
        for file, content in (("k", SPKI + base64.b64decode(key)[1:]), ("s", raw[4:]), ("m", text)):
            with open(os.path.join(d, file), "wb") as f:
                f.write(content)
        p = run("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", d + "/k", "-keyform", "DER", "-rawin", "-in",
                d + "/m", "-sigfile", d + "/s")
    return line.split(" ")[1] == name and p.returncode == 0


class Witness:
    def __init__(self, folder, name, vkey):
        self.folder, self.key, self.other, self.vkey = folder, Key(folder, name), Key(folder, name + "-x"), vkey
        self.size, self.root, self.mode, self.asked = 0, None, "good", []

    def answer(self, body):
        """(status, content type, octets)"""
        head, _, rest = body.partition(b"\n\n")
        lines = head.decode().split("\n")
        old, proof = int(lines[0].split(" ")[1]), [base64.b64decode(x, validate=True) for x in lines[1:]]
        text, _, signatures = rest.partition(b"\n\n")
        text += b"\n"
        origin, size, root = text.decode().split("\n")[:3]
        size, root = int(size), base64.b64decode(root)
        self.asked.append(old)
        if not log_signed(self.folder, self.vkey, text, signatures.decode().split("\n")[0]):
            return 403, "text/plain", b""
        if lines[0] != f"old {old}" or old > size or origin != self.vkey.split("+")[0]:
            return 400, "text/plain", b""
        if self.mode == "larger":
            return 409, "text/x.tlog.size", b"%d\n" % (size + 1)
        if self.mode == "loop":
            return 409, "text/x.tlog.size", b"%d\n" % (old + 1 if old < size else 0)
        if self.mode == "fork":
            return 422, "text/plain", b"no\n"
        if old != self.size:
            return 409, "text/x.tlog.size", b"%d\n" % self.size
        if old and not consistent(old, size, self.root, root, proof) or not old and proof:
            return 422, "text/plain", b""
        line = {"other": lambda: self.other.cosign(text),
                "other-head": lambda: self.key.cosign(text.replace(b"\n%d\n" % size, b"\n%d\n" % (size + 1))),
                "future": lambda: self.key.cosign(text, int(time.time()) + 100000),
                "page": lambda: "<html>\u2014 sorry</html>\n",
                "many": lambda: "".join(f"— w{i} {'A' * 88}\n" for i in range(5000)),
                "huge": lambda: "A" * (3 << 20),
                "no newline": lambda: self.key.cosign(text)[:-1],
                "empty": lambda: ""}.get(self.mode)
        if line:
            return 200, "text/plain", line().encode()
        self.size, self.root = size, root
        more = self.other.cosign(text) if self.mode == "with others" else ""
        return 200, "text/plain; charset=utf-8", (more + self.key.cosign(text)).encode()

    def serve(self, address):
        witness = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802 (the name is the library's)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, kind, answer = (404, "text/plain", b"") if self.path != "/w/add-checkpoint" else \
                    witness.answer(body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                try:
                    self.wfile.write(answer)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer((address, 80), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()


def cosigned(w):
    return w.ask("SELECT size, vkey FROM log_cosignature ORDER BY size, vkey")


def check_pdf(w, number, proof, *witnesses):
    path = w.write("one.tlog-proof", proof)
    words = [x for k in witnesses for x in ("--witness", k)]
    done = subprocess.run([SATYAPAN, "register", "check", w.file(number, ".pdf"), "--proof", path, "--key", w.vkey(),
                           *words, "--format", "json"], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def signed(w, one, two):
    done = w.register("witness")
    check("two witnesses sign", done.returncode == 0 and done.stdout.count("signed") == 2, done.stdout + done.stderr)
    check("both are kept", len(cosigned(w)) == 2, cosigned(w))
    done = w.register("witness")
    check("again: they have signed it already", done.returncode == 0 and done.stdout.count("already") == 2,
          done.stdout)
    head = w.register("checkpoint").stdout
    check("the head has their lines", head.count("\n— ") == 3, head)
    number = "STQC/IOTSCS/ER/001"
    proof = w.register("proof", number).stdout
    code, said = check_pdf(w, number, proof, one.key.vkey, two.key.vkey)
    check("the proof carries them", code == 0 and one.key.name in said["witnessed_by"], said)
    code, said = check_pdf(w, number, proof, one.key.vkey, one.other.vkey)
    check("a witness that did not sign", code == 1 and said["result"] == "not-witnessed", said)
    code, said = check_pdf(w, number, open(w.file(number, ".tlog-proof"), encoding="utf-8").read(), one.key.vkey)
    check("the proof of the day of issue has none", code == 1 and said["result"] == "not-witnessed", said)
    code, said = check_pdf(w, number, proof, w.vkey())
    check("the log's own key is no witness", code == 65, said)
    forged = proof.replace(one.key.name, "w.example")
    code, said = check_pdf(w, number, forged, one.key.vkey)
    check("a line of another name", code == 1, said)
    check("another certificate", w.one(request(2)).returncode == 0)
    code, said = check_pdf(w, number, w.register("proof", number).stdout, one.key.vkey)
    check("an older certificate's proof stays witnessed", code == 0, said)
    code, said = check_pdf(w, "STQC/IOTSCS/ER/002", w.register("proof", "STQC/IOTSCS/ER/002").stdout, one.key.vkey)
    check("a newer one's is not yet", code == 1 and said["result"] == "not-witnessed", said)
    two.size, two.root = 0, None  # it lost its memory: 409, then from the start
    done = w.register("witness")
    check("signs again, with a proof of consistency", done.returncode == 0, done.stdout + done.stderr)
    check("asked with the size it signed last, then with what it says", (one.asked[-1], two.asked[-2:]) == (1, [1, 0]),
          (one.asked, two.asked))
    code, said = check_pdf(w, "STQC/IOTSCS/ER/002", w.register("proof", "STQC/IOTSCS/ER/002").stdout, one.key.vkey)
    check("the newer one's is now", code == 0, said)
    done = w.register("audit", "--format", "json")
    check("the audit counts them", done.returncode == 0 and json.loads(done.stdout)["cosignatures"] == 4, done.stdout)


def dishonest(w, one, two):
    check("another certificate", w.one(request(3)).returncode == 0)
    before = cosigned(w)
    two.mode = "fork"
    for mode, code, says in (("larger", 1, "ALARM"), ("loop", 69, "another size"), ("fork", 1, "ALARM"), ("other", 69, "no signature"),
                             ("other-head", 69, "no signature"), ("future", 69, "no signature"),
                             ("page", 69, "no signature"), ("many", 69, "no signature"), ("huge", 69, "larger"),
                             ("no newline", 69, "no signature"), ("empty", 69, "")):
        one.mode, two.mode = mode, "good"
        two.size, two.root = 0, None
        w.set("DELETE FROM log_cosignature WHERE vkey = ? AND size > 2", two.key.vkey)
        done = w.register("witness")
        check(f"{mode}: {code}", done.returncode == code and says in done.stderr, (done.returncode, done.stderr))
        check(f"{mode}: nothing of it is kept", [c for c in cosigned(w) if c[1] == one.key.vkey] ==
              [c for c in before if c[1] == one.key.vkey], cosigned(w))
        check(f"{mode}: the other one signs all the same", (3, two.key.vkey) in cosigned(w), done.stderr)
    one.mode = "with others"
    done = w.register("witness")
    check("others' lines in its answer: only its own is kept", done.returncode == 0 and
          w.register("checkpoint").stdout.count("\n— ") == 3, done.stderr)
    one.mode = "good"


def tampered(w, one):
    """What is kept of witnesses is judged, too; and they notice what was made anew."""
    line = w.ask("SELECT line FROM log_cosignature WHERE size = 1 AND vkey = ?", one.key.vkey)[0][0]
    w.set("UPDATE log_cosignature SET line = ? WHERE size = 2 AND vkey = ?", line, one.key.vkey)
    done = w.register("audit")
    check("a line of another head: the audit says so", done.returncode == 1 and "witness" in done.stdout, done.stdout)
    # The log is cut back to two entries, with everything that names the third: whoever has the key can do that.
    w.set("DELETE FROM log_cosignature")
    w.script("""DROP TRIGGER log_no_delete; DELETE FROM log_head WHERE size > 2; DELETE FROM log_entry WHERE entry > 1;
                DELETE FROM log_node WHERE (number + 1) << level > 2; DELETE FROM certificate_model WHERE entry > 1;
                DELETE FROM certificate WHERE entry > 1;""")
    done = w.register("audit")
    check("cut back: the trail knows the certificate", done.returncode == 1 and "ER/003" in done.stdout, done.stdout)
    w.script("""DROP TRIGGER IF EXISTS audit_no_delete; DROP TRIGGER IF EXISTS audit_no_update;
                DELETE FROM audit WHERE action = 'certificate.issue' AND subject LIKE '%/003';""")
    done = w.register("audit")
    check("cut back with the trail: whole by itself", done.returncode == 0, done.stdout)
    done = w.register("witness")
    check("cut back: the witness raises the alarm", done.returncode == 1 and "ALARM" in done.stderr, done.stderr)


def told(w, state, says):
    """The server asks them by itself, and tells what came of it."""
    with tempfile.TemporaryDirectory() as work:
        s = OfficeServer(work, {"public_url": "https://iotscs.example.in", "issue_elsewhere": True}, data=w.data)
        try:
            until = time.monotonic() + 120
            metrics = ""
            while f"satyapan_witness_state {state}\n" not in metrics and time.monotonic() < until:
                time.sleep(0.05)
                metrics = s.call("GET", "/metrics").body.decode()
            page = s.call("GET", "/status").body.decode()
            check(f"the server asks the witnesses: {state}", f"satyapan_witness_state {state}\n" in metrics, metrics[-600:])
            check(f"the server tells: {says}", says in page, page)
            check("the server's log tells an alarm", ("ALARM" in s.stderr()) == (state == 3), s.stderr())
        finally:
            s.stop()


def main():
    with tempfile.TemporaryDirectory() as folder:
        w = World(folder)
        check("issued", w.one(request(1)).returncode == 0)
        done = w.register("witness")
        check("no witnesses: 66", done.returncode == 66, done.stderr)
        one, two = (Witness(folder, f"witness{i}.example", w.vkey()) for i in (1, 2))
        for witness, address in zip((one, two), ADDRESSES):
            witness.serve(address)
        w.write("data/witnesses.txt", "# ours\n" + "".join(
            f"http://{a}/w/ {x.key.vkey}\n" for a, x in zip(ADDRESSES, (one, two))))
        signed(w, one, two)
        told(w, 1, "Witnesses outside sign the head")
        dishonest(w, one, two)
        tampered(w, one)
        told(w, 3, "ALARM: a witness outside")
        for text in ("nothing\n", f"ftp://x/ {one.key.vkey}\n", f"http://{ADDRESSES[0]}/ {w.vkey()}\n",
                     f"http://{ADDRESSES[0]}/w {one.key.vkey}\n" * 17, "x" * 100000):
            w.write("data/witnesses.txt", text)
            done = w.register("witness")
            check("a wrong list: 65", done.returncode == 65, (text[:60], done.returncode, done.stderr))
    print(f"{pades.passed} passed, {len(pades.failures)} failed")
    return 1 if pades.failures else 0


if __name__ == "__main__":
    sys.exit(main())
