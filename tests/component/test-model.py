# SPDX-License-Identifier: GPL-3.0-or-later
"""The app's model with the real manager and gateways: what a user sees from the invitation to the
end, and that it says why."""

import glob
import os
import re
import signal
import socket

import jfmodel
import jfprograms
import jfsockets
import jftap
import jfworld
from jftap import case, until

ECHO = "clinic/echo"


class World(jfworld.LoopbackWorld):
    def __init__(self):
        super().__init__()
        try:
            self.server = jfsockets.Listener(jfworld.Local(), 0, jfsockets.echo)
            self.target = f"tcp:127.0.0.1:{self.server.port}"
            self.start()
            self.clinic = self.provider()
            self.serve("Echo of the clinic")
            self.base = self.directory("managers")
            self.model = jfmodel.Model(self, self.base)
        except BaseException:
            self.close()
            raise

    def serve(self, title):
        if self.clinic.process:
            self.clinic.process.stop()
        self.clinic.serve(f"[service echo]\ntitle={title}\ntarget={self.target}\nallow=*\n"
                          "open=http://{address}/\n")

    def works(self):
        with jfsockets.connect(self.user_host, self.model.address(ECHO)) as sock:
            jfsockets.round_trip(sock)

    def again(self):
        """Disconnected, and connected again before that is done."""
        self.model.said[ECHO] = []
        self.model.act("undo", ECHO)
        self.model.until(lambda: self.model.said[ECHO][-1:] == ["connected"] and
                         len(self.model.said[ECHO]) > 1, "connected again")

    def restart(self, kill=False):
        """The app ends, in whatever way, and begins again."""
        (self.model.kill if kill else self.model.stop)()
        self.model = jfmodel.Model(self, self.base)


@case
def an_invitation_makes_an_account(world):
    world.model.wait_line("loaded")
    account = world.model.enroll(world.mgr.invite("alice"))
    world.model.wait_account(state="online", known=True)
    jftap.equal(world.model.accounts[account]["in-file"], True, "the key is in a file")
    line = world.model.wait_item(ECHO, state="available")
    jftap.equal(line["title"], "Echo of the clinic", "title")
    files = {os.path.basename(path) for path in glob.glob(f"{world.base}/*/*")}
    jftap.equal(files, {"device.key", "manager", "lock"}, "files of the account")
    jftap.equal(os.listdir(world.base), [account], "nothing else is left")


@case
def the_same_manager_twice_and_a_bad_invitation(world):
    world.model.tell("enroll", world.mgr.invite("alice"))
    jftap.equal(world.model.wait_line("failed")["error"], "busy", "enrolling twice")
    other = jfprograms.Manager(world, jfworld.Local(), name="other").start()
    link = other.invite("bob")
    after = len(world.model.lines)
    world.model.tell("enroll", re.sub(r"#......", "#AAAAAA", link))
    line = world.model.wait_line("failed", after=after)
    jftap.equal(line["error"], "bad-invitation", "a wrong code")
    until(lambda: len(os.listdir(world.base)) == 1, 5, "nothing remains of it")
    account = world.model.enroll(link)
    world.model.wait_account(state="online", account=account)
    after = len(world.model.lines)
    world.model.tell("forget", account)
    world.model.wait_line("forgotten", after=after)
    jftap.equal(len(os.listdir(world.base)), 1, "directories after forgetting")
    other.process.stop()


@case
def a_change_of_title_shows_within_a_second(world):
    world.serve("Echo, renamed")
    world.model.wait_item(ECHO, title="Echo, renamed", state="available")
    world.model.wait_rows(["Echo, renamed"], "ren ec")
    world.model.wait_rows([], "nothing")
    world.model.wait_rows(["clinic", "Echo, renamed"])


