# SPDX-License-Identifier: GPL-3.0-or-later
"""A service is opened with the program for it, or it is said why not. JF_DESKTOP: x11 or wayland"""

import os

import jfaround
import jfgui
import jfmocks
import jfpages
from jftap import case, contains, equal, run

MISSING = "Nothing on This Computer Opens rtsp: Links"
KIND = os.environ.get("JF_DESKTOP", "x11")


def dialog(app, heading):
    return app.find("dialog", heading)


def answer(app, heading, name):
    """Presses a button of that dialog, which goes away then."""
    app.press(name, within=dialog(app, heading))
    app.gone("dialog", heading)


def says(app, heading, *parts):
    contains(" ".join(dialog(app, heading).texts()), *parts)


@case
def nothing_opens_it_and_the_shop_is_offered(world):
    store = world.add_program("shop", "Shop", "appstream")
    app = world.start_app()
    world.connect("ward-camera", "Ward camera")
    app.act("open", world.item("ward-camera"))
    says(app, MISSING, "org.videolan.VLC")
    world.picture("open-no-program")
    answer(app, MISSING, "Find in Software")
    equal(world.started(store), "appstream://org.videolan.VLC", "what the shop was asked for")


@case
def the_address_is_the_other_way(world):
    app = world.app
    app.act("open", world.item("ward-camera"))
    answer(app, MISSING, "Copy Address")
    app.find(None, "Address copied")


@case
def one_program_is_just_started(world):
    path = world.add_program("browser", "Browser", "http")
    app = world.app
    address = world.connect("ward-board", "Ward board")
    app.act("open", world.item("ward-board"))
    equal(world.started(path), f"http://{address}/board", "what the program got")


@case
def several_are_asked_about_once(world):
    other = world.add_program("reader", "A <b>Reader</b>", "http")
    app = world.app
    app.act("open", world.item("ward-board"))
    says(app, "Open With", "Several applications can open “Ward board”. Choose one.", "Browser")
    world.picture("open-choose")
    answer(app, "Open With", "Open with A <b>Reader</b>")
    contains(world.started(other), "/board")
    app.act("open", world.item("ward-board"))
    contains(world.started(other), "/board")


@case
def it_can_be_asked_again(world):
    app = world.app
    app.act("open-with", world.item("ward-board"))
    answer(app, "Open With", "Cancel")


@case
def without_a_link_the_address_is_said(world):
    app = world.app
    address = world.connect("patients", "Patients’ data")
    app.act("open", world.item("patients"))
    says(app, "Open “Patients’ data” in Your Own Program", address)
    world.picture("open-no-link")
    answer(app, "Open “Patients’ data” in Your Own Program", "Close")


@case
def a_dangerous_link_is_refused_with_the_reason(world):
    app = world.app
    world.connect("odd", "Odd one")
    app.act("open", world.item("odd"))
    says(app, "“Odd one” Was Not Opened",
         "Links of this kind can do more on this computer than to connect.")
    world.picture("open-refused")
    answer(app, "“Odd one” Was Not Opened", "Close")


@case
def what_is_not_connected_is_connected_first(world):
    """Once: not again when the connection comes back later."""
    path = os.path.join(world.dir, "browser.started")
    app = world.app
    app.act("open", world.item("lab"))
    answer(app, "Open With", "Open with Browser")
    contains(world.started(path), "/lab")
    app.find("button", "Disconnect from Lab results")
    world.clinic.process.stop()
    app.find("label", "Provider is offline · clinic")
    world.clinic.serve(jfpages.services_file(world.services()))
    app.gone("label", "Provider is offline · clinic")
    equal(app.all("dialog"), [], "dialogs")
    equal(os.path.exists(path), False, "it was started again")


@case
def an_unknown_service_harms_nobody(world):
    app = world.app
    for name in ("open", "open-with", "connect", "disconnect", "try-now", "favourite",
                 "copy-address", "show-service", "explain", "forget-account"):
        for target in ("", "nobody", "a/b/c", f"{world.account}/clinic/nothing", "\u202e" * 3000):
            app.act(name, target)
    app.act("open", world.item("nothing"))
    app.find(None, "This service is not there any more")
    world.end_app()


@case
def in_a_sandbox_the_portal_opens_it(world):
    portal = jfmocks.Portal(world.desktop)
    world.setting("background-asked", "true")
    try:
        app = world.start_app(env={"GTK_USE_PORTAL": "1", "GIO_USE_NETWORK_MONITOR": "base"})
        app.find("button", "Disconnect from Ward camera")
        world.show_service(app, "Ward camera", "clinic/ward-camera")
        address = world.shown_address(app)
        app.act("open", world.item("ward-camera"))
        equal(portal.wait("OpenURI")[1], f"rtsp://{address}/live", "what the portal was asked for")
        portal.calls.clear()
        app.act("open-with", world.item("ward-camera"))
        equal(portal.wait("OpenURI")[2]["ask"], True, "it is to ask")
        world.end_app()
    finally:
        portal.close()


if __name__ == "__main__":
    run(lambda: jfaround.AroundWorld(KIND), needs=jfgui.needs(KIND))
