#!/usr/bin/env python3
"""Lists of publicly known device keys: taken over in every form they come in, and found by scans."""
import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import tls_fake  # noqa: E402
import tls_servers  # noqa: E402

PROGRAM = os.path.join(tls_servers.B, "satyapan")
SHARED = os.environ.get("SHARED", os.path.join(os.path.dirname(tls_servers.ROOT), "shared"))
DATA = os.path.join(SHARED, "data", "tls")
passed = failed = skipped = 0


def count(good, line):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print("FAIL", line)


def run(*words):
    p = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False, timeout=120)
    return p.returncode, p.stdout, p.stderr


def keys(folder, *words):
    return run("trust", "import-device-keys", "--trust-dir", folder, *words)


def rows(path):
    with open(path, encoding="utf-8") as f:
        lines = [line.split(" ", 3) for line in f if not line.startswith("#")]
    return {(kind, value.lower()): (source, note.strip()) for kind, value, source, note in lines}


def published(folder):
    """What is shipped is what comes of the published lists."""
    global skipped
    house, little = (os.path.join(DATA, n) for n in ("houseofkeys_spki_sha256.csv", "littleblackbox_cert_sha1.txt"))
    if not os.path.exists(house):
        print("skipped: the published lists are not there")
        skipped += 1
        return
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    code, out, err = keys(empty, "--source", "houseofkeys", house)
    count(code == 0 and not err, f"House of Keys: {code} {out}{err}")
    code, out, err = keys(empty, "--source", "littleblackbox", little)
    count(code == 0 and out == "2047 keys added\n", f"LittleBlackBox: {code} {out}{err}")
    mine = rows(os.path.join(empty, "device-keys.local.txt"))
    shipped = rows(os.path.join(tls_servers.ROOT, "trust/device-keys.txt"))
    count(mine.keys() == shipped.keys(), f"{len(mine)} keys, shipped are {len(shipped)}")
    count(all(mine[k][0] == shipped[k][0] for k in shipped.keys() & mine.keys()), "the source of a row")
    code, out, _ = keys(empty, "--source", "again", little)
    count(code == 0 and out == "0 keys added\n", f"the same list again: {code} {out}")
    full = os.path.join(folder, "full")
    os.mkdir(full)
    shutil.copy(os.path.join(tls_servers.ROOT, "trust/device-keys.txt"), full)
    code, out, _ = keys(full, "--source", "littleblackbox", little)
    count(code == 0 and out == "0 keys added\n", f"what is shipped is not added again: {out}")


