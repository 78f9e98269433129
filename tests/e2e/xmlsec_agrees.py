#!/usr/bin/env python3
"""A second opinion: `xmlsec1 --verify` on every XML signature of the generated documents (good and
forged), and of the document sets where they are there. It must say what this program calls intact,
or the difference is explained here.

usage: xmlsec_agrees.py [NAME...]     environment: B, SHARED
What it does not do: compare trust (--insecure) and coverage; that is what cases are for.
"""
import concurrent.futures
import glob
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
DATA = os.path.join(B, "gen", "data")
SHARED = os.environ.get("SHARED", os.path.join(os.path.dirname(ROOT), "shared"))
AT = "2026-11-21T06:30:00Z"
DS = "http://www.w3.org/2000/09/xmldsig#"
IDS = ("Id", "ID", "id", "AssertionID")
CONTENT = {"detached.xml": "declaration.txt", "detached_rsa.xml": "data.txt"}

DTD = "xmlsec1 reads a DOCTYPE and what it declares; we refuse every one"
NOTHING = "what is left to sign is nothing; the digest of nothing fits, we refuse such transforms"
METHOD = "an algorithm that xmlsec1 1.2.37 does not know"
ZERO = "xmlsec1 reads up to the zero and no further; we refuse the file"
MANIFEST = "xmlsec1 leaves the digests of a manifest to the caller (XML Signature 5.1)"
NO_CERTIFICATE = "a second X509Certificate that is none; xmlsec1 gives up, we tell that nothing signs it"
# File: why the two rightly differ. An entry whose file does not differ is a failure.
EXPLAINED = {
    "xml/doctype.xml": DTD,
    "xml-forged/doctype-parameter.xml": DTD,
    "xml/xpath-empty.xml": NOTHING,
    "xml/xpath-self.xml": NOTHING,
    "xml-forged/xpath-false.xml": NOTHING,
    "xml-forged/xpath-nobody.xml": NOTHING,
    "xml-forged/filter-none-kept.xml": NOTHING,
    "xml-forged/ref-itself.xml": NOTHING,
    "xml/ed25519.xml": METHOD,
    "xml/digest-sha3.xml": METHOD,
    "xml/pss.xml": METHOD,
    "xml/pss-sha384.xml": METHOD,
    "xml/pss-sha512.xml": METHOD,
    "xml/pss-parameters.xml": METHOD,
    "xml/manifest-altered.xml": MANIFEST,
    "xml-forged/manifest-other.xml": MANIFEST,
    "xml-forged/zero-behind.xml": ZERO,
    "xml-forged/zero-behind-utf16.xml": ZERO,
    "xml/encoding.xml": "windows-1252, which we do not read",
    "xml/id-twice.xml": "xmlsec1 cannot be told of an Id that stands twice, even where none is used",
    "xml/id-wsu.xml": "xmlsec1 --id-attr does not name attributes of a namespace",
    "xml/key-der-value.xml": "xmlsec1 1.2.37 does not know DEREncodedKeyValue",
    "xml/key-ski.xml": "the certificate is not in the file, and is given to us alone",
    "xml/key-two-data.xml": "xmlsec1 takes the key of the first X509Data; we take the key that fits",
    "xml-forged/payload-own-text.xml": "text between the parts of ds:Signature, which the schema "
                                       "does not allow; xmlsec1 passes over it",
    "xml-forged/ref-pointer-path.xml": "an XPointer with a path, which we refuse",
    "xml-forged/transform-many.xml": "more transforms than we follow",
    "xml-forged/own-certificate.xml": NO_CERTIFICATE,
    "xml-forged/own-certificate-words.xml": NO_CERTIFICATE,
    "xml-forged/own-manifest.xml": "xmlsec1 follows a ds:Manifest that nothing signs, its reference has no digest",
    "xml-forged/own-relationships.xml": "xmlsec1 keeps the text between relationships, ECMA-376-2 13.2.4.24 "
                                        "takes it away",
    "xml-forged/structure-info-junk.xml": "the value and the digests are good, but ds:SignedInfo is "
                                          "not by the schema; we reject it for that",
}


def ours(path, content):
    words = [os.path.join(B, "satyapan"), "verify", "--offline", "--format", "json", "--at", AT,
             "--trust", os.path.join(DATA, "cert", "root.cer")]
    for name in ("signer", "subca", "ca"):
        words += ["--untrusted", os.path.join(DATA, "cert", name + ".cer")]
    words += ["--content", content] if content else []
    done = subprocess.run(words + [path], capture_output=True, check=False, timeout=60)
    report = json.loads(done.stdout.splitlines()[0])
    return [sig["intact"] for sig in report["signatures"]]


def id_options(path):
    """xmlsec1 knows no Id without a DTD: every element that carries one is named."""
    found = set()
    try:
        for element in ET.parse(path).iter():
            namespace, _, name = element.tag.rpartition("}")
            for attribute in IDS:
                if attribute in element.attrib:
                    found.add((attribute, (namespace[1:] + ":" if namespace else "") + name))
    except (ET.ParseError, ValueError, LookupError):
        pass  # it is for xmlsec1 to say so
    return [word for at, element in sorted(found) for word in (f"--id-attr:{at}", element)]


def theirs(path, index):
    node = f"(//*[local-name()='Signature' and namespace-uri()='{DS}'])[{index + 1}]"
    # A relative name is "remote" for xmlsec1; nothing else may be opened.
    uris = "empty,same-doc" + (",remote" if os.path.basename(path) in CONTENT else "")
    words = ["xmlsec1", "--verify", "--insecure", "--enabled-reference-uris", uris, *id_options(path),
             "--node-xpath", node, path]
    done = subprocess.run(words, capture_output=True, check=False, timeout=60,
                          cwd=os.path.dirname(path))
    return done.returncode == 0


def compare(path):
    content = CONTENT.get(os.path.basename(path))
    mine = ours(path, content and os.path.join(os.path.dirname(path), content))
    # None: we cannot tell (no certificate, unknown algorithm); xmlsec1 must not say that it holds.
    return [(value is True, theirs(path, i)) for i, value in enumerate(mine or [False])]


def documents():
    files = glob.glob(DATA + "/xml/*.xml") + glob.glob(DATA + "/xml-forged/*.xml")
    return sorted(files) + sorted(glob.glob(SHARED + "/data/signed/xml/*.xml"))


def main():
    wanted = sys.argv[1:]
    if not shutil.which("xmlsec1"):
        print("skipped: xmlsec1 is not installed")
        return 77
    files = [f for f in documents() if not wanted or any(w in f for w in wanted)]
    passed, failed, explained = 0, 0, set()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, pairs in zip(files, pool.map(compare, files)):
            name = os.path.relpath(path, DATA if path.startswith(DATA) else SHARED + "/data/signed")
            for index, (mine, other) in enumerate(pairs):
                if mine == other:
                    passed += 1
                elif name in EXPLAINED:
                    explained.add(name)
                else:
                    failed += 1
                    print(f"FAIL {name}, signature {index + 1}: ours {mine}, xmlsec1 {other}")
    for name in sorted(EXPLAINED.keys() - explained):
        if not wanted and (name.count("/") == 1 or os.path.isdir(SHARED)):
            failed += 1
            print(f"FAIL {name}: explained above, but there is no difference")
    for name in sorted(explained):
        print(f"# differ: {name}: {EXPLAINED[name]}")
    skipped = 0 if os.path.isdir(SHARED + "/data/signed/xml") else 1
    if skipped:
        print("skipped: the document sets are not there (SHARED)")
    print(f"# {len(explained)} differences explained")
    print(f"{passed + len(explained)} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
