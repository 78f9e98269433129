#!/usr/bin/env python3
"""The OpenAPI description is valid, and true: every operation in it is called with what it asks for and
its answer is held against its schema, every problem it names is provoked, every method it does not
name is refused.

usage: openapi_walk.py [NAME...]       environment: B, the build directory (default: build)
"""
import hashlib
import json
import os
import re
import secrets
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import jsonschema  # noqa: E402

from issue_world import make_pki, request  # noqa: E402
from office_issue_world import FILLED, PIN, insert_into, recommend, write_scheme  # noqa: E402
from office_server import B, OfficeServer, expect, multipart, run_cases  # noqa: E402
from security_world import OPEN, World  # noqa: E402

CASES = []
METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
LETTER = {"intake": "I", "assessor": "S", "committee": "C", "signer": "G", "admin": "A",
          "vendor": "V"}
NOBODY = 999999
# What cannot be provoked from outside: a failure of the server is named as "default" only.
UNPROVOKED = {
    ("person.create", "busy"): "so many passwords at once that none can be checked",
    ("person.reset", "busy"): "the same",
    ("account.password", "busy"): "the same",
    ("certificate.sign", "busy"): "as many lists at once as can be signed",
    ("certificate.sign-change", "busy"): "the same",
    ("account.totp-confirm", "busy"): "the same",
    ("foreign.question", "too-many-requests"): "guesses from one address: foreign_story.py",
    ("foreign.answer", "too-many-requests"): "the same",
    ("foreign.feed", "too-many-requests"): "the same",
    ("foreign.poll", "wrong-state"): "here a mailbox is set; without one: test_foreign",
}


def case(function):
    CASES.append(function)
    return function


# ---- the document by itself ----------------------------------------------------------------------

def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for v in value.values():
            yield from references(v)
    elif isinstance(value, list):
        for v in value:
            yield from references(v)


def operations(doc):
    for path, item in doc["paths"].items():
        for method, op in item.items():
            expect(method in METHODS, f"{path}: {method} is no method")
            yield path, method, op


def check_schema(where, schema):
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as e:
        raise AssertionError(f"{where}: {e.message}") from None


def check_operation(path, method, op):
    where = f"{method} {path}"
    expect(set(op) <= {"operationId", "summary", "description", "tags", "parameters", "requestBody",
                       "responses", "security"} | {k for k in op if k.startswith("x-")}, where)
    seen = set()
    for p in op.get("parameters", []):
        expect({"name", "in", "schema"} <= set(p), f"{where}: {p}")
        expect(p["in"] in ("path", "query", "header", "cookie"), f"{where}: {p}")
        expect((p["name"], p["in"]) not in seen, f"{where}: {p['name']} twice")
        expect(p["in"] != "path" or p["required"] is True, f"{where}: {p['name']} not required")
        seen.add((p["name"], p["in"]))
        check_schema(where, p["schema"])
    in_path = {n for n, place in seen if place == "path"}
    expect(in_path == set(re.findall(r"{(\w+)}", path)), f"{where}: {in_path}")
    for content in op.get("requestBody", {"content": {}})["content"].values():
        check_schema(where, content.get("schema", {}))
    expect(op["responses"], f"{where}: no answer")
    for status, r in op["responses"].items():
        expect(re.fullmatch(r"[1-5]\d\d|default", status), f"{where}: {status}")
        expect(r.get("description"), f"{where}: {status} is not described")
        for content in r.get("content", {}).values():
            check_schema(where, content.get("schema", {}))


@case
def the_document_is_valid(work):
    """By the rules of OpenAPI 3.1 (4.8) that a document such as ours can break."""
    s = OfficeServer(work)
    r = s.call("GET", "/api/v1/openapi.json")
    s.stop()
    expect(r.status == 200 and r.header("Content-Type") == "application/json", r)
    doc = r.json
    expect(doc["openapi"].startswith("3.1.") and doc["info"]["title"] and doc["info"]["version"], "")
    ids = [op["operationId"] for _, _, op in operations(doc)]
    expect(len(ids) == len(set(ids)) > 80, "an operationId comes twice")
    templates = [re.sub(r"{\w+}", "{}", p) for p in doc["paths"]]
    expect(len(templates) == len(set(templates)), "two paths are the same")
    for path, method, op in operations(doc):
        check_operation(path, method, op)
        for need in op.get("security", []):
            expect(set(need) <= set(doc["components"]["securitySchemes"]), f"{path}: {need}")
    for ref in references(doc):
        at = doc
        for part in ref.removeprefix("#/").split("/"):
            expect(part in at, f"{ref} leads nowhere")
            at = at[part]
    for name, schema in doc["components"]["schemas"].items():
        check_schema(name, schema)
    used = set(references(doc))
    for name in doc["components"]["schemas"]:
        expect(f"#/components/schemas/{name}" in used, f"the schema {name} is used nowhere")


# ---- the walk ------------------------------------------------------------------------------------

