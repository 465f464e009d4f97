# SPDX-License-Identifier: GPL-3.0-or-later
"""The manager cannot read what passes through it, and cannot put another gateway in the place of
the one that a user has pinned."""

import contextlib
import mmap
import os
import time

import jfproc
import jfsockets
import jftap
import jfworld
from jftap import case

PORT = 7000
SENTINEL = b"jf-sentinel-" + os.urandom(24).hex().encode()
ROUNDS = 2000
SHADOW_MIN = 1 << 30


class World(jfworld.NatWorld):
    def __init__(self):
        super().__init__()
        try:
            self.server = jfsockets.Listener(self.server_host, PORT, jfsockets.echo)
            self.start()
            self.clinic = self.provider()
            self.clinic.serve({"echo": f"tcp:{self.server_host.v4}:{PORT}"})
            self.alice = self.user()
        except BaseException:
            self.close()
            raise

    def capture(self, host):
        """tcpdump of everything on that host; returns (process, path)."""
        path = os.path.join(self.dir, f"{host.ns}.pcap")
        process = self.spawn(f"tcpdump-{host.ns}",
                             ["tcpdump", "-i", "eth0", "-s", "0", "-U", "-B", "65536", "-Z", "root",
                              "-w", path], netns=host.ns)
        jftap.until(lambda: "listening on" in process.log(), 10, "tcpdump captures")
        return process, path


def count(path, needle):
    if os.path.getsize(path) == 0:
        return 0
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found, position = 0, data.find(needle)
        while position >= 0:
            found += 1
            position = data.find(needle, position + 1)
        return found


def count_below(directory, needle):
    return sum(count(os.path.join(folder, name), needle)
               for folder, _, names in os.walk(directory) for name in names
               if os.path.isfile(os.path.join(folder, name)))


def dump_memory(world, pid):
    """A core dump; under a sanitizer, whose shadow memory makes a core of terabytes, the writable
    memory read by hand. Returns the path."""
    path = os.path.join(world.dir, "core")
    if os.environ.get("JF_SANITIZE", "none") == "none":
        jfproc.run(["gcore", "-o", path, str(pid)], timeout=120)
        return f"{path}.{pid}"
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(path, "wb") as out, \
            open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            start, end = (int(word, 16) for word in line.split()[0].split("-"))
            if "rw" not in line.split()[1] or end - start > SHADOW_MIN:
                continue
            memory.seek(start)
            with contextlib.suppress(OSError):
                out.write(memory.read(end - start))
    return path


@case
def the_sentinel_is_nowhere_at_the_manager(world):
    join = world.alice.join("clinic/echo")
    at_manager, manager_path = world.capture(world.mgr_host)
    at_server, server_path = world.capture(world.server_host)
    with jfsockets.connect(world.user_host, join.address) as sock:
        for _ in range(ROUNDS):
            sock.sendall(SENTINEL)
            jftap.equal(jfsockets.receive(sock, len(SENTINEL)), SENTINEL, "echo")
        # the connection is still open: what the manager had of it, it has now
        core = dump_memory(world, world.mgr.pid)
    time.sleep(0.5)
    for process in (at_manager, at_server):
        process.stop()
    jftap.note(f"core {os.path.getsize(core) >> 20} MiB, capture of the manager "
               f"{os.path.getsize(manager_path)} bytes")
    # the searches can find: the server's own network, and a word that the manager knows
    jftap.equal(count(server_path, SENTINEL) >= 2 * ROUNDS, True, "sentinels at the server")
    jftap.equal(count(core, b"clinic") > 0, True, "the core holds the manager's memory")
    jftap.equal(count_below(world.mgr.state, b"clinic") > 0, True, "the state holds a member")
    jftap.equal(os.path.getsize(manager_path) > 2 * ROUNDS * len(SENTINEL), True,
                "the capture holds the traffic")
    # and they find nothing
    jftap.equal(count(core, SENTINEL), 0, "sentinels in the manager's memory")
    jftap.equal(count(manager_path, SENTINEL), 0, "sentinels at the manager's port")
    jftap.equal(count_below(world.mgr.state, SENTINEL), 0, "sentinels in the manager's state")
    join.stop()


@case
def a_swapped_gateway_is_refused_every_time(world):
    world.clinic.process.stop()
    # the same member, another device, not vouched for: what a manager that lies would hand out
    other = world.provider(name="clinic-other")
    other.serve({"echo": f"tcp:{world.server_host.v4}:{PORT}"})
    before = world.server.accepted
    for _ in range(10):
        done = world.alice.command("join", "clinic/echo", check=False, timeout=30)
        jftap.equal(done.returncode, 1, "status of join")
        jftap.contains(done.stderr, "key", "clinic")
    jftap.note(done.stderr)
    jftap.equal(world.server.accepted, before, "connections at the server")
    # somebody who has pinned nothing yet may join it
    bob = world.user("bob").join("clinic/echo")
    with jfsockets.connect(world.user_host, bob.address) as sock:
        jfsockets.round_trip(sock)
    bob.stop()
    other.process.stop()


@case
def the_pinned_gateway_is_welcome_again(world):
    world.clinic.serve({"echo": f"tcp:{world.server_host.v4}:{PORT}"})
    join = world.alice.join("clinic/echo")
    with jfsockets.connect(world.user_host, join.address) as sock:
        jfsockets.round_trip(sock)
    join.stop()


if __name__ == "__main__":
    jftap.run(World, ["root", "nft", "tcpdump", "gcore"])
