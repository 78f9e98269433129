"""wrap - wraps comment lines wider than 100 columns (clang-format leaves comments alone).

usage: python3 tests/lint/wrap.py        part of `make format`
Prose only: lines of code and tables inside comments are named, not changed.
"""
import re
import sys

from common import files, read
from size import WIDTH_MAX, columns

COMMENT = re.compile(r"^(\s*)(/\*| \*|\*) (?=\S)")


def split(line):
    """The line cut at a blank, so that the first part fits; the rest never is a lone end mark."""
    cut = line.rfind(" ", 0, WIDTH_MAX + 1)
    if line[cut + 1:] == "*/":
        cut = line.rfind(" ", 0, cut)
    return line[:cut], line[cut + 1:]


def wrap(path, lines):
    changed, i = False, 0
    while i < len(lines):
        m = COMMENT.match(lines[i])
        if columns(lines[i]) > WIDTH_MAX and not m:
            print(f"{path}:{i + 1}: too wide, and not a line of prose: wrap it by hand")
        elif columns(lines[i]) > WIDTH_MAX:
            lead = m.group(1) + (" * " if m.group(2) != "*" else "* ")
            lines[i], rest = split(lines[i])
            after = lines[i + 1] if i + 1 < len(lines) else ""
            text = after[len(lead):]
            if not rest.endswith("*/") and after.startswith(lead) and re.match(r"[^\s\-\d]", text):
                lines[i + 1] = lead + rest + " " + text
            else:
                lines.insert(i + 1, lead + rest)
            changed = True
        i += 1
    return changed


def main():
    for path in files("*.c", "*.h"):
        lines = read(path).split("\n")
        if wrap(path, lines):
            with open(path, "w", encoding="utf-8") as out:
                out.write("\n".join(lines))
            print(f"{path}: comments wrapped")


sys.dont_write_bytecode = True
main()
