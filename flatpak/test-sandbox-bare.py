# SPDX-License-Identifier: GPL-3.0-or-later
"""The app in its sandbox on a desktop without a keyring, where the portal fails and says nothing; and in
other languages. Run it by flatpak/try."""

import os
import time

import jfgui
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
def it_enrols_and_its_key_is_in_a_file(world):
    world.open_link(world.mgr.invite("alice").replace("https://", "jackfield://"))
    world.app.press("Join")
    began = time.monotonic()
    # it answers all the time
    world.app.find("label", "No Services Yet", seconds=30)
    jftap.until(lambda: world.mgr.ask("devices"), 30, "the manager knows the device")
    jftap.note(f"{time.monotonic() - began:.2f} s from Join to the list")
    top = os.path.join(world.desktop.home, ".var", "app", jfgui.APP_ID)
    found = [os.path.join(folder, name) for folder, _, names in os.walk(top) for name in names
             if name == "device.key"]
    jftap.equal([os.stat(path).st_mode & 0o777 for path in found], [0o600], "modes of its file")
    world.quit()


@case
def it_speaks_the_users_language(world):
    for locale, words in (("de_DE.UTF-8", "Noch keine Dienste"),
                          ("ja_JP.UTF-8", "サービスがまだありません")):
        world.desktop.env["LC_ALL"] = locale
        world.desktop.reload_services()
        world.open_link("jackfield://manager.example:443/join#clinic/web")
        world.app.find("label", words)
        path = os.path.join(os.environ["JF_FLATPAK"], f"sandbox-{locale[:2]}.png")
        world.desktop.picture(world.desktop.window("Jackfield"), path)
        world.quit()


if __name__ == "__main__":
    jftap.run(World, needs=["flatpak", "Xvfb", "openbox", "xdotool", "gio"])
