"""Clauses of PDF/A-3b (ISO 19005-3:2012) inside the streams of a file: operators, fonts, colour profile, metadata.

Not a test by itself: pdfa.py calls it. Each finding is "CLAUSE: what". Streams are decoded by qpdf; TrueType tables,
the operators of a page and the head of a profile are read here.
"""
import base64
import re
import struct
import xml.etree.ElementTree as ElementTree

# ISO 32000-1 annex A: all operators there are.
OPERATORS = set("b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M MP n q Q"
                " re RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \"".split())
TOKEN = re.compile(rb"\s*(?:(%[^\r\n]*)|(<<|>>|[\[\]{}])|<([0-9A-Fa-f\s]*)>|(\()|(/[^\s<>\[\](){}/%]*)|([^\s<>\[\](){}/%]+))")
SCHEMES = {"http://purl.org/dc/elements/1.1/": {"title", "creator", "description", "date", "format", "language"},
           "http://ns.adobe.com/xap/1.0/": {"CreateDate", "ModifyDate", "CreatorTool", "MetadataDate"},
           "http://ns.adobe.com/pdf/1.3/": {"Producer", "Keywords", "PDFVersion", "Trapped"},
           "http://www.aiim.org/pdfa/ns/id/": {"part", "conformance"}}
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


def literal(data, at):
    """A string in parentheses from behind the first on; its octets and where it ends."""
    out, depth = bytearray(), 1
    escapes = {ord("n"): 10, ord("r"): 13, ord("t"): 9, ord("b"): 8, ord("f"): 12}
    while at < len(data):
        c = data[at]
        if c == ord("\\"):
            octal = re.match(rb"[0-7]{1,3}", data[at + 1:at + 4])
            if octal:
                out.append(int(octal.group(), 8) & 255)
                at += len(octal.group())
            else:
                out.append(escapes.get(data[at + 1], data[at + 1]))
                at += 1
        else:
            depth += {ord("("): 1, ord(")"): -1}.get(c, 0)
            if depth == 0:
                return bytes(out), at + 1
            out.append(c)
        at += 1
    return bytes(out), at


def tokens(data):
    """(kind, value): "string" with octets, "name", "word"."""
    at = 0
    while True:
        m = TOKEN.match(data, at)
        if not m or m.end() == at:
            return
        at = m.end()
        _, _, hexed, opened, name, word = m.groups()
        if hexed is not None:
            digits = re.sub(rb"\s", b"", hexed)
            if len(digits) % 2:
                yield "odd", digits
            yield "string", bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
        elif opened:
            value, at = literal(data, at)
            yield "string", value
        elif name:
            yield "name", name[1:].decode("latin-1")
        elif word:
            yield "word", word.decode("latin-1")


class TrueType:
    """What PDF/A wants to know of an embedded font program."""

    def __init__(self, data):
        self.tables, count = {}, struct.unpack(">H", data[4:6])[0]
        for n in range(count):
            tag, _, at, size = struct.unpack(">4sIII", data[12 + 16 * n:28 + 16 * n])
            self.tables[tag.decode("latin-1")] = data[at:at + size]
        self.units = struct.unpack(">H", self.tables["head"][18:20])[0]
        self.glyphs = struct.unpack(">H", self.tables["maxp"][4:6])[0]
        self.metrics = struct.unpack(">H", self.tables["hhea"][34:36])[0]

    def width(self, glyph):
        at = 4 * min(glyph, self.metrics - 1)
        return struct.unpack(">H", self.tables["hmtx"][at:at + 2])[0] * 1000 / self.units

    def maps(self):
        """{(platform, encoding): {code: glyph}} of formats 0, 4 and 6."""
        table, found = self.tables.get("cmap", b"\0" * 4), {}
        for n in range(struct.unpack(">H", table[2:4])[0]):
            platform, encoding, at = struct.unpack(">HHI", table[4 + 8 * n:12 + 8 * n])
            found[platform, encoding] = self.codes(table[at:])
        return found

    @staticmethod
    def codes(t):
        form = struct.unpack(">H", t[:2])[0]
        if form == 0:
            return dict(enumerate(t[6:262]))
        if form == 6:
            first, count = struct.unpack(">HH", t[6:10])
            return {first + i: g for i, g in enumerate(struct.unpack(f">{count}H", t[10:10 + 2 * count]))}
        if form != 4:
            return {}
        n, out = struct.unpack(">H", t[6:8])[0] // 2, {}
        ends, starts, deltas, offsets = (struct.unpack(f">{n}H", t[at:at + 2 * n])
                                         for at in (14, 16 + 2 * n, 16 + 4 * n, 16 + 6 * n))
        for i in range(n):
            for code in range(starts[i], min(ends[i], 0xFFFE) + 1):
                glyph = code
                if offsets[i]:
                    at = 16 + 6 * n + 2 * i + offsets[i] + 2 * (code - starts[i])
                    glyph = struct.unpack(">H", t[at:at + 2])[0]
                out[code] = (glyph + deltas[i]) & 0xFFFF if glyph or not offsets[i] else 0
        return out


