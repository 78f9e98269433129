"""layers - the direction of #include lines, from tests/lint/layers.txt, and no circles."""
import os
import re

from common import Tally, files, read

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def load():
    """rank of each part, the adapters, the allowed pairs of adapters."""
    rank, adapters, allowed = {}, set(), set()
    for number, line in enumerate(read("tests/lint/layers.txt").splitlines()):
        line = line.split("#")[0].strip()
        if not line:
            continue
        if line.startswith("allow:"):
            user, used = line[6:].split("->")
            allowed.add((user.strip(), used.strip()))
            continue
        side_by_side = line.startswith("adapters:")
        for part in line.split(":")[-1].split():
            rank[part] = number
            if side_by_side:
                adapters.add(part)
    return rank, adapters, allowed


def part_of(path):
    if path.startswith("include/"):
        return "base"
    return path.split("/")[1] if path.startswith("src/") and path.count("/") > 1 else None


def target(include):
    for base in ("src/", "include/"):
        if os.path.isfile(base + include):
            return base + include
    return None


def complaint(path, include, rules):
    rank, adapters, allowed = rules
    used_path = target(include)
    if used_path is None:
        return f"{path}: includes \"{include}\", which is neither below src/ nor include/"
    user, used = part_of(path), part_of(used_path)
    if user is None or user == used:
        return None
    for part in (user, used):
        if part not in rank:
            return f"{path}: part '{part}' is not in tests/lint/layers.txt"
    if path.startswith("include/"):
        return f"{path}: a public header includes \"{include}\"" if used_path.startswith("src/") \
            else None
    if rank[used] > rank[user]:
        return f"{path}: {user} must not use {used} (\"{include}\"): it is a layer above"
    if user in adapters and used in adapters and (user, used) not in allowed:
        return f"{path}: the adapters {user} and {used} must not meet (\"{include}\")"
    return None


def circles(graph):
    """Each header that reaches itself through includes."""
    found = []
    for start in graph:
        seen, todo = set(), list(graph[start])
        while todo:
            f = todo.pop()
            if f == start:
                found.append(f"{start}: includes itself in a circle")
                break
            if f not in seen:
                seen.add(f)
                todo += graph.get(f, [])
    return found


def run():
    tally, rules, graph = Tally("layers"), load(), {}
    for path in files("src/*.c", "src/*.h", "src/*.def", "include/*.h", "include/*.def"):
        if path.startswith("src/man/"):
            continue
        includes = INCLUDE.findall(read(path))
        found = [c for c in (complaint(path, i, rules) for i in includes) if c]
        tally.check(found)
        graph[path] = [t for t in map(target, includes) if t]
    tally.check(circles(graph))
    return tally.end()
