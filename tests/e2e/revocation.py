#!/usr/bin/env python3
"""satyapan revocation: import in every form, refresh from a test CA, and a store that is killed,
starved of space and used by two at a time.

Runs in a network namespace (netns.py): the real fetch process talks to pki_server.py. The database
is looked at through Python's sqlite3.
"""
import base64
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import netns
from pki_server import Answer, Pki, PkiServer, to_pem

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "satyapan")
PUBLIC = "93.184.215.14"
HOSTS = ["crl.test.invalid", "ca.test.invalid", "ocsp.test.invalid", "more.test.invalid"]
LISTS = ["root", "ca", "subca"]
KILLS = int(os.environ.get("KILLS", "100"))
DAY = 86400


class Wrong(Exception):
    pass


def expect(truth, text):
    if not truth:
        raise Wrong(text)


class World:
    """A PKI, its server, and a trust list of root and CA; the sub-CA has to be fetched."""

    def __init__(self, pki, server, folder):
        self.pki, self.server, self.folder = pki, server, folder
        self.trust = os.path.join(folder, "trust")
        self.count = 0
        os.makedirs(self.trust)
        rows = []
        for label, role in (("root", "anchor"), ("ca", "intermediate")):
            der = pki.cert(label)
            with open(os.path.join(self.trust, label + ".cer"), "wb") as f:
                f.write(der)
            rows.append({"name": label, "file": label + ".cer",
                         "sha256": hashlib.sha256(der).hexdigest(), "role": role,
                         "purpose": "signing", "status": "live", "source": "made for a test"})
        with open(os.path.join(self.trust, "manifest.json"), "w", encoding="utf-8") as f:
            json.dump({"schema": "satyapan-trust/1", "certificates": rows}, f)
        self.endpoints("Example,CRL,http://crl.test.invalid/root.crl",
                       "Example,CRL,http://crl.test.invalid/ca.crl",
                       "Example Sub,caIssuers,http://ca.test.invalid/subca.cer",
                       "Example Sub,CRL,http://crl.test.invalid/subca.crl",
                       "Example,CRL(LDAP dead),ldap://nowhere.test.invalid/...")

    def endpoints(self, *rows):
        with open(os.path.join(self.trust, "endpoints.csv"), "w", encoding="utf-8") as f:
            f.write("\n".join(("ca,kind,url",) + rows) + "\n")

    def data(self):
        self.count += 1
        return os.path.join(self.folder, f"data{self.count}")

    def file(self, name, data):
        self.count += 1
        path = os.path.join(self.folder, f"{self.count}-{name}")
        with open(path, "wb") as f:
            f.write(data)
        return path

    def start(self, word, data, *more):
        return subprocess.Popen([PROGRAM, "revocation", word, "--data", data]
                                + ([] if word == "status" else ["--trust-dir", self.trust])
                                + list(more), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, start_new_session=True)

    def run(self, want, word, data, *more):
        p = self.start(word, data, *more)
        out, err = p.communicate(timeout=120)
        expect(p.returncode == want, f"{word} {' '.join(more)}: exit {p.returncode}, not {want}: "
                                     f"{out[-300:]} {err[-300:]}")
        return out, err

    def rows(self, want, word, data, *more):
        return [json.loads(x) for x in
                self.run(want, word, data, "--format", "json", *more)[0].splitlines()]

    def imported(self, want, data, *paths):
        return [r["outcome"] for r in self.rows(want, "import", data, *paths)]

    def states(self, data, want=None):
        p = self.start("status", data, "--format", "json")
        out, err = p.communicate(timeout=60)
        expect(p.returncode in (0, 2) if want is None else p.returncode == want,
               f"status: exit {p.returncode}: {out[-500:]}{err[-300:]}")
        return {r["url"] or r["issuer"]: r for r in map(json.loads, out.splitlines())}


