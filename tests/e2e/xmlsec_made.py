#!/usr/bin/env python3
"""XML signatures that xmlsec1 makes are intact, and not any more when a letter changes.

usage: xmlsec_made.py [NAME...]      environment: B, the build directory (default: build)
Keys and certificates are made by openssl for this run. What is shown is that both read the
standards alike; trust and policy are what cases are for.
"""
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
DS = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
FORMS = {"inc": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "exc": EXC,
         "inc11": "http://www.w3.org/2006/12/xml-c14n11"}
FORMS |= {name + "-comments": uri.rstrip("#") + "#WithComments" for name, uri in FORMS.items()}
DIGESTS = {"sha1": DS + "sha1", "sha224": MORE + "sha224", "sha256": XENC + "sha256",
           "sha384": MORE + "sha384", "sha512": XENC + "sha512"}
RSA = {"sha1": DS + "rsa-sha1"} | {d: f"{MORE}rsa-{d}" for d in DIGESTS if d != "sha1"}
ECDSA = {d: f"{MORE}ecdsa-{d}" for d in DIGESTS}
KEYS = {"rsa": ["rsa:2048"], "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        "p521": ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"]}
ENVELOPED = f'<Transform Algorithm="{DS}enveloped-signature"/>'
XPATH = ('<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><XPath xmlns:s="' + DS
         + '">%s</XPath></Transform>')
FILTER = ('<Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"><XPath xmlns="http://'
          'www.w3.org/2002/06/xmldsig-filter2" xmlns:s="' + DS + '" Filter="%s">%s</XPath>'
          '</Transform>')
DATA = "<X509Data><X509Certificate/></X509Data>"
# As people write it: indented, with comments, CDATA, several namespaces, Hindi.
DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<?show plain?>
<d:घोषणा xmlns:d="urn:d" xmlns:unused="urn:u" xmlns="urn:default" xml:lang="hi" b='2' a="1">
  <!-- a comment -->
  <model xmlns="" d:c="&lt;3&#10;"> EC-2100 </model>
  <text><![CDATA[a < b && c]]>&#x20;&#13;</text><empty/>
