#!/usr/bin/env python3
"""Clauses of PDF/A-3b (ISO 19005-3:2012) that can be seen in the objects of a file, looked for with qpdf.

Debian has no validator of PDF/A (veraPDF is Java and not packaged): this is a list of our own, not a certificate.
What is inside the streams is looked at by pdfa_deep.py. Not looked at: the outlines of glyphs, the tags of the colour
profile, whether what is drawn is what the text says.

usage: pdfa.py FILE...      prints what does not fit
"""
import json
import subprocess
import sys

import pdfa_deep

ANNOTATIONS = {"/Widget", "/Link", "/Text", "/FreeText", "/Highlight", "/Underline", "/Stamp", "/Popup"}
ACTIONS = {"/AA", "/OpenAction", "/JavaScript", "/XFA", "/Alternates", "/OPI", "/Ref", "/PS", "/Requirements"}
HIDDEN = 1 | 2 | 32 | 256  # invisible, hidden, no view, toggle no view


def objects_of(path):
    done = subprocess.run(["qpdf", "--json=2", "--json-stream-data=inline", "--decode-level=generalized", path],
                          capture_output=True, timeout=120, check=False)
    return json.loads(done.stdout)["qpdf"][1]


def walk(value):
    yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(child)


class File:
    def __init__(self, path):
        self.data = open(path, "rb").read()
        self.all = objects_of(path)
        self.found = []

    def get(self, value):
        while isinstance(value, str) and value.endswith(" R") and "obj:" + value in self.all:
            o = self.all["obj:" + value]
            value = o["stream"]["dict"] if "stream" in o else o["value"]
        return value

    def bad(self, clause, what):
        self.found.append(f"{clause}: {what}")

    def structure(self):
        trailer = self.all["trailer"]["value"]
        if not self.data.startswith(b"%PDF-1.") or not all(c > 127 for c in self.data[10:14]):
            self.bad("6.1.2", "the head")
        if len(trailer.get("/ID", [])) != 2 or "/Encrypt" in trailer:
            self.bad("6.1.3", "/ID or /Encrypt")
        if self.data.rstrip(b"\r\n")[-5:] != b"%%EOF" or len(self.data) - len(self.data.rstrip(b"\r\n")) > 2:
            self.bad("6.1.3", "what stands behind the last %%EOF")
        if len(self.all) > 8388607:
            self.bad("6.1.13", "too many objects")
        return self.get(trailer["/Root"])

    def catalog(self, root):
        if self.get(root.get("/OCProperties")) or self.get(root.get("/AlternatePresentations")):
            self.bad("6.9", "optional content, alternate presentations")
        if set(self.get(root.get("/Perms")) or {}) - {"/DocMDP", "/UR3"}:
            self.bad("6.1.12", "/Perms")
        form = self.get(root.get("/AcroForm")) or {}
        if form.get("/NeedAppearances") or "/XFA" in form:
            self.bad("6.4", "/NeedAppearances, /XFA")
        intents = [self.get(i) for i in self.get(root.get("/OutputIntents")) or []]
        if [i.get("/S") for i in intents] != ["/GTS_PDFA1"] or "/N" not in (self.get(intents[0]["/DestOutputProfile"])):
            self.bad("6.2.3", "the output intent")
        metadata = self.get(root.get("/Metadata")) or {}
        if metadata.get("/Type") != "/Metadata" or "/Filter" in metadata:
            self.bad("6.6.2", "the metadata stream")
        for spec in [self.get(s) for s in self.get(root.get("/AF")) or []]:
            if not all(k in spec for k in ("/F", "/UF", "/AFRelationship", "/EF")):
                self.bad("6.8", "a file specification")
            elif "/Subtype" not in self.get(self.get(spec["/EF"])["/F"]):
                self.bad("6.8", "an attachment without its type")

    def one(self, o):
        value = o["stream"]["dict"] if "stream" in o else o.get("value")
        if "stream" in o:
            filters = value.get("/Filter", [])
            filters = filters if isinstance(filters, list) else [filters]
            if set(value) & {"/F", "/FFilter", "/FDecodeParms"} or set(filters) & {"/LZWDecode", "/Crypt"}:
                self.bad("6.1.7", "a stream of another file, LZW or encrypted")
        for part in walk(value):
            if isinstance(part, str) and len(part.encode()) > 2 + 2 * 32767:
                self.bad("6.1.13", "a string longer than 32,767 octets")
            if isinstance(part, dict):
                self.dictionary(part)

    def dictionary(self, d):
        if set(d) & ACTIONS and d.get("/Type") not in ("/XObject", "/Font", "/FontDescriptor"):
            self.bad("6.5", f"an action: {set(d) & ACTIONS}")
        if d.get("/Type") == "/Action" or d.get("/S") in ("/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm"):
            self.bad("6.5", "an action")
        if d.get("/Type") == "/Annot" or d.get("/Subtype") == "/Widget":
            self.annotation(d)
        if d.get("/Type") == "/ExtGState" or "/ca" in d or "/SMask" in d:
            soft = d.get("/SMask", "/None")
            if {"/TR", "/HTP"} & set(d) or d.get("/BM", "/Normal") != "/Normal" or soft != "/None" or \
                    d.get("/ca", 1) != 1 or d.get("/CA", 1) != 1:
                self.bad("6.2.10", "transparency or transfer functions")
        if d.get("/Type") == "/Font" and d.get("/Subtype") in ("/TrueType", "/Type1", "/CIDFontType0", "/CIDFontType2"):
            descriptor = self.get(d.get("/FontDescriptor")) or {}
            if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor):
                self.bad("6.2.11.4", f"a font that is not embedded: {d.get('/BaseFont')}")
            if d["/Subtype"] == "/CIDFontType2" and "/CIDToGIDMap" not in d:
                self.bad("6.2.11.3", "/CIDToGIDMap")
        if d.get("/Type") == "/Sig" and {"/DigestLocation", "/DigestMethod", "/DigestValue"} & set(
                (self.get(d.get("/Reference")) or [{}])[0]):
            self.bad("6.4.3", "a digest in a signature reference")

    def annotation(self, d):
        flags = d.get("/F", 0)
        if d.get("/Subtype") not in ANNOTATIONS or not flags & 4 or flags & HIDDEN:
            self.bad("6.3", f"an annotation: {d.get('/Subtype')}, flags {flags}")
        looks = self.get(d.get("/AP")) or {}
        if d.get("/Subtype") == "/Widget" and list(looks) != ["/N"]:
            self.bad("6.3.3", "appearances other than the normal one")
        if {"/A", "/AA"} & set(d):
            self.bad("6.5", "an annotation with an action")


def check_file(path):
    f = File(path)
    f.catalog(f.structure())
    for name, o in f.all.items():
        if name != "trailer":
            f.one(o)
    pdfa_deep.Deep(f).check()
    return sorted(set(f.found))


def main():
    worst = 0
    for path in sys.argv[1:]:
        for line in check_file(path):
            print(f"{path}: {line}")
            worst = 1
    return worst


if __name__ == "__main__":
    sys.exit(main())