@case
def connect_and_disconnect(world):
    world.model.act("connect", ECHO)
    world.works()
    world.model.wait_rows(["Connected", "Echo, renamed"])
    world.model.act("disconnect", ECHO)
    world.model.wait_item(ECHO, state="available", address=None)
    world.model.wait_rows(["Recently used", "Echo, renamed"])


@case
def undo_while_it_is_leaving(world):
    world.model.act("connect", ECHO)
    world.works()
    world.again()
    jftap.note(world.model.said[ECHO])
    world.works()


@case
def what_moves_is_in_the_picture(world):
    """Also of a connection that was opened and closed between two looks."""
    world.again()

    def moved():
        after = len(world.model.lines)
        world.model.act("traffic", ECHO)
        line = world.model.wait_line("traffic", after=after)
        return line if line["sum"] > 0 else None
    jftap.equal(moved(), None, "before")
    world.works()
    line = until(moved, 5, "it shows")
    jftap.contains(line["traffic"], "down", "up")


@case
def the_address_moves_and_connections_stay(world):
    world.model.wait_item(ECHO, state="connected")
    old = world.model.address(ECHO)
    with jfsockets.connect(world.user_host, old) as sock:
        jfsockets.round_trip(sock, 1000)
        world.model.act("listen", ECHO, "127.0.0.1:0")
        world.model.until(lambda: world.model.items[ECHO]["address"].startswith("127.0.0.1:"),
                          "another address")
        jfsockets.round_trip(sock, 1000)
    world.works()
    try:
        socket.create_connection(old, 2).close()
        raise AssertionError("the old address still accepts")
    except ConnectionRefusedError:
        pass
    taken = socket.create_server(("127.0.0.1", 0))
    after = len(world.model.lines)
    world.model.act("listen", ECHO, f"127.0.0.1:{taken.getsockname()[1]}")
    jftap.equal(world.model.wait_line("failed", after=after)["error"], "busy", "a taken port")
    taken.close()
    world.works()
    path = os.path.join(world.dir, "echo.sock")
    world.model.act("listen", ECHO, f"unix:{path}")
    world.model.wait_item(ECHO, address=path)
    with jfsockets.connect(world.user_host, path) as sock:
        jfsockets.round_trip(sock)
    world.model.act("listen", ECHO)
    world.model.wait_item(ECHO, address=f"{old[0]}:{old[1]}")


@case
def joined_again_after_the_app_has_ended_or_was_killed(world):
    world.model.act("favourite", ECHO)
    world.model.wait_item(ECHO, favourite=True)
    for kill in (False, True):
        if kill:  # what is remembered is written within a second or two
            until(lambda: "favourite=true" in remembered(world), 5, "it is written down")
        world.restart(kill)
        line = world.model.wait_item(ECHO, wanted=True)
        jftap.equal((line["favourite"], line["title"]), (True, "Echo, renamed"), "remembered")
        world.works()
        world.model.act("favourite", ECHO)
        world.model.act("favourite", ECHO)


def remembered(world):
    for path in glob.glob(f"{world.base}/*/services.memory"):
        with open(path, encoding="utf-8") as file:
            return file.read()
    return ""


@case
def the_provider_goes_and_comes_back(world):
    world.works()
    world.clinic.process.kill()
    line = world.model.wait_item(ECHO, state="waiting", online=False)
    jftap.contains(line["text"], "provider")
    jftap.contains(world.model.wait_item(ECHO, state="waiting")["reason"], "by itself")
    world.serve("Echo, renamed")
    world.model.wait_item(ECHO, state="connected", reason=None)
    world.works()


@case
def a_withdrawn_service_is_gone_and_comes_back(world):
    world.works()
    world.clinic.process.stop()
    world.clinic.serve(f"[service other]\ntarget={world.target}\nallow=*\n")
    line = world.model.wait_item(ECHO, state="gone")
    jftap.equal(line["wanted"], True, "the wish stays")
    jftap.contains(world.model.wait_item(ECHO, state="gone")["reason"], "withdrawn")
    world.model.wait_item("clinic/other", state="available")
    world.serve("Echo, renamed")
    world.model.wait_item(ECHO, state="connected")
    world.works()
    world.model.until(lambda: "clinic/other" not in world.model.shown, "the other one is gone")


