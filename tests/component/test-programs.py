# SPDX-License-Identifier: GPL-3.0-or-later
"""Both programs on loopback, by any user: the steps S1 to S7 as real processes say them, and what
the operator sees and does meanwhile."""

import os
import re
import signal

import jfprograms
import jfproc
import jfsockets
import jftap
import jfworld
from jftap import case, until

ROOT = os.environ["JF_SOURCE_ROOT"]


class World(jfworld.LoopbackWorld):
    def __init__(self):
        super().__init__()
        try:
            self.server = jfsockets.Listener(jfworld.Local(), 0, jfsockets.echo)
            self.target = f"tcp:127.0.0.1:{self.server.port}"
            self.start()
            self.clinic = self.provider()
            self.clinic.serve(f"[service echo]\ntitle=Echo\ntarget={self.target}\n"
                              "allow=alice;@nurses\nopen=http://{address}/\n")
            self.alice = self.user()
            self.nina = self.member("nina", "--group", "nurses")
            self.oscar = self.user("oscar")
        except BaseException:
            self.close()
            raise

    def works(self, join):
        with jfsockets.connect(self.user_host, join.address) as sock:
            jfsockets.round_trip(sock)

    def audit(self, event):
        return [line for line in self.mgr.ask("audit") if line["event"] == event]


def ended(join, state):
    """The join has said so and has gone."""
    line = join.wait(state)
    join.process.popen.wait(10)
    return line


@case
def the_operator_sees_who_is_there(world):
    roles = {row["member"]: row["role"] for row in world.mgr.ask("members")}
    jftap.equal(roles, {"clinic": "provider", "alice": "user", "nina": "user", "oscar": "user"},
                "members")
    row = world.mgr.ask("services")[0]
    jftap.equal((row["service"], row["online"], row["gateways"]), ("clinic/echo", True, 1),
                "the service")
    jftap.equal(str(world.server.port) in str(row.get("target", "")), False, "the target is told")


@case
def those_who_may_see_the_service(world):
    for gateway in (world.alice, world.nina):
        jftap.equal([row["service"] for row in gateway.services()], ["clinic/echo"], gateway.name)
    jftap.equal(world.oscar.services(), [], "oscar's services")


@case
def a_join_works_until_the_user_leaves(world):
    join = world.alice.join("echo", listen="127.0.0.1:0")
    world.works(join)
    rows = world.mgr.ask("tunnels")
    jftap.equal([(row["service"], row["user"], row["state"]) for row in rows],
                [("clinic/echo", "alice", "joined")], "tunnels")
    join.process.signal(signal.SIGINT)
    jftap.equal(join.process.popen.wait(10), 0, "status of join")
    until(lambda: world.mgr.status()["tunnels"] == 0, 5, "no tunnel is left")
    jftap.equal(len(world.audit("join")), 1, "joins in the audit")
    jftap.equal(len(world.audit("leave")), 1, "leaves in the audit")


@case
def several_users_and_sockets_at_once(world):
    joins = [gateway.join("clinic/echo", listen=f"127.0.0.1:{port}")
             for gateway, port in ((world.alice, 0), (world.nina, 0))]
    for join in joins:
        world.works(join)
    sockets = [jfsockets.connect(world.user_host, join.address) for join in joins * 10]
    for sock in sockets:
        jfsockets.round_trip(sock, 20_000)
        sock.close()
    for join in joins:
        jftap.equal(join.stop(), 0, "status of join")


@case
def a_unix_socket_and_standard_input_and_output(world):
    path = os.path.join(world.dir, "echo.sock")
    join = world.alice.join("clinic/echo", listen=f"unix:{path}")
    join.wait()
    with jfsockets.connect(world.user_host, path) as sock:
        jfsockets.round_trip(sock)
    data = os.urandom(500_000)
    done = jfproc.run([world.gateway, "join", "clinic/echo", "--listen", "stdio", "--state-dir",
                       world.alice.state], data=data)
    jftap.equal(done.stdout == data, True, "what came back on standard output")
    join.stop()
    jftap.equal(os.path.exists(path), False, "the socket file afterwards")
    done = jfproc.run([world.gateway, "join", "clinic/echo", "--listen", "stdio", "--state-dir",
                       world.nina.state], data=data)
    jftap.equal(done.stdout == data, True, "with no other process of hers")


@case
def the_operator_closes_a_tunnel(world):
    join = world.alice.join("clinic/echo", listen="127.0.0.1:0")
    world.works(join)
    tunnel = world.mgr.ask("tunnels")[0]["tunnel"]
    world.mgr.command("close", str(tunnel))
    jftap.note(ended(join, "failed"))
    jftap.equal(join.process.popen.returncode, 1, "status of join")
    done = world.mgr.command("close", str(tunnel), check=False)
    jftap.equal(done.returncode, 1, "closing it again")


