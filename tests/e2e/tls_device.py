#!/usr/bin/env python3
"""The register of device keys: the same key in two units, in two firms' devices, and shared primes."""
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import tls_fake  # noqa: E402
import tls_servers  # noqa: E402

PROGRAM = os.path.join(tls_servers.B, "satyapan")
passed = failed = 0


def count(good, line):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print("FAIL", line)


def tls(*words):
    p = subprocess.run([PROGRAM, "tls", *words], capture_output=True, text=True, check=False, timeout=60)
    return p.returncode, p.stdout, p.stderr


def der(tag, body):
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x82]) + n.to_bytes(2, "big")
    return bytes([tag]) + size + body


def integer(n):
    return der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def spki(n):
    rsa = bytes.fromhex("300d06092a864886f70d0101010500")
    return der(0x30, rsa + der(3, b"\0" + der(0x30, integer(n) + integer(65537)))).hex()


def prime():
    out = tls_servers.run("openssl", "prime", "-generate", "-bits", "512")
    return int(out)


def scan_file(folder, name, n):
    key = spki(n)
    path = os.path.join(folder, name + ".json")
    with open(path, "w", encoding="ascii") as f:
        json.dump({"ip": "127.0.0.1", "port": 443, "certificate": {
            "sha256": "00", "spki": key, "spki_sha256": hashlib.sha256(bytes.fromhex(key)).hexdigest()}}, f)
    return path


def main():
    p, q, r, s, t = (prime() for _ in range(5))
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data")

        def add(firm, model, serial, path):
            return tls("device", "add", "--data", data, "--firm", firm, "--model", model, "--serial", serial,
                       path)

        count(tls("device", "compare", "--data", data)[0] == 2, "an empty register cannot be compared")
        one = scan_file(folder, "one", p * q)
        code, out, err = add("Acme", "Cam 1", "0001", one)
        count(code == 0 and "1 key" in out, f"add: {code} {out}{err}")
        count(tls("device", "compare", "--data", data)[0] == 2, "one unit alone cannot be compared")
        add("Acme", "Cam 1", "0001", one)  # the same unit again is no other unit
        add("Acme", "Cam 1", "0002", scan_file(folder, "two", r * s))
        code, out, _ = tls("device", "compare", "--data", data)
        count(code == 0 and "2 units" in out, f"different keys: {code} {out}")
        add("Acme", "Cam 1", "0003", one)
        code, out, _ = tls("device", "compare", "--data", data)
        count(code == 1 and "tls.key-shared-between-units" in out, f"same key: {code} {out}")
        add("Other", "NVR", "9", one)
        code, out, _ = tls("device", "compare", "--data", data, "--format", "json")
        rows = [json.loads(line) for line in out.splitlines()]
        count(code == 1 and {x["code"] for x in rows} == {"tls.key-shared-between-units",
                                                           "tls.key-shared-between-firms"}, f"firms: {out}")
        add("Acme", "Cam 1", "0004", scan_file(folder, "four", r * t))
        code, out, _ = tls("device", "compare", "--data", data)
        count(code == 1 and out.count("tls.shared-prime") == 2, f"shared prime: {out}")
        code, out, _ = tls("device", "list", "--data", data)
        count(code == 0 and len(out.splitlines()) == 5 and out.count("SHARED") == 5, f"list: {out}")
        code, out, _ = tls("device", "list", "--data", data, "--firm", "ACME", "--format", "json")
        rows = [json.loads(line) for line in out.splitlines()]
        count([r["serial"] for r in rows] == ["0001", "0002", "0003", "0004"], f"list of a firm: {out}")
        code, out, _ = tls("device", "show", "--data", data, "--firm", "acme", "--model", "cam 1", "--serial",
                           "0001")
        count(code == 0 and "IN 3 UNITS" in out, f"show: {code} {out}")
        code, _, err = tls("device", "show", "--data", data, "--firm", "acme", "--model", "cam 1", "--serial",
                           "9999")
        count(code == 66 and "is not in the register" in err, f"show of none: {code} {err}")
        count(add("", "", "", one)[0] == 64, "add without a name")
        count(tls("device", "list", "--data", os.path.join(folder, "none"))[0] == 2 and
              not os.path.exists(os.path.join(folder, "none")), "a list makes no register")
        taken_over(folder, spki(p * q))
        scans(folder)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


