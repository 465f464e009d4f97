# SPDX-License-Identifier: GPL-3.0-or-later
"""What shops for apps ask of an app beside its code: names, pictures, colours and words, and that
all files in data/ and flatpak/ speak of the same app."""

import configparser
import datetime
import glob
import os
import re
import struct
import xml.etree.ElementTree as ElementTree

import jftap
from jftap import case

ROOT = os.path.abspath(os.environ.get("JF_SOURCE_ROOT") or
                       os.path.join(os.path.dirname(__file__), "..", ".."))
APP_ID = "io.github.jackfield.Jackfield"
OBJECT_PATH = "/" + APP_ID.replace(".", "/")
ICONS = "data/icons/hicolor"
SVG = "{http://www.w3.org/2000/svg}"


def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def ini(path):
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read_string(text(path))
    return parser


def xml(path):
    return ElementTree.fromstring(text(path).encode())


def metainfo():
    return xml(f"data/{APP_ID}.metainfo.xml.in")


def words(element):
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def luminance(colour):
    """Relative luminance of WCAG, 0 to 1."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def png_size(path):
    with open(path, "rb") as file:
        head = file.read(24)
    if head[:8] != b"\x89PNG\r\n\x1a\n" or head[12:16] != b"IHDR":
        raise AssertionError(f"{path} is not a PNG")
    return struct.unpack(">II", head[16:24])


@case
def name_and_summary(_world):
    app = metainfo()
    name, summary = words(app.find("name")), words(app.find("summary"))
    assert 1 <= len(name) <= 15, f"the name has {len(name)} characters, at most 15 are wanted"
    assert 10 <= len(summary) <= 25, f"the summary has {len(summary)} characters, not 10 to 25"
    assert summary[-1].isalnum() and summary[0].isupper(), "the summary is no sentence"
    assert name.lower() not in summary.lower(), "the summary repeats the name"
    assert not re.match(r"(An?|The) ", summary), "the summary starts with an article"
    entry = ini(f"data/{APP_ID}.desktop.in")["Desktop Entry"]
    jftap.equal((entry["Name"], entry["Comment"]), (name, summary), "name and comment")


@case
def summaries_of_translations_fit(_world):
    summary = words(metainfo().find("summary"))
    for path in glob.glob(os.path.join(ROOT, "po", "*.po")):
        match = re.search(rf'^msgid "{re.escape(summary)}"\nmsgstr "(.*)"$', text(path), re.M)
        assert match and 5 <= len(match[1]) <= 25, f"{path}: the summary has 5 to 25 characters"


@case
def description(_world):
    whole = metainfo().find("description")
    parts = [words(part) for part in whole.iter() if part.tag in ("p", "li")]
    jftap.equal([part for part in parts if len(part) < 20], [], "paragraphs that say little")
    assert words(whole.find("p")) and 200 <= sum(map(len, parts)) <= 1500, "its length"
    assert whole[0].tag == "p" and len(words(whole[0])) >= 80, "it begins with what the app does"
    assert 3 <= len(whole.findall("ul/li")) <= 10, "3 to 10 features"
    assert not re.search(r"https?://|[<>]", " ".join(parts)), "links belong into <url>"


@case
def brand_colours(_world):
    colours = {colour.get("scheme_preference"): words(colour)
               for colour in metainfo().findall("branding/color[@type='primary']")}
    jftap.equal(sorted(colours), ["dark", "light"], "colours for")
    for colour in colours.values():
        assert re.fullmatch(r"#[0-9a-f]{6}", colour), f"{colour} is not #rrggbb"
    light, dark = luminance(colours["light"]), luminance(colours["dark"])
    # black and white text on it are read: WCAG's 7 to 1
    assert (light + 0.05) / 0.05 >= 7, f"the light colour is dark ({light:.2f})"
    assert 1.05 / (dark + 0.05) >= 7, f"the dark colour is light ({dark:.2f})"


@case
def screenshots(_world):
    shots = metainfo().findall("screenshots/screenshot")
    there = {os.path.basename(p) for p in glob.glob(os.path.join(ROOT, "data/screenshots/*"))}
    names = []
    for shot in shots:
        caption, url = words(shot.find("caption")), words(shot.find("image"))
        assert 10 <= len(caption) <= 70 and caption[-1] not in ".!", f"caption “{caption}”"
        assert url.startswith("https://"), url
        names.append(os.path.basename(url))
        path = os.path.join(ROOT, "data/screenshots", names[-1])
        assert os.path.exists(path), f"there is no data/screenshots/{names[-1]}"
        width, height = png_size(path)
        assert width <= 1000 and height <= 700, f"{names[-1]} is {width}x{height}"
        image = shot.find("image")
        jftap.equal((image.get("width"), image.get("height")), (str(width), str(height)),
                    f"the size of {names[-1]} in the metainfo")
    jftap.equal(sorted(names), sorted(there), "pictures in the metainfo, and in data/screenshots")
    assert len(names) == len(set(names)), "a picture twice"
    if names:
        assert len(names) >= 5, f"{len(names)} pictures, at least 5 are wanted"
        jftap.equal([s.get("type") for s in shots].count("default"), 1, "default pictures")
        jftap.equal(shots[0].get("type"), "default", "the first picture")


@case
def icons(_world):
    for path, side in ((f"{ICONS}/scalable/apps/{APP_ID}.svg", 128),
                       (f"{ICONS}/symbolic/apps/{APP_ID}-symbolic.svg", 16)):
        image = xml(path)
        jftap.equal(image.tag, f"{SVG}svg", path)
        jftap.equal((image.get("width"), image.get("height"), image.get("viewBox")),
                    (str(side), str(side), f"0 0 {side} {side}"), path)
        content = text(path)
        for unwanted in ("<image", "base64", "<text", "<script", "inkscape:", "<filter"):
            assert unwanted not in content, f"{path} has {unwanted}"
        assert not re.search(r'href="(?!#)', content), f"{path} refers to another file"
    for path in glob.glob(os.path.join(ROOT, "**/*-symbolic.svg"), recursive=True):
        if "/_build" in path:
            continue
        colours = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text(path)))
        assert len(colours) <= 1 and xml(path).get("viewBox") == "0 0 16 16", \
            f"{path}: one colour, 16 by 16"


@case
def releases(_world):
    version = re.search(r"version: '([^']+)'", text("meson.build"))[1]
    found = metainfo().findall("releases/release")
    jftap.equal(found[0].get("version"), version, "the newest release")
    dates = [datetime.date.fromisoformat(release.get("date")) for release in found]
    jftap.equal(dates, sorted(dates, reverse=True), "releases, newest first")
    assert all(words(release) for release in found), "a release says what is new"


@case
def what_it_works_with(_world):
    app = metainfo()
    assert app.find("content_rating[@type='oars-1.1']") is not None, "content rating"
    jftap.equal({words(control) for control in app.findall(".//control")},
                {"pointing", "keyboard", "touch"}, "controls")
    jftap.equal(words(app.find("requires/display_length[@compare='ge']")), "360", "smallest window")
    kinds = {url.get("type"): words(url) for url in app.findall("url")}
    assert {"homepage", "bugtracker", "vcs-browser"} <= set(kinds), kinds
    assert all(url.startswith("https://") for url in kinds.values()), kinds
    assert app.find("metadata_license") is not None and app.find("developer_name") is not None
    jftap.equal(words(app.find("project_license")), "GPL-3.0-or-later", "licence")


@case
def one_app_in_all_files(_world):
    entry = ini(f"data/{APP_ID}.desktop.in")["Desktop Entry"]
    jftap.equal(entry["Icon"], APP_ID)
    jftap.equal((entry["DBusActivatable"], entry["X-GNOME-UsesNotifications"]), ("true", "true"))
    jftap.equal(entry["MimeType"], "x-scheme-handler/jackfield;")
    jftap.equal(entry["Exec"], "jackfield %U")
    assert entry["Keywords"].endswith(";") and entry["Categories"].endswith(";")
    service = ini(f"data/{APP_ID}.service.in")["D-BUS Service"]
    jftap.equal((service["Name"], service["Exec"]),
                (APP_ID, "@bindir@/jackfield --gapplication-service"))
    search = ini(f"data/{APP_ID}.search-provider.ini")["Shell Search Provider"]
    jftap.equal((search["DesktopId"], search["BusName"], search["ObjectPath"], search["Version"]),
                (f"{APP_ID}.desktop", APP_ID, f"{OBJECT_PATH}/SearchProvider", "2"))
    app = metainfo()
    jftap.equal([words(app.find(tag)) for tag in ("id", "launchable", "translation",
                                                  "provides/dbus", "provides/binary")],
                [APP_ID, f"{APP_ID}.desktop", "jackfield", APP_ID, "jackfield"], "metainfo")
    jftap.equal(words(app.find("provides/mediatype")) + ";", entry["MimeType"], "scheme")
    schema = xml(f"data/{APP_ID}.gschema.xml").find("schema")
    jftap.equal((schema.get("id"), schema.get("path")), (APP_ID, f"{OBJECT_PATH}/"), "schema")
    manifest = text(f"flatpak/{APP_ID}.yml")
    jftap.contains(manifest, f"\nid: {APP_ID}\n", "\ncommand: jackfield\n")


@case
def the_sandbox_stays_shut(_world):
    """Five holes; whatever else the app wants goes through portals."""
    block = re.search(r"^finish-args:\n((?:  - .*\n)+)", text(f"flatpak/{APP_ID}.yml"), re.M)[1]
    jftap.equal(sorted(re.findall(r"- (\S+)", block)),
                ["--device=dri", "--share=ipc", "--share=network", "--socket=fallback-x11",
                 "--socket=wayland"], "permissions")


def keys_in_code():
    """(path, key) of every GSettings key that the app names in a call."""
    pattern = re.compile(r"\bg_settings_(?:[gs]et_\w+|bind\w*|get|set|reset|create_action|"
                         r"is_writable|get_user_value)\s*\([^,;\"]*,\s*\"([a-z-]+)\"")
    signal = re.compile(r"\"changed::([a-z-]+)\"")
    for path in glob.glob(os.path.join(ROOT, "client-gui/**/*.c"), recursive=True):
        content = text(path)
        for key in pattern.findall(content) + signal.findall(content):
            yield os.path.relpath(path, ROOT), key


@case
def settings(_world):
    keys = {key.get("name"): key for key in xml(f"data/{APP_ID}.gschema.xml").iter("key")}
    for name, key in keys.items():
        for part in ("summary", "description"):
            assert words(key.find(part)), f"the key {name} has no {part}"
    unknown = [f"{path}: {key}" for path, key in keys_in_code() if key not in keys]
    jftap.equal(unknown, [], "keys that the schema lacks")


if __name__ == "__main__":
    jftap.run()
