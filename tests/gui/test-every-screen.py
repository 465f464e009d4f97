# SPDX-License-Identifier: GPL-3.0-or-later
"""Every screen, looked at as a screen reader and a keyboard do: each control has a name that says what it
does, no two of a screen have the same one, and Tab goes round without being caught."""

import re
import time

import jfgui
import jfscenes
from jftap import case, note, run

CONTROLS = {"button", "toggle button", "switch", "checkbox", "radio", "text box", "search box",
            "combo box", "link", "menu item", "menu item checkbox", "menu item radio", "slider",
            "spin button", "tab", "list item", "alert dialog", "dialog"}
CLASS_NAME = re.compile(r"\b(Gtk|Adw|Jf|G)[A-Z][A-Za-z]+\b")
# what a screen may have several of, side by side, as every window does
WINDOW_BUTTONS = {"Minimize", "Maximize", "Restore", "Close", "Main Menu"}
TABS_MAX = 120


def has_reason(node):
    """A node that acts for nobody: a row that only holds other controls says nothing itself."""
    return node.role == "list item" and any(child.role in CONTROLS or child.role == "list"
                                            for child in node.walk() if child is not node)


def faults_of_name(node):
    name = node.name.strip()
    if not name:
        return [] if has_reason(node) else [f"{node!r} has no name"]
    if CLASS_NAME.search(name):
        return [f"{node!r} is named like a class"]
    if name.startswith("_") or re.search(r"\s_\w", name):
        return [f"{node!r} is read with its mnemonic"]
    half = name[:len(name) // 2]
    if len(name) > 5 and name == f"{half} {half}":
        return [f"{node!r} says it twice"]
    return []


def shown_controls(app, within):
    """The innermost of those that are one inside another (a menu button and the button in it)."""
    found = [node for node in within.walk() if node.role in CONTROLS]
    found = [node for node in found if not any(
        child.role == node.role and child.name == node.name
        for child in node.walk() if child is not node)]
    return [node for node in found if node.shown()]


def faults_of_screen(app):
    faults = []
    window = top_window(app)
    controls = shown_controls(app, window)
    for node in controls:
        faults += faults_of_name(node)
    names = [(node.role, node.name) for node in controls
             if node.role not in ("list item", "dialog") and node.name not in WINDOW_BUTTONS]
    for role, name in sorted(set(names)):
        if names.count((role, name)) > 1:
            faults.append(f"{names.count((role, name))} times {role} {name!r}")
    if not controls:
        faults.append("nothing to act with")
    return faults


def top_window(app):
    """The window that has the keyboard: the last one of the app that is active."""
    windows = app.tree().children
    active = [window for window in windows if window.has("active")]
    return (active or windows)[-1]


def focus_of(app, but=None, seconds=1):
    """What has the keyboard, as paths; one cheap call a look. The key and the question come by
    different ways, so it may take a moment until it is something else than `but`. (Nothing: the
    text inside an AdwEntryRow, which libadwaita 1.2 hides from screen readers for the row.)"""
    deadline = time.monotonic() + seconds
    while True:
        found = frozenset(node.path for node in app.cached() if node.has("focused"))
        if (found and found != but) or time.monotonic() > deadline:
            return found
        app.tree()  # what is new is in the cache then


def faults_of_keyboard(world, app):
    """Tab leads round: it comes back to a place where it has been, and is caught in none."""
    desktop = world.desktop
    seen = [focus_of(app, seconds=0)]
    for _ in range(TABS_MAX):
        desktop.keys("Tab")
        now = focus_of(app, seen[-1])
        if now in seen:
            alone = len([node for node in shown_controls(app, top_window(app))
                         if node.name not in WINDOW_BUTTONS]) < 2
            if len(set(seen)) > 1 or alone:
                return []
            return [f"Tab is caught at {app.focused()!r}"]
        seen.append(now)
    return [f"Tab does not come round in {TABS_MAX} steps"]


def walk_act(world, act, tabs=True):
    """Every screen of it; all faults at once."""
    faults = []
    for name, app in act(world):
        found = faults_of_screen(app)
        if tabs and not name.endswith("menu"):
            found += faults_of_keyboard(world, app)
        faults += [f"{name}: {fault}" for fault in found]
        note(f"{name}: {len(found)} faults")
    if faults:
        raise AssertionError("\n".join(faults))


@case
def screens_of_a_new_user(world):
    walk_act(world, jfscenes.new_user)


@case
def screens_of_a_new_member(world):
    walk_act(world, jfscenes.new_member)


@case
def screens_of_daily_work(world):
    walk_act(world, jfscenes.daily_work)


@case
def screens_of_trouble(world):
    walk_act(world, jfscenes.trouble)


if __name__ == "__main__":
    run(jfscenes.SceneWorld, needs=jfgui.needs("x11"))
