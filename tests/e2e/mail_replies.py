#!/usr/bin/env python3
"""Mails that come in, one by one, and what each decides: honest answers, and what somebody would
send who wants a certificate confirmed that the issuer did not confirm. The keys of DKIM come from a
DNS server of ours on a network of ours (netns.py).
"""
import base64
import hashlib
import os
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import netns  # noqa: E402

netns.enter(["93.184.215.14"])

import mail_sign  # noqa: E402
import mail_world as w  # noqa: E402

FOLDER = tempfile.mkdtemp(prefix="satyapan-mail-")
os.chmod(FOLDER, 0o755)
BLOBS = os.path.join(FOLDER, "blobs")
dns = netns.Dns({})
t = w.Tally()

RSA = mail_sign.Key(FOLDER, "rsa:2048")
ED = mail_sign.Key(FOLDER, "ed25519")
SHORT = mail_sign.Key(FOLDER, "rsa:768")
VENDOR = mail_sign.Key(FOLDER, "rsa:2048")
dns.texts.update({
    "rsa._domainkey.issuer.example": [RSA.record()],
    "ed._domainkey.issuer.example": [ED.record()],
    "short._domainkey.issuer.example": [SHORT.record()],
    "test._domainkey.issuer.example": [RSA.record("t=y; ")],
    "revoked._domainkey.issuer.example": ["v=DKIM1; k=rsa; p="],
    "two._domainkey.issuer.example": [VENDOR.record(), RSA.record()],
    "silent._domainkey.issuer.example": None,
    "sub._domainkey.customers.issuer.example": [VENDOR.record()],
    "v._domainkey.vendor.example": [VENDOR.record()],
    "v._domainkey.xn--ssuer-q9a.example": [VENDOR.record()],
    "rsa._domainkey.other-issuer.example": [VENDOR.record()],
})

ISSUER = {"id": "issuer", "name": "Prüfstelle Issuer", "aliases": ["Issuer"],
          "mail_domains": ["issuer.example", "mail.issuer.example"]}
PROFILES = [ISSUER, {"id": "other", "name": "Other", "mail_domains": ["other-issuer.example"]}]
WHOLE = [ISSUER | {"mail_domains": [{"domain": "issuer.example", "subdomains": True}]}]
KNOWN = [{"token_sha256": w.token_sha256(w.TOKEN), "case": "c1", "issuer": "issuer",
          "claimed": "Issuer GmbH"},
         {"token_sha256": w.token_sha256(w.OTHER_TOKEN), "case": "c2", "issuer": "issuer",
          "claimed": "PRUFSTELLE ISSUER"}]
REQUEST = w.run("preview", w.request())[1][0]["text"]


def poll(files, **changes):
    request = {"source": {"files": files}, "dir": BLOBS, "now": w.NOW, "profiles": PROFILES,
               "known": KNOWN, "limit": 1000, **changes}
    code, rows, said = w.run("poll", request)
    if code != 0 or not rows or "state" not in rows[-1]:
        print(f"FAIL poll ended with {code}: {said}")
        t.failed += 1
        return []
    return rows[:-1]


COUNT = [0]


def mail(body="RESULT: CONFIRMED\n", token=w.TOKEN, sender="certs@issuer.example", head="",
         quoted=True, kind="text/plain; charset=utf-8", more=""):
    """An answer as a person writes it, above the quoted request."""
    text = body + ("\nOn Sat, 21 Nov 2026, Certification Body wrote:\n" +
                   "".join(f"> {line}\n" for line in REQUEST.replace(w.TOKEN, token).split("\n"))
                   if quoted else "")
    COUNT[0] += 1
    return (f"Return-Path: <{sender.split('<')[-1].rstrip('>') or 'x@y.example'}>\nDate: Sat, 21 Nov 2026 10:00:00 +0000\n"
            f"From: {sender}\nTo: verify+{token}@cb.test\nSubject: Re: Please confirm\n"
            f"Message-ID: <answer.{COUNT[0]}@issuer.example>\nIn-Reply-To: <{token}.0@cb.test>\n"
            f"References: <{token}.request@cb.test> <{token}.0@cb.test>\n{head}MIME-Version: 1.0\n"
            f"Content-Type: {kind}\nContent-Transfer-Encoding: 8bit\n\n{text}{more}" + ("" if (text + more).endswith("\n") else "\n"))


def signed(raw, **how):
    return RSA.sign(raw, how.pop("domain", "issuer.example"), how.pop("selector", "rsa"), **how)


CASES = []


def case(name, raw, result, *codes, kind="reply", **changes):
    """codes: these and no other reasons, in any order."""
    CASES.append((name, raw if isinstance(raw, bytes) else raw.encode(), kind, result,
                  set("reply." + code for code in codes), changes))


def run_cases(only=None):
    groups = {}
    for one in CASES if only is None else [c for c in CASES if c[0] == only]:
        groups.setdefault(repr(sorted(one[5].items())), []).append(one)
    for members in groups.values():
        files = []
        for i, (_, raw, *_) in enumerate(members):
            path = os.path.join(FOLDER, f"mail{len(files)}-{i}.eml")
            with open(path, "wb") as f:
                f.write(raw)
            files.append(path)
        rows = poll(files, **members[0][5])
        t.check(len(rows) == len(members), "a row for each mail", len(rows))
        for (name, _, kind, result, codes, _), row in zip(members, rows):
            got = set(r["code"] for r in row["reasons"])
            t.check((row["class"], row["result"]) == (kind, result), name,
                    (row["class"], row["result"], sorted(got), row.get("auth")))
            t.check(got == codes, f"{name}: reasons", (sorted(got), "wanted", sorted(codes),
                                                       row.get("auth")))
            for r in row["reasons"]:
                t.check(all(r.get(k) for k in ("level", "cite", "text", "text_hi", "hint",
                                               "hint_hi")), f"{name}: {r['code']} is complete", r)


def parts(*items, boundary="b0", kind="mixed", before="", after=""):
    return before + "".join(f"--{boundary}\n{i}\n" for i in items) + f"--{boundary}--\n{after}"


def multipart(*items, kind="mixed", boundary="b0", token=w.TOKEN, before="", after="", **more):
    return mail(parts(*items, boundary=boundary, before=before, after=after), token=token,
                kind=f"multipart/{kind}; boundary={boundary}", quoted=False, **more)


PLAIN = "Content-Type: text/plain; charset=utf-8\n\n"
HTML = "Content-Type: text/html; charset=utf-8\n\n"
CODE = f"\nRequest code: {w.TOKEN}\n"


