#!/usr/bin/env python3
"""The CycloneDX 1.6 bill of materials of a scan is valid by the official schema, which is in the npm package
@cyclonedx/cyclonedx-library. Skipped (77) where npm cannot install it.
"""
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import jsonschema  # noqa: E402

import tls_fake  # noqa: E402
import tls_servers  # noqa: E402

PACKAGE = "@cyclonedx/cyclonedx-library"
FOLDER = os.path.join(tls_servers.B, "node-cyclonedx")
PROGRAM = os.path.join(tls_servers.B, "satyapan")
passed = failed = 0


def count(good, line):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print("FAIL", line)


def schemas():
    """The folder of schemas, or None."""
    folder = os.path.join(FOLDER, "node_modules", PACKAGE, "res/schema")
    if not os.path.isdir(folder) and shutil.which("npm"):
        os.makedirs(FOLDER, exist_ok=True)
        subprocess.run(["npm", "install", "--prefix", FOLDER, "--no-audit", "--no-fund", "--silent", "--omit=peer",
                        "--omit=optional", PACKAGE], timeout=120, check=False, capture_output=True)
    return folder if os.path.isdir(folder) else None


def validator(folder):
    def load(name):
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            return json.load(f)
    bom = load("bom-1.6.SNAPSHOT.schema.json")
    store = {}
    for name in ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json", "bom-1.6.SNAPSHOT.schema.json"):
        schema = load(name)
        store[schema["$id"]] = store[name] = store[bom["$id"].rsplit("/", 1)[0] + "/" + name] = schema
    resolver = jsonschema.RefResolver(bom["$id"], bom, store)
    return jsonschema.Draft7Validator(bom, resolver=resolver)


def main():
    folder = schemas()
    if not folder:
        print(f"skipped: npm cannot install {PACKAGE} (no network?)\n0 passed, 0 failed, 1 skipped")
        return 77
    check = validator(folder)
    with tempfile.TemporaryDirectory() as work:
        bed = tls_servers.Bed.__new__(tls_servers.Bed)
        bed.folder, bed.servers, bed.missing, bed.running, bed.fakes = work, [], [], [], []
        bed.keys()
        bed.openssl()
        bed.raw()
        web = tls_fake.Fake(raw=lambda s, c: c.sendall(b"HTTP/1.1 400 no\r\n\r\n"))
        bed.fakes.append(web)
        try:
            bed.wait()
            lists = [[f"127.0.0.1:{web.port}/http", *[s.target for s in bed.servers]], ["127.0.0.1:1/tls"],
                     [bed.servers[0].target] * 2]
            for targets in lists:
                p = subprocess.run([PROGRAM, "tls", "scan", "--format", "cbom", *targets], capture_output=True,
                                   text=True, check=False, timeout=120)
                bom = json.loads(p.stdout)
                faults = [f"{list(e.absolute_path)}: {e.message[:200]}" for e in check.iter_errors(bom)]
                count(not faults, f"{len(targets)} targets: {faults[:5]}")
                count(len(bom["components"]) >= len(targets), f"{len(bom['components'])} components")
                if len(targets) == 2:
                    wrong = copy.deepcopy(bom)  # the schema can say no
                    wrong["components"][-1]["cryptoProperties"]["assetType"] = "secret"
                    count(list(check.iter_errors(wrong)), "the schema takes everything")
        finally:
            bed.stop()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
