#!/usr/bin/env python3
"""Every SIP feature as caller and as callee: SIPp (and a small user agent in Python) against the real daemon, and a table of what
came of it.

    tests/interop/features.py [WORD ...]     topics or cases whose name has one of these words; all of them by default
    SWITCHHOOK=target/debug/switchhook       another build of the daemon than the release build

A topic is a file features/NAME.py; features/README.md says how to write one. Each topic has a switch of its own, on loopback
addresses of its own, and the topics run beside each other.
"""

import importlib
import os
import pathlib
import signal
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "features"))

from agent import Wrong  # noqa: E402
from frame import Bench, Table  # noqa: E402

SHARED = ("agent", "frame")
AT_ONCE = int(os.environ.get("AT_ONCE", "4"))


def chosen(words):
    """(topic, its cases) as the words say."""
    for path in sorted((HERE / "features").glob("*.py")):
        if path.stem in SHARED:
            continue
        topic = importlib.import_module(path.stem)
        cases = [case for case in topic.CASES if not words or any(word.lower() in f"{path.stem}: {case.name}".lower() for word in words)]
        if cases:
            yield topic, cases


def go_through(topic, cases, net, table, places, folders):
    """All cases of a topic, one after another."""
    with places:
        bench = Bench(topic, net)
        good = True
        try:
            bench.start()
            for number, case in enumerate(cases):
                fine, remark = bench.try_case(number, case)
                if not fine:
                    # As runner.attempt does, and for the same reason.
                    first = remark
                    fine, remark = bench.try_case(len(cases) + number, case)
                    remark = f"{remark}; at the first try: {first}"
                good &= fine
                table.add(topic.__name__, case, fine, remark)
        except (Wrong, OSError, subprocess.TimeoutExpired) as wrong:
            good = False
            print(f"{topic.__name__}: {wrong}", flush=True)
            table.failed += 1
        finally:
            bench.stop()
            folders.append((good, bench.folder))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    topics = list(chosen(sys.argv[1:]))
    if not topics:
        sys.exit(f"nothing is called {' or '.join(sys.argv[1:])}")
    table, places, folders = Table(), threading.Semaphore(AT_ONCE), []
    # Runs beside each other have different addresses.
    second = 16 + os.getpid() % 200
    threads = [
        threading.Thread(target=go_through, args=(topic, cases, f"127.{second}.{place}", table, places, folders), daemon=True)
        for place, (topic, cases) in enumerate(topics)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    table.show()
    for good, folder in folders:
        if good:
            subprocess.run(["rm", "-rf", folder], check=False)
        else:
            print(f"logs are kept in {folder}")
    print(f"features: {table.passed} passed, {table.failed} failed")
    sys.exit(1 if table.failed else 0)


if __name__ == "__main__":
    main()
