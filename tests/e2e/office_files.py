#!/usr/bin/env python3
"""Documents LibreOffice wrote and signed: intact, whole, accepted; when changed not any more.

usage: office_files.py [NAME...]      environment: B, the build directory (default: build)
Keys, certificates and a CRL are made by openssl for this run. The documents are judged an hour
after the start: LibreOffice writes the clock's time into them.
"""
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "satyapan")
HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"  # python3-uno is for the system's own
START = datetime.datetime.now(datetime.timezone.utc)
CA = """[ca]
default_ca = one
[one]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
default_md = sha256
policy = names
crl_extensions = crl
[names]
countryName = optional
organizationName = optional
commonName = supplied
[req]
distinguished_name = none
[none]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[crl]
authorityKeyIdentifier = keyid
"""
HTML = ("<html><body><h1>घोषणा</h1><p>Model EC-2100</p><table><tr><td>1</td></tr></table>"
        "</body></html>")
WARNINGS = {"odf": {"policy.claimed-time"},
            "ooxml": {"policy.claimed-time", "office.properties-not-signed",
                      "office.relationships-form"}}


class Wrong(Exception):
    pass


def expect(good, what):
    if not good:
        raise Wrong(what)


def run(folder, *words, timeout=120):
    done = subprocess.run(words, cwd=folder, capture_output=True, timeout=timeout, check=False)
    if done.returncode:
        raise Wrong(f"{words[0]}: {(done.stdout + done.stderr).decode(errors='replace')[-600:]}")
    return done.stdout