@case
def the_manager_is_restarted(world):
    world.works()
    world.mgr.process.signal(signal.SIGKILL)
    line = world.model.wait_account(state="offline")
    jftap.contains(line["reason"], "network")
    world.mgr.process.popen.wait(10)
    world.mgr.start()
    world.model.wait_account(state="online")
    world.model.wait_item(ECHO, state="connected", seconds=40)
    world.works()


@case
def remembered_without_the_manager(world):
    world.mgr.process.stop()
    world.restart()
    line = world.model.wait_item(ECHO, state="waiting")
    jftap.equal((line["title"], line["wanted"]), ("Echo, renamed", True), "remembered")
    jftap.contains(line["text"], "manager")
    world.mgr.start()
    world.model.wait_item(ECHO, state="connected", seconds=40)


@case
def another_key_of_the_provider_stops_the_join(world):
    world.works()
    world.clinic.process.stop()
    world.mgr.command("revoke", "clinic")
    world.clinic = world.provider(name="clinic-anew")
    world.serve("Echo, renamed")
    line = world.model.wait_item(ECHO, state="failed")
    jftap.equal(line["error"], "wrong-key", "why")
    jftap.contains(line["reason"], "another key")
    world.model.act("trust", ECHO)
    world.model.wait_item(ECHO, state="connected")
    world.works()
    world.restart()
    world.model.wait_item(ECHO, state="connected")


@case
def a_revoked_device_is_told_and_enrolled_anew(world):
    world.model.wait_item(ECHO, state="connected")
    world.mgr.command("revoke", "alice")
    line = world.model.wait_account(state="refused")
    jftap.equal(line["error"], "not-enrolled", "why")
    line = world.model.wait_item(ECHO, state="failed")
    jftap.contains(line["reason"], "invitation")
    world.model.enroll(world.mgr.invite("alice"))
    world.model.wait_account(state="online")
    line = world.model.wait_item(ECHO, state="connected")
    jftap.equal((line["wanted"], line["favourite"]), (True, True), "what was remembered")
    world.works()


@case
def two_apps_and_damaged_files(world):
    account = next(iter(world.model.accounts))
    second = jfmodel.Model(world, world.base, name="second")
    line = second.wait_account(state="broken")
    jftap.equal(line["error"], "busy", "the second one")
    second.stop()
    world.model.stop()
    with open(f"{world.base}/{account}/services.memory", "ab") as file:
        file.write(b"[nonsense\n\xff")
    with open(f"{world.base}/{account}/manager", "r+", encoding="utf-8") as file:
        whole = file.read()
        file.seek(0)
        file.truncate()
        file.write("nonsense")
    world.model = jfmodel.Model(world, world.base)
    line = world.model.wait_account(state="broken")
    jftap.contains(line["reason"], f"{account}/manager", "backup")
    with open(f"{world.base}/{account}/manager", encoding="utf-8") as file:
        jftap.equal(file.read(), "nonsense", "it was left as it is")
    jftap.equal(os.path.exists(f"{world.base}/{account}/services.memory.damaged"), True, "aside")
    with open(f"{world.base}/{account}/manager", "w", encoding="utf-8") as file:
        file.write(whole)
    world.restart()
    world.model.wait_account(state="online")


@case
def the_log_has_no_secrets(world):
    account = next(iter(world.model.accounts))
    world.model.tell("log", account)
    log = world.model.wait_line("log")["log"]
    jftap.contains(log, "Jackfield ", "manager online")
    jftap.equal(re.findall(r"#|PRIVATE", log), [], "secrets in the log")
    world.model.stop()


if __name__ == "__main__":
    jftap.run(World)