def database(data):
    db = sqlite3.connect(f"file:{data}/revocation/store.db?mode=ro", uri=True)
    try:
        expect(db.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "integrity_check")
        expect(db.execute("PRAGMA foreign_key_check").fetchall() == [], "foreign_key_check")
        return {sha: (size, indexed, current, issued, line) for sha, size, indexed, current, issued,
                line in db.execute("SELECT sha256, size, indexed, current, this_update, line "
                                   "FROM crl")}
    finally:
        db.close()


def read(path):
    with open(path, "rb") as f:
        return f.read()


# ---- import ---------------------------------------------------------------------------------------

def test_forms(w):
    """Every form in which CAs hand out lists, issuers and answers."""
    der, sub = w.pki.crl("ca"), w.pki.crl("subca")
    text = base64.encodebytes(der)
    forms = {"ca.crl": der, "ca.pem": to_pem(der, "X509 CRL"),
             "crlf.pem": to_pem(der, "X509 CRL").replace(b"\n", b"\r\n"),
             "bare.b64": text, "line.b64": text.replace(b"\n", b""),
             "two.pem": b"see below\n" + to_pem(der, "X509 CRL") + to_pem(w.pki.crl("root"),
                                                                        "X509 CRL")}
    for name, content in forms.items():
        data = w.data()
        found = w.imported(0, data, w.file(name, content))
        expect(found == ["stored"] * (2 if name == "two.pem" else 1), f"{name}: {found}")
        stored = os.path.join(data, "revocation", "crl", hashlib.sha256(der).hexdigest())
        expect(read(stored + ".der") == der, f"{name}: the bytes kept are not the list's DER")
        expect(w.imported(0, data, w.file(name, content))[0] == "same", f"{name} again")
        expect(w.states(data, 0)["Example Licensed CA 2022"]["state"] == "good", f"{name}: state")
    data = w.data()
    expect(w.imported(1, data, w.file("sub.crl", sub)) == ["unknown issuer"], "no issuer yet")
    expect(w.imported(0, data, w.file("chain.p7c", w.pki.p7c("root", "ca", "subca")))
           == ["same", "same", "stored"], "p7c")
    expect(w.imported(0, data, w.file("sub.crl", sub)) == ["stored"], "the issuer is held")


def test_folder(w):
    """A folder, with a list before its issuer in it; what is refused says why."""
    folder = os.path.join(w.folder, "folder")
    os.makedirs(folder)
    files = {"1.crl": w.pki.crl("subca"), "2.cer": w.pki.cert("subca"), "3.crl": w.pki.crl("root"),
             "4.txt": b"not at all\n", "5.cer": w.pki.cert("signer"),
             "6.crl": w.pki.crl("subca")[:-1] + b"\0", "7.crl": w.pki.crl("ca")[:200],
             "8.crl": w.pki.crl("ca", 3 * DAY, 9 * DAY)}
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(content)
    found = {os.path.basename(r["file"]): r for r in w.rows(1, "import", w.data(), folder)}
    expect({n: r["outcome"] for n, r in found.items()} == {
        "1.crl": "stored", "2.cer": "stored", "3.crl": "stored", "4.txt": "unreadable",
        "5.cer": "unusable", "6.crl": "bad signature", "7.crl": "unreadable", "8.crl": "unusable"},
        str(found))
    expect(all((r["why"] is None) == (r["outcome"] == "stored") for r in found.values()), "why")


def test_older(w):
    data = w.data()
    new, old = w.pki.crl("ca", -DAY, 6 * DAY), w.pki.crl("ca", -2 * DAY, 5 * DAY)
    expect(w.imported(0, data, w.file("new", new)) == ["stored"], "new")
    expect(w.imported(0, data, w.file("old", old)) == ["older"], "old")
    held = database(data)
    expect(held[hashlib.sha256(new).hexdigest()][2] == 1, "the newer one is current")
    expect(held[hashlib.sha256(old).hexdigest()][2] == 0, "the older one is kept, not current")
    expect(os.path.exists(f"{data}/revocation/crl/{hashlib.sha256(old).hexdigest()}.der"), "kept")
    shown = w.states(data, 0)["Example Licensed CA 2022"]
    expect(shown["sha256"] == hashlib.sha256(new).hexdigest(), "shown")


