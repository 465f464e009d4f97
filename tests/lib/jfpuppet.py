# SPDX-License-Identifier: GPL-3.0-or-later
"""A manager that lies as a test wants it to: jf-puppet-manager, and the answers of a polite one."""

import json
import os
import subprocess
import threading

import jfproc


class PuppetManager:
    """Enrols everybody and lists `services`, until a test says otherwise: `answers` maps the type of a
    message to a function of that message which returns what is sent instead (texts or objects)."""

    def __init__(self, world, services=()):
        path = os.path.join(os.environ["JF_BUILD_ROOT"], "tests", "gui", "jf-puppet-manager")
        self.process = jfproc.Process("puppet", [path], world.dir, stdout_pipe=True,
                                      stdin=subprocess.PIPE)
        world.processes.append(self.process)
        self.link = self.process.stdout.readline().decode().strip()
        self.services = list(services)
        self.answers = {}
        self.heard = []
        self.known = False
        self.watched = False
        threading.Thread(target=self._run, daemon=True).start()

    def say(self, *messages):
        """Objects as JSON, texts as they are (one line each)."""
        for message in messages:
            text = message if isinstance(message, str) else json.dumps(message)
            self.process.popen.stdin.write(text.encode("utf-8", "surrogatepass") + b"\n")
        self.process.popen.stdin.flush()

    def drop(self):
        self.say("drop")

    def change(self, *services, gone=()):
        self.say({"type": "changes", "services": list(services), "gone": list(gone)})

    def _run(self):
        for line in self.process.stdout:
            message = json.loads(line)
            self.heard.append(message)
            answer = self.answers.get(message["type"], self._polite)
            try:
                self.say(*answer(message))
            except (BrokenPipeError, ValueError):
                return

    def _polite(self, message):
        welcome = {"type": "welcome", "version": 1, "member": "alice", "role": "user",
                   "device": "x", "software": "puppet"}
        kind, request = message["type"], message.get("request")
        if kind == "hello":
            return [welcome] if self.known else [{"type": "error", "code": "not-enrolled"}]
        if kind == "enroll":
            self.known = True
            return [{"type": "enrolled", "request": request, "member": "alice", "role": "user"},
                    welcome]
        if kind == "list":
            self.watched = True
            return [{"type": "services", "request": request, "services": self.services}]
        if kind == "join":
            return [{"type": "waiting", "request": request, "tunnel": 7, "reason": "offline",
                     "service": message["service"]}]
        return []


def service(name, title, **more):
    return {"service": f"clinic/{name}", "kind": "tcp", "port": 80, "title": title, "online": True,
            **more}
