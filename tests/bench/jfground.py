# SPDX-License-Identifier: GPL-3.0-or-later
"""The same ground for all chains, whatever the machine's own settings are: a network namespace with
what Debian has (no BBR, whose pacing makes loopback several times slower), and with as many ports as
there are, since a port that was used cannot be used again within a second."""

import os
import subprocess
import sys

INSIDE = "JF_BENCH_INSIDE"
# The kernel lets a namespace have as its default only what every user may choose.
CONGESTION_CONTROLS = ("cubic", "reno")
PORTS = "1024 65535"


def _setting(name):
    return f"/proc/sys/net/ipv4/{name}"


def _get(name):
    with open(_setting(name), encoding="ascii") as file:
        return " ".join(file.read().split())


def _set(name, value):
    try:
        with open(_setting(name), "w", encoding="ascii") as file:
            file.write(value)
    except OSError:
        return False
    return True


def enter():
    """Starts the program anew inside, when root; others measure on the machine's own ground."""
    if os.geteuid() != 0:
        return
    if INSIDE not in os.environ:
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    _set("ip_local_port_range", PORTS)
    any(_set("tcp_congestion_control", name) for name in CONGESTION_CONTROLS)


def describe():
    where = "a network namespace of its own" if INSIDE in os.environ else "the machine's own network"
    return (f"{where}: TCP congestion control {_get('tcp_congestion_control')}, ports "
            f"{_get('ip_local_port_range').replace(' ', '-')}")