def test_usage(w):
    for words in ([], ["frobnicate"], ["status", "extra"], ["import"], ["refresh", "--keep", "x"],
                  ["status", "--format", "xml"]):
        p = subprocess.run([PROGRAM, "revocation", *words], capture_output=True, timeout=30,
                           check=False)
        expect(p.returncode == 64 and p.stderr, f"{words}: exit {p.returncode}")
    p = subprocess.run([PROGRAM, "revocation", "--help"], capture_output=True, timeout=30,
                       check=False)
    expect(p.returncode == 0 and b"Examples:" in p.stdout, "--help")
    w.run(66, "import", w.data(), os.path.join(w.folder, "is-not-there"))
    _, err = w.run(2, "status", w.data())
    expect("refresh" in err, "an empty store tells the next step")


# ---- refresh --------------------------------------------------------------------------------------

def tagged(answers):
    """Serves {path: body} with an ETag each, and 304 where the request has it."""
    def serve(request):
        body = answers[request.path]
        tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        if request.headers.get("if-none-match") == tag:
            return Answer(304, headers=["ETag: " + tag])
        return Answer(200, body, "application/pkix-crl", ["ETag: " + tag])
    return serve


def test_refresh(w):
    data = w.data()
    answers = {f"/{label}.crl": w.pki.crl(label) for label in LISTS}
    for path in answers:
        w.server.page(path, tagged(answers))
    found = {r["url"]: r for r in w.rows(0, "refresh", data)}
    expect(len(found) == 4 and all(r["outcome"] == "stored" for r in found.values()), str(found))
    shown = w.states(data, 0)
    expect(all(r["state"] == "good" for r in shown.values()), str(shown))
    sub = shown["http://crl.test.invalid/subca.crl"]
    expect(sub["ca"] == "Example Sub" and sub["entries"] == 1 and sub["kind"] == "CRL", str(sub))
    expect(sub["issuer"] == "Example Sub-CA for Class 3 2022", str(sub))
    # Nothing is due; asked all the same, the lists have not changed.
    before = len(w.server.requests)
    out, _ = w.run(0, "refresh", data, "--due")
    expect(out == "" and len(w.server.requests) == before, f"--due asked: {out}")
    found = {r["url"]: r["outcome"] for r in w.rows(0, "refresh", data)}
    expect(found.pop("http://ca.test.invalid/subca.cer") == "same", str(found))
    expect(set(found.values()) == {"unchanged"}, str(found))
    # A newer list is taken; --url and --ca ask for no more than that.
    answers["/subca.crl"] = w.pki.crl("subca", -3600, 6 * DAY)
    rows = w.rows(0, "refresh", data, "--url", "http://crl.test.invalid/subca.crl")
    expect([r["outcome"] for r in rows] == ["stored"], str(rows))
    rows = w.rows(0, "refresh", data, "--ca", "sub")
    expect(sorted(r["outcome"] for r in rows) == ["same", "unchanged"], str(rows))
    # An older one is not.
    answers["/subca.crl"] = w.pki.crl("subca", -2 * DAY, 6 * DAY)
    rows = w.rows(0, "refresh", data, "--url", "http://crl.test.invalid/subca.crl")
    expect([r["outcome"] for r in rows] == ["older"], str(rows))
    expect(len(database(data)) == 5, "versions are kept")
    w.run(66, "refresh", data, "--ca", "nobody of that name")


