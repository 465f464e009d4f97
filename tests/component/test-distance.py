# SPDX-License-Identifier: GPL-3.0-or-later
"""Two gateways that are far apart: a new connection of an application costs no round trip, because
its first bytes travel with the OPEN over a channel that is ready (PROTOCOL.md section 7)."""

import os
import statistics
import time

import jfdelay
import jfprograms
import jfsockets
import jftap
import jfworld
from jftap import case

ONE_WAY = 0.05
# beside the way itself: scheduling, and what a sanitizer costs
SLACK = 0.035 if os.environ.get("JF_SANITIZE", "none") == "none" else 0.045
TIMES = 15


class World(jfworld.LoopbackWorld):
    """The user's gateway is ONE_WAY from the manager, the provider's is beside it."""

    def __init__(self):
        super().__init__()
        self.relay = None
        self.heard = []
        try:
            self.server = jfsockets.Listener(jfworld.Local(), 0, self._listen)
            self.start()
            self.provider().serve({"echo": f"tcp:127.0.0.1:{self.server.port}"})
            self.relay = jfdelay.DelayRelay("127.0.0.1", self.mgr.port, ONE_WAY)
            link = self.mgr.invite("alice").replace(f":{self.mgr.port}/", f":{self.relay.port}/")
            self.alice = jfprograms.Gateway(self, self.user_host, "alice").enroll(link)
            self.join = self.alice.join("clinic/echo", listen="127.0.0.1:0")
            self.join.wait()
        except BaseException:
            self.close()
            raise

    def _listen(self, connection):
        connection.recv(1)
        self.heard.append(time.monotonic())
        connection.sendall(b"y")
        connection.recv(1)

    def close(self):
        super().close()
        if self.relay:
            self.relay.close()


def one_connection(world):
    """(seconds until the server had the first byte, seconds until its answer was here)"""
    world.heard.clear()
    began = time.monotonic()
    with jfsockets.connect(world.user_host, world.join.address) as sock:
        sock.sendall(b"x")
        jftap.equal(sock.recv(1), b"y", "answer")
        answered = time.monotonic()
    return world.heard[0] - began, answered - began


@case
def the_first_byte_takes_one_way_and_its_answer_two(world):
    found = [one_connection(world) for _ in range(TIMES)]
    first, answer = (statistics.median(column) for column in zip(*found))
    jftap.note(f"{ONE_WAY * 1e3:.0f} ms one way: first byte after {first * 1e3:.1f} ms, "
               f"answer after {answer * 1e3:.1f} ms")
    jftap.equal(first < ONE_WAY + SLACK, True, f"first byte after {first:.3f} s")
    jftap.equal(answer < 2 * ONE_WAY + 2 * SLACK, True, f"answer after {answer:.3f} s")


@case
def the_status_knows_the_distance(world):
    rows = [row for row in world.alice.status() if row.get("service") == "clinic/echo"]
    jftap.note(rows)
    known = [value for key, value in rows[0].items() if key.startswith("round_trip")]
    jftap.equal(bool(known) and 90_000 < known[0] < 400_000, True, f"round trip {known}")


@case
def bulk_still_fills_the_way(world):
    """Windows grow with the distance: 256 KiB a round trip would be 2.5 MB/s."""
    data = os.urandom(1 << 20) * 24
    sink = jfsockets.Listener(jfworld.Local(), 0, lambda c: c.sendall(
        len(jfsockets.receive_all(c)).to_bytes(8, "big")))
    world.provider("depot").serve({"sink": f"tcp:127.0.0.1:{sink.port}"})
    join = world.alice.join("depot/sink", listen="127.0.0.1:0")
    with jfsockets.connect(world.user_host, join.address, 60) as sock:
        began = time.monotonic()
        sock.sendall(data)
        sock.shutdown(1)
        jftap.equal(int.from_bytes(jfsockets.receive(sock, 8), "big"), len(data), "bytes")
        rate = len(data) / (time.monotonic() - began) / 1e6
    jftap.note(f"{rate:.0f} MB/s over {2 * ONE_WAY * 1e3:.0f} ms")
    jftap.equal(rate > 5, True, f"{rate:.1f} MB/s")
    join.stop()


if __name__ == "__main__":
    jftap.run(World)
