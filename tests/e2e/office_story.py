#!/usr/bin/env python3
"""From "vendor asks" to "committee recommends", over the API of a real server.

usage: office_story.py [-v]           environment: B, the build directory (default: build)
One scripted story; a step that fails ends it. The server runs on a free port of the loopback
interface with data in a temporary folder; everything is done as a client outside would do it, the
records are looked at by the commands only (satyapan audit verify, records check, application show).
"""
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from office_client import Client, Events, totp  # noqa: E402
from office_server import B, PROGRAM, ROOT, OfficeServer, expect  # noqa: E402

DEMO = os.path.join(B, "gen", "demo")
MEGABYTES, DOCUMENTS = 200, 60
OFFICER = ("application note firm lab payment document file verification decision statistics"
           " audit person officer rule report")
VENDOR = "application note firm payment document file verification decision"
# What the demonstration's construction file has wrong (tests/gen/construction.c).
UNSIGNED, FOREIGN = "03 Declarations/Declaration of the manufacturer 08.pdf", \
    "03 Declarations/Declaration of the manufacturer 05.pdf"
WRONG = {UNSIGNED: "REJECTED", FOREIGN: "REJECTED",
         "03 Declarations/Declaration of the manufacturer 02.pdf": "REJECTED",
         "04 Test reports/Test report 04.pdf": "REJECTED",
         "06 Manuals/User manual 05.pdf": "REJECTED"}
FEE, GST = 2500000, 450000  # paise: 25,000 rupees and 18 %
STEPS = []


def step(text):
    def add(function):
        STEPS.append((text, function))
        return function
    return add


def same(got, want, what):
    expect(got == want, f"{what}: {got!r} instead of {want!r}")


class Story:
    """What the steps share."""

    def __init__(self, work):
        self.work = work
        subprocess.run([DEMO, work, "--construction", str(MEGABYTES)], check=True, timeout=120)
        self.demo = os.path.join(work, "demo")
        self.zip = os.path.join(self.demo, "construction-file-60.zip")
        self.write_scheme()
        self.s = OfficeServer(work, demo=self.demo)
        self.people, self.ids, self.passwords, self.secrets = {}, {}, {}, {}
        self.rows = 0

    def write_scheme(self):
        """The body's own data: it allows to waive the signature of a document."""
        with open(os.path.join(ROOT, "trust", "scheme.json"), encoding="utf-8") as f:
            scheme = json.load(f)
        scheme["waivable"]["value"] += ["R-SIG-1", "R-SIG-2"]
        os.mkdir(os.path.join(self.work, "data"), mode=0o700)
        with open(os.path.join(self.work, "data", "scheme.json"), "w", encoding="utf-8") as f:
            json.dump(scheme, f)

    def sample(self, name):
        with open(os.path.join(self.demo, "samples", name), "rb") as f:
            return f.read()

    def __getattr__(self, name):
        people = self.__dict__.get("people", {})
        if name in people:
            return people[name]
        raise AttributeError(name)

    def command(self, *words, code=0):
        """satyapan on the data folder the server uses; its standard output."""
        r = subprocess.run([PROGRAM, *words, "--data", self.s.data], capture_output=True, text=True,
                           timeout=120, check=False)
        same(r.returncode, code, f"satyapan {' '.join(words)}: {r.stdout[-600:]} {r.stderr[-600:]}")
        return r.stdout

    def trail(self, at_least=1):
        """The trail is whole and has grown by at least so many rows."""
        state = json.loads(self.command("audit", "verify", "--format", "json"))
        expect(state["whole"] and not state["bad"], f"the audit trail: {state}")
        expect(state["rows"] >= self.rows + at_least,
               f"the audit trail has {state['rows']} rows, had {self.rows}")
        self.rows = state["rows"]

    def timeline(self, person):
        return person.items(f"{self.case}/timeline?limit=50")

    def show(self, person=None):
        return (person or self.intake).get(self.case)

    def state(self, want):
        same(self.show()["state"], want, "state")

    def rules(self, *settled):
        """{rule: result, code}, once those are no longer open: text is read after the verdict."""
        until = time.monotonic() + 120
        while True:
            found = {r["rule"]: (r["result"], r["code"]) for r in
                     self.intake.get(f"{self.case}/check")["rules"]}
            if time.monotonic() > until or all(found[r][0] != "PENDING" for r in settled):
                return found
            time.sleep(0.2)

    def wait_version(self, version, seconds=200):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            v = self.intake.get(f"/api/v1/versions/{version}")
            if v["state"] in ("verified", "failed"):
                return v
            time.sleep(0.1)
        raise AssertionError(f"version {version} is {v['state']} after {seconds} s: "
                             f"{self.s.stderr()[-1000:]}")