def test_failures(w):
    """What is wrong with a source is shown, what is held stays, and the next try waits."""
    data = w.data()
    w.run(0, "refresh", data)
    w.server.fault("/subca.crl", "404")
    w.server.fault("/ca.crl", "other-key")
    w.server.fault("/root.crl", "wrong-type")
    w.server.fault("/ca.crl", "truncated-der")
    rows = {r["url"]: r for r in w.rows(2, "refresh", data)}
    bad = [r for r in rows.values() if r["outcome"] not in ("same", "stored")]
    expect(len(bad) == 3 and all(r["why"] for r in bad), str(rows))
    shown = w.states(data, 2)
    failing = [r for r in shown.values() if r["state"] == "failing"]
    expect(len(failing) == 3 and all(r["error"] and r["sha256"] for r in failing), str(shown))
    wait = time.mktime(time.strptime(failing[0]["next_try"], "%Y-%m-%dT%H:%M:%SZ")) - time.mktime(
        time.gmtime())
    expect(20 <= wait <= 61, f"next try in {wait} s")
    out, _ = w.run(2, "status", data)
    expect("last error:" in out and "failing" in out and "\033" not in out, out)
    w.server.clear()
    w.run(0, "refresh", data)
    expect(all(r["state"] == "good" for r in w.states(data, 0).values()), "good again")
    # Nobody answers: 69. Nobody on the allow-list: refused before anything is sent.
    for label in LISTS + ["subca"]:
        w.server.fault(f"/{label}.crl", "503")
    w.server.fault("/subca.cer", "503")
    w.run(69, "refresh", w.data())
    w.server.clear()
    rows = w.rows(69, "refresh", data, "--url", "http://elsewhere.test.invalid/x.crl")
    expect(rows[0]["outcome"] == "refused" and not w.server.requests, str(rows))


def test_wrong_bytes(w):
    """Right HTTP, wrong data: no such list becomes visible, no such issuer is taken."""
    data = w.data()
    for host, path, fault, outcome in (("ca", "/subca.cer", "other-key", "unusable"),
                                       ("crl", "/subca.crl", None, "unknown issuer"),
                                       ("crl", "/ca.crl", "future", "unusable"),
                                       ("crl", "/ca.crl", "wrong-type", "unreadable"),
                                       ("crl", "/ca.crl", "truncated-der", "unreadable")):
        w.server.clear()
        w.server.fault(path, fault)
        rows = w.rows(69, "refresh", data, "--url", f"http://{host}.test.invalid{path}")
        expect([r["outcome"] for r in rows] == [outcome] and rows[0]["why"], f"{fault}: {rows}")
        expect(not database(data), f"{fault}: a list is held")


def test_offline(w):
    w.run(0, "refresh", w.data(), "--offline")
    expect(not w.server.requests, "offline, something was asked")


def test_big(w):
    """A list of 1,950,000 entries: kept, indexed, and used by a look-up."""
    data = w.data()
    w.server.fault("/subca.crl", "big")
    w.run(0, "refresh", data)
    shown = w.states(data, 0)["http://crl.test.invalid/subca.crl"]
    expect(shown["entries"] == 1_950_000 and shown["state"] == "good", str(shown))


# ---- two at a time, no room, kill -9 --------------------------------------------------------------

def test_two_at_a_time(w):
    data = w.data()
    def slow(request):
        time.sleep(2)
        return Answer(200, w.pki.crl(request.path[1:-4]), "application/pkix-crl")
    w.server.page("/root.crl", slow)
    first = w.start("refresh", data)
    deadline = time.monotonic() + 20
    while not w.server.count("/root.crl") and time.monotonic() < deadline:
        time.sleep(0.02)
    _, err = w.run(69, "refresh", data)
    expect("another refresh" in err, err)
    w.run(0, "refresh", data, "--due")
    # An import need not wait for the refresh.
    expect(w.imported(0, data, w.file("ca.crl", w.pki.crl("ca", -3600, DAY))) == ["stored"], "import")
    out, err = first.communicate(timeout=60)
    expect(first.returncode == 0, f"the first: exit {first.returncode}: {out}{err}")
    w.server.clear()
    # Many imports of the same and of other lists, at once.
    lists = [w.file(f"{i}.crl", w.pki.crl("root", -i * 3600, DAY)) for i in range(1, 7)]
    running = [w.start("import", data, path) for path in lists + lists]
    for p in running:
        out, err = p.communicate(timeout=120)
        expect(p.returncode == 0, f"import: {out}{err}")
    held = database(data)
    newest = max((issued, sha) for sha, (_, _, _, issued, _) in held.items()
                 if sha in {hashlib.sha256(read(x)).hexdigest() for x in lists})
    current = w.states(data, 0)["http://crl.test.invalid/root.crl"]["sha256"]
    expect(current == newest[1], "the newest of the lists that came at once is current")


