# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers send to the manager: it answers clearly or closes, counts it, and delays nobody.
What people do wrong at home is test-mistakes."""

import contextlib
import os
import socket
import statistics
import time

import jfhello
import jfsockets
import jftap
import jfworld
from jfhello import CONTROL, message
from jftap import case, until

PORT = 7000
STALLED = 200
ADDRESSES = 8
# a sanitizer makes everything several times slower
FAST = 0.05 if os.environ.get("JF_SANITIZE", "none") == "none" else 0.5


class World(jfworld.NatWorld):
    def __init__(self):
        super().__init__()
        try:
            jfsockets.Listener(self.server_host, PORT, jfsockets.echo)
            self.evil = self.net.public_host("evil", 66)
            for last in range(ADDRESSES):
                self.evil.add_address("eth0", f"198.51.100.{100 + last}")
            self.start()
            self.provider().serve({"echo": f"tcp:{self.server_host.v4}:{PORT}"})
            self.join = self.user().join("clinic/echo")
            self.at = (self.mgr_host.v4, 4433)
            self.raw = jfhello.RawGateway(self, self.mgr)
        except BaseException:
            self.close()
            raise

    def connect_evil(self, number=0):
        with self.evil.inside():
            return socket.create_connection(self.at, 10,
                                            (f"198.51.100.{100 + number % ADDRESSES}", 0))

    def counter(self, name):
        return self.mgr.status()["counters"][name]

    @contextlib.contextmanager
    def counted(self, *names):
        """One of these counters rises in the block; and afterwards everybody is well."""
        before = sum(self.counter(name) for name in names)
        yield
        until(lambda: sum(self.counter(name) for name in names) > before, 5, f"{names} rises")
        self.all_is_well()

    def all_is_well(self):
        jftap.equal(self.mgr.process.alive(), True, "the manager lives")
        jftap.equal(self.join.state, "joined", "the tunnel")
        with jfsockets.connect(self.user_host, self.join.address) as sock:
            jfsockets.round_trip(sock, 10_000)


def ends(sock, seconds):
    """The peer closes within that time; returns what it said before."""
    sock.settimeout(seconds)
    with contextlib.suppress(ConnectionResetError):
        return jfsockets.receive_all(sock)
    return b""


@case
def garbage_before_tls(world):
    for data in (b"GET / HTTP/1.0\r\n\r\n", os.urandom(500), b"\x16\x03\x01\xff\xff" + b"x" * 600,
                 b"\x16\x03\x01\x00\x00", b"\x80\x2e\x01\x03\x01", b"\0" * 100,
                 b"\x16\x03\x01\x40\x00\x01\xff\xff\xff"):
        with world.counted("hello-invalid", "handshake-timeout"), world.connect_evil() as sock:
            sock.sendall(data)
            ends(sock, 8)


@case
def a_hello_that_comes_byte_by_byte(world):
    with world.connect_evil() as sock:
        client = jfhello.WebClient(sock)
        pause = 2.0 / len(client.hello)
        for byte in client.hello:
            sock.sendall(bytes([byte]))
            time.sleep(pause)
        client.finish_handshake()
        jftap.contains(client.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), b"426 Upgrade Required")
    world.all_is_well()


@case
def a_hello_that_never_ends(world):
    with world.counted("handshake-timeout"), world.connect_evil() as sock:
        sock.sendall(jfhello.WebClient(sock).hello[:-1])
        started = time.monotonic()
        ends(sock, 10)
        jftap.equal(4 < time.monotonic() - started < 7, True, "closed after 5 s")


@case
def stalled_handshakes_delay_nobody(world):
    stalled = []
    try:
        for number in range(STALLED):
            sock = world.connect_evil(number)
            hello = jfhello.WebClient(sock).hello
            sock.sendall(hello[:number % len(hello)])
            stalled.append(sock)
        times = [jfhello.good_handshake(world.user_host, world.at) for _ in range(15)]
        jftap.note(f"a good handshake beside {STALLED} stalled: median "
                   f"{statistics.median(times) * 1e3:.1f} ms, worst {max(times) * 1e3:.1f} ms")
        jftap.equal(statistics.median(times) < FAST, True, f"median {times}")
        world.all_is_well()
    finally:
        for sock in stalled:
            sock.close()


@case
def one_address_cannot_take_every_place(world):
    stalled = []
    try:
        for _ in range(60):
            with contextlib.suppress(OSError):
                sock = world.connect_evil(1)
                sock.sendall(b"\x16")
                stalled.append(sock)
        until(lambda: world.counter("closed-address-limit") > 0, 5, "the limit of an address")
        time.sleep(1.2)  # those that are left have stalled for a second now
        took = jfhello.good_handshake(world.evil, world.at, "198.51.100.101")
        jftap.note(f"a good one from the same address: {took * 1e3:.1f} ms")
        jftap.equal(took < FAST * 4, True, f"{took:.3f} s")
    finally:
        for sock in stalled:
            sock.close()
    world.all_is_well()


@case
def first_frames_that_are_none(world):
    for data in (b"\x09\x01\x00\x00", b"\x01\x09\x00\x00", b"\x01\x01\xff\xff" + b"x" * 100,
                 b"\x03\x01\x00\x00", b"\x02\x01\x00\x01x", b"GET / HTTP/1.1\r\n\r\n"):
        with world.counted("preamble-invalid"):
            world.raw.say(data)


@case
def a_first_frame_that_never_comes(world):
    world.raw.say(b"\x01", timeout=10)
    jftap.equal(world.raw.took < 8, True, f"closed after {world.raw.took:.1f} s")
    world.all_is_well()


@case
def messages_that_are_none(world):
    hello = message(b'{"type":"hello","versions":[1],"software":"test"}')
    for data in (message(b"{"), message(b"[]"), message(b'{"type":7}'), message(b"{}"),
                 message(b'{"type":"hello"}'), message(b'{"type":"no-such"}'),
                 message(b'{"type":"hello","versions":"1"}'), message(b"\xff\xfe" * 10),
                 message(b'{"type":' * 40 + b"1" + b"}" * 40),
                 hello + message(b'{"type":"join","request":1,"service":"clinic/echo"}'),
                 hello + hello):
        with world.counted("message-invalid", "not-enrolled"):
            world.raw.say(CONTROL + data, 25)


@case
def messages_that_are_too_long(world):
    for length in (65537, 1 << 24, 0xFFFFFFFF):
        with world.counted("message-limit", "message-invalid"):
            world.raw.say(CONTROL + length.to_bytes(4, "big") + b"x" * 70_000)


@case
def a_version_that_we_do_not_speak(world):
    answer = world.raw.say(CONTROL + message(b'{"type":"hello","versions":[99],"software":"t"}'))
    jftap.contains(answer, b'"version"', b'"error"')
    world.all_is_well()


@case
def a_stranger_learns_nothing(world):
    hello = message(b'{"type":"hello","versions":[1],"software":"test"}')
    answer = world.raw.say(CONTROL + hello, 20)
    jftap.contains(answer, b"not-enrolled")
    jftap.equal(world.raw.took < 13, True, f"closed after {world.raw.took:.1f} s")
    code = message(b'{"type":"enroll","request":1,"code":"AAAAAAAAAAAAAAAAAAAAAA"}')
    jftap.contains(world.raw.say(CONTROL + hello + code), b"bad-invitation")
    world.all_is_well()


@case
def tickets_that_nobody_issued(world):
    for _ in range(20):
        before = world.counter("ticket-unknown")
        answer = world.raw.say(b"\x02\x01\x00\x10" + os.urandom(16))
        jftap.equal(answer.endswith(b"\x04\x01\x00\x00"), True, f"REFUSED: {answer[-20:]}")
        jftap.equal(world.counter("ticket-unknown"), before + 1, "ticket-unknown")
    world.all_is_well()


if __name__ == "__main__":
    jftap.run(World, ["root", "nft", "gnutls-cli", "openssl"])