# ---- people -------------------------------------------------------------------------------------

def password_of(login):
    return f"{login} looks over the sea"


@step("the first officer logs in with the one-time password, changes it, enrols, makes a token")
def first_officer(t):
    once = None
    for line in t.s.process.stdout:
        found = re.search(r"one-time password (\S+)", line)
        if found:
            once = found.group(1)
            break
    expect(once, "no one-time password was printed")
    c = Client(t.s.port)
    same(Client(t.s.port).log_in("admin", "not the password").status, 403, "a wrong password")
    c.log_in("admin", once)
    c.refused(403, "forbidden", "POST", "/api/v1/labs", {"name": "Early", "kind": "stqc"})
    c.post("/api/v1/account/password", {"old": once, "new": password_of("admin")})
    c.refused(403, "forbidden", "POST", "/api/v1/labs", {"name": "Early", "kind": "stqc"})
    t.secrets["admin"], codes = c.enrol()
    expect(len(set(codes)) == 10, codes)
    c.read_form_token()
    c.make_token(OFFICER)
    same(Client(t.s.port).log_in("admin", once).status, 403, "the one-time password, twice")
    same(Client(t.s.port, c.token).get("/api/v1/persons")["items"][0]["login"], "admin", "persons")
    # The second time with both factors; a code counts once. The one before was of an earlier step.
    d, at = Client(t.s.port), time.time() + 30
    same(d.log_in("admin", password_of("admin"), t.secrets["admin"], at).status, 303,
         "password and code")
    e = Client(t.s.port)
    same(e.form("/office/login", login="admin", password=password_of("admin")).status, 303,
         "the password")
    same(e.second(totp(t.secrets["admin"], at)).status, 403, "the same code again")
    t.people["admin"] = c


@step("the administrator adds officers by role, firms, vendors' persons; each takes first steps")
def people(t):
    firms = {"vendor": "Example Cameras Private Limited", "stranger": "Other Locks Private Limited"}
    for login, name in firms.items():
        t.ids[f"firm {login}"] = t.admin.post("/api/v1/firms", {
            "name": name, "address": "12 MG Road, Bengaluru 560001", "country": "IN"})["id"]
    wanted = {"intake": "intake", "second": "intake", "assessor": "assessor",
              "committee": "committee", "vendor": None, "stranger": None}
    made = {}
    for login, roles in wanted.items():
        body = {"login": login, "name": login.title()}
        body |= {"roles": roles} if roles else {"firm": t.ids[f"firm {login}"]}
        made[login] = t.admin.post("/api/v1/persons", body)

    def first_steps(login):
        c, roles = Client(t.s.port), wanted[login]
        secret = c.first_steps(login, made[login]["password"], password_of(login), bool(roles))
        c.make_token(OFFICER if roles else VENDOR)
        return login, c, secret

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for login, c, secret in pool.map(first_steps, wanted):
            t.people[login], t.secrets[login], t.ids[login] = c, secret, made[login]["id"]
    t.vendor.refused(403, "forbidden", "GET", "/api/v1/persons")
    t.intake.refused(403, "forbidden", "POST", "/api/v1/labs", {"name": "X", "kind": "stqc"})
    t.trail(20)


