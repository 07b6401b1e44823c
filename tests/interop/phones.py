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
import transferring  # noqa: E402

CASES = {**calls.CASES, **transferring.CASES, **lamps.CASES}


def main():
    words = [word.lower() for word in sys.argv[1:]]
    chosen = {name: case for name, case in CASES.items() if not words or any(word in name.lower() for word in words)}
    if not chosen:
        sys.exit(f"nothing is called {' or '.join(words)}")
    subprocess.run([HERE.parent / "setup.sh", "baresip-core", "openssl"], check=True)
    subprocess.run([HERE / "pjsua.sh"], check=True, stdout=subprocess.DEVNULL)
    bed = Bed(free_net(241))
    passed = failed = 0
    try:
        bed.start()
        for name, case in chosen.items():
            try:
                remark, good = case(bed), True
                if bed.process.poll() is not None:
                    raise Trouble("the daemon is gone")
            except (Trouble, frame.Wrong, OSError) as trouble:
                remark, good = str(trouble), False
            finally:
                bed.stop_phones()
            passed, failed = passed + good, failed + (not good)
            print(f"{name:<52} {'ok' if good else 'FAILED':<7}{remark}", flush=True)
    except frame.Wrong as wrong:
        print(f"phones: {wrong}")
        failed += 1
    finally:
        bed.stop_phones()
        bed.stop()
    if failed:
        print(f"logs are kept in {bed.folder}")
    else:
        frame.shutil.rmtree(bed.folder, ignore_errors=True)
    print(f"phones: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
