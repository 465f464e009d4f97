# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that die, and paths that go silent: nothing that was promised is lost, and what was
joined works again by itself."""

import time

import jfsockets
import jftap
import jfworld
from jftap import case, until

PORTS = {"one": 7001, "two": 7002}
AGAIN = 10.0   # from the start of what had died
NOTICED = 16.0  # a half-open connection


class World(jfworld.NatWorld):
    def __init__(self):
        super().__init__()
        try:
            for port in PORTS.values():
                jfsockets.Listener(self.server_host, port, jfsockets.echo)
            self.start()
            self.clinic = self.provider()
            self.services = {name: f"tcp:{self.server_host.v4}:{port}"
                             for name, port in PORTS.items()}
            self.clinic.serve(self.services)
            self.joins = [self.user(name=f"alice-{name}").join(f"clinic/{name}") for name in PORTS]
        except BaseException:
            self.close()
            raise

    def works(self, join):
        try:
            with jfsockets.connect(self.user_host, join.address, 2) as sock:
                jfsockets.round_trip(sock, 5000)
            return True
        except (OSError, AssertionError):
            return False

    def works_again(self, since, seconds=AGAIN):
        for join in self.joins:
            until(lambda join=join: self.works(join), seconds + 5, "a joined service works again")
        took = time.monotonic() - since
        jftap.note(f"worked again after {took:.1f} s")
        jftap.equal(took <= seconds, True, f"after {took:.1f} s, at most {seconds}")


def lines(rows, *keys):
    return [tuple(str(row.get(key)) for key in keys) for row in rows]


@case
def a_killed_manager_forgets_nothing_and_tunnels_return(world):
    mgr = world.mgr
    link = mgr.invite("bob")
    used = mgr.invite("carol")
    carol = jfworld.jfprograms.Gateway(world, world.user_host, "carol").enroll(used)
    before = {verb: mgr.ask(verb) for verb in ("members", "devices", "audit")}
    mgr.process.kill()
    time.sleep(3)  # every gateway has lost it, and has tried in vain
    mgr.start()
    started = time.monotonic()
    after = {verb: mgr.ask(verb) for verb in before}
    jftap.equal(lines(after["members"], "member", "role", "groups", "created"),
                lines(before["members"], "member", "role", "groups", "created"), "members")
    jftap.equal(lines(after["devices"], "device", "member", "enrolled"),
                lines(before["devices"], "device", "member", "enrolled"), "devices")
    old = lines(before["audit"], "id", "time", "event", "member", "device", "service")
    new = lines(after["audit"], "id", "time", "event", "member", "device", "service")
    jftap.equal([line for line in old if line not in new], [], "audit lines that are gone")
    world.works_again(started)
    bob = jfworld.jfprograms.Gateway(world, world.user_host, "bob").enroll(link)
    jftap.contains(str(bob.services()), "clinic/one")
    for spent in (link, used):
        again = jfworld.jfprograms.Gateway(world, world.user_host, f"thief{hash(spent)}")
        done = again.command("enroll", "-", data=spent + "\n", check=False)
        jftap.equal(done.returncode, 1, "a link works once")
    jftap.contains(str(carol.services()), "clinic/two")


@case
def a_manager_killed_ten_times_keeps_what_it_acknowledged(world):
    """Killed right after an invitation was printed."""
    known = []
    for number in range(10):
        link = world.mgr.invite(f"member{number}")
        world.mgr.process.kill()
        world.mgr.start()
        known.append((number, link))
    for number, link in known:
        jfworld.jfprograms.Gateway(world, world.user_host, f"member{number}").enroll(link)
    world.works_again(time.monotonic(), 35)  # pauses have grown to as much as 30 s


@case
def a_killed_server_gateway_comes_back(world):
    world.clinic.process.kill()
    until(lambda: not world.works(world.joins[0]), 5, "the service is gone")
    world.clinic.serve(world.services)
    world.works_again(time.monotonic())


@case
def a_silent_path_of_the_provider_is_noticed_and_heals(world):
    world.provider_router.blackhole(f"ip daddr {world.mgr.address}")
    silent = time.monotonic()
    until(lambda: not any(row["online"] for row in world.mgr.ask("services")), 30,
          "the manager notices")
    took = time.monotonic() - silent
    jftap.note(f"noticed after {took:.1f} s")
    jftap.equal(took <= NOTICED, True, f"after {took:.1f} s")
    until(lambda: all(join.state != "joined" for join in world.joins), 5, "the users are told")
    world.provider_router.heal()
    world.works_again(time.monotonic(), 35)  # redialling waits up to 30 s


@case
def a_silent_path_of_the_user_is_noticed_and_heals(world):
    world.user_router.blackhole(f"ip daddr {world.mgr.address}")
    silent = time.monotonic()
    until(lambda: all(join.state != "joined" for join in world.joins), 30, "the gateways notice")
    took = time.monotonic() - silent
    jftap.note(f"noticed after {took:.1f} s")
    jftap.equal(took <= NOTICED, True, f"after {took:.1f} s")
    world.user_router.heal()
    world.works_again(time.monotonic(), 35)


@case
def a_manager_that_ends_in_order_says_so(world):
    status = world.mgr.process.stop()
    jftap.equal(status, 0, "status after SIGTERM")
    world.mgr.start()
    world.works_again(time.monotonic())


if __name__ == "__main__":
    jftap.run(World, ["root", "nft"])
