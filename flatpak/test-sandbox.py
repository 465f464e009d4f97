# SPDX-License-Identifier: GPL-3.0-or-later
"""The app as a Flatpak, in its sandbox, from its link to a page through the tunnel. Run it by
flatpak/try."""

import os
import time

import jfgui
import jfproc
import jftap
import sandbox
from jftap import case


class World(sandbox.SandboxWorld):
    def __init__(self):
        super().__init__()
        try:
            self.start()
        except BaseException:
            self.close()
            raise


@case
def the_sandbox_has_five_holes(world):
    """What flatpak itself says of the installed app."""
    shown = world.desktop.flatpak("info", "--show-permissions", jfgui.APP_ID).stdout
    jftap.equal(sorted(line for line in shown.splitlines() if "=" in line),
                ["devices=dri;", "shared=network;ipc;", "sockets=x11;wayland;fallback-x11;"],
                "permissions")


@case
def its_link_starts_it(world):
    """As a click in the browser does: the desktop file, the session bus, the sandbox."""
    link = world.mgr.invite("alice").replace("https://", "jackfield://")
    began = time.monotonic()
    jfproc.run(["gio", "open", link], env=world.desktop.env)
    world.app = world.desktop.find_app()
    world.app.find("window", "Jackfield")
    jftap.note(f"{time.monotonic() - began:.2f} s from the link to the window, sandbox included")
    jftap.equal(len(world.desktop.instances()), 1, "sandboxes")


if __name__ == "__main__":
    jftap.run(World, needs=["flatpak", "Xvfb", "openbox", "xdotool", "import", "gio"])
