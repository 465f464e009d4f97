# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs of jackfield-gateway against a real manager: what they withdraw, share, take over, and
say when something is wrong; exit statuses."""

import os
import signal
import socket

import jfprograms
import jfproc
import jfsockets
import jftap
import jfworld
from jftap import case, until


class World(jfworld.LoopbackWorld):
    def __init__(self):
        super().__init__()
        try:
            self.server = jfsockets.Listener(jfworld.Local(), 0, jfsockets.echo)
            self.target = f"tcp:127.0.0.1:{self.server.port}"
            self.start()
            self.clinic = self.provider()
            self.alice = self.user()
        except BaseException:
            self.close()
            raise

    def services(self):
        return {row["service"]: row["online"] for row in self.mgr.ask("services")}


def status_of(gateway, *words, data=None):
    return gateway.command(*words, check=False, data=data)


@case
def an_offer_that_ends_withdraws_its_service(world):
    for number in (signal.SIGINT, signal.SIGTERM):
        world.clinic.offer("web", world.target, "--allow", "*")
        jftap.equal(world.services(), {"clinic/web": True}, "while it is offered")
        world.clinic.process.signal(number)
        jftap.equal(world.clinic.process.popen.wait(10), 0, "status of offer")
        jftap.equal(world.services(), {}, "afterwards")


@case
def offers_of_two_processes_end_one_by_one(world):
    world.clinic.offer("web", world.target, "--allow", "*")
    first = world.clinic.process
    world.clinic.offer("db", world.target, "--allow", "*")
    jftap.equal(set(world.services()), {"clinic/web", "clinic/db"}, "both")
    jftap.equal(first.stop(), 0, "status of the first")
    until(lambda: world.services() == {"clinic/db": True}, 10, "the second takes over")
    jftap.equal(world.clinic.process.stop(), 0, "status of the second")
    jftap.equal(world.services(), {}, "none is left")


@case
def serve_leaves_its_services_until_the_file_has_none(world):
    world.clinic.serve({"web": world.target})
    jftap.equal(world.clinic.process.stop(), 0, "status of serve")
    jftap.equal(world.services(), {"clinic/web": False}, "offline, not gone")
    world.clinic.serve({"web": world.target, "db": world.target})
    world.file("clinic.conf", f"[service web]\ntarget={world.target}\n")
    world.clinic.process.signal(signal.SIGHUP)
    until(lambda: world.services() == {"clinic/web": True}, 10, "one is withdrawn")
    world.file("clinic.conf", "# none\n")
    world.clinic.process.signal(signal.SIGHUP)
    until(lambda: world.services() == {}, 10, "the last is withdrawn")
    jftap.equal(world.clinic.process.stop(), 0, "status of serve")
    world.clinic.serve({"web": world.target})
    world.clinic.process.stop()
    world.clinic.serve("# none\n")
    until(lambda: world.services() == {}, 10, "withdrawn by a start without services")
    world.clinic.process.stop()


def seen_by(watch):
    """The latest line of each service."""
    return {line["service"]: line["state"] for line in list(watch.lines) if "service" in line}


@case
def a_watcher_sees_what_the_provider_changes(world):
    watch = world.alice.watch()
    world.clinic.offer("web", world.target, "--allow", "*", "--title", "Web")
    until(lambda: seen_by(watch).get("clinic/web") == "online", 10, "the offer")
    world.clinic.process.kill()
    until(lambda: seen_by(watch)["clinic/web"] == "offline", 2, "it is offline")
    world.clinic.offer("web", world.target, "--allow", "alice", "--title", "Board")
    until(lambda: watch.lines[-1].get("title") == "Board" and watch.state == "online", 2,
          "another title")
    world.clinic.process.stop()
    until(lambda: seen_by(watch)["clinic/web"] == "gone", 2, "it is withdrawn")
    world.clinic.offer("secret", world.target, "--allow", "bob")
    world.clinic.process.stop()
    jftap.equal("clinic/secret" in seen_by(watch), False, "what alice may not see")
    jftap.equal(watch.stop(), 0, "status of services --watch")


@case
def a_watcher_goes_on_with_another_process_and_manager(world):
    world.clinic.offer("web", world.target, "--allow", "*")
    join = world.alice.join("web", listen="127.0.0.1:0")  # carries the engine
    join.wait()
    watch = world.alice.watch()
    until(lambda: seen_by(watch) == {"clinic/web": "online"}, 10, "the list")
    join.stop()
    world.mgr.process.kill()
    world.mgr.start()
    until(lambda: world.services() == {"clinic/web": True}, 30, "the provider is back")
    world.clinic.process.stop()
    until(lambda: seen_by(watch) == {"clinic/web": "gone"}, 30, "what came after")
    jftap.equal(watch.stop(), 0, "status of services --watch")


@case
def one_service_at_several_addresses(world):
    world.clinic.serve({"web": world.target})
    first = world.alice.join("clinic/web", listen="127.0.0.1:0")
    first.wait()
    path = os.path.join(world.dir, "web.sock")
    others = [world.alice.join("clinic/web", listen=where)
              for where in ("127.0.0.2:0", f"unix:{path}")]
    others[0].wait()
    others[1].wait()
    for address in (first.address, others[0].address, path):
        with jfsockets.connect(world.user_host, address) as sock:
            jfsockets.round_trip(sock)
    row = [line for line in world.alice.status() if line["type"] == "join"][0]
    jftap.equal(len(row["also"]), 2, "addresses beside the first")
    jftap.contains(world.alice.command("status").stdout, "127.0.0.2", path)
    gone = others[0].address
    jftap.equal(others[0].stop(), 0, "status of the second")
    until(lambda: refused(gone), 5, "its address is closed")
    with jfsockets.connect(world.user_host, first.address) as sock:
        jfsockets.round_trip(sock)
    again = world.alice.join("clinic/web", listen=f"{gone[0]}:{gone[1]}")
    jftap.equal(again.address, gone, "the same address again")
    jftap.equal(first.stop(), 0, "status of the first, which had the tunnel")
    until(lambda: not refused(again.address), 10, "another takes over")
    with jfsockets.connect(world.user_host, again.address) as sock:
        jfsockets.round_trip(sock)
    for join in (again, others[1]):
        jftap.equal(join.stop(), 0, "status of the others")


def refused(address):
    with socket.socket() as sock:
        sock.settimeout(5)
        return sock.connect_ex(address) != 0


@case
def a_device_that_joins_its_own_service_is_told(world):
    process = jfprograms.Gateway(world, world.user_host, "clinic")
    process.state = world.clinic.state
    join = process.join("clinic/web")
    line = join.wait("waiting")
    jftap.contains(line["reason"], "this device itself")
    jftap.equal(join.stop(), 0, "status of join")


@case
def a_target_that_refuses_shows(world):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        world.file("clinic.conf", f"[service dead]\ntarget=tcp:127.0.0.1:{sock.getsockname()[1]}\n"
                   f"allow=*\n[service web]\ntarget={world.target}\nallow=*\n")
        world.clinic.process.signal(signal.SIGHUP)
        until(lambda: "clinic/dead" in world.services(), 10, "the service is there")
        join = world.alice.join("clinic/dead")
        jftap.contains(join.wait("waiting")["reason"], "refused")
        until(lambda: "refused" in join.process.log(), 10, "standard error says so")
        jftap.contains(world.alice.command("status").stdout, "refused", "waiting")
        until(lambda: "could not be reached" in world.clinic.command("status").stdout, 10,
              "the provider's status says so")
        join.stop()


def joins(gateway):
    return {line["service"]: line["state"] for line in gateway.status() if line["type"] == "join"}


@case
def serve_joins_and_joins_again(world):
    conf = os.path.join(world.dir, "clinic.conf")
    with open(conf, encoding="utf-8") as file:
        before = file.read()
    world.alice.serve("[join clinic/late]\nlisten=127.0.0.1:0\n[join clinic/web]\n"
                      "listen=127.0.0.1:0\n")
    until(lambda: joins(world.alice) == {"clinic/web": "joined"}, 10, "the one that is there")
    world.file("clinic.conf", before + f"[service late]\ntarget={world.target}\nallow=*\n")
    world.clinic.process.signal(signal.SIGHUP)
    until(lambda: "clinic/late" in world.services(), 10, "the other is offered")
    world.alice.process.signal(signal.SIGHUP)
    until(lambda: joins(world.alice) == {"clinic/web": "joined", "clinic/late": "joined"}, 10,
          "both are joined")
    world.mgr.process.signal(signal.SIGKILL)
    world.mgr.process.popen.wait(10)
    until(lambda: "joined" not in joins(world.alice).values(), 10, "the manager is gone")
    jftap.contains(world.alice.command("status").stdout, "next try in")
    world.mgr.start()
    until(lambda: joins(world.alice) == {"clinic/web": "joined", "clinic/late": "joined"}, 10,
          "both work again")
    world.file("alice.conf", "# none\n")
    world.alice.process.signal(signal.SIGHUP)
    until(lambda: joins(world.alice) == {}, 10, "both are left")
    jftap.equal(world.alice.process.stop(), 0, "status of serve")


@case
def statuses_of_wrong_usage(world):
    wrong = [["nonsense"], ["enroll"], ["enroll", "a", "b"], ["join"], ["join", "Not A Service"],
             ["join", "a", "b", "--listen", "127.0.0.1:1"], ["join", "a", "--listen", "nowhere"],
             ["join", "a", "--json", "--listen", "stdio"], ["join", "a", "--ready-fd", "99"],
             ["offer", "web"], ["offer", "web", "http://x"], ["offer", "web", "unix:/x"],
             ["offer", "web", "tcp:h:1", "--allow", "Bob!"], ["offer", "web", "tcp:h:1", "--port",
                                                              "70000"],
             ["serve", "x"], ["serve", "--log-format", "xml"], ["services", "x"], ["status", "x"],
             ["status", "--nonsense"]]
    for words in wrong:
        done = status_of(world.alice, *words)
        jftap.equal((done.returncode, done.stdout), (2, ""), " ".join(words))
        jftap.equal(done.stderr.count("\n"), 1, f"lines of {done.stderr!r}")


@case
def statuses_of_failures(world):
    nobody = jfprograms.Gateway(world, world.user_host, "nobody")
    failing = [["services"], ["status"], ["join", "a/b"], ["offer", "web", "tcp:h:1", "--allow",
                                                           "*"],
               ["serve", "--config", "/nonexistent"], ["enroll", "https://example.org/"]]
    for words in failing:
        done = status_of(nobody, *words)
        jftap.equal((done.returncode, done.stdout), (1, ""), " ".join(words))
        jftap.equal(done.stderr.count("\n"), 1, f"lines of {done.stderr!r}")
    done = status_of(world.alice, "join", "clinic/nope")
    jftap.equal(done.returncode, 1, "an unknown service")
    jftap.contains(done.stderr, "no such service, or not for you")
    done = status_of(world.alice, "offer", "web", "tcp:h:1", "--allow", "*")
    jftap.equal(done.returncode, 1, "an offer of a user")
    done = status_of(world.clinic, "serve", "--config", world.file("x.conf", "[servce a]\n"))
    jftap.equal(done.returncode, 1, "a broken file")
    jftap.contains(done.stderr, "x.conf:1:", "did you mean")
    done = status_of(world.clinic, "serve", "--config", world.file("y.conf", "# none\n"))
    jftap.equal(done.returncode, 1, "a second serve")
    jftap.contains(done.stderr, "another jackfield-gateway")


@case
def help_of_every_verb(world):
    text = jfproc.run([world.gateway, "--help"]).stdout
    for verb in ("enroll", "serve", "offer", "services", "join", "status"):
        jftap.contains(text, f"  {verb} ")
        done = jfproc.run([world.gateway, verb, "--help"])
        jftap.contains(done.stdout, f"jackfield-gateway {verb} [OPTION")
        jftap.equal([line for line in done.stdout.splitlines() if line.endswith(" ")], [], verb)


@case
def garbage_at_the_local_socket(world):
    join = world.alice.join("clinic/web", listen="127.0.0.1:0")
    join.wait()
    where = os.path.join(world.alice.state, "gateway.sock")
    for data in (b"\n", b"{}\n", b'{"type":5}\n', b'{"type":"nonsense"}\n', b"\0" * 100_000,
                 b"x" * 70_000, b'{"type":"join"}\n', b'{"type":"join","service":5}\n',
                 b'{"type":"offer","name":"x"}\n', b'{"type":"status"}'):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(10)
            sock.connect(where)
            try:
                sock.sendall(data)
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(65536):
                    pass
            except (BrokenPipeError, ConnectionResetError):
                pass
    with jfsockets.connect(world.user_host, join.address) as sock:
        jfsockets.round_trip(sock)
    jftap.equal(join.stop(), 0, "status of join")


@case
def everybody_ends_in_order(world):
    for process in (world.clinic.process, world.mgr.process):
        jftap.equal(process.stop(), 0, f"status of {process.name}: {process.log_tail(3)}")
    for process in world.processes:
        for word in ("Sanitizer", "runtime error", "CRITICAL"):
            if word in process.log():
                raise AssertionError(f"{process.name}:\n{process.log()}")


if __name__ == "__main__":
    jftap.run(World)
