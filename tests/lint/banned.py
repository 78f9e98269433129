"""banned - calls this program does not make, and why."""
import re

from common import Tally, bare, files, line_of, read

EVERYWHERE = {
    "strcpy": "no bound; use snprintf or a span",
    "strcat": "no bound; use a buffer",
    "strncat": "its bound is not the room; use a buffer",
    "strncpy": "may leave no NUL; use snprintf or memcpy",
    "sprintf": "no bound; use snprintf or a buffer",
    "vsprintf": "no bound; use vsnprintf",
    "gets": "no bound",
    "strtok": "hidden state; use spans",
    "atoi": "no error; use strtoll or a span parser",
    "atol": "no error; use strtoll or a span parser",
    "atoll": "no error; use strtoll or a span parser",
    "atof": "no error, depends on the locale",
    "alloca": "no bound on the stack",
    "tmpnam": "race; use mkstemp or memfd_create",
    "mktemp": "race; use mkstemp or memfd_create",
    "setjmp": "errors are return codes",
    "longjmp": "errors are return codes",
    "rand": "not random; use RAND_bytes",
    "srand": "not random; use RAND_bytes",
    "gmtime": "static buffer; use base/utc",
    "localtime": "static buffer and the machine's zone; use base/utc",
    "asctime": "static buffer; use base/utc",
    "ctime": "static buffer; use base/utc",
}
IN_THE_PROGRAM = {
    "system": "a shell; use posix_spawn with an argument list",
    "popen": "a shell; use posix_spawn with an argument list",
    "malloc": "counted allocation only; use an arena or mem_alloc",
    "calloc": "counted allocation only; use an arena or mem_zalloc",
    "realloc": "counted allocation only; use arena_grow or mem_realloc",
    "free": "use mem_free or an arena",
    "strdup": "counted allocation only; use arena_str",
    "strndup": "counted allocation only; use arena_str",
    "asprintf": "counted allocation only; use arena_printf",
    "vasprintf": "counted allocation only; use arena_vprintf",
}
ALLOCATOR = "src/base/mem.c"
# The verifier reads no clock, no environment and opens nothing (DESIGN.md, idea 2).
PURE = ("src/asn1/", "src/base/", "src/chain/", "src/format/", "src/policy/", "src/report/",
        "src/revocation/", "src/scheme/", "src/timestamp/", "src/verify/", "src/xml/")
NOT_PURE = {
    "fopen": "the verifier opens nothing", "open": "the verifier opens nothing",
    "socket": "the verifier has no network", "getenv": "the verifier reads no environment",
    "time": "the verifier reads no clock", "clock_gettime": "the verifier reads no clock",
    "gettimeofday": "the verifier reads no clock",
}
# The fault variant reads its setting there.
EXCEPT = {(ALLOCATOR, "getenv")}


def rules_for(path):
    rules = dict(EVERYWHERE)
    if path.startswith("src/") and path != ALLOCATOR:
        rules.update(IN_THE_PROGRAM)
    if path.startswith(PURE):
        rules.update(NOT_PURE)
    if path.startswith("tests/"):
        rules.pop("setjmp", None)
        rules.pop("longjmp", None)
    return {name: why for name, why in rules.items() if (path, name) not in EXCEPT}


def run():
    tally = Tally("banned")
    for path in files("*.c", "*.h"):
        text, rules = bare(read(path)), rules_for(path)
        pattern = re.compile(r"(?<![\w.>])(" + "|".join(map(re.escape, rules)) + r")\s*\(")
        tally.check([f"{path}:{line_of(text, m.start())}: {m.group(1)}(): {rules[m.group(1)]}"
                     for m in pattern.finditer(text)])
    return tally.end()
