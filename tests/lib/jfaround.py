# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop with programs of its own, and a provider with services of all kinds: for the tests of what
the app does around its window."""

import os
import stat

import jfgui
import jfpages
from jfgi import GLib
from jftap import until

PAGE = "<p>All beds of ward 3 are quiet.</p>"
PROGRAM = """[Desktop Entry]
Type=Application
Name={name}
Exec={command} %u
MimeType={types}
NoDisplay={hidden}
"""
# what the program of a test does: it notes what it was started with, whole or not at all
SCRIPT = """#!/bin/sh
printf '%s' "$*" > "{path}.new" && mv "{path}.new" "{path}"
"""


class AroundWorld(jfgui.GuiWorld):
    """Alice is enrolled; nothing on the desktop opens any link until a case adds a program."""

    def __init__(self, kind="x11"):
        super().__init__(kind)
        self._handlers = {}
        try:
            self._hide_programs()
            self.web = jfpages.WebServer(PAGE)
            self.start()
            self.clinic = self.provider()
            self.clinic.serve(jfpages.services_file(self.services()))
            self.account = self.enrolled()
        except BaseException:
            self.close()
            raise

    def services(self):
        def of(title, **keys):
            return {"target": self.web.target, "title": title, **keys}
        return {
            "ward-board": of("Ward board", open="http://{address}/board"),
            "ward-camera": of("Ward camera", open="rtsp://{address}/live", app="org.videolan.VLC"),
            "patients": of("Patients’ data", port="5432"),
            "odd": of("Odd one", open="javascript:alert('{address}')"),
            "lab": of("Lab results", open="http://{address}/lab"),
            "x-ray": of("X-ray archive", open="http://{address}/x")}

    def _hide_programs(self):
        """The system's data without its applications."""
        share = self.directory("share")
        for name in os.listdir("/usr/share"):
            if name != "applications":
                os.symlink(f"/usr/share/{name}", f"{share}/{name}")
        self.desktop.env["XDG_DATA_DIRS"] = share

    def item(self, name):
        return f"{self.account}/clinic/{name}"

    def add_program(self, file, name, *schemes, hidden=False):
        """A program for links; returns the path where it writes what it was started with."""
        folder = os.path.join(self.desktop.env["XDG_DATA_HOME"], "applications")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(self.dir, f"{file}.started")
        script = self.file(f"{file}.sh", SCRIPT.format(path=path))
        os.chmod(script, os.stat(script).st_mode | stat.S_IXUSR)
        types = "".join(f"x-scheme-handler/{scheme};" for scheme in schemes)
        with open(f"{folder}/{file}.desktop", "w", encoding="utf-8") as desktop_file:
            desktop_file.write(PROGRAM.format(name=name, command=script, types=types,
                                              hidden=str(hidden).lower()))
        for scheme in schemes:
            self._handlers.setdefault(scheme, []).append(f"{file}.desktop;")
        with open(f"{folder}/mimeapps.list", "w", encoding="utf-8") as list_file:
            list_file.write("[Added Associations]\n" + "".join(
                f"x-scheme-handler/{scheme}={''.join(files)}\n"
                for scheme, files in self._handlers.items()))
        return path

    @staticmethod
    def started(path, seconds=15):
        """What the program was started with, once."""
        def look():
            try:
                with open(path, encoding="utf-8") as file:
                    return file.read()
            except FileNotFoundError:
                return None
        text = until(look, seconds, f"{path} is written")
        os.unlink(path)
        return text

    def connect(self, name, title):
        """Joins it, and waits until it is connected. Returns the local address."""
        self.app.act("connect", self.item(name))
        self.app.find("button", f"Disconnect from {title}")
        self.show_service(self.app, title, f"clinic/{name}")
        address = self.shown_address(self.app)
        return address

    def start_service(self, env=None):
        """The app as the bus or the login starts it: without a window, so that no screen reader sees
        it. Returns the process."""
        process = self.desktop.spawn("jackfield-service",
                                     [jfgui.program(), "--gapplication-service"], env=env)
        until(lambda: self.desktop.has_name(jfgui.APP_ID), 15, "the app is on the bus")
        return process

    def act(self, action, *target):
        """An action of the app, with or without a window."""
        self.desktop.call(jfgui.APP_ID, jfgui.APP_PATH, "org.gtk.Actions", "Activate",
                          GLib.Variant("(sava{sv})", (action, [GLib.Variant("s", text)
                                                               for text in target], {})))

    @staticmethod
    def ended(process, seconds=10):
        """Until it has, in order and without a complaint."""
        until(lambda: not process.alive(), seconds, f"{process.name} has ended")
        if process.popen.returncode != 0 or jfgui.BAD.search(process.log()):
            raise AssertionError(f"{process.popen.returncode}: {process.log_tail(60)}")

    def window_gone(self):
        """Until the app has no window; it is on the accessibility bus no more then."""
        def look():
            try:
                return not self.app.all("window")
            except (GLib.Error, KeyError):
                return True
        until(look, 15, "the window has gone")

    def window_back(self):
        """The app again, with a window that it shows anew."""
        self.app = jfgui.Jackfield(self, self.app.process)
        return self.app

    def picture(self, name):
        """The whole screen, where somebody wants to look at it."""
        folder = os.environ.get("JF_PICTURES")
        if folder:
            self.desktop.picture("root", os.path.join(folder, f"{name}.png"))

    def setting(self, key, value):
        """A setting of the app, before its start."""
        path = os.path.join(self.desktop.env["XDG_CONFIG_HOME"], "glib-2.0", "settings", "keyfile")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        settings = GLib.KeyFile()
        if os.path.exists(path):
            settings.load_from_file(path, GLib.KeyFileFlags.NONE)
        settings.set_value("io/github/jackfield/Jackfield", key, value)
        settings.save_to_file(path)

    def read_setting(self, key):
        path = os.path.join(self.desktop.env["XDG_CONFIG_HOME"], "glib-2.0", "settings", "keyfile")
        settings = GLib.KeyFile()
        try:
            settings.load_from_file(path, GLib.KeyFileFlags.NONE)
            return settings.get_value("io/github/jackfield/Jackfield", key)
        except GLib.Error:
            return None

    def close(self):
        super().close()
        if hasattr(self, "web"):
            self.web.close()
