# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of one service, its local address, and the preferences."""

import configparser
import os
import re
import socket
import subprocess

import jfgui
import jfpages
from jftap import case, contains, equal, run, until

PAGE = "<title>Ward board</title>" + "All beds are quiet. " * 500
SERVICE = "clinic/ward-board"
ADDRESS = "Local Address"
KINDS = ("Automatic", "A port on this computer", "A UNIX socket", "Open to the network")
PROXIES = ("Automatic", "No Proxy", "Manual")
CHANGE = "Change the Local Address…"


class World(jfgui.GuiWorld):
    def __init__(self):
        super().__init__("x11")
        try:
            self.web = jfpages.WebServer(PAGE)
            self.start()
            self.provider().serve(jfpages.services_file({
                "ward-board": {"target": self.web.target, "title": "Ward board"}}))
            self.account = self.enrolled()
            self.start_app()
        except BaseException:
            self.close()
            raise

    def setting(self, key):
        """What is stored; None: the default."""
        file = configparser.ConfigParser()
        file.read(f"{self.desktop.env['XDG_CONFIG_HOME']}/glib-2.0/settings/keyfile")
        return file.get("io/github/jackfield/Jackfield", key, fallback=None)

    def row(self, title):
        """What a row of the page says of its title."""
        return until(lambda: [row.description for row in self.app.all("list item", title)
                              if row.description], 15, f"the row {title!r} says something")[0]

    def to(self, *names, key="Tab", limit=40):
        """Brings the keyboard to what has one of those names."""
        seen = []
        for _ in range(limit):
            found = self.app.focused()
            if found and found.name in names:
                return
            seen.append(repr(found))
            self.desktop.keys(key)
        raise AssertionError(f"the keyboard does not come to {names}, but to {seen}")

    def choose(self, name, *group):
        """One of several rows: Tab comes to them, the arrows go through them, space chooses."""
        self.to(name, *group)
        self.to(name, key="Down" if name not in group[:1] else "Up", limit=8)
        self.desktop.keys("space")
        until(lambda: [box for box in self.app.all("checkbox", name) if box.has("checked")], 5,
              f"{name!r} is chosen")

    def change_address(self, kind):
        """The dialog, with this kind chosen."""
        self.app.press(CHANGE)
        until(lambda: self.desktop.window(ADDRESS), 10, "the dialog")
        self.choose(kind, *KINDS)

    def close(self):
        super().close()
        self.web.close()


def refuses(address):
    with socket.socket() as one:
        host, _, port = address.rpartition(":")
        return one.connect_ex((host, int(port))) != 0


@case
def it_says_what_the_service_is(world):
    app = world.app
    app.press("Connect to Ward board")
    app.find("button", "Disconnect from Ward board")
    world.show_service(app, "Ward board", SERVICE)
    app.see("label", "Connected")
    app.see("label", lambda name: name.startswith("since "))
    app.see("label", f"clinic at {world.mgr.listen}")
    app.see("button", "Disconnect")
    equal(world.row("Local address"), world.shown_address(app), "read with the row")
    equal(world.row("Manager"), f"{world.mgr.listen}, as alice", "the manager")
    contains(world.row("Way to the manager"), "Directly")
    contains(world.row("Provider’s key, known since …"), "-")


@case
def figures_follow_what_goes_through(world):
    app = world.app
    equal(jfgui.fetch(world.shown_address(app)), PAGE, "the page")
    until(lambda: world.row("Open connections") == "0 now, 1 in all", 10, "it was counted")
    contains(world.row("Received"), "10.")
    contains(world.row("Sent"), "bytes")
    picture = app.find("image", "Throughput in the last two minutes")
    until(lambda: "at most" in app.find("image", picture.name).description, 15,
          "the picture is told in words")