def taken_over(folder, key):
    """The file of lines that was the register before is taken over once."""
    data = os.path.join(folder, "before")
    os.mkdir(data)
    with open(os.path.join(data, "devices.jsonl"), "w", encoding="ascii") as f:
        for serial in ("1", "2"):
            json.dump({"added": "2026-11-01T00:00:00Z", "firm": "Old", "model": "M", "serial": serial,
                       "firmware": "", "ip": "192.0.2.1", "port": 443, "sha256": "00", "spki": key,
                       "spki_sha256": hashlib.sha256(bytes.fromhex(key)).hexdigest()}, f)
            f.write("\n")
    for _ in range(2):
        code, out, _ = tls("device", "list", "--data", data)
        count(code == 0 and len(out.splitlines()) == 2, f"taken over: {code} {out}")
    count(os.listdir(data).count("devices.jsonl") == 0, "the file is done with")
    count(tls("device", "compare", "--data", data)[0] == 1, "what was taken over is compared")


def scan(target, *words):
    code, out, err = tls("scan", "--format", "json", *words, target)
    r = json.loads(out) if out else {}
    return code, r, {x["id"]: x["result"] for x in r.get("requirements", [])}, err


def codes(r):
    return {f["code"] for f in r["findings"]}


def certificate(folder, name, p, q):
    """A self-signed certificate (DER) over the RSA key of these primes."""
    e = 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = [0, p * q, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)]
    body = der(0x30, b"".join(integer(n) for n in numbers))
    path = os.path.join(folder, name)
    with open(path + ".key", "w", encoding="ascii") as f:
        f.write("-----BEGIN RSA PRIVATE KEY-----\n" + base64.encodebytes(body).decode() +
                "-----END RSA PRIVATE KEY-----\n")
    tls_servers.run("openssl", "req", "-x509", "-new", "-key", path + ".key", "-subj", f"/CN={name}", "-outform",
                    "DER", "-out", path + ".der")
    with open(path + ".der", "rb") as f:
        return f.read()


def primes(folder):
    """Two units whose RSA keys have a prime in common: the second scan says so, and so does compare."""
    p, q, r = prime(), prime(), prime()
    kw = {"versions": {"TLSv1.2": ["TLS_RSA_WITH_AES_128_CBC_SHA"]}}
    data = ("--data", os.path.join(folder, "primes"))
    servers = [tls_fake.Fake(cert=certificate(folder, f"prime{i}", p, x), **kw) for i, x in enumerate((q, r))]
    found = []
    for i, s in enumerate(servers):
        _, report, result, _ = scan(f"127.0.0.1:{s.port}/tls", *data, "--firm", "Acme", "--model", "Cam", "--serial",
                                    str(i), "--level", "2")
        found.append((report["certificate"]["register"]["prime_with"], "tls.shared-prime" in codes(report),
                      result["ASVS-C.23"]))
        s.stop()
    count(found == [(None, False, "not-tested"), ("Acme Cam, serial 0", True, "fail")], f"shared prime: {found}")
    code, out, _ = tls("device", "compare", *data)
    count(code == 1 and out.count("tls.shared-prime") == 2, f"compare of shared primes: {out}")


def judged(folder, target, named, data):
    """What was stored is judged with what the register says now, in the child that has no register."""
    evidence = os.path.join(folder, "evidence")
    os.mkdir(evidence)
    scan(target, "--data", os.path.join(folder, "none"), "--evidence", evidence)
    record = os.path.join(evidence, os.listdir(evidence)[0])
    for words, code in ((named, "tls.key-shared-between-units"), (data, "tls.key-in-register")):
        _, out, err = tls("judge", "--format", "json", *words, record)
        count(code in codes(json.loads(out)), f"judge with the register: {out[:200]}{err}")
    _, out, _ = tls("judge", "--format", "json", "--data", os.path.join(folder, "none"), record)
    count(json.loads(out)["certificate"]["register"] is None, "judge without a register")
    before = tls("device", "list", *data)
    tls("judge", *named, record)
    count(tls("device", "list", *data) == before, "judge changes nothing in the register")