class Deep:
    """file: a pdfa.File."""

    def __init__(self, file):
        self.f, self.used = file, {}
        self.streams = {name: base64.b64decode(o["stream"]["data"]) for name, o in file.all.items() if "stream" in o}

    def stream(self, ref):
        return self.streams.get("obj:" + ref, b"") if isinstance(ref, str) else b""

    def check(self):
        root = self.f.get(self.f.all["trailer"]["value"]["/Root"])
        for intent in [self.f.get(i) for i in self.f.get(root.get("/OutputIntents")) or []]:
            self.profile(intent.get("/DestOutputProfile"))
        self.metadata(root.get("/Metadata"))
        self.associated(root)
        self.pages(root.get("/Pages"), {}, 0)
        for ref, codes in self.used.items():
            self.font(self.f.get(ref), codes)
        self.lines()

    # ---- 6.1: the file's octets

    def lines(self):
        """6.1.4, 6.1.7.1, 6.1.9: where lines end, and the length of a stream is its length."""
        data = self.f.data
        for start in re.finditer(rb"startxref\s+(\d+)", data):
            at = int(start.group(1))
            if not re.match(rb"xref(?:\r\n|\r|\n)\d+ \d+ ?(?:\r\n|\r|\n)", data[at:at + 48]):
                self.f.bad("6.1.4", f"the head of the cross-reference table at {at}")
        for section in re.finditer(rb"[\r\n]xref[\r\n]+(.*?)trailer", data, re.S):
            for entry in re.finditer(rb"(\d{10}) \d{5} n", section.group(1)):
                at = int(entry.group(1))
                if not re.match(rb"\d+ \d+ obj(?:\r\n|\r|\n)", data[at:at + 32]):
                    self.f.bad("6.1.9", f"the object at {at}")
                end = data.find(b"endobj", at)
                if data[end - 1:end] not in (b"\r", b"\n") or data[end + 6:end + 7] not in (b"\r", b"\n"):
                    self.f.bad("6.1.9", f"endobj of the object at {at}")
                self.one_stream(at, data)

    def one_stream(self, at, data):
        m = re.compile(rb"\d+ \d+ obj\s*<<(?:(?!endobj|stream).)*?/Length (\d+)( 0 R)?(?:(?!endobj|stream).)*?>>\s*stream"
                       rb"(\r\n|\n|.)", re.S).match(data, at)
        if not m:
            return
        length = self.f.get(f"{int(m.group(1))} 0 R") if m.group(2) else int(m.group(1))
        if m.group(3) not in (b"\r\n", b"\n") or not isinstance(length, int) or \
                not re.match(rb"(?:\r\n|\r|\n)endstream", data[m.end() + length:m.end() + length + 11]):
            self.f.bad("6.1.7.1", f"a stream's length or line ends at {at}")

    # ---- 6.2: pages

    def pages(self, ref, above, depth):
        node = self.f.get(ref) or {}
        resources = self.f.get(node.get("/Resources")) or above
        if depth > 20 or "/PresSteps" in node:
            self.f.bad("6.10", "presentation steps, or a tree without end")
            return
        for kid in node.get("/Kids", []):
            self.pages(kid, resources, depth + 1)
        if node.get("/Type") == "/Page":
            parts = node.get("/Contents", [])
            content = b"\n".join(self.stream(p) for p in (parts if isinstance(parts, list) else [parts]))
            self.content(content, resources)

    def content(self, data, resources):
        fonts, font, held = self.f.get(resources.get("/Font")) or {}, None, []
        for kind, value in tokens(data):
            if kind == "odd":
                self.f.bad("6.1.6", f"an odd number of digits: {value[:20]}")
            if kind != "word" or re.fullmatch(r"[+-]?\d*\.?\d*|true|false|null", value):
                held.append((kind, value))
                continue
            if value not in OPERATORS:
                self.f.bad("6.2.2", f"the operator {value}")
            if value == "Tf":
                name = next((v for k, v in held if k == "name"), "")
                font = fonts.get("/" + name)
                if font is None:
                    self.f.bad("6.2.2", f"the font {name} is no resource of the page")
            elif value in ("Tj", "TJ", "'", '"') and font:
                self.used.setdefault(font, set()).update(v for k, v in held if k == "string")
            elif value in ("k", "K") or value == "Do" and not self.f.get(resources.get("/XObject")):
                self.f.bad("6.2.4.3" if value != "Do" else "6.2.2", f"the operator {value}")
            held = []

    # ---- 6.2.11: fonts

    def program(self, font, name):
        descriptor = self.f.get(font.get("/FontDescriptor")) or {}
        data = self.stream(descriptor.get("/FontFile2"))
        try:
            return TrueType(data), descriptor
        except (struct.error, KeyError, IndexError):
            self.f.bad("6.2.11.2", f"the font program of {name} is no TrueType")
            return None, descriptor

    def font(self, font, strings):
        name = font.get("/BaseFont")
        if not self.stream(font.get("/ToUnicode")):
            self.f.bad("6.2.11.7", f"{name} has no map to Unicode")  # asked by level U; people search and copy
        if font.get("/Subtype") == "/Type0":
            self.composite(font, {int.from_bytes(s[i:i + 2], "big") for s in strings for i in range(0, len(s), 2)}, name)
        elif font.get("/Subtype") == "/TrueType":
            self.simple(font, {c for s in strings for c in s}, name)
        else:
            self.f.bad("6.2.11.2", f"{name} is a font of another kind: {font.get('/Subtype')}")

    def composite(self, font, cids, name):
        inside = self.f.get((self.f.get(font.get("/DescendantFonts")) or [None])[0]) or {}
        system = self.f.get(inside.get("/CIDSystemInfo")) or {}
        if font.get("/Encoding") != "/Identity-H" or system.get("/Ordering") != "u:Identity":
            self.f.bad("6.2.11.3", f"{name}: encoding {font.get('/Encoding')}, {system}")
        program, descriptor = self.program(inside, name)
        if not program:
            return
        subset = self.stream(descriptor.get("/CIDSet"))
        if subset and any(not subset[c // 8:c // 8 + 1] or not subset[c // 8] & 128 >> c % 8 for c in range(program.glyphs)):
            self.f.bad("6.2.11.4.2", f"{name}: /CIDSet leaves glyphs out")
        widths, w = {}, self.f.get(inside.get("/W")) or []
        for at in range(0, len(w) - 1, 2):
            widths |= {w[at] + i: v for i, v in enumerate(self.f.get(w[at + 1]))} if isinstance(w[at + 1], list) else {}
        for cid in cids:
            if cid == 0 or cid >= program.glyphs:
                self.f.bad("6.2.11.8", f"{name}: .notdef or no glyph: {cid} of {program.glyphs}")
            elif abs(widths.get(cid, inside.get("/DW", 1000)) - program.width(cid)) > 1:
                self.f.bad("6.2.11.5", f"{name}: the width of {cid}: {widths.get(cid)}, {program.width(cid)}")

    def simple(self, font, codes, name):
        program, descriptor = self.program(font, name)
        if font.get("/Encoding") not in ("/WinAnsiEncoding", "/MacRomanEncoding") or not descriptor.get("/Flags", 0) & 32:
            self.f.bad("6.2.11.6", f"{name}: encoding {font.get('/Encoding')}, flags {descriptor.get('/Flags')}")
        maps = program.maps() if program else {}
        chosen = maps.get((3, 1)) or maps.get((1, 0))
        if program and chosen is None:
            self.f.bad("6.2.11.6", f"{name}: no cmap for a font that is not symbolic: {list(maps)}")
        if not chosen:
            return
        first, widths = font.get("/FirstChar", 0), self.f.get(font.get("/Widths")) or []
        for code in codes:
            glyph = chosen.get(ord(bytes([code]).decode("cp1252")) if (3, 1) in maps else code, 0)
            width = widths[code - first] if 0 <= code - first < len(widths) else None
            if glyph == 0 or glyph >= program.glyphs:
                self.f.bad("6.2.11.8", f"{name}: .notdef or no glyph for {code}")
            elif width is None or abs(width - program.width(glyph)) > 1:
                self.f.bad("6.2.11.5", f"{name}: the width of {code}: {width}, {program.width(glyph)}")

    # ---- 6.2.3: the output intent's profile; ICC.1 7.2

    def profile(self, ref):
        data, said = self.stream(ref), (self.f.get(ref) or {}).get("/N")
        space = {b"RGB ": 3, b"GRAY": 1, b"CMYK": 4}.get(data[16:20])
        if len(data) < 128 or struct.unpack(">I", data[:4])[0] != len(data) or data[36:40] != b"acsp" or data[8] > 4 or \
                data[12:16] not in (b"mntr", b"prtr") or space is None or space != said:
            self.f.bad("6.2.3", f"the profile: {data[8:40]!r}, /N {said}")

    # ---- 6.6: metadata

    def metadata(self, ref):
        data = self.stream(ref)
        head = re.match(rb"<\?xpacket begin=[^?]*\?>", data)
        if not head or b"bytes=" in head.group() or b"encoding=" in head.group():
            self.f.bad("6.6.2.1", "the packet's head")
        try:
            tree = ElementTree.fromstring(data[head.end() if head else 0:data.rindex(b"<?xpacket end")].decode("utf-8"))
        except (ElementTree.ParseError, UnicodeDecodeError, ValueError):
            self.f.bad("6.6.2.1", "the packet is no XML")
            return
        said = {}
        for about in tree.iter(RDF + "Description"):
            for key in [c.tag for c in about] + [k for k in about.attrib if k != RDF + "about"]:
                space, name = key[1:].split("}") if key.startswith("{") else ("", key)
                if name not in SCHEMES.get(space, ()):
                    self.f.bad("6.6.2.3.1", f"{key} is in no schema that is known, and none describes it")
                child = about.find(key)
                said[name] = child.text if child is not None else about.get(key)
        if (said.get("part"), said.get("conformance")) != ("3", "B"):
            self.f.bad("6.6.4", f"pdfaid: {said.get('part')} {said.get('conformance')}")

    # ---- 6.8: files

    def associated(self, root):
        names = (self.f.get((self.f.get(root.get("/Names")) or {}).get("/EmbeddedFiles")) or {}).get("/Names", [])
        listed, keys = set(self.f.get(root.get("/AF")) or []), names[::2]
        if set(names[1::2]) != listed or keys != sorted(keys):
            self.f.bad("6.8", "embedded files that are not associated, or out of order")
        for spec in [self.f.get(s) for s in listed]:
            kind, data = spec.get("/AFRelationship"), self.f.get(self.f.get(spec.get("/EF") or {}).get("/F")) or {}
            if kind not in ("/Source", "/Data", "/Alternative", "/Supplement", "/Unspecified"):
                self.f.bad("6.8", f"the relationship {kind}")
            if "/ModDate" not in (self.f.get(data.get("/Params")) or {}):
                self.f.bad("6.8", "an attachment without its date")
