# SPDX-License-Identifier: GPL-3.0-or-later
"""The list and one service, while providers, managers and keys come, go and change."""

import socket

import jfgui
import jfpages
import jfprograms
from jftap import case, equal, run, until

PAGE = "<p>Stock: 12 screws.</p>"


class World(jfgui.GuiWorld):
    """A clinic and a workshop; the app is enrolled and runs."""

    def __init__(self):
        super().__init__("x11")
        try:
            self.web = jfpages.WebServer(PAGE)
            self.start()
            self.clinic = self.provider("clinic")
            self.offer_clinic("Ward board", "Lab results", "Room bookings")
            self.workshop = self.provider("workshop")
            self.offer_workshop(self.workshop)
            self.enrolled()
            self.start_app()
            self.app.find("button", "Connect to Ward board")
        except BaseException:
            self.close()
            raise

    def offer_clinic(self, *titles):
        self.clinic.serve(self.services(titles))

    def services(self, titles):
        return jfpages.services_file({title.lower().replace(" ", "-"): {
            "title": title, "target": self.web.target} for title in titles})

    def offer_workshop(self, gateway):
        gateway.serve(self.services(["Stock"]))

    def connect(self, title):
        self.app.press(f"Connect to {title}")
        self.app.find("button", f"Disconnect from {title}")

    def disconnect(self, title):
        self.app.press(f"Disconnect from {title}")
        self.app.find("button", f"Connect to {title}")

    def row(self, title, state):
        """The row, as soon as it says so."""
        return self.app.see("list item", f"{title}, {state}, …")

    def headings(self):
        rows = self.app.all("list item", within=self.app.find("list", "Services"))
        return [row.name for row in rows if len(row.texts()) == 1]

    def close(self):
        super().close()
        self.web.close()


@case
def typing_finds_a_service(world):
    app, keys = world.app, world.desktop
    keys.focus(world.window())
    keys.type("board")
    app.unseen("button", "Connect to Lab results")
    app.see("button", "Connect to Ward board")
    equal(app.find(None, "Search services").text(), "board", "what was typed")
    keys.type(" nowhere")
    app.see("label", "No Match")
    keys.keys("Escape")
    app.see("button", "Connect to Lab results")
    app.unseen("label", "No Match")


@case
def the_search_looks_at_providers_and_takes_words_in_any_order(world):
    app = world.app
    world.desktop.keys("ctrl+f")
    app.enter("Search services", "STOCK work")
    app.unseen("button", "Connect to Ward board")
    app.see("button", "Connect to Stock")
    app.enter("Search services", "clinic")
    app.unseen("button", "Connect to Stock")
    app.see("button", "Connect to Ward board")
    app.enter("Search services", "")
    world.desktop.keys("Escape")
    app.see("button", "Connect to Stock")


@case
def favourites_have_a_box_of_their_own_and_are_remembered(world):
    app = world.app
    app.unseen("list item", "Favourites", seconds=5)
    app.press("Add Lab results to favourites")
    app.find("button", "Remove Lab results from favourites")
    app.see("list item", "Favourites")
    world.end_app()
    app = world.start_app()
    app.find("button", "Remove Lab results from favourites")
    app.press("Remove Lab results from favourites")
    app.unseen("list item", "Favourites")


@case
def what_was_used_lately_is_on_top(world):
    world.connect("Stock")
    equal(world.headings()[0], "Connected", "first heading")
    world.disconnect("Stock")
    until(lambda: world.headings()[0] == "Recently used", 10, "the first heading")


@case
def a_provider_that_goes_and_comes_back_is_seen_at_once(world):
    world.row("Ward board", "Available")
    world.clinic.process.stop()
    world.row("Ward board", "Provider is offline")
    world.offer_clinic("Ward board", "Lab results", "Room bookings")
    world.row("Ward board", "Available")


@case
def a_service_that_is_withdrawn_leaves_the_list(world):
    world.clinic.process.stop()
    world.offer_clinic("Ward board", "Room bookings", "Telephone book")
    world.app.find("button", "Connect to Telephone book")
    world.app.gone("button", "Connect to Lab results")


@case
def a_connected_service_waits_for_its_provider(world):
    world.connect("Ward board")
    world.show_service(world.app, "Ward board", "clinic/ward-board")
    address = world.shown_address(world.app)
    equal(jfgui.fetch(address), PAGE, "the page")
    world.clinic.process.stop()
    world.row("Ward board", "Waiting for the provider")
    world.offer_clinic("Ward board", "Room bookings", "Telephone book")
    world.row("Ward board", "Connected")
    equal(jfgui.fetch(address), PAGE, "the page is back")


@case
def a_restarted_manager_loses_nothing(world):
    address = world.shown_address(world.app)
    world.mgr.process.kill()
    world.app.see("button", "Try Now")
    world.mgr.start()
    world.app.press("Try Now")
    world.row("Ward board", "Connected")
    until(lambda: jfgui.fetch(address) == PAGE, 20, "the page is back")
    world.app.unseen("button", "Try Now")


@case
def the_port_can_be_chosen(world):
    app = world.app
    if not app.all("button", "Disconnect from Ward board"):
        world.connect("Ward board")
    world.show_service(app, "Ward board", "clinic/ward-board")
    old = world.shown_address(app)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app.press("Change the Local Address…")
    app.tick("A port on this computer")
    app.enter("Port", str(port))
    app.press("Apply")
    until(lambda: world.shown_address(app) == f"127.0.0.1:{port}", 10, "the new address")
    equal(jfgui.fetch(f"127.0.0.1:{port}"), PAGE, "the page at the new address")
    equal(jfgui.fetch(old), None, "the old address")


@case
def a_port_that_is_taken_is_refused_and_nothing_changes(world):
    app = world.app
    old = world.shown_address(app)
    app.press("Change the Local Address…")
    app.tick("A port on this computer")
    app.enter("Port", str(world.web.port))
    app.press("Apply")
    app.find("alert", lambda text: "uses this address" in text)
    app.press("Cancel")
    equal(world.shown_address(app), old, "the address")
    equal(jfgui.fetch(old), PAGE, "the page")
    world.disconnect("Ward board")


@case
def services_of_a_second_manager_are_in_the_same_list(world):
    app = world.app
    second = jfprograms.Manager(world, world.user_host, name="second-manager")
    second.start()
    school = jfprograms.Gateway(world, world.gateway_host, "school")
    school.enroll(second.invite("school", "--role", "provider"))
    school.serve(jfpages.services_file({"timetable": {"title": "Timetable",
                                                      "target": world.web.target}}))
    app.act("link", second.invite("alice"))
    app.find("label", "Join 127.0.0.1?")
    app.press("Join")
    app.find("button", "Connect to Timetable")
    app.find("button", "Connect to Ward board")
    world.connect("Timetable")
    second.process.stop()
    app.find("list item", "Timetable, Waiting for the manager, …")
    world.row("Ward board", "Available")


@case
def without_a_manager_the_app_shows_what_it_remembers(world):
    app = world.app
    app.press("Add Ward board to favourites")
    app.find("button", "Remove Ward board from favourites")
    world.end_app()
    world.mgr.process.stop()
    app = world.start_app()
    app.see("button", "Try Now")
    app.find("list item", "Ward board, No news of it yet, …")
    world.mgr.start()
    app.press("Try Now")
    world.row("Ward board", "Available")
    world.end_app()


if __name__ == "__main__":
    run(World, needs=jfgui.needs("x11") + ["curl"])
