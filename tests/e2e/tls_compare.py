#!/usr/bin/env python3
"""A scan against what the vendor declared, and against the run before: every difference, and nothing else."""
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
SUITES = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"]
DECLARED = {"tls.service-not-declared", "tls.declared-service-missing", "tls.more-than-declared",
            "tls.less-than-declared", "tls.client-certificate-differs", "tls.key-not-declared"}
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


def write(path, value):
    with open(path, "w", encoding="utf-8") as f:
        f.write(value if isinstance(value, str) else json.dumps(value))
    return path


def scan(folder, target, *words):
    code, out, err = tls("scan", "--data", os.path.join(folder, "none"), "--format", "json", *words, target)
    return code, json.loads(out) if out else None, err


def found(report):
    return {(f["code"], f["where"], f["text"].rsplit(": ", 1)[-1].rstrip(".")) for f in report["findings"]
            if f["code"] in DECLARED}


def declared(folder, server):
    target = f"127.0.0.1:{server.port}/tls"
    _, report, _ = scan(folder, target)
    key = report["certificate"]["spki_sha256"]
    place = f"{server.port}/tls"
    good = {"protocols": ["TLSv1.2"], "ciphers": SUITES, "groups": ["secp256r1"], "client-cert": ["none"],
            "key": [key.upper()]}

    def judge(what, want, text=None, **changes):
        words = {**good, **{k.replace("_", "-"): v for k, v in changes.items()}}
        lines = [f"{place} {word} {' '.join(values)}\n" for word, values in words.items() if values]
        path = write(os.path.join(folder, "declared.txt"), "# said on paper\n\n" + ("".join(lines) if text is None
                                                                                    else text))
        _, report, err = scan(folder, target, "--declared", path)
        count(report and found(report) == want, f"{what}: {report and found(report)} {err}")

    undeclared = {("tls.service-not-declared", "service",
                   f"The vendor did not declare this service (tls, port {server.port})")}
    judge("as declared", set())
    judge("nothing declared", undeclared, "")
    judge("declared as closed", undeclared, f"{place} closed\n")
    judge("a version more", {("tls.more-than-declared", "protocols", "TLSv1.2"),
                             ("tls.less-than-declared", "protocols", "TLSv1.3")}, protocols=["TLSv1.3"])
    judge("suites", {("tls.more-than-declared", "suites", SUITES[1]),
                     ("tls.less-than-declared", "suites", "TLS_RSA_WITH_AES_256_CBC_SHA")},
          ciphers=[SUITES[0], "TLS_RSA_WITH_AES_256_CBC_SHA"])
    judge("groups", {("tls.more-than-declared", "groups", "secp256r1"), ("tls.less-than-declared", "groups", "x25519")},
          groups=["x25519"])
    judge("client certificate", {("tls.client-certificate-differs", "service",
                                  'A client certificate is declared as "required", and the device has "none"')},
          client_cert=["required"])
    judge("another key", {("tls.key-not-declared", "certificate", f"RSA 2048, SHA-256 {key[:16]}")}, key=["0" * 64])
    judge("one key of two", set(), f"{place} key {'0' * 64}\n{place} key {key}\n")
    judge("what is not said is not compared", set(), f"{server.port} protocols TLSv1.2 # and no more\n")
    path = write(os.path.join(folder, "declared.txt"), "1/tls protocols TLSv1.2\n")
    _, report, _ = scan(folder, "127.0.0.1:1/tls", "--declared", path)
    count(found(report) == {("tls.declared-service-missing", "service", "The vendor declared this service (tls, port 1), "
                             "but it does not answer")}, f"closed: {found(report)}")
    _, report, _ = scan(folder, "127.0.0.1:1/tls", "--declared", write(path, "1/tls closed\n"))
    count(found(report) == set(), f"closed as declared: {found(report)}")
    for line in ("443/https", "https protocols TLSv1.2", "443/nothing protocols TLSv1.2", "443/https ciphers AES128-SHA",
                 "443/https protocols", "443/https protocols TLS1.2", "443/https key 12", "443/https client-cert maybe",
                 "443/https size 12", "70000/https closed", "443/https groups " + "x" * 200):
        code, _, err = scan(folder, target, "--declared", write(os.path.join(folder, "wrong.txt"), "\n" + line + "\n"))
        count(code == 65 and "wrong.txt: line 2" in err, f"{line}: {code} {err}")


