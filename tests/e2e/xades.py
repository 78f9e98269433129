#!/usr/bin/env python3
"""XML twins of certificates signed by issue/xades.c, judged by xmlsec1 and by our own verifier.

usage: xades.py      environment: B, the build directory (default: build)
"""
import json
import os
import re
import sys
import tempfile

import pades
from pades import B, SATYAPAN, check, make_pki, run, write

SIGN = os.path.abspath(os.path.join(B, "gen", "sign_xml"))
DSIG = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"


def report(folder, path):
    done = run(SATYAPAN, "verify", "--profile", "generic", "--offline", "--trust", f"{folder}/ca.crt", "--crl",
               f"{folder}/ca.crl", "--format", "json", path)
    return json.loads(done.stdout)


def xmlsec(folder, path):
    return run("xmlsec1", "--verify", "--trusted-pem", f"{folder}/ca.crt", "--enabled-key-data", "x509",
               "--id-attr:Id", f"{XADES}:SignedProperties", "--id-attr:Id", f"{DSIG}:Signature", path)


def judge(folder, name, path):
    done = xmlsec(folder, path)
    check(f"{name}: xmlsec1", done.returncode == 0 and b"OK" in done.stderr + done.stdout, done.stderr)
    seen = report(folder, path)
    first = seen["signatures"][0] if seen["signatures"] else {}
    check(f"{name}: our verdict", seen["verdict"] == "ACCEPTED",
          [f["code"] for s in seen["signatures"] for f in s["findings"]] + [f["code"] for f in seen["findings"]])
    check(f"{name}: kind and level", (first.get("kind"), first.get("level")) == ("XAdES", "B-B"), first)
    check(f"{name}: whole document", first.get("coverage", {}).get("whole_document") is True, first)
    done = run("xmllint", "--noout", "--nonet", "--schema", "certs/certificate.xsd", path)
    check(f"{name}: the schema", done.returncode == 0, done.stderr)


def changed(folder, path):
    """A changed text, a taken-out element, another time: none is accepted by either."""
    data = open(path, encoding="utf-8").read()
    for name, old, new in (("holder", "Bharat", "Bharti"), ("firmware", "2.4.1", "2.4.2"),
                           ("time", r"<xades:SigningTime>20\d\d", "<xades:SigningTime>2019"),
                           ("brand", "<brand>Drishti</brand>", "")):
        other, count = re.subn(old, new, data, count=1)
        check(f"{name}: there is something to change", count == 1)
        wrong = write(folder, "wrong.xml", other)
        check(f"{name} changed: xmlsec1", xmlsec(folder, wrong).returncode != 0)
        check(f"{name} changed: ours", report(folder, wrong)["verdict"] == "REJECTED")


def main():
    if not os.path.exists(SIGN):
        print(f"{SIGN} is not built")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        make_pki(folder)
        sample = json.load(open("certs/sample.json", encoding="utf-8"))
        # XML's own characters, a line of both scripts: what must survive every canonical form.
        sample["holder"]["name"] = "Bharat <A> & \"B\" 'C' > भारत"
        data = write(folder, "data.json", json.dumps(sample))
        for key in ("officer", "officer-ec"):
            path = os.path.join(folder, key + ".xml")
            done = run(SIGN, data, path, f"file:{folder}/{key}.p12", f"{folder}/pin")
            check(f"{key}: signed", done.returncode == 0, done.stderr)
            if done.returncode == 0:
                judge(folder, key, path)
        changed(folder, os.path.join(folder, "officer.xml"))
    print(f"{pades.passed} passed, {len(pades.failures)} failed")
    return 1 if pades.failures else 0


if __name__ == "__main__":
    sys.exit(main())
