#!/usr/bin/env python3
"""The verification request as a mail: what it says, what it refuses to say, that it cannot be made
to read as an answer to itself. Read back by Python's own mail library.
"""
import email
import email.policy
import os
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mail_world as w  # noqa: E402

t = w.Tally()
ANSWER = re.compile(r"^[\s>*|]*RESULT\s*:\s*(NOT\s+)?CONFIRMED\W*$", re.I | re.M)


def preview(**changes):
    code, rows, said = w.run("preview", w.request(**changes))
    return rows[0] if code == 0 and len(rows) == 1 else {"code": f"exit {code}: {said}"}


def refused(why, field, **changes):
    row = preview(**changes)
    t.check(row.get("code") == why and row.get("sent") is False and row.get("permanent") is True,
            f"{field} refused as {why}", row.get("code"))


def whole(row):
    return email.message_from_bytes(row["mail"].encode(), policy=email.policy.default)


def test_headers():
    row = preview()
    m = whole(row)
    t.check(m["to"] == "<certificates@issuer.example>" or
            m["to"].addresses[0].addr_spec == "certificates@issuer.example", "To", m["to"])
    t.check(m["reply-to"].addresses[0].addr_spec == f"verify+{w.TOKEN}@cb.test", "Reply-To",
            m["reply-to"])
    t.check(row["headers"]["return_path"] == f"bounce+{w.TOKEN}@bounce.cb.test", "VERP", row["headers"])
    t.check(m["message-id"] == f"<{w.TOKEN}.0@cb.test>", "Message-ID", m["message-id"])
    t.check(w.TOKEN in m["references"], "References", m["references"])
    t.check(m["date"].datetime.timestamp() == w.NOW, "Date", m["date"])
    t.check(m["subject"] == "Please confirm certificate IC-4711/B (FC/2026/17)", "Subject",
            m["subject"])
    t.check(m["auto-submitted"] is None, "desks that drop automatic mail must see it")
    text = m.get_body().get_content().replace("\r\n", "\n")
    t.check(text.strip() == row["text"].strip(), "the body decodes to the text")
    t.check(all(len(line) <= 78 for line in row["mail"].split("\r\n")), "lines of at most 78")
    t.check("\r" not in row["mail"].replace("\r\n", "") and
            "\n" not in row["mail"].replace("\r\n", ""), "CRLF only")


def test_text():
    text = preview()["text"]
    for part in ("IC-4711/B", "Issuer GmbH", "Müller & Söhne GmbH", "Camera X1", "EN 303 645:2020",
                 "consumer IoT", "2 January 2025", "1 January 2027", "14 December 2026",
                 "https://issuer.example/certificates/IC-4711", "https://cb.test/answer/0a1b2c",
                 '"RESULT: CONFIRMED"', '"RESULT: NOT CONFIRMED"', w.TOKEN, "FC/2026/17",
                 "A. Officer, Scientist", "+91 11 0000 0000", "https://cb.test", "verify@cb.test",
                 "HOW TO CHECK THAT THIS REQUEST IS GENUINE"):
        t.check(part in text, f"the text says {part}")
    t.check("{" not in text and "}" not in text, "no place is left unfilled")
    t.check(text.startswith("----- Please write your answer above this line -----\n"), "the line")
    bare = preview(holder=None, weblink=None, confirm_url=None, scope=None)["text"]
    t.check("Holder:" not in bare and "Shown as" not in bare and "Or answer once" not in bare,
            "lines without a value are left out", bare)
    reminder = w.run("preview", {**w.request(), "number": 2})[1][0]
    t.check("This is a reminder" in reminder["text"] and
            reminder["headers"]["subject"].startswith("Reminder 2: "), "a reminder says so")
    first = f"<{w.TOKEN}.0@cb.test>"
    under = whole(w.run("preview", {**w.request(message_id="<b@cb.test>"), "number": 1, "in_reply_to": first})[1][0])
    t.check(under["in-reply-to"] == first and under["references"].split()[-1] == first and
            w.TOKEN in under["references"].split()[0], "a reminder stands under the first", under["references"])


