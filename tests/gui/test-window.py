# SPDX-License-Identifier: GPL-3.0-or-later
"""The program starts, shows its window, is there once, and ends. JF_DESKTOP: x11 or wayland"""

import os
import signal

import jfatspi
import jfgui
from jfgi import GLib
from jftap import case, contains, equal, run, until

KIND = os.environ.get("JF_DESKTOP", "x11")


class World(jfgui.GuiWorld):
    def __init__(self):
        super().__init__(KIND)
        try:
            self.start()
        except BaseException:
            self.close()
            raise


@case
def it_says_its_version(world):
    contains(world.run_app("--version").stdout, "jackfield ")


@case
def it_explains_itself(world):
    contains(world.run_app("--help").stdout, "Usage:", "--version")


@case
def it_shows_a_window_and_ends(world):
    app = world.start_app()
    app.find("window", "Jackfield")
    world.end_app()


@case
def a_second_start_only_shows_the_first(world):
    app = world.start_app()
    app.find("window", "Jackfield")
    world.run_app()
    windows = app.all("window")
    equal(len(windows), 1, "windows")
    equal(app.process.alive(), True, "the first runs")
    world.end_app()


@case
def a_directory_of_its_own_keeps_everything(world):
    """Beside the session's own instance, and nothing of it is touched."""
    mine = world.start_app()
    mine.find("window", "Jackfield")
    world.app = None
    apart = world.directory("apart")
    app = world.start_app("--state-dir", apart)
    app.enter("Invitation Link", world.mgr.invite("alice"))
    app.press("Continue")
    app.press("Join")
    app.see("label", "No Services Yet")
    app.process.signal(signal.SIGTERM)
    app.wait_end()
    equal(len(os.listdir(os.path.join(apart, "managers"))), 1, "managers in the directory")
    equal(os.path.exists(world.accounts_dir), False, "managers of the session")
    world.app = mine
    world.end_app()


@case
def the_bus_starts_it(world):
    """As a click in the shell does, by the service file."""
    name = jfgui.APP_ID
    world.desktop.add_service(name, f"{jfgui.program()} --gapplication-service")
    world.desktop.reload_services()
    world.desktop.call(name, jfgui.APP_PATH, "org.freedesktop.Application", "Activate",
                       GLib.Variant("(a{sv})", ({},)))
    pid = world.desktop.pid_of(name)
    app = jfatspi.find_app(world.desktop, pid)
    app.find("window", "Jackfield")
    world.desktop.call(name, jfgui.APP_PATH, "org.gtk.Actions", "Activate",
                       GLib.Variant("(sava{sv})", ("quit", [], {})))
    until(lambda: not world.desktop.has_name(name), 15, "it has ended")


if __name__ == "__main__":
    run(World, needs=jfgui.needs(KIND))
