#!/usr/bin/env python3
"""Certificates issued with time-stamps (B-T), with an authority on a network of the test's own.

usage: issue_stamped.py [COUNT]      environment: B, the build directory (default: build)
Prints the processor seconds of the program alone (the authority, openssl ts behind a small server, is a process
that is not counted), the wall-clock seconds, and the count.
"""
import http.server
import os
import resource
import signal
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.chdir(ROOT)
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))

from issue_tsa import ADDRESS, Service  # noqa: E402  (it enters a network of its own)
from issue_world import World, list_hash, request  # noqa: E402


def serve(folder):
    """In a process of its own, not waited for until all is measured."""
    pid = os.fork()
    if pid == 0:
        Service.folder = folder
        http.server.ThreadingHTTPServer((ADDRESS, 80), Service).serve_forever()
    time.sleep(1)
    return pid


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as folder:
        w = World(folder)
        pid = serve(folder)
        items = [request(n) for n in range(count)]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = w.issue("--batch", w.batch(items), "--yes", list_hash(items), "--tsa", f"http://{ADDRESS}/tsa")
        took, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        os.kill(pid, signal.SIGKILL)
        if done.returncode != 0:
            sys.exit(f"issue_stamped: {done.stderr}")
        print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, took, count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
