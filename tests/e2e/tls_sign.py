#!/usr/bin/env python3
"""The signed test record: made with a laboratory's key, accepted by satyapan verify, refused when it is changed."""
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


def run(*words):
    p = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False, timeout=120)
    return p.returncode, p.stdout, p.stderr


def pki(folder):
    """A laboratory's CA and the key it signs test records with, as a PKCS#12 file."""
    def o(*words):
        tls_servers.run("openssl", *words, cwd=folder)

    with open(os.path.join(folder, "ext"), "w", encoding="ascii") as f:
        f.write("keyUsage=critical,digitalSignature,nonRepudiation\nbasicConstraints=CA:FALSE\n"
                "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
    o("req", "-x509", "-newkey", "rsa:3072", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj",
      "/C=IN/O=Laboratories/CN=Test CA", "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
      "keyUsage=critical,keyCertSign,cRLSign")
    o("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "lab.key", "-out", "lab.csr",
      "-subj", "/C=IN/O=Example Laboratory/CN=Test Engineer")
    o("x509", "-req", "-in", "lab.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "20", "-extfile", "ext", "-out",
      "lab.pem", "-set_serial", "0x1122334455667788")
    o("pkcs12", "-export", "-in", "lab.pem", "-inkey", "lab.key", "-certfile", "ca.pem", "-passout", "pass:secret",
      "-out", "lab.p12")
    o("ca", "-gencrl", "-keyfile", "ca.key", "-cert", "ca.pem", "-out", "ca.crl", "-config", conf(folder), "-crldays",
      "10")
    with open(os.path.join(folder, "pin"), "w", encoding="ascii") as f:
        f.write("secret\n")
    os.chmod(os.path.join(folder, "pin"), 0o600)
    os.chmod(os.path.join(folder, "lab.p12"), 0o600)


def conf(folder):
    path = os.path.join(folder, "ca.cnf")
    with open(os.path.join(folder, "index"), "w", encoding="ascii"):
        pass
    with open(path, "w", encoding="ascii") as f:
        f.write(f"[ca]\ndefault_ca=x\n[x]\ndatabase={folder}/index\ndefault_md=sha256\n")
    return path


def verify(folder, name):
    code, out, err = run("verify", "--profile", "generic", "--trust", os.path.join(folder, "ca.pem"), "--crl",
                         os.path.join(folder, "ca.crl"), "--offline", "--format", "json",
                         os.path.join(folder, name))
    return code, json.loads(out), err


def main():
    with tempfile.TemporaryDirectory() as folder:
        def path(name):
            return os.path.join(folder, name)

        bed = tls_servers.Bed.__new__(tls_servers.Bed)
        bed.folder = folder
        bed.certificate("device", "rsa")
        pki(folder)
        with open(path("device.der"), "rb") as f:
            server = tls_fake.Fake(cert=f.read(), versions={"TLSv1.2": ["TLS_RSA_WITH_AES_128_CBC_SHA"]})
        run("tls", "scan", "--data", path("none"), "--record", path("one.scan"), f"127.0.0.1:{server.port}/tls")
        server.stop()
        words = ["tls", "sign", "--data", path("none"), "--key", "file:" + path("lab.p12"), "--pin-file", path("pin"),
                 "--firm", "Acme", "--model", "Cam", "--serial", "17", "--firmware", "1.2"]
        code, out, err = run(*words, "--out", path("record.p7m"), path("one.scan"))
        count(code == 0 and out.endswith("record.p7m: fail\n"), f"sign: {code} {out}{err}")
        code, report, err = verify(folder, "record.p7m")
        s = report["signatures"][0] if report["signatures"] else {}
        count(code == 0 and report["verdict"] == "ACCEPTED" and report["signature_count"] == 1 and
              s["kind"] == "CAdES" and s["level"] == "B-B" and s["signer"]["common_name"] == "Test Engineer" and
              s["coverage"]["whole_document"], f"verify: {code} {json.dumps(report)[:900]} {err}")
        text = tls_servers.run("openssl", "cms", "-verify", "-inform", "DER", "-in", path("record.p7m"), "-CAfile",
                               path("ca.pem"), "-purpose", "any")
        record = json.loads(text)
        with open(path("one.scan"), "rb") as f:
            stored = f.read()
        count(record["files"] == [{"name": "one.scan", "size": len(stored),
                                   "sha256": hashlib.sha256(stored).hexdigest()}], f"files: {record['files']}")
        count(record["schema"] == "satyapan-tls-record/1" and record["result"] == "fail" and
              record["unit"] == {"firm": "Acme", "model": "Cam", "serial": "17", "firmware": "1.2"} and
              record["reports"][0]["protocols"]["TLSv1.2"] == "yes" and record["reports"][0]["requirements"],
              f"record: {text[:300]}")
        code, out, err = run("tls", "judge", "--data", path("none"), "--format", "json", path("one.scan"))
        judged = json.loads(out)
        count({k: v for k, v in judged.items() if k != "seconds"} ==
              {k: v for k, v in record["reports"][0].items() if k != "seconds"}, "the record is what judge says")
        # A record that was changed, and one that somebody else signed.
        with open(path("record.p7m"), "rb") as f:
            bytes_ = f.read()
        with open(path("changed.p7m"), "wb") as f:
            f.write(bytes_.replace(b'"result":"fail"', b'"result":"pass"', 1))
        code, report, _ = verify(folder, "changed.p7m")
        count(code == 1 and report["verdict"] == "REJECTED", f"changed: {code} {report['verdict']}")
        # What goes wrong is said, and nothing is left behind.
        code, _, err = run(*words, "--out", path("record.p7m"), path("one.scan"))
        count(code == 74 and "exists" in err, f"nothing is overwritten: {code} {err}")
        with open(path("wrong"), "w", encoding="ascii") as f:
            f.write("wrong\n")
        os.chmod(path("wrong"), 0o600)
        code, _, err = run(*words, "--pin-file", path("wrong"), "--out", path("no.p7m"), path("one.scan"))
        count(code == 65 and not os.path.exists(path("no.p7m")), f"a wrong PIN: {code} {err}")
        code, _, err = run("tls", "sign", "--out", path("no.p7m"), path("one.scan"))
        count(code == 64, f"no key: {code}")
        code, _, err = run(*words, "--out", path("no.p7m"), path("pin"))
        count(code == 65 and not os.path.exists(path("no.p7m")), f"no scan: {code} {err}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
