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
    service = {"port": server.port, "service": "tls", "protocols": ["TLSv1.2"], "ciphers": SUITES,
               "groups": ["secp256r1"], "client_cert": "none"}
    good = {"schema": "satyapan-tls-declared/1", "services": [service], "keys": [{"spki_sha256": key.upper()}]}

    def judge(what, want, **changes):
        path = write(os.path.join(folder, "declared.json"), {**good, **changes})
        _, report, err = scan(folder, target, "--declared", path)
        count(report and found(report) == want, f"{what}: {report and found(report)} {err}")

    def changed(**more):
        return {"services": [{**service, **more}]}

    judge("as declared", set())
    judge("nothing declared", {("tls.service-not-declared", "service",
                                f"The vendor did not declare this service (tls, port {server.port})")}, services=[])
    judge("a version more", {("tls.more-than-declared", "protocols", "TLSv1.2"),
                             ("tls.less-than-declared", "protocols", "TLSv1.3")}, **changed(protocols=["TLSv1.3"]))
    judge("suites", {("tls.more-than-declared", "suites", SUITES[1]),
                     ("tls.less-than-declared", "suites", "TLS_RSA_WITH_AES_256_CBC_SHA")},
          **changed(ciphers=[SUITES[0], "TLS_RSA_WITH_AES_256_CBC_SHA"]))
    judge("groups", {("tls.more-than-declared", "groups", "secp256r1"), ("tls.less-than-declared", "groups", "x25519")},
          **changed(groups=["x25519"]))
    judge("client certificate", {("tls.client-certificate-differs", "service",
                                  'A client certificate is declared as "required", and the device has "none"')},
          **changed(client_cert="required"))
    judge("another key", {("tls.key-not-declared", "certificate", f"RSA 2048, SHA-256 {key[:16]}")},
          keys=[{"spki_sha256": "0" * 64}])
    judge("a key of that kind", set(), keys=[{"kind": "RSA", "bits": 2048}])
    judge("a key of another size", {("tls.key-not-declared", "certificate", f"RSA 2048, SHA-256 {key[:16]}")},
          keys=[{"kind": "RSA", "bits": 3072}])
    judge("what is not said is not compared", set(), services=[{"port": server.port}])
    _, report, _ = scan(folder, "127.0.0.1:1/tls", "--declared",
                        write(os.path.join(folder, "declared.json"), {**good, "services": [{"port": 1}]}))
    count(found(report) == {("tls.declared-service-missing", "service", "The vendor declared this service (tls, port 1), "
                             "but it does not answer")}, f"closed: {found(report)}")
    for name, wrong in (("no json", "{"), ("schema", {"services": []}),
                        ("suite", {**good, "services": [{**service, "ciphers": ["AES128-SHA"]}]}),
                        ("version", {**good, "services": [{**service, "protocols": ["TLS 1.2"]}]}),
                        ("port", {**good, "services": [{"service": "https"}]}),
                        ("client", {**good, "services": [{**service, "client_cert": "maybe"}]}),
                        ("key", {**good, "keys": [{}]}), ("list", {**good, "services": [{**service, "groups": "x"}]})):
        code, _, err = scan(folder, target, "--declared", write(os.path.join(folder, "wrong.json"), wrong))
        count(code == 65 and "wrong.json" in err, f"{name}: {code} {err}")


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
    count(code == 0 and out == "1 service compared, 0 changes\n", f"the same: {code} {out}{err}")
    code, out, _ = tls("compare", "--format", "json", files[0], files[2])
    rows = {r["what"]: (r["before"], r["after"]) for r in map(json.loads, out.splitlines())}
    count(code == 1 and rows.get("protocols.TLSv1.0") == ("yes", "no") and
          rows.get("ciphers.TLSv1.2") == ([], ["TLS_RSA_WITH_SEED_CBC_SHA"]) and
          rows.get("extended_master_secret") == ("no", "yes") and "certificate.spki_sha256" in rows and
          "tls.tls10" in rows["findings"][0] and rows.get("requirements.ASVS-9.1.3") == ("fail", "pass"),
          f"changes: {out}")
    count("groups" not in rows and "dh_bits" not in rows, f"no changes: {sorted(rows)}")
    code, out, _ = tls("compare", files[0], files[2])
    count(code == 1 and "4433/tls  protocols.TLSv1.0: yes -> no\n" in out, f"as text: {out}")
    # What was not found out is no change; a service that is not there any more is.
    with open(files[0], encoding="utf-8") as f:
        unsure = json.load(f)
    unsure["protocols"]["TLSv1.0"] = "inconclusive"
    unsure["ciphers_complete"] = unsure["groups_complete"] = False
    unsure["groups"] = []
    code, out, _ = tls("compare", files[0], write(os.path.join(folder, "unsure.json"), unsure))
    count(code == 0, f"unsure: {code} {out}")
    unsure["port"] = 1
    code, out, _ = tls("compare", files[0], write(os.path.join(folder, "other.json"), unsure))
    count(code == 1 and "1/tls  new-service" in out and "4433/tls  service-gone" in out, f"other: {code} {out}")
    count(tls("compare", files[0])[0] == 64, "one file")
    count(tls("compare", files[0], write(os.path.join(folder, "bad.json"), "rubbish"))[0] == 65, "rubbish")
    count(tls("compare", *[write(os.path.join(folder, "none.json"), "")] * 2)[0] == 2, "nothing to compare")


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
