# SPDX-License-Identifier: GPL-3.0-or-later
"""The app on a desktop of its own, with a manager and providers on loopback."""

import os
import re
import shutil
import signal
import subprocess
import time

import jfatspi
import jfdesktop
import jfprograms
import jfproc
import jfworld
from jfgi import GLib
from jftap import until

APP_ID = "io.github.jackfield.Jackfield"
KEY_LINE = re.compile(r"(?m)^key=([A-Za-z0-9_-]{43})$")
APP_PATH = "/io/github/jackfield/Jackfield"
NEEDS = {"x11": jfdesktop.NEEDS_X11, "wayland": jfdesktop.NEEDS_WAYLAND}
# what no run may say: a warning of GLib's, or a sanitizer's report
BAD = re.compile(r"-(?:WARNING|CRITICAL|ERROR) \*\*|(?:WARNING|CRITICAL) \*\*:|Sanitizer|runtime error:")

# GLib's first table of quarks, 2,048 pointers made by its constructor: when there are more names than
# that, GLib makes another one and lets go of this one on purpose (somebody may be reading it). The
# report has no frame that tests/lsan.supp could name without hiding every leak.
QUARKS = re.compile(
    r"=+\n==\d+==ERROR: LeakSanitizer: detected memory leaks\n\n"
    r"Direct leak of 16384 byte\(s\) in 1 object\(s\) allocated from:\n"
    r" +#0 .*malloc.*\n +#1 .* in g_malloc \(.*libglib-2\.0\.so.*\n\n"
    r"SUMMARY: AddressSanitizer: 16384 byte\(s\) leaked in 1 allocation\(s\)\.\n")


def program():
    """Of the build directory; JF_PROGRAM names an installed one."""
    return os.environ.get("JF_PROGRAM") or os.path.join(jfworld.build_root(), "client-gui",
                                                        "jackfield")


def is_address(text):
    """Is that the local address of a service, as it is shown?"""
    return re.fullmatch(r"127\.[0-9.]+:[0-9]+", text) is not None


def fetch(address, seconds=10):
    """What curl, as any program of the user's, gets from there; None when nobody listens."""
    done = subprocess.run(["curl", "-sS", "-m", str(seconds), f"http://{address}/"],
                          capture_output=True, text=True, check=False)
    if done.returncode == 7:
        return None
    if done.returncode != 0:
        raise AssertionError(f"curl {address}: {done.stderr}")
    return done.stdout


def needs(kind):
    return NEEDS[kind] + [program()]


class Jackfield(jfatspi.App):
    """One running app, by accessibility; its process, and its actions by D-Bus."""

    def __init__(self, world, process):
        self.world = world
        self.process = process
        found = jfatspi.find_app(world.desktop, process.pid, alive=process.alive)
        super().__init__(found.connection, found.bus_name)

    def actions(self):
        return self.world.desktop.call(APP_ID, APP_PATH, "org.gtk.Actions", "List")[0]

    def act(self, action, target=None):
        """An action of the application, as notifications and the shell do."""
        words = [] if target is None else [GLib.Variant("s", target)]
        self.world.desktop.call(APP_ID, APP_PATH, "org.gtk.Actions", "Activate",
                                GLib.Variant("(sava{sv})", (action, words, {})))

    def settle(self, quiet_s=0.4, seconds=10):
        """Until it has drawn what there was to draw: its main thread does next to nothing."""
        pid = self.process.pid

        def busy_ns():
            with open(f"/proc/{pid}/task/{pid}/schedstat", encoding="ascii") as file:
                return int(file.read().split()[0])
        deadline = time.monotonic() + seconds
        last, since = busy_ns(), time.monotonic()
        while time.monotonic() - since < quiet_s and time.monotonic() < deadline:
            time.sleep(0.03)
            now = busy_ns()
            if now - last > 2_000_000:
                since = time.monotonic()
            last = now

    def tick(self, name):
        """Turns a check button on or off by the keyboard: GTK 4.8 has no action for it."""
        self.find("checkbox", name)
        for _ in range(40):
            node = self.focused()
            if node and node.name == name:
                self.world.desktop.keys("space")
                return
            # within a group of them, the arrows lead on
            self.world.desktop.keys("Down" if node and node.role == "checkbox" else "Tab")
        raise AssertionError(f"the keyboard does not reach {name!r}")

    def enter(self, name, text):
        """Writes into the entry with that name."""
        entry = self.find(None, name)
        inner = [node for node in entry.walk() if "EditableText" in node.interfaces]
        (inner or [entry])[0].write(text)

    def quit(self, seconds=15):
        """In order; the exit status must be 0 and the log clean."""
        if self.process.alive():
            self.act("quit")
        self.wait_end(seconds)

    def wait_end(self, seconds=15):
        try:
            status = self.process.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the app has not ended within {seconds} s") from None
        self.check()
        if status != 0 and not QUARKS.search(self.process.log()):
            raise AssertionError(f"the app ended with {status}:\n{self.process.log_tail(40)}")

    def check(self):
        bad = BAD.search(QUARKS.sub("", self.process.log()))
        if bad:
            raise AssertionError(f"the app said {bad[0]!r}:\n{self.process.log_tail(60)}")

    def kill(self):
        self.process.signal(signal.SIGKILL)
        self.process.popen.wait()