%s
</d:घोषणा>
"""
CASES = []


def case(name, key="rsa", method=RSA["sha256"], digest=DIGESTS["sha256"], info=EXC, uri="",
         transforms=ENVELOPED + f'<Transform Algorithm="{EXC}"/>', key_info=DATA, objects="",
         document=DOCUMENT):
    """A template: what xmlsec1 has to fill in is left empty."""
    text = (f'<Signature xmlns="{DS}"><SignedInfo>\n<CanonicalizationMethod Algorithm="{info}"/>'
            f'<SignatureMethod Algorithm="{method}"/>\n<Reference URI="{uri}"><Transforms>'
            f'{transforms}</Transforms><DigestMethod Algorithm="{digest}"/><DigestValue/>'
            f'</Reference></SignedInfo><SignatureValue/><KeyInfo>{key_info}</KeyInfo>{objects}'
            '</Signature>')
    CASES.append((name, key, document % text))


for form_name, form in FORMS.items():
    case(f"document in {form_name}", transforms=ENVELOPED + f'<Transform Algorithm="{form}"/>')
    case(f"document with comments in {form_name}", uri="#xpointer(/)",
         transforms=ENVELOPED + f'<Transform Algorithm="{form}"/>')
    case(f"SignedInfo in {form_name}", info=form)
    case(f"object in {form_name}", document="%s", uri="#o", info=form,
         transforms=f'<Transform Algorithm="{form}"/>',
         objects='<Object Id="o" xmlns:n="urn:n" n:a="&quot;"><!-- c --><n:b xmlns=""/></Object>')
for digest_name, algorithm in DIGESTS.items():
    case(f"digest {digest_name}", digest=algorithm)
    case(f"rsa-{digest_name}", method=RSA[digest_name])
    case(f"ecdsa-{digest_name}", "p256", method=ECDSA[digest_name])
case("ecdsa P-384", "p384", method=ECDSA["sha384"])
case("ecdsa P-521", "p521", method=ECDSA["sha512"])
case("no canonical form named", transforms=ENVELOPED)
case("prefixes", transforms=ENVELOPED + f'<Transform Algorithm="{EXC}"><InclusiveNamespaces xmlns="'
     f'{EXC}" PrefixList="unused #default"/></Transform>')
case("xpath", transforms=XPATH % "not(ancestor-or-self::s:Signature)")
case("xpath, this signature", transforms=XPATH % (
    "count(ancestor-or-self::s:Signature | here()/ancestor::s:Signature[1]) &gt; "
    "count(ancestor-or-self::s:Signature)"))
case("filter, all signatures", transforms=FILTER % ("subtract", "//s:Signature"))
case("filter, this signature", transforms=FILTER % ("subtract", "here()/ancestor::s:Signature[1]"))
case("base64", document="%s", uri="#o", transforms=f'<Transform Algorithm="{DS}base64"/>',
     objects='<Object Id="o">RUMt\nMjEwMA==</Object>')
case("key and certificate", key_info="<KeyValue/>" + DATA)
case("all of X509Data", key_info="<KeyName/><X509Data><X509SubjectName/><X509IssuerSerial/>"
     "<X509SKI/><X509Certificate/></X509Data>")
case("bare key", key_info="<KeyValue/>")


def make_keys(folder):
    for name, kind in KEYS.items():
        subprocess.run(["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-days", "30",
                        "-subj", "/C=IN/CN=Example " + name, "-keyout", f"{folder}/{name}.key",
                        "-out", f"{folder}/{name}.pem"], check=True, capture_output=True)


def intact(folder, key, path):
    words = [os.path.join(B, "satyapan"), "verify", "--offline", "--format", "json", "--profile",
             "generic", "--trust", f"{folder}/{key}.pem", path]
    done = subprocess.run(words, capture_output=True, check=False, timeout=60)
    report = json.loads(done.stdout.splitlines()[0])
    one = report["signatures"][0] if len(report["signatures"]) == 1 else {}
    codes = sorted(finding["code"] for finding in one.get("findings", report["findings"]))
    whole = one.get("coverage", {}).get("whole_document")
    return one.get("intact"), whole, codes


def wrong_with(folder, number, row):
    """What is wrong with one row, or None."""
    name, key, template = row
    path, made = f"{folder}/{number}.xml", f"{folder}/{number}-signed.xml"
    with open(path, "w", encoding="utf-8") as out:
        out.write(template)
    done = subprocess.run(["xmlsec1", "--sign", "--privkey-pem",
                           f"{folder}/{key}.key,{folder}/{key}.pem", "--id-attr:Id", DS + ":Object",
                           "--output", made, path], capture_output=True, check=False, timeout=60)
    if done.returncode:
        return "xmlsec1 did not sign: " + done.stderr.decode(errors="replace")[-300:]
    good, whole, codes = intact(folder, key, made)
    if good is not True or whole is not True:
        return f"intact {good}, whole {whole}, {codes}"
    with open(made, "rb") as file:
        data = file.read()
    for old, new in ((b"EC-2100", b"EC-2101"), (b"RUMt", b"RUMu"), (b"n:a=", b"n:z=")):
        data = data.replace(old, new)
    with open(made, "wb") as file:
        file.write(data)
    changed, _, codes = intact(folder, key, made)
    if changed is not False or "xml.digest-mismatch" not in codes:
        return f"changed, and intact {changed}, {codes}"
    return None


def main():
    if not shutil.which("xmlsec1"):
        print("skipped: xmlsec1 is not installed")
        return 77
    rows = [row for row in CASES if not sys.argv[1:] or any(w in row[0] for w in sys.argv[1:])]
    failed = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        make_keys(folder)
        results = pool.map(lambda pair: wrong_with(folder, *pair), enumerate(rows))
        for (name, _, _), wrong in zip(rows, results):
            failed += bool(wrong)
            if wrong:
                print(f"FAIL {name}: {wrong}")
    print(f"{len(rows) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