@step("the administrator enters an empanelled laboratory and one whose empanelment is over")
def labs(t):
    for name, to in (("Good Laboratory", None), ("Former Laboratory", "2020-12-31")):
        lab = t.admin.post("/api/v1/labs", {"name": name, "kind": "stqc-empanelled",
                                            "city": "Pune"})["id"]
        body = {"from_on": "2019-01-01"} | ({"to_on": to} if to else {})
        t.admin.post(f"/api/v1/labs/{lab}/empanelments", body)
        t.ids[name] = lab
    same([x["name"] for x in t.intake.items("/api/v1/labs")], ["Former Laboratory",
                                                               "Good Laboratory"], "laboratories")


# ---- the vendor asks ----------------------------------------------------------------------------

@step("the vendor begins an application, enters models and places; nobody else sees it; he submits")
def application(t):
    made = t.vendor.post("/api/v1/applications", {"product": "Network camera", "series": "IOTSCS",
                                                  "level": 2, "kind": "fresh"})
    t.id = made["id"]
    t.case = f"/api/v1/applications/{t.id}"
    same((made["state"], made["number"]), ("draft", None), "a draft")
    t.vendor.refused(422, "rule-not-passed", "POST", f"{t.case}/submit", {})
    for model in ("EC-2100", "EC-2100W"):
        t.vendor.post(f"{t.case}/models", {"name": model, "brand": "Example", "hardware": "C",
                                           "firmware": "4.7.2"})
    wrong = t.vendor.post(f"{t.case}/models", {"name": "EC-9"})
    t.vendor.ok("DELETE", f"{t.case}/models/{wrong['id']}")
    t.vendor.post(f"{t.case}/locations", {"name": "Plant 1", "address": "Bengaluru"})
    for method, path in (("GET", ""), ("GET", "/timeline"), ("POST", "/submit"), ("GET", "/events"),
                         ("GET", "/documents"), ("GET", "/notes"), ("GET", "/payments")):
        t.stranger.refused(404, "not-found", method, t.case + path,
                           {} if method == "POST" else None)
    same(t.stranger.items("/api/v1/applications"), [], "the stranger's list")
    same(t.vendor.post(f"{t.case}/submit")["state"], "submitted", "submitted")
    t.vendor.refused(409, "wrong-state", "POST", f"{t.case}/models", {"name": "EC-10"})
    t.vendor.refused(403, "forbidden", "POST", f"{t.case}/register", {})
    shown = t.show(t.vendor)
    same([m["name"] for m in shown["models"]], ["EC-2100", "EC-2100W"], "models")
    t.trail(8)


@step("intake records proposal, invoice and payment, then registers it: R-FEE-1 is enforced")
def register(t):
    t.intake.refused(422, "rule-not-passed", "POST", f"{t.case}/register", {})
    p = t.intake.post(f"{t.case}/payments", {"kind": "registration", "amount_paise": FEE,
                                             "gst_paise": GST})["id"]
    t.intake.post(f"{t.case}/payments/{p}/invoice", {"invoice": "INV/1"})
    t.intake.post(f"{t.case}/payments/{p}/receipt", {"receipt": "R/1", "paid_paise": FEE})
    t.intake.refused(422, "rule-not-passed", "POST", f"{t.case}/register", {})
    t.intake.post(f"{t.case}/payments/{p}/receipt", {"receipt": "R/1", "paid_paise": FEE + GST})
    key = {"Idempotency-Key": "register-once"}
    first = t.intake.call("POST", f"{t.case}/register", {}, headers=key)
    again = t.intake.call("POST", f"{t.case}/register", {}, headers=key)
    same((first.status, again.status, again.json["number"]), (200, 200, first.json["number"]),
         "registered once")
    expect(re.search(r"/0001$", first.json["number"]), f"the first number: {first.json['number']}")
    t.number = first.json["number"]
    t.state("registered")
    same(t.show(t.vendor)["number"], t.number, "the vendor reads his number")
    t.trail(4)


@step("a laboratory is allotted (not the former one: R-LAB-1), agreement, testing begins")
def laboratory(t):
    t.intake.refused(422, "rule-not-passed", "POST", f"{t.case}/allot-lab",
                     {"lab": t.ids["Former Laboratory"]})
    t.intake.post(f"{t.case}/allot-lab", {"lab": t.ids["Good Laboratory"]})
    t.intake.refused(422, "rule-not-passed", "POST", f"{t.case}/begin-testing", {})
    today = t.show()["registered_on"]
    t.intake.post(f"{t.case}/record-agreement", {"quotation_on": today, "work_order_on": today,
                                                 "agreement_on": today})
    same(t.intake.post(f"{t.case}/begin-testing")["state"], "testing", "testing")


