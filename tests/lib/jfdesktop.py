# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop without a screen, of a test's own: a display server, a session bus that is the bus of
the accessibility tools too, a home. Nothing of the user's is seen or touched.

Programs get `desktop.env`. The bus starts nothing by itself but the accessibility registry, and
what a test puts into `services_dir`: no portal, no keyring, no settings daemon."""

import os
import stat

import jfproc
from jfgi import Gio, GLib
from jftap import until

REGISTRY = "/usr/libexec/at-spi2-registryd"
NEEDS = ["dbus-daemon", REGISTRY]
NEEDS_X11 = NEEDS + ["Xvfb", "openbox", "xdotool", "xprop"]
NEEDS_WAYLAND = NEEDS + ["weston"]

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_match_rules_per_connection">50000</limit>
  <limit name="max_replies_per_connection">50000</limit>
</busconfig>
"""

SERVICE = "[D-BUS Service]\nName={name}\nExec={command}\n"


class Desktop:
    """Directories, environment and session bus. `stage` is a jfworld.Stage, whose processes these
    are; close() comes before the stage's."""

    def __init__(self, stage):
        self.stage = stage
        self.home = stage.directory("home")
        self.runtime = stage.directory("run")
        self.services_dir = stage.directory("bus-services")
        self._processes = []
        self._seen = set()
        self.env = self._environment()
        self._start_bus()

    def _environment(self):
        # not G_DEBUG: the desktop's own programs need not be as strict with themselves as the app
        env = {key: os.environ[key] for key in (
            "PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "G_SLICE",
            "MALLOC_PERTURB_") if key in os.environ}
        env.update({
            "HOME": self.home, "XDG_RUNTIME_DIR": self.runtime,
            "XDG_CONFIG_HOME": f"{self.home}/.config", "XDG_DATA_HOME": f"{self.home}/.local/share",
            "XDG_CACHE_HOME": f"{self.home}/.cache", "XDG_STATE_HOME": f"{self.home}/.local/state",
            "XDG_CURRENT_DESKTOP": "GNOME", "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "GSETTINGS_BACKEND": "keyfile", "GSK_RENDERER": "cairo", "GTK_USE_PORTAL": "0",
            "ADW_DISABLE_PORTAL": "1", "GIO_USE_VFS": "local", "GIO_USE_VOLUME_MONITOR": "unix",
            "PYTHONDONTWRITEBYTECODE": "1"})
        for key in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            os.makedirs(env[key], mode=0o700, exist_ok=True)
        return env

    def spawn(self, name, argv, **options):
        env = {**self.env, **(options.pop("env", None) or {})}
        process = self.stage.spawn(name, argv, env=env, clean_env=True, **options)
        self._processes.append(process)
        return process

    def _start_bus(self):
        path = f"{self.runtime}/bus"
        self.add_service("org.a11y.atspi.Registry", REGISTRY)
        config = self.stage.file("bus.conf", BUS_CONFIG.format(path=path,
                                                              services=self.services_dir))
        # the programs that the bus starts get these two as well
        self.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={path}"
        self.env["AT_SPI_BUS_ADDRESS"] = f"unix:path={path}"
        self._bus_config = config
        self._start_display()
        self._run_bus()

    def _run_bus(self):
        bus = self.spawn("dbus-daemon", ["dbus-daemon", f"--config-file={self._bus_config}",
                                         "--nofork", "--print-address={ready}"], ready=True)
        bus.wait_ready(mark=b"\n")
        self.bus_process = bus

    def _start_display(self):
        raise NotImplementedError

    def add_service(self, name, command):
        """The bus starts that command when somebody asks for that name."""
        path = os.path.join(self.services_dir, f"{name}.service")
        with open(path, "w", encoding="utf-8") as file:
            file.write(SERVICE.format(name=name, command=command))

    def connect(self):
        """A connection to the bus, of one's own."""
        flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
                 Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        return Gio.DBusConnection.new_for_address_sync(
            self.env["DBUS_SESSION_BUS_ADDRESS"], flags, None, None)

    def has_name(self, name):
        return self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner",
                         GLib.Variant("(s)", (name,)))[0]

    def pid_of(self, name):
        return self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                         "GetConnectionUnixProcessID", GLib.Variant("(s)", (name,)))[0]

    def reload_services(self):
        """After add_service(); what the bus starts gets today's environment."""
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                  "UpdateActivationEnvironment", GLib.Variant("(a{ss})", (self.env,)))
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                  "ReloadConfig")

    def call(self, name, path, interface, method, args=None, seconds=20):
        """One call, and what it returned, as a Python tuple."""
        if not hasattr(self, "_connection"):
            self._connection = self.connect()
        return self._connection.call_sync(name, path, interface, method, args, None,
                                          Gio.DBusCallFlags.NONE, seconds * 1000, None).unpack()

    def start_keyring(self, password="", unlock=True):
        """A Secret Service with one collection, which that password opens."""
        read_fd, write_fd = os.pipe()
        os.write(write_fd, password.encode())
        os.close(write_fd)
        words = ["--unlock"] if unlock else []
        process = self.spawn("keyring", ["gnome-keyring-daemon", "--foreground", *words,
                                         "--components=secrets",
                                         f"--control-directory={self.runtime}/keyring"],
                             stdin=read_fd)
        os.close(read_fd)
        until(lambda: self.has_name("org.freedesktop.secrets"), 20, "the keyring is there")
        return process

    def close(self):
        """Ends what was started here, and what those programs started."""
        pids = set()
        for process in self._processes:
            if process.alive():
                pids.update(jfproc.descendants(process.pid)[1:])
        for process in reversed(self._processes):
            process.stop(5)
        for pid in pids:
            try:
                os.kill(pid, 15)
            except ProcessLookupError:
                pass


