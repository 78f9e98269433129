#!/usr/bin/env python3
"""Rendered certificates read by others: qpdf, poppler, zbar, xmllint.

One model, 40 models, names of 120 characters in both scripts, a draft. Each is made by
build/gen/certificate, as it is before it is signed. Clauses are those of ISO 19005-3.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
MAKE = os.path.join(B, "gen", "certificate")
TOOLS = ("qpdf", "pdffonts", "pdftotext", "pdfdetach", "pdftoppm", "pdfinfo", "zbarimg", "xmllint")
NS = {"rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "dc": "http://purl.org/dc/elements/1.1/",
      "xmp": "http://ns.adobe.com/xap/1.0/", "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
      "pdf": "http://ns.adobe.com/pdf/1.3/"}
ENGLISH = ("Extraordinarily Long Manufacturing and Trading Company for Integrated Surveillance "
           "Equipment of all Kinds, Bengaluru III")
HINDI = ("अत्यंत विस्तृत एकीकृत नेटवर्क निगरानी उपकरण निर्माण एवं व्यापार कंपनी प्राइवेट लिमिटेड "
         "इलेक्ट्रॉनिक्स प्रौद्योगिकी समूह")
counts = {"passed": 0, "failed": 0}


def check(good, what):
    counts["passed" if good else "failed"] += 1
    if not good:
        print(f"FAIL {what}")


def run(*command, **more):
    return subprocess.run(command, capture_output=True, timeout=120, check=False, **more)


def text_of(*command):
    return run(*command).stdout.decode("utf-8", "replace")


def squeezed(text):
    return re.sub(r"\s+", "", text)


# ---- what is rendered ----------------------------------------------------------------------------

def sample():
    with open(os.path.join(ROOT, "certs", "sample.json"), encoding="utf-8") as f:
        return json.load(f)


def forty():
    data = sample()
    row = data["models"][0]
    data["models"] = [
        {**row, "model": f"BD-IPC-{2100 + n}", "firmware": f"2.4.{n}",
         "firmware_sha256": hashlib.sha256(str(n).encode()).hexdigest()} for n in range(40)]
    return data


def longest():
    data = forty()
    for key in ("holder", "product", "signatory", "body"):
        data[key]["name"], data[key]["name_hi"] = ENGLISH, HINDI
    for n, row in enumerate(data["models"]):
        row.update(model="M" * 115 + f"{n:05d}", hardware=HINDI, soc=ENGLISH)
    # The QR code with most to say: a site of 80 characters, a number of five digits.
    data["number"] = "STQC/IOTSCS/ER/99999"
    data["url"] = f"https://{'a' * 61}.example.in/certificate/{data['number']}"
    return data


def draft():
    data = sample()
    del data["number"]
    return data


CASES = {"sample": (sample, None, 2), "forty": (forty, None, 3), "longest": (longest, None, None),
         "draft": (draft, "प्रारूप · DRAFT", 2)}


# ---- what others say -----------------------------------------------------------------------------

def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings_of(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings_of(item)


def shown(data):
    """The texts that stand on the pages as they are: no dates, no words of the form."""
    left_out = {data["schema"], data["kind"], data["scheme"]["issue"]}
    return [s for s in strings_of(data)
            if s not in left_out and not re.fullmatch(r"\d{4}-\d\d-\d\d", s)]


def check_text(name, path, data):
    for mode in ("-layout", "-raw"):
        text = squeezed(text_of("pdftotext", mode, path, "-"))
        if mode == "-raw":
            lost = [s for s in shown(data) if squeezed(s) not in text]
            check(not lost, f"{name}: pdftotext does not read {lost[:3]}")
        for word in ("प्रमाणपत्र·Certificate", "22नवंबर2026", "21Nov2029", "मॉडल/Model"):
            check(word in text, f"{name}: {mode}: {word} is not read")


def check_fonts(name, path):
    rows = [line.split() for line in text_of("pdffonts", path).splitlines()[2:]]
    check(len(rows) > 3, f"{name}: pdffonts lists {len(rows)} fonts")
    for row in rows:
        # name, type (words), encoding, emb, sub, uni, object, ID
        check(row[-5:-2] == ["yes", "yes", "yes"] and "+Noto" in row[0], f"{name}: font {row}")


def check_attachments(name, path, data, folder):
    base = data.get("number", "certificate").replace("/", "-")
    out = os.path.join(folder, name + "-files")
    os.mkdir(out)
    run("pdfdetach", "-saveall", "-o", out, path)
    check(sorted(os.listdir(out)) == [base + ".json", base + ".xml"],
          f"{name}: attachments {os.listdir(out)}")
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    with open(os.path.join(out, base + ".json"), "rb") as f:
        check(f.read() == canonical.encode(), f"{name}: the JSON inside is not the data")
    done = run("xmllint", "--nonet", "--noout", "--schema",
               os.path.join(ROOT, "certs", "certificate.xsd"), os.path.join(out, base + ".xml"))
    check(done.returncode == 0, f"{name}: xmllint: {done.stderr.decode()}")


def check_metadata(name, path, data):
    """6.6: the packet, and that it says what /Info says."""
    with open(path, "rb") as f:
        raw = f.read()
    start = raw.index(b"<?xpacket begin")
    packet = raw[start:raw.index(b"<?xpacket end", start)].decode("utf-8")
    about = ElementTree.fromstring(packet[packet.index("<x:xmpmeta"):]).find(".//rdf:Description", NS)

    def value(path_):
        found = about.find(path_, NS)
        return found.text if found is not None else None

    info = dict(re.split(r":\s+", line, maxsplit=1)
                for line in text_of("pdfinfo", "-isodates", path).splitlines() if ": " in line)
    check((value("pdfaid:part"), value("pdfaid:conformance")) == ("3", "B"), f"{name}: pdfaid")
    check(value("dc:title/rdf:Alt/rdf:li") == info["Title"], f"{name}: title {info['Title']}")
    check(value("dc:creator/rdf:Seq/rdf:li") == info["Author"] == data["body"]["name"],
          f"{name}: author {info['Author']}")
    check(value("pdf:Producer") == info["Producer"], f"{name}: producer")
    for key, mine in (("CreationDate", "xmp:CreateDate"), ("ModDate", "xmp:ModifyDate")):
        check(info[key] == value(mine) == "2026-11-22T12:00:00+05:30",
              f"{name}: {key} {info[key]}, {mine} {value(mine)}")


def check_streams(name, path, folder):
    """6.2.4.3 and 6.2.10: only device colours with an output intent, nothing translucent; 6.2.11.8:
    no .notdef; 6.1.13, 6.2.2: no operator cairo does not write otherwise."""
    plain = os.path.join(folder, name + "-plain.pdf")
    run("qpdf", "--qdf", "--object-streams=disable", path, plain)
    with open(plain, "rb") as f:
        raw = f.read()
    for key in (b"/CA ", b"/ca "):
        values = re.findall(key + rb"([0-9.]+)", raw)
        check(all(float(v) == 1 for v in values), f"{name}: {key} {set(values)}")
    with open(path, "rb") as f:
        check(not re.search(rb"[^\r\n]endstream\n", f.read()),
              f"{name}: 6.1.7.1: no line end before endstream")
    for word in (b"/Transparency", b"/SMask", b"/JavaScript", b"/BM /", b"/Encrypt", b"/XFA"):
        check(word not in raw or word == b"/BM /" and set(re.findall(rb"/BM /(\w+)", raw))
              == {b"Normal"}, f"{name}: {word}")
    for stream in re.findall(rb"stream\n(.*?)endstream", raw, re.S):
        if b"\nBT\n" not in stream:
            continue
        used = set(re.findall(rb" (cs|CS|sc|scn|SCN|k|K|ri|sh|Do)\n", stream))
        check(not used, f"{name}: operators {used}")
        check(b"<0000" not in re.sub(rb"ActualText <[^>]*>", b"", stream), f"{name}: .notdef")


def check_qr(name, path, said, folder):
    """As a phone or a scanner has it: the page at 200 dpi."""
    page = int(re.search(r"^place (\d+)", said, re.M).group(1)) + 1
    want = re.search(r"^qr (\S+)", said, re.M).group(1)
    image = os.path.join(folder, name)
    for dpi in ("200", "150"):
        run("pdftoppm", "-r", dpi, "-f", str(page), "-l", str(page), "-singlefile", "-gray", path,
            image)
        read = text_of("zbarimg", "--raw", "-q", image + ".pgm").strip()
        check(read == want, f"{name}: zbarimg at {dpi} dpi reads {read[:60]!r}")


def render(name, folder):
    make, watermark, pages = CASES[name]
    data, path = make(), os.path.join(folder, name + ".pdf")
    source = os.path.join(folder, name + ".json")
    with open(source, "w", encoding="utf-8") as f:
        json.dump(data, f)
    done = run(MAKE, source, path, *([watermark] if watermark else []))
    check(done.returncode == 0, f"{name}: {done.stderr.decode()}")
    if done.returncode:
        return
    good = run("qpdf", "--check", path)
    check(good.returncode == 0, f"{name}: qpdf: {good.stdout.decode()} {good.stderr.decode()}")
    count = int(text_of("qpdf", "--show-npages", path))
    check(pages in (None, count), f"{name}: {count} pages")
    check_text(name, path, data)
    check_fonts(name, path)
    check_attachments(name, path, data, folder)
    check_metadata(name, path, data)
    check_streams(name, path, folder)
    check_qr(name, path, done.stdout.decode(), folder)


def main():
    missing = [t for t in TOOLS if not shutil.which(t)]
    if missing or not os.path.exists(MAKE):
        print(f"skipped: {' '.join(missing) or MAKE} is not there")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        for name in CASES:
            render(name, folder)
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return counts["failed"] > 0


sys.exit(main())