class Walk:
    def __init__(self, work):
        pki = os.path.join(work, "pki")
        os.mkdir(pki)
        make_pki(pki, PIN)
        write_scheme(os.path.join(work, "data"))
        self.world = World(work, issue_elsewhere=True, four_eyes_waive=True, four_eyes_accept=True,
                           issue_key=f"file:{pki}/officer.p12",
                           issue_signers="roleg=CN=officer,O=Test,C=IN|roleG=CN=officer,O=Test,C=IN",
                           public_url="https://iotscs.example.in/register",
                           streams_per_person=1, scan_networks="127.0.0.0/8", listen_address="127.0.0.1", scan_queue=1, upload_bytes=1 << 20, attempts_free=3,
                           mail_from="office@body.example", smtp_url="smtp://127.0.0.1:9",
                           maildir=os.path.join(work, "maildir"))
        self.s = self.world.s
        self.doc = self.s.call("GET", "/api/v1/openapi.json").json
        self.ops = {op["operationId"]: (path, method, op)
                    for path, method, op in operations(self.doc) if "x-roles" in op}
        self.rows = {op["id"]: op for op in self.world.ops}
        self.good, self.problems = set(), set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.world.s.stop()

    def token(self, op, roles=None):
        roles = roles or self.ops[op][2]["x-roles"]
        letter = next(LETTER[r] for r in roles if r in LETTER)
        return self.world.tokens[letter]

    def holds(self, schema, value, what):
        whole = {"components": self.doc["components"], **schema}
        errors = list(jsonschema.Draft202012Validator(
            whole, format_checker=jsonschema.FormatChecker()).iter_errors(value))
        expect(not errors, f"{what}: {errors and errors[0].json_path} "
                           f"{errors and errors[0].message[:300]}")

    def check(self, op, r):
        """The answer is one the description has."""
        responses = self.ops[op][2]["responses"]
        said = responses.get(str(r.status))
        if r.status >= 500 and not said:
            said = responses["default"]
        expect(said, f"{op}: {r.status} is not described: {r}")
        kind = (r.header("Content-Type") or "").split(";")[0]
        if r.status >= 400:
            expect(kind == "application/problem+json", f"{op}: {r}")
            self.holds({"$ref": "#/components/schemas/Problem"}, r.json, f"{op} {r.status}")
            code = r.json["code"]
            expect(code in said.get("x-codes", [code]), f"{op}: {code} is not named for {r.status}")
            self.problems.add((op, code))
            return r
        content = said.get("content", {})
        if "*/*" in content:
            expect(r.header("Content-Disposition"), f"{op}: a file without a name")
        elif "application/json" in content:
            expect(kind == "application/json", f"{op}: {kind}")
            self.holds(content["application/json"]["schema"], r.json, op)
        else:
            expect(not r.body, f"{op}: a body that is not described: {r}")
        self.good.add(op)
        return r

    def call(self, op, token=None, words=None, headers=None, body=None, query="", raw=None,
             kind=None, method=None):
        path, verb, _ = self.ops[op]
        row = self.rows[op]
        for p in row["params"]:
            if p["place"] == "path":
                value = (words or {}).get(p["name"], self.world.ids.get(p["name"], NOBODY))
                path = path.replace("{" + p["name"] + "}", str(value))
        headers = dict(headers or {})
        if kind:
            headers["Content-Type"] = kind
        return self.s.call(method or verb.upper(), path + query, body if raw is None else None,
                           token, body=raw, headers=headers)

    def ok(self, op, body=None, roles=None, token=None, **more):
        if self.rows[op]["method"] not in ("GET", "DELETE") and "raw" not in more and body is None:
            body = {}
        r = self.check(op, self.call(op, token or self.token(op, roles), body=body, **more))
        expect(r.status < 400, f"{op}: {r}")
        return r.json if r.body and (r.header("Content-Type") or "").startswith("application/json") \
            else r

    def no(self, code, op, body=None, roles=None, token=None, **more):
        if self.rows[op]["method"] not in ("GET", "DELETE") and "raw" not in more and body is None:
            body = {}
        r = self.check(op, self.call(op, token or self.token(op, roles), body=body, **more))
        expect(r.status >= 400 and r.json["code"] == code, f"{op}: not {code}: {r}")
        return r.json

    # ---- an application on its way ---------------------------------------------------------------

    def to(self, op, body=None, roles=None, **more):
        """A step of an application: first with a version that is not the present one."""
        stale = dict(body or {}) | {"version": 99999}
        self.no("conflict", op, stale, roles, **more)
        self.no("precondition-failed", op, body, roles, headers={"If-Match": '"99999"'}, **more)
        return self.ok(op, body, roles, **more)

    def draft(self, product="Door camera", **more):
        a = self.ok("application.create", {"product": product, "series": "IOTSCS", "level": 2,
                                           "kind": "fresh"} | more, ["vendor"])["id"]
        return {"application": a}

    def pay(self, app):
        self.no("wrong-state", "payment.propose",
                {"kind": "registration", "amount_paise": 1, "gst_paise": 1},
                words={"application": self.dead}) if hasattr(self, "dead") else None
        p = self.ok("payment.propose", {"kind": "registration", "amount_paise": 2500000,
                                        "gst_paise": 450000, "proposal_on": None}, words=app)
        one = app | {"payment": p["id"]}
        self.no("rule-not-passed", "payment.receive", {"receipt": "R/1", "paid_paise": 1}, words=one)
        self.to("payment.invoice", {"invoice": "INV/1"}, words=one)
        self.to("payment.receive", {"receipt": "R/1", "paid_paise": 2950000}, words=one)


def story(w):
    """From the vendor's first word to the committee's."""
    ok, no, to = w.ok, w.no, w.to
    firm = ok("firm.create", {"name": "Third Devices", "address": "Noida", "email": None})["id"]
    ok("firm.show", words={"firm": firm})
    to("firm.set", {"phone": "1"}, words={"firm": firm})
    ok("firm.list", query="?text=Third&limit=1")
    lab = ok("lab.create", {"name": "Bureau Lab", "kind": "stqc-empanelled", "city": "Delhi"})["id"]
    no("conflict", "lab.create", {"name": "Bureau Lab", "kind": "stqc"})
    ok("lab.list", query="?limit=1")
    ok("lab.show", words={"lab": lab})
    to("lab.set", {"city": "Agra"}, words={"lab": lab})
    ok("lab.empanel", {"from_on": "2026-01-01"}, words={"lab": lab})
    no("conflict", "lab.empanel", {"from_on": "2026-01-01"}, words={"lab": lab})
    ok("lab.limit-empanelment", {"to_on": "2030-01-01"},
       words={"lab": lab, "from_on": "2026-01-01"})

    dead = w.draft("Given up")
    to("application.withdraw", {"reason": "no longer made"}, ["vendor"], words=dead)
    w.world.ids["from_on"] = "2026-01-01"
    w.dead = dead["application"]
    app = w.draft(critical=True)
    to("application.set", {"product": "Door camera 2", "oem_name": None}, ["vendor"], words=app)
    m = app | {"model": ok("application.add-model", {"name": "DC-1", "firmware": "1.2"}, ["vendor"],
                           words=app)["id"]}
    ok("application.set-model", {"hardware": "r1"}, ["vendor"], words=m)
    spare = app | {"model": ok("application.add-model", {"name": "DC-2"}, ["vendor"],
                               words=app)["id"]}
    ok("application.remove-model", roles=["vendor"], words=spare)
    p = app | {"location": ok("application.add-location", {"name": "Plant", "address": "Noida"},
                              ["vendor"], words=app)["id"]}
    ok("application.remove-location", roles=["vendor"], words=p)
    ok("application.add-location", {"name": "Plant", "address": "Noida\nIndia", "previous": False},
       ["vendor"], words=app)
    dead_model = dead | {"model": NOBODY, "location": NOBODY}
    no("wrong-state", "application.set", {"product": "x"}, words=dead)
    no("wrong-state", "application.add-model", {"name": "x"}, words=dead)
    no("wrong-state", "application.add-location", {"name": "x", "address": "x"}, words=dead)
    no("wrong-state", "application.set-model", {"name": "x"}, words=dead_model)
    no("wrong-state", "application.remove-model", words=dead_model)
    no("wrong-state", "application.remove-location", words=dead_model)
    bare = w.draft("Without models")
    no("rule-not-passed", "application.submit", roles=["vendor"], words=bare)
    to("application.submit", roles=["vendor"], words=app)
    to("application.return", {"reason": "the model is missing"}, words=app)
    to("application.submit", roles=["vendor"], words=app)
    to("application.confirm-complete", words=app)
    to("application.assign", {"owner": w.world.people["I"]}, words=app)
    no("rule-not-passed", "application.register", words=app)
    w.pay(app)
    to("application.register", words=app)
    no("wrong-state", "application.undo", {"reason": "a number is given once"}, words=app)
    no("rule-not-passed", "application.begin-testing", words=app)
    no("rule-not-passed", "application.record-agreement", {"quotation_on": "2026-11-01"}, words=app)
    other = ok("lab.create", {"name": "Auditor", "kind": "cert-in-empanelled"})["id"]
    no("rule-not-passed", "application.allot-lab", {"lab": other}, words=app)
    no("rule-not-passed", "application.decide-change", {"size": "minor", "reason": "no"}, words=app)
    to("application.allot-lab", {"lab": lab}, words=app)
    to("application.record-agreement", {"quotation_on": "2026-11-01", "work_order_on": "2026-11-02",
                                        "agreement_on": "2026-11-03"}, words=app)
    to("application.begin-testing", words=app)
    no("rule-not-passed", "application.begin-assessment", words=app)
    report = ok("document.add", raw=b"a report", kind="text/plain", words=app,
                query="?kind=test-report&filename=r.txt")["document"]
    facts = {"number": "TR/1", "kind": "device", "tests_started_on": "2026-11-01",
             "tests_ended_on": "2026-11-02", "issued_on": "2026-11-03"}
    ok("report.set", facts, words={"document": report})
    no("wrong-state", "report.set", facts, words={"document": w.world.ids["document"]})
    no("wrong-state", "rule.waive", {"rule": "R-REG-1", "reason": "nobody has agreed to it"},
       words=dead)
    ok("rule.waive", {"rule": "R-REG-1", "reason": "the minister has agreed to it"}, words=app)
    no("rule-not-passed", "rule.waive", {"rule": "R-FEE-1", "reason": "nobody has agreed to it"},
       words=app)
    w.world.sql("INSERT INTO reminder(application, kind, rule, due_on, remind_on, state) VALUES"
                " (?, 'window-ends', 'R-EXT-2', '2026-01-02', '2026-01-02', 'waiting')",
                app["application"])
    reminder = ok("reminder.list", query="?until=2026-01-02")["items"][0]["id"]
    ok("reminder.done", words={"reminder": reminder})
    no("wrong-state", "reminder.done", words={"reminder": reminder})
    to("application.appoint-assessor", {"assessor": w.world.people["S"]}, words=app)
    to("application.begin-assessment", roles=["assessor"], words=app)
    sql, one = w.world.sql, app["application"]
    sql("UPDATE application SET assessor = NULL WHERE id = ?", one)
    no("rule-not-passed", "application.present", roles=["assessor"], words=app)
    sql("UPDATE application SET assessor = ? WHERE id = ?", w.world.people["S"], one)
    to("application.present", roles=["assessor"], words=app)
    to("application.decide", {"recommendation": "recommended", "meeting": "CC/12",
                              "conditions": "Seal it"}, words=app)
    sql("UPDATE application SET conditions = NULL WHERE id = ?", one)
    no("rule-not-passed", "application.close-conditions", words=app)
    sql("UPDATE application SET conditions = 'Seal it' WHERE id = ?", one)
    to("application.close-conditions", words=app)
    for op in [o for o in w.ops if o.startswith("application.")]:
        if "wrong-state" in named(w, op) and (op, "wrong-state") not in w.problems:
            no("wrong-state", op, w.world.body(w.rows[op], leave=("version",)), words=dead)
    doomed = w.draft("Doomed")
    no("rule-not-passed", "application.analyse-change", {"size": "minor"}, ["vendor"], words=doomed)
    ok("application.add-model", {"name": "D"}, ["vendor"], words=doomed)
    ok("application.add-location", {"name": "P", "address": "N"}, ["vendor"], words=doomed)
    ok("application.submit", roles=["vendor"], words=doomed)
    to("application.not-consider", {"reason": "no reply"}, words=doomed)
    to("application.undo", {"reason": "it came after all"}, words=doomed)
    change = w.draft("Changed", kind="minor-change", previous_certificate="C/1",
                     previous_valid_to="2028-01-01", change_about="a new chip",
                     change_on="2026-11-01")
    to("application.analyse-change", {"size": "minor"}, ["vendor"], words=change)
    ok("application.add-model", {"name": "D"}, ["vendor"], words=change)
    ok("application.add-location", {"name": "P", "address": "N"}, ["vendor"], words=change)
    ok("application.submit", roles=["vendor"], words=change)
    to("application.decide-change", {"size": "major", "reason": "another radio"}, words=change)
    return app


