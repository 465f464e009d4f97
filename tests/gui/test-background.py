# SPDX-License-Identifier: GPL-3.0-or-later
"""The app without its window: it goes on, comes back, starts at login and ends in order.
JF_DESKTOP: x11 or wayland"""

import glob
import os
import signal
import subprocess

import jfaround
import jfgui
import jfmocks
from jftap import case, contains, equal, run, until

KIND = os.environ.get("JF_DESKTOP", "x11")
SANDBOX = {"GTK_USE_PORTAL": "1", "GIO_USE_NETWORK_MONITOR": "base"}
QUESTION = "Stay Connected?"


def close_window(app):
    """By the button at its corner: the last one, those of hidden pages come before it."""
    app.find("window", "Jackfield")
    buttons = [node for node in app.all("button", "Close")
               if node.description == "Close the window"]
    buttons[-1].press()


def autostart_file(world):
    return os.path.join(world.desktop.env["XDG_CONFIG_HOME"], "autostart",
                        f"{jfgui.APP_ID}.desktop")


@case
def with_nothing_connected_closing_quits(world):
    app = world.start_app()
    app.find("button", "Connect to Ward board")
    close_window(app)
    app.wait_end()


@case
def the_first_close_explains_and_can_be_taken_back(world):
    app = world.start_app()
    world.connect("ward-board", "Ward board")
    close_window(app)
    contains(" ".join(app.find("dialog", QUESTION).texts()), "1 service is in use", "choose Quit")
    world.picture("stay-connected")
    app.press("Cancel", within=app.find("dialog", QUESTION))
    app.gone("dialog", QUESTION)
    app.find("button", "Disconnect from Ward board")


@case
def it_goes_on_without_a_window_and_comes_back(world):
    app = world.app
    address = world.shown_address(app)
    close_window(app)
    app.press("Stay Connected", within=app.find("dialog", QUESTION))
    world.window_gone()
    equal(jfgui.fetch(address), jfaround.PAGE, "without a window")
    world.run_app()
    app = world.window_back()
    app.find("button", "Disconnect from Ward board")
    # it is not asked again
    close_window(app)
    world.window_gone()
    equal(jfgui.fetch(address), jfaround.PAGE, "without a window again")
    equal(app.process.alive(), True, "it runs")


@case
def it_ends_when_nothing_is_connected_any_more(world):
    world.act("disconnect", world.item("ward-board"))
    world.app.wait_end()


@case
def it_quits_when_it_may_not_stay(world):
    world.setting("run-in-background", "false")
    app = world.start_app()
    world.connect("ward-board", "Ward board")
    close_window(app)
    app.wait_end()
    world.setting("run-in-background", "true")


@case
def a_service_restores_what_was_connected_without_a_window(world):
    process = world.start_service()
    until(lambda: any(jfgui.fetch(address) for address in local_addresses(process)), 15,
          "it is connected again")
    process.signal(signal.SIGTERM)
    world.ended(process, 5)


def local_addresses(process):
    """Where that process listens."""
    done = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True)
    return [line.split()[3] for line in done.stdout.splitlines()
            if f"pid={process.pid}," in line]


@case
def the_portal_is_asked_in_a_sandbox(world):
    world.setting("background-asked", "false")
    portal = jfmocks.Portal(world.desktop)
    try:
        portal.grant = False
        app = world.start_app(env=SANDBOX)
        app.find("button", "Disconnect from Ward board")
        close_window(app)
        app.press("Stay Connected", within=app.find("dialog", QUESTION))
        _, options = portal.wait("RequestBackground")
        contains(options["reason"], "stay connected")
        equal(options["autostart"], False, "autostart")
        app.find("dialog", "Not Allowed in the Background")
        world.picture("background-denied")
        app.press("Keep the Window")
        app.gone("dialog", "Not Allowed in the Background")
        portal.grant = True
        close_window(app)
        app.press("Stay Connected", within=app.find("dialog", QUESTION))
        world.window_gone()
        equal(world.read_setting("background-asked"), "true", "it is remembered")
        world.end_app()
    finally:
        portal.close()


@case
def a_desktop_without_that_portal_forbids_nothing(world):
    world.setting("background-asked", "false")
    app = world.start_app(env=SANDBOX)
    app.find("button", "Disconnect from Ward board")
    close_window(app)
    app.press("Stay Connected", within=app.find("dialog", QUESTION))
    world.window_gone()
    world.end_app()


def toggle(world, name):
    """A switch of the preferences."""
    app = world.app
    app.act("preferences")
    app.find("switch", lambda text: text.startswith(name)).press()


@case
def starting_at_login_is_a_file(world):
    path = autostart_file(world)
    world.start_app()
    toggle(world, "Start at Login")
    until(lambda: os.path.exists(path), 10, "the file is there")
    with open(path, encoding="utf-8") as file:
        contains(file.read(), "--gapplication-service\n", "Type=Application\n")
    toggle(world, "Start at Login")
    until(lambda: not os.path.exists(path), 10, "the file has gone")
    equal(glob.glob(os.path.dirname(path) + "/*"), [], "what is left")


@case
def what_cannot_be_written_is_said(world):
    folder = os.path.dirname(autostart_file(world))
    os.rmdir(folder)
    with open(folder, "w", encoding="utf-8"):
        pass
    toggle(world, "Start at Login")
    app = world.app
    app.find("label", lambda text: "stays as it was" in text)
    until(lambda: world.read_setting("autostart") != "true", 10, "the setting is back")
    os.unlink(folder)
    world.end_app()


@case
def in_a_sandbox_the_portal_starts_it_at_login(world):
    portal = jfmocks.Portal(world.desktop)
    try:
        world.start_app(env=SANDBOX)
        toggle(world, "Start at Login")
        _, options = portal.wait("RequestBackground")
        equal((options["autostart"], options["commandline"]),
              (True, ["jackfield", "--gapplication-service"]), "what was asked")
        equal(os.path.exists(autostart_file(world)), False, "a file")
        portal.grant = False
        portal.calls.clear()
        toggle(world, "Start at Login")
        equal(portal.wait("RequestBackground")[1]["autostart"], False, "what was asked")
        world.end_app()
    finally:
        portal.close()


@case
def a_manager_that_is_gone_delays_the_end_by_seconds_at_most(world):
    """The dialog says what is going on; asking again ends it at once."""
    app = world.start_app()
    world.connect("ward-board", "Ward board")
    world.mgr.process.signal(signal.SIGSTOP)
    try:
        app.act("quit")
        app.find("dialog", "Quitting Jackfield…")
        world.picture("quitting")
        app.press("Quit Now", within=app.find("dialog", "Quitting Jackfield…"))
        app.wait_end(4)
    finally:
        world.mgr.process.signal(signal.SIGCONT)


@case
def without_a_display_it_says_so(world):
    done = world.run_app("--gapplication-service", check=False,
                         env={"DISPLAY": "", "WAYLAND_DISPLAY": "", "GDK_BACKEND": "x11"})
    equal(done.returncode, 1, "status")
    contains(done.stderr, "jackfield: ", "no display")
    equal(len(done.stderr.splitlines()), 1, f"lines of {done.stderr!r}")


if __name__ == "__main__":
    run(lambda: jfaround.AroundWorld(KIND), needs=jfgui.needs(KIND) + ["curl", "ss"])
