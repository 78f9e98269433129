#!/usr/bin/env python3
"""The JSON schema of a certificate's data against the cases of tests/issue/data.jsonl.

tests/unit/test_issue.c reads the same cases with the program's own check. "schema" of a case says
whether the shape alone is good: what joins several values is no matter of the schema. And: each
sentence in which data or a change of them are refused has its Hindi.
"""
import copy
import json
import os
import re
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def load(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def step(at, part):
    return at[int(part)] if isinstance(at, list) else at[part]


def holder_of(data, path):
    *parts, last = path.split(".")
    for part in parts:
        data = step(data, part)
    return data, last


def changed(sample, row):
    data = copy.deepcopy(sample)
    for path, value in row.get("set", {}).items():
        holder, last = holder_of(data, path)
        if not isinstance(holder, list):
            holder[last] = value
        elif int(last) < len(holder):
            holder[int(last)] = value
        else:
            holder.append(value)
    for path in row.get("remove", []):
        holder, last = holder_of(data, path)
        del holder[last]
    return data


def request_checker(certificate):
    request = json.loads(load("certs/request.schema.json"))
    resolver = jsonschema.RefResolver(request["$id"], request,
                                      store={certificate["$id"]: certificate, request["$id"]: request})
    validator = jsonschema.validators.validator_for(request)
    validator.check_schema(request)
    return validator(request, resolver=resolver, format_checker=jsonschema.FormatChecker())


def requests(sample):
    """(is one, request): the sample as a request, with what may be left out, and what is none."""
    full = {k: v for k, v in sample.items() if k not in ("number", "url")}
    short = {k: v for k, v in full.items() if k not in ("schema", "body", "scheme", "brands", "previous",
                                                        "conditions", "issued_on", "valid_from", "valid_to")}
    return ((True, full), (True, short), (True, dict(short, application=7)), (False, sample),
            (False, dict(short, application="7")), (False, dict(short, level="2")), (False, dict(short, models=[])),
            (False, {k: v for k, v in short.items() if k != "registration"}))


def source(name):
    """A C file, strings that stand beside each other put together."""
    return re.sub(r'"\s*\n\s*"', "", load(name)).replace("%zu", "%d")


def hindi():
    """(count, those that are missing): the refusals that office/certificates/hindi.c says in Hindi."""
    told = []
    for name in ("check", "amend"):
        calls = re.findall(r'refuse(?:_by)?\((?:[^"{};]|"[^"]*")*', source(f"src/issue/{name}.c"))
        told += re.findall(r'"([^"]*)"', "".join(calls))
    told += re.findall(r'"((?:has|holds) [^"]*)"', source("src/issue/letters.c"))
    told += re.findall(r'(?:why = |why, )"([^"]*)"', source("src/office/certificates/amendment.c"))
    told = {re.sub(r" \(R-[A-Z].*\)$", "", re.sub(r"^\S+(?:, \w+)*: ", "", s)) for s in told}
    told = {s for s in told if len(s.split()) > 1 and not s.startswith("%")}
    return len(told), sorted(told - set(re.findall(r'"([^"]*)"', source("src/office/certificates/hindi.c"))))


def main():
    schema, sample = json.loads(load("certs/certificate.schema.json")), \
        json.loads(load("certs/sample.json"))
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    checker = validator(schema, format_checker=jsonschema.FormatChecker())
    passed = failed = 0
    for good, data in requests(sample):
        if request_checker(schema).is_valid(data) == good:
            passed += 1
        else:
            failed += 1
            print(f"FAIL request.schema.json: {'refuses' if good else 'takes'} {json.dumps(data)[:200]}")
    count, missing = hindi()
    passed, failed = passed + count - len(missing), failed + len(missing) + (count < 40)
    for sentence in missing:
        print(f"FAIL no Hindi: {sentence}")
    for row in map(json.loads, load("tests/issue/data.jsonl").splitlines()):
        errors = [e.message for e in checker.iter_errors(changed(sample, row))]
        if (not errors) == row["schema"]:
            passed += 1
        else:
            failed += 1
            print(f"FAIL {row['name']}: {errors or 'the schema takes it'}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
