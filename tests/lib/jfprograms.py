# SPDX-License-Identifier: GPL-3.0-or-later
"""The two programs under test, as objects: how they are started, asked and read."""

import json
import os
import threading
import time

import jfproc

WAIT = float(os.environ.get("JF_TEST_WAIT", "20"))


def objects(text):
    """The JSON objects of --json output, one a line."""
    return [json.loads(line) for line in text.splitlines() if line.strip()]


class Manager:
    """jackfield-manager on one host. It can be killed and started again with the same state."""

    def __init__(self, world, host, name="manager", uid=None, listen=None, config=None):
        self.world = world
        self.host = host
        self.name = name
        self.uid = uid
        self.listen = listen or host.endpoint(0 if host.ns is None else 4433)
        self.public = None
        self.config = config
        self.state = world.directory(f"{name}.state", uid)
        self.process = None

    def start(self, *extra, wait=True):
        argv = [self.world.manager, "serve", "--state-dir", self.state, "--listen", self.listen,
                "--ready-fd", "{ready}", *extra]
        if self.host.ns is not None:
            argv += ["--public", self.host.endpoint(4433)]
        if self.config:
            argv += ["--config", self.config]
        self.process = self.world.spawn(self.name, argv, netns=self.host.ns, uid=self.uid,
                                        ready=True)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        self.process.wait_ready(WAIT)
        heard = [line.split()[1] for line in self.process.ready_lines if line.startswith("LISTEN")]
        if self.host.ns is None:
            self.listen = heard[0]  # the same port after a restart
        self.public = self.host.endpoint(4433) if self.host.ns else heard[0]

    @property
    def address(self):
        return self.host.address

    @property
    def port(self):
        return int(self.public.rpartition(":")[2])

    @property
    def pid(self):
        return self.process.pid

    def command(self, *words, check=True):
        return jfproc.run([self.world.manager, *words, "--state-dir", self.state],
                          netns=self.host.ns, uid=self.uid, check=check)

    def ask(self, verb):
        """The objects that `verb --json` prints."""
        return objects(self.command(verb, "--json").stdout)

    def status(self):
        return self.ask("status")[0]

    def invite(self, member, *extra):
        return self.command("invite", member, *extra).stdout.strip().splitlines()[-1]


class Join:
    """One running `join --json`."""

    def __init__(self, process):
        self.process = process
        self.lines = []
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for raw in self.process.stdout:
            line = json.loads(raw)
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self.lines.append({"state": "ended"})
            self._changed.notify_all()

    def wait(self, state="joined", seconds=WAIT, after=0):
        """The first line from number `after` on that reports `state`."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                for line in self.lines[after:]:
                    if line.get("state") == state:
                        return line
                left = deadline - time.monotonic()
                ended = self.lines and self.lines[-1].get("state") == "ended"
                if left <= 0 or ended:
                    raise AssertionError(f"{self.process.name}: no state {state!r} in {self.lines}"
                                         f"\n{self.process.log_tail()}")
                self._changed.wait(left)

    @property
    def state(self):
        return self.lines[-1].get("state") if self.lines else None

    @property
    def address(self):
        line = self.wait()
        return line["address"], int(line.get("port") or 0)

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        return self.process.stop()


class Gateway:
    """jackfield-gateway of one device on one host."""

    def __init__(self, world, host, name, uid=None):
        self.world = world
        self.host = host
        self.name = name
        self.uid = uid
        self.state = world.directory(f"{name}.state", uid)
        self.process = None
        self.env = None  # of what is started from now on
        self._count = 0

    def command(self, *words, check=True, data=None, timeout=60):
        return jfproc.run([self.world.gateway, *words, "--state-dir", self.state],
                          netns=self.host.ns, uid=self.uid, check=check, data=data,
                          timeout=timeout, env=self.env)

    def enroll(self, link):
        self.command("enroll", "-", data=link + "\n")
        return self

    def _spawn(self, verb, *words, stdout_pipe=False, ready=True):
        self._count += 1
        argv = [self.world.gateway, verb, *words, "--state-dir", self.state]
        if ready:
            argv += ["--ready-fd", "{ready}"]
        return self.world.spawn(f"{self.name}-{verb}-{self._count}", argv, netns=self.host.ns,
                                uid=self.uid, ready=ready, stdout_pipe=stdout_pipe,
                                env=self.env)

    def serve(self, services, wait=True):
        """services: {"web": "tcp:192.168.1.20:80", …} or the text of a whole services file."""
        if isinstance(services, dict):
            services = "".join(f"[service {name}]\ntarget={target}\nallow=*\n\n"
                               for name, target in services.items())
        path = self.world.file(f"{self.name}.conf", services, self.uid)
        self.process = self._spawn("serve", "--config", path)
        if wait:
            self.process.wait_ready(WAIT)
        return self

    def offer(self, name, target, *extra, wait=True):
        self.process = self._spawn("offer", name, target, *extra)
        if wait:
            self.process.wait_ready(WAIT)
        return self

    def join(self, service, *extra, listen=None):
        words = [service, "--json", *extra]
        if listen:
            words += ["--listen", listen]
        process = self._spawn("join", *words, stdout_pipe=True, ready=False)
        return Join(process)

    def watch(self):
        """A running `services --watch --json`."""
        return Join(self._spawn("services", "--watch", "--json", stdout_pipe=True, ready=False))

    def services(self):
        return objects(self.command("services", "--json").stdout)

    def status(self):
        return objects(self.command("status", "--json").stdout)

    @property
    def pid(self):
        return self.process.pid