class GuiWorld(jfworld.LoopbackWorld):
    """A manager, and a desktop of that kind; apps are started by the cases."""

    def __init__(self, kind="x11", build=None, config=None):
        super().__init__(build, config)
        try:
            self.desktop = jfdesktop.open_desktop(self, kind)
        except BaseException:
            super().close()
            raise
        root = os.environ.get("JF_SOURCE_ROOT", ".")
        self.desktop.env.update(
            GSETTINGS_SCHEMA_DIR=os.path.join(build or jfworld.build_root(), "data"),
            G_DEBUG="fatal-warnings", G_ENABLE_DIAGNOSTIC="1",
            LSAN_OPTIONS=f"suppressions={os.path.abspath(root)}/tests/lsan.supp:print_suppressions=0")
        self.app = None
        self._apps = 0
        self._drafts = 0

    def start_app(self, *words, env=None):
        """The app, as soon as it can be seen by a screen reader."""
        if self.app and self.app.process.alive():
            self.app.kill()  # of a case that failed
        self._apps += 1
        process = self.desktop.spawn(f"jackfield-{self._apps}", [program(), *words], env=env)
        self.app = Jackfield(self, process)
        return self.app

    def run_app(self, *words, env=None, check=True):
        """A second instance, to its end: it hands its words over to the first."""
        done = subprocess.run([program(), *words], env={**self.desktop.env, **(env or {})},
                              capture_output=True, text=True, timeout=30, check=False)
        if check and (done.returncode != 0 or BAD.search(done.stderr)):
            raise AssertionError(f"status {done.returncode}: {done.stderr}")
        return done

    def end_app(self):
        """Ends the app that runs, in order."""
        if self.app:
            app, self.app = self.app, None
            app.quit()

    def enrolled(self, label="alice", link=None, name=None):
        """Enrols without the app, before its start, as if it had been done earlier. Returns the
        account's id."""
        self._drafts += 1
        draft = jfprograms.Gateway(self, self.user_host, name or f"draft-{self._drafts}")
        draft.enroll(link or self.mgr.invite(label))
        with open(os.path.join(draft.state, "manager"), encoding="utf-8") as file:
            key = KEY_LINE.search(file.read())[1]
        os.makedirs(self.accounts_dir, mode=0o700, exist_ok=True)
        shutil.rmtree(os.path.join(self.accounts_dir, key), ignore_errors=True)
        os.rename(draft.state, os.path.join(self.accounts_dir, key))
        return key

    @property
    def accounts_dir(self):
        return os.path.join(self.desktop.env["XDG_STATE_HOME"], "jackfield", "managers")

    def show_service(self, app, title, service):
        """The page of one service, as a notification or a link opens it."""
        account = sorted(os.listdir(self.accounts_dir))[0]
        app.act("show-service", f"{account}/{service}")
        app.find("heading", title)

    def shown_address(self, app):
        """The local address that the page of a service shows, as soon as it does."""
        row = app.find("list item", "Local address")
        return app.find("label", is_address, within=row).name

    def reset(self):
        """No app, and a new home."""
        self.end_app()
        jfproc.run(["find", self.desktop.home, "-mindepth", "1", "-type", "f", "-delete"])
        jfproc.run(["find", self.desktop.home, "-mindepth", "1", "-type", "d", "-empty", "-delete"])

    def explain(self):
        """Logs, and what is on the screen."""
        text = super().explain()
        if self.app and self.app.process.alive():
            try:
                text += "\n--- the app shows\n" + self.app.tree().outline()
            except (GLib.Error, KeyError) as error:
                text += f"\n--- the app does not answer: {error}"
        elif self.app:
            text += "\n--- the app\n" + self.app.process.log_tail(60)
        return text

    def window(self, title="Jackfield"):
        """X11: the id of the app's window, as soon as it is there."""
        return until(lambda: self.desktop.window(title), 15, f"a window {title!r}")

    def close(self):
        try:
            if self.app and self.app.process.alive():
                self.app.process.stop(10)
        finally:
            self.desktop.close()
            super().close()
