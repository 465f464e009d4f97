# SPDX-License-Identifier: GPL-3.0-or-later
"""GLib and GIO for Python; a test that needs them is skipped where they are missing."""

try:
    import gi
    gi.require_version("Gio", "2.0")
    from gi.repository import Gio, GLib  # pylint: disable=unused-import
except (ImportError, ValueError):
    print("1..0 # SKIP needs the Debian package python3-gi", flush=True)
    raise SystemExit(0) from None