# ---- documents ----------------------------------------------------------------------------------

@step(f"the vendor sends a construction file of {DOCUMENTS} documents, {MEGABYTES} MB, as one ZIP; "
      "verdicts arrive before the end")
def construction_file(t):
    events, own = Events(t.intake, t.id), Events(t.vendor, t.id)
    begun = time.monotonic()
    a = t.vendor.upload(t.id, t.zip, "construction-file-60.zip", "application/zip", kind="F03",
                        title="Technical construction file")
    same(a.status, 201, f"the upload: {a}")
    sent = time.monotonic()
    with open(t.zip, "rb") as f:
        digest = hashlib.file_digest(f, "sha256").hexdigest()
    same((a.json["sha256"], a.json["size"]), (digest, os.path.getsize(t.zip)), "what was received")
    t.f03, t.v1 = a.json["document"], a.json["id"]
    v = t.wait_version(t.v1)
    done = time.monotonic()
    same((v["state"], v["verdict"]), ("verified", "REJECTED"), "the end")
    same(v["counts"], {"ACCEPTED": 55, "REVIEW": 0, "REJECTED": 5, "none": 0}, "verdicts")
    for who, e in (("intake", events), ("vendor", own)):
        ends = e.wait("version", lambda data: data.get("verdict"))
        same([x["verdict"] for x in ends], ["REJECTED"], f"the end in the events of {who}")
        files = e.of("file")
        same(len({x[1]["path"] for x in files}), DOCUMENTS, f"files in the events of {who}")
        order = [x[0] for x in e.list if x[0] in ("file", "version")]
        expect(order.index("file") < len(order) - 1 and order[-1] == "version",
               f"no verdict arrived before the end ({who}): {order}")
        for _, data, _ in files:
            same(data["verdict"], WRONG.get(data["path"], "ACCEPTED"), data["path"])
        e.close()
    t.note = (f"sent in {sent - begun:.1f} s, verified in {done - sent:.1f} s, first verdict "
              f"{done - events.of('file')[0][2]:.1f} s before the end")
    files = t.vendor.items(f"/api/v1/versions/{t.v1}/files?limit=50")
    same({f["path"]: f["verdict"] for f in files if f["verdict"] != "ACCEPTED"}, WRONG,
         "what is wrong, as the vendor reads it")
    t.files = {f["path"]: f for f in files}
    expect("chain.untrusted-root" in t.files[FOREIGN]["reasons"], t.files[FOREIGN]["reasons"])
    t.stranger.refused(404, "not-found", "GET", f"/api/v1/versions/{t.v1}/files")
    t.trail(2)


@step("a file comes out of the construction file as it went in, and its report with it")
def member(t):
    path = "02 Design/Design document 01.pdf"
    got = t.vendor.call("GET", f"/api/v1/files/{t.files[path]['id']}/content")
    with zipfile.ZipFile(t.zip) as z:
        expect(got.status == 200 and got.body == z.read(path), f"other bytes of {path}")
    shown = t.assessor.get(f"/api/v1/files/{t.files[path]['id']}")
    same((shown["verdict"], shown["report"]["verdict"], shown["applicant_matches"]),
         ("ACCEPTED", "ACCEPTED", 1), "its report")
    expect("Example Cameras" in shown["organisation"], shown["organisation"])


