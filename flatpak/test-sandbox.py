# SPDX-License-Identifier: GPL-3.0-or-later
"""The app as a Flatpak, in its sandbox: from its link to a page through the tunnel, on a desktop with
a keyring. Run it by flatpak/try. The cases build on each other."""

import os
import re
import sys
import time

import jfdemo
import jfgui
import jfproc
import jftap
import sandbox
from jftap import case

PAGE = "<!DOCTYPE html><title>Ward board</title><h1>All beds are quiet</h1>\n"
TITLE = "Ward board"
OTHER_UID = 64030
SERVICES = """[service ward-board]
title={title}
target=tcp:127.0.0.1:{port}
allow=alice
open=http://{{address}}/index.html
"""
BROWSER = """[Desktop Entry]
Type=Application
Name=Browser
Exec={command} %u
MimeType=x-scheme-handler/http;
"""
# what a program gets that connects and asks for a page; for users who have no files
CLIENT = """
import socket, sys
try:
    s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
    s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
    print(len(s.recv(100)))
except OSError:
    print(0)
"""


class World(sandbox.SandboxWorld):
    """A page behind the provider's gateway, which alice may see."""

    def __init__(self):
        super().__init__()
        self.address = None
        try:
            self.start()
            self.desktop.start_keyring("password")
            port = jfdemo.free_port()
            folder = self.directory("page")
            self.file("page/index.html", PAGE)
            self.spawn("web", [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1",
                               "--directory", folder])
            self.wait_port(self.server_host, "127.0.0.1", port)
            self.provider().serve(SERVICES.format(title=TITLE, port=port))
            self.browser = self.add_browser()
        except BaseException:
            self.close()
            raise

    def add_browser(self):
        """A program outside the sandbox that opens links. Returns the file that tells which."""
        told = os.path.join(self.dir, "opened")
        command = self.file("browser", f'#!/bin/sh\necho "$1" >{told}.new\nmv {told}.new {told}\n',
                            mode=0o755)
        folder = self.directory("home/.local/share/applications")
        self.file(os.path.join(folder, "browser.desktop"), BROWSER.format(command=command))
        jfproc.run(["update-desktop-database", folder])
        return told

    def state_files(self):
        """Names of what the app keeps, from outside the sandbox."""
        top = os.path.join(self.desktop.home, ".var", "app", jfgui.APP_ID)
        return {name for _, _, names in os.walk(top) for name in names}

    def rows(self):
        return self.app.all("list item", f"{TITLE}, …")


@case
def the_sandbox_has_five_holes(world):
    """What flatpak itself says of the installed app."""
    shown = world.desktop.flatpak("info", "--show-permissions", jfgui.APP_ID).stdout
    jftap.equal(sorted(line for line in shown.splitlines() if "=" in line),
                ["devices=dri;", "shared=network;ipc;", "sockets=x11;wayland;fallback-x11;"],
                "permissions")


@case
def its_link_starts_it(world):
    """As a click in the browser does: desktop file, session bus, sandbox."""
    seconds = world.open_link(world.mgr.invite("alice").replace("https://", "jackfield://"))
    world.app.find("button", "Join")
    jftap.note(f"{seconds:.2f} s from the link to the window, sandbox included")
    jftap.equal(len(world.desktop.instances()), 1, "sandboxes")


@case
def it_enrols_and_its_key_is_in_the_keyring(world):
    """By the portal: libsecret's file in the sandbox is encrypted with a secret of the keyring."""
    world.app.press("Join")
    began = time.monotonic()
    world.app.find("button", f"Connect to {TITLE}")
    jftap.note(f"{time.monotonic() - began:.2f} s from Join to the list")
    files = world.state_files()
    jftap.equal({"keyring", "default.keyring"} <= files, True, f"files of the keyring in {files}")
    jftap.equal("device.key" in files, False, "a file with the bare key")


@case
def it_connects(world):
    world.app.press(f"Connect to {TITLE}")
    began = time.monotonic()
    world.app.find("button", f"Disconnect from {TITLE}")
    jftap.note(f"{time.monotonic() - began:.2f} s from Connect to connected")