def test_no_room(w):
    """A full disk: one sentence, exit 74, what is held stays usable; with room it goes on."""
    data = w.data()
    os.makedirs(data)
    done = netns.run("mount", "-t", "tmpfs", "-o", "size=1200k", "none", data)
    expect(done.returncode == 0, done.stderr)
    try:
        w.run(0, "refresh", data)
        before = database(data)
        big = w.file("big.crl", w.pki.big_crl("subca", 60_000))
        _, err = w.run(74, "import", data, big)
        expect("No space left" in err or "full" in err, err)
        expect(database(data) == before, "rows after a full disk")
        expect(not [n for n in os.listdir(data + "/revocation/crl") if n.endswith(".tmp")], "tmp")
        check_store(w, data, {})
        fd = os.open(data + "/filler", os.O_WRONLY | os.O_CREAT)
        try:
            while os.write(fd, bytes(4096)):
                pass
        except OSError:
            pass
        os.close(fd)
        for word, more in (("refresh", ()), ("import", (big,))):
            p = w.start(word, data, *more)
            _, err = p.communicate(timeout=60)
            expect(p.returncode in (0, 2, 74), f"{word}: exit {p.returncode}: {err}")
        expect(w.states(data)["http://crl.test.invalid/ca.crl"]["state"] == "good", "still usable")
        os.unlink(data + "/filler")
        netns.run("mount", "-o", "remount,size=20m", data)
        expect(w.imported(0, data, big) == ["stored"], "with room")
        w.run(0, "refresh", data)
    finally:
        netns.run("umount", data)


def check_store(w, data, reference):
    """Every row has its whole list and its whole index; what is published is whole. reference: the
    index of each list, as an undisturbed store makes it."""
    held = database(data)
    folder = os.path.join(data, "revocation", "crl")
    for sha, (size, indexed, _, _, _) in held.items():
        der = read(os.path.join(folder, sha + ".der"))
        expect(len(der) == size and hashlib.sha256(der).hexdigest() == sha, f"{sha}: the list")
        index = read(os.path.join(folder, sha + ".idx")) if indexed else None
        expect(index is None or sha not in reference or index == reference[sha], f"{sha}: index")
        expect(not indexed or index[40:72].hex() == sha, f"{sha}: index of another list")
    for name in os.listdir(folder):
        sha = name[:64]
        if name.endswith(".der"):
            expect(hashlib.sha256(read(os.path.join(folder, name))).hexdigest() == sha, name)
        elif name.endswith(".idx"):
            expect(sha not in reference or read(os.path.join(folder, name)) == reference[sha], name)
    path = os.path.join(data, "revocation", "current")
    if os.path.exists(path):
        file = read(path)
        whole = hashlib.sha256(file[:40] + bytes(32) + file[72:]).digest()
        expect(file[:8] == b"SPCURR\0\1" and whole == file[40:72], "what is published is damaged")
    return held


def made_ready(w, versions):
    """Lists of each CA, older to newer, and their index files from a store nobody disturbed."""
    lists = {label: [w.pki.crl(label, -DAY + i * 60, 6 * DAY) for i in range(versions)]
             for label in LISTS}
    big = w.pki.big_crl("subca", 40_000)
    data, reference = w.data(), {}
    paths = [w.file("x.crl", x) for label in LISTS for x in lists[label]] + [w.file("b.crl", big)]
    w.imported(0, data, w.file("subca.cer", w.pki.cert("subca")))
    w.run(0, "import", data, *paths)
    folder = os.path.join(data, "revocation", "crl")
    for name in os.listdir(folder):
        if name.endswith(".idx"):
            reference[name[:64]] = read(os.path.join(folder, name))
    return lists, big, reference