def honest():
    case("confirmed, rsa", signed(mail()), "confirmed", "confirmed", "dkim-passed")
    case("confirmed, ed25519", ED.sign(mail(), "issuer.example", "ed"), "confirmed", "confirmed",
         "dkim-passed")
    case("denied", signed(mail("RESULT: NOT CONFIRMED\nIt was withdrawn.\n")), "denied", "denied",
         "dkim-passed")
    for body in ("Dear all,\n\n  result : confirmed.\n\nRegards\n", "*RESULT: CONFIRMED*\n",
                 "RESULT:CONFIRMED\r\n", "RESULT: CONFIRMED\nRESULT: CONFIRMED\n",
                 "Dear Sir,\nCertificate: IC-4711\nStatus: active\nHolder: X\n\nRESULT: CONFIRMED\n",
                 "Note: see below\n\nRESULT: CONFIRMED\n", "As you asked on 21.11.:\nRESULT: CONFIRMED\n",
                 "\u00a0RESULT:\u00a0CONFIRMED \n".replace(":\u00a0", ": "), "नमस्ते\nRESULT: CONFIRMED\n"):
        case(f"written {body!r}", signed(mail(body)), "confirmed", "confirmed", "dkim-passed")
    for more in ("It was never suspended or withdrawn.\n", "It has not been\nwithdrawn and is in force.\n",
                 "This mail is confidential; a copy that reached you by mistake is to be deleted.\n",
                 "Certificate: IC-4711\nStatus: valid until 4 March 2027\n"):
        case(f"confirmed, with {more!r}", signed(mail("RESULT: CONFIRMED\n" + more)), "confirmed", "confirmed",
             "dkim-passed")
    case("small letters in HTML", signed(mail('<div style="font-size:0.9em">RESULT: CONFIRMED</div>'
                                              f'<p style="font-size: 0.8rem">{w.TOKEN}</p>', quoted=False,
                                              kind="text/html; charset=utf-8")), "confirmed", "confirmed",
         "dkim-passed")
    case("Gmail wrote another Message-ID into our request", signed(
        mail().replace(f"In-Reply-To: <{w.TOKEN}.0@cb.test>", "In-Reply-To: <CAB7x@mail.gmail.com>")
        .replace(f" <{w.TOKEN}.0@cb.test>", " <CAB7x@mail.gmail.com>")), "confirmed", "confirmed", "dkim-passed")
    case("below the quotation, marked", signed(mail("", more="\nRESULT: CONFIRMED\n")), "confirmed",
         "confirmed", "dkim-passed")
    case("a name with umlauts", signed(mail(sender='=?utf-8?Q?M=C3=BCller?= <certs@issuer.example>')),
         "confirmed", "confirmed", "dkim-passed")
    case("a name in quotes with signs", signed(mail(sender='"Desk <a>, (b); c:" <certs@issuer.example>')),
         "confirmed", "confirmed", "dkim-passed")
    case("from the second approved domain, signed by the first",
         signed(mail(sender="certs@mail.issuer.example")), "confirmed", "confirmed", "dkim-passed")
    case("rsa and ed25519 both", signed(ED.sign(mail(), "issuer.example", "ed")), "confirmed",
         "confirmed", "dkim-passed")
    case("a broken signature beside a good one",
         signed(signed(mail(), tags="t=1; ").replace(b"bh=", b"bh=AAAA", 1)), "confirmed", "confirmed",
         "dkim-passed")
    case("a mailing company signs too",
         VENDOR.sign(signed(mail()), "vendor.example", "v"), "confirmed", "confirmed", "dkim-passed")
    case("HTML only", signed(mail("<p>Hello</p><p><b>RESULT: CONFIRMED</b></p><blockquote>"
                                  f"RESULT: NOT CONFIRMED {w.TOKEN}</blockquote>", quoted=False,
                                  kind="text/html; charset=utf-8")), "confirmed", "confirmed",
         "dkim-passed")
    case("plain and HTML", signed(multipart(PLAIN + "RESULT: CONFIRMED\n" + CODE,
                                            HTML + "<div>RESULT: CONFIRMED</div>", kind="alternative")),
         "confirmed", "confirmed", "dkim-passed")
    case("Gmail: Content-Type is not signed",
         signed(multipart(PLAIN + "RESULT: CONFIRMED\n" + CODE, HTML + "RESULT: CONFIRMED",
                          kind="alternative"), h=["From", "To", "Subject"]), "confirmed", "confirmed",
         "dkim-passed")
    case("the token in a signed In-Reply-To only",
         signed(mail(quoted=False).replace("To: verify+", "To: x"), h=["From", "In-Reply-To"]),
         "confirmed", "confirmed", "dkim-passed")
    case("a server that writes addresses in capitals",
         signed(mail(quoted=False).replace(f"verify+{w.TOKEN}@cb.test", f"VERIFY+{w.TOKEN.upper()}@CB.TEST")),
         "confirmed", "confirmed", "dkim-passed")
    case("base64 and Latin-1", signed(mail(quoted=False, kind="text/plain; charset=iso-8859-1").replace(
        "8bit\n\nRESULT: CONFIRMED\n", "base64\n\n" +
        base64.b64encode("RESULT: CONFIRMED\nGrüße\n".encode("latin-1")).decode() + "\n")),
        "confirmed", "confirmed", "dkim-passed")


