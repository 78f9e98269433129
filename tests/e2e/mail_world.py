"""mail_world - what the tests of satyapan-mail share: the program, a request, tokens, reasons seen."""
import hashlib
import json
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "libexec/satyapan/satyapan-mail")
TOKEN = "00112233445566778899aabbccddeeff"
OTHER_TOKEN = "ffeeddccbbaa99887766554433221100"
NOW = 1795242600  # 21 Nov 2026


def run(command, request, env=None):
    """Exit status, rows, what was complained about."""
    done = subprocess.run([PROGRAM, command], input=json.dumps(request).encode(), env=env,
                          capture_output=True, check=False, timeout=300)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    for row in rows:
        note(row)
    return done.returncode, rows, done.stderr.decode(errors="replace")


SEEN = set()


def note(row):
    """Tells reasons.py which sentences were said."""
    for said in [row, row.get("reason")] + list(row.get("reasons") or []):
        code = said.get("code") if said else None
        if isinstance(code, str) and code not in SEEN:
            SEEN.add(code)
            print(f"# reason {code}")


def token_sha256(token):
    return hashlib.sha256(token.encode()).hexdigest()


def request(**changes):
    r = {"message_id": f"<{TOKEN}.0@cb.test>", "token": TOKEN, "from": "verify@cb.test",
         "from_name": "Certification Body", "to": "certificates@issuer.example",
         "language": "en", "date": NOW,
         "case": {"reference": "FC/2026/17", "issuer": "Issuer GmbH", "number": "IC-4711/B",
                  "holder": "Müller & Söhne GmbH", "product": "Camera X1",
                  "standard": "EN 303 645:2020", "scope": "consumer IoT", "issued": "2025-01-02",
                  "expires": "2027-01-01", "deadline": "2026-12-14",
                  "weblink": "https://issuer.example/certificates/IC-4711"},
         "body": {"name": "Certification Body", "address": "Electronics Niketan, New Delhi",
                  "officer": "A. Officer, Scientist", "phone": "+91 11 0000 0000",
                  "website": "https://cb.test"},
         "confirm_url": "https://cb.test/answer/0a1b2c",
         "smtp": {"url": "smtp://127.0.0.1:9"}, "verp_domain": "bounce.cb.test"}
    for key, value in changes.items():
        if key in r["case"] or key in ("extra",):
            r["case"][key] = value
        elif key.startswith("body_"):
            r["body"][key[5:]] = value
        else:
            r[key] = value
    return r


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, good, what, shown=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {what}: {shown}")

    def skip(self, why):
        self.skipped += 1
        print(f"skipped: {why}")

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed else 0
