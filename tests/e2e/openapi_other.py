#!/usr/bin/env python3
"""A second opinion on the OpenAPI description: the schema of OpenAPI 3.1 itself, by the npm package
@seriousme/openapi-schema-validator.

usage: openapi_other.py        environment: B, the build directory (default: build)
Skipped (77) where npm cannot install it.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from office_server import B, OfficeServer  # noqa: E402

PACKAGE = "@seriousme/openapi-schema-validator"
FOLDER = os.path.join(B, "node-openapi")
SCRIPT = """
import {readFileSync} from 'node:fs';
const {Validator} = await import(process.argv[2]);
const validator = new Validator();
const result = await validator.validate(JSON.parse(readFileSync(process.argv[1], 'utf8')));
console.log(JSON.stringify({valid: result.valid, version: validator.version, errors: result.errors}));
"""


def installed():
    entry = os.path.join(FOLDER, "node_modules", PACKAGE)
    if not os.path.isdir(entry) and shutil.which("npm"):
        os.makedirs(FOLDER, exist_ok=True)
        subprocess.run(["npm", "install", "--prefix", FOLDER, "--no-audit", "--no-fund", "--silent",
                        PACKAGE], timeout=120, check=False, capture_output=True)
    if not os.path.isdir(entry):
        return None
    with open(os.path.join(entry, "package.json"), encoding="utf-8") as f:
        package = json.load(f)
    main = package.get("exports") or package.get("main")
    while isinstance(main, dict):
        main = main.get(".") or main.get("import") or main.get("default")
    return "file://" + os.path.join(entry, main)


def validate(entry, doc, work):
    path, script = os.path.join(work, "openapi.json"), os.path.join(work, "validate.mjs")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(doc, f)
    with open(script, "w", encoding="utf-8") as f:
        f.write(SCRIPT.replace("process.argv[1]", "process.argv[3]"))
    p = subprocess.run(["node", script, entry, path], capture_output=True, text=True, timeout=120,
                       check=False)
    if p.returncode:
        sys.exit(f"FAIL node: {p.stderr[-1500:]}")
    return json.loads(p.stdout)


def main():
    entry = installed()
    if not entry:
        print(f"skipped: npm cannot install {PACKAGE} (no network?)\n0 passed, 0 failed, 1 skipped")
        return 77
    with tempfile.TemporaryDirectory(prefix="satyapan-openapi-") as work:
        s = OfficeServer(work)
        doc = s.call("GET", "/api/v1/openapi.json").json
        s.stop()
        good = validate(entry, doc, work)
        doc["paths"]["/api/v1/firms"]["get"]["responses"] = "none"  # it can say no
        bad = validate(entry, doc, work)
    right = good["valid"] and good["version"] == "3.1" and not bad["valid"]
    if not right:
        print(f"FAIL {json.dumps(good)[:3000]} {bad['valid']}")
    print(f"{int(right)} passed, {int(not right)} failed, 0 skipped")
    return 0 if right else 1


sys.exit(main())
