# SPDX-License-Identifier: GPL-3.0-or-later
"""The app's model without a face (tests/component/model-driver.c), as an object."""

import json
import os
import subprocess
import threading
import time

import jftap
from jfprograms import WAIT


class Model:
    """One running driver. Its lines are kept; items and accounts are as they were last said."""

    def __init__(self, world, base, *extra, name="model", env=None):
        self.world = world
        self.base = base
        self.items, self.accounts, self.lines, self.shown = {}, {}, [], set()
        self.said = {}  # item id -> states, one after the other
        self._changed = threading.Condition()
        driver = os.path.join(os.environ["JF_BUILD_ROOT"], "tests", "component", "model-driver")
        self.process = world.spawn(name, [driver, base, *extra], stdout_pipe=True,
                                   stdin=subprocess.PIPE,
                                   env={"G_DEBUG": "fatal-warnings", **(env or {})})
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for raw in self.process.stdout:
            line = json.loads(raw)
            with self._changed:
                self.lines.append(line)
                if "item" in line:
                    self._take_item(line)
                elif "account" in line:
                    self.accounts[line["account"]] = line
                self._changed.notify_all()

    def _take_item(self, line):
        service = line["item"].partition("/")[2]
        self.items[service] = line
        states = self.said.setdefault(service, [])
        if not states or states[-1] != line["state"]:
            states.append(line["state"])
        (self.shown.add if line["shown"] else self.shown.discard)(service)

    def tell(self, *words):
        self.process.popen.stdin.write((" ".join(words) + "\n").encode())
        self.process.popen.stdin.flush()

    def act(self, verb, service, *words):
        self.tell(verb, self.items[service]["item"], *words)

    def until(self, probe, what, seconds=WAIT):
        """The first true value of probe(), looked at after each line."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                found = probe()
                if found:
                    return found
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"not within {seconds} s: {what}; last lines:\n" +
                                         "\n".join(json.dumps(x, ensure_ascii=False)
                                                   for x in self.lines[-12:]) +
                                         f"\n{self.process.log_tail()}")
                self._changed.wait(left)

    def wait_item(self, service, seconds=WAIT, **wanted):
        """Until that is said of it; the line."""
        def probe():
            line = self.items.get(service, {})
            return line if all(line.get(k) == v for k, v in wanted.items()) and line else None
        return self.until(probe, f"{service}: {wanted}", seconds)

    def wait_account(self, seconds=WAIT, account=None, **wanted):
        def probe():
            for line in self.accounts.values():
                if account in (None, line["account"]) and \
                        all(line.get(k) == v for k, v in wanted.items()):
                    return line
            return None
        return self.until(probe, f"account: {wanted}", seconds)

    def wait_line(self, key, seconds=WAIT, after=0):
        return self.until(lambda: next((x for x in self.lines[after:] if key in x), None),
                          f"a line with {key}", seconds)

    def enroll(self, link):
        after = len(self.lines)
        self.tell("enroll", link)
        return self.wait_line("enrolled", after=after)["enrolled"]

    def address(self, service):
        host, _, port = self.wait_item(service, state="connected")["address"].rpartition(":")
        return host.strip("[]"), int(port)

    def rows(self, *words):
        after = len(self.lines)
        self.tell("search", *words)
        return self.wait_line("rows", after=after)["rows"]

    def wait_rows(self, wanted, *words):
        """The list follows what happens within a moment."""
        jftap.until(lambda: self.rows(*words) == wanted, 5, f"rows {wanted}")

    def stop(self):
        """In order; it must end well."""
        if self.process.alive():
            self.tell("quit")
        jftap.equal(self.process.popen.wait(15), 0,
                    f"status of the driver\n{self.process.log_tail()}")
        self.process.popen.stdin.close()

    def kill(self):
        self.process.kill()
        self.process.popen.stdin.close()
