# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user is told while the window is not looked at, and what is taken back. JF_DESKTOP: x11
or wayland"""

import os
import shutil

import jfaround
import jfgui
import jfmocks
import jfpages
from jftap import case, contains, equal, run, until

KIND = os.environ.get("JF_DESKTOP", "x11")
SHELL = {"GNOTIFICATION_BACKEND": "gtk"}


class World(jfaround.AroundWorld):
    """The app runs without a window, with one service connected."""

    def __init__(self):
        super().__init__(KIND)
        try:
            self.shell = jfmocks.Notifications(self.desktop)
            self.setting("background-asked", "true")
            self.process = None
        except BaseException:
            self.close()
            raise

    def run_in_background(self, *names):
        self.process = self.start_service(SHELL)
        for name in names:
            # the list of services comes a moment after the start
            until(lambda name=name: self.act("connect", self.item(name)) or self.joined(name), 15,
                  f"{name} is connected")

    def joined(self, name):
        return any(tunnel["service"] == f"clinic/{name}" and tunnel["state"] == "joined"
                   for tunnel in self.mgr.ask("tunnels"))

    def shown(self, key, seconds=20):
        """The notification with that key, as soon as it is shown."""
        return until(lambda: self.shell.shown.get(key), seconds, f"{key} is shown")

    def withdrawn(self, key, seconds=20):
        until(lambda: key not in self.shell.shown, seconds, f"{key} is taken back")

    def serve(self):
        self.clinic.serve(jfpages.services_file(self.services()))

    def close(self):
        if hasattr(self, "shell"):
            self.shell.close()
        super().close()


def actions(notification):
    return [(button["label"], button["action"], button["target"])
            for button in notification["buttons"]]


@case
def a_loss_is_told_and_taken_back(world):
    world.run_in_background("ward-board")
    item = world.item("ward-board")
    world.clinic.process.stop()
    told = world.shown(f"dropped:{item}")
    equal(told["title"], "“Ward board” is not connected any more", "title")
    equal((told["default-action"], told["default-action-target"]), ("app.show-service", item),
          "what a click does")
    equal(actions(told), [("Try Now", "app.try-now", item),
                          ("Disconnect", "app.disconnect", item)], "buttons")
    world.serve()
    back = world.shown(f"back:{item}")
    equal(back["title"], "“Ward board” is connected again", "title")
    equal(actions(back), [("Open", "app.open", item)], "buttons")
    equal(f"dropped:{item}" in world.shell.shown, False, "the loss is still shown")


@case
def a_click_leads_to_the_service_and_takes_it_back(world):
    item = world.item("ward-board")
    world.act("show-service", item)
    world.app = jfgui.Jackfield(world, world.process)
    world.app.find("heading", "Ward board")
    world.withdrawn(f"back:{item}")
    world.end_app()
    world.ended(world.process)


@case
def what_the_user_ends_is_not_told(world):
    world.run_in_background("ward-board", "lab")
    item = world.item("ward-board")
    world.clinic.process.stop()
    world.shown(f"dropped:{item}")
    world.act("disconnect", item)
    world.withdrawn(f"dropped:{item}")
    equal(f"dropped:{world.item('lab')}" in world.shell.shown, True, "the other one")
    world.act("disconnect", world.item("lab"))
    world.withdrawn(f"dropped:{world.item('lab')}")
    equal(world.shell.shown, {}, "what is left")
    world.act("quit")
    world.ended(world.process)
    world.serve()


@case
def many_at_once_are_one(world):
    names = ("ward-board", "ward-camera", "lab", "x-ray", "patients")
    world.run_in_background(*names)
    world.shell.calls.clear()
    world.mgr.process.kill()
    told = world.shown("dropped", 30)
    equal(told["title"], "5 services are not connected any more", "title")
    equal(actions(told), [("Try Now", "app.try-account-now", world.account)], "buttons")
    equal(list(world.shell.shown), ["dropped"], "what is shown")
    world.mgr.start()
    back = world.shown("back", 40)
    equal(back["title"], "5 services are connected again", "title")
    equal(list(world.shell.shown), ["back"], "what is shown")


@case
def what_needs_the_user_is_told(world):
    """The provider withdraws one."""
    item = world.item("lab")
    services = world.services()
    del services["lab"]
    world.clinic.process.stop()
    world.clinic.serve(jfpages.services_file(services))
    told = world.shown(f"attention:{item}", 30)
    equal(told["title"], "“Lab results” is not offered to you any more", "title")
    equal([words[0] for words in actions(told)], ["Show", "Disconnect"], "buttons")
    world.clinic.process.stop()
    world.serve()
    world.withdrawn(f"attention:{item}", 30)


@case
def a_revoked_device_is_told_once(world):
    """By the manager, not by each of its services."""
    world.shell.shown.clear()
    world.mgr.command("revoke", "alice")
    told = world.shown(f"attention:{world.account}")
    contains(told["title"], "cannot be used")
    equal(told["default-action"], "app.explain-account", "what a click does")
    equal([key for key in world.shell.shown if key.startswith("attention")],
          [f"attention:{world.account}"], "what is shown")
    world.act("quit")
    world.ended(world.process)
    equal(world.shell.shown, {}, "what is left")


@case
def kinds_can_be_off_and_the_window_is_enough(world):
    shutil.rmtree(world.accounts_dir)
    world.account = world.enrolled("bob")
    world.setting("notify-back", "false")
    app = world.start_app(env=SHELL)
    world.connect("ward-board", "Ward board")
    world.shell.calls.clear()
    world.clinic.process.stop()
    app.find("label", lambda text: text.startswith("Waiting") or "offline" in text)
    world.serve()
    app.find("button", "Disconnect from Ward board")
    equal(world.shell.of("AddNotification"), [], "what was told")
    world.end_app()


if __name__ == "__main__":
    run(World, needs=jfgui.needs(KIND))