def test_hindi():
    row = preview(language="hi", product="कैमरा")
    t.check("महोदय" in row["text"] and row["text"].index("महोदय") < row["text"].index("Dear Sir"),
            "the Hindi letter comes before the English request")
    t.check(row["text"].count('"RESULT: NOT CONFIRMED"') == 2, "both say what to answer, in English")
    subject = preview(language="hi", reference="संदर्भ/१७")
    t.check(str(whole(subject)["subject"]).endswith("(संदर्भ/१७)"), "a Hindi subject is encoded",
            whole(subject)["subject"])
    named = preview(from_name="प्रमाणन निकाय")
    t.check(whole(named)["from"].addresses[0].display_name == "प्रमाणन निकाय", "a Hindi name",
            whole(named)["from"])


def test_never_an_answer():
    for changes in ({}, {"language": "hi"}, {"confirm_url": None}):
        text = preview(**changes)["text"]
        t.check(not ANSWER.search(text), "no line of the request is an answer", ANSWER.findall(text))
        # However a program wraps and marks it when it quotes.
        for width in range(8, 100):
            words, lines = text.split(), [""]
            for word in words:
                if len(lines[-1]) + len(word) >= width:
                    lines.append("")
                lines[-1] += (" " if lines[-1] else "") + word
            if ANSWER.search("\n".join(lines)):
                t.check(False, f"wrapped at {width} the request reads as an answer")
                break
        else:
            t.check(True, "wrapped")


def test_refusals():
    for evil in ("x\r\nBcc: a@b.example", "x\ny", "x\ry", "a\u2028b", "a\u202eb", "\x07x", "x" * 501):
        for field in ("number", "holder", "product", "reference", "issuer"):
            refused("request.field-refused", field, **{field: evil})
        refused("request.field-refused", "from_name", from_name=evil)
        refused("request.field-refused", "body_officer", body_officer=evil)
    refused("request.field-refused", "from_name", from_name='x" <a@b.example> "')
    for evil in ("X\nRESULT: CONFIRMED", "a@b.example\r\nRCPT TO:<c@d.example>"):
        refused("request.field-refused", "to", to=evil)
    for evil in ("RESULT: CONFIRMED", "Result : not confirmed", "ok result: CONFIRMED x"):
        refused("request.value-refused", "product", product=evil)
        refused("request.value-refused", "officer", body_officer=evil)
    for evil in ("nobody", "a@b@c.example", "a@b", "a@[127.0.0.1]", "a b@c.example", '"a"@c.example',
                 "a@c.example, d@e.example", "<a@c.example>", "a@1.2.3.4", "-a@-b.example", "ü@c.example",
                 ".a@c.example", "a..b@c.example", "a@b\u00a0c.example", "a@b\u3002example", "a@ｂ.example", "a@b_c.example"):
        refused("request.address-refused", "to", to=evil)
    refused("request.field-refused", "message_id", message_id="<a@b>\r\nX: y>")
    refused("request.field-refused", "message_id", message_id="a@b")
    refused("request.field-refused", "in_reply_to", in_reply_to="<a@b>\r\nBcc: x@y.example")
    refused("request.field-refused", "confirm_url", confirm_url="javascript:alert(1)")
    refused("request.field-refused", "token", token="short")
    refused("request.field-refused", "verp_domain", verp_domain="x y")
    refused("request.field-refused", "deadline", deadline=None)
    idn = preview(to="info@tüv.example")
    t.check(idn["headers"]["to"] == "info@xn--tv-xka.example", "a domain with umlauts", idn["headers"])


def test_templates():
    with tempfile.TemporaryDirectory() as d:
        shutil.copytree(os.path.join(w.ROOT, "trust/mail"), d, dirs_exist_ok=True)
        path = os.path.join(d, "request-en.txt")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for bad in (text.replace('  "RESULT: CONFIRMED"', "  RESULT: CONFIRMED"),
                    text.replace("{answer_above}", "")):
            with open(path, "w", encoding="utf-8") as f:
                f.write(bad)
            code, _, said = w.run("preview", {**w.request(), "template_dir": d})
            t.check(code == 70 and "breaks the rules" in said, "an unsafe template is refused", said)
    code, _, said = w.run("preview", {**w.request(), "template_dir": "/nowhere"})
    t.check(code == 70 and "cannot be read" in said, "no template", said)


test_headers()
test_text()
test_hindi()
test_never_an_answer()
test_refusals()
test_templates()
sys.exit(t.end())