@step("one is refused; one is waived, which needs a second officer and not the same one")
def decisions(t):
    def path(name):
        return f"/api/v1/files/{t.files[name]['id']}/decisions"
    t.vendor.refused(403, "forbidden", "POST", path(UNSIGNED),
                     {"decision": "waive", "reason": "we are in a hurry here"})
    d = t.intake.post(path(FOREIGN), {"decision": "refuse",
                                      "reason": "signed under a root that is not of India"})
    same(d["state"], "final", "a refusal")
    d = t.intake.post(path(UNSIGNED), {"decision": "waive",
                                       "reason": "the original on paper was shown to us"})
    same(d["state"], "proposed", "a waiver")
    confirm = f"/api/v1/decisions/{d['id']}/confirm"
    t.intake.refused(403, "four-eyes", "POST", confirm, {})
    same(t.vendor.get(f"/api/v1/files/{t.files[UNSIGNED]['id']}")["decision"], None,
         "proposed is not decided")
    waiting = t.second.items(f"/api/v1/decisions?application={t.id}")
    same([w["id"] for w in waiting], [d["id"]], "what waits for a second officer")
    same(t.second.post(confirm, {"why": "I saw it, too"})["state"], "final", "confirmed")
    for name, decision in ((FOREIGN, "refuse"), (UNSIGNED, "waive")):
        f = t.vendor.get(f"/api/v1/files/{t.files[name]['id']}")
        same((f["decision"], f["verdict"]), (decision, "REJECTED"), f"{name}: beside the verdict")
    t.trail(3)


def better_file(t):
    """A third of the construction file with good documents in place of the wrong ones; one stays.
    Returns its path and how many documents it has."""
    out = os.path.join(t.work, "better.zip")
    good = "02 Design/Design document 01.pdf"
    with zipfile.ZipFile(t.zip) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        names = [n for i, n in enumerate(old.namelist()) if n in WRONG or i % 3 == 0]
        for name in names:
            new.writestr(name, old.read(good if name in WRONG and name != UNSIGNED else name))
    return out, len(names)


@step("the vendor sends a better version; the first one and its verdicts stay as they were")
def better(t):
    path, count = better_file(t)
    a = t.vendor.upload(t.id, path, "construction-file-2.zip", "application/zip",
                        document=t.f03)
    same((a.status, a.json["version"], a.json["document"]), (201, 2, t.f03), f"version 2: {a}")
    t.v2 = a.json["id"]
    v = t.wait_version(t.v2)
    same(v["counts"], {"ACCEPTED": count - 1, "REVIEW": 0, "REJECTED": 1, "none": 0}, "better")
    old = t.intake.get(f"/api/v1/versions/{t.v1}")
    same(old["counts"], {"ACCEPTED": 55, "REVIEW": 0, "REJECTED": 5, "none": 0}, "version 1")
    # The list of the application has the files of the newest version only.
    rejected = t.intake.items(f"{t.case}/files?limit=50&verdict=REJECTED")
    same([f["path"] for f in rejected], [UNSIGNED], "what is left")
    if rejected[0]["decision"] != "waive":
        d = t.second.post(f"/api/v1/files/{rejected[0]['id']}/decisions",
                          {"decision": "waive", "reason": "the same as in version 1, on paper"})
        t.intake.post(f"/api/v1/decisions/{d['id']}/confirm", {})
    same(t.vendor.get(f"/api/v1/files/{rejected[0]['id']}")["decision"], "waive", "waived")
    t.trail(3)


@step("application form and declaration; an altered declaration is rejected, then replaced")
def single_documents(t):
    good, altered = (t.sample(f"declaration-{n}.pdf") for n in ("accepted",
                                                                "altered-after-signing"))
    form = t.vendor.upload(t.id, good, "F01.pdf", kind="F01", title="Application form")
    same(t.wait_version(form.json["id"])["verdict"], "ACCEPTED", "F01")
    bad = t.vendor.upload(t.id, altered, "declaration.pdf", kind="declaration")
    same(t.wait_version(bad.json["id"])["verdict"], "REJECTED", "an altered declaration")
    file = t.vendor.items(f"/api/v1/versions/{bad.json['id']}/files")[0]["id"]
    t.second.post(f"/api/v1/files/{file}/decisions",
                  {"decision": "refuse", "reason": "it was altered after it was signed"})
    better = t.vendor.upload(t.id, good, "declaration.pdf", document=bad.json["document"])
    same((better.json["version"], t.wait_version(better.json["id"])["verdict"]), (2, "ACCEPTED"),
         "a better version")
    same(t.vendor.get(f"/api/v1/documents/{bad.json['document']}")["versions"][1]["verdict"],
         "REJECTED", "the refused version is kept")


