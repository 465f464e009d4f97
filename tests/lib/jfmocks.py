# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of a desktop that the app talks to, played by the test: the portal's Background and OpenURI,
and the shell's notifications. Each notes what it was asked."""

import threading

from jfgi import Gio, GLib
from jftap import until

PORTAL_XML = """<node>
<interface name="org.freedesktop.portal.Background">
  <method name="RequestBackground"><arg type="s" direction="in"/><arg type="a{sv}" direction="in"/>
    <arg type="o" direction="out"/></method>
  <method name="SetStatus"><arg type="a{sv}" direction="in"/></method>
  <property name="version" type="u" access="read"/>
</interface>
<interface name="org.freedesktop.portal.OpenURI">
  <method name="OpenURI"><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
  <property name="version" type="u" access="read"/>
</interface></node>"""

NOTIFICATIONS_XML = """<node>
<interface name="org.gtk.Notifications">
  <method name="AddNotification"><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="a{sv}" direction="in"/></method>
  <method name="RemoveNotification"><arg type="s" direction="in"/><arg type="s" direction="in"/></method>
</interface></node>"""


class Mock:
    """Objects on the bus, served by a thread. `calls` holds (method, arguments) of all calls."""

    def __init__(self, desktop, name, path, xml):
        self.calls = []
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._desktop = desktop
        self._name, self._path = name, path
        self._info = Gio.DBusNodeInfo.new_for_xml(xml)
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait(10)

    def _run(self, ready):
        self._context.push_thread_default()
        self.connection = self._desktop.connect()
        for interface in self._info.interfaces:
            self.connection.register_object(self._path, interface, self._call, self._get, None)
        self.connection.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                                  "RequestName", GLib.Variant("(su)", (self._name, 4)), None,
                                  Gio.DBusCallFlags.NONE, 10000, None)
        ready.set()
        self._loop.run()

    def _get(self, connection, sender, path, interface, name):
        return GLib.Variant("u", 3)

    def _call(self, connection, sender, path, interface, method, args, invocation):
        self.calls.append((method, args.unpack()))
        invocation.return_value(self.answer(sender, method, args.unpack()))

    def answer(self, sender, method, args):
        """The value to return; None for nothing."""
        return None

    def of(self, method):
        return [args for called, args in self.calls if called == method]

    def wait(self, method, seconds=10):
        """The arguments of the last such call, as soon as there is one."""
        return until(lambda: self.of(method), seconds, f"{method} is called")[-1]

    def close(self):
        self._loop.quit()
        self.connection.close_sync(None)


class Portal(Mock):
    """Grants everything, or with `grant` False nothing."""

    def __init__(self, desktop):
        self.grant = True
        super().__init__(desktop, "org.freedesktop.portal.Desktop",
                         "/org/freedesktop/portal/desktop", PORTAL_XML)

    def answer(self, sender, method, args):
        if method == "SetStatus":
            return None
        options = args[-1]
        token = options.get("handle_token", "none")
        caller = sender[1:].replace(".", "_")
        path = f"/org/freedesktop/portal/desktop/request/{caller}/{token}"
        results = {}
        if method == "RequestBackground":
            results = {"background": GLib.Variant("b", self.grant),
                       "autostart": GLib.Variant("b", self.grant and
                                                 bool(options.get("autostart")))}
        response = GLib.Variant("(ua{sv})", (0 if self.grant else 1, results))

        def respond():
            self.connection.emit_signal(sender, path, "org.freedesktop.portal.Request", "Response",
                                        response)
            return False
        # as a portal does: after the answer that says at which path to listen
        later = GLib.idle_source_new()
        later.set_callback(lambda *_: respond())
        later.attach(self._context)
        return GLib.Variant("(o)", (path,))


class Notifications(Mock):
    """Shows what the app wants shown: `shown` maps ids to notifications. Apps need the environment
    GNOTIFICATION_BACKEND=gtk."""

    def __init__(self, desktop):
        self.shown = {}
        super().__init__(desktop, "org.gtk.Notifications", "/org/gtk/Notifications",
                         NOTIFICATIONS_XML)

    def answer(self, sender, method, args):
        if method == "AddNotification":
            self.shown[args[1]] = args[2]
        else:
            self.shown.pop(args[1], None)
