#!/usr/bin/env python3
"""The ETSI TS 119 102-2 report of every sample: valid by the schema, and it says what the JSON says.

environment: B (build directory), SHARED (default: ../shared beside the checkout). The schema is not
part of this repository: where it is not there, its part is skipped and the rest is done all the same.
"""
import base64
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
SHARED = os.environ.get("SHARED", os.path.join(os.path.dirname(ROOT), "shared"))
XSD = os.path.join(SHARED, "data", "xsd")
DATA = os.path.join(B, "gen", "data")
OPTIONS = ["--offline", "--at", "2026-11-21T06:30:00Z", "--trust", os.path.join(DATA, "cert", "root.cer"),
           "--crl", os.path.join(DATA, "crl")]
NOT_DOCUMENTS = {"crl", "crl-dated", "crl-odd", "ocsp"}
VR, SP = "{http://uri.etsi.org/19102/v1.4.1#}", "{urn:satyapan:report:1}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
MAIN, SUB = "urn:etsi:019102:mainindication:", "urn:etsi:019102:subindication:"
# Where the schemas say they are, and the file here.
LOCATIONS = {
    "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd": "xmldsig-core-schema.xsd",
    "http://www.w3.org/TR/2008/REC-xmldsig-core-20080610/xmldsig-core-schema.xsd": "xmldsig-core-schema.xsd",
    "http://uri.etsi.org/01903/v1.3.2/XAdES.xsd": "XAdES01903v132-202407.xsd",
    "http://uri.etsi.org/19612/v2.2.1/ts_119612v020201_201601xsd.xsd": "ts_119612v020401_xsd.xsd",
    "http://www.w3.org/2001/xml.xsd": "xml.xsd", "http://www.w3.org/2001/03/xml.xsd": "xml.xsd"}
passed = failed = skipped = 0


def count(wrong, name):
    global passed, failed
    if wrong:
        failed += 1
        print(f"FAIL {name}: {wrong}")
    else:
        passed += 1


def verify(form, *paths):
    return subprocess.run([os.path.join(B, "satyapan"), "verify", *OPTIONS, "--format", form, *paths],
                          capture_output=True, timeout=120, check=False)


def words(element, path):
    return [found.text for found in element.findall(path)]


def compare_signature(report, sig, objects):
    """What is wrong with one SignatureValidationReport, or None."""
    status = report.find(VR + "SignatureValidationStatus")
    if words(status, VR + "MainIndication") != [MAIN + sig["indication"].lower()]:
        return f"{sig['id']}: main indication"
    if words(status, VR + "SubIndication") != [SUB + word for word in (sig["subindication"],) if word]:
        return f"{sig['id']}: sub-indication"
    codes = [text.removeprefix("urn:satyapan:reason:") for text in words(
        report, f"{VR}ValidationConstraintsEvaluationReport/{VR}ValidationConstraint/"
                f"{VR}ValidationConstraintIdentifier") if ":reason:" in text]
    if codes[:len(sig["findings"])] != [f["code"] for f in sig["findings"]]:
        return f"{sig['id']}: constraints {codes}"
    best = words(report, f"{VR}ValidationTimeInfo/{VR}BestSignatureTime/{VR}POETime")
    if sig["best_time"] and best != [sig["best_time"]]:
        return f"{sig['id']}: best time {best}"
    claimed = words(report, f"{VR}SignatureAttributes/{VR}SigningTime/{VR}Time")
    if sig["kind"] not in ("DOCTIMESTAMP", "TST", "ERS") and claimed != [sig["claimed_time"]] * bool(sig["claimed_time"]):
        return f"{sig['id']}: claimed time {claimed}"
    for certificate in sig["chain"]:
        if ("C", certificate["sha256"]) not in objects:
            return f"{sig['id']}: certificate {certificate['subject']} is no object"
    for row in sig["revocation"]:
        if row["sha256"] and not {("R", row["sha256"]), ("O", row["sha256"])} & objects:
            return f"{sig['id']}: {row['source']} is no object"
    for stamp in sig["timestamps"]:
        if ("T", stamp["sha256"]) not in objects:
            return f"{sig['id']}: a time-stamp is no object"
    return None


def flat(report):
    """A container's files in one list, as pairs of the verdict beside it and a signature: those of the
    files' own signatures, then a None for each file that carries none and that nothing covers."""
    def signed(one):
        rows = [(one["verdict"], sig) for sig in one["signatures"]]
        for member in one.get("members", []):
            inner = member.get("report")
            rows += signed({**inner, "verdict": member["verdict"]}) if inner else []
        return rows

    def unsigned(one):
        rows = []
        for member in one.get("members", []):
            if member["state"] in ("unsigned", "unread"):
                rows.append((member["verdict"], None))
            else:
                rows += unsigned(member.get("report") or {})
        return rows

    return signed(report) + unsigned(report) or [(report["verdict"], None)]