@case
def programs_that_use_it_are_named(world):
    app = world.app
    app.find("label", "None at the moment")
    host, _, port = world.shown_address(app).rpartition(":")
    program = subprocess.Popen(["curl", "-sN", f"telnet://{host}:{port}"],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        row = app.find("list item", "curl", seconds=20)
        contains(row.description, "1 connection", str(program.pid))
    finally:
        program.kill()
        program.communicate()
    app.gone("list item", "curl", seconds=20)


@case
def a_port_is_checked_while_it_is_typed(world):
    app, before = world.app, world.shown_address(world.app)
    world.change_address("A port on this computer")
    for wrong, words in (("", "Type a port"), ("80", "below 1024"), ("99999", "a number from")):
        app.enter("Port", wrong)
        contains(" ".join(app.see("alert").texts() or [app.see("alert").name]), words)
        equal(app.find("button", "Apply").has("sensitive"), False, f"Apply with {wrong!r}")
    world.desktop.keys("Escape")
    until(lambda: not world.desktop.window(ADDRESS), 10, "the dialog has gone")
    equal(world.shown_address(app), before, "the address")


@case
def a_port_that_is_taken_stays_an_error(world):
    app, before = world.app, world.shown_address(world.app)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        world.change_address("A port on this computer")
        app.enter("Port", str(taken.getsockname()[1]))
        app.press("Apply")
        contains(app.see("alert").name, "Another program uses this address")
        equal(refuses(before), False, "the old address stays")
    world.desktop.keys("Escape")
    until(lambda: not world.desktop.window(ADDRESS), 10, "the dialog has gone")


@case
def another_port_takes_the_place_of_the_old(world):
    app, before = world.app, world.shown_address(world.app)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world.change_address("A port on this computer")
    app.enter("Port", str(port))
    app.press("Apply")
    until(lambda: world.shown_address(app) == f"127.0.0.1:{port}", 10, "the new address")
    equal(jfgui.fetch(f"127.0.0.1:{port}"), PAGE, "the page there")
    until(lambda: refuses(before), 10, "the old address is closed")
    world.change_address("Automatic")
    app.press("Apply")
    until(lambda: world.shown_address(app) == before, 10, "the old address again")


@case
def the_network_is_warned_of(world):
    app = world.app
    world.change_address("Open to the network")
    app.see("label", "Everybody in your network …")
    world.desktop.keys("Escape")
    until(lambda: not world.desktop.window(ADDRESS), 10, "the dialog has gone")


@case
def the_log_holds_no_secrets(world):
    app = world.app
    world.desktop.keys("End")
    world.to("Log", limit=60)
    world.desktop.keys("Return")
    view = app.find("text box", "Log")
    until(lambda: "connected" in view.text(), 10, "what happened")
    contains(view.text(), "Jackfield 0.", "clinic/ward-board")
    equal(re.findall(r"invite#|\b127\.\d+\.\d+\.\d+:\d+", view.text()), [], "secrets")


@case
def shortcuts_act_on_the_service_that_is_shown(world):
    app = world.app
    world.desktop.keys("ctrl+d")
    app.find("button", "Remove Ward board from favourites")
    world.desktop.keys("ctrl+d")
    app.find("button", "Add Ward board to favourites")
    world.desktop.keys("ctrl+e")
    app.find("button", "Connect to Ward board")
    world.desktop.keys("ctrl+Return")
    app.find("button", "Disconnect from Ward board")
    world.desktop.keys("ctrl+c")
    app.see("label", "Address copied")
    world.desktop.keys("F1")
    until(lambda: world.desktop.window("Keyboard Shortcuts"), 10, "the shortcuts")
    world.desktop.keys("Escape")
    until(lambda: not world.desktop.window("Keyboard Shortcuts"), 10, "they are gone")


@case
def switches_are_stored(world):
    app = world.app
    world.desktop.keys("ctrl+comma")
    until(lambda: world.desktop.window("Preferences"), 10, "the preferences")
    for title, key in (("Reconnect at Start", "restore-joins"),
                       ("A Service Is Back", "notify-back")):
        app.press(title, "checkbox")
        until(lambda: world.setting(key) == "false", 10, f"{key} is off")
        app.press(title, "checkbox")
        until(lambda: world.setting(key) != "false", 10, f"{key} is on")


@case
def a_proxy_is_checked_before_it_counts(world):
    app = world.app
    app.press("Network", "tab")
    world.choose("Manual", *PROXIES)
    world.desktop.type("ftp://proxy.example")
    contains(app.see("alert").name, "http://")
    equal(world.setting("proxy-mode"), None, "nothing is stored")
    world.desktop.keys("ctrl+a")
    world.desktop.type("http://proxy.example:3128")
    app.press("Apply")
    until(lambda: world.setting("proxy-url") == "'http://proxy.example:3128'", 10, "it is stored")
    equal(world.setting("proxy-mode"), "'manual'", "it counts")
    world.choose("Automatic", *PROXIES)
    until(lambda: world.setting("proxy-mode") != "'manual'", 10, "no proxy any more")


@case
def leaving_a_manager_asks_first(world):
    app = world.app
    app.act("forget-account", world.account)
    dialog = app.find("dialog", f"Leave {world.mgr.listen}?")
    equal(app.focused().name, "Stay", "what has the keyboard")
    world.desktop.keys("Escape")
    app.gone("dialog", dialog.name)
    equal(os.listdir(world.accounts_dir), [world.account], "accounts")
    app.act("forget-account", world.account)
    dialog = app.find("dialog", dialog.name)
    app.press("Leave", within=dialog)
    until(lambda: os.listdir(world.accounts_dir) == [], 15, "its files are gone")
    world.end_app()


if __name__ == "__main__":
    run(World, needs=jfgui.needs("x11") + ["curl"])