def named(w, op):
    return {c for s, r in w.ops[op][2]["responses"].items() for c in r.get("x-codes", [])}


@case
def every_operation(work):
    with Walk(work) as w:
        app = story(w)
        lists(w, app)
        papers(w)
        certificates(w, app)
        bench(w)
        abroad(w)
        people(w)
        everywhere(w)
        missing = sorted(set(w.ops) - w.good)
        expect(not missing, f"never called with success: {missing}")
        unseen = sorted((op, code) for op in w.ops for code in named(w, op)
                        if (op, code) not in w.problems and (op, code) not in UNPROVOKED)
        expect(not unseen, f"{len(unseen)} named problems never seen: {unseen}")
        for key in UNPROVOKED:
            expect(key not in w.problems, f"{key} can be provoked: take it from UNPROVOKED")


def lists(w, app):
    ok = w.ok
    ok("application.list", query="?state=recommended&kind=fresh&series=IOTSCS&level=2"
                                 "&sort=due&limit=200")
    ok("application.list", query="?text=camera")
    ok("application.list", query=f"?vendor={w.world.ids['vendor']}&sort=newest&limit=1")
    ok("application.list", query=f"?owner={w.world.people['I']}&due=2030-01-01&sort=oldest")
    ok("application.export", query="?state=draft&sort=changed")
    ok("application.show", words=app)
    ok("application.show", roles=["vendor"], words=app)
    ok("application.timeline", words=app, query="?limit=2")
    ok("note.add", {"text": "a word", "for_vendor": True}, words=app)
    ok("note.list", roles=["vendor"], words=app)
    ok("payment.list", words=app)
    ok("statistics.show", query="?months=3")
    ok("statistics.states")
    ok("audit.list", query="?limit=5")
    ok("audit.check")
    ok("application.check", words=app)
    ok("application.calendar", words=app)
    ok("report.list", words=app)
    ok("setting.list")
    ok("setting.scheme")


