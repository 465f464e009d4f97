# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand joins and leaves, and two thousand connections at once, leave descriptors, memory and
the switch table of all three processes where they were."""

import os
import resource
import signal
import socket
import threading

import jfproc
import jfsockets
import jftap
import jfworld
from jftap import case, until

PORT = 7000
JOINS = int(os.environ.get("JF_TEST_JOINS", "1000"))
CONNECTIONS = int(os.environ.get("JF_TEST_CONNECTIONS", "2000"))
USERS = 4
MEMORY = 24 << 20  # allocators keep something for later; a leak of 2000 of anything is more

# the sanitizer would keep what is freed
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=0"


class World(jfworld.NatWorld):
    def __init__(self):
        super().__init__()
        try:
            self.server = jfsockets.Listener(self.server_host, PORT, jfsockets.echo)
            self.start()
            self.clinic = self.provider()
            self.clinic.serve({"echo": f"tcp:{self.server_host.v4}:{PORT}"})
            self.alice = self.user()
            self.join = self.alice.join("clinic/echo")
            self.join.wait()
            self.others = [self.user("bob", name=f"bob-{n}") for n in range(USERS)]
        except BaseException:
            self.close()
            raise

    def picture(self):
        status = self.mgr.status()
        return {"fds": {p: jfproc.fd_count(pid) for p, pid in self.pids().items()},
                "table": {key: status[key] for key in ("tunnels", "pairs", "tickets")}}

    def memory(self):
        return {p: jfproc.rss_bytes(pid) for p, pid in self.pids().items()}

    def pids(self):
        return {"manager": self.mgr.pid, "server gateway": self.clinic.pid,
                "client gateway": self.join.pid}


def settles_to(world, before, seconds=90):
    """Channels beyond the first two are closed after an idle minute."""
    def same():
        now = world.picture()
        return all(now["fds"][p] <= n for p, n in before["fds"].items()) and \
            all(now["table"][k] <= n for k, n in before["table"].items())
    try:
        until(same, seconds, "back to where it was")
    except AssertionError as error:
        raise AssertionError(f"before {before}, now {world.picture()}") from error


def memory_kept(world, before):
    for name, now in world.memory().items():
        jftap.note(f"{name}: {before[name] >> 10} KiB before, {now >> 10} KiB after")
        jftap.equal(now - before[name] < MEMORY, True, f"memory of the {name}")


def join_and_leave(gateway, times, errors):
    try:
        for _ in range(times):
            join = gateway.join("clinic/echo", listen="127.0.0.1:0")
            join.wait()
            join.process.signal(signal.SIGINT)
            status = join.process.popen.wait(10)
            join.process.stop()
            gateway.world.processes.remove(join.process)
            jftap.equal(status, 0, f"status of an interrupted join: {join.process.log_tail(3)}")
    except Exception as error:  # pylint: disable=broad-except
        errors.append(error)


def joins_and_leaves(world, times):
    errors = []
    threads = [threading.Thread(target=join_and_leave, args=(gateway, times // USERS, errors))
               for gateway in world.others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jftap.equal(errors, [], "errors")


def connections_at_once(world, count):
    sockets = []
    try:
        for number in range(count):
            sock = jfsockets.connect(world.user_host, world.join.address)
            sock.sendall(b"%04d" % (number % 10_000))
            sockets.append(sock)
        for number, sock in enumerate(sockets):
            sock.settimeout(60)
            jftap.equal(jfsockets.receive(sock, 4), b"%04d" % (number % 10_000), f"echo {number}")
        jftap.note(f"{len(sockets)} connections at once")
    finally:
        for number, sock in enumerate(sockets):
            if number % 3 == 0:
                jfsockets.reset(sock)
            else:
                sock.shutdown(socket.SHUT_WR)
                sock.close()


@case
def joins_and_leaves_leave_nothing(world):
    joins_and_leaves(world, 4 * USERS)
    before, memory = world.picture(), world.memory()
    joins_and_leaves(world, JOINS)
    settles_to(world, before)
    memory_kept(world, memory)


@case
def parallel_connections_leave_nothing(world):
    # the picture is taken before anything ran in parallel: extra channels must go again, too
    before = world.picture()
    connections_at_once(world, CONNECTIONS)
    memory = world.memory()
    connections_at_once(world, CONNECTIONS)
    settles_to(world, before)
    memory_kept(world, memory)
    jftap.equal(world.join.state, "joined", "the tunnel")


@case
def the_counters_saw_it(world):
    counters = world.mgr.status()["counters"]
    jftap.equal(counters["legs-joined"] >= 2 * JOINS, True, f"legs joined: {counters}")
    for name in ("ticket-wrong-device", "message-invalid", "channel-wrong-key", "frame-invalid"):
        jftap.equal(counters[name], 0, name)
    # a leave may overtake a leg that is on its way
    jftap.equal(counters["ticket-unknown"] <= JOINS // 50, True, f"late tickets: {counters}")


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    jftap.run(World, ["root", "nft"])
