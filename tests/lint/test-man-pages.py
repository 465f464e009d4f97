# SPDX-License-Identifier: GPL-3.0-or-later
"""Manual pages: every verb and option of --help is there, nothing else is, and they are good roff."""

import os
import re

import jfproc
import jftap
from jftap import case

ROOT = os.environ.get("JF_SOURCE_ROOT") or os.path.join(os.path.dirname(__file__), "..", "..")
PAGES = os.path.join(ROOT, "data", "man")
PROGRAMS = {"manager": "jackfield-manager", "gateway": "jackfield-gateway"}
EVERYWHERE = {"--help", "-h"}


def read(name):
    with open(os.path.join(PAGES, name), encoding="utf-8") as file:
        return file.read()


def synopses(page):
    """Verb -> options, as the SYNOPSIS has them."""
    text = page.split(".Sh SYNOPSIS", 1)[1].split(".Sh ", 1)[0]
    found = {}
    for entry in text.split(".Nm\n")[1:]:
        verbs = re.match(r"\.Cm ([a-z |]+)\n", entry)
        if not verbs:
            continue
        options = {"--" + name for name in re.findall(r"Fl Fl ([a-z-]+)", entry)}
        options |= {"-" + letter for letter in re.findall(r"(?<!Fl )Fl ([a-z]) ", entry)}
        for verb in verbs[1].split("|"):
            found[verb.strip()] = options
    return found


def explained(page):
    """Every option that has an item of its own."""
    return set(re.findall(r"^\.It .*?Fl Fl ([a-z-]+)", page, re.M))


def helps(folder, program):
    """Verb -> options, as --help has them."""
    path = os.path.join(os.environ["JF_BUILD_ROOT"], folder, program)
    env = {"HOME": "/nonexistent"}
    top = jfproc.run([path, "--help"], timeout=20, env=env).stdout
    found = {}
    for verb in re.findall(r"^  ([a-z]+) ", top, re.M):
        text = jfproc.run([path, verb, "--help"], timeout=20, env=env).stdout
        listed = text.split("Options:", 1)[1]
        found[verb] = set(re.findall(r"^  (?:-[a-z], )?(--[a-z-]+)", listed, re.M)) | \
            set(re.findall(r"^  (-[a-z]), ", listed, re.M))
    return found


@case
def verbs_and_options_agree(_world):
    for folder, program in PROGRAMS.items():
        page = read(program + ".1")
        told, real = synopses(page), helps(folder, program)
        jftap.equal(sorted(told), sorted(real), f"verbs of {program}")
        for verb, options in real.items():
            jftap.equal(sorted(told[verb]), sorted(options - EVERYWHERE), f"{program} {verb}")
            long = {option[2:] for option in options - EVERYWHERE if option.startswith("--")}
            jftap.equal(sorted(long - explained(page)), [], f"{program} {verb}: not explained")


@case
def pages_are_good_roff(_world):
    for name in sorted(os.listdir(PAGES)):
        done = jfproc.run(["man", "--warnings", "-E", "UTF-8", "-l", os.path.join(PAGES, name)],
                          timeout=60)
        jftap.equal(done.stderr, "", name)


if __name__ == "__main__":
    jftap.run()
