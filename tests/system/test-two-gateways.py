# SPDX-License-Identifier: GPL-3.0-or-later
"""Two gateways of one provider offer the same service: the one with fewer streams gets the next
tunnel, and when one goes the other takes over."""

import jfsockets
import jftap
import jfworld
from jftap import case, until

PORT = 7000


class World(jfworld.NatWorld):
    """Gateways "red" and "blue" of the member clinic, which vouch for each other."""

    def __init__(self):
        super().__init__()
        try:
            self.second_host = self.net.private_host("gw2", self.provider_router, 11)
            self.server = jfsockets.Listener(self.server_host, PORT, jfsockets.echo)
            self.start()
            self.red = self.provider(name="red")
            self.blue = self.provider(name="blue", host=self.second_host)
            self.ids = {gateway.name: self.key_id(gateway) for gateway in (self.red, self.blue)}
            self.serve(self.red, self.blue)
            self.serve(self.blue, self.red)
        except BaseException:
            self.close()
            raise

    def key_id(self, gateway):
        others = set(getattr(self, "_known", set()))
        now = {row["device"] for row in self.mgr.ask("devices") if row["member"] == "clinic"}
        if not hasattr(self, "_known"):
            first = [line["device"] for line in self.mgr.ask("audit")
                     if line["event"] == "enroll" and line["member"] == "clinic"]
            self._known = {first[0]}
            return first[0]
        return next(iter(now - others))

    def serve(self, gateway, other):
        gateway.serve(f"[gateway]\nvouch={self.ids[other.name]}\n\n"
                      f"[service echo]\ntarget=tcp:{self.server_host.v4}:{PORT}\nallow=*\n")

    def gateway_of(self, member):
        rows = [row for row in self.mgr.ask("tunnels") if row["user"] == member]
        return rows[0]["gateway"] if rows else None

    def streams(self):
        return self.mgr.ask("services")[0]["streams"]


def open_streams(world, join, count):
    sockets = []
    for _ in range(count):
        sock = jfsockets.connect(world.user_host, join.address)
        sock.sendall(b"x")
        jftap.equal(jfsockets.receive(sock, 1), b"x", "echo")
        sockets.append(sock)
    return sockets


@case
def the_one_with_fewer_streams_is_picked(world):
    jftap.equal(world.mgr.ask("services")[0]["gateways"], 2, "gateways")
    joins, sockets = [], []
    for number in range(4):
        member = f"user{number}"
        before = world.streams()
        join = world.user(member).join("clinic/echo")
        joins.append(join)
        sockets += open_streams(world, join, 5)
        until(lambda before=before: world.streams() == before + 5, 5, "the load is reported")
    picked = [world.gateway_of(f"user{number}") for number in range(4)]
    jftap.note(picked)
    jftap.equal(sorted(picked.count(i) for i in world.ids.values()), [2, 2], "tunnels for each")
    for sock in sockets:
        sock.close()
    for join in joins:
        join.stop()


@case
def when_one_goes_the_other_takes_over(world):
    join = world.user("dora").join("clinic/echo")
    join.wait()
    first = world.gateway_of("dora")
    name = next(n for n, key in world.ids.items() if key == first)
    {"red": world.red, "blue": world.blue}[name].process.kill()

    def works():
        try:
            with jfsockets.connect(world.user_host, join.address, 2) as sock:
                jfsockets.round_trip(sock, 1000)
            return True
        except (OSError, AssertionError):
            return False

    until(lambda: world.gateway_of("dora") not in (first, None, "") and works(), 10,
          "the other gateway serves")
    join.stop()


if __name__ == "__main__":
    jftap.run(World, ["root", "nft"])
