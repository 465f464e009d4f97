# SPDX-License-Identifier: GPL-3.0-or-later
"""What the manager needs for each gateway that is only there: its own memory, and the kernel's for
one end of a connection (the other end is on this machine, too, so slab growth is halved)."""

import json
import os
import re
import socket
import subprocess
import time

import jfprograms
import jfworld

SETTLE_S = 8  # heartbeats have gone round once


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def slab_bytes():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(re.search(r"^Slab:\s+(\d+) kB", file.read(), re.M).group(1)) * 1024


def invitation(state_dir, number):
    """Over the administration socket itself: thousands of processes would take minutes."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as admin:
        admin.connect(os.path.join(state_dir, "admin.sock"))
        request = {"verb": "invite", "member": f"idle-{number}", "role": "user", "groups": [],
                   "expires_s": 3600}
        admin.sendall(json.dumps(request).encode() + b"\n")
        answer = admin.makefile("r", encoding="utf-8").read().splitlines()
    return json.loads(answer[0])["link"]


def many_gateways(stage, tool, count):
    manager = jfprograms.Manager(stage, jfworld.Local()).start()
    links = [invitation(manager.state, number) for number in range(count)]
    before = resident_bytes(manager.pid), slab_bytes()
    with subprocess.Popen([tool], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as load:
        load.stdin.write("".join(link + "\n" for link in links) + "\n")
        load.stdin.flush()
        said = load.stdout.readline().strip()
        if said != f"READY {count}":
            raise RuntimeError(f"jf-many-gateways said \"{said}\"")
        time.sleep(SETTLE_S)
        own = (resident_bytes(manager.pid) - before[0]) / count
        kernel = (slab_bytes() - before[1]) / 2 / count
        load.stdin.close()
    return {"gateways": count, "gateway_own": own, "gateway_kernel": kernel,
            "gateway": own + kernel}
