"""A certification body that issues: officers, applications the committee has recommended and whose rules
are met, keys. Not a test by itself."""
import hashlib
import json
import os
import secrets
import shutil
import ssl
import subprocess
import tempfile
import time

from issue_world import make_pki
from office_server import PROGRAM, ROOT, OfficeServer, expect

PIN = "Kept-nowhere-4711"
PUBLIC = "https://iotscs.example.in"
FILLED = {"holder_hi": "भारत दृष्टि इलेक्ट्रॉनिक्स", "product_hi": "नेटवर्क कैमरा", "signatory_hi": "हस्ताक्षरकर्ता",
          "designation": "Head, IoT System Certification", "designation_hi": "प्रमुख, आईओटी प्रणाली प्रमाणन",
          "place": "New Delhi", "place_hi": "नई दिल्ली"}
# What does not follow from the rows below is waived, as two officers may.
WAIVED = ("R-TCF-1", "R-LAB-3", "R-SIG-1", "R-SIG-2", "R-CHG-1")


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, check=False, **{"timeout": 120} | more)


def read_text(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    return text[text.index("-----BEGIN CERTIFICATE"):]


def signers(sha256):
    """One key for all of them: whose it is, is a case of its own."""
    return "|".join(f"{login}={sha256}" for login in ("signer", "second", "both", "hindi", "intake"))


def recommend(insert, n, vendor, lab, people, **more):
    """An application that the committee has recommended and whose rules are met; its id. people: two of the body."""
    day = "2024-06-05"
    row = {"number": f"STQC/IOTSCS/REG/2024/{n:04}", "kind": "fresh", "state": "recommended", "product": "Camera",
           "series": "IOTSCS", "level": 2, "vendor": vendor, "lab": lab, "submitted_on": day, "complete_on": day,
           "registered_on": day, "allotted_on": day, "quotation_on": day, "work_order_on": day, "agreement_on": day,
           "assessor": people[0], "appointed_on": day, "presented_on": "2024-07-10", "meeting": "CC/2024/7",
           "meeting_on": "2024-07-11", "recommendation": "recommended", "created_at": 0, "updated_at": 0}
    app = insert("application", **(row | more))
    insert("model", application=app, name=f"BD-{n}", brand="Drishti", hardware="V1.2", firmware="2.4.1",
           firmware_sha256=f"{n:064x}")
    insert("location", application=app, name="Unit 1", address="Plot 17,\nBengaluru", country="IN")
    if more.get("kind") == "recertification":
        insert("location", application=app, name="Unit 1", address="Plot 17,\nBengaluru", country="IN", previous=1)
    insert("payment", application=app, kind="registration", proposal_on=day, invoice="I", invoice_on=day,
           amount_paise=2500000, gst_paise=450000, receipt="R", paid_paise=2950000, paid_on=day, created_at=0)
    document = insert("document", application=app, kind="test-report", author="lab", title="Report", created_at=0)
    insert("test_report", document=document, number=f"ETDC/{n}", kind="device", lab=lab,
           tests_started_on="2024-06-12", tests_ended_on="2024-06-20", issued_on="2024-06-26")
    for rule in WAIVED:
        insert("decision", application=app, rule=rule, decision="waive", reason="for a test", state="final",
               person=people[1], at=1, second=people[0], second_at=1)
    return app


def write_scheme(data):
    """The scheme's data, in which what recommend() does not have may be waived."""
    with open(os.path.join(ROOT, "trust", "scheme.json"), encoding="utf-8") as f:
        scheme = json.load(f)
    scheme["waivable"]["value"] = sorted({*scheme["waivable"]["value"], *WAIVED})
    os.makedirs(data, mode=0o700, exist_ok=True)
    with open(os.path.join(data, "scheme.json"), "w", encoding="utf-8") as f:
        json.dump(scheme, f)


def insert_into(db, table, values):
    with db:
        id = db.execute(f"INSERT INTO {table}({', '.join(values)}) VALUES({', '.join('?' * len(values))})",
                        tuple(values.values())).lastrowid
    db.close()
    return id


def pki():
    """Made once for all cases of a run; gone with it."""
    if not MADE:
        MADE.append(tempfile.TemporaryDirectory(prefix="satyapan-pki-"))
        make_pki(MADE[0].name, PIN)
    return MADE[0].name


MADE = []


class Body:
    """work/pki has the officer's key in officer.p12 (password: PIN) under a CA of its own."""

    def __init__(self, work, key=None, **settings):
        self.work, self.data = work, os.path.join(work, "data")
        self.pki = os.path.join(work, "pki")
        shutil.copytree(pki(), self.pki)
        write_scheme(self.data)
        self.officer, other = (hashlib.sha256(ssl.PEM_cert_to_DER_cert(read_text(f"{self.pki}/{n}.crt"))).hexdigest()
                               for n in ("officer", "officer-ec"))
        settings = {"issue_signers": signers(self.officer) + "|second=" + other, "public_url": PUBLIC, "issue_key": key or f"file:{self.pki}/officer.p12", "totp_officers": False,
                    "attempts_free": 100} | settings
        self.s = OfficeServer(work, settings)
        self.tokens = {n: self.s.person(n, *roles) for n, roles in
                       (("intake", ("intake",)), ("signer", ("signer",)), ("second", ("signer",)),
                        ("assessor", ("assessor",)), ("both", ("intake", "signer")), ("hindi", ("signer",)), ("chief", ("admin",)))}
        self.ids = dict(self.sql("SELECT login, id FROM person"))
        firm = self.insert("firm", name="Bharat Drishti Electronics", address="Plot 17,\nBengaluru 560100",
                           created_at=0)
        self.vendor, self.lab = firm, self.insert("lab", name="ETDC Bengaluru", kind="stqc")
        self.tokens["vendor"] = self.s.person("vendor", "vendor", firm=firm)
        self.count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.s.stop()

    def sql(self, text, *values):
        db = self.s.db()
        with db:
            rows = db.execute(text, values).fetchall()
        db.close()
        return rows

    def insert(self, table, **values):
        return insert_into(self.s.db(), table, values)

    def recommended(self, vendor=None, **more):
        self.count += 1
        return recommend(self.insert, self.count, vendor or self.vendor, self.lab,
                         (self.ids["assessor"], self.ids["chief"]), **more)

    def session(self, login, lang="en"):
        """The cookie of a browser in which that officer is logged in."""
        cookie, now = secrets.token_urlsafe(32), int(time.time())
        person = self.sql("SELECT id FROM person WHERE login = ?", login)[0][0]
        self.sql("UPDATE person SET lang = ? WHERE id = ?", lang, person)
        self.sql("INSERT INTO session(hash, person, stage, form_token, address, created_at, seen_at, confirmed_at,"
                 " expires_at) VALUES(?, ?, 'full', ?, '::1', ?, ?, ?, ?)",
                 hashlib.sha256(b"cookie\0" + cookie.encode()).digest(), person, secrets.token_bytes(32), now, now, now,
                 now + 43200)
        return cookie

    # ---- the officers -----------------------------------------------------------------------

    def call(self, who, method, path, value=None, **more):
        return self.s.call(method, path, value, self.tokens[who], **more)

    def ok(self, who, method, path, value=None):
        r = self.call(who, method, path, value)
        expect(r.status in (200, 201, 202), f"{method} {path}: {r}")
        return r.json

    def no(self, status, code, who, method, path, value=None):
        return self.s.problem(status, code, method, path, value, self.tokens[who])

    def prepare(self, app, who="intake", **more):
        return self.ok(who, "PUT", f"/api/v1/applications/{app}/certificate-request",
                       FILLED | {"signatory": "Signer"} | more)

    def list_hash(self, rows):
        """What a client works out by itself from the requests it has looked at."""
        text = "".join(json.dumps(r["request"], sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
                       for r in sorted(rows, key=lambda r: r["id"]))
        return hashlib.sha256(text.encode()).hexdigest()

    def order(self, rows, pin=PIN):
        return {"requests": ",".join(str(r["id"]) for r in rows), "sha256": self.list_hash(rows), "pin": pin}

    def sign(self, rows, who="signer", pin=PIN):
        """The list as it is once it is over."""
        return self.wait(self.ok(who, "POST", "/api/v1/signings", self.order(rows, pin))["id"])

    def wait(self, signing, seconds=120):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            s = self.ok("intake", "GET", f"/api/v1/signings/{signing}")
            if s["state"] in ("done", "stopped"):
                return s
            time.sleep(0.05)
        raise AssertionError(f"list {signing} is {s['state']} after {seconds} s")

    def command(self, *words, **more):
        return run(PROGRAM, *words, "--data", self.data, **more)
