# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust that was broken: what a person is told, what is the safe choice, and that it is the one
that is made by Return and Escape."""

import glob
import os
import re

import jfgui
import jfmocks
import jfpages
import jfprograms
import jfworld
from jftap import case, contains, equal, run, until

PAGE = "<title>Ward board</title>"
SERVICE = "clinic/ward-board"
PROVIDER = "The Provider’s Key Has Changed"
MANAGER = "The Manager’s Key Has Changed"
REVOKED = "This Device Is Not Admitted"
INTERCEPTED = "Something Is in the Way"
COMPARED = "I compared the new key with the provider, and it is the same"


class World(jfgui.GuiWorld):
    shell = None

    def __init__(self):
        super().__init__("x11")
        try:
            self.web = jfpages.WebServer(PAGE)
            self.start()
            self.clinic = self.provider()
            self.serve()
            self.enrolled()
            # a notification may come between the window and its dialog
            self.shell = jfmocks.Notifications(self.desktop)
            self.start_app(env={"GNOTIFICATION_BACKEND": "gtk"})
        except BaseException:
            self.close()
            raise

    def serve(self):
        self.clinic.serve(jfpages.services_file({
            "ward-board": {"target": self.web.target, "title": "Ward board"}}))

    def pins(self):
        return glob.glob(f"{self.accounts_dir}/*/known_gateways")[0]

    def pinned(self):
        """Keys of the provider that count."""
        with open(self.pins(), encoding="utf-8") as file:
            return re.findall(r"^clinic (\S+)", file.read(), re.M)

    def forge_pin(self):
        """As if the provider had had another key the last time."""
        with open(self.pins(), encoding="utf-8") as file:
            text = file.read()
        with open(self.pins(), "w", encoding="utf-8") as file:
            file.write(re.sub(r"^clinic \S", lambda found: (
                "clinic B" if found[0].endswith("A") else "clinic A"), text, flags=re.M))

    def dialogs(self):
        return [node.name for node in self.app.all("dialog")]

    def account(self):
        return sorted(os.listdir(self.accounts_dir))[0]

    def close(self):
        if self.app and self.app.process.alive():
            self.app.process.stop(10)
        if self.shell:
            self.shell.close()
        super().close()
        self.web.close()


def explains(app, dialog):
    """What happened comes first, in the body; then these two."""
    for heading in ("What it may mean", "What to do"):
        app.find("heading", heading, within=dialog)


@case
def a_changed_key_of_a_provider_stops_and_explains(world):
    app = world.app
    app.press("Connect to Ward board")
    app.find("button", "Disconnect from Ward board")
    app.press("Disconnect from Ward board")
    app.find("button", "Connect to Ward board")
    world.forge_pin()
    before = world.pinned()
    app.press("Connect to Ward board")
    dialog = app.find("dialog", PROVIDER)
    texts = " ".join(dialog.texts())
    contains(texts, "Ward board", "New key, offered now", "known since")
    explains(app, dialog)
    equal(app.focused().name, "Keep Disconnected", "what has the keyboard")
    keys = re.findall(r"\b(?:[0-9a-f]{4}-){4}[0-9a-f]{4}\b", texts)
    equal(len(set(keys)), 2, f"different keys in {keys}")
    equal(world.pinned(), before, "pins")


@case
def return_and_escape_keep_it_disconnected(world):
    app, before = world.app, world.pinned()
    for key in ("Return", "Escape"):
        world.desktop.keys(key)
        app.gone("dialog", PROVIDER)
        equal(world.pinned(), before, f"pins after {key}")
        app.act("explain", f"{world.account()}/{SERVICE}")
        app.find("dialog", PROVIDER)


@case
def it_is_not_shown_twice(world):
    app = world.app
    app.act("explain", f"{world.account()}/{SERVICE}")
    app.act("explain-account", world.account())
    app.act("activate-window")
    equal(world.dialogs(), [PROVIDER], "dialogs")


@case
def a_new_key_is_trusted_in_two_steps(world):
    app = world.app
    dialog = app.find("dialog", PROVIDER)
    trust = app.find("button", "Trust the New Key", within=dialog)
    equal(trust.has("sensitive"), False, "it can be pressed at once")
    # GTK 4.8 gives check buttons no action: they are for the keyboard
    world.desktop.keys("shift+Tab")
    until(lambda: app.focused().name == COMPARED, 5, "the box has the keyboard")
    world.desktop.keys("space")
    app.press("Trust the New Key", within=dialog)
    app.find("button", "Disconnect from Ward board")
    equal(len(world.pinned()), 1, "pinned keys")
    world.show_service(app, "Ward board", SERVICE)
    equal(jfgui.fetch(world.shown_address(app)), PAGE, "the page")


@case
def a_manager_with_another_key_is_explained(world):
    app = world.app
    world.mgr.process.stop()
    other = jfprograms.Manager(world, jfworld.Local(), name="other", listen=world.mgr.listen)
    other.start()
    try:
        dialog = app.find("dialog", MANAGER, seconds=30)
        texts = " ".join(dialog.texts())
        contains(texts, world.mgr.listen)
        explains(app, dialog)
        keys = re.findall(r"\b(?:[0-9a-f]{4}-){4}[0-9a-f]{4}\b", texts)
        equal(len(set(keys)), 2, f"different keys in {keys}")
        app.press("Close", within=dialog)
        app.gone("dialog", MANAGER)
    finally:
        other.process.stop()


@case
def who_is_no_manager_is_explained(world):
    app = world.app
    port = int(world.mgr.listen.rpartition(":")[2])
    portal = jfpages.WebServer("Sign in to this network", port=port)
    try:
        app.act("try-account-now", world.account())
        dialog = app.find("dialog", INTERCEPTED, seconds=30)
        contains(" ".join(dialog.texts()), "sign in", "proxy")
        app.press("Preferences", within=dialog)
        app.find("window", "Preferences")
    finally:
        portal.close()
    world.desktop.keys("Escape")
    app.gone("window", "Preferences")


@case
def a_device_that_was_revoked_is_explained(world):
    app = world.app
    world.mgr.start()
    world.serve()  # its gateway gave up when the manager had another key
    app.act("try-account-now", world.account())
    app.find("button", "Disconnect from Ward board", seconds=30)
    world.mgr.command("revoke", "alice")
    dialog = app.find("dialog", REVOKED)
    contains(" ".join(dialog.texts()), "new invitation link")
    explains(app, dialog)
    app.press("Use a New Link…", within=dialog)
    app.gone("dialog", REVOKED)
    app.see("label", "One More Manager")
    until(lambda: world.dialogs() == [], 10, "nothing else is shown")
    world.end_app()


if __name__ == "__main__":
    run(World, needs=jfgui.needs("x11") + ["curl"])
