"""marks - no unfinished marks, no machine's paths, a comment at the head of each source file."""
import re

from common import Tally, files, line_of, read

# Written in pieces, so that this file does not find itself.
MARK = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b"
                  + r"|not" + r" implemented|unimple" + "mented")
PLACE = re.compile(r"/(?:work|tmp/wt|root|home/\w+)/[a-z]")
TEXT = ("*.c", "*.h", "*.def", "*.py", "*.sh", "*.mk", "Makefile", "*.md", "*.js", "*.css",
        "*.html", "*.1")


def findings(path, text):
    out = [f"{path}:{line_of(text, m.start())}: unfinished: {m.group(0)}"
           for m in MARK.finditer(text)]
    out += [f"{path}:{line_of(text, m.start())}: a path of one machine: {m.group(0)}..."
            for m in PLACE.finditer(text)]
    if path.endswith((".c", ".h")) and not text.startswith(("/*", "//")):
        out.append(f"{path}:1: no comment that says what it is")
    return out


def run():
    tally = Tally("marks")
    for path in files(*TEXT):
        tally.check(findings(path, read(path)))
    return tally.end()