def scans(folder):
    """Scans ask the register by themselves; one that names its unit keeps the keys."""
    tls_servers.Bed.folder = folder
    bed = tls_servers.Bed.__new__(tls_servers.Bed)
    bed.folder, bed.servers, bed.missing, bed.running, bed.fakes = folder, [], [], [], []
    bed.keys()
    data = ("--data", os.path.join(folder, "scans"))

    def unit(firm, model, serial):
        return (*data, "--firm", firm, "--model", model, "--serial", serial, "--firmware", "1.2")

    server = bed.fake("known", {}, versions={"TLSv1.2": ["TLS_RSA_WITH_AES_128_CBC_SHA"]})
    target = f"127.0.0.1:{server.port}/tls"
    _, r, result, _ = scan(target, *data)
    hashed = r["certificate"]["spki_sha256"]
    count(r["certificate"]["register"] is None and result["ASVS-C.2"] == "not-tested" and
          not os.path.exists(data[1]), "a scan that names nobody makes no register")
    _, r, result, _ = scan(target, *unit("Acme", "Cam", "1"))
    count(r["certificate"]["register"] == {"units": 1, "same_firm": None, "other_firm": None, "prime_with": None,
                                           "unit": None} and result["ASVS-C.2"] == "not-tested",
          f"the first unit: {r['certificate']['register']}")
    _, r, result, _ = scan(target, *unit("Acme", "Cam", "1"))
    count(r["certificate"]["register"]["same_firm"] is None and result["ASVS-C.2"] == "not-tested",
          "the same unit again is no other one")
    _, r, result, _ = scan(target, *data)
    count("tls.key-in-register" in codes(r) and r["certificate"]["register"]["unit"] == "Acme Cam, serial 1" and
          result["ASVS-C.2"] == "not-tested", f"a scan without a name: {codes(r)}")
    code, r, result, _ = scan(target, *unit("Acme", "Cam", "2"))
    count("tls.key-shared-between-units" in codes(r) and result["ASVS-C.2"] == "fail" and code == 1,
          f"the second unit with the same key: {codes(r)} {result}")
    code, r, result, _ = scan(target, *unit("Other", "DVR", "1"))
    count("tls.key-shared-between-firms" in codes(r) and result["ASVS-C.2"] == "fail",
          f"another firm's device: {codes(r)}")
    with open(os.path.join(folder, "self.der"), "rb") as f:
        other = tls_fake.Fake(cert=f.read(), versions={"TLSv1.2": ["TLS_RSA_WITH_AES_128_CBC_SHA"]})
    code, r, result, _ = scan(f"127.0.0.1:{other.port}/tls", *unit("Fine", "Cam", "1"))
    count(r["certificate"]["register"]["units"] == 1, "a firm of its own")
    code, r, result, _ = scan(target, *unit("Fine", "Cam", "2"))
    count(r["certificate"]["register"]["units"] == 2, f"two units: {r['certificate']['register']}")
    judged(folder, target, unit("Acme", "Cam", "3"), data)
    code, out, _ = tls("device", "show", *unit("Fine", "Cam", "1"))
    count(code == 0 and f"{other.port}/tls" in out and "firmware 1.2" in out, f"show of a scan: {out}")
    code, _, _, err = scan(target, *data, "--firm", "Half")
    count(code == 64 and "together" in err, f"half a name: {code} {err}")
    code, _, err = tls("scan", *unit("A", "B", "C"), target, f"127.0.0.2:{server.port}/tls")
    count(code == 64 and "two devices" in err, f"two devices as one unit: {code} {err}")
    primes(folder)
    # A device whose key is on a list is found by a scan.
    with open(os.path.join(folder, "known.txt"), "w", encoding="ascii") as f:
        f.write(f"spki-sha256 {hashed} test Some camera\n")
    code, r, result, _ = scan(target, *data, "--device-keys", os.path.join(folder, "known.txt"))
    count(r["certificate"]["known_key"] == "Some camera" and result["ASVS-C.13"] == "fail" and
          result["ASVS-C.2"] == "fail" and code == 1, f"known key: {r['certificate']['known_key']} {result}")
    server.stop()
    other.stop()



sys.exit(main())