def test_killed(w):
    """kill -9 at random moments: no half index, no list lost, the newest never given up."""
    versions = 12
    lists, big, reference = made_ready(w, versions)
    answers = {}
    for label in LISTS:
        answers[f"/{label}.crl"] = lists[label][0]
        w.server.page(f"/{label}.crl", tagged(answers))
    begin = time.monotonic()
    w.run(0, "refresh", w.data())
    usual = time.monotonic() - begin
    dice = random.Random(os.environ.get("SEED", "17"))
    data, rows, newest, killed, told, n = w.data(), {}, {}, 0, set(), -1
    while killed < KILLS:
        n += 1
        expect(n < 5 * KILLS, f"only {killed} of {n} were killed in time")
        if n % (2 * versions) == 0:
            data, rows, newest, told = w.data(), {}, {}, set()
        for label in LISTS:
            answers[f"/{label}.crl"] = lists[label][min(n % (2 * versions), versions - 1)]
        if n % 3 == 2:
            answers["/subca.crl"] = big
        p = w.start("refresh", data, "--format", "json")
        begin = time.monotonic()
        try:
            p.wait(dice.uniform(0, 1.3 * usual))
            usual += (time.monotonic() - begin - usual) / 4  # how long one takes now, at this load
        except subprocess.TimeoutExpired:
            killed += 1
            (os.killpg if n % 2 else os.kill)(p.pid, signal.SIGKILL)
        out, _ = p.communicate(timeout=30)
        # What it said it had stored.
        for line in out.splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue  # cut off by the kill
            if row["outcome"] == "stored" and row["kind"] == "CRL":
                told.add(row["sha256"])
        if not os.path.exists(os.path.join(data, "revocation", "store.db")):
            continue
        try:
            now = check_store(w, data, reference)
        except sqlite3.OperationalError:  # killed before the first table was there
            expect(not rows, "the tables are gone")
            continue
        expect(set(rows) <= set(now), "a list that was held is gone")
        expect(told <= set(now), "a list that was told as stored is gone")
        for sha, (_, _, current, issued, line) in now.items():
            if current:
                expect(issued >= newest.get(line, 0), "an older list has become current")
                newest[line] = issued
        rows = now
        w.states(data)
    # Undisturbed, the store goes on, and what is published is what is held.
    w.server.clear()
    w.run(0, "refresh", data)
    held = check_store(w, data, reference)
    shown = {r["sha256"] for r in w.states(data, 0).values() if r["kind"] == "CRL"}
    expect(shown == {sha for sha, row in held.items() if row[2]}, "published is not held")
    print(f"# {killed} of {n + 1} refreshes were killed")


def test_killed_import(w):
    """The same for an import: with and without the list, never in between."""
    lists, big, reference = made_ready(w, 8)
    files = [w.file("x.crl", x) for label in ("root", "ca") for x in lists[label]] + \
        [w.file("subca.cer", w.pki.cert("subca")), w.file("big.crl", big)]
    begin = time.monotonic()
    w.run(0, "import", w.data(), *files)
    usual = time.monotonic() - begin
    dice = random.Random(os.environ.get("SEED", "18"))
    data, rows = w.data(), {}
    for n in range(20):
        p = w.start("import", data, *files)
        try:
            p.wait(dice.uniform(0, usual))
        except subprocess.TimeoutExpired:
            p.kill()
        p.communicate(timeout=30)
        try:
            now = check_store(w, data, reference)
        except sqlite3.OperationalError:
            continue
        expect(set(rows) <= set(now), "a list that was held is gone")
        rows = now
    w.run(0, "import", data, *files)
    expect(len(database(data)) == 17, f"{len(database(data))} lists, not 8 + 8 + 1")


# ---- the server -----------------------------------------------------------------------------------

