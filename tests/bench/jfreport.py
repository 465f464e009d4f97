# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark's table, and how Jackfield stands against the bars that the project sets itself."""

import os
import statistics

# column: how to read it from one round's results of one chain
COLUMNS = {
    "up 1": lambda r: r["up1"]["gbit"],
    "down 1": lambda r: r["down1"]["gbit"],
    "up 8": lambda r: r["up8"]["gbit"],
    "down 8": lambda r: r["down8"]["gbit"],
    "CPU/GB": lambda r: (r["up1"]["cpu"] + r["down1"]["cpu"]) / 2,
    "middle": lambda r: (r["up1"]["middle"] + r["down1"]["middle"]) / 2,
    "p50": lambda r: r["ping"]["p50_us"],
    "p99": lambda r: r["ping"]["p99_us"],
    "p99 load": lambda r: r["ping_loaded"]["p99_us"],
    "conn 1": lambda r: r["conn1"],
    "conn 32": lambda r: r["conn32"],
}
UNITS = ("up/down: Gbit/s with 1 and 8 streams; CPU/GB: CPU seconds of the whole chain for each GB "
         "(1 stream, mean of up and down), middle: of its middle part;\np50, p99: microseconds of a "
         "64-byte ping-pong, p99 load: beside a bulk stream; conn: new connections a second, 1 and "
         "32 at a time;\nidle: KiB for each of 1,000 idle connections, the chain's processes and "
         "the kernel (less what loopback takes)")


def median(rounds, read):
    return statistics.median(read(r) for r in rounds)


def ratio(results, column, chain, other):
    """The median of the rounds' ratios: what changes from round to round cancels out."""
    read = COLUMNS[column]
    return statistics.median(read(a) / max(read(b), 1e-9)
                             for a, b in zip(results[chain], results[other]))


def machine():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) / 1024 / 1024
    release = os.uname()
    return (f"{len(models)} x {models[0] if models else release.machine}, {memory:.0f} GiB, "
            f"Linux {release.release}")


def idle_kib(results, name, part):
    rounds = [r["idle"] for r in results[name] if "idle" in r]
    if not rounds:
        return None
    value = rounds[-1][part]
    if part == "kernel":
        value -= next((r["idle"]["kernel"] for r in reversed(results["loopback"]) if "idle" in r),
                      0)
    return value / 1024


def print_table(results):
    heads = [*COLUMNS, "idle rss", "idle krn"]
    print("\n" + " " * 16 + "".join(f"{head:>10}" for head in heads))
    for name, rounds in results.items():
        cells = []
        for head, read in COLUMNS.items():
            value = median(rounds, read)
            cells.append(f"{value:>10.2f}" if value < 100 else f"{value:>10.0f}")
        for part in ("rss", "kernel"):
            value = idle_kib(results, name, part)
            cells.append(f"{value:>10.1f}" if value is not None else f"{'-':>10}")
        print(f"{name:<16}" + "".join(cells))
    print(f"\n{UNITS}")


def print_ratios(results):
    if "loopback" not in results:
        return
    print("\nas a share of plain loopback:")
    for name in results:
        if name != "loopback":
            shares = "  ".join(f"{c} {ratio(results, c, name, 'loopback'):.3f}"
                               for c in ("up 1", "down 1", "up 8", "down 8", "conn 1", "conn 32"))
            print(f"{name:<16}{shares}")


class Bars:
    """Counts what is missed."""

    def __init__(self):
        self.missed = 0

    def check(self, what, value, least=None, most=None):
        good = (least is None or value >= least) and (most is None or value <= most)
        self.missed += not good
        bar = f"at least {least:g}" if least is not None else f"at most {most:g}"
        print(f"  {'pass' if good else 'MISS'}  {what}: {value:.2f} ({bar})")


def print_bars(results, extra):
    """extra: {"gateway": bytes of the manager for an idle gateway}"""
    bars = Bars()
    if "Jackfield" not in results:
        return 0
    print("\nbars:")
    mine = results["Jackfield"]
    for other, least in (("OpenSSH", 1.7), ("haproxy pass", 1.4)):
        for column in ("up 1", "down 1"):
            if other in results:
                bars.check(f"bulk {column} to {other}", ratio(results, column, "Jackfield", other),
                           least=least)
    bars.check("CPU seconds a GB, whole chain", median(mine, COLUMNS["CPU/GB"]), most=2.2)
    bars.check("CPU seconds a GB, manager", median(mine, COLUMNS["middle"]), most=0.3)
    peers = [name for name in results if name not in ("Jackfield", "loopback")]
    if peers:
        best = max(peers, key=lambda name: median(results[name], COLUMNS["conn 32"]))
        bars.check(f"new connections, 32 at a time, to the best peer ({best})",
                   ratio(results, "conn 32", "Jackfield", best), least=8)
    if "haproxy pass" in results:
        bars.check("ping-pong p50 to haproxy pass", ratio(results, "p50", "Jackfield",
                                                          "haproxy pass"), most=1)
    bars.check("ping-pong p99 beside a bulk stream to idle",
               statistics.median(COLUMNS["p99 load"](r) / COLUMNS["p99"](r) for r in mine), most=5)
    if "gateway" in extra:
        bars.check("manager's KiB for an idle gateway, with the kernel's", extra["gateway"] / 1024,
                   most=24)
    return bars.missed