def certificates(w, app):
    """Prepared, approved, signed; what is refused on the way."""
    ok, no, world = w.ok, w.no, w.world
    two = (world.people["S"], world.people["A"])
    lab = world.sql("SELECT id FROM lab WHERE name = 'Lab'")[0][0]
    case = {"application": recommend(lambda table, **values: insert_into(w.s.db(), table, values), 7,
                                     world.ids["vendor"], lab, two)}
    world.sql("UPDATE firm SET address = 'Pune' WHERE id = ?", world.ids["vendor"])
    ok("certificate.draft", words=case)
    no("rule-not-passed", "certificate.prepare", words=case)
    no("wrong-state", "certificate.prepare", words={"application": w.dead})
    filled = FILLED | {"signatory": "Roleg"}
    one = ok("certificate.prepare", filled, words=case)
    ok("certificate.draft", words=case)
    here = {"request": one["id"]}
    ok("certificate.preview", words=here)
    ok("certificate.export", words=here)
    ok("certificate.request", words=here)
    ok("certificate.requests", query="?state=prepared&limit=1")
    no("conflict", "certificate.approve", {"sha256": "0" * 64}, words=here)
    ok("certificate.approve", {"sha256": one["sha256"]}, words=here)
    no("wrong-state", "certificate.approve", {"sha256": one["sha256"]}, words=here)
    no("rule-not-passed", "certificate.propose", {"request": json.dumps(request(901, series="IOTSCS", level=9))})
    mine = ok("certificate.propose", {"request": json.dumps(request(901, series="IOTSCS"))}, ["signer"])
    order = {"requests": str(mine["id"]), "sha256": mine["sha256"], "pin": PIN}
    no("four-eyes", "certificate.approve", {"sha256": mine["sha256"]}, words={"request": mine["id"]})
    no("four-eyes", "certificate.sign", order)
    ok("certificate.discard", {"reason": "it was only a test"}, words={"request": mine["id"]})
    no("wrong-state", "certificate.discard", {"reason": "it was only a test"},
       words={"request": mine["id"]})
    no("wrong-state", "certificate.preview", words={"request": mine["id"]})
    no("wrong-state", "certificate.sign", order)
    other = ok("certificate.propose", {"request": json.dumps(request(902, series="IOTSCS", signatory=one["request"]["signatory"]))})
    order = {"requests": str(other["id"]), "sha256": other["sha256"], "pin": PIN}
    no("conflict", "certificate.sign", order | {"sha256": "0" * 64})
    world.sql("INSERT INTO application(number, kind, state, vendor, product, series, level, created_at, updated_at)"
              " VALUES(?, 'fresh', 'draft', ?, 'x', 'IOTSCS', 2, 0, 0)", other["registration"], world.ids["vendor"])
    no("rule-not-passed", "certificate.sign", order)
    no("rule-not-passed", "certificate.approve", {"sha256": other["sha256"]}, words={"request": other["id"]})
    world.sql("DELETE FROM application WHERE number = ?", other["registration"])
    order = {"requests": f"{other['id']},{one['id']}", "confirm": None, "pin": PIN, "sha256": hash_of(one, other)}
    once = {"Idempotency-Key": "sign-it-once"}
    signing = ok("certificate.sign", order, headers=once)
    no("done-before", "certificate.sign", order, headers=once)
    until = time.monotonic() + 60
    while ok("certificate.signing", words={"signing": signing["id"]})["state"] != "done":
        expect(time.monotonic() < until, "the list is not signed")
        time.sleep(0.1)
    no("wrong-state", "certificate.propose", {"request": json.dumps(other["request"])})
    ok("certificate.signings", query="?limit=1")
    ok("certificate.list", query="?status=VALID&text=BD-7&sort=holder&limit=1")
    for sort in ("newest", "valid_to", "number", "holder"):
        page = ok("certificate.list", query=f"?sort={sort}&limit=1")
        ok("certificate.list", query=f"?sort={sort}&limit=1&after={page['next']}")
    ok("certificate.show", words={"certificate": 1})
    ok("certificate.selection", query=f"?requests={one['id']},{other['id']}")
    no("not-found", "certificate.selection", query=f"?requests={NOBODY}")
    change = {"event": "suspend", "reason": "vulnerability", "remark": "the update is not signed"}
    here = {"certificate": 1}
    no("wrong-state", "certificate.change", change | {"event": "reinstate"}, words=here)
    asked = ok("certificate.change", change, ["signer"], words=here)
    no("wrong-state", "certificate.change", change, words=here)
    no("four-eyes", "certificate.confirm", words={"change": asked["id"]})
    ok("certificate.reject", {"why": "it was only a test"}, words={"change": asked["id"]})
    no("wrong-state", "certificate.reject", {"why": "it was only a test"}, words={"change": asked["id"]})
    no("wrong-state", "certificate.confirm", words={"change": asked["id"]})
    amended(w, here, one["request"]["signatory"])
    asked = ok("certificate.change", change, ["intake"], words=here)
    gone = ok("certificate.change", change | {"event": "withdraw"}, ["intake"], words=here)
    ok("certificate.confirm", words={"change": asked["id"]})
    no("conflict", "certificate.confirm", words={"change": gone["id"]})
    ok("certificate.changes", query="?certificate=1&waiting=true&limit=1")


def amended(w, here, signatory):
    """An amendment asked for, looked at, signed; what is refused on the way."""
    ok, no, world = w.ok, w.no, w.world
    model = ok("certificate.show", words=here)["data"]["models"][0]
    row = f"{model['model']} | {model['hardware']} | 9.9 | {'9' * 64}"
    ask = {"reason": "firmware-update", "decision": "CB/1", "en": "9.9 is added.", "hi": "9.9 जोड़ा गया।", "models": row,
           "remark": "the vendor's minor change"}
    no("rule-not-passed", "certificate.amend", ask | {"models": row.replace(model["model"], "Other")}, words=here)
    mine = {"change": ok("certificate.amend", ask, ["signer"], words=here)["id"]}
    no("wrong-state", "certificate.amend", ask, words=here)
    seen = ok("certificate.amendment", words=mine)
    sign = {"sha256": seen["sha256"], "pin": PIN}
    no("four-eyes", "certificate.sign-change", sign, words=mine)
    ok("certificate.reject", {"why": "it was only a test"}, words=mine)
    no("wrong-state", "certificate.sign-change", sign, words=mine)
    no("wrong-state", "certificate.amendment-preview", words=mine)
    fix = {k: v for k, v in ask.items() if k != "models"} | {"reason": "corrected"}
    no("rule-not-passed", "certificate.correct", fix | {"holder": "x" * 160, "holder_hi": None}, words=here)
    asked = {"change": ok("certificate.correct", fix | {"holder": "A Corrected Name"}, ["intake"], words=here)["id"]}
    no("wrong-state", "certificate.correct", fix | {"holder": "Another"}, words=here)
    seen = ok("certificate.amendment", words=asked)
    sign = {"sha256": seen["sha256"], "pin": PIN}
    ok("certificate.amendment-preview", words=asked)
    no("conflict", "certificate.sign-change", sign | {"sha256": "0" * 64}, words=asked)
    data = world.sql("SELECT data FROM certificate_change WHERE id = ?", asked["change"])[0][0]
    world.sql("UPDATE certificate_change SET data = ? WHERE id = ?", data.replace('"set"', '"unset"'), asked["change"])
    no("rule-not-passed", "certificate.sign-change", sign, words=asked)
    world.sql("UPDATE certificate_change SET data = ? WHERE id = ?", data, asked["change"])
    once = {"Idempotency-Key": "change-it-once"}
    signing = ok("certificate.sign-change", sign, words=asked, headers=once)
    no("done-before", "certificate.sign-change", sign, words=asked, headers=once)
    until = time.monotonic() + 60
    while ok("certificate.signing", words={"signing": signing["id"]})["state"] != "done":
        expect(time.monotonic() < until, "the change is not signed")
        time.sleep(0.1)
    expect(ok("certificate.show", words=here)["data"]["holder"]["name"] == "A Corrected Name", signatory)


