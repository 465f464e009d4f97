# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop of a test's own in which the app is a Flatpak: portals and accessibility as a real desktop
has them, but no screen. Used by flatpak/test-sandbox*.py."""

import glob
import os
import shutil
import time

import jfatspi
import jfdesktop
import jfgui
import jfproc
import jfworld
from jfgi import Gio, GLib
from jftap import until

EXPORTS = "exports/share"
# what a desktop's session bus can start, of which an app in a sandbox may see a part
SERVICES = ["org.a11y.Bus", "org.freedesktop.impl.portal.PermissionStore",
            "org.freedesktop.impl.portal.Secret", "org.freedesktop.impl.portal.desktop.gtk",
            "org.freedesktop.portal.Desktop", "org.freedesktop.portal.Documents",
            "org.freedesktop.portal.Flatpak"]


def installation():
    """Where flatpak/build has installed the app."""
    return os.path.join(os.environ["JF_FLATPAK"], "home", ".local", "share", "flatpak")


class SandboxDesktop(jfdesktop.X11Desktop):
    """Xvfb and openbox, and what the app needs outside its sandbox."""

    def _environment(self):
        env = super()._environment()
        # these would hide the portals
        for key in ("GTK_USE_PORTAL", "ADW_DISABLE_PORTAL", "GSETTINGS_BACKEND", "GDK_BACKEND"):
            env.pop(key, None)
        env.update(FLATPAK_USER_DIR=installation(),
                   XDG_DATA_DIRS=f"{installation()}/{EXPORTS}:/usr/local/share:/usr/share")
        return env

    def _start_bus(self):
        for name in SERVICES:
            shutil.copy(f"/usr/share/dbus-1/services/{name}.service", self.services_dir)
        for path in glob.glob(f"{installation()}/{EXPORTS}/dbus-1/services/*.service"):
            shutil.copy(path, self.services_dir)
        super()._start_bus()

    def _run_bus(self):
        # accessibility has a bus of its own here, which flatpak asks for
        self.env.pop("AT_SPI_BUS_ADDRESS")
        super()._run_bus()

    def find_app(self, seconds=60):
        """The app, as soon as a screen reader sees it. (Its process id is that of a proxy.)"""
        address = self.call("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")[0]
        flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
                 Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)

        def look():
            for bus_name, path in connection.call_sync(
                    jfatspi.REGISTRY, jfatspi.ROOT, jfatspi.ACCESSIBLE, "GetChildren", None, None,
                    Gio.DBusCallFlags.NONE, 20000, None).unpack()[0]:
                app = jfatspi.App(connection, bus_name)
                try:
                    name = app.call(path, "org.freedesktop.DBus.Properties", "Get",
                                    GLib.Variant("(ss)", (jfatspi.ACCESSIBLE, "Name")))[0]
                except GLib.Error:
                    continue
                if name == "jackfield":
                    return app
            return None
        return until(look, seconds, "the app is on the accessibility bus")

    def flatpak(self, *words, check=True):
        return jfproc.run(["flatpak", *words], env=self.env, check=check)

    def instances(self):
        """Numbers of the sandboxes that run."""
        return self.flatpak("ps", "--columns=instance").stdout.split()


class SandboxWorld(jfworld.LoopbackWorld):
    """A manager, and a desktop with the installed Flatpak."""

    def __init__(self):
        super().__init__()
        try:
            self.desktop = SandboxDesktop(self)
        except BaseException:
            super().close()
            raise
        self.app = None

    def open_link(self, link):
        """As a browser does. Returns how long it took until the window was there."""
        began = time.monotonic()
        jfproc.run(["gio", "open", link], env=self.desktop.env)
        self.app = self.desktop.find_app()
        self.app.find("window", "Jackfield")
        return time.monotonic() - began

    def explain(self):
        text = super().explain()
        if self.app:
            try:
                text += "\n--- the app shows\n" + self.app.tree().outline()
            except (GLib.Error, KeyError) as error:
                text += f"\n--- the app does not answer: {error}"
        return text

    def act(self, action):
        """An action of the app, from outside."""
        self.desktop.call(jfgui.APP_ID, jfgui.APP_PATH, "org.gtk.Actions", "Activate",
                          GLib.Variant("(sava{sv})", (action, [], {})))

    def quit(self):
        """Ends the app in order, and with it its sandbox."""
        self.app = None
        self.act("quit")
        until(lambda: not self.desktop.instances(), 20, "the sandbox has ended")

    def close(self):
        try:
            for instance in self.desktop.instances():
                self.desktop.flatpak("kill", instance, check=False)
        finally:
            self.desktop.close()
            super().close()
