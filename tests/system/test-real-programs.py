# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that people use, through tunnels between two private networks with the same addresses;
each compared byte for byte, or by the program's own check."""

import asyncio
import filecmp
import json
import os
import re

import jfproc
import jfservers
import jftap
import jfworld
from jftap import case

MEBIBYTES = int(os.environ.get("JF_TEST_MEBIBYTES", "256"))
PORTS = {"ssh": 22, "git": 9418, "db": 5432, "redis": 6379, "web": 80, "iperf": 5201, "ws": 8765}


class World(jfworld.NatWorld):
    """One provider with seven services, one user who has joined them all."""

    def __init__(self):
        super().__init__()
        try:
            self._serve()
            self._join()
        except BaseException:
            self.close()
            raise

    def _serve(self):
        srv = self.server_host
        self.page = os.urandom(300_000)
        self.sshd = jfservers.Sshd(self, srv, PORTS["ssh"])
        self.repository = self._make_repository()
        self.postgres = jfservers.Postgres(self, srv, PORTS["db"])
        jfservers.git_daemon(self, srv, PORTS["git"], self.dir)
        jfservers.redis(self, srv, PORTS["redis"])
        jfservers.nginx(self, srv, PORTS["web"], {"page": self.page, "small": b"x" * 1000})
        self.iperf = jfservers.iperf3(self, srv, PORTS["iperf"])
        jfservers.websocket_echo(self, srv, PORTS["ws"])

    def _join(self):
        self.start()
        self.provider().serve({name: f"tcp:{self.server_host.v4}:{port}"
                               for name, port in PORTS.items()})
        # one device: the first join runs the gateway, the others hand their requests to it
        self.alice = self.user()
        self.joins = {name: self.alice.join(f"clinic/{name}") for name in PORTS}

    def at(self, service):
        return self.joins[service].address

    def client(self, argv, timeout=180, **options):
        """Runs a program on the user's host."""
        return jfproc.run(argv, netns=self.user_host.ns, timeout=timeout, **options)

    def iperf_is_free(self):
        """It serves one test at a time, and takes the probe of a join for a broken one."""
        jftap.until(lambda: "Server listening" in self.iperf.log_tail(2), 10, "iperf3 listens")

    def path(self, name):
        return os.path.join(self.dir, name)

    def random_file(self, name, mebibytes=MEBIBYTES):
        with open(self.path(name), "wb") as file:
            for _ in range(mebibytes):
                file.write(os.urandom(1 << 20))
        return self.path(name)

    def _make_repository(self):
        path = self.path("project.git")
        work = self.directory("project")
        env = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
               "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org"}
        jfproc.run(["git", "init", "-q", "-b", "main", work])
        for number in range(30):
            with open(os.path.join(work, f"file{number}"), "wb") as file:
                file.write(os.urandom(200_000))
            jfproc.run(["git", "-C", work, "add", "."])
            jfproc.run(["git", "-C", work, "commit", "-q", "-m", f"step {number}"], env=env)
        jfproc.run(["git", "clone", "-q", "--bare", work, path])
        return path


def same(one, two):
    if not filecmp.cmp(one, two, shallow=False):
        raise AssertionError(f"{one} and {two} differ")


@case
def a_web_page_is_the_same(world):
    host, port = world.at("web")
    world.client(["curl", "-sSf", "-o", world.path("page"), f"http://{host}:{port}/page"])
    with open(world.path("page"), "rb") as file:
        jftap.equal(file.read() == world.page, True, "page")
    jftap.equal(port, 80, "the service's own port")
    jftap.equal(host.startswith("127."), True, host)


@case
def scp_of_a_large_file_both_ways(world):
    host, port = world.at("ssh")
    options = [*world.sshd.options, "-P", str(port)]
    original = world.random_file("original")
    world.client(["scp", *options, original, f"root@{host}:{world.path('up')}"])
    same(original, world.path("up"))
    world.client(["scp", *options, f"root@{host}:{world.path('up')}", world.path("down")])
    same(original, world.path("down"))
    for name in ("up", "down", "original"):
        os.unlink(world.path(name))


@case
def ssh_runs_commands_with_their_status(world):
    host, port = world.at("ssh")
    ssh = ["ssh", *world.sshd.options, "-p", str(port), f"root@{host}"]
    jftap.equal(world.client([*ssh, "printf hello; exit 7"], check=False).returncode, 7, "status")
    # the far end of the connection is the private server of the provider, not this machine
    out = world.client([*ssh, "echo $SSH_CONNECTION"]).stdout
    jftap.contains(out, "192.168.1.20 22")


@case
def ssh_through_a_proxy_command(world):
    command = f"{world.gateway} join clinic/ssh --listen stdio --state-dir {world.alice.state}"
    data = os.urandom(3_000_000)
    done = world.client(["ssh", *world.sshd.options, "-o", f"ProxyCommand={command}", "root@any",
                         "cat"], data=data)
    jftap.equal(done.stdout == data, True, "what came back")