def ago(days):
    return (START - datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
        out.write(text)


def make_keys(folder):
    for name, text in (("ca.cnf", CA), ("index.txt", ""), ("serial", "1000"), ("crlnumber", "01")):
        write(folder, name, text)
    for name in ("root", "signer"):
        run(folder, "openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-config", "ca.cnf",
            "-subj", f"/C=IN/O=Example/CN=Office {name}", "-keyout", f"{name}.key",
            "-out", f"{name}.csr")
    issue = ["openssl", "ca", "-batch", "-notext", "-config", "ca.cnf", "-keyfile", "root.key"]
    run(folder, *issue, "-selfsign", "-in", "root.csr", "-extensions", "root", "-startdate",
        ago(900), "-enddate", ago(-900), "-out", "root.pem")
    issue += ["-cert", "root.pem"]
    run(folder, *issue, "-in", "signer.csr", "-extensions", "leaf", "-startdate", ago(90),
        "-enddate", ago(-90), "-out", "signer.pem")
    run(folder, *issue, "-gencrl", "-crl_lastupdate", ago(1), "-crl_nextupdate", ago(-20),
        "-out", "root.crl")
    run(folder, "openssl", "pkcs12", "-export", "-inkey", "signer.key", "-in", "signer.pem",
        "-certfile", "root.pem", "-name", "signer", "-passout", "pass:", "-out", "signer.p12")
    os.mkdir(os.path.join(folder, "nss"))
    run(folder, "certutil", "-N", "-d", "sql:nss", "--empty-password")
    run(folder, "pk12util", "-i", "signer.p12", "-d", "sql:nss", "-W", "", "-K", "")


def convert(folder, name, kind, *words):
    run(folder, "soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", *words,
        "--convert-to", kind, "--outdir", folder, os.path.join(folder, name))


def make_documents(folder):
    """text.odt, table.ods and what LibreOffice makes of them for Office, all signed."""
    write(folder, "text.html", HTML)
    write(folder, "table.csv", "Model,Count\nEC-2100,3\n")
    convert(folder, "text.html", "odt:writer8", "--infilter=HTML (StarWriter)")
    convert(folder, "text.odt", "docx")
    names = ["text.odt", "text.docx"]
    convert(folder, "table.csv", "ods")
    if os.path.exists(os.path.join(folder, "table.ods")):
        convert(folder, "table.ods", "xlsx")
        names += ["table.ods", "table.xlsx"]
    else:
        print("skipped: no spreadsheets, libreoffice-calc-nogui is not installed")
    paths = [os.path.join(folder, name) for name in names]
    for path in paths:
        expect(zipfile.ZipFile(path).testzip() is None, f"{path} is no document")
    run(folder, PYTHON, os.path.join(HERE, "office_sign.py"), folder, *paths)
    return paths


def verify(folder, path):
    at = (START + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    done = subprocess.run([PROGRAM, "verify", "--offline", "--format", "json", "--profile",
                           "generic", "--trust", f"{folder}/root.pem", "--crl",
                           f"{folder}/root.crl", "--at", at, path],
                          capture_output=True, check=False, timeout=60)
    return json.loads(done.stdout)


def codes(report):
    """All reasons: of the document, its signatures, its files."""
    lists = [report["findings"]]
    for x in report["signatures"] + report.get("members", []):
        lists.append(x["findings"])
    return {finding["code"] for one in lists for finding in one}


def rewrite(path, to, edit):
    """A copy of the package with edit(name, data) for each part; None drops it."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = edit(info.filename, old.read(info))
            if data is not None:
                stored = info.filename == "mimetype"
                new.writestr(info.filename, data,
                             zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return to


def change(part, old, new):
    def edit(name, data):
        if name != part:
            return data
        expect(old in data, f"no {old} in {part}")
        return data.replace(old, new, 1)
    return edit


def drop(part):
    return lambda name, data: None if name == part else data


def forgeries(path):
    """Rows of name, edit, part to add, the reasons that must come (and no other)."""
    kind = path.rsplit(".", 1)[1]
    gone, mismatch = {"asic.reference-missing", "xml.content-missing"}, {"xml.digest-mismatch"}
    added = {"container.member-unsigned"}
    if kind in ("odt", "ods"):
        return [("text", change("content.xml", b"EC-2100", b"EC-2101"), None, mismatch),
                ("styles", change("styles.xml", b"<office:styles>", b"<office:styles >"), None,
                 set()),
                ("type", change("mimetype", b"opendocument.", b"opendocument-"), None,
                 mismatch),
                ("manifest", change("META-INF/manifest.xml", b"text/xml", b"text/xsl"), None,
                 mismatch),
                ("added", None, "Pictures/new.png", added),
                ("macro", None, "Basic/Standard/Module1.xml", added | {"office.active-content"}),
                ("removed", drop("styles.xml"), None, gone),
                ("unsigned", drop("META-INF/documentsignatures.xml"), None,
                 {"format.no-signature"})]
    main, text, list_ = (("word/document.xml", "word/document.xml", "word/_rels/document.xml.rels")
                         if kind == "docx" else
                         ("xl/workbook.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"))
    folder, away = main.split("/")[0], b'Target="https://example.org/styles.xml"'
    remote = (b"</Relationships>", b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.'
              b'org/officeDocument/2006/relationships/attachedTemplate" TargetMode="External" '
              b'Target="https://example.org/t.dotm"/></Relationships>')
    return [("text", change(text, b"EC-2100", b"EC-2101"), None, mismatch),
            ("target", change(list_, b'Target="styles.xml"', away), None, mismatch),
            ("template", change(list_, *remote), None, added | {"office.content-elsewhere"}),
            ("root", change("_rels/.rels", main.encode(), b"other.xml"), None, mismatch),
            ("type", change("[Content_Types].xml", b".main+xml", b".template+xml"), None,
             {"office.content-type", "container.member-unsigned"}),
            ("added", None, f"{folder}/footnotes.xml", added),
            ("removed", drop(f"{folder}/styles.xml"), None, gone),
            ("unsigned", drop("_xmlsignatures/sig1.xml"), None,
             {"format.no-signature"})]


def check_good(folder, path):
    report = verify(folder, path)
    expect(len(report["signatures"]) == 1, f"{len(report['signatures'])} signatures")
    one = report["signatures"][0]
    family = "odf" if path.endswith((".odt", ".ods")) else "ooxml"
    expect(report["verdict"] == "ACCEPTED", f"{report['verdict']}, {sorted(codes(report))}")
    expect(one["intact"] is True and one["indication"] == "TOTAL-PASSED", "not intact")
    expect(one["coverage"]["whole_document"] is True, one["coverage"]["description"])
    expect(codes(report) == WARNINGS[family], sorted(codes(report)))


def check_forged(folder, path, row):
    name, edit, part, reasons = row
    forged = os.path.join(folder, "forged-" + name + "-" + os.path.basename(path))
    rewrite(path, forged, edit or (lambda _, data: data))
    if part:
        with zipfile.ZipFile(forged, "a", zipfile.ZIP_DEFLATED) as out:
            out.writestr(part, "<new/>")
    report = verify(folder, forged)
    family = "odf" if path.endswith((".odt", ".ods")) else "ooxml"
    if reasons == set():  # what canonical XML does not see is no change
        expect(report["verdict"] == "ACCEPTED", f"{name}: {sorted(codes(report))}")
        return
    found = codes(report)
    expect(report["verdict"] == "REJECTED", f"{name}: {report['verdict']}, {sorted(found)}")
    expect(found - WARNINGS[family] == reasons, f"{name}: {sorted(found)}")


def what_is_missing():
    missing = [p for p in ("soffice", "certutil", "pk12util") if not shutil.which(p)]
    uno = subprocess.run([PYTHON, "-c", "import uno"], capture_output=True, check=False)
    return missing + (["python3-uno"] if uno.returncode else [])


def attempt(name, function, *words):
    try:
        function(*words)
        return 0
    except Exception as why:  # pylint: disable=broad-except
        print(f"FAIL {name}: {type(why).__name__}: {why}")
        return 1


def main():
    missing = what_is_missing()
    if missing:
        print("skipped: not installed:", ", ".join(missing))
        return 77
    total = failed = 0
    with tempfile.TemporaryDirectory(prefix="satyapan-office-") as folder:
        make_keys(folder)
        for path in make_documents(folder):
            base = os.path.basename(path)
            if sys.argv[1:] and not any(word in base for word in sys.argv[1:]):
                continue
            copy = rewrite(path, os.path.join(folder, "copy-" + base), lambda _, data: data)
            failed += attempt(base, check_good, folder, path)
            failed += attempt("copy of " + base, check_good, folder, copy)
            rows = forgeries(path)
            for row in rows:
                failed += attempt(f"{base} {row[0]}", check_forged, folder, path, row)
            total += 2 + len(rows)
    print(f"{total - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main())