def hash_of(*rows):
    text = "".join(json.dumps(r["request"], sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
                   for r in sorted(rows, key=lambda r: r["id"]))
    return hashlib.sha256(text.encode()).hexdigest()


# A device that came without TLS: the shortest record of one as a client.
LISTENED = (b'{"schema":"satyapan-tls-listened/1","ip":"127.0.0.1","port":8443,"name":"","starttls":false,"named":false,'
            b'"plain":1,"plain_pdu":1,"first":1,"last":2,"certificate":""}\n')


def bench(w):
    """A unit, its runs: a scan of a closed port, its record handed in, judged again."""
    ok, no, to, sql = w.ok, w.no, w.to, w.world.sql
    new = {"firm": "Bench", "model": "B", "serial": "1", "targets": "127.0.0.1:1/tls 127.0.0.1:2"}
    one = {"device": ok("device.create", new)["id"]}
    no("conflict", "device.create", new)
    no("not-found", "device.create", new | {"serial": "2", "application": NOBODY})
    to("device.set", {"firmware": "2", "name": None, "note": "on the left"}, words=one)
    ok("device.list", query="?text=ben&limit=1")
    no("wrong-state", "scan.release", words=one | {"scan": sql(
        "INSERT INTO device_scan(device, kind, state, targets, level, created_at) VALUES"
        " (?, 'scan', 'done', '', 1, 1) RETURNING id", one["device"])[0][0]})
    ok("device.attach", {"application": w.world.ids["application"]}, words=one)
    ok("device.declare", {"declared": "1/tls closed\n2 protocols TLSv1.2"}, words=one)
    no("wrong-state", "device.declare", {"declared": ""}, ["vendor"], words=one)
    ok("device.show", words=one)
    first = {"scan": ended(w, ok("scan.start", {"intrusive": True, "note": "n"}, words=one))}
    record = ok("scan.record", words=first).body
    for form in ("json", "csv", "html", "cbom"):
        ok("scan.report", query=f"?format={form}&lang=hi", words=first)
    second = {"scan": ended(w, ok("scan.upload", raw=record, kind="application/octet-stream",
                                  query="?level=3", words=one))}
    ended(w, ok("scan.judge", {"level": 1}, words=second))
    no("wrong-state", "scan.start", {"kind": "listen"}, words={"device": ok("device.create", new | {
        "serial": "4", "targets": ""})["id"]})
    ok("scan.ca")
    came = {"scan": ended(w, ok("scan.upload", raw=LISTENED, kind="application/octet-stream", words=one))}
    ok("scan.show", words=came)
    for op in ("scan.show", "scan.service", "scan.compare", "scan.declared"):
        ok(op, words=second | {"service": 1})
    ok("scan.release", words=first)
    ok("scan.release", words=first)
    ok("scan.list", words=one)
    ok("scan.of-application")
    bare = {"scan": w.world.ids["scan"]}
    for op in ("scan.service", "scan.compare", "scan.declared", "scan.report", "scan.record",
               "scan.judge", "scan.cancel", "scan.finish"):
        no("wrong-state", op, words=bare)
    sql("UPDATE device_scan SET record = (SELECT record FROM device_scan WHERE id = ?) WHERE id = ?",
        first["scan"], bare["scan"])
    waits = sql("INSERT INTO device_scan(device, kind, state, targets, level, created_at) VALUES"
                " (?, 'scan', 'waiting', '', 1, 1) RETURNING id", one["device"])[0][0]
    more = {"raw": b"x", "kind": "text/plain", "words": one}
    no("wrong-state", "scan.start", words=one)
    no("wrong-state", "scan.upload", **more)
    sql("UPDATE device_bench SET targets = '127.0.0.1:1' WHERE device = ?", one["device"])
    sql("UPDATE device_scan SET device = ? WHERE id = ?",
        ok("device.create", new | {"serial": "3"})["id"], waits)
    no("busy", "scan.start", words=one)
    no("busy", "scan.upload", **more)
    no("busy", "scan.judge", words=bare)
    sql("UPDATE device_scan SET record = NULL WHERE id = ?", bare["scan"])
    ok("scan.cancel", words={"scan": waits})
    sql("UPDATE device_scan SET kind = 'listen', state = 'running' WHERE id = ?", waits)
    ok("scan.finish", words={"scan": waits})
    ok("scan.cancel", words={"scan": waits})


def ended(w, run):
    """The run's id, once it has ended well."""
    until = time.monotonic() + 60
    while True:
        row = w.ok("scan.show", words={"scan": run["id"]})
        if row["state"] == "done":
            return run["id"]
        expect(row["state"] in ("waiting", "running") and time.monotonic() < until, f"a run: {row}")
        time.sleep(0.1)


def papers(w):
    ok, no, ids = w.ok, w.no, w.world.ids
    body, kind = multipart([("kind", None, b"other"), ("title", None, b"Test"),
                            ("file", "t.txt", b"some text")])
    v = ok("document.add", raw=body, kind=kind)
    ok("document.add", raw=b"second", kind="application/octet-stream",
       query=f"?document={v['document']}&filename=u.txt&lang=hi")
    no("wrong-state", "document.add", raw=b"x", kind="text/plain", query="?kind=other",
       words={"application": w.dead})
    for op in ("document.list", "document.show", "document.version", "document.content",
               "verification.list", "file.list", "file.of-version", "file.show", "file.content",
               "decision.list", "decision.waiting"):
        ok(op)
    ok("file.list", query="?verdict=REJECTED&undecided=true&text=a&limit=1")
    for form in ("json", "html", "etsi-xml"):
        ok("verification.report", query=f"?format={form}&lang=hi")
    ok("file.set", {"kind": "F01", "author": "oem"})
    state = w.world.sql("SELECT state FROM application WHERE id = ?", ids["application"])[0][0]
    w.world.sql("UPDATE application SET state = 'certified' WHERE id = ?", ids["application"])
    no("wrong-state", "file.set", {"kind": "F01"})
    w.world.sql("UPDATE application SET state = ? WHERE id = ?", state, ids["application"])
    ok("verification.again", words={"version": v["id"]})
    until = time.monotonic() + 60
    while ok("document.version", words={"version": v["id"]})["state"] != "verified":
        expect(time.monotonic() < until, "no verdict")
        time.sleep(0.1)
    file = {"file": ok("file.of-version", words={"version": v["id"]})["items"][0]["id"]}
    propose = {"decision": "waive", "reason": "it is in a test of the interface", "rule": "R-LANG-1"}
    # What was asked again has to be over: a file without a verdict is not decided about.
    while w.world.sql("SELECT 1 FROM job WHERE kind = 'verify' AND state IN ('waiting', 'running')"):
        expect(time.monotonic() < until, "verifications do not end")
        time.sleep(0.1)
    first = ok("decision.propose", propose, ["intake"], words=file)
    expect(first["state"] == "proposed", first)
    before = w.world.sql("SELECT verdict FROM file WHERE id = ?", file["file"])[0][0]
    w.world.sql("UPDATE file SET verdict = NULL WHERE id = ?", file["file"])
    no("wrong-state", "decision.propose", propose, ["intake"], words=file)
    w.world.sql("UPDATE file SET verdict = ? WHERE id = ?", before, file["file"])
    one = {"decision": first["id"]}
    no("conflict", "decision.propose", propose | {"verification": NOBODY}, ["intake"], words=file)
    w.world.sql("UPDATE decision SET verdict = 'ACCEPTED' WHERE id = ?", first["id"])
    no("conflict", "decision.confirm", roles=["assessor"], words=one)
    w.world.sql("UPDATE decision SET verdict = ? WHERE id = ?", first["verdict"], first["id"])
    no("four-eyes", "decision.confirm", roles=["intake"], words=one)
    no("four-eyes", "decision.reject", roles=["intake"], words=one)
    ok("decision.confirm", {"why": "so it is"}, ["assessor"], words=one)
    no("wrong-state", "decision.confirm", roles=["assessor"], words=one)
    no("wrong-state", "decision.reject", roles=["assessor"], words=one)
    second = ok("decision.propose", propose, ["intake"], words=file)
    ok("decision.reject", {"why": "no"}, ["assessor"], words={"decision": second["id"]})
    w.world.sql("UPDATE file SET path = 'inner.txt' WHERE id = ?", file["file"])
    no("wrong-state", "file.content", words=file)  # a member of what is no container
    w.world.sql("UPDATE file SET path = '' WHERE id = ?", file["file"])
    # The time-stamp of the receipt, as a time-stamp service would have given it.
    w.world.sql("UPDATE document_version SET token = x'3000', token_at = 1 WHERE id = ?",
                ids["version"])
    ok("document.token")


def people(w):
    ok, no, world = w.ok, w.no, w.world
    login = "p" + secrets.token_hex(6)
    key = {"Idempotency-Key": "people-1"}
    new = {"login": login, "name": "P", "roles": "intake", "lang": "hi"}
    r = ok("person.create", new, ["admin"], headers=key)
    no("done-before", "person.create", new, ["admin"], headers=key)
    one = {"person": r["id"]}
    ok("person.show", roles=["admin"], words=one)
    ok("person.list", query="?role=intake&active=true&limit=1", roles=["admin"])
    ok("person.list", query=f"?firm={world.ids['vendor']}", roles=["admin"])
    ok("officer.list", query="?role=intake")
    w.to("person.set", {"name": "Q", "roles": "intake assessor"}, ["admin"], words=one)
    key = {"Idempotency-Key": "people-2"}
    first = ok("person.reset", roles=["admin"], words=one, headers=key)["password"]
    no("done-before", "person.reset", roles=["admin"], words=one, headers=key)
    ok("person.reset-totp", roles=["admin"], words=one)
    ok("person.disable", roles=["admin"], words=one)
    no("wrong-state", "person.disable", roles=["admin"], words=one)
    ok("person.enable", roles=["admin"], words=one)
    admin = {"person": world.people["A"]}
    world.sql("UPDATE person SET disabled_at = 1 WHERE roles & 16 AND id <> ?", admin["person"])
    no("wrong-state", "person.set", {"roles": "intake"}, ["admin"], words=admin)
    no("wrong-state", "person.disable", roles=["admin"], words=admin)
    world.sql("UPDATE person SET disabled_at = NULL")
    # He himself.
    mine = Person(w, r["id"])
    key, change = {"Idempotency-Key": "people-7"}, {"old": first, "new": "the sea is wide today"}
    mine.ok("account.password", change, headers=key)
    mine = Person(w, r["id"])
    mine.no("done-before", "account.password", change, headers=key)
    mine.ok("account.show")
    mine.ok("account.language", {"lang": "en"})
    mine.no("wrong-state", "account.totp-confirm", {"code": "123456"})
    mine.no("wrong-state", "account.recovery")
    key = {"Idempotency-Key": "people-3"}
    secret = mine.ok("account.totp-begin", headers=key)
    mine.no("done-before", "account.totp-begin", headers=key)
    key = {"Idempotency-Key": "people-6"}
    confirm = {"code": totp(secret["secret"])}
    mine.ok("account.totp-confirm", confirm, headers=key)
    mine.no("done-before", "account.totp-confirm", confirm, headers=key)
    key = {"Idempotency-Key": "people-4"}
    mine.ok("account.recovery", headers=key)
    mine.no("done-before", "account.recovery", headers=key)
    mine.ok("account.certificate", {"sha256": "b" * 64})
    ok("person.certificate", {"sha256": "b" * 64}, ["admin"], words=one)
    theirs = Person(w, world.people["A"])
    theirs.ok("account.certificate", {"sha256": "c" * 64})
    theirs.ok("account.certificate", {"sha256": "b" * 64})
    no("conflict", "person.certificate", {"sha256": "b" * 64}, token=world.chief, words=admin)
    theirs.ok("account.certificate", {"sha256": "c" * 64})
    no("four-eyes", "person.certificate", {"sha256": "c" * 64}, ["admin"], words=admin)
    other = Person(w, r["id"])
    listed = other.ok("session.list")["items"]
    expect(len(listed) >= 2, listed)
    ended = next(i["id"] for i in listed if not i["this"])
    other.ok("session.end", words={"session": ended})
    other.ok("session.end-others")
    key = {"Idempotency-Key": "people-5"}
    asked = {"name": "t", "scopes": "application note:read", "days": 3}
    token = other.ok("token.create", asked, headers=key)
    other.no("done-before", "token.create", asked, headers=key)
    other.ok("token.list")
    other.ok("token.revoke", words={"token": token["id"]})
    other.no("wrong-state", "token.revoke", words={"token": token["id"]})
    world.sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)"
              " INSERT INTO token(hash, person, name, scopes, created_at, expires_at)"
              " SELECT randomblob(32), person, 'one of many', 'note', created_at, expires_at"
              " FROM n, token WHERE token.id = ?", token["id"])
    other.no("wrong-state", "token.create", asked)
    for _ in range(30):
        r = w.check("account.password", other.call("account.password",
                                                   {"old": "wrong", "new": "the sea is wide now"}))
        if r.status == 429:
            break
        expect(r.status == 400, r)
    for _ in range(30):
        other.w.check("account.totp-begin", other.call("account.totp-begin"))
        r = w.check("account.totp-confirm", other.call("account.totp-confirm", {"code": "000000"}))
        if r.status == 429:
            break
        expect(r.status == 400, r)