@case
def rsync_compares_by_checksum(world):
    host, port = world.at("ssh")
    source = world.directory("tree")
    for number in range(50):
        os.makedirs(f"{source}/{number % 5}", exist_ok=True)
        with open(f"{source}/{number % 5}/{number}", "wb") as file:
            file.write(os.urandom(50_000 * (number % 7) + number))
    shell = " ".join(["ssh", *world.sshd.options, "-p", str(port)])
    remote = f"root@{host}:{world.path('copy')}"
    world.client(["rsync", "-a", "-e", shell, f"{source}/", f"{remote}/"])
    again = world.client(["rsync", "-a", "-c", "-i", "-e", shell, f"{source}/", f"{remote}/"])
    jftap.equal(again.stdout, "", "what rsync -c still finds different")
    jfproc.run(["diff", "-r", source, world.path("copy")])


@case
def git_clones_and_fscks(world):
    host, port = world.at("git")
    clone = world.path("clone")
    world.client(["git", "clone", "-q", f"git://{host}:{port}/project.git", clone])
    jfproc.run(["git", "-C", clone, "fsck", "--full", "--strict"])
    head = jfproc.run(["git", "-C", clone, "rev-parse", "HEAD"]).stdout
    jftap.equal(head, jfproc.run(["git", "-C", world.path("project"), "rev-parse",
                                  "HEAD"]).stdout, "HEAD")


@case
def pgbench_with_twenty_clients(world):
    host, port = world.at("db")
    login = ["-h", host, "-p", str(port), "-U", "bench"]
    world.client(["psql", *login, "-d", "postgres", "-c", "create database bench"])
    world.client(["pgbench", *login, "-i", "-q", "-s", "2", "bench"])
    out = world.client(["pgbench", *login, "-c", "20", "-j", "2", "-t", "50", "bench"]).stdout
    jftap.contains(out, "1000/1000", "number of failed transactions: 0")
    out = world.client(["psql", *login, "-Atc", "select sum(delta) from pgbench_history; "
                        "select sum(bbalance) from pgbench_branches", "bench"]).stdout.split()
    jftap.equal(out[0], out[1], "sums after the transactions")


@case
def redis_benchmark(world):
    host, port = world.at("redis")
    out = world.client(["redis-benchmark", "-h", host, "-p", str(port), "-n", "20000", "-c", "50",
                        "-P", "4", "-d", "1000", "-t", "set,get,lrange_100", "--csv"]).stdout
    jftap.contains(out, '"SET"', '"GET"')
    data = os.urandom(100_000).hex()
    cli = ["redis-cli", "-h", host, "-p", str(port)]
    world.client([*cli, "-x", "set", "key"], data=data)
    jftap.equal(world.client([*cli, "get", "key"]).stdout.strip() == data, True, "value")


@case
def wrk_with_256_connections(world):
    host, port = world.at("web")
    out = world.client(["wrk", "-t", "2", "-c", "256", "-d", "5", "--timeout", "20",
                        f"http://{host}:{port}/small"]).stdout
    jftap.note(out)
    if "Socket errors" in out or "Non-2xx" in out:
        raise AssertionError(out)
    jftap.equal(int(re.search(r"(\d+) requests in", out)[1]) > 256, True, "requests")


@case
def iperf3_both_ways_with_eight_streams(world):
    host, port = world.at("iperf")
    for direction in ([], ["-R"]):
        argv = ["iperf3", "-c", host, "-p", str(port), "-t", "3", "-P", "8", "-J", *direction]
        world.iperf_is_free()
        result = json.loads(world.client(argv, check=False).stdout)
        jftap.equal(result.get("error"), None, "error")
        total = result["end"]["sum_received"]["bytes"]
        jftap.note(f"{direction or 'up'}: {total / 3e6:.0f} MB/s")
        jftap.equal(len(result["end"]["streams"]), 8, "streams")
        jftap.equal(all(s["receiver"]["bytes"] > 0 for s in result["end"]["streams"]), True,
                    "every stream moved bytes")


@case
def a_websocket_echoes(world):
    import websockets  # pylint: disable=import-outside-toplevel
    host, port = world.at("ws")

    async def talk():
        async with websockets.connect(f"ws://{host}:{port}/", max_size=None) as ws:
            for size in (1, 125, 126, 65_535, 65_536, 3_000_000):
                message = os.urandom(size)
                await ws.send(message)
                jftap.equal(await ws.recv() == message, True, f"message of {size}")

    with world.user_host.inside():
        asyncio.run(asyncio.wait_for(talk(), 60))


@case
def all_this_left_nothing_open(world):
    rows = world.mgr.ask("tunnels")
    jftap.equal(len(rows), len(PORTS), f"tunnels now: {rows}")


if __name__ == "__main__":
    jftap.run(World, ["root", "nft", "sshd", "ssh", "scp", "rsync", "git", "psql", "pgbench", "wrk",
                      jfservers.need_postgres(), "redis-benchmark", "redis-server", "nginx",
                      "iperf3"])