@step("the test report comes in duplicate: the vendor's original and the body's own copy")
def reports(t):
    with zipfile.ZipFile(t.zip) as z:
        report = z.read("04 Test reports/Test report 01.pdf")
    a = t.vendor.upload(t.id, report, "report.pdf", kind="test-report", author="lab",
                        copy="original", title="Test report TR/1")
    same(a.status, 201, f"the original: {a}")
    b = t.intake.upload(t.id, report, "report.pdf", document=a.json["document"], copy="duplicate")
    same((b.status, b.json["sha256"]), (201, a.json["sha256"]), f"the duplicate: {b}")
    expect(a.json["id"] in [d["version_id"] for d in b.json["duplicates"]], b.json["duplicates"])
    for v in (a, b):
        same(t.wait_version(v.json["id"])["verdict"], "ACCEPTED", "a report")
    found = t.rules()
    same((found["R-LAB-3"][0], found["R-REG-1"][0]), ("PASS", "PENDING"),
         "both copies, but nobody has entered when testing began")
    today, path = t.show()["registered_on"], f"/api/v1/documents/{a.json['document']}/report"
    entered = {"number": "TR/1", "kind": "device", "lab": t.ids["Good Laboratory"],
               "tests_started_on": today, "tests_ended_on": today, "issued_on": today}
    t.vendor.refused(403, "forbidden", "PUT", path, entered)
    t.intake.ok("PUT", path, entered)
    t.report = a.json


# ---- assessor, rules, committee -----------------------------------------------------------------

@step("an assessor is appointed, the assessment begins; nobody else presents it")
def assessment(t):
    t.intake.refused(400, "bad-parameter", "POST", f"{t.case}/appoint-assessor",
                     {"assessor": t.ids["committee"]})
    t.intake.refused(422, "rule-not-passed", "POST", f"{t.case}/begin-assessment", {})
    t.intake.post(f"{t.case}/appoint-assessor", {"assessor": t.ids["assessor"]})
    t.committee.refused(403, "forbidden", "POST", f"{t.case}/present", {})
    same(t.assessor.post(f"{t.case}/begin-assessment")["state"], "assessment", "assessment")
    t.assessor.post(f"{t.case}/notes", {"text": "Read all documents; see conditions.",
                                        "for_vendor": False})
    t.assessor.post(f"{t.case}/notes", {"text": "We will present it next week.",
                                        "for_vendor": True})
    same([n["text"] for n in t.vendor.items(f"{t.case}/notes")], ["We will present it next week."],
         "notes the vendor reads")
    same(len(t.intake.items(f"{t.case}/notes")), 2, "notes of officers")


@step("it is presented; the committee alone decides: recommended")
def committee(t):
    t.committee.refused(409, "wrong-state", "POST", f"{t.case}/decide",
                        {"recommendation": "recommended", "meeting": "7"})
    same(t.assessor.post(f"{t.case}/present")["state"], "committee", "before the committee")
    decision = {"recommendation": "recommended", "meeting": "CC/7"}
    for who in ("vendor", "intake", "assessor", "admin"):
        t.people[who].refused(403, "forbidden", "POST", f"{t.case}/decide", decision)
    shown = t.committee.post(f"{t.case}/decide", decision)
    same((shown["state"], shown["recommendation"], shown["meeting"]),
         ("recommended", "recommended", "CC/7"), "decided")
    t.committee.refused(409, "wrong-state", "POST", f"{t.case}/decide", decision)
    t.trail(3)