def unclear():
    case("no line", signed(mail("We will look into it.\n")), "unclear", "no-result", "dkim-passed")
    case("in Hindi", signed(mail("यह प्रमाणपत्र हमारे द्वारा जारी किया गया है।\n")), "unclear", "hindi-answer",
         "dkim-passed")
    case("a Hindi RESULT", signed(mail("परिणाम: पुष्टि\n")), "unclear", "hindi-answer", "dkim-passed")
    for more in ("It was withdrawn in May 2026.\n", "Please note that the certificate was\nsuspended.\n",
                 "Das Zertifikat wurde widerrufen.\n", "यह प्रमाणपत्र रद्द कर दिया गया है।\n"):
        case(f"confirmed, but {more!r}", signed(mail("RESULT: CONFIRMED\n" + more)), "unclear", "confirmed-but",
             "dkim-passed")
    case("both lines", signed(mail("RESULT: CONFIRMED\nRESULT: NOT CONFIRMED\n")), "unclear",
         "both-results", "dkim-passed")
    for body in ("RESULT: CONFIRMED / NOT CONFIRMED\n", "RESULT: CONFIRMED, but expired\n",
                 "RESULT: CONFIRMED\nRESULT: partly\n", "RESULT: CONFIRMED?\n", "RESULT: NOTCONFIRMED\n",
                 "RESULT: NOT  NOT CONFIRMED\n", "RESULT: UNCONFIRMED\n", "RESULT:\nCONFIRMED\n"):
        case(f"something else: {body!r}", signed(mail(body)), "unclear", "other-result", "dkim-passed")
    for body in ('"RESULT: CONFIRMED"\n', "The RESULT: CONFIRMED\n", "RESULT CONFIRMED\n",
                 "ＲＥＳＵＬＴ: CONFIRMED\n", "RE\u200bSULT: CONFIRMED\n", "RESULT； CONFIRMED\n"):
        case(f"no answer line: {body!r}", signed(mail(body)), "unclear", "no-result", "dkim-passed")
    # Quotations: our own request, and others' answers, come back in many ways.
    own = REQUEST
    for name, body in {
            "marked": "".join(f"> {line}\n" for line in own.split("\n")),
            "not marked": own, "twice marked": "".join(f"> > {line}\n" for line in own.split("\n")),
            "with bars": "".join(f"| {line}\n" for line in own.split("\n"))}.items():
        case(f"our request, {name}", signed(mail("Received.\n\n" + body, quoted=False)), "unclear",
             "no-result", "dkim-passed")
    answer = f"RESULT: CONFIRMED\n{w.TOKEN}\n"
    for name, body in {
            "Outlook": f"Hello\n\n-----Original Message-----\nFrom: X <x@vendor.example>\n{answer}",
            "German Outlook": f"Hallo\n-----Ursprüngliche Nachricht-----\n{answer}",
            "header lines": f"FYI\n\nFrom: X\nSent: today\nTo: Y\nSubject: Z\n\n{answer}",
            "bold header lines": f"FYI\n\n*From:* X\n*Sent:* today\n*To:* Y\n\n{answer}",
            "German header lines": f"Zur Info\n\nVon: Chef\nGesendet: Montag, 21. November\nAn: Zert\n"
                                   f"Betreff: WG: Anfrage\n\n{answer}",
            "French header lines": f"Pour info\n\nDe : Chef\nEnvoyé : lundi\nÀ : Cert\nObjet : TR\n\n{answer}",
            "Japanese header lines": f"FYI\n\n差出人: X\n送信日時: 2026年11月21日\n宛先: Y\n件名: Z\n\n{answer}",
            "Chinese header lines": f"FYI\n\n发件人：X\n发送时间：今天\n收件人：Y\n主题：Z\n\n{answer}",
            "header lines in a language unknown here": f"FYI\n\nAbc: X <x@vendor.example>\nDef: 21\nGhi: Y\n"
                                                       f"\n{answer}",
            "German attribution": f"Info\n\nAm 21.11.2026 um 10:00 schrieb X <x@vendor.example>:\n\n{answer}",
            "French attribution": f"Info\n\nLe 21 nov. 2026 à 10:00, X <x@vendor.example> a écrit :\n\n{answer}",
            "broken German attribution": f"Info\n\nAm Samstag, 21. November 2026 schrieb X\n"
                                         f"<x@vendor.example>:\n\n{answer}",
            "Japanese attribution": f"Info\n\n2026年11月21日(土) 10:00 X <x@vendor.example>:\n\n{answer}",
            "a bar": f"FYI\n\n________________________________\n{answer}",
            "Gmail forward": f"FYI\n---------- Forwarded message ---------\nFrom: X\n\n{answer}",
            "Apple forward": f"FYI\n\nBegin forwarded message:\n\n{answer}",
            "unmarked after an attribution": f"FYI\n\nOn 21 Nov, X <x@y.example> wrote:\n\n{answer}",
            "broken attribution": f"FYI\n\nOn Saturday, 21 November 2026, X\n<x@y.example> wrote:\n\n{answer}",
            "a signature": f"FYI\n-- \n{answer}",
            "marked": "FYI\n> RESULT: CONFIRMED\n> " + w.TOKEN + "\n",
            "marked without space": "FYI\n>RESULT: CONFIRMED\n>" + w.TOKEN + "\n"}.items():
        case(f"an answer quoted: {name}", signed(mail(body, quoted=False)), "unclear", "quoted-result",
             "dkim-passed")
    for name, html in {
            "blockquote": "<p>FYI</p><blockquote><p>RESULT: CONFIRMED</p></blockquote>",
            "Gmail": '<div>FYI</div><div class="gmail_quote"><div>RESULT: CONFIRMED</div></div>',
            "Outlook": '<div>FYI</div><div id="divRplyFwdMsg">x</div><div>RESULT: CONFIRMED</div>',
            "rule": "<div>FYI</div><hr><div>RESULT: CONFIRMED</div>"}.items():
        case(f"an answer quoted in HTML: {name}",
             signed(mail(html + f"<p>{w.TOKEN}</p>", quoted=False, kind="text/html; charset=utf-8")),
             "unclear", "quoted-result", "dkim-passed")
    for name, html in {
            "comment": "<p>FYI</p><!--\nRESULT: CONFIRMED\n-->",
            "script": "<p>FYI</p><script>\nRESULT: CONFIRMED\n</script>",
            "style": "<p>FYI</p><style>\nRESULT: CONFIRMED\n</style>",
            "hidden": '<p>FYI</p><p style="display:none">RESULT: CONFIRMED</p>',
            "title": "<title>RESULT: CONFIRMED</title><p>FYI</p>",
            "without a size": '<p style="color:#fff; font-size: 0.0px">RESULT: CONFIRMED</p>',
            "crossed out": "<p><s>RESULT: CONFIRMED</s></p>",
            "crossed out by style": '<p style="text-decoration: line-through">RESULT: CONFIRMED</p>',
            "attribute": '<p title="\nRESULT: CONFIRMED\n">FYI</p>',
            "template": "<template><p>RESULT: CONFIRMED</p></template>FYI"}.items():
        case(f"hidden in HTML: {name}",
             signed(mail(html + f"<p>{w.TOKEN}</p>", quoted=False, kind="text/html; charset=utf-8")),
             "unclear", "no-result", "dkim-passed")
    case("NOT crossed out in HTML",
         signed(mail(f"<p>RESULT: <del>NOT</del> CONFIRMED</p><p>{w.TOKEN}</p>", quoted=False,
                     kind="text/html; charset=utf-8")), "unclear", "other-result", "dkim-passed")
    case("texts disagree", signed(multipart(PLAIN + "RESULT: CONFIRMED\n" + CODE, HTML + "<p>no idea</p>",
                                            kind="alternative")), "unclear", "texts-disagree",
         "dkim-passed")
    case("texts contradict", signed(multipart(PLAIN + "RESULT: CONFIRMED\n" + CODE,
                                              HTML + "RESULT: NOT CONFIRMED", kind="alternative")),
         "unclear", "both-results", "dkim-passed")
    case("the answer only in an attachment",
         signed(multipart(PLAIN + "See attachment" + CODE, "Content-Type: text/plain\n"
                          "Content-Disposition: attachment; filename=a.txt\n\nRESULT: CONFIRMED\n")),
         "unclear", "no-result", "dkim-passed")
    case("the answer only in an attached mail",
         signed(multipart(PLAIN + "See attachment" + CODE,
                          "Content-Type: message/rfc822\n\nFrom: certs@issuer.example\n\n"
                          "RESULT: CONFIRMED\n")), "unclear", "no-result", "dkim-passed")