def forms(folder):
    def write(name, data):
        path = os.path.join(folder, name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    trust = os.path.join(folder, "forms")
    os.mkdir(trust)
    sha1, sha256 = "ab" * 20, "cd" * 32
    colons = ":".join(["EF"] * 20)
    path = write("hashes", f"# list\n{sha1}\n{sha256}  a camera\n{colons}\r\nrubbish\n".encode())
    code, _, err = keys(trust, path)
    count(code == 64 and "--source" in err and not os.listdir(trust), f"a list of nobody: {code} {err}")
    code, _, err = keys(trust, "--source", "two words", path)
    count(code == 64, f"a source of two words: {code}")
    code, out, err = keys(trust, "--source", "mine", path)
    count(code == 0 and out == "3 keys added\n" and "1 lines not understood, the first is line 5" in err,
          f"hashes: {code} {out}{err}")
    count(rows(os.path.join(trust, "device-keys.local.txt")) ==
          {("cert-sha1", sha1): ("mine", "-"), ("spki-sha256", sha256): ("mine", "a camera"),
           ("cert-sha1", "ef" * 20): ("mine", "-")}, "rows of a list of hashes")
    table = b'x,spki_sha256,note\n1,' + b"11" * 32 + b',"a, b"\n2,' + b"22" * 31 + b',short\n'
    code, out, err = keys(trust, "--source", "table", write("table.csv", table))
    count(code == 0 and out == "1 key added\n" and "line 3" in err, f"a table: {code} {out}{err}")
    count(rows(os.path.join(trust, "device-keys.local.txt"))[("spki-sha256", "11" * 32)] == ("table", "a, b"),
          "a quoted cell")
    code, out, _ = keys(trust, write("ours", b"bkhash120 " + b"33" * 15 + b" badkeys some key\n"))
    count(code == 0 and out == "1 key added\n", f"our own form needs no source: {code} {out}")
    for name, data in (("nothing", b""), ("words", b"hello\nworld\n"), ("binary", bytes(range(7)) * 3),
                       ("lookup.txt", b"0011223344556677;some/key\n"), ("unsorted", b"\2" * 16 + b"\1" * 16),
                       ("twice", b"\1" * 32)):
        code, _, err = keys(trust, "--source", "x", write(name, data))
        count(code == 65 and err, f"{name} is no list: {code} {err}")
    return trust


def database(folder):
    """LittleBlackBox's own file: the schema of its README, and files that only look like it."""
    schema = ["CREATE TABLE certificates(id INTEGER PRIMARY KEY, fingerprint TEXT, certificate TEXT, key TEXT,"
              " description TEXT)",
              "CREATE TABLE firmware(id INTEGER PRIMARY KEY, device_id INTEGER, certificate_id INTEGER, vendor TEXT,"
              " description TEXT)",
              "CREATE TABLE hardware(id INTEGER PRIMARY KEY, vendor TEXT, model TEXT, revision TEXT,"
              " description TEXT)"]

    def make(name, statements, certificates):
        path = os.path.join(folder, name)
        with contextlib.closing(sqlite3.connect(path)) as db:
            for s in statements:
                db.execute(s)
            for i, value in enumerate(certificates, 1):
                db.execute("INSERT INTO certificates VALUES(?,?,'PEM','KEY','SSL key\nof a router')", (i, value))
            db.commit()
        return path

    trust = os.path.join(folder, "database")
    os.mkdir(trust)
    prints = [hashlib.sha1(bytes([i])).hexdigest() for i in range(3)]
    colons = [":".join(re.findall("..", p.upper())) for p in prints]
    path = make("lbb.db", schema + ["INSERT INTO hardware VALUES(7,'Linksys','WRV54G','1.0','')",
                                    "INSERT INTO firmware VALUES(1,7,2,'Linksys','2.37')",
                                    "INSERT INTO firmware VALUES(2,7,2,'Linksys','2.38')"], colons)
    code, out, err = keys(trust, path)
    count(code == 0 and out == "3 keys added\n" and not err, f"lbb.db: {code} {out}{err}")
    mine = rows(os.path.join(trust, "device-keys.local.txt"))
    count(set(mine) == {("cert-sha1", p) for p in prints} and {v[0] for v in mine.values()} == {"littleblackbox"},
          f"rows of lbb.db: {mine}")
    count(mine[("cert-sha1", prints[1])][1] == "Linksys WRV54G 1.0 SSL key of a router", f"its note: {mine}")
    code, out, _ = keys(trust, path)
    count(code == 0 and out == "0 keys added\n", f"lbb.db again: {code} {out}")
    # Files made to be read: another fingerprint, other tables, a view that never ends, half a file.
    endless = ["CREATE VIEW certificates(id, fingerprint, description) AS WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL"
               " SELECT x+1 FROM n) SELECT x, x, x FROM n", *schema[1:]]
    with open(path, "rb") as f:
        whole = f.read()
    half = os.path.join(folder, "half.db")
    with open(half, "wb") as f:
        f.write(whole[:len(whole) // 2])
    for file in (make("word.db", schema, ["no print"]), make("none.db", schema, []), make("other.db", schema[:1], colons),
                 make("view.db", endless, []), half):
        code, out, err = keys(trust, file)
        count(code == 65 and not out and err, f"{file}: {code} {out}{err}")


def make_key(folder, name, *words):
    key, cert = (os.path.join(folder, name + e) for e in (".key", ".crt"))
    tls_servers.run("openssl", "req", "-x509", "-newkey", *words, "-nodes", "-keyout", key, "-out", cert, "-outform",
                    "DER", "-subj", f"/CN={name}")
    return cert


def number(folder, name):
    """What badkeys hashes: the modulus, x, or the octets of an Ed25519 key, as a number."""
    text = tls_servers.run("openssl", "pkey", "-in", os.path.join(folder, name + ".key"), "-noout", "-text_pub")
    body = "".join(line.strip() for line in text.splitlines() if line.startswith("    "))
    value = bytes.fromhex(body.replace(":", ""))
    if name == "bad-ec":
        value = value[1:33]
    return value.lstrip(b"\0")


def badkeys(folder):
    """The blocklist of badkeys is found in by RSA, EC and Ed25519 keys."""
    trust = os.path.join(folder, "trust")
    shutil.copytree(os.path.join(tls_servers.ROOT, "trust"), trust)
    certs = {"bad-rsa": make_key(folder, "bad-rsa", "rsa:2048"),
             "bad-ec": make_key(folder, "bad-ec", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
             "bad-ed": make_key(folder, "bad-ed", "ed25519"), "good": make_key(folder, "good", "rsa:2048")}
    hashes = [hashlib.sha256(number(folder, n)).digest()[:15] + bytes([i + 1])
              for i, n in enumerate(("bad-rsa", "bad-ec", "bad-ed"))]
    block = b"".join(sorted(hashes + [os.urandom(15) + b"\1" for _ in range(5000)]))
    path, names = os.path.join(folder, "blocklist.dat"), os.path.join(folder, "badkeysdata.json")
    with open(path, "wb") as f:
        f.write(block)
    lists = [{"id": 1, "name": "debianssl"}, {"id": 2, "name": "rfc"}]
    for digest, want in (("00" * 32, 65), (hashlib.sha256(block).hexdigest(), 0)):
        with open(names, "w", encoding="ascii") as f:
            json.dump({"bkformat": 0, "blocklist_sha256": digest, "blocklists": lists}, f)
        code, out, err = keys(trust, path, names)
        count(code == want, f"badkeys: {code} {out}{err}")
    count("5003 of badkeys" in out, f"badkeys: {out}")
    suites = {"TLSv1.2": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]}
    want = {"bad-rsa": "debianssl", "bad-ec": "rfc", "bad-ed": "blocklist", "good": None}
    for name, cert in certs.items():
        with open(cert, "rb") as f:
            server = tls_fake.Fake(cert=f.read(), versions=suites)
        code, out, _ = run("tls", "scan", "--format", "json", "--trust-dir", trust, "--data", folder + "/none",
                           f"127.0.0.1:{server.port}/tls")
        r = json.loads(out)
        found = {f["code"] for f in r["findings"]}
        count(r["certificate"]["known_key"] == want[name] and
              ("tls.known-private-key" in found) == (want[name] is not None), f"{name}: {r['certificate']['known_key']}")
        server.stop()


def main():
    with tempfile.TemporaryDirectory() as folder:
        published(folder)
        forms(folder)
        database(folder)
        badkeys(folder)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


sys.exit(main())