class X11Desktop(Desktop):
    """Xvfb and openbox."""

    kind = "x11"

    def __init__(self, stage, size="1280x900"):
        self.size = size
        super().__init__(stage)
        self.spawn("openbox", ["openbox", "--sm-disable"])
        until(lambda: "window id" in self.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"),
              20, "the window manager is there")

    def _start_display(self):
        xvfb = self.spawn("xvfb", ["Xvfb", "-displayfd", "{ready}", "-screen", "0",
                                   f"{self.size}x24", "-nolisten", "tcp", "-noreset", "-dpi", "96"],
                          ready=True)
        xvfb.wait_ready(mark=b"\n")
        self.env.update(DISPLAY=f":{xvfb.ready_lines[0].strip()}", GDK_BACKEND="x11")

    def run(self, *words):
        return jfproc.run(list(words), env=self.env, check=False).stdout

    def keys(self, *names):
        """Presses keys one after another, named as xdotool does: "ctrl+f", "Escape"."""
        jfproc.run(["xdotool", "key", "--delay", "0", *names], env=self.env)

    def type(self, text):
        jfproc.run(["xdotool", "type", "--delay", "0", "--", text], env=self.env)

    def focus(self, window):
        """The keyboard is for that window from now on."""
        jfproc.run(["xdotool", "windowactivate", "--sync", window], env=self.env)

    def window(self, title):
        """The id of the visible window with exactly that title; None."""
        found = self.run("xdotool", "search", "--onlyvisible", "--name", f"^{title}$").split()
        return found[-1] if found else None

    def resize(self, window, width, height):
        jfproc.run(["xdotool", "windowsize", "--sync", window, str(width), str(height)],
                   env=self.env)

    def picture(self, window, path):
        jfproc.run(["import", "-silent", "-window", window, path], env=self.env)


class WaylandDesktop(Desktop):
    """Weston without an output that anybody sees. It has no keyboard: act by accessibility."""

    kind = "wayland"

    def _start_display(self):
        weston = self.spawn("weston", ["weston", "--backend=headless-backend.so", "--no-config",
                                       "--socket=jf-wayland", "--idle-time=0", "--width=1280",
                                       "--height=900"])
        path = f"{self.runtime}/jf-wayland"

        def listens():
            if not weston.alive():
                raise AssertionError(f"weston has ended:\n{weston.log_tail()}")
            return os.path.exists(path) and stat.S_ISSOCK(os.stat(path).st_mode)
        until(listens, 20, "weston listens")
        self.env.update(WAYLAND_DISPLAY="jf-wayland", GDK_BACKEND="wayland")


def open_desktop(stage, kind):
    return {"x11": X11Desktop, "wayland": WaylandDesktop}[kind](stage)