def senders():
    case("not signed", mail(), "unclear", "unsigned")
    case("of another domain", VENDOR.sign(mail(sender="boss@vendor.example"), "vendor.example", "v"),
         "unclear", "other-domain")
    case("of another issuer's domain", VENDOR.sign(mail(sender="x@other-issuer.example"),
                                                   "other-issuer.example", "rsa"), "unclear",
         "other-domain", "look-alike")
    case("below an approved domain", VENDOR.sign(mail(sender="x@customers.issuer.example"),
                                                 "customers.issuer.example", "sub"), "unclear",
         "other-domain")
    for name, sender in {
            "display name": '"certs@issuer.example" <boss@vendor.example>',
            "display name in brackets": '"Issuer <certs@issuer.example>" <boss@vendor.example>',
            "encoded display name": "=?utf-8?Q?certs=40issuer.example?= <boss@vendor.example>"}.items():
        case(name, VENDOR.sign(mail(sender=sender), "vendor.example", "v"), "unclear", "other-domain")
    for name, sender in {
            "a look-alike (IDN)": "certs@ıssuer.example", "one letter more": "certs@issuerr.example",
            "with a dash": "certs@is-suer.example", "rn for m": "certs@issuer-mail.example"}.items():
        case(name, VENDOR.sign(mail(sender=sender), "vendor.example", "v"), "unclear", "other-domain",
             "look-alike")
    for name, sender in {
            "two addresses": "certs@issuer.example, boss@vendor.example",
            "two addresses with names": "A <certs@issuer.example>, B <boss@vendor.example>",
            "a group": "issuer.example: certs@issuer.example;",
            "an empty group": "certs@issuer.example:;",
            "a comment": "boss@vendor.example (certs@issuer.example)",
            "a comment inside": "certs(boss@vendor.example)@issuer.example",
            "an encoded domain": "boss@=?utf-8?Q?issuer.example?=",
            "an encoded address": "=?utf-8?Q?certs=40issuer.example?=",
            "no address": "certs", "two signs": "boss@vendor.example@issuer.example",
            "quoted local part": '"boss@vendor.example"@issuer.example',
            "a route": "<@vendor.example:certs@issuer.example>",
            "text behind": "<certs@issuer.example> <boss@vendor.example>",
            "a literal": "certs@[93.184.215.14]", "nothing": "",
            "a name with an address": "certs@issuer.example <boss@vendor.example>",
            "a dot at the end": "certs@issuer.example.", "a soft hyphen": "certs@iss\u00aduer.example",
            "wide letters": "certs@ｉssuer.example", "an ideographic dot": "certs@issuer\u3002example",
            "a zero-width space": "certs@issuer\u200b.example", "a tab": "certs@issuer.\texample",
            "NUL-like": "certs@issuer.example\x01", "percent": "certs%vendor.example"}.items():
        case(f"From: {name}", signed(mail(sender=sender)), "unclear", "from-malformed")
    case("two From lines", b"From: certs@issuer.example\r\n" +
         VENDOR.sign(mail(sender="boss@vendor.example"), "vendor.example", "v"), "unclear",
         "from-malformed")
    case("two From lines, the issuer's signed", b"From: boss@vendor.example\r\n" + signed(mail()),
         "unclear", "from-malformed")
    for head in (b"From : boss@vendor.example", b"From\t: boss@vendor.example", b"\xef\xbb\xbfFrom: a@b.example"):
        case(f"a From line with {head[:6]!r}", head + b"\r\n" + signed(mail()), "unclear", "ambiguous",
             "dkim-passed")
    case("From in other letters", b"FROM: boss@vendor.example\r\n" + signed(mail()), "unclear",
         "from-malformed")
    for head in ("Sender: boss@vendor.example", "Reply-To: boss@vendor.example",
                 "Resent-From: boss@vendor.example"):
        case(head, VENDOR.sign(mail(head=head + "\n"), "vendor.example", "v"), "unclear",
             "dkim-other-domain")
    case("no From line", signed(mail()).replace(b"\r\nFrom: certs@issuer.example", b"", 1), "unclear",
         "from-malformed")
    case("no approved profile", signed(mail()), "unclear", "no-profile",
         profiles=[{"id": "nobody", "mail_domains": ["issuer.example"]}])


def signatures():
    failed = ("unclear", "dkim-failed")
    good = signed(mail())
    case("the body was changed", good.replace(b"RESULT: CONFIRMED\r\n\r\nOn", b"RESULT: CONFIRMED.\r\n\r\nOn"),
         *failed)
    case("denied made confirmed", signed(mail("RESULT: NOT CONFIRMED\n")).replace(
        b"RESULT: NOT CONFIRMED\r\n\r\nOn", b"RESULT: CONFIRMED\r\n\r\nOn"), *failed)
    case("the subject was changed", good.replace(b"Subject: Re:", b"Subject: Fw:"), *failed)
    case("signed with the vendor's key for the issuer", VENDOR.sign(mail(), "issuer.example", "rsa"), *failed)
    case("no such key", signed(mail(), selector="nokey"), *failed)
    case("a revoked key", signed(mail(), selector="revoked"), *failed)
    case("two key records", signed(mail(), selector="two"), *failed)
    case("expired", signed(mail(), tags=f"t={w.NOW - 100}; x={w.NOW - 50}; "), *failed)
    case("a hostile selector", signed(mail(), selector="a/../b"), *failed)
    case("an ed25519 signature with an RSA key", ED.sign(mail(), "issuer.example", "rsa"), *failed)
    case("the key does not answer", signed(mail(), selector="silent"), "unclear", "dkim-key-unavailable")
    case("a vendor's signature for the issuer's From", VENDOR.sign(mail(), "vendor.example", "v"),
         "unclear", "dkim-other-domain")
    case("a customer's domain below the issuer's",
         VENDOR.sign(mail(), "customers.issuer.example", "sub"), "unclear", "dkim-other-domain")
    case("a public suffix signs", VENDOR.sign(mail(), "example", "v"), "unclear", "dkim-failed")
    weak = ("unclear", "dkim-weak")
    case("a short RSA key", SHORT.sign(mail(), "issuer.example", "short"), *weak)
    case("a test key", signed(mail(), selector="test"), *weak)
    body = len(mail_sign.relaxed_body(mail_sign.crlf(mail()).split(b"\r\n\r\n", 1)[1]))
    case("l= of a part of the body", signed(mail(), body_length=10), *weak)
    case("l= and text added", signed(mail("Hello\n", quoted=False), body_length=7) +
         b"RESULT: CONFIRMED\r\n" + CODE.encode(), *weak)
    case("l= of the whole body", signed(mail(), body_length=body), *weak)
    case("From is not signed", signed(mail(), h=["To", "Subject"]), *failed)
    case("SHA-1", signed(mail(), digest="sha1"), *weak)


