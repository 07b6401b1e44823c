"""Goes through the cases of a script: a line each, and a closing line with the numbers of passed and failed ones."""

import shutil
import sys


def chosen(cases, words):
    """Those cases whose names have one of the words in them; all of them without words."""
    words = [word.lower() for word in words]
    found = {name: case for name, case in cases.items() if not words or any(word in name.lower() for word in words)}
    if not found:
        sys.exit(f"nothing is called {' or '.join(words)} (there are: {'; '.join(cases)})")
    return found


def attempt(case, troubles, end):
    """What a case says of itself, and whether it is good. One that fails is tried once more: other people's programs share
    the machine with it, and do not always start, or come too late. Its line tells what was the matter."""
    first = None
    while True:
        try:
            remark, good = case(), True
        except (*troubles, OSError) as trouble:
            remark, good = str(trouble), False
        finally:
            end()
        if first is not None:
            return f"{remark}; at the first try: {first}", good
        if good:
            return remark, good
        first = remark


def go_through(script, cases, bed, width, troubles, end):
    """Tries all cases with a bed, whose switch is started first; ends the process with the status of the whole."""
    passed = failed = 0
    try:
        bed.start()
        for name, case in cases.items():
            def once(case=case):
                remark = case(bed)
                if bed.process.poll() is not None:
                    raise troubles[0]("the daemon is gone")
                return remark
            remark, good = attempt(once, troubles, end)
            passed, failed = passed + good, failed + (not good)
            print(f"{name:<{width}} {'ok' if good else 'FAILED':<7}{remark}", flush=True)
    except (*troubles, OSError) as trouble:
        print(f"{script}: {trouble}")
        failed += 1
    finally:
        end()
        bed.stop()
    if failed:
        print(f"logs are kept in {bed.folder}")
    else:
        shutil.rmtree(bed.folder, ignore_errors=True)
    print(f"{script}: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
