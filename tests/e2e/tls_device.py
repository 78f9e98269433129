#!/usr/bin/env python3
"""The register of device keys: the same key in two units, in two firms' devices, and shared primes."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

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
    import hashlib
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
        count(code == 0 and len(out.splitlines()) == 6, f"list: {out}")
        count(add("", "", "", one)[0] == 64, "add without a name")
        with open(os.path.join(folder, "keys.txt"), "w", encoding="ascii") as f:
            f.write("# list\n" + "ab" * 20 + "\n" + "cd" * 32 + "  camera\nrubbish\n")
        code, out, err = tls("device", "import-keys", "--source", "badkeys", os.path.join(folder, "keys.txt"))
        count(code == 0 and out == f"cert-sha1 {'ab' * 20} badkeys imported\nspki-sha256 {'cd' * 32} badkeys "
              "imported\n" and "1 lines not" in err, f"import: {out}{err}")
        # A device whose key is on a list is found by a scan.
        tls_servers.Bed.folder = folder
        bed = tls_servers.Bed.__new__(tls_servers.Bed)
        bed.folder, bed.servers, bed.missing, bed.running, bed.fakes = folder, [], [], [], []
        bed.keys()
        server = bed.fake("known", {}, versions={"TLSv1.2": ["TLS_RSA_WITH_AES_128_CBC_SHA"]})
        target = f"127.0.0.1:{server.port}/tls"
        code, out, _ = tls("scan", "--format", "json", target)
        hashed = json.loads(out)["certificate"]["spki_sha256"]
        with open(os.path.join(folder, "known.txt"), "w", encoding="ascii") as f:
            f.write(f"spki-sha256 {hashed} test Some camera\n")
        code, out, _ = tls("scan", "--format", "json", "--device-keys", os.path.join(folder, "known.txt"), target)
        r = json.loads(out)
        result = {x["id"]: x["result"] for x in r["requirements"]}
        count(r["certificate"]["known_key"] == "Some camera" and result["ASVS-C.13"] == "fail" and
              result["ASVS-C.2"] == "fail" and code == 1, f"known key: {r['certificate']['known_key']} {result}")
        server.stop()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
