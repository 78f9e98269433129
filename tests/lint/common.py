"""What the linters share: the list of files, C without comments and strings, the tally."""
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def files(*patterns):
    """Tracked and new files that match (git pathspecs), or a walk where there is no git."""
    try:
        out = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "--", *patterns],
            cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return sorted({f for f in out.split("\n") if f and os.path.isfile(os.path.join(ROOT, f))})
    except (OSError, subprocess.CalledProcessError):
        return walk(patterns)


def walk(patterns):
    found = []
    for folder, dirs, names in os.walk(ROOT):
        dirs[:] = [d for d in dirs if not d.startswith((".", "build"))]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            if any(path.endswith(p.lstrip("*")) for p in patterns):
                found.append(path)
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


TOKEN = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


def bare(text):
    """The text with comments and literals blanked out, line numbers kept."""
    def blank(m):
        s = m.group(0)
        if s[0] in "\"'":
            return s[0] + " " * (len(s) - 2) + s[0]
        return re.sub(r"[^\n]", " ", s)
    return TOKEN.sub(blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


class Tally:
    """Counts what a linter looked at and prints what it found."""

    def __init__(self, name):
        self.name, self.passed, self.failed, self.skipped = name, 0, 0, 0

    def check(self, findings):
        """One thing was looked at; findings is a list of lines, empty when it is good."""
        for f in findings:
            print(f"FAIL {f}")
        if findings:
            self.failed += 1
        else:
            self.passed += 1

    def skip(self, why):
        print(f"{self.name}: skipped: {why}")
        self.skipped += 1

    def end(self):
        # Not in the words of the last line, which tests/run adds up.
        print(f"{self.name}: {self.passed + self.failed} looked at, {self.failed} with findings")
        return self
