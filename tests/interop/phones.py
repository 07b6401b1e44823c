#!/usr/bin/env python3
"""Telephones that people have, at the real daemon: pjsua, baresip and a browser with JsSIP register over every transport, talk (what is
heard is compared sample for sample), hold, transfer, forward, pick up, park, and show lamps. Prints a line a case.

    tests/interop/phones.py [WORD ...]         cases with one of these words; all by default
    SWITCHHOOK=target/debug/switchhook         another build of the daemon than the release build
"""

import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "phones"))

from bed import Bed, Trouble, frame, free_net  # noqa: E402
import calls  # noqa: E402
import lamps  # noqa: E402
import runner  # noqa: E402
import transferring  # noqa: E402

CASES = {**calls.CASES, **transferring.CASES, **lamps.CASES}


def main():
    found = runner.chosen(CASES, sys.argv[1:])
    subprocess.run([HERE.parent / "setup.sh", "baresip-core", "openssl"], check=True)
    subprocess.run([HERE / "pjsua.sh"], check=True, stdout=subprocess.DEVNULL)
    bed = Bed(free_net(241))
    runner.go_through("phones", found, bed, 52, (Trouble, frame.Wrong), bed.stop_phones)


if __name__ == "__main__":
    main()
