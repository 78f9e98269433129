"""page_cases - the cases of tests/foreign/*.pages for tests that serve them; see README.md there."""
import glob
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KEYS = {"number": "TR-2024-1187", "holder": "Acme Sensors Private Limited",
        "issuer": "A register of the tests", "product": "AC-200",
        "standard": "ISO/IEC 27402:2023", "issued": "2024-03-05", "expires": "2027-03-04"}
DEFAULTS = {"expect": "", "reason": "", "profile": "tests/foreign/register.json",
            "url": "https://register.test.example/certificates/TR-2024-1187",
            "type": "text/html; charset=utf-8", "control": "404", "status": "200", "header": "",
            "today": "2026-11-22", **KEYS}


class Case(dict):
    """Keys of the file; page and control_page are bytes or None."""

    def claim(self):
        return {k: self[k] for k in KEYS if self[k] != "-"}


def expand(lines):
    out = []
    for line in lines:
        if line.startswith(b"@repeat "):
            count, _, row = line[8:].partition(b" ")
            out += [row.replace(b"{n}", b"%d" % i) + b"\n" for i in range(int(count))]
        elif line.startswith(b"@bytes "):
            out.append(bytes.fromhex(line[7:].decode()))
        else:
            out.append(line + b"\n")
    return b"".join(out)


def read(path):
    cases, part, lines = [], None, {}
    with open(path, "rb") as f:
        text = f.read()
    for line in text.removesuffix(b"\n").split(b"\n"):
        if line.startswith(b"=== "):
            case = Case(DEFAULTS, name=line[4:].decode(), file=os.path.basename(path))
            lines = {"page": None, "control": None}
            case["lines"] = lines
            cases.append(case)
            part = None
        elif line in (b"--- page", b"--- control"):
            part = line[4:].decode()
            lines[part] = []
        elif part:
            lines[part].append(line)
        elif line and not line.startswith(b"#"):
            key, _, value = line.decode().partition(": ")
            case[key] = value
    for case in cases:
        case["page"], case["control_page"] = (
            None if case["lines"][k] is None else expand(case["lines"][k]) for k in ("page", "control"))
    return cases


def every():
    return [c for path in sorted(glob.glob(os.path.join(ROOT, "tests", "foreign", "*.pages")))
            for c in read(path)]
