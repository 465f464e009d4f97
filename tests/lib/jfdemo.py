# SPDX-License-Identifier: GPL-3.0-or-later
"""What ./demo plays. usage: jfdemo.py BUILD-DIRECTORY [--once]"""

import os
import re
import signal
import socket
import sys
import time

import jfproc
import jfworld

PORT = 8080
SERVICE = "clinic/ward-board"
PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Ward board</title>
<style>body { font: 18px/1.5 sans-serif; max-width: 34em; margin: 4em auto; color: #123 }
h1 { border-bottom: 4px solid #2a9d8f } .ok { color: #2a9d8f }</style>
<h1>Ward board</h1>
<p class="ok">All beds of ward 3 are quiet.</p>
<p>This page comes from a server in a private network whose router lets nobody in.</p>
</html>
"""


class Voice:
    """Speaks to people, in colour on a terminal."""

    def __init__(self):
        self.colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def _paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def step(self, name, text):
        print(f"  {self._paint('1;36', f'{name:<3}')} {text}", flush=True)

    def say(self, text=""):
        print(text, flush=True)

    def title(self, text):
        print(self._paint("1", text), flush=True)

    def command(self, words):
        print(f"      {self._paint('33', words)}", flush=True)


def picture(world):
    if world.mgr.host.ns is None:
        return ("  web server, provider's gateway  ->  manager  <-  user's gateway, curl\n"
                "  all on this machine's loopback (as root, each gets a network of its own)\n")
    return f"""\
  provider's private network                                  user's private network
  192.168.1.0/24, NAT, nothing comes in    the internet       192.168.1.0/24, NAT, likewise
  .------------------------------------.                      .-----------------------------.
  | web server 192.168.1.20 <- gateway |--> manager <---------| gateway <- curl 127.x.y.z   |
  '------------------------------------'    {world.mgr_host.v4}     '-----------------------------'
"""


def inside(world, host, words):
    """The command line that a person types to do that on that host."""
    return f"nsenter --net=/run/netns/{host.ns} {words}" if host.ns else words


def play(world, voice):
    root = world.directory("page")
    world.file("page/index.html", PAGE, mode=0o644)
    port = PORT if world.server_host.ns else free_port()
    server = world.server_host
    world.spawn("web", [sys.executable, "-m", "http.server", str(port), "--bind", server.address,
                        "--directory", root], netns=server.ns)
    world.wait_port(server, server.address, port)
    world.start()
    voice.step("", f"the manager listens at {world.mgr.public}")
    clinic = world.provider()
    voice.step("", "the provider \"clinic\" has enrolled with an invitation link")
    clinic.offer("ward-board", f"tcp:{server.address}:{port}", "--allow", "alice", "--title",
                 "Ward board", "--port", str(PORT))
    voice.step("S1", f"clinic's gateway has registered {SERVICE} for the user \"alice\"")
    alice = world.user()
    voice.step("", "alice has enrolled with an invitation link of her own")
    listed = [row for row in alice.services() if row.get("service") == SERVICE]
    voice.step("S2", f"alice lists what she may use: {listed[0]['service']} "
                     f"(\"{listed[0].get('title', '')}\")")
    began = time.monotonic()
    join = alice.join(SERVICE)
    voice.step("S3", "she joins; the manager asks both gateways to set up their pseudo sockets")
    address, local_port = join.address
    took = (time.monotonic() - began) * 1000
    voice.step("S4", "both are ready; TLS runs from gateway to gateway, the manager cannot read")
    voice.step("S5", f"joined after {took:.0f} ms: {address}:{local_port} is the ward board now")
    return alice, f"http://{address}:{local_port}/"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(world, voice, url):
    voice.say()
    voice.command(f"curl {url}")
    done = jfproc.run(["curl", "-sSf", "-m", "20", url], netns=world.user_host.ns)
    for line in done.stdout.splitlines()[4:7]:
        voice.say(f"      {line}")
    if done.stdout != PAGE:
        raise AssertionError("the page is not the one that the server has")
    voice.say("      … the same page, byte for byte.")


def try_next(world, voice, alice, url):
    voice.say()
    voice.title("Try next, in another terminal:")
    voice.command(inside(world, world.user_host, f"curl {url}"))
    voice.command(f"{world.manager} tunnels --state-dir {world.mgr.state}")
    voice.command(f"{world.manager} audit --state-dir {world.mgr.state}")
    voice.command(inside(world, world.user_host,
                         f"{world.gateway} status --state-dir {alice.state}"))
    voice.command(f"{world.manager} revoke alice --state-dir {world.mgr.state}     # cuts her off")
    voice.say("\nCtrl-C ends everything and cleans up.")


def has_display():
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def enroll_app(world, state):
    """As the app does on its welcome page: one directory for each manager, named by its key."""
    draft = world.user(name="draft")
    with open(os.path.join(draft.state, "manager"), encoding="utf-8") as file:
        key = re.search(r"^key=(\S+)$", file.read(), re.MULTILINE)[1]
    managers = os.path.join(state, "managers")
    os.makedirs(managers, mode=0o700)
    os.rename(draft.state, os.path.join(managers, key))


def open_app(world, voice, build):
    """The desktop app, as another device of alice's, apart from what is the user's own."""
    program = os.path.join(build, "client-gui", "jackfield")
    if not os.path.exists(program):
        voice.say("\nThe desktop app was not built: GTK 4 or libadwaita is missing.")
        return
    schemas = os.path.join(build, "data")
    state = world.directory("app.state")
    enroll_app(world, state)
    world.spawn("app", [program, "--state-dir", state],
                env={**os.environ, "GSETTINGS_SCHEMA_DIR": schemas})
    fresh = os.path.join(world.dir, "app.fresh")
    voice.say()
    voice.title("The desktop app is open. Click Connect beside “Ward board”, then Open.")
    voice.say("From its welcome page on, with an invitation link to paste there:")
    voice.command(f"GSETTINGS_SCHEMA_DIR={schemas} {program} --state-dir {fresh}")
    voice.command(world.mgr.invite("alice", "--expires", "60m"))


def make_world(build, with_app):
    """Networks of their own where this user may make them; but the app, and the browser that it
    opens, are on this machine."""
    if os.geteuid() == 0 and not with_app:
        try:
            return jfworld.NatWorld(build=build)
        except RuntimeError as error:
            print(f"(no network namespaces here, so everybody is on loopback: {error})")
    return jfworld.LoopbackWorld(build)


def main():
    build, once = sys.argv[1], "--once" in sys.argv[2:]

    def stop(signum, frame):
        raise SystemExit(0 if signum == signal.SIGINT and not once else 128 + signum)

    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, stop)
    voice = Voice()
    with_app = has_display() and not once
    world = make_world(build, with_app)
    try:
        voice.title("\nJackfield: a service in one private network, used from another\n")
        voice.say(picture(world))
        alice, url = play(world, voice)
        fetch(world, voice, url)
        if not once:
            if with_app:
                open_app(world, voice, os.path.abspath(build))
            try_next(world, voice, alice, url)
            world.mgr.process.popen.wait()
    except (AssertionError, KeyError, IndexError) as error:
        print(f"\nThe demo failed: {error}\n{world.explain()}", file=sys.stderr)
        raise SystemExit(1) from error
    finally:
        voice.say("\nCleaning up.")
        world.close()


if __name__ == "__main__":
    main()
