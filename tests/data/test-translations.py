# SPDX-License-Identifier: GPL-3.0-or-later
"""German and Japanese are complete and well formed. (That text is marked at all: lint-text.)"""

import gettext
import os
import re
import subprocess
import tempfile

import jftap
from jftap import case

ROOT = os.path.abspath(os.environ.get("JF_SOURCE_ROOT") or
                       os.path.join(os.path.dirname(__file__), "..", ".."))
PO = os.path.join(ROOT, "po")
# as meson's preset "glib" has them; what it leaves out finds nothing in our sources
KEYWORDS = ["--keyword=_", "--keyword=N_", "--keyword=C_:1c,2", "--keyword=NC_:1c,2",
            "--keyword=g_dngettext:2,3", "--flag=g_dngettext:2:pass-c-format",
            "--flag=g_strdup_printf:1:c-format", "--flag=g_set_error:4:c-format",
            "--flag=C_:2:pass-c-format", "--flag=N_:1:pass-c-format"]


def lines(name):
    with open(os.path.join(PO, name), encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def tool(*argv):
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{argv[0]} failed: {done.stderr.strip()}")
    return done.stdout


class World:
    """A template of all strings as they are now."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="jf-po-")
        self.template = os.path.join(self.folder.name, "jackfield.pot")
        listed = os.path.join(self.folder.name, "POTFILES")
        with open(listed, "w", encoding="utf-8") as file:
            file.write("".join(f"{path}\n" for path in lines("POTFILES.in")
                               if os.path.exists(os.path.join(ROOT, path))))
        tool("xgettext", "--files-from", listed, "--directory", ROOT, "--from-code=UTF-8",
             "--add-location=file", *KEYWORDS, "--output", self.template)

    def merged(self, language):
        """The path of the translation, brought up to the strings of now."""
        path = os.path.join(self.folder.name, f"{language}.po")
        tool("msgmerge", "--quiet", "--no-fuzzy-matching", "--output-file", path,
             os.path.join(PO, f"{language}.po"), self.template)
        return path

    def catalogue(self, language):
        """(message, translation) pairs."""
        path = os.path.join(self.folder.name, f"{language}.mo")
        tool("msgfmt", "--output-file", path, self.merged(language))
        with open(path, "rb") as file:
            # pylint: disable=protected-access
            return list(gettext.GNUTranslations(file)._catalog.items())

    def close(self):
        self.folder.cleanup()


@case
def every_language_is_complete(world):
    for language in lines("LINGUAS"):
        path = world.merged(language)
        for what in ("--untranslated", "--only-fuzzy"):
            left = re.findall(r'^msgid .*(?:\n".*)*', tool("msgattrib", "--no-obsolete", "--no-wrap",
                                                           what, path), re.M)
            jftap.equal([msgid for msgid in left if msgid != 'msgid ""'], [],
                        f"{language}.po has {what[2:]} strings")


@case
def translations_are_well_formed(world):
    for language in lines("LINGUAS"):
        tool("msgfmt", "--check", "--output-file=/dev/null", world.merged(language))
        jftap.contains(text(f"po/{language}.po"), f'"Language: {language}\\n"')


@case
def names_and_tags_stay(world):
    """What programs fill in, and markup, is the same in every language."""
    kept = re.compile(r"\{\w+\}|</?\w+[^>]*>|&\w+;|--[a-z]+|https?://|jackfield://")
    wrong = []
    for language in lines("LINGUAS"):
        for message, translation in world.catalogue(language):
            if isinstance(message, tuple) or not message:
                continue
            message = message.split("\x04")[-1]
            if sorted(kept.findall(message)) != sorted(kept.findall(translation)):
                wrong.append(f"{language}: {message!r} became {translation!r}")
            if message.endswith("…") != translation.endswith("…"):
                wrong.append(f"{language}: {message!r} has lost or gained its …")
            if translation != translation.strip() and message == message.strip():
                wrong.append(f"{language}: white space round {translation!r}")
    jftap.equal(wrong, [], "translations")


if __name__ == "__main__":
    jftap.run(World, needs=["xgettext", "msgmerge", "msgattrib", "msgfmt"])
