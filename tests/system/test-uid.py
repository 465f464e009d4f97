# SPDX-License-Identifier: GPL-3.0-or-later
"""A pseudo socket serves the programs of its own user and nobody else's."""

import os
import stat
import sys

import jfproc
import jfsockets
import jftap
import jfworld
from jftap import case

PORT = 7000
ALICE, MALLORY = 64020, 64021
BANNER = b"welcome to the ward\n"

CLIENT = """
import socket, sys
try:
    if sys.argv[1].startswith("/"):
        s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect(sys.argv[1])
    else:
        s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
    s.sendall(b"hello")
    got = b""
    while len(got) < int(sys.argv[3]):
        part = s.recv(100)
        if not part:
            break
        got += part
    print(len(got))
except OSError as error:
    print(0, type(error).__name__)
"""


class World(jfworld.NatWorld):
    def __init__(self):
        super().__init__()
        try:
            self.heard = []
            self.server = jfsockets.Listener(self.server_host, PORT, self._greet)
            self.start()
            self.provider().serve({"ward": f"tcp:{self.server_host.v4}:{PORT}"})
            self.alice = self.user(uid=ALICE)
        except BaseException:
            self.close()
            raise

    def _greet(self, connection):
        connection.sendall(BANNER)
        self.heard.append(connection.recv(100))

    def bytes_for(self, uid, at):
        """How many bytes a program of that user gets."""
        words = [at, "0"] if isinstance(at, str) else [at[0], str(at[1])]
        done = jfproc.run([sys.executable, "-c", CLIENT, *words, str(len(BANNER))],
                          netns=self.user_host.ns, uid=uid)
        return int(done.stdout.split()[0])


def refuses_others(world, at):
    jftap.equal(world.bytes_for(ALICE, at), len(BANNER), "bytes for the same user")
    jftap.until(lambda: b"hello" in world.heard, 5, "the server heard the same user")
    world.heard.clear()
    accepted = world.server.accepted
    for uid in (MALLORY, None):  # None: root
        for _ in range(20):
            jftap.equal(world.bytes_for(uid, at), 0, f"bytes for user {uid}")
    jftap.equal(world.server.accepted, accepted, "connections that reached the server")
    jftap.equal(world.heard, [], "what the server heard")
    jftap.equal(world.bytes_for(ALICE, at), len(BANNER), "bytes for the same user, afterwards")


@case
def another_uid_gets_nothing_at_the_stable_address(world):
    join = world.alice.join("clinic/ward")
    refuses_others(world, join.address)
    join.stop()


@case
def another_uid_gets_nothing_at_a_chosen_ipv6_address(world):
    join = world.alice.join("clinic/ward", listen="[::1]:7001")
    jftap.equal(join.address, ("::1", 7001), "address")
    refuses_others(world, join.address)
    join.stop()


@case
def a_unix_socket_is_the_users_own(world):
    path = os.path.join(world.alice.state, "ward.sock")
    os.chmod(world.alice.state, 0o755)  # the socket's own mode must do
    join = world.alice.join("clinic/ward", listen=f"unix:{path}")
    join.wait()
    mode = os.stat(path)
    jftap.equal(stat.S_IMODE(mode.st_mode), 0o600, "mode")
    jftap.equal(mode.st_uid, ALICE, "owner")
    refuses_others(world, path)
    join.stop()
    jftap.equal(os.path.exists(path), False, "the socket file afterwards")
    os.chmod(world.alice.state, 0o700)


@case
def an_address_of_the_network_is_open_and_says_so(world):
    listen = f"{world.user_host.v4}:7002"
    join = world.alice.join("clinic/ward", listen=listen)
    jftap.equal(world.bytes_for(MALLORY, join.address), len(BANNER), "bytes for anybody")
    jftap.contains(join.process.log().lower(), "network")
    join.stop()


if __name__ == "__main__":
    jftap.run(World, ["root", "nft", "setpriv"])