PROFILE = {"schema": "satyapan-issuer/1", "id": "walk-register", "name": "Walk Register",
           "country": "DE", "domains": ["walk.example"], "mail_domains": ["walk.example"],
           "templates": [], "pause_ms": 0}


def abroad(w):
    """Foreign certificates: profiles, a case with everything an officer does about it, an answer."""
    ok, no, world = w.ok, w.no, w.world
    profile = ok("issuer.import", raw=json.dumps(PROFILE).encode(), kind="application/octet-stream",
                 roles=["intake"])
    one = {"issuer": profile["id"]}
    ok("issuer.list", query="?state=proposed&limit=5")
    ok("issuer.show", words=one)
    no("conflict", "issuer.reject", {"sha256": "c" * 64}, ["admin"], words=one)
    no("conflict", "issuer.approve", {"sha256": "c" * 64}, ["admin"], words=one)
    no("four-eyes", "issuer.approve", roles=["intake"], words=one)
    no("wrong-state", "issuer.withdraw", roles=["admin"], words=one)
    no("conflict", "issuer.withdraw", {"sha256": "c" * 64}, ["admin"], words=one)
    ok("issuer.approve", {"reason": "looked at its home page"}, ["admin"], words=one)
    no("wrong-state", "issuer.approve", roles=["admin"], words=one)
    no("wrong-state", "issuer.reject", roles=["admin"], words=one)
    other = ok("issuer.import", raw=json.dumps(PROFILE | {"id": "walk-2"}).encode(),
               kind="application/octet-stream", roles=["intake"])
    ok("issuer.reject", words={"issuer": other["id"]})
    app = {"application": world.ids["application"]}
    claim = {"issuer": "Walk Register", "number": "W-1", "holder": "Devices",
             "weblink": "https://walk.example/1", "email": "office@walk.example"}
    no("wrong-state", "foreign.open", claim, words={"application": w.dead})
    case = {"case": ok("foreign.open", claim, ["vendor"], words=app)["id"]}
    no("conflict", "foreign.set", {"holder": "X", "version": 99999}, words=case)
    no("precondition-failed", "foreign.set", {"holder": "X"}, words=case,
       headers={"If-Match": '"99999"'})
    ok("foreign.set", {"holder": "Devices Ltd", "standard": "EN 303 645:2020"}, ["vendor"],
       words=case)
    ok("foreign.list", query="?open=true&limit=1&state=draft&due=2030-01-01")
    ok("foreign.show", words=case)
    ok("foreign.show", roles=["vendor"], words=case)
    ok("foreign.timeline", roles=["vendor"], words=case)
    reason = {"reason": "reasons of a test"}
    asks = {"foreign.check": {}, "foreign.mail": {}, "foreign.decide": reason | {
        "decision": "denied"}, "foreign.extend": reason | {"days": 2}}
    state = world.sql("SELECT state FROM application WHERE id = ?", app["application"])[0][0]
    no("wrong-state", "foreign.check", words=case)
    no("wrong-state", "foreign.mail", words=case)
    world.sql("UPDATE application SET state = 'testing' WHERE id = ?", app["application"])
    foreign = {"case": ok("foreign.open", claim | {"weblink": "https://elsewhere.example/1",
                                                   "email": "a@elsewhere.example"}, words=app)["id"]}
    for op in ("foreign.check", "foreign.mail"):
        no("rule-not-passed", op, words=foreign)
    ok("foreign.mail", words=case)
    ok("foreign.check", words=case)
    no("rule-not-passed", "foreign.decide", reason | {"decision": "verified"}, words=case)
    no("rule-not-passed", "foreign.extend", asks["foreign.extend"], words=case)
    no("unsupported-media-type", "foreign.attach", raw=b"words", kind="application/octet-stream",
       query="?saw=verified&statement=I+opened+the+page+and+saw+it+there", words=case)
    seen = ok("foreign.attach", raw=b"%PDF-1.4 a page", kind="application/octet-stream",
              query="?saw=verified&statement=I+opened+the+page+and+saw+it+there&filename=p.pdf",
              words=case)
    ok("foreign.evidence", words={"evidence": seen["evidence"][0]["id"]})
    ok("foreign.pause", reason, words=case)
    no("wrong-state", "foreign.pause", reason, words=case)
    ok("foreign.resume", reason, words=case)
    no("wrong-state", "foreign.resume", reason, words=case)
    with open(os.path.join(w.s.data, "scheme.json"), "w", encoding="utf-8") as f:
        json.dump({"schema": "satyapan-scheme/1", "ext_extension_days": {"value": 5}}, f)
    no("wrong-state", "foreign.extend", asks["foreign.extend"], words=foreign)
    world.sql("UPDATE foreign_case SET queried_on = '2026-11-20', due_on = '2099-01-01'"
              " WHERE id = ?", case["case"])
    ok("foreign.extend", asks["foreign.extend"], words=case)
    answer(w, case)
    second = ok("foreign.decide", reason | {"decision": "verified"}, ["intake"], words=case)
    one = {"decision": second["decisions"][0]["id"]}
    no("four-eyes", "foreign.confirm", roles=["intake"], words=one)
    no("four-eyes", "foreign.reject", roles=["intake"], words=one)
    ok("foreign.reject", {"why": "no"}, ["assessor"], words=one)
    no("wrong-state", "foreign.reject", roles=["assessor"], words=one)
    third = ok("foreign.decide", reason | {"decision": "verified"}, ["intake"], words=case)
    one = {"decision": third["decisions"][0]["id"]}
    ok("foreign.confirm", roles=["assessor"], words=one)
    no("wrong-state", "foreign.confirm", roles=["assessor"], words=one)
    for op in ("foreign.check", "foreign.mail"):
        no("wrong-state", op, words=case)
    no("wrong-state", "foreign.set", {"holder": "X"}, words=case)
    ok("foreign.close", reason, words=foreign)
    no("wrong-state", "foreign.close", reason, words=foreign)
    no("wrong-state", "foreign.decide", asks["foreign.decide"], words=foreign)
    ok("foreign.reopen", reason, words=foreign)
    no("wrong-state", "foreign.reopen", reason, words=foreign)
    world.sql("UPDATE application SET state = 'certified' WHERE id = ?", app["application"])
    no("wrong-state", "foreign.attach", raw=b"%PDF-1.4 a page", kind="application/octet-stream",
       query="?saw=verified&statement=I+opened+the+page+and+saw+it+there", words=foreign)
    world.sql("UPDATE application SET state = ? WHERE id = ?", state, app["application"])
    ok("foreign.due")
    ok("foreign.poll")
    ok("issuer.withdraw", roles=["admin"], words={"issuer": profile["id"]})
    mine = Person(w, world.people["I"])
    key = {"Idempotency-Key": "abroad-1"}
    feed = mine.ok("foreign.feed-new", headers=key)
    mine.no("done-before", "foreign.feed-new", headers=key)
    r = ok("foreign.feed", words={"secret": feed["path"].rsplit("/", 1)[1]}, query="?lang=hi")
    expect(r.body.startswith(b"BEGIN:VCALENDAR"), r)
    mine.ok("foreign.feed-end")
    mine.ok("foreign.feed-end")  # nothing was there: as it was to be


