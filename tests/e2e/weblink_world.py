"""weblink_world - a network with registers in it: DNS, TLS servers at a public address, hostile ones.

    from weblink_world import World, CLAIM, profile
    netns.enter([PUBLIC4, PUBLIC6]); netns.every_address()
    with World() as w:
        w.page("/certificates/X", lambda request: Answer(...))     # pki_server's Answer
        results = w.check([w.request(url=..., claim={...})])

Everything the program asks comes here, whatever the address: World.reached has the addresses. The
server's certificate is for *.test.example and *.evil.example; the namespace trusts its CA only.
"""
import json
import os
import subprocess
import tempfile

import netns
from pki_server import Answer, PkiServer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PUBLIC4, PUBLIC6 = "93.184.215.14", "2606:4700::1111"
CLAIM = {"number": "TR-2024-1187", "holder": "Acme Sensors Private Limited",
         "issuer": "A register of the tests", "product": "AC-200",
         "standard": "ISO/IEC 27402:2023", "issued": "2024-03-05", "expires": "2027-03-04"}
HOSTS = ["register", "other", "slow", "plain", "www", "robots", "busy", "wrong"]

PAGE = """<!doctype html><html><head><title>Certificate</title></head><body><h1>Certificate</h1><dl>
<dt>Certificate number</dt><dd>{number}</dd><dt>Holder</dt><dd>Acme Sensors Private Limited</dd>
<dt>Product</dt><dd>AC-200</dd><dt>Standard</dt><dd>ISO/IEC 27402:2023</dd><dt>Status</dt><dd>Active</dd>
<dt>Issued</dt><dd>2024-03-05</dd><dt>Valid until</dt><dd>2027-03-04</dd></dl>
<p>This page is published by the certification body for the information of the public.</p></body></html>"""


def load(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return json.load(f)


def make_tls(folder):
    """A CA, and a certificate for the hosts of the tests."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test web CA", "-days", "30")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            "web.key", "-out", "web.csr", "-subj", "/CN=register.test.example")
    with open(os.path.join(folder, "web.ext"), "w", encoding="ascii") as f:
        f.write("subjectAltName=DNS:*.test.example,DNS:*.evil.example,DNS:test.example\n")
    openssl("x509", "-req", "-in", "web.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-out", "web.pem", "-days", "20", "-extfile", "web.ext")
    return os.path.join(folder, "ca.pem"), (os.path.join(folder, "web.pem"),
                                            os.path.join(folder, "web.key"))


class Registers(PkiServer):
    """What is not set is not there."""

    def right(self, request, path, mode):
        if mode == "body":
            return Answer(body=b"x" * 2000, kind="text/html")
        if self.pki and path == "/tsa":
            return super().right(request, path, mode)
        return Answer(404, b"<html><body><h1>Not found</h1></body></html>", "text/html")


class World:
    def __init__(self):
        self.folder_object = tempfile.TemporaryDirectory(prefix="satyapan-weblink-")
        self.folder = self.folder_object.name
        self.evidence = os.path.join(self.folder, "evidence")
        os.mkdir(self.evidence)
        ca, web = make_tls(self.folder)
        netns.trust_only(ca)
        self.profile = load("tests/foreign/register.json")
        self.dns = netns.Dns({f"{h}.test.example": [PUBLIC4] for h in HOSTS})
        self.dns.names["six.test.example"] = [PUBLIC6]
        places = [("0.0.0.0", 80), ("::", 80), ("0.0.0.0", 443), ("::", 443)]
        self.server = Registers(None, places, {p: web for p in places if p[1] == 443})

    def __enter__(self):
        self.server.__enter__()
        return self

    def __exit__(self, *_):
        self.server.__exit__(None, None, None)
        self.dns.close()
        self.folder_object.cleanup()

    def request(self, url="https://register.test.example/certificates/TR-2024-1187", claim=None,
                profiles=None, **more):
        return {"id": more.pop("id", 1), "url": url, "claim": claim or CLAIM,
                "profiles": [self.profile] if profiles is None else profiles,
                "evidence_dir": self.evidence, "tsa": None, **more}

    def check(self, requests, *options, timeout=300):
        """Results by the order of the requests (their ids are made so)."""
        for i, r in enumerate(requests):
            r["id"] = i
        done = subprocess.run(
            [os.path.join(B, "satyapan"), "weblink", "--delay", "0",
             "--at", "2026-11-22T06:00:00Z", "--known", os.path.join(ROOT, "trust", "issuers"),
             *options],
            input="".join(json.dumps(r) + "\n" for r in requests).encode(), capture_output=True,
            timeout=timeout, check=False)
        if done.returncode != 0:
            raise AssertionError(f"exit {done.returncode}: {done.stderr[-500:]!r}")
        rows = {int(json.loads(line)["id"]): json.loads(line) for line in done.stdout.splitlines()}
        if sorted(rows) != list(range(len(requests))):
            raise AssertionError(f"{len(rows)} results for {len(requests)} requests")
        return [rows[i] for i in range(len(requests))]

    def one(self, *options, **request):
        return self.check([self.request(**request)], *options)[0]
