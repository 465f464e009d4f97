# SPDX-License-Identifier: GPL-3.0-or-later
"""The carrier `connect`: control connection and legs through a proxy, and never around it."""

import os
import re

import jfproxy
import jfsockets
import jftap
import jfworld
from jftap import case, until

SECRET = "s3cret"
# other tests are without
BY_ENVIRONMENT = {"GIO_USE_PROXY_RESOLVER": "libproxy"}


class World(jfworld.LoopbackWorld):
    def __init__(self):
        super().__init__()
        try:
            self.server = jfsockets.Listener(jfworld.Local(), 0, jfsockets.echo)
            self.start()
            self.clinic = self.provider()
            self.alice = self.user()
        except BaseException:
            self.close()
            raise

    def conf(self, proxy):
        return (f"[gateway]\nproxy={proxy}\n[service echo]\n"
                f"target=tcp:127.0.0.1:{self.server.port}\nallow=*\n")

    def serve(self, proxy, wait=True):
        self.clinic.serve(self.conf(proxy), wait=wait)
        return self.clinic.process

    def works(self, join):
        with jfsockets.connect(self.user_host, join.address) as sock:
            jfsockets.round_trip(sock)


def peers_of(pid):
    """The ports at the other ends of a process' TCP connections."""
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            continue
        if found:
            inodes.add(found[1])
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return {int(row[2].rpartition(":")[2], 16) for row in rows if row[9] in inodes}


def gateway_row(gateway):
    return [row for row in gateway.status() if row["type"] == "gateway"][0]


def joined_through(world, proxy, url):
    """Provider by its configuration, user by the environment."""
    process = world.serve(url)
    world.alice.env = {"https_proxy": url, **BY_ENVIRONMENT}
    try:
        join = world.alice.join("clinic/echo", listen="127.0.0.1:0")
        world.works(join)
        for pid in (process.pid, join.pid):
            jftap.equal(world.mgr.port in peers_of(pid), False, "a connection around the proxy")
        row = gateway_row(world.clinic)
        jftap.equal((row["carrier"], row["proxy"], row["family"]),
                    ("connect", f"127.0.0.1:{proxy.port}", "ipv4"), "the way")
        jftap.equal(join.stop(), 0, "status of join")
    finally:
        world.alice.env = None
        jftap.equal(process.stop(), 0, "status of serve")
    return process.log()


@case
def through_an_http_proxy(world):
    proxy = jfproxy.ConnectProxy(world.user_host)
    joined_through(world, proxy, f"http://127.0.0.1:{proxy.port}")
    # two control connections, and two legs of each side
    jftap.equal(len(proxy.targets) >= 6, True, f"connections through it: {proxy.targets}")
    jftap.equal(set(proxy.targets), {f"127.0.0.1:{world.mgr.port}"}, "where to")
    proxy.close()


@case
def with_a_password(world):
    proxy = jfproxy.ConnectProxy(world.user_host, credentials=f"jane:{SECRET}")
    log = joined_through(world, proxy, f"http://jane:{SECRET}@127.0.0.1:{proxy.port}")
    jftap.equal(SECRET in log, False, "the password is in the log")
    proxy.close()


@case
def through_a_socks_proxy(world):
    proxy = jfproxy.SocksProxy(world.user_host)
    joined_through(world, proxy, f"socks5://127.0.0.1:{proxy.port}")
    jftap.equal(len(proxy.targets) >= 6, True, f"connections through it: {proxy.targets}")
    proxy.close()


def logged(process, *texts):
    until(lambda: all(text in process.log() for text in texts), 25, f"{texts} in the log")


def fails(world, proxy, url, *texts):
    process = world.serve(url, wait=False)
    logged(process, f"127.0.0.1:{proxy.port}", *texts)
    jftap.equal(world.mgr.port in peers_of(process.pid), False, "a connection around the proxy")
    jftap.equal(SECRET in process.log(), False, "the password is in the log")
    jftap.equal(process.stop(), 0, "status of serve")
    proxy.close()


@case
def a_proxy_that_wants_a_password(world):
    proxy = jfproxy.ConnectProxy(world.user_host, credentials="jane:right")
    fails(world, proxy, f"http://127.0.0.1:{proxy.port}", "wants a user name and a password")


@case
def a_proxy_that_does_not_take_the_password(world):
    proxy = jfproxy.ConnectProxy(world.user_host, credentials="jane:right")
    fails(world, proxy, f"http://jane:{SECRET}@127.0.0.1:{proxy.port}", "does not take those")


@case
def a_proxy_that_refuses(world):
    proxy = jfproxy.ConnectProxy(world.user_host, answer="403 Forbidden")
    fails(world, proxy, f"http://127.0.0.1:{proxy.port}", "it does not allow this")


@case
def a_proxy_that_hangs(world):
    proxy = jfproxy.ConnectProxy(world.user_host, hang=True)
    process = world.serve(f"http://127.0.0.1:{proxy.port}", wait=False)
    logged(process, "no connection to 127.0.0.1", f"proxy 127.0.0.1:{proxy.port}")
    jftap.equal(world.mgr.port in peers_of(process.pid), False, "a connection around the proxy")
    jftap.equal(process.stop(), 0, "status of serve, though a connection hangs")
    proxy.released.set()
    proxy.close()


@case
def a_proxy_that_is_not_there(world):
    proxy = jfproxy.ConnectProxy(world.user_host)
    proxy.close()
    fails(world, proxy, f"http://127.0.0.1:{proxy.port}", "through the proxy")


@case
def a_reload_changes_the_proxy(world):
    proxy = jfproxy.ConnectProxy(world.user_host)
    process = world.serve("none")
    jftap.equal(gateway_row(world.clinic)["carrier"], "direct", "at first")
    world.file("clinic.conf", world.conf(f"http://127.0.0.1:{proxy.port}"))
    process.signal(1)
    until(lambda: gateway_row(world.clinic).get("proxy") == f"127.0.0.1:{proxy.port}", 10,
          "through the proxy")
    world.file("clinic.conf", world.conf("https://127.0.0.1:1"))
    process.signal(1)
    logged(process, "reload-failed", "clinic.conf:2", "socks5://")
    jftap.equal(process.stop(), 0, "status of serve")
    proxy.close()


@case
def no_proxy_by_the_environment(world):
    """What the system says of other hosts does not matter."""
    proxy = jfproxy.ConnectProxy(world.user_host)
    world.alice.env = {"https_proxy": f"http://127.0.0.1:{proxy.port}", "no_proxy": "127.0.0.1",
                       **BY_ENVIRONMENT}
    jftap.equal(world.alice.services(), [{"service": "clinic/echo", "kind": "tcp",
                                          "port": world.server.port, "title": "echo",
                                          "state": "offline"}], "services")
    jftap.equal(proxy.targets, [], "connections through it")
    world.alice.env = None
    proxy.close()


if __name__ == "__main__":
    jftap.run(World)