def answer(w, case):
    """The issuer's page: with a secret as the mail would have brought it."""
    import hashlib
    secret = {"secret": secrets.token_hex(16)}
    w.world.sql("UPDATE foreign_mail SET link_sha256 = ?, state = 'sent' WHERE foreign_case = ?",
                hashlib.sha256(secret["secret"].encode()).hexdigest(), case["case"])
    asked_ = w.ok("foreign.question", words=secret)
    expect(asked_["standing"] == "open" and asked_["number"] == "W-1", asked_)
    w.ok("foreign.answer", {"answer": "confirmed", "name": "Registrar", "remark": "so it is"},
         words=secret)
    w.no("wrong-state", "foreign.answer", {"answer": "denied"}, words=secret)
    expect(w.ok("foreign.question", words=secret)["standing"] == "answered", "used up")


def totp(secret):
    import base64
    import hashlib
    import hmac
    import struct
    key = base64.b32decode(secret.replace(" ", "") + "=" * (-len(secret.replace(" ", "")) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at:at + 4], 'big') & 0x7fffffff) % 1000000:06d}"


class Person:
    """Somebody in a browser: a session and its form token."""

    def __init__(self, w, person, age=0):
        self.w = w
        b = w.world.session(person, age)
        self.headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in b.cookies.items()),
                        "X-Form-Token": b.form_token, "Origin": b.origin}

    def call(self, op, body=None, headers=None, **more):
        return self.w.call(op, None, headers=self.headers | (headers or {}), body=body or {}, **more) \
            if self.w.rows[op]["method"] not in ("GET", "DELETE") \
            else self.w.call(op, None, headers=self.headers | (headers or {}), **more)

    def ok(self, op, body=None, **more):
        r = self.w.check(op, self.call(op, body, **more))
        expect(r.status < 400, f"{op}: {r}")
        return r.json if r.body else None

    def no(self, code, op, body=None, **more):
        r = self.w.check(op, self.call(op, body, **more))
        expect(r.status >= 400 and r.json["code"] == code, f"{op}: not {code}: {r}")


# ---- what every operation of a kind may answer ---------------------------------------------------

def everywhere(w):
    for op in w.ops:
        strangers(w, op)
        wrong_input(w, op)
        wrong_bodies(w, op)
    again(w)
    methods(w)
    stream(w)
    plain(w)
    full_disk(w)


def fields_of(w, row):
    """What an operation with a document requires beside it, as a query."""
    fields = w.world.body(row) | ({"kind": "other"} if row["id"] == "document.add" else {})
    return "?" + urllib.parse.urlencode(fields)


def asked(w, op, leave=("version",)):
    """The body the operation wants, or the document."""
    row = w.rows[op]
    if row["flags"] & 4:
        return {"raw": b"a document", "kind": "text/plain", "query": fields_of(w, row)}
    if row["method"] in ("GET", "DELETE"):
        return {}
    return {"body": w.world.body(row, leave=leave)}


def refused(w, code, op, **more):
    r = w.check(op, w.call(op, **more))
    expect(r.status >= 400 and r.json["code"] == code, f"{op}: not {code}: {r}")