def compare(xml, report):
    tree = ET.fromstring(xml)
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    if len(ids) != len(set(ids)):
        return "an id is there twice"
    for element in tree.iter():
        for target in (element.get("VOReference") or "").split():
            if target not in ids:
                return f"a reference to {target}, which is not there"
    objects = {(o.get("id")[0], base64.b64decode(o.find(f".//{DS}DigestValue").text).hex())
               for o in tree.findall(f"{VR}SignatureValidationObjects/{VR}ValidationObject")}
    found = tree.findall(VR + "SignatureValidationReport")
    rows = flat(report)
    if len(found) != len(rows):
        return f"{len(found)} signature reports, not {len(rows)}"
    for one, (verdict, sig) in zip(found, rows):
        if words(one, f"{VR}OtherInformation/{SP}Document/{SP}Verdict") != [verdict]:
            return "the verdict"
        main = words(one, f"{VR}SignatureValidationStatus/{VR}MainIndication")
        want = MAIN + ("total-failed" if verdict == "REJECTED" else "indeterminate")
        if sig is None and main != [want]:
            return f"without signatures: {main}"
    for one, (_, sig) in zip(found, rows):
        wrong = compare_signature(one, sig, objects) if sig else None
        if wrong:
            return wrong
    return None


def one(path):
    plain, etsi = verify("json", path), verify("etsi-xml", path)
    if plain.returncode != etsi.returncode:
        return None, f"exit {etsi.returncode}, with json {plain.returncode}"
    try:
        return etsi.stdout, compare(etsi.stdout, json.loads(plain.stdout))
    except (ValueError, ET.ParseError) as error:
        return None, f"{error}"


def documents():
    for folder, _, names in sorted(os.walk(DATA)):
        if os.path.basename(folder) not in NOT_DOCUMENTS:
            yield from (os.path.join(folder, name) for name in sorted(names) if name[0] != ".")


def reports(folder):
    """Writes the reports of all samples, and the golden ones, into the folder."""
    paths = list(documents())
    kinds, written = set(), []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for number, (path, (xml, wrong)) in enumerate(zip(paths, pool.map(one, paths))):
            count(wrong, os.path.relpath(path, DATA))
            if xml:
                written.append(os.path.join(folder, f"{number}.xml"))
                kinds.update(re.findall(rb"mainindication:(total-passed|indeterminate|total-failed)", xml))
                with open(written[-1], "wb") as out:
                    out.write(xml)
    count(None if len(kinds) == 3 else f"only {kinds}", "samples with all three indications")
    golden = os.path.join(ROOT, "tests", "golden")
    return written + [os.path.join(golden, n) for n in sorted(os.listdir(golden)) if n.endswith(".etsi.xml")]


def validate(catalogue, paths):
    """Names of the files that are not valid, with the first thing said about each."""
    done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema",
                           os.path.join(XSD, "TS119102-2-v141.xsd"), *paths],
                          env={**os.environ, "XML_CATALOG_FILES": catalogue}, capture_output=True,
                          text=True, timeout=300, check=False)
    valid = set(re.findall(r"^(.*) validates$", done.stderr, re.M))
    first = [line for line in done.stderr.splitlines() if "Skipping import" not in line and "error" in line]
    return {path: first[:1] or done.stderr[-200:] for path in paths if path not in valid}


def schema(folder, paths):
    global skipped
    if not os.path.exists(os.path.join(XSD, "TS119102-2-v141.xsd")):
        print("skipped: the schemas are not there (SHARED)")
        skipped += 1
        return
    catalogue = os.path.join(folder, "catalogue.xml")
    with open(catalogue, "w", encoding="utf-8") as out:
        out.write('<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">\n')
        for location, name in LOCATIONS.items():
            out.write(f'<system systemId="{location}" uri="file://{os.path.join(XSD, name)}"/>\n')
        out.write("</catalog>\n")
    wrong = {}
    for start in range(0, len(paths), 50):
        wrong.update(validate(catalogue, paths[start:start + 50]))
    for path in paths:
        count(wrong.get(path), f"schema: {path}")
    # The schema must be able to refuse.
    with open(paths[-1], encoding="utf-8") as file:
        good = file.read()
    for number, (old, new) in enumerate((("MainIndication>", "Indication>"),
                                         ("<ValidationTime>", "<ValidationTime>at "),
                                         (' VOReference="', ' Reference="'),
                                         ("<HashOnly>false", "<HashOnly>no"))):
        bad = os.path.join(folder, f"bad-{number}.xml")
        with open(bad, "w", encoding="utf-8") as out:
            out.write(good.replace(old, new))
        changed = old in good
        count(None if changed and validate(catalogue, [bad]) else "is taken as valid", f"changed {old}")


def several():
    """A report is one document: two files are a mistake in the use."""
    paths = list(documents())[:2]
    done = verify("etsi-xml", *paths)
    count(None if done.returncode == 64 and not done.stdout else f"exit {done.returncode}", "two files")


def main():
    if not list(documents()):
        print("FAIL no samples: make fixtures")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        paths = reports(folder)
        golden = [p for p in paths if p.endswith("accepted.etsi.xml")]
        schema(folder, [p for p in paths if p not in golden] + golden)
    several()
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main())
