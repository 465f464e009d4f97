# SPDX-License-Identifier: GPL-3.0-or-later
"""Test cases that report in TAP (https://testanything.org), for meson's protocol 'tap'.

A test file marks its cases with @case and ends with run (make_world, needs=[...]). The world is made
once, handed to each case, and closed at the end whatever happened.
"""

import os
import re
import shutil
import signal
import sys
import time
import traceback

_cases = []


class Skip(Exception):
    """Raised by a case that cannot run here; the text says why."""


def case(func):
    _cases.append(func)
    return func


def note(text):
    """A line for people, which TAP ignores."""
    for line in str(text).splitlines() or [""]:
        # a control character would make the log's XML invalid
        print("#", re.sub(r"[^\t\x20-\x7e\u00a0-\ud7ff]", "?", line), flush=True)


def missing(needs):
    """Why this file cannot run here, or None. `needs`: "root", or names of programs."""
    for need in needs:
        if need == "root":
            if os.geteuid() != 0:
                return "needs root (network namespaces)"
        elif need.startswith("/"):
            if not os.path.exists(need):
                return f"needs {need}"
        elif not shutil.which(need, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            return f"needs the program {need}"
    return None


def _stop(signum, frame):
    raise SystemExit(f"ended by signal {signum}")


def _title(func):
    return func.__name__.replace("_", " ")


def _run_one(number, func, world):
    started = time.monotonic()
    try:
        func(world)
    except Skip as reason:
        print(f"ok {number} - {_title(func)} # SKIP {reason}", flush=True)
        return True
    except Exception:  # pylint: disable=broad-except
        note(traceback.format_exc())
        if hasattr(world, "explain"):
            note(world.explain())
        print(f"not ok {number} - {_title(func)}", flush=True)
        return False
    print(f"ok {number} - {_title(func)}", flush=True)
    note(f"took {time.monotonic() - started:.1f} s")
    return True


def run(make_world=None, needs=()):
    """Runs the cases named on the command line, or all of them. Never returns."""
    sys.stdout.reconfigure(line_buffering=True)
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, _stop)
    chosen = [c for c in _cases if len(sys.argv) < 2 or c.__name__ in sys.argv[1:]]
    reason = missing(needs)
    if reason:
        print(f"1..0 # SKIP {reason}")
        sys.exit(0)
    print(f"1..{len(chosen)}")
    world = None
    good = True
    try:
        world = make_world() if make_world else None
        for number, func in enumerate(chosen, 1):
            good = _run_one(number, func, world) and good
    except Exception:  # pylint: disable=broad-except
        note(traceback.format_exc())
        print("Bail out! the world could not be made")
        good = False
    finally:
        if world is not None:
            world.close()
    sys.exit(0 if good else 1)


def until(check, seconds, what):
    """Calls check() until it returns something true, and returns that; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = 0.01
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)


def short(value):
    text = repr(value)
    return text if len(text) < 4000 else f"{text[:4000]}… ({len(text)} characters)"


def equal(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: got {short(got)}, wanted {short(wanted)}")


def contains(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError(f"{part!r} is not in {text!r}")
