# SPDX-License-Identifier: GPL-3.0-or-later
"""Every screen of the app, one after another, with data as a clinic, a workshop and a school might have:
for the pictures and for the test of names and keys.

An act is a generator that brings up one screen after another and yields (name, what it shows); what it
yields is closed by the act itself before the next one."""

import gettext
import os
import threading

import jfgui
import jfpages
import jfprograms
import jfsockets
import jfworld
from jftap import until

# provider: {service: (title, port, keys)}
OFFERS = {
    "st-anne-clinic": {
        "ward-board": ("Ward board", 8080, {"open": "http://{address}/"}),
        "patient-monitor": ("Patient monitor, intensive care", 5900, {"open": "vnc://{address}/"}),
        "lab-results": ("Lab results", 8443, {"open": "https://{address}/"}),
        "x-ray-archive": ("X-ray archive", 4242, {}),
        "ward-camera": ("Ward camera", 8554, {"open": "rtsp://{address}/live",
                                              "app": "org.videolan.VLC"}),
    },
    "meyer-workshop": {
        "stock": ("Stock and orders", 5432, {}),
        "milling-machine": ("Milling machine 2", 4840, {}),
        "drawings": ("Drawings", 2022, {"open": "sftp://{address}/"}),
        "paint-shop": ("Paint shop camera", 8555, {"open": "rtsp://{address}/live"}),
    },
    "hill-school": {
        "timetable": ("Timetable", 8081, {"open": "http://{address}/"}),
        "library": ("Library catalogue", 8082, {"open": "http://{address}/"}),
        "rooms": ("Room bookings", 8083, {"open": "http://{address}/"}),
        "science-lab": ("Science lab desktop", 5901, {"open": "vnc://{address}/"}),
    },
}


def serve_port(connection):
    """Something like a service: it sends what it is asked for, "N" and a line feed: N bytes."""
    while True:
        word = b""
        while not word.endswith(b"\n"):
            byte = connection.recv(1)
            if not byte:
                return
            word += byte
        connection.sendall(bytes(int(word)))


class SceneWorld(jfgui.GuiWorld):
    """All providers but the school are online."""

    def __init__(self, kind="x11", build=None):
        super().__init__(kind, build)
        self.listeners = []
        self.traffic_seconds = 0
        self.translation = gettext.NullTranslations()
        self.providers = {}
        try:
            self.start()
            for label, offers in OFFERS.items():
                self._offer(label, offers)
            self.providers["hill-school"].process.stop()
        except BaseException:
            self.close()
            raise

    def _offer(self, label, offers):
        services = {}
        for name, (title, port, keys) in offers.items():
            listener = jfsockets.Listener(jfworld.Local(), 0, serve_port)
            self.listeners.append(listener)
            services[name] = {"title": title, "target": f"tcp:127.0.0.1:{listener.port}",
                              "port": port, "allow": "alice", **keys}
        gateway = self.provider(label)
        gateway.serve(jfpages.services_file(services))
        self.providers[label] = gateway

    def t(self, text, *values, context=None):
        """What the app says for that English text: translated, and without its mnemonic."""
        said = (self.translation.pgettext(context, text) if context
                else self.translation.gettext(text))
        return (said % values if values else said).replace("_", "")

    def item(self, service):
        account = sorted(os.listdir(self.accounts_dir))[0]
        return f"{account}/{service}"

    def account(self):
        return sorted(os.listdir(self.accounts_dir))[0]

    def traffic(self, address, stop):
        """Some, up and down, as a person makes who works with it."""
        host, _, port = address.rpartition(":")
        threading.Thread(target=traffic, args=((host, int(port)), stop), daemon=True).start()

    def close(self):
        super().close()
        for listener in self.listeners:
            listener.close()


