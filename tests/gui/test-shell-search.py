# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell's search finds services and connects them; the bus starts the app for it and for links.
JF_DESKTOP: x11 or wayland"""

import os
import time

import jfaround
import jfatspi
import jfgui
from jfgi import GLib
from jftap import case, contains, equal, run, until

KIND = os.environ.get("JF_DESKTOP", "x11")
PATH = f"{jfgui.APP_PATH}/SearchProvider"
INTERFACE = "org.gnome.Shell.SearchProvider2"


class World(jfaround.AroundWorld):
    """The bus can start the app."""

    def __init__(self):
        super().__init__(KIND)
        try:
            self.setting("background-asked", "true")
            self.desktop.add_service(jfgui.APP_ID, f"{jfgui.program()} --gapplication-service")
            self.desktop.reload_services()
        except BaseException:
            self.close()
            raise

    def ask(self, method, signature, *args):
        result = self.desktop.call(jfgui.APP_ID, PATH, INTERFACE, method,
                                   GLib.Variant(signature, args))
        return result[0] if result else None

    def find(self, *terms):
        return self.ask("GetInitialResultSet", "(as)", list(terms))

    def running(self):
        return self.desktop.has_name(jfgui.APP_ID)

    def quit(self):
        self.act("quit")
        until(lambda: not self.running(), 15, "it has ended")

    def look(self):
        """The app that the bus has started, by its window."""
        return jfatspi.find_app(self.desktop, self.desktop.pid_of(jfgui.APP_ID))

    def refused(self, method, signature, *args):
        """The name of the error."""
        try:
            self.ask(method, signature, *args)
        except GLib.Error as error:
            return error.message.partition(":")[2].partition(":")[0]
        raise AssertionError(f"{method} {args} was taken")


@case
def it_finds_when_it_was_started_for_that(world):
    """Before anybody has opened a window."""
    equal(world.running(), False, "it runs already")
    equal(world.find("ward"), [world.item("ward-board"), world.item("ward-camera")], "results")


@case
def words_can_be_parts_and_in_any_case(world):
    equal(world.find("CAM", "ward"), [world.item("ward-camera")], "results")
    equal(world.find("clinic", "x-ray"), [world.item("x-ray")], "results")
    equal(world.find("nothing"), [], "results")
    equal(world.find(), [], "results")
    equal(world.find("", " "), [], "results")
    equal(world.ask("GetSubsearchResultSet", "(asas)", world.find("ward"), ["ward", "board"]),
          [world.item("ward-board")], "results")


@case
def results_have_names_and_states(world):
    metas = world.ask("GetResultMetas", "(as)", [world.item("ward-board"), "no/such/thing"])
    equal(metas, [{"id": world.item("ward-board"), "name": "Ward board",
                   "description": "clinic · Available", "gicon": jfgui.APP_ID}], "metas")


@case
def what_is_wrong_is_refused_and_harms_nothing(world):
    equal(world.refused("ActivateResult", "(sasu)", "no/such/thing", [], 0),
          "org.freedesktop.DBus.Error.InvalidArgs", "error")
    equal(world.refused("GetInitialResultSet", "(as)", ["a"] * 1000),
          "org.freedesktop.DBus.Error.LimitsExceeded", "error")
    equal(world.refused("GetResultMetas", "(as)", ["a"] * 1000),
          "org.freedesktop.DBus.Error.LimitsExceeded", "error")
    equal(world.refused("GetInitialResultSet", "(s)", "ward"),
          "org.freedesktop.DBus.Error.InvalidArgs", "error")
    equal(world.refused("GetNothing", "(s)", "ward"),
          "org.freedesktop.DBus.Error.UnknownMethod", "error")
    equal(world.find("w" * 100000), [], "results")


@case
def activating_shows_and_connects(world):
    world.ask("ActivateResult", "(sasu)", world.item("ward-board"), ["ward"], 0)
    app = world.look()
    app.find("heading", "Ward board")
    app.find("button", "Disconnect from Ward board")


@case
def activating_a_connected_one_opens_it(world):
    path = world.add_program("browser", "Browser", "http")
    until(lambda: "Connected" in world.ask(
        "GetResultMetas", "(as)", [world.item("ward-board")])[0]["description"], 10, "it says so")
    world.ask("ActivateResult", "(sasu)", world.item("ward-board"), ["ward"], 0)
    contains(world.started(path), "/board")


@case
def launching_shows_the_list_with_that_search(world):
    world.ask("LaunchSearch", "(asu)", ["x-ray"], 0)
    app = world.look()
    app.see("label", "X-ray archive")
    app.unseen("label", "Lab results")
    world.picture("launch-search")
    world.act("disconnect", world.item("ward-board"))
    world.quit()


@case
def a_link_starts_it_and_shows_the_service(world):
    link = f"jackfield://{world.mgr.listen}/join#clinic/lab"
    world.desktop.call(jfgui.APP_ID, jfgui.APP_PATH, "org.freedesktop.Application", "Open",
                       GLib.Variant("(asa{sv})", ([link], {})))
    app = world.look()
    app.find("dialog", "Connect to Lab results?")
    app.press("Connect", within=app.find("dialog", "Connect to Lab results?"))
    app.find("button", "Disconnect from Lab results")


@case
def a_link_on_the_command_line_goes_to_the_one_that_runs(world):
    pid = world.desktop.pid_of(jfgui.APP_ID)
    world.run_app(f"jackfield://{world.mgr.listen}/join#clinic/x-ray")
    world.look().find("dialog", "Connect to X-ray archive?")
    equal(world.desktop.pid_of(jfgui.APP_ID), pid, "the process")
    world.act("disconnect", world.item("lab"))
    world.quit()


@case
def it_ends_when_nobody_searches_any_more(world):
    world.find("ward")
    begun = time.monotonic()
    until(lambda: not world.running(), 60, "it has ended")
    if time.monotonic() - begun < 5:
        raise AssertionError("it did not wait for another word")


if __name__ == "__main__":
    run(World, needs=jfgui.needs(KIND))