def strangers(w, op):
    world, names = w.world, named(w, op)
    roles = {LETTER[r] for r in w.ops[op][2]["x-roles"]}
    if not w.rows[op]["flags"] & OPEN:
        refused(w, "not-logged-in", op, **asked(w, op))
        none = world.token(world.chief_id, scopes="nothing")
        refused(w, "forbidden", op, token=none, **asked(w, op))
    for letter in set("ISCGAV") - roles:
        refused(w, "forbidden", op, token=world.tokens[letter], **asked(w, op))
    person = world.people[next(iter(sorted(roles)))]
    if "forged-request" in names:
        headers = {k: v for k, v in Person(w, person).headers.items() if k != "X-Form-Token"}
        refused(w, "forged-request", op, headers=headers, **asked(w, op))
    if "confirm-first" in names:
        refused(w, "confirm-first", op, headers=Person(w, person, age=7200).headers, **asked(w, op))
    for p in w.rows[op]["params"]:
        if p["place"] == "path":
            for value in (NOBODY, "x", "0"):
                r = w.check(op, w.call(op, words={p["name"]: value},
                                       headers=Person(w, person).headers, **asked(w, op)))
                # Of an application that is not in the right state its parts are not looked at.
                also = names & {"wrong-state"} if p["name"] != "application" else set()
                expect(r.status >= 400 and r.json["code"] in {"not-found"} | also,
                       f"{op}: {p['name']} {value}: {r}")


def wrong_input(w, op):
    row, token = w.rows[op], w.token(op)
    start = asked(w, op).get("query", "?lang=en")
    more = {k: v for k, v in asked(w, op).items() if k != "query"}
    refused(w, "bad-parameter", op, token=token, query=start + "&nothing=1", **more)
    if row["flags"] & 2:
        refused(w, "bad-parameter", op, token=token, query="?limit=0", **more)
        refused(w, "bad-parameter", op, token=token, query="?limit=x", **more)
    for p in row["params"]:
        if p["place"] == "query" or row["flags"] & 4 and p["place"] == "body":
            value = {"text": "%07", "long": "%07"}.get(p["type"], "%7Bx%7D")
            first = start if f"{p['name']}=" not in start else "?lang=en"
            refused(w, "bad-parameter", op, token=token, query=f"{first}&{p['name']}={value}", **more)
        elif p["place"] == "body":
            body = w.world.body(row, leave=(p["name"],)) | {p["name"]: {"x": 1}}
            refused(w, "bad-parameter", op, token=token, body=body)
            if p["required"]:
                body = w.world.body(row, leave=(p["name"],))
                refused(w, "bad-parameter", op, token=token, body=body)


def wrong_bodies(w, op):
    names, token, upload = named(w, op), w.token(op), w.rows[op]["flags"] & 4
    if "bad-body" in names and upload:
        fields = w.world.body(w.rows[op]) | ({"kind": "other"} if op == "document.add" else {})
        body, kind = multipart([(k, None, str(v).encode()) for k, v in fields.items()]
                               + [("file", "a.txt", b"x")])
        refused(w, "bad-body", op, token=token, raw=body[:-9], kind=kind)
        refused(w, "bad-body", op, token=token, raw=body, kind="multipart/form-data")
    elif "bad-body" in names:
        for raw in (b"{", b"[]", b'{"a": 1, "a": 2}', b"\xff"):
            refused(w, "bad-body", op, token=token, raw=raw, kind="application/json")
    if "unsupported-media-type" in names:
        refused(w, "unsupported-media-type", op, token=token, raw=b"{}",
                kind="application/json" if upload else "text/plain")
    if "too-large" in names:
        refused(w, "too-large", op, token=token, raw=b" " * ((1 << 20) + 1 if upload else 300 << 10),
                kind="text/plain" if upload else "application/json", query=fields_of(w, w.rows[op])
                if upload else "")


def again(w):
    """A key that was used for another operation."""
    world = w.world
    for letter, token in world.tokens.items():
        w.s.good("POST", f"/api/v1/applications/{world.ids['application']}/notes", {"text": letter},
                 token, headers={"Idempotency-Key": "everywhere"})
    for op in w.ops:
        if "idempotency-key-reused" in named(w, op):
            refused(w, "idempotency-key-reused", op, token=w.token(op),
                    headers={"Idempotency-Key": "everywhere"}, **asked(w, op))


def methods(w):
    """Methods that are not described are refused, and Allow names those that are."""
    ids = w.world.ids
    for path, item in w.doc["paths"].items():
        real = re.sub(r"{(\w+)}", lambda m: str(ids.get(m.group(1), NOBODY)), path)
        described = set(item) | ({"head"} if "get" in item else set())
        for method in METHODS:
            if method in described:
                continue
            r = w.s.call(method.upper(), real, token=w.world.chief)
            expect(r.status == 405, f"{method} {path}: {r}")
            allowed = {m.lower() for m in r.header("Allow").split(", ")}
            expect(allowed == described, f"{path}: Allow {allowed}, described {described}")


def stream(w):
    one_stream(w, "application.events", "application", w.world.owner)
    one_stream(w, "device.events", "device", w.world.chief)


def one_stream(w, op, name, token):
    import socket
    path = w.ops[op][0].replace("{" + name + "}", str(w.world.ids[name]))
    c = socket.create_connection(("127.0.0.1", w.s.port), 20)
    c.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
              "Last-Event-ID: 1\r\n\r\n".encode())
    head = b""
    while b"retry:" not in head:
        head += c.recv(4096)
    expect(b" 200 " in head and b"text/event-stream" in head, head)
    refused(w, "too-many-requests", op, token=token)
    w.good.add(op)
    c.close()


def refused_plainly(w, op, path, status):
    r = w.s.call("GET", path)
    expect(r.status == status and str(status) in op["responses"], f"{path}: {r}")
    w.holds({"$ref": "#/components/schemas/Problem"}, r.json, path)


def plain(w):
    """The part of the description that is written by hand."""
    import subprocess
    subprocess.run([os.path.join(B, "tests", "register_fill"), w.s.data, "3"], check=True,
                   stdout=subprocess.DEVNULL)
    size = w.s.call("GET", "/checkpoint").body.split(b"\n")[1].decode()
    words = {"number": "STQC/IOTSCS/ER/002", "tile": f"0/000.p/{size}"}
    for path, method, op in operations(w.doc):
        if "x-roles" in op:
            continue
        for status in (["200"] if method == "get" else []):
            r = w.s.call(method.upper(), path.format(**words))
            said = op["responses"].get(str(r.status))
            expect(said and str(r.status) == status, f"{path}: {r}")
            kind = (r.header("Content-Type") or "").split(";")[0]
            expect(kind in said["content"], f"{path}: {kind}")
            if "schema" in said["content"][kind] and kind == "application/json":
                w.holds(said["content"][kind]["schema"], r.json, path)
        if "{" in path:
            refused_plainly(w, op, path.format(number=NOBODY, tile="x"), 404)
        if any(p["name"] == "on" for p in op.get("parameters", [])):
            refused_plainly(w, op, path.format(**words) + "?on=2026-02-30", 400)
    r = w.s.call("POST", "/api/v1/verify", body=b"no document", headers={"Content-Type": "text/plain"})
    expect(r.status == 200, r)
    w.holds({"$ref": "#/components/schemas/Report"}, r.json, "verify")


def full_disk(w):
    w.s.stop()
    with open(os.path.join(w.s.data, "office.json"), "w", encoding="utf-8") as f:
        json.dump(w.s.settings | {"disk_reserve_bytes": 1 << 43}, f)
    w.s.when = "/healthz"
    w.s.start()
    for op in w.ops:
        if "no-space" in named(w, op):
            refused(w, "no-space", op, token=w.token(op), **asked(w, op))


if __name__ == "__main__":
    sys.exit(run_cases(CASES, sys.argv[1:]))