def runs(folder, der):
    """Before and after an update: TLS 1.0 is gone, a suite and another certificate are new."""
    bed = tls_servers.Bed.__new__(tls_servers.Bed)
    bed.folder = folder
    bed.certificate("new", "ec")
    with open(os.path.join(folder, "new.der"), "rb") as f:
        new = f.read()
    old = tls_fake.Fake(cert=der, versions={"TLSv1.0": SUITES[1:], "TLSv1.2": SUITES})
    files = []
    for name, server in (("before", old), ("again", old),
                         ("after", tls_fake.Fake(cert=new, versions={"TLSv1.2": SUITES + ["TLS_RSA_WITH_SEED_CBC_SHA"]},
                                                 ems=True))):
        _, report, _ = scan(folder, f"127.0.0.1:{server.port}/tls")
        report["port"] = 4433  # the same service
        files.append(write(os.path.join(folder, name + ".json"), report))
    code, out, err = tls("compare", files[0], files[1])
    count(code == 0 and out == "0 changes\n", f"the same: {code} {out}{err}")
    code, out, _ = tls("compare", "--format", "json", files[0], files[2])
    rows = {(r["what"], r["item"]): (r["before"], r["after"]) for r in map(json.loads, out.splitlines())}
    count(code == 1 and rows.get(("protocols", "TLSv1.0")) == ("yes", "no") and
          rows.get(("ciphers", "TLSv1.2 TLS_RSA_WITH_SEED_CBC_SHA")) == ("no", "yes") and
          rows.get(("behaviour", "extended_master_secret")) == ("no", "yes") and
          ("certificate", "spki_sha256") in rows and rows.get(("findings", "tls.tls10"), [0, 0])[1] is None and
          rows.get(("requirements", "ASVS-9.1.3")) == ("fail", "pass"), f"changes: {out}")
    count(not any(what == "groups" or item == "dh_bits" for what, item in rows), f"no changes: {sorted(rows)}")
    code, out, _ = tls("compare", files[0], files[2])
    count(code == 1 and "protocols TLSv1.0: yes -> no\n" in out, f"as text: {out}")
    # What was not found out is no change; a service that is not there any more is.
    with open(files[0], encoding="utf-8") as f:
        unsure = json.load(f)
    unsure["protocols"]["TLSv1.0"] = "inconclusive"
    unsure["ciphers_complete"] = unsure["groups_complete"] = False
    unsure["groups"], unsure["heartbeat"] = [], "not-tested"
    code, out, _ = tls("compare", files[0], write(os.path.join(folder, "unsure.json"), unsure))
    count(code == 0, f"unsure: {code} {out}")
    unsure["port"] = 1
    code, out, _ = tls("compare", files[0], write(os.path.join(folder, "other.json"), unsure))
    count(code == 1 and "1/tls  service state: null -> tls" in out and "state: tls -> null" in out,
          f"other: {code} {out}")
    count(tls("compare", files[0])[0] == 64, "one file")
    count(tls("compare", files[0], write(os.path.join(folder, "bad.json"), "rubbish"))[0] == 65, "rubbish")


def main():
    with tempfile.TemporaryDirectory() as folder:
        bed = tls_servers.Bed.__new__(tls_servers.Bed)
        bed.folder = folder
        bed.certificate("device", "rsa")
        with open(os.path.join(folder, "device.der"), "rb") as f:
            der = f.read()
        server = tls_fake.Fake(cert=der, versions={"TLSv1.2": SUITES})
        declared(folder, server)
        server.stop()
        runs(folder, der)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
