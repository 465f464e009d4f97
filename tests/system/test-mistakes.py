# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do wrong: each gets one clear line, status 1 or 2, and nobody else notices."""

import contextlib
import os
import re
import socket
import subprocess
import time

import jfproc
import jfprograms
import jfsockets
import jftap
import jfworld
from jftap import case, until

PORTS = {"echo": 7000, "low": 80}
BOB = 64020


class World(jfworld.NatWorld):
    def __init__(self):
        super().__init__()
        self.mounts = []
        try:
            for port in PORTS.values():
                jfsockets.Listener(self.server_host, port, jfsockets.echo)
            self.start()
            self.services = {n: f"tcp:{self.server_host.v4}:{p}" for n, p in PORTS.items()}
            self.provider().serve(self.services)
            self.alice = self.user()
            self.join = self.alice.join("clinic/echo")
            self.bob = self.user("bob", uid=BOB)
        except BaseException:
            self.close()
            raise

    def fresh(self, name):
        return jfprograms.Gateway(self, self.user_host, name)

    def mount(self, *words):
        jfproc.run(["mount", *words])
        self.mounts.append(words[-1])
        return words[-1]

    def all_is_well(self):
        jftap.equal(self.mgr.process.alive(), True, "the manager lives")
        with jfsockets.connect(self.user_host, self.join.address) as sock:
            jfsockets.round_trip(sock, 1000)

    def close(self):
        self.stop_processes()
        for path in reversed(self.mounts):
            subprocess.run(["umount", "-l", path], check=False)
        super().close()


def fails(done, *words, status=1):
    """One line on stderr that says what, where, what to do; nothing on stdout."""
    jftap.note(done.stderr.strip())
    jftap.equal(done.returncode, status, f"status ({done.stderr})")
    jftap.contains(done.stderr.lower(), *[word.lower() for word in words])
    for line in done.stderr.splitlines():
        if re.search(r"assert|critical|\(null\)|sanitizer|core dumped", line, re.I):
            raise AssertionError(line)


def enroll(gateway, link):
    return gateway.command("enroll", "-", data=link + "\n", check=False)


@case
def a_link_works_once(world):
    link = world.mgr.invite("carol")
    jftap.equal(enroll(world.fresh("carol"), link).returncode, 0, "the first time")
    fails(enroll(world.fresh("carol-2"), link), "invitation")
    world.all_is_well()


@case
def an_expired_link(world):
    link = world.mgr.invite("dora", "--expires", "1s")
    time.sleep(2.1)
    fails(enroll(world.fresh("dora"), link), "invitation")


@case
def mistyped_links(world):
    link = world.mgr.invite("emil")
    code, pin = re.fullmatch(r".*#([^.]+)\.(.+)", link).groups()
    other = ("B" if code[0] == "A" else "A") + code[1:]
    fails(enroll(world.fresh("emil-code"), link.replace(code, other)), "invitation")
    for number, wrong in enumerate((link[:-1], link.replace("#", "?"), link.replace("https", "ftp"),
                                    link.replace("." + pin, ""), "hello", "", link + "x" * 5000)):
        done = enroll(world.fresh(f"emil-{number}"), wrong)
        fails(done, "link", status=done.returncode if done.returncode in (1, 2) else 1)
        if code in done.stderr:
            raise AssertionError("the code is repeated")
    jftap.equal(enroll(world.fresh("emil"), link).returncode, 0, "the right one afterwards")


@case
def a_wrong_pin(world):
    link = world.mgr.invite("fritz")
    pin = link.rpartition(".")[2]
    swapped = pin[:10] + ("B" if pin[10] == "A" else "A") + pin[11:]
    fails(enroll(world.fresh("fritz"), link.replace(pin, swapped)), "key")
    # the manager never saw the code: the link still works
    jftap.equal(enroll(world.fresh("fritz-2"), link).returncode, 0, "the right one afterwards")


@case
def nobody_at_the_address(world):
    link = world.mgr.invite("gerda").replace(":4433", ":4434")
    fails(enroll(world.fresh("gerda"), link), "4434")