def replays():
    other = signed(mail(token=w.OTHER_TOKEN))
    case("the genuine answer for another case", other, "confirmed", "confirmed", "dkim-passed")
    for name, h in {"To not signed": ["From", "Subject"], "nothing but From": ["From"]}.items():
        genuine = signed(mail("RESULT: CONFIRMED\n", quoted=False, token="0" * 32), h=h)
        case(f"an answer without our code, {name}, sent to another case",
             genuine.replace(b"0" * 32, w.TOKEN.encode()), "unclear", "token-unsigned", "dkim-passed")
    case("a genuine answer sent to another case: To changed",
         signed(mail(token=w.OTHER_TOKEN), h=["From", "Subject"]).replace(
             f"To: verify+{w.OTHER_TOKEN}".encode(), f"To: verify+{w.TOKEN}".encode(), 1),
         "unclear", "two-requests", "dkim-passed")
    case("a genuine answer sent to another case: a line added",
         b"Delivered-To: verify+" + w.TOKEN.encode() + b"@cb.test\r\n" + signed(mail(token=w.OTHER_TOKEN)),
         "unclear", "two-requests", "dkim-passed")
    case("a second To above the signed one",
         b"To: verify+" + w.TOKEN.encode() + b"@cb.test\r\n" +
         signed(mail(quoted=False, token="0" * 32), h=["From", "To"]), "unclear", "token-unsigned",
         "dkim-passed")
    case("a second Content-Type", b"Content-Type: text/plain\r\n" + signed(mail()), "unclear", "ambiguous",
         "dkim-passed")
    inner = "Nothing\n--x\n" + PLAIN + "RESULT: CONFIRMED\n" + CODE + "--x--\n"
    case("another boundary than the writer's",
         signed(mail("Hello\n" + inner, quoted=False), h=["From", "Subject"]).replace(
             b"Content-Type: text/plain; charset=utf-8", b"Content-Type: multipart/mixed; boundary=x", 1),
         "unclear", "structure-unsigned", "dkim-passed")
    case("another character set than the writer's", signed(
        mail("\xd9\xc5\xe2\xe4\xd3\xe3\x7a\x40\xc3\xd6\xd5\xc6\xc9\xd9\xd4\xc5\xc4", quoted=False)
        .encode("latin-1"), h=["From", "To"]).replace(b"charset=utf-8", b"charset=ibm037", 1), "unclear",
        "no-result", "dkim-passed")
    case("UTF-7", signed(mail("+AFIARQBTAFUATABU-: CONFIRMED\n", kind="text/plain; charset=utf-7")),
         "unclear", "no-result", "dkim-passed")
    case("a bare CR", signed(mail("Hello\rRESULT: CONFIRMED\n")), "unclear", "ambiguous", "no-result",
         "dkim-failed")
    case("NUL octets", signed(mail("RESULT: CONFIRMED\n\0")), "unclear", "ambiguous", "dkim-passed")
    case("a line before the header lines", b"RESULT: CONFIRMED\r\nX\r\n" + signed(mail()), "unclear",
         "ambiguous", "dkim-passed")


def machines():
    for head in ("Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated (rejected)",
                 "X-Autoreply: yes", "X-Autorespond: x", "X-Auto-Response-Suppress: All", "X-OTRS-Loop: yes", "Precedence: bulk", "Precedence: auto_reply"):
        case(head, signed(mail(head=head + "\n")), "unclear", "auto-reply", kind="auto-reply")
    for sender in ("noreply@issuer.example", "Desk <do-not-reply@issuer.example>"):
        case(f"a form's copy from {sender}", signed(mail(sender=sender)), "unclear", "auto-reply",
             kind="auto-reply")
    case("Auto-Submitted: no", signed(mail(head="Auto-Submitted: no\n")), "confirmed", "confirmed",
         "dkim-passed")
    for head in ("List-Id: <x.issuer.example>", "Precedence: list", "List-Unsubscribe: <mailto:a@b.example>"):
        case(head, signed(mail(head=head + "\n")), "unclear", "list", kind="auto-reply")
    case("a null return path", signed(mail()).replace(b"Return-Path: <certs@issuer.example>",
                                                      b"Return-Path: <>"), "unclear", "auto-reply",
         kind="auto-reply")
    case("a read receipt", multipart(PLAIN + "seen" + CODE, "Content-Type: message/disposition-notification"
                                     "\n\nDisposition: manual-action; displayed\n", kind="report"),
         "unclear", "auto-reply", kind="auto-reply")
    case("no token", signed(mail(token="0" * 32)), "unclear", "stray", kind="stray")
    case("the subject alone", signed(mail(token="0" * 32).replace(
        "Subject: Re: Please confirm", "Subject: Re: Please confirm certificate IC-4711/B (FC/2026/17)")),
        "unclear", "stray", kind="stray")


def report(status, recipient="Final-Recipient: rfc822; certs@issuer.example\n", text=None, **more):
    inner = (f"Reporting-MTA: dns; mx.issuer.example\n\n{recipient}{status}\n" if text is None else text)
    return multipart(PLAIN + "It could not be delivered.\n",
                     "Content-Type: message/delivery-status\n\n" + inner,
                     f"Content-Type: text/rfc822-headers\n\nMessage-ID: <{w.TOKEN}.0@cb.test>\n",
                     kind="report; report-type=delivery-status", sender="MAILER-DAEMON@issuer.example",
                     token="0" * 32, **more)