class Serve:
    def __init__(self, w, data, *more):
        config = w.file("serve.json", b'{"limits": {"rate_per_minute": 0}}')
        self.child = subprocess.Popen(
            [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--data", data, "--trust", w.trust,
             "--config", config, *more], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.at = self.child.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait(timeout=30)
        self.child.stdout.close()

    def get(self, path, body=None):
        request = urllib.request.Request(self.at + path.lstrip("/"), data=body, headers={
            "Content-Type": "application/octet-stream"} if body else {})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def gauge(self, name, having=""):
        for line in self.get("/metrics").splitlines():
            if line.startswith("satyapan_" + name) and having in line:
                return float(line.split()[-1])
        return None

    def until(self, what, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if what():
                    return
            except urllib.error.URLError:
                pass
            time.sleep(0.1)
        raise Wrong("the server did not get there")


def test_serve(w):
    """It refreshes by itself, shows it, and verifies with what came; jobs survive the change."""
    data, pdf = w.data(), os.path.join(w.folder, "revoked.pdf")
    w.pki.pdf("signer-revoked", pdf, ["signer-revoked"])
    document = read(pdf)
    with Serve(w, data) as s:
        s.until(lambda: s.gauge("crl_held", "subca.crl") == 1)
        s.until(lambda: s.gauge("verifier_starts_total") == 2)
        place = 'source="http://crl.test.invalid/subca.crl"'
        expect(DAY <= s.gauge("crl_age_seconds{", place) < DAY + 600, "age")
        expect(5 * DAY < s.gauge("crl_next_update_seconds{", place) <= 6 * DAY, "next update")
        expect(s.gauge("crl_entries{", place) == 1, "entries")
        for lang, words in (("en", "Lists held and valid: 3 of 3."), ("hi", "उपलब्ध और वैध सूचियाँ")):
            page = s.get(f"/status?lang={lang}")
            expect(words in page and "Example Sub" in page, f"status page {lang}")
        report = json.loads(s.get("/api/v1/verify", document))
        codes = [f["code"] for f in report["signatures"][0]["findings"]]
        expect(any(c.startswith("revocation.revoked") for c in codes), f"{codes}")
        # New data while documents are being verified: every one of them gets its answer.
        answers = 0
        w.imported(0, data, w.file("new.crl", w.pki.crl("ca", -3600, DAY)))
        deadline = time.monotonic() + 30
        while s.gauge("verifier_starts_total") < 3 and time.monotonic() < deadline:
            found = json.loads(s.get("/api/v1/verify", document))
            codes = [f["code"] for f in found["signatures"][0]["findings"]]
            expect(any(c.startswith("revocation.revoked") for c in codes), f"meanwhile: {codes}")
            answers += 1
        expect(answers > 0 and s.gauge("verifier_starts_total") == 3, "no new verifier")
        expect(s.gauge("engine_failures_total") == 0, "engine failures")
    before = len(w.server.requests)
    with Serve(w, w.data(), "--offline") as s:
        expect("No list is held yet" in s.get("/status?lang=en"), "empty store")
        report = json.loads(s.get("/api/v1/verify", document))
        expect(report["verdict"] != "ACCEPTED", "an empty store")
        time.sleep(1)
    expect(len(w.server.requests) == before, "offline, something was asked")


def main():
    netns.enter([PUBLIC])
    tests = [t for name, t in globals().items() if name.startswith("test_")]
    wanted = sys.argv[1:]
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="satyapan-revocation-") as folder, Pki() as pki, \
            PkiServer(pki, [(PUBLIC, 80)]) as server:
        dns = netns.Dns({name: [PUBLIC] for name in HOSTS})
        w = World(pki, server, folder)
        for test in tests:
            if wanted and test.__name__[5:] not in wanted:
                continue
            server.clear()
            begin = time.monotonic()
            try:
                test(w)
                passed += 1
                print(f"ok {test.__name__[5:]} ({time.monotonic() - begin:.1f} s)", flush=True)
            except (Wrong, subprocess.TimeoutExpired, OSError, sqlite3.Error, KeyError) as e:
                failed += 1
                print(f"FAIL {test.__name__[5:]}: {type(e).__name__}: {e}", flush=True)
        dns.close()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


main()