def traffic(at, stop):
    sizes = (3_000, 80_000, 900_000, 40_000, 2_500_000, 1_200_000, 20_000, 5_000, 600_000)
    try:
        with jfsockets.connect(jfworld.Local(), at) as sock:
            turn = 0
            while not stop.is_set():
                size = sizes[turn // 4 % len(sizes)] // (1 + turn % 3)
                sock.sendall(b"%d\n" % size)
                jfsockets.receive(sock, size)
                turn += 1
                stop.wait(0.5)
    except OSError:
        pass


def new_user(world):
    """Who has no manager yet."""
    t = world.t
    app = world.start_app()
    app.find("label", t("Welcome to Jackfield"))
    yield "welcome", app
    app.enter(t("Invitation Link"), "https://example.org/")
    app.press(t("_Continue"))
    app.find("button", t("_Continue"))
    yield "welcome-mistake", app
    app.enter(t("Invitation Link"), world.mgr.invite("nobody"))
    app.press(t("_Continue"))
    app.find("label", t("Join %s?", "127.0.0.1"))
    yield "welcome-confirm", app
    spoilt = world.mgr.invite("nobody")
    world.user("nobody", name="elsewhere")  # a second invitation: the first stays good
    app.press(t("_Back"))
    app.enter(t("Invitation Link"), spoilt.replace("#", "#AAAA", 1).replace("#AAAA" + spoilt[
        spoilt.index("#") + 1:spoilt.index("#") + 5], "#AAAA"))
    app.press(t("_Continue"))
    app.press(t("_Join"))
    app.find("button", t("Use _Another Link"))
    yield "welcome-refused", app
    world.end_app()


def new_member(world):
    """Who is offered nothing."""
    t = world.t
    world.enrolled("bob")
    app = world.start_app()
    app.find("label", t("No Services Yet"))
    yield "list-empty", app
    world.end_app()
    world.reset()


def daily_work(world):
    """The list, one service, and all that belongs to it."""
    t = world.t
    world.enrolled("alice")
    app = world.start_app()
    for title in ("Ward board", "Patient monitor, intensive care"):
        app.press(t("Connect to %s", title))
        app.find("button", t("Disconnect from %s", title))
    for service in ("st-anne-clinic/lab-results", "meyer-workshop/drawings"):
        app.act("favourite", world.item(service))
    app.find("button", t("Remove %s from favourites", "Drawings"))
    yield "list", app
    world.show_service(app, "Ward board", "st-anne-clinic/ward-board")
    address = app.find("label", jfgui.is_address).name
    stop = threading.Event()
    world.traffic(address, stop)
    app.find("label", lambda name: "kB" in name or "MB" in name)
    stop.wait(world.traffic_seconds)
    yield "service", app
    app.press(t("Change the Local Address…"))
    app.find(None, t("Local Address"))
    yield "address", app
    leave(world, app)
    stop.set()
    world.show_service(app, "Timetable", "hill-school/timetable")
    yield "service-offline", app
    world.desktop.keys("Escape")
    yield from searching(world, app)
    yield from windows(world, app)
    world.end_app()
    world.reset()


def searching(world, app):
    t = world.t
    world.desktop.keys("ctrl+f")
    app.enter(t("Search services"), "board")
    app.unseen("button", t("Connect to %s", "Lab results"))
    yield "search", app
    app.enter(t("Search services"), "tennis")
    app.see("label", t("No Match"))
    yield "search-no-match", app
    app.enter(t("Search services"), "")
    world.desktop.keys("Escape")


def leave(world, app, key="Escape"):
    """Closes what is over the window."""
    world.desktop.keys(key)
    until(lambda: len(app.tree().children) == 1, 10, f"{key} closes it")


def windows(world, app):
    t = world.t
    app.press(t("Main Menu"))
    app.find("menu item", t("_Preferences"))
    yield "menu", app
    world.desktop.keys("Escape")
    app.act("preferences")
    for name, page, shows in (("general", t("General"), t("Keep Running in the Background")),
                              ("network", t("Network"), t("No Proxy")),
                              ("managers", t("Managers"), t("_Leave…"))):
        app.press(page, role=None)
        app.see(None, shows)
        yield f"preferences-{name}", app
    leave(world, app)
    app.act("add-manager")
    app.find("label", t("One More Manager"))
    yield "add-manager", app
    leave(world, app)
    app.act("about")
    app.find("label", t("The Jackfield project"))
    yield "about", app
    leave(world, app)
    world.desktop.keys("F1")
    app.find(None, t("Keyboard shortcuts", context="shortcut window"))
    yield "shortcuts", app
    leave(world, app)
    app.act("forget-account", world.account())
    app.find("button", t("_Leave"))
    yield "leave-manager", app
    leave(world, app)


def trouble(world):
    """Keys that changed, a manager that is away, a device that was cast out."""
    t = world.t
    world.enrolled("alice")
    app = world.start_app()
    app.press(t("Connect to %s", "Stock and orders"))
    app.find("button", t("Disconnect from %s", "Stock and orders"))
    world.providers["meyer-workshop"].process.stop()
    app.find("label", t("Waiting for the provider", context="service") + "…")
    yield "list-waiting", app
    other = jfprograms.Gateway(world, world.gateway_host, "new-computer")
    other.enroll(world.mgr.invite("meyer-workshop", "--role", "provider"))
    other.serve(jfpages.services_file({"stock": {
        "title": "Stock and orders", "allow": "alice", "port": 5432,
        "target": f"tcp:127.0.0.1:{world.listeners[0].port}"}}))
    app.find("button", t("_Keep Disconnected"))
    yield "key-changed", app
    app.press(t("_Keep Disconnected"))
    world.show_service(app, "Stock and orders", "meyer-workshop/stock")
    yield "service-key-changed", app
    world.desktop.keys("alt+Left")
    world.mgr.process.stop()
    app.find("button", t("_Try Now"))
    yield "list-manager-away", app
    world.mgr.start()
    until(lambda: world.mgr.command("revoke", "alice", check=False).returncode == 0, 10, "revoked")
    app.find("alert", t("%s Does Not Know This Device", world.mgr.listen))
    yield "list-revoked", app
    world.end_app()
    other.process.stop()
    world.reset()


ACTS = [new_user, new_member, daily_work, trouble]
