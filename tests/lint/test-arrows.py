# SPDX-License-Identifier: GPL-3.0-or-later
"""Includes point one way. The arrows are those of ARCHITECTURE.md; a folder may include itself and
what its row lists, and sees only the libraries that its row allows."""

import os
import re
import sys

import jftap
from jftap import case

ROOT = os.environ.get("JF_SOURCE_ROOT") or os.path.join(os.path.dirname(__file__), "..", "..")

WIRE = "gateway/wire"
LINK = "gateway/link"
ARROWS = {
    "gateway/wire": [],
    "gateway/link": [WIRE],
    "gateway/engine": [WIRE, LINK],
    "gateway": [WIRE, LINK, "gateway/engine"],
    "manager/switch": [WIRE, LINK],
    "manager/front": [WIRE, LINK, "manager/switch"],
    "manager/registry": [WIRE],
    "manager/control": [WIRE, LINK, "manager/switch", "manager/front", "manager/registry"],
    "manager/web": [WIRE, LINK, "manager/control", "manager/registry"],
    "manager": [WIRE, LINK, "manager/switch", "manager/front", "manager/registry",
                "manager/control", "manager/web"],
    "client-gui/model": [WIRE, LINK, "gateway/engine"],
    "client-gui": [WIRE, LINK, "gateway/engine", "client-gui/model"],
}
LIBRARIES = r"json-glib/|libsoup/|sqlite3|wslay/|gtk/|adwaita|libsecret/"
# folder: the libraries of the list above that it may see
MAY_SEE = {
    "gateway/wire": r"json-glib/",
    "gateway/engine": r"json-glib/|libsoup/|libsecret/",
    "gateway": r"json-glib/",
    "manager/registry": r"json-glib/|libsoup/|sqlite3",
    "manager/control": r"json-glib/",
    "manager/web": r"json-glib/|libsoup/",
    "manager": r"json-glib/",
    "client-gui/model": r"json-glib/|libsecret/",
    "client-gui": r"json-glib/|gtk/|adwaita",
}
# headers of wire that bring such a library with them
BRINGS = {"gateway/wire/jf-message.h": "json-glib/json-glib.h"}


def sources():
    for top in ("gateway", "manager", "client-gui"):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in names:
                if name.endswith((".c", ".h")):
                    path = os.path.join(folder, name)
                    yield os.path.relpath(path, ROOT), path


def includes(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
            if match:
                yield number, match[1] == '"', match[2]


def bad_include(folder, quoted, name):
    """What is wrong with this include in that folder, or None."""
    if quoted and name != "config.h":
        target = os.path.dirname(name)
        if target not in ARROWS:
            return f'"{name}" is not written from the root, or not a folder of the programs'
        if target != folder and target not in ARROWS[folder]:
            return f"{folder} may not include {target}"
    seen = BRINGS.get(name, name)
    if re.match(LIBRARIES, seen) and not re.match(MAY_SEE.get(folder, "$^"), seen):
        return f"{folder} may not see {seen}"
    return None


@case
def every_folder_has_a_row(_world):
    folders = {os.path.dirname(relative) for relative, _ in sources()}
    jftap.equal(sorted(folders - set(ARROWS)), [], "folders without a row in ARROWS")


@case
def includes_point_one_way(_world):
    wrong = []
    for relative, path in sources():
        for number, quoted, name in includes(path):
            problem = bad_include(os.path.dirname(relative), quoted, name)
            if problem:
                wrong.append(f"{relative}:{number}: {problem}")
    jftap.equal(wrong, [], "includes")


@case
def the_check_finds_a_wrong_one(_world):
    for folder, quoted, name in (("manager/switch", True, "gateway/wire/jf-message.h"),
                                 ("manager/front", False, "json-glib/json-glib.h"),
                                 ("gateway/link", False, "sqlite3.h"),
                                 ("gateway/wire", True, "gateway/link/jf-loop.h"),
                                 ("manager/registry", True, "manager/switch/jf-switch.h"),
                                 ("gateway/engine", True, "tests/lib/jf-test.h"),
                                 ("gateway/engine", True, "jf-tunnel.h")):
        if not bad_include(folder, quoted, name):
            raise AssertionError(f"{folder} could include {name}")


if __name__ == "__main__":
    if not os.path.isdir(os.path.join(ROOT, "gateway")):
        sys.exit("set JF_SOURCE_ROOT to the tree")
    jftap.run()