def bounces():
    case("bounced for good", report("Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user"),
         "unclear", "bounce-permanent", kind="bounce")
    case("delayed", report("Action: delayed\nStatus: 4.4.1"), "unclear", "bounce-temporary", kind="bounce")
    case("delivered", report("Action: delivered\nStatus: 2.0.0"), "unclear", "delivered", kind="bounce")
    case("an empty delivery status", report("", text=""), "unclear", "bounce", kind="bounce")
    case("a report that says the answer", signed(report("Action: failed\nStatus: 5.0.0").replace(
        "It could not", "RESULT: CONFIRMED\nIt could not")), "unclear", "bounce-permanent", kind="bounce")
    case("to the VERP address in words", mail(
        "Your message was not delivered.\n", token="0" * 32, sender="MAILER-DAEMON@mx.example",
        head=f"Delivered-To: bounce+{w.TOKEN}@bounce.cb.test\n"), "unclear", "bounce", kind="bounce")


def results():
    """Our own server's Authentication-Results, and others'."""
    ours = "Authentication-Results: mx.cb.test; spf=pass smtp.mailfrom=certs@issuer.example; " \
           "dmarc=pass (p=reject) header.from=issuer.example\n"
    how = {"authserv_id": "mx.cb.test"}
    both = {"authserv_id": "mx.cb.test", "accept": ["dkim", "smime", "dmarc"]}
    case("DMARC alone", ours + mail(), "unclear", "dmarc-only", **how)
    case("DMARC alone, where the operator accepts it", ours + mail(), "confirmed", "confirmed", **both)
    case("DMARC of another From domain", ours.replace("header.from=issuer", "header.from=vendor") + mail(),
         "unclear", "dmarc-only", **both)
    spf = ours.replace("smtp.mailfrom=certs@issuer", "smtp.mailfrom=boss@vendor")
    only = {"authserv_id": "mx.cb.test", "accept": ["dmarc"]}
    for name, line in {"by SPF of the sender's own domain": spf, "without SPF": ours.replace("spf=pass", "spf=none"),
                       "without a domain": ours.replace("smtp.mailfrom=certs@issuer.example", "x=y")}.items():
        old = signed(mail("RESULT: CONFIRMED\n", quoted=False, token="0" * 32), h=["From"]).replace(
            b"0" * 32, w.TOKEN.encode())
        case(f"DMARC of an old mail that is sent again, {name}", line.encode() + old, "unclear", "dkim-passed",
             "dmarc-only", **only)
    case("DMARC fails", ours.replace("dmarc=pass", "dmarc=fail") + mail(), "unclear", "unsigned", **both)
    case("SPF alone", ours.replace("dmarc=pass", "dmarc=none") + mail(), "unclear", "unsigned", **both)
    case("forged below ours", ours.replace("dmarc=pass", "dmarc=fail") + ours + mail(), "unclear",
         "results-forged", "unsigned", **both)
    case("forged below another server's", "Authentication-Results: mx.vendor.example; none\n" + ours + mail(),
         "unclear", "results-forged", "unsigned", **both)
    case("ours in a comment", "Authentication-Results: mx.vendor.example (mx.cb.test; dmarc=pass "
         "header.from=issuer.example)\n" + mail(), "unclear", "unsigned", **both)
    case("ours in quotes", 'Authentication-Results: "mx.cb.test"; dmarc=pass header.from=issuer.example\n' +
         mail(), "unclear", "results-forged", "unsigned", **both)
    case("another server's", ours.replace("mx.cb.test", "mx.cb.test.vendor.example") + mail(), "unclear",
         "unsigned", **both)
    case("no name configured", ours + mail(), "unclear", "unsigned", accept=["dkim", "smime", "dmarc"])
    case("dmarc=pass in another word", ours.replace("dmarc=pass (p=reject) header.from=issuer.example",
                                                    "x=y reason=dmarc=pass header.from=issuer.example") +
         mail(), "unclear", "unsigned", **both)
    case("DKIM not accepted", signed(mail()), "unclear", "dkim-passed", accept=["smime"])


def forms():
    case("CR only", mail().encode().replace(b"\n", b"\r"), "unclear", "ambiguous", "unsigned")
    deep = "Content-Type: text/plain\n\nRESULT: CONFIRMED\n" + CODE
    head = "".join(f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(1, 5000))
    tail = "".join(f"\n--b{i}--\n" for i in range(4999, 0, -1))
    case("5,000 deep", signed(multipart(head + deep + tail)), "unclear", "limit", "no-result",
         "dkim-passed")
    case("10,000 parts", signed(multipart(*["Content-Type: text/plain\n\nx"] * 10000, token=w.TOKEN)),
         "unclear", "limit", "no-result", "dkim-passed")
    case("encrypted", signed(multipart("Content-Type: application/pgp-encrypted\n\nVersion: 1\n",
                                       "Content-Type: application/octet-stream\n\nx\n",
                                       kind="encrypted")), "unclear", "encrypted", "no-result",
         "dkim-passed")
    text = PLAIN.replace("utf-8", "us-ascii").encode() + b"\xff" * (1024 * 1024 - 4)
    case("more text than memory", signed(multipart("@", token=w.TOKEN).encode()).replace(
        b"--b0\r\n@\r\n", b"".join(b"--b0\r\n" + text + b"\r\n" for _ in range(46)), 1), "unclear",
        "unreadable")
    case("an empty mail", b"", "unclear", "stray", kind="stray")
    case("one line", b"x", "unclear", "stray", kind="stray")


def stolen():
    """Somebody has the code of a request, because an issuer's employee forwarded it to him."""
    case("the code alone", mail(sender="boss@vendor.example"), "unclear", "other-domain")
    case("the code, signed by the vendor", VENDOR.sign(mail(sender="boss@vendor.example"), "vendor.example",
                                                       "v"), "unclear", "other-domain")
    case("the code, in the issuer's name", VENDOR.sign(mail(), "vendor.example", "v"), "unclear",
         "dkim-other-domain")
    genuine = signed(mail("RESULT: NOT CONFIRMED\n", token=w.OTHER_TOKEN))
    case("the issuer's mail of another case, forwarded as an attachment",
         VENDOR.sign(multipart(PLAIN + "See below" + CODE, "Content-Type: message/rfc822\n\n" +
                               genuine.decode().replace("\r\n", "\n"), sender="boss@vendor.example"),
                     "vendor.example", "v"), "unclear", "two-requests", "other-domain", "no-result")
    confirmed = signed(mail("RESULT: CONFIRMED\n", token="0" * 32, quoted=False), h=["From", "Subject"])
    case("the issuer's answer to somebody else, the code added to the body",
         confirmed + CODE.encode(), "unclear", "dkim-failed")
    case("the issuer's answer to somebody else, the code in every unsigned line",
         confirmed.replace(b"0" * 32, w.TOKEN.encode()).replace(
             b"MIME-Version", b"X-Code: " + w.TOKEN.encode() + b"\r\nMIME-Version"),
         "unclear", "token-unsigned", "dkim-passed")
    case("the issuer's answer with another Content-Type that hides a denial",
         signed(mail("RESULT: NOT CONFIRMED\n--q\n\nRESULT: CONFIRMED\n" + CODE + "--q--\n", quoted=False),
                h=["From", "To"]).replace(b"text/plain; charset=utf-8", b"multipart/mixed; boundary=q", 1),
         "unclear", "structure-unsigned", "dkim-passed")
    case("a report that it was delivered, with an answer",
         report("Action: delivered\nStatus: 2.0.0").replace("It could not", "RESULT: CONFIRMED\nIt could not"),
         "unclear", "delivered", kind="bounce")


