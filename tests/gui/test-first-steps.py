# SPDX-License-Identifier: GPL-3.0-or-later
"""From the welcome page to a page loaded through the tunnel, and back. JF_DESKTOP: x11 or wayland"""

import base64
import os

import jfgui
import jfpages
from jftap import case, contains, equal, run, until

KIND = os.environ.get("JF_DESKTOP", "x11")
PAGE = "<title>Ward board</title><p>All beds of ward 3 are quiet.</p>"


class World(jfgui.GuiWorld):
    def __init__(self):
        super().__init__(KIND)
        try:
            self.web = jfpages.WebServer(PAGE)
            self.start()
            self.provider().serve(jfpages.services_file({
                "ward-board": {"target": self.web.target, "title": "Ward board"},
                "lab": {"target": self.web.target, "title": "Lab results"}}))
        except BaseException:
            self.close()
            raise

    def close(self):
        super().close()
        self.web.close()


@case
def text_that_is_no_invitation_is_explained(world):
    app = world.start_app()
    app.see("label", "Welcome to Jackfield")
    app.enter("Invitation Link", "https://example.org/")
    app.press("Continue")
    alert = app.see("alert")
    contains(" ".join(alert.texts()), "link")
    app.unseen("label", "Join …")


@case
def a_pasted_link_shows_whose_it_is_and_enrols(world):
    app = world.app
    link = world.mgr.invite("alice")
    app.enter("Invitation Link", f"  Here you are: {link} \n")
    app.press("Continue")
    app.see("label", "Join 127.0.0.1?")
    key = base64.urlsafe_b64decode(link.rpartition(".")[2] + "=").hex()
    app.see("label", "-".join(key[at:at + 4] for at in range(0, 20, 4)))
    app.see("label", world.mgr.listen)
    # the code is a secret: it is nowhere on the screen
    code = link.rpartition("#")[2].partition(".")[0]
    equal([node for node in app.tree().walk() if code in node.name], [], "the code")
    app.press("Join")
    app.find("button", "Connect to Ward board")
    app.find("button", "Connect to Lab results")


@case
def connecting_makes_an_address_that_programs_reach(world):
    app = world.app
    app.press("Connect to Ward board")
    app.find("button", "Disconnect from Ward board")
    world.show_service(app, "Ward board", "clinic/ward-board")
    address = world.shown_address(app)
    equal(jfgui.fetch(address), PAGE, "the page")


@case
def disconnecting_can_be_undone(world):
    app = world.app
    address = world.shown_address(app)
    app.press("Disconnect from Ward board")
    app.find("button", "Connect to Ward board")
    until(lambda: jfgui.fetch(address) is None, 10, "nobody listens at the address")
    app.press("Undo")
    app.find("button", "Disconnect from Ward board")
    equal(jfgui.fetch(address), PAGE, "the page is back at the same address")


@case
def what_was_connected_is_connected_again(world):
    app = world.app
    address = world.shown_address(app)
    world.end_app()
    equal(jfgui.fetch(address), None, "after the end")
    app = world.start_app()
    app.find("button", "Disconnect from Ward board")
    equal(jfgui.fetch(address), PAGE, "after the next start")
    app.press("Disconnect from Ward board")
    app.find("button", "Connect to Ward board")
    world.end_app()


@case
def a_link_to_a_service_waits_for_its_manager(world):
    """It starts the app, whose managers are still being read when it arrives."""
    world.end_app()
    app = world.start_app(f"jackfield://{world.mgr.listen}/join#clinic/lab")
    app.find("dialog", "Connect to Lab results?")
    app.press("Not Now", within=app.find("dialog", "Connect to Lab results?"))


if __name__ == "__main__":
    run(World, needs=jfgui.needs(KIND) + ["curl"])
