# SPDX-License-Identifier: GPL-3.0-or-later
"""The measurements of the benchmark, each of one chain at one time."""

import json
import os
import subprocess
import time

import jfproc

GB = 1e9
HELD = 1000


def _cpu(pids):
    return sum(jfproc.cpu_seconds(pid) for pid in pids)


def kernel_bytes():
    """Socket buffers and unreclaimable slab of the whole machine; only differences mean something."""
    total = 0
    with open("/proc/net/sockstat", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[0] in ("TCP:", "UDP:") and "mem" in words:
                total += int(words[words.index("mem") + 1]) * os.sysconf("SC_PAGE_SIZE")
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith("SUnreclaim:"):
                total += int(line.split()[1]) * 1024
    return total


def settled(read, seconds=6):
    """What read() says once it has stopped changing much."""
    deadline = time.monotonic() + seconds
    last = read()
    while time.monotonic() < deadline:
        time.sleep(0.5)
        value = read()
        if abs(value - last) < 64 * 1024:
            return value
        last = value
    return last

BUSY_TRIES = 5


class Measure:
    def __init__(self, tool, seconds):
        self.tool = tool
        self.seconds = seconds

    def _tool(self, *words):
        done = jfproc.run([self.tool, *map(str, words)], timeout=120)
        return json.loads(done.stdout)

    def _iperf(self, chain, streams, down, seconds):
        host, port = chain.at["bulk"]
        argv = ["iperf3", "-c", host, "-p", str(port), "-t", str(seconds), "-P", str(streams),
                "-J", *(["-R"] if down else [])]
        return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)

    def _received(self, chain, streams, down):
        """(bytes, bits per second). An iperf3 server turns a client away while the one before it
        is not quite gone."""
        for _ in range(BUSY_TRIES):
            result = json.loads(self._iperf(chain, streams, down, self.seconds).communicate()[0])
            if "error" not in result:
                end = result["end"]["sum_received"]
                return end["bytes"], end["bits_per_second"]
            time.sleep(0.5)
        raise RuntimeError(f"iperf3: {result['error']}")

    def bulk(self, chain, streams, down):
        """Gbit/s, and CPU seconds per GB of the chain and of its middle."""
        pids, middle = chain.pids(), chain.middle_pids()
        before, middle_before = _cpu(pids), _cpu(middle)
        moved, rate = self._received(chain, streams, down)
        pids, middle = chain.pids(), chain.middle_pids()  # sshd may have begun another process
        return {"gbit": rate / 1e9, "cpu": (_cpu(pids) - before) / (moved / GB),
                "middle": (_cpu(middle) - middle_before) / (moved / GB)}

    def pingpong(self, chain):
        return self._tool("pingpong", *chain.at["echo"], self.seconds)

    def pingpong_beside_bulk(self, chain):
        iperf = self._iperf(chain, 1, False, self.seconds + 2)
        try:
            time.sleep(1)
            result = self._tool("pingpong", *chain.at["echo"], max(self.seconds - 0.5, 1))
        finally:
            iperf.communicate()
        return result

    def connections(self, chain, parallel):
        return self._tool("connrate", *chain.at["echo"], parallel, self.seconds)["rate"]

    def idle(self, chain):
        """Bytes for each of HELD idle connections: of the chain's processes, and of the kernel."""
        def processes():
            return sum(jfproc.rss_bytes(pid) for pid in chain.pids())

        rss, kernel = settled(processes), settled(kernel_bytes)
        hold = subprocess.Popen([self.tool, "hold", *map(str, chain.at["echo"]), str(HELD)],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            if "held" not in hold.stdout.readline():
                raise RuntimeError(f"{chain.name} did not hold {HELD} connections")
            return {"rss": (settled(processes) - rss) / HELD,
                    "kernel": (settled(kernel_bytes) - kernel) / HELD}
        finally:
            hold.communicate()

    def all(self, chain, with_idle):
        found = {}
        for key, streams, down in (("up1", 1, False), ("down1", 1, True), ("up8", 8, False),
                                   ("down8", 8, True)):
            found[key] = self.bulk(chain, streams, down)
        found["ping"] = self.pingpong(chain)
        found["ping_loaded"] = self.pingpong_beside_bulk(chain)
        for parallel in (1, 32):
            found[f"conn{parallel}"] = self.connections(chain, parallel)
        if with_idle:
            found["idle"] = self.idle(chain)
        return found
