# SPDX-License-Identifier: GPL-3.0-or-later
"""What one end does to its socket, the other end sees: half-close, reset, refusal, silence."""

import os
import re
import socket
import threading
import time

import jfproc
import jfsockets
import jftap
import jfworld
from jftap import case

PORTS = {"first": 7001, "nobody": 7009}
IDLE = 1.0
SANITIZED = os.environ.get("JF_SANITIZE", "none") != "none"
BOUND = 256 * 1024


class World(jfworld.NatWorld):
    """One echo-less server whose behaviour each case sets."""

    def __init__(self):
        super().__init__()
        try:
            self.handler = jfsockets.echo
            self.server = jfsockets.Listener(self.server_host, PORTS["first"],
                                             lambda connection: self.handler(connection))
            self.start()
            self.clinic = self.provider()
            self.clinic.serve({name: f"tcp:{self.server_host.v4}:{port}"
                               for name, port in PORTS.items()})
            self.alice = self.user()
            self.join = self.alice.join("clinic/first")
        except BaseException:
            self.close()
            raise

    def connect(self):
        return jfsockets.connect(self.user_host, self.join.address)


def outcome(func):
    """What came of a call: its value, or the name of the error."""
    try:
        return func()
    except OSError as error:
        return type(error).__name__


@case
def the_servers_can_reply_after_the_clients_fin(world):
    def sum_up(connection):
        data = jfsockets.receive_all(connection)
        time.sleep(0.3)
        connection.sendall(b"got %d" % len(data))

    world.handler = sum_up
    with world.connect() as sock:
        sock.sendall(os.urandom(300_000))
        sock.shutdown(socket.SHUT_WR)
        jftap.equal(jfsockets.receive_all(sock), b"got 300000", "reply after FIN")


@case
def the_client_can_send_after_the_servers_fin(world):
    heard = []

    def say_and_listen(connection):
        connection.sendall(b"bye")
        connection.shutdown(socket.SHUT_WR)
        heard.append(len(jfsockets.receive_all(connection)))

    world.handler = say_and_listen
    with world.connect() as sock:
        jftap.equal(jfsockets.receive_all(sock), b"bye", "until the server's FIN")
        for _ in range(10):
            sock.sendall(b"x" * 10_000)
            time.sleep(0.02)
        sock.shutdown(socket.SHUT_WR)
        jftap.until(lambda: heard == [100_000], 5, f"the server hears it all: {heard}")


@case
def a_reset_of_the_client_is_a_reset_at_the_server(world):
    seen = []

    def listen(connection):
        connection.settimeout(10)
        connection.sendall(connection.recv(10))
        seen.append(outcome(lambda: connection.recv(10)))

    world.handler = listen
    sock = world.connect()
    sock.sendall(b"a")
    jftap.equal(sock.recv(10), b"a", "echo")
    jfsockets.reset(sock)
    jftap.until(lambda: seen, 5, "the server sees the end")
    jftap.equal(seen, ["ConnectionResetError"], "at the server")


@case
def a_reset_of_the_server_is_a_reset_at_the_client(world):
    world.handler = lambda connection: (connection.recv(10), jfsockets.reset(connection))
    with world.connect() as sock:
        sock.sendall(b"a")
        jftap.equal(outcome(lambda: sock.recv(10)), "ConnectionResetError", "at the client")


@case
def a_close_is_no_reset(world):
    world.handler = lambda connection: connection.recv(10)
    with world.connect() as sock:
        sock.sendall(b"a")
        jftap.equal(outcome(lambda: sock.recv(10)), b"", "at the client")


@case
def a_server_that_speaks_first_is_heard(world):
    world.handler = lambda connection: connection.sendall(b"220 hello")
    with world.connect() as sock:
        jftap.equal(jfsockets.receive_all(sock), b"220 hello", "greeting")


@case
def a_refused_target_resets_at_once_and_shows(world):
    bob = world.user("bob")
    join = bob.join("clinic/nobody")
    # joined is said only when the target was reached (S5): that it was not, is said instead
    time.sleep(2)
    jftap.equal([line for line in join.lines if line.get("state") == "joined"], [], "joined lines")
    jftap.contains(str(join.lines) + join.process.log(), "refused")
    jftap.contains(str(bob.status()), "refused")
    # and when somebody listens, it works by itself
    server = jfsockets.Listener(world.server_host, PORTS["nobody"], jfsockets.echo)
    address = join.wait(seconds=40)
    at = (address["address"], address["port"])
    with jfsockets.connect(world.user_host, at) as sock:
        jfsockets.round_trip(sock)
    server.close()
    with jfsockets.connect(world.user_host, at) as sock:
        sock.settimeout(5)
        started = time.monotonic()
        jftap.equal(outcome(lambda: sock.recv(1)), "ConnectionResetError", "at the client")
        jftap.equal(time.monotonic() - started < 2, True, "at once")
    jftap.until(lambda: "refused" in str(bob.status()), 5, f"status shows it: {bob.status()}")
    join.stop()


def queued_bytes(world, pid):
    """Bytes in the kernel's buffers of all TCP sockets of a process: received, and unsent."""
    out = jfproc.run(["ss", "-tnpH"], netns=world.mgr_host.ns).stdout
    total = 0
    for line in out.splitlines():
        if f"pid={pid}," in line:
            words = line.split()
            total += int(words[1]) + int(words[2])
    return total


@case
def a_reader_that_never_reads_costs_little_and_slows_nobody(world):
    def pour(connection):
        connection.settimeout(60)
        if connection.recv(1) == b"p":
            block = b"z" * 65536
            try:
                while True:
                    connection.sendall(block)
            except OSError:
                return
        connection.sendall(b"e")
        jfsockets.echo(connection)

    world.handler = pour
    stuck = world.connect()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    stuck.sendall(b"p")
    time.sleep(1.5)
    rss = jfproc.rss_bytes(world.mgr.pid)
    times = []
    with world.connect() as sock:
        sock.sendall(b"e")
        jftap.equal(sock.recv(1), b"e", "hello")
        for _ in range(20):
            started = time.monotonic()
            jfsockets.round_trip(sock, 50_000)
            times.append(time.monotonic() - started)
    times.sort()
    jftap.note(f"50 kB there and back beside a stuck stream: median {times[10] * 1e3:.1f} ms")
    jftap.equal(times[10] < 0.5, True, f"median {times[10]:.3f} s")
    queued = queued_bytes(world, world.mgr.pid)
    jftap.note(f"manager: {queued} bytes queued, RSS {rss >> 10} KiB")
    jftap.equal(queued <= BOUND, True, f"{queued} bytes in the manager's sockets")
    if not SANITIZED:  # AddressSanitizer keeps what was freed for a while, and counts it in
        jftap.equal(jfproc.rss_bytes(world.mgr.pid) - rss < 1 << 20, True, "manager's memory")
    stuck.close()


@case
def many_at_once_keep_their_bytes(world):
    world.handler = jfsockets.echo
    errors = []

    def one():
        try:
            with world.connect() as sock:
                jfsockets.round_trip(sock, 200_000)
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jftap.equal(errors, [], "errors")


@case
def status_names_the_tunnel(world):
    text = str(world.alice.status())
    jftap.contains(text, "clinic/first")
    if re.search(r"192\.168\.1\.20", str(world.mgr.ask("services")) + str(world.mgr.ask("tunnels"))):
        raise AssertionError("the manager knows the service's private address")


if __name__ == "__main__":
    jftap.run(World, ["root", "nft"])