@case
def a_withdrawn_service_ends_its_joins(world):
    extra = jfprograms.Gateway(world, world.gateway_host, "extra")
    extra.enroll(world.mgr.invite("extra", "--role", "provider"))
    extra.offer("more", world.target, "--allow", "*")
    join = world.oscar.join("extra/more", listen="127.0.0.1:0")
    world.works(join)
    extra.process.signal(signal.SIGTERM)
    jftap.equal(extra.process.popen.wait(10), 0, "status of offer")
    jftap.note(until(lambda: join.lines[-1]["state"] != "joined" and join.lines[-1], 10,
                     "the user is told"))
    join.stop()


@case
def configuration_is_read_again_on_sighup(world):
    path = os.path.join(world.dir, "clinic.conf")
    with open(path, encoding="utf-8") as file:
        before = file.read()
    world.file("clinic.conf", before + f"\n[service second]\ntarget={world.target}\nallow=*\n")
    world.clinic.process.signal(signal.SIGHUP)
    until(lambda: len(world.mgr.ask("services")) > 1 and
          [r for r in world.mgr.ask("services") if r["service"] == "clinic/second"], 10,
          "the second service is there")
    join = world.oscar.join("clinic/second", listen="127.0.0.1:0")
    world.works(join)
    world.file("clinic.conf", before)
    world.clinic.process.signal(signal.SIGHUP)
    ended(join, "failed")
    world.file("clinic.conf", before + "[service broken\n")
    world.clinic.process.signal(signal.SIGHUP)
    until(lambda: "clinic.conf:" in world.clinic.process.log(), 10, "the log names the file")
    jftap.equal(world.clinic.process.alive(), True, "the gateway goes on with the old one")
    world.file("clinic.conf", before)


@case
def a_revoked_member_is_cut_within_a_second(world):
    join = world.nina.join("clinic/echo", listen="127.0.0.1:0")
    with jfsockets.connect(world.user_host, join.address) as sock:
        jfsockets.round_trip(sock, 1000)
        world.mgr.command("revoke", "nina")
        sock.settimeout(1)
        try:
            got = sock.recv(1)
        except ConnectionResetError:
            got = b""
        jftap.equal(got, b"", "her connection")
    ended(join, "failed")
    done = world.nina.command("services", check=False)
    jftap.equal(done.returncode, 1, "status afterwards")
    jftap.contains(done.stderr, "enroll")
    jftap.equal([row for row in world.mgr.ask("members") if row["member"] == "nina"], [], "members")


@case
def the_sample_configuration_is_good(world):
    state = world.directory("sample")
    process = world.spawn("sample", [world.manager, "serve", "--config",
                                     os.path.join(ROOT, "data", "manager.conf"), "--state-dir",
                                     state, "--listen", "127.0.0.1:0", "--ready-fd", "{ready}"],
                          ready=True)
    process.wait_ready()
    jftap.equal(process.stop(), 0, "status")
    sample = jfprograms.Gateway(world, world.gateway_host, "sample-gateway")
    sample.enroll(world.mgr.invite("sample", "--role", "provider"))
    with open(os.path.join(ROOT, "data", "services.conf"), encoding="utf-8") as file:
        sample.serve(file.read())
    jftap.contains(str(world.mgr.ask("services")), "sample/ward-board")
    jftap.equal(sample.process.stop(), 0, "status")


@case
def everybody_shows_the_managers_key_in_one_form(world):
    pattern = r"[0-9a-f]{4}(-[0-9a-f]{4}){4}"
    invited = world.mgr.command("invite", "keys")
    short = re.search(pattern, invited.stderr)[0]
    jftap.equal(re.search(pattern, invited.stdout), None, "the link is alone")
    jftap.contains(world.mgr.command("status").stdout, short, world.mgr.status()["key"])
    shown = world.alice.command("status").stdout
    jftap.contains(shown, short, world.mgr.status()["key"])


@case
def json_log_lines_and_no_addresses(world):
    state = world.directory("log")
    process = world.spawn("log", [world.manager, "serve", "--state-dir", state, "--listen",
                                  "127.0.0.1:0", "--log-format", "json", "--ready-fd", "{ready}"],
                          ready=True)
    process.wait_ready()
    process.stop()
    events = [line["event"] for line in jfprograms.objects(process.log())]
    jftap.contains(events, "ready", "stopped")
    audit = world.mgr.command("audit", "--json").stdout
    jftap.equal(re.search(r"127\.0\.0\.1", audit), None, "addresses of members in the audit")


@case
def everybody_ends_in_order(world):
    for process in (world.clinic.process, world.mgr.process):
        jftap.equal(process.stop(), 0, f"status of {process.name}: {process.log_tail(3)}")
    for process in world.processes:
        if re.search(r"Sanitizer|runtime error|CRITICAL|WARNING: ", process.log()):
            raise AssertionError(f"{process.name}:\n{process.log()}")


if __name__ == "__main__":
    jftap.run(World)
