# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks of a test, made of network namespaces: an "internet" segment, and private networks
behind routers that translate addresses and drop every inbound connection.

Names carry the pid of the test, so that runs do not meet; what a killed run left is removed by
the next one. Addresses come from the documentation ranges."""

import contextlib
import ctypes
import os
import re
import subprocess

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)

ROUTER_RULES = """
table inet jf {
  chain post { type nat hook postrouting priority srcnat; oifname "wan" masquerade; }
  chain in { type filter hook input priority filter; policy drop;
             ct state established,related accept; iifname "lan" accept;
             icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept; }
  chain through { type filter hook forward priority filter; policy drop;
                  ct state established,related accept; iifname "lan" accept; }
}
"""


def _sh(*argv, data=None):
    done = subprocess.run(argv, input=data, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout


def _namespaces():
    return [line.split()[0] for line in _sh("ip", "netns", "list").splitlines() if line.strip()]


def _remove_leftovers():
    for name in _namespaces():
        match = re.fullmatch(r"jf(\d+)-.*", name)
        if match and not os.path.exists(f"/proc/{match[1]}"):
            with contextlib.suppress(RuntimeError):
                _sh("ip", "netns", "del", name)


class Host:
    """One namespace with one interface "eth0" (a router has "wan" and "lan")."""

    def __init__(self, net, name, v4=None, v6=None):
        self.net = net
        self.ns = f"jf{os.getpid()}-{name}"
        self.v4 = v4
        self.v6 = v6
        net.names.append(self.ns)
        _sh("ip", "netns", "add", self.ns)
        _sh("ip", "-n", self.ns, "link", "set", "lo", "up")

    @property
    def address(self):
        """What others write to reach it."""
        return self.v4 or self.v6

    def endpoint(self, port):
        return f"{self.v4}:{port}" if self.v4 else f"[{self.v6}]:{port}"

    def add_address(self, device, v4=None, v6=None):
        if v4:
            _sh("ip", "-n", self.ns, "addr", "add", f"{v4}/24", "dev", device)
        if v6:
            _sh("ip", "-n", self.ns, "addr", "add", f"{v6}/64", "dev", device, "nodad")

    def default_route(self, v4=None, v6=None):
        if v4:
            _sh("ip", "-n", self.ns, "route", "add", "default", "via", v4)
        if v6:
            _sh("ip", "-n", self.ns, "-6", "route", "add", "default", "via", v6)

    def nft(self, rules):
        _sh("nsenter", f"--net=/run/netns/{self.ns}", "nft", "-f", "-", data=rules)

    def sysctl(self, name, value):
        with self.inside(), open(f"/proc/sys/{name}", "w", encoding="ascii") as file:
            file.write(str(value))

    @contextlib.contextmanager
    def inside(self):
        """This thread's sockets are made in the namespace while the block runs."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.ns}", os.O_RDONLY)
        try:
            if _libc.setns(there, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            yield self
        finally:
            _libc.setns(home, CLONE_NEWNET)
            os.close(home)
            os.close(there)

    def blackhole(self, rule):
        """Packets that match are dropped silently from now on, in both directions."""
        self.nft("table inet jfhole {\n"
                 f" chain in {{ type filter hook input priority -5; {rule} drop; }}\n"
                 f" chain out {{ type filter hook output priority -5; {rule} drop; }}\n"
                 f" chain through {{ type filter hook forward priority -5; {rule} drop; }}\n}}\n")

    def heal(self):
        self.nft("delete table inet jfhole\n")


class Network:
    """The internet segment; private networks hang on it. Close it in any case."""

    def __init__(self, ipv4=True, ipv6=True):
        self.ipv4 = ipv4
        self.ipv6 = ipv6
        self.names = []
        self._count = 0
        _remove_leftovers()
        self.internet = Host(self, "net")
        self._bridge(self.internet, "br0")

    @staticmethod
    def _bridge(host, name):
        _sh("ip", "-n", host.ns, "link", "add", name, "type", "bridge")
        _sh("ip", "-n", host.ns, "link", "set", name, "up")

    def _cable(self, host, device, hub, bridge):
        """From `device` of host to a port of hub's bridge."""
        self._count += 1
        port = f"p{self._count}"
        _sh("ip", "-n", host.ns, "link", "add", device, "type", "veth", "peer", "name", port,
            "netns", hub.ns)
        _sh("ip", "-n", hub.ns, "link", "set", port, "master", bridge, "up")
        _sh("ip", "-n", host.ns, "link", "set", device, "up")

    def public_host(self, name, last):
        """A host with an address that everybody reaches."""
        host = Host(self, name, f"198.51.100.{last}" if self.ipv4 else None,
                    f"2001:db8:0:1::{last}" if self.ipv6 else None)
        self._cable(host, "eth0", self.internet, "br0")
        host.add_address("eth0", host.v4, host.v6)
        return host

    def router(self, name, last):
        """A private network, always 192.168.1.0/24 and fd00:1::/64, behind NAT."""
        router = Host(self, name, f"198.51.100.{last}" if self.ipv4 else None,
                      f"2001:db8:0:1::{last}" if self.ipv6 else None)
        self._cable(router, "wan", self.internet, "br0")
        self._bridge(router, "lan")
        router.add_address("wan", router.v4, router.v6)
        router.add_address("lan", "192.168.1.1" if self.ipv4 else None,
                           "fd00:1::1" if self.ipv6 else None)
        router.sysctl("net/ipv4/ip_forward", 1)
        router.sysctl("net/ipv6/conf/all/forwarding", 1)
        router.nft(ROUTER_RULES)
        return router

    def private_host(self, name, router, last):
        host = Host(self, name, f"192.168.1.{last}" if self.ipv4 else None,
                    f"fd00:1::{last}" if self.ipv6 else None)
        self._cable(host, "eth0", router, "lan")
        host.add_address("eth0", host.v4, host.v6)
        host.default_route("192.168.1.1" if self.ipv4 else None,
                           "fd00:1::1" if self.ipv6 else None)
        return host

    def close(self):
        for name in self.names:
            with contextlib.suppress(RuntimeError):
                _sh("ip", "netns", "del", name)
        self.names = []