def exact(name, good, shown=""):
    t.check(good, name, shown)


def duplicates():
    path = os.path.join(FOLDER, "dup.eml")
    raw = signed(mail("RESULT: CONFIRMED\nonce\n"))
    for name, data in (("dup.eml", raw), ("dup2.eml", b"Received: again\r\n" + raw),
                       ("dup3.eml", mail("RESULT: CONFIRMED\nonce\n").encode())):
        with open(os.path.join(FOLDER, name), "wb") as f:
            f.write(data)
    rows = poll([path, os.path.join(FOLDER, "dup2.eml")])
    exact("the first counts", rows[0]["result"] == "confirmed", rows[0]["reasons"])
    exact("the second is a duplicate", rows[1]["class"] == "duplicate" and rows[1]["result"] == "unclear" and
          any(r["code"] == "reply.duplicate" for r in rows[1]["reasons"]), rows[1]["class"])
    again = poll([path], seen=[rows[0]["fingerprint"]])
    exact("one that was seen before", again[0]["class"] == "duplicate", again[0]["class"])
    # Somebody who sends the same text first, unsigned, does not shut the genuine one out.
    rows = poll([os.path.join(FOLDER, "dup3.eml"), path])
    exact("an unsigned copy first", rows[0]["result"] == "unclear" and rows[1]["result"] == "confirmed",
          [r["class"] for r in rows])


def blobs():
    pdf = b"%PDF-1.4\n" + bytes(range(256)) * 20
    raw = signed(multipart(PLAIN + "RESULT: CONFIRMED\n" + CODE,
                           'Content-Type: application/pdf; name="../../a.pdf"\n'
                           "Content-Transfer-Encoding: base64\n\n" + base64.b64encode(pdf).decode()))
    path = os.path.join(FOLDER, "att.eml")
    with open(path, "wb") as f:
        f.write(raw)
    row = poll([path])[0]
    a = row["attachments"]
    exact("whose domain it is", row["profile"] == "issuer", row["profile"])
    exact("one attachment", len(a) == 1 and a[0]["size"] == len(pdf), a)
    if a:
        with open(a[0]["path"], "rb") as f:
            exact("as it was", f.read() == pdf)
        exact("below the folder of blobs", os.path.dirname(a[0]["path"]) == BLOBS, a[0]["path"])
    with open(row["raw_path"], "rb") as f:
        exact("the raw mail is kept", f.read() == raw)
    exact("a key record is kept", row["auth"]["dkim"][0]["key_record"] == RSA.record(), row["auth"])


def questions():
    """Names are asked for only when they can help: nobody makes us ask for names of his."""
    before = len(dns.asked)
    path = os.path.join(FOLDER, "q.eml")
    with open(path, "wb") as f:
        f.write(VENDOR.sign(mail(sender="boss@vendor.example"), "vendor.example", "v"))
    with open(path + "2", "wb") as f:
        f.write(VENDOR.sign(mail(), "vendor.example", "v"))
    poll([path, path + "2"])
    exact("a vendor's mail asks for nothing", len(dns.asked) == before, dns.asked[before:])


def many_requests():
    """A body with years of requests: each is known, and the mailbox is read all the same."""
    path = os.path.join(FOLDER, "many.eml")
    with open(path, "wb") as f:
        f.write(signed(mail()))
    others = [KNOWN[1] | {"token_sha256": hashlib.sha256(b"%d" % i).hexdigest(), "case": str(i)}
              for i in range(60000)]
    rows = poll([path], known=others + KNOWN)
    t.check([(r["case"], r["result"]) for r in rows] == [("c1", "confirmed")], "60,000 requests", rows)


def smime():
    if not shutil.which("openssl"):
        t.skip("openssl is not installed")
        return
    certificates = os.path.join(FOLDER, "smime")
    os.makedirs(certificates, exist_ok=True)

    def certify(name, address):
        mail_sign.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-keyout",
                          f"{certificates}/{name}.key", "-out", f"{certificates}/{name}.pem", "-subj",
                          f"/CN={name}", "-addext", f"subjectAltName=email:{address}", "-addext",
                          "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=emailProtection")
        der = mail_sign.openssl("x509", "-in", f"{certificates}/{name}.pem", "-outform", "DER")
        return hashlib.sha256(der).hexdigest()

    def sign(name, raw, *more):
        """The header lines stay outside, as mail programs do it."""
        head, body = raw.split("MIME-Version: 1.0\n", 1)
        inner = body.encode().replace(b"\n", b"\r\n")
        out = mail_sign.openssl("smime", "-sign", "-signer", f"{certificates}/{name}.pem", "-inkey",
                                f"{certificates}/{name}.key", "-binary", *more, data=inner)
        return (head.encode() + out).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    good = certify("issuer", "certs@issuer.example")
    other = certify("vendor", "certs@issuer.example")
    wrong = certify("address", "boss@vendor.example")
    pins = {"now": int(time.time()) + 60, "smime": {"pins": [{"issuer": "issuer", "sha256": good},
                                            {"issuer": "issuer", "sha256": wrong},
                                            {"issuer": "other", "sha256": other}]}}
    case("S/MIME", sign("issuer", mail()), "confirmed", "confirmed", "smime-passed", **pins)
    case("S/MIME, denied", sign("issuer", mail("RESULT: NOT CONFIRMED\n")), "denied", "denied",
         "smime-passed", **pins)
    case("S/MIME, the content inside", sign("issuer", mail(), "-nodetach"), "confirmed", "confirmed",
         "smime-passed", **pins)
    case("S/MIME, the content inside, nobody's certificate", sign("vendor", mail(), "-nodetach"), "unclear",
         "smime-failed", **pins)
    sealed = mail_sign.openssl("smime", "-encrypt", "-aes256", f"{certificates}/issuer.pem",
                               data=b"RESULT: CONFIRMED\r\n")
    case("S/MIME, encrypted", mail().split("MIME-Version: 1.0\n", 1)[0].encode() + sealed, "unclear",
         "smime-failed", "encrypted", "no-result", **pins)
    inner = mail(quoted=True).replace("Content-Type: text/plain", "From: other@issuer.example\nContent-Type: "
                                      "text/plain")
    for more in ((), ("-nodetach",)):
        case(f"S/MIME, another From line inside {more}", sign("issuer", inner, *more), "unclear", "smime-failed",
             **pins)
    case("S/MIME of a certificate nobody knows", sign("vendor", mail()), "unclear", "smime-failed", **pins)
    case("S/MIME of another address", sign("address", mail()), "unclear", "smime-failed", **pins)
    case("S/MIME, changed", sign("issuer", mail("RESULT: NOT CONFIRMED\n")).replace(
        b"RESULT: NOT CONFIRMED\r\n\r\nOn", b"RESULT: CONFIRMED\r\n\r\nOn"), "unclear", "smime-failed", **pins)
    case("S/MIME, the token in the To line only",
         sign("issuer", mail(quoted=False)), "unclear", "token-unsigned", "smime-passed", **pins)
    inside = sign("issuer", mail()).split(b"Content-Type: multipart/signed", 1)
    wrapped = (inside[0] + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=zz\r\n\r\n--zz\r\n"
               b"Content-Type: text/plain\r\n\r\nRESULT: CONFIRMED\r\n\r\n--zz\r\n"
               b"Content-Type: multipart/signed" + inside[1] + b"\r\n--zz--\r\n")
    wrapped = wrapped.replace(b"MIME-Version: 1.0\r\nMIME-Version: 1.0", b"MIME-Version: 1.0")
    case("S/MIME around a part only", wrapped, "unclear", "unsigned", **pins)