@case
def not_enrolled(world):
    for verb in (["join", "clinic/echo"], ["services"], ["offer", "x", "tcp:127.0.0.1:1"]):
        fails(world.fresh("nobody").command(*verb, check=False), "enroll")


@case
def services_that_do_not_exist_or_are_not_allowed(world):
    hidden = world.provider("office", name="office")
    hidden.offer("files", f"tcp:{world.server_host.v4}:7000", "--allow", "nobody-else")
    absent = world.bob.command("join", "office/printer", check=False)
    forbidden = world.bob.command("join", "office/files", check=False)
    fails(absent, "office/printer")
    jftap.equal(forbidden.stderr, absent.stderr.replace("printer", "files"),
                "absent and forbidden look the same")
    jftap.equal("office" in str(world.bob.services()), False, "the list shows it")
    hidden.process.stop()


@case
def wrong_words_are_wrong_usage(world):
    for words in (["join", "a/b/c"], ["join", "UPPER case"], ["join", "clinic/echo", "--listen",
                                                              "nonsense"],
                  ["offer", "bad name", "tcp:127.0.0.1:1"], ["offer", "x", "tcp:127.0.0.1"],
                  ["offer", "x", "http://x"], ["offer", "x", "tcp:127.0.0.1:1", "--allow", "@@"]):
        done = world.bob.command(*words, check=False)
        jftap.equal(done.returncode in (1, 2), True, f"{words}: {done.returncode}")
        jftap.equal(done.stdout, "", "stdout")
        jftap.contains(done.stderr, "jackfield-gateway")


@case
def a_busy_port_at_an_address_that_was_asked_for(world):
    with world.user_host.inside():
        taken = socket.create_server(("127.0.0.1", 7100))
    fails(world.bob.command("join", "clinic/echo", "--listen", "127.0.0.1:7100", check=False),
          "127.0.0.1", "7100", "use")
    taken.close()


@case
def a_privileged_port_falls_back_and_says_so(world):
    join = world.bob.join("clinic/low")
    first = join.address
    jftap.equal(first[0].startswith("127."), True, "address")
    privileged = int(jfproc.run(["cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start"],
                                netns=world.user_host.ns).stdout)
    if privileged > 80:
        jftap.equal(first[1] >= privileged, True, f"port {first[1]}")
        jftap.contains(join.process.log(), "clinic/low", str(first[1]))
    join.stop()
    again = world.bob.join("clinic/low")
    jftap.equal(again.address, first, "the same place the next time")
    again.stop()


@case
def a_missing_target(world):
    other = world.provider("depot", name="depot")
    other.offer("gone", f"tcp:{world.server_host.v4}:9", "--allow", "*")
    join = world.bob.join("depot/gone")
    until(lambda: "refused" in str(join.lines) + join.process.log(), 10, "the user is told why")
    jftap.equal("joined" in [line.get("state") for line in join.lines], False, "not joined")
    join.stop()
    other.process.stop()


@case
def broken_configurations_name_the_line(world):
    depot = world.provider("depot", name="depot-2")
    for number, (text, line, word) in enumerate((
            ("[service a]\ntarget=tcp:1.2.3.4\n", 2, "tcp:HOST:PORT"),
            ("[service a]\nallow=*\n\ntraget=tcp:1.2.3.4:5\n", 4, "target"),
            ("[service a]\ntarget=tcp:1.2.3.4:5\nallow=*;@@x\n", 3, "allow"),
            ("[service Bad Name]\ntarget=tcp:1.2.3.4:5\n", 1, "Bad Name"),
            ("[service a]\ntarget tcp:1.2.3.4:5\n", 2, ""),
            ("[servise a]\ntarget=tcp:1.2.3.4:5\n", 1, "service"),
            ("\n[service a]\ntitle=\xe9\ntarget=udp:1.2.3.4:5\n", 4, "udp"))):
        path = world.file(f"broken{number}.conf", text, depot.uid)
        done = depot.command("serve", "--config", path, check=False)
        fails(done, f"{path}:{line}:", word)
    fails(depot.command("serve", "--config", "/nonexistent.conf", check=False),
          "/nonexistent.conf")
    for number, (text, line, word) in enumerate((("[manager]\nlisten=nowhere\n", 2, "listen"),
                                                 ("[manager]\nlistem=:4433\n", 2, "listen"))):
        path = world.file(f"manager{number}.conf", text, jfworld.MANAGER_UID)
        other = jfprograms.Manager(world, world.mgr_host, name=f"broken{number}",
                                   uid=jfworld.MANAGER_UID)
        done = other.command("serve", "--config", path, check=False)
        fails(done, f"{path}:{line}:", word)


