"""size - length of functions and files, width of lines, cyclomatic complexity."""
import re
import unicodedata

from common import Tally, bare, files, line_of, read

FUNCTION_MAX, FILE_MAX, WIDTH_MAX, COMPLEXITY_MAX = 120, 1000, 100, 25

# McCabe: one for the function, one for each decision.
DECISION = re.compile(r"\b(?:if|for|while|case)\b|&&|\|\||\?")
HEAD = re.compile(r"([A-Za-z_]\w*)\s*\([^;{}]*\)\s*$", re.S)


def columns(line):
    """Columns on a terminal: combining marks (Devanagari vowel signs) take none of their own."""
    if line.isascii():
        return len(line)
    return sum(unicodedata.category(c) not in ("Mn", "Me", "Cf") for c in line)


def functions(text):
    """(name, start, end) of each function body in text without comments; top-level braces only."""
    text = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  text, flags=re.M | re.S)
    depth, start, head_from, found = 0, 0, 0, []
    for m in re.finditer(r"[{};]", text):
        c, at = m.group(0), m.start()
        if c == "{":
            if depth == 0:
                start = at
            depth += 1
        elif c == "}":
            depth -= 1
            if depth == 0:
                head = HEAD.search(text[head_from:start].rstrip())
                if head:
                    found.append((head.group(1), start, at))
                head_from = at + 1
        elif depth == 0:
            head_from = at + 1
    return text, found


def file_findings(path):
    raw = read(path)
    lines, found = raw.split("\n"), []
    if len(lines) - 1 > FILE_MAX:
        found.append(f"{path}: {len(lines) - 1} lines, at most {FILE_MAX}")
    for number, line in enumerate(lines, 1):
        if columns(line) > WIDTH_MAX:
            found.append(f"{path}:{number}: {columns(line)} columns, at most {WIDTH_MAX}")
        if line != line.rstrip() or "\t" in line:
            found.append(f"{path}:{number}: tab or space at the end")
    return found


def function_findings(path):
    text, found = functions(bare(read(path)))
    out = []
    for name, start, end in found:
        length = text.count("\n", start, end) + 1
        complexity = 1 + len(DECISION.findall(text[start:end]))
        where = f"{path}:{line_of(text, start)}: {name}"
        if length > FUNCTION_MAX:
            out.append(f"{where}: {length} lines, at most {FUNCTION_MAX}")
        if complexity > COMPLEXITY_MAX:
            out.append(f"{where}: complexity {complexity}, at most {COMPLEXITY_MAX}")
    return out


def run():
    tally = Tally("size")
    for path in files("*.c", "*.h"):
        tally.check(file_findings(path) + function_findings(path))
    return tally.end()
