# SPDX-License-Identifier: GPL-3.0-or-later
"""What a screen reader sees of a program, and does with it: AT-SPI by plain D-Bus, so that nothing is
remembered that the program has changed since.

A Node is a picture of one moment; look again (App.tree, App.find) for the next one."""

from jfgi import Gio, GLib
from jftap import until

ROOT = "/org/a11y/atspi/accessible/root"
REGISTRY = "org.a11y.atspi.Registry"
ACCESSIBLE = "org.a11y.atspi.Accessible"
STATES = {
    "active": 1, "checked": 4, "collapsed": 5, "editable": 7, "expandable": 9, "expanded": 10,
    "focusable": 11, "focused": 12, "modal": 16, "pressed": 20, "selected": 23, "sensitive": 24,
    "visible": 30}
WAIT = 15


class Node:
    """One accessible object: role, name, description, states, parent and children."""

    def __init__(self, app, path, parent, item):
        self.app = app
        self.path = path
        self.parent = parent
        self.children = []
        self.interfaces = {name.rpartition(".")[2] for name in item[5]}
        self.name = item[6]
        self.role = app.role_name(path, item[7])
        self.description = item[8]
        self._bits = item[9][0] | item[9][1] << 32

    def __repr__(self):
        return f"{self.role} {self.name!r}"

    def has(self, state):
        return bool(self._bits >> STATES[state] & 1)

    def walk(self):
        """Itself and all that is in it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def up(self):
        """Its parent, the parent's parent, …"""
        node = self.parent
        while node:
            yield node
            node = node.parent

    def texts(self):
        """What is written in it."""
        return [node.name for node in self.walk() if node.role in ("label", "text") and node.name]

    def call(self, interface, method, args=None):
        return self.app.call(self.path, f"org.a11y.atspi.{interface}", method, args)

    def call_property(self, interface, name):
        return self.app.call(self.path, "org.freedesktop.DBus.Properties", "Get",
                             GLib.Variant("(ss)", (f"org.a11y.atspi.{interface}", name)))[0]

    def actions(self):
        """Names of what can be done with it. (A GtkMenuButton can nothing; the button inside can.)"""
        return [action[0] for action in self.call("Action", "GetActions")[0]]

    def press(self):
        """Its first action, as a screen reader's user would. Did it take it? (A button that was just
        pressed shows that for a moment, and takes nothing.)"""
        return self.call("Action", "DoAction", GLib.Variant("(i)", (0,)))[0]

    def focus(self):
        return self.call("Component", "GrabFocus")[0]

    def text(self):
        """All characters of an entry."""
        count = self.call_property("Text", "CharacterCount")
        return self.call("Text", "GetText", GLib.Variant("(ii)", (0, count)))[0]

    def write(self, text):
        """Replaces the text of an entry."""
        if not self.call("EditableText", "SetTextContents", GLib.Variant("(s)", (text,)))[0]:
            raise AssertionError(f"{self!r} takes no text")

    def extents(self):
        """x, y, width, height in its window."""
        return self.call("Component", "GetExtents", GLib.Variant("(u)", (1,)))[0]

    def window(self):
        """The window that it is in."""
        found = self
        for node in self.up():
            if node.parent:
                found = node
        return found

    def shown(self):
        """Is it on the screen? Its middle is its own, or of something in it. (Pages of a stack that
        are behind, and what is scrolled away, are in the tree as well.)"""
        try:
            return self._shown()
        except GLib.Error:
            return False  # it has gone meanwhile

    def _shown(self):
        x, y, width, height = self.extents()
        if width <= 0 or height <= 0:
            return False
        inside = {node.path for node in self.walk()}
        # where there is something for looks alone, which is in no tree, the answer is nothing;
        # extents are without padding
        points = ((x + width // 2, y + height // 2), (x + 1, y + 1), (x - 2, y + height // 2))
        return any(self._at(point) in inside for point in points)

    def _at(self, point):
        return self.window().call("Component", "GetAccessibleAtPoint",
                                  GLib.Variant("(iiu)", (*point, 1)))[0][1]

    def outline(self, depth=0):
        """The tree for people; boxes without a name and scroll bars are left out."""
        plain = self.role in ("group", "widget", "scroll bar") and not self.has("focused") and (
            not self.name or self.role != "group")
        lines = []
        if not plain:
            marks = [state for state in ("checked", "pressed", "selected", "expanded", "focused")
                     if self.has(state)] + ([] if self.has("sensitive") else ["insensitive"])
            about = f" ({self.description})" if self.description else ""
            lines.append(" ".join([f"{'  ' * depth}{self!r}{about}", *marks]))
            depth += 1
        return "\n".join(lines + [text for child in self.children if (text := child.outline(depth))])


class App:
    """One program on the accessibility bus."""

    _roles = {}

    def __init__(self, connection, bus_name):
        self.connection = connection
        self.bus_name = bus_name

    def call(self, path, interface, method, args=None, seconds=20):
        return self.connection.call_sync(self.bus_name, path, interface, method, args, None,
                                         Gio.DBusCallFlags.NONE, seconds * 1000, None).unpack()

    def role_name(self, path, number):
        if number not in self._roles:
            self._roles[number] = self.call(path, ACCESSIBLE, "GetRoleName")[0]
        return self._roles[number]

    def _children(self, paths):
        """The children of all those objects: every question is on its way before the first answer.
        Objects that went meanwhile have none."""
        found = {}
        context = GLib.MainContext.get_thread_default() or GLib.MainContext.default()

        def answered(connection, result, path):
            try:
                found[path] = [child for _, child in connection.call_finish(result).unpack()[0]]
            except GLib.Error:
                found[path] = []
        for path in paths:
            self.connection.call(self.bus_name, path, ACCESSIBLE, "GetChildren", None, None,
                                 Gio.DBusCallFlags.NONE, 20000, None, answered, path)
        while len(found) < len(paths):
            context.iteration(True)
        return found

    def tree(self):
        """Everything that is there now. Asking for children makes GTK fill its cache, whose items
        it then tells of at once, as they are at that moment."""
        children = {}
        level = [ROOT]
        while level:
            found = self._children(level)
            children.update(found)
            level = [path for paths in found.values() for path in paths if path not in children]
        items = {item[0][1]: item for item in self.call(
            "/org/a11y/atspi/cache", "org.a11y.atspi.Cache", "GetItems")[0]}
        return self._node(ROOT, None, children, items)

    def _node(self, path, parent, children, items):
        node = Node(self, path, parent, items[path])
        node.children = [self._node(child, node, children, items)
                         for child in children.get(path, ()) if child in items]
        return node

    def all(self, role=None, name=None, within=None):
        """Every node with that role and name. A name that ends in "…" is a beginning; a callable
        decides itself. within: a Node, whose part of a new tree is searched."""
        return [node for node in self._scope(within).walk() if matches(node, role, name)]

    def _scope(self, within):
        tree = self.tree()
        if within is None:
            return tree
        for node in tree.walk():
            if node.path == within.path:
                return node
        raise LookupError(f"{within!r} is not there any more")

    def shown(self, role=None, name=None, within=None):
        """Those of all() that can be seen."""
        return [node for node in self.all(role, name, within) if node.shown()]

    def see(self, role=None, name=None, within=None, seconds=WAIT):
        """The first one that can be seen, as soon as there is one."""
        return until(lambda: self.shown(role, name, within), seconds,
                         f"a {role} {name!r} is seen")[0]

    def unseen(self, role=None, name=None, within=None, seconds=WAIT):
        until(lambda: not self.shown(role, name, within), seconds, f"a {role} {name!r} is seen no more")

    def find(self, role=None, name=None, within=None, seconds=WAIT):
        """The first such node, as soon as there is one."""
        def look():
            found = self.all(role, name, within)
            return found[0] if found else None
        return until(look, seconds, f"there is a {role} {name!r}")

    def gone(self, role=None, name=None, within=None, seconds=WAIT):
        """Until there is no such node."""
        until(lambda: not self.all(role, name, within), seconds, f"no {role} {name!r} is left")

    def press(self, name, role="button", within=None, seconds=WAIT):
        """Presses it, as soon as it is there and takes it; rather one that can be seen than one that
        is scrolled away or behind."""
        def look():
            try:
                found = [node for node in self.all(role, name, within)
                         if node.has("sensitive") and node.actions()]
                found.sort(key=lambda node: not node.shown())
                return found and found[0].press()
            except GLib.Error:
                return False  # it has gone meanwhile
        until(look, seconds, f"there is a {role} {name!r} to press")

    def cached(self):
        """What tree() would find, without looking for what is new: one call."""
        return [Node(self, item[0][1], None, item) for item in self.call(
            "/org/a11y/atspi/cache", "org.a11y.atspi.Cache", "GetItems")[0]]

    def focused(self):
        """The innermost node that has the keyboard; None."""
        found = [node for node in self.tree().walk() if node.has("focused")]
        return found[-1] if found else None


def matches(node, role, name):
    if role is not None and node.role != role:
        return False
    if callable(name):
        return name(node.name)
    if name is not None and name.endswith("…") and node.name.startswith(name[:-1]):
        return True
    return name is None or node.name == name


def find_app(desktop, pid, seconds=WAIT, alive=lambda: True):
    """The program with that process id, as soon as it is on the accessibility bus."""
    connection = desktop.connect()

    def look():
        if not alive():
            raise AssertionError("the program has ended")
        found = connection.call_sync(REGISTRY, ROOT, ACCESSIBLE, "GetChildren", None, None,
                                     Gio.DBusCallFlags.NONE, 20000, None).unpack()[0]
        for bus_name, _ in found:
            try:
                owner = connection.call_sync(
                    "org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                    "GetConnectionUnixProcessID", GLib.Variant("(s)", (bus_name,)), None,
                    Gio.DBusCallFlags.NONE, 5000, None).unpack()[0]
            except GLib.Error:
                continue
            if owner == pid:
                return bus_name
        return None
    return App(connection, until(look, seconds, f"program {pid} is on the accessibility bus"))