@step("every rule of the scheme is passed, waived or does not apply; validity waits for the issue")
def rules(t):
    found = t.rules("R-LANG-1")
    same({r: f for r, f in found.items() if f[0] not in ("PASS", "WAIVED", "NA")},
         {"R-VAL-1": ("PENDING", "VAL_OPEN")}, "open: only when the certificate is issued")
    same([r for r in found if found[r][0] == "WAIVED"], ["R-SIG-1", "R-SIG-2"], "waived")
    for rule in ("R-REG-1", "R-FEE-1", "R-TCF-1", "R-LANG-1", "R-LAB-1", "R-LAB-2", "R-LAB-3",
                 "R-ASS-1", "R-CC-1", "R-LVL-1"):
        same(found[rule][0], "PASS", rule)
    own = {r["rule"]: r["result"] for r in t.vendor.get(f"{t.case}/check")["rules"]}
    same(own, {rule: f[0] for rule, f in found.items()}, "what the vendor is told")
    t.note = f"{len(found)} rules: " + ", ".join(
        f"{sum(f[0] == w for f in found.values())} {w}" for w in ("PASS", "WAIVED", "NA",
                                                                  "PENDING"))


# ---- what is left behind ------------------------------------------------------------------------

@step("the timeline tells the story; the vendor's has no name of an officer's note or proposal")
def the_timeline(t):
    full, own = t.timeline(t.intake), t.timeline(t.vendor)
    actions = [e["action"] for e in reversed(full)]
    order = ["application.create", "application.submit", "application.register",
             "application.allot-lab", "application.begin-testing", "document.add",
             "application.begin-assessment", "application.present", "application.decide"]
    at = [actions.index(a) for a in order]
    same(at, sorted(at), "the order of the story")
    received = [e["subject"] for e in own if e["action"] == "document.add"]
    same((len(received), len(set(received))), (7, 7), "documents in the vendor's timeline")
    hidden = {e["action"] for e in full} - {e["action"] for e in own}
    expect("application.decide" not in hidden, "the vendor does not see the decision")
    expect("application.appoint-assessor" in hidden, "the vendor sees who the assessor is")
    same(sum(e["action"] == "note.add" for e in own), 1, "notes in the vendor's timeline")
    t.stranger.refused(404, "not-found", "GET", f"{t.case}/timeline")


@step("the commands say the same of the same data folder")
def commands(t):
    t.command("audit", "verify")
    expect(json.loads(t.command("records", "check", "--format", "json"))["whole"], "records check")
    shown = json.loads(t.command("application", "show", str(t.id), "--format", "json"))
    same((shown["number"], shown["state"], shown["recommendation"]),
         (t.number, "recommended", "recommended"), "application show")
    listed = t.command("document", "list", "--application", str(t.id), "--format", "json")
    documents = json.loads(listed)
    documents = documents["items"] if isinstance(documents, dict) else documents
    same(len(documents), 4, "document list")


@step("nothing is left of the server but whole records")
def end(t):
    same(t.s.stop(), 0, f"the server's exit code; {t.s.stderr()[-800:]}")
    t.trail(0)
    expect(json.loads(t.command("records", "check", "--format", "json"))["whole"], "records check")
    broken = [n for _, _, names in os.walk(os.path.join(t.s.data, "blobs")) for n in names
              if len(n) != 64]
    same(broken, [], "drafts")
    for word in ("AddressSanitizer", "runtime error", "was ended by signal"):
        expect(word not in t.s.stderr(), t.s.stderr()[-2000:])


def tell(text, end="\n"):
    print(text, end=end, flush=True)


def run(show):
    if not os.path.exists(DEMO) or not os.path.exists(PROGRAM):
        tell(f"skipped: {DEMO} is not built (make demo)")
        return 77
    failed = 0
    whole = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="satyapan-story-") as work:
        t = Story(work)
        try:
            for number, (text, function) in enumerate(STEPS, 1):
                begun, t.note = time.monotonic(), ""
                if show:
                    tell(f"     [{number}/{len(STEPS)}] {text} ...\r", end="")
                function(t)
                note = f"; {t.note}" if t.note else ""
                tell(f"ok {number} - {text} ({time.monotonic() - begun:.1f} s{note})")
        except Exception as e:  # noqa: BLE001 - the story cannot go on, whatever it is
            failed = 1
            tell(f"not ok {number} - {text}\nFAIL {function.__name__}: {type(e).__name__}: {e}")
            tell(t.s.stderr()[-2000:])
        finally:
            if t.s.process.poll() is None:
                t.s.stop()
    tell(f"# {time.monotonic() - whole:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run("-v" in sys.argv[1:] or sys.stdout.isatty()))