@case
def a_link_shows_the_service_in_the_window_that_is_there(world):
    link = f"jackfield://{world.mgr.public}/join#clinic/ward-board"
    jfproc.run(["gio", "open", link], env=world.desktop.env)
    world.address = world.app.find("list item", "Local address").description
    jftap.equal(bool(re.fullmatch(r"127(\.\d+){3}:\d+", world.address)), True, "an address")
    jftap.note(f"the local address is {world.address}")
    jftap.equal(len(world.desktop.instances()), 1, "sandboxes")
    jftap.equal(len(world.app.all("window")), 1, "windows")


@case
def a_program_outside_fetches_the_page(world):
    done = jfproc.run(["curl", "-sSf", "-m", "20", f"http://{world.address}/"])
    jftap.equal(done.stdout, PAGE, "the page")


@case
def open_starts_the_program_outside(world):
    """By the portal, with the link that the service's template gives."""
    world.app.press(f"Open {TITLE}")
    jftap.until(lambda: os.path.exists(world.browser), 20, "the browser was started")
    with open(world.browser, encoding="utf-8") as file:
        jftap.equal(file.read().strip(), f"http://{world.address}/index.html", "its link")


@case
def another_users_program_gets_nothing(world):
    """The uid check of the local socket works from inside the sandbox."""
    words = [sys.executable, "-c", CLIENT, *world.address.split(":")]
    jftap.equal(jfproc.run(words, uid=OTHER_UID).stdout, "0\n", "bytes for somebody else")
    jftap.equal(jfproc.run(words).stdout != "0\n", True, "bytes for the same user")


@case
def it_looks_right(world):
    path = os.path.join(os.environ["JF_FLATPAK"], "sandbox.png")
    world.desktop.picture(world.desktop.window("Jackfield"), path)
    jftap.equal(os.path.getsize(path) > 10_000, True, "bytes of the picture")
    jftap.note(f"look at {path}")


@case
def it_comes_back_as_it_was(world):
    """Ended and started again: the key is read through the portal, and the service joined."""
    world.quit()
    seconds = world.open_link(f"jackfield://{world.mgr.public}/join#clinic/ward-board")
    jftap.note(f"{seconds:.2f} s from the link to the window, a second time")
    world.app.find("button", f"Disconnect from {TITLE}")
    jftap.equal(world.app.all("dialog"), [], "dialogs")
    done = jfproc.run(["curl", "-sSf", "-m", "20", f"http://{world.address}/"])
    jftap.equal(done.stdout, PAGE, "the page at the same address")


def choose(world, name):
    """A radio button has no action for a screen reader: the keyboard does it."""
    world.app.find("checkbox", name)
    for _ in range(12):
        if world.app.find("checkbox", name).has("checked"):
            return
        focused = world.app.focused()
        if focused is None or focused.role not in ("list item", "checkbox"):
            world.desktop.keys("Tab")
        else:
            world.desktop.keys("Down", "space")
    raise AssertionError(f"{name} cannot be chosen by keyboard")


@case
def a_unix_socket_is_where_others_see_it(world):
    """The dialog takes a name in the folder that is shared, and no other."""
    world.app.press("Change the Local Address…")
    jftap.until(lambda: world.desktop.window("Local Address"), 10, "the dialog")
    choose(world, "A UNIX socket")
    field = world.app.find("text box", "Path of the socket")
    folder = f"/run/user/{os.getuid()}/app/{jfgui.APP_ID}"
    field.write("/tmp/page.sock")
    world.app.find(None, "Other programs can only see sockets in the folder …")
    field.write(f"{folder}/page.sock")
    world.app.press("Apply")
    path = os.path.join(world.desktop.runtime, "app", jfgui.APP_ID, "page.sock")
    jftap.until(lambda: os.path.exists(path), 15, f"{path} is there")
    done = jfproc.run(["curl", "-sSf", "-m", "20", "--unix-socket", path, "http://localhost/"])
    jftap.equal(done.stdout, PAGE, "the page")


@case
def its_size(world):
    bundle = os.path.join(os.environ["JF_FLATPAK"], f"{jfgui.APP_ID}.flatpak")
    size = world.desktop.flatpak("info", "--show-size", jfgui.APP_ID).stdout.strip()
    jftap.note(f"bundle {os.path.getsize(bundle) // 1024} KiB, installed {int(size) // 1024} KiB")


if __name__ == "__main__":
    jftap.run(World, needs=["flatpak", "Xvfb", "openbox", "xdotool", "import", "gio", "curl",
                            "gnome-keyring-daemon"])