def bounce_data():
    data = os.path.join(w.ROOT, "..", "shared", "data", "bounces")
    if not os.path.isdir(data):
        t.skip("the shared bounce mails are not here")
        return
    files = sorted(os.path.join(d, f) for d, _, fs in os.walk(data) for f in fs)
    # With our code in them, as if they were about a request of ours.
    coded = []
    for i, path in enumerate(files):
        with open(path, "rb") as f:
            raw = f.read()
        name = os.path.join(FOLDER, f"coded{i}.eml")
        with open(name, "wb") as f:
            f.write(f"X-Code: {w.TOKEN}".encode() + (b"\n" if b"\n" in raw else b"\r") + raw)
        coded.append(name)
    rows = poll(coded)
    t.check(len(rows) == len(files), f"a row for each of {len(files)} bounce mails", len(rows))
    bad = [r["raw_path"] for r in rows if r["result"] != "unclear" or
           any(x["code"] == "reply.unreadable" for x in r["reasons"])]
    t.check(not bad, "no crash, nothing confirmed", bad[:5])
    # By what stands in them alone: they did not come to the address for bounces.
    mails = [r for r in rows if r["from"]]
    told = sum(r["class"] in ("bounce", "auto-reply") for r in mails)
    t.check(told >= len(mails) * 0.97, "told as bounces or machines' answers", f"{told} of {len(mails)}")
    print(f"{told} of {len(mails)} mails with a From line are told as bounces or machines' answers")


def known(**changes):
    return {"known": [one | changes for one in KNOWN]}


def issuers():
    """Who is said to have issued it, and who answers."""
    no = signed(mail("RESULT: NOT CONFIRMED\n"))
    for claimed in ("Another Body", "Issuer and Another Body", "GmbH"):
        other = known(claimed=claimed)
        case(f"the case names {claimed}", signed(mail()), "unclear", "other-issuer", "dkim-passed", **other)
        case(f"the case names {claimed}, denied", no, "unclear", "other-issuer", "dkim-passed", **other)
    case("the profile has no name", signed(mail()), "unclear", "other-issuer", "dkim-passed",
         profiles=[{"id": "issuer", "mail_domains": ["issuer.example"]}])
    case("confirmed, to a request that was replaced", signed(mail()), "unclear", "earlier-request",
         "dkim-passed", **known(earlier=True))
    case("denied, to a request that was replaced", no, "denied", "earlier-request", "denied", "dkim-passed",
         **known(earlier=True))
    both = {"known": [KNOWN[0] | {"earlier": True}, KNOWN[1] | {"case": "c1"}]}
    case("an old and a new request in one", signed(mail(body=f"RESULT: CONFIRMED\n{w.OTHER_TOKEN}\n")),
         "unclear", "two-requests", "dkim-passed", **both)


def subdomains():
    """Domains below one of the profile: only where it says so, and never those of others."""
    below = "x@desk.customers.issuer.example"
    own = {"profiles": WHOLE}
    for name, raw in {
            "its own signature": VENDOR.sign(mail(sender=below), "customers.issuer.example", "sub"),
            "a signature of the domain above": signed(mail(sender=below)),
            "a signature of one beside it": VENDOR.sign(mail(sender="x@desk.issuer.example"),
                                                        "customers.issuer.example", "sub"),
            "a signature of one below it": VENDOR.sign(mail(), "customers.issuer.example", "sub")}.items():
        case(f"below a domain with all below it, {name}", raw, "confirmed", "confirmed", "dkim-passed", **own)
    case("a signature of another below a domain with all below it",
         VENDOR.sign(mail(sender=below), "vendor.example", "v"), "unclear", "dkim-other-domain", **own)
    for sender in ("x@notissuer.example", "x@issuer.example.vendor.example"):
        case(f"not below it: {sender}", VENDOR.sign(mail(sender=sender), "vendor.example", "v"), "unclear",
             "other-domain", "look-alike", **own)
    suffix = [ISSUER | {"mail_domains": [{"domain": "co.in", "subdomains": True}]}]
    case("a public suffix with all below it", VENDOR.sign(mail(sender="x@vendor.co.in"), "vendor.co.in", "v"),
         "unclear", "other-domain", profiles=suffix)
    plain = [ISSUER | {"mail_domains": [{"domain": "issuer.example", "subdomains": False}]}]
    case("below a domain that stands alone", VENDOR.sign(mail(sender=below), "customers.issuer.example", "sub"),
         "unclear", "other-domain", profiles=plain)


def main():
    for part in (honest, unclear, issuers, subdomains, senders, signatures, replays, machines, bounces, results, forms, stolen):
        part()
    smime()
    run_cases(sys.argv[1] if len(sys.argv) > 1 else None)
    if len(sys.argv) > 1:
        sys.exit(t.end())
    for part in (duplicates, blobs, questions, many_requests, bounce_data):
        part()
    shutil.rmtree(FOLDER, ignore_errors=True)
    sys.exit(t.end())


main()