@case
def a_taken_address_of_a_manager(world):
    other = jfprograms.Manager(world, world.mgr_host, name="second", uid=jfworld.MANAGER_UID)
    fails(other.command("serve", "--listen", ":4433", check=False), "4433")
    world.all_is_well()


@case
def a_full_disk(world):
    path = world.directory("full.state", jfworld.MANAGER_UID)
    world.mount("-t", "tmpfs", "-o", f"size=4m,mode=700,uid={jfworld.MANAGER_UID}", "tmpfs", path)
    mgr = jfprograms.Manager(world, world.mgr_host, name="full", uid=jfworld.MANAGER_UID,
                             listen=":4500")
    mgr.start()
    link = mgr.invite("hans")
    with contextlib.suppress(OSError), open(os.path.join(path, "filler"), "wb") as filler:
        while True:
            filler.write(b"x" * 4096)
            filler.flush()
    # what is already allocated may hold a few more lines; sooner or later an invitation fails
    refused = until(lambda: next((done for done in (mgr.command("invite", "ida", check=False)
                                                    for _ in range(10)) if done.returncode), None),
                    30, "an invitation fails")
    fails(refused, "full")
    jftap.equal(mgr.process.alive(), True, "the manager lives")
    os.unlink(os.path.join(path, "filler"))
    jftap.contains(mgr.invite("ida"), "https://")
    mgr.process.kill()
    mgr.start()
    hans = world.fresh("hans")
    jftap.equal(enroll(hans, link.replace(":4433/", ":4500/")).returncode, 0,
                "an invitation from before the disk was full")
    mgr.process.stop()


@case
def a_disk_that_is_full_from_the_beginning(world):
    path = world.directory("tiny.state", jfworld.MANAGER_UID)
    world.mount("-t", "tmpfs", "-o", f"size=4k,mode=700,uid={jfworld.MANAGER_UID}", "tmpfs", path)
    with contextlib.suppress(OSError), open(os.path.join(path, "filler"), "wb") as filler:
        filler.write(b"x" * 8192)
    mgr = jfprograms.Manager(world, world.mgr_host, name="tiny", uid=jfworld.MANAGER_UID)
    fails(mgr.command("serve", "--listen", ":4501", check=False), path)


@case
def a_read_only_state_directory(world):
    path = world.directory("frozen.state", jfworld.MANAGER_UID)
    world.mount("--bind", path, path)
    mgr = jfprograms.Manager(world, world.mgr_host, name="frozen", uid=jfworld.MANAGER_UID)
    jfproc.run(["mount", "-o", "remount,ro,bind", path])
    fails(mgr.command("serve", "--listen", ":4502", check=False), path)
    gateway = world.fresh("ice")
    world.mount("--bind", gateway.state, gateway.state)
    jfproc.run(["mount", "-o", "remount,ro,bind", gateway.state])
    link = world.mgr.invite("ice")
    fails(enroll(gateway, link), gateway.state)
    jftap.equal(enroll(world.fresh("ice-2"), link).returncode, 0, "the link was not used up")


@case
def keys_that_others_may_read(world):
    link = world.mgr.invite("jan")
    jan = world.fresh("jan")
    jftap.equal(enroll(jan, link).returncode, 0, "enroll")
    key = os.path.join(jan.state, "device.key")
    os.chmod(key, 0o644)
    fails(jan.command("services", check=False), "device.key", "chmod")
    os.chmod(key, 0o600)
    with open(key, "w", encoding="ascii") as file:
        file.write("-----BEGIN NONSENSE-----\n")
    fails(jan.command("services", check=False), "device.key")


@case
def everybody_else_is_well(world):
    world.all_is_well()
    jftap.equal(world.join.state, "joined", "the tunnel")


if __name__ == "__main__":
    jftap.run(World, ["root", "nft", "mount"])
