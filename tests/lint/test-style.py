# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes, licence lines, names and white space of everything that we wrote."""

import collections
import json
import os
import re
import shutil
import statistics
import subprocess

import jftap
from jftap import case

ROOT = os.path.abspath(os.environ.get("JF_SOURCE_ROOT") or
                       os.path.join(os.path.dirname(__file__), "..", ".."))
SOURCES = (".c", ".h", ".py", ".sh")
MARKED = SOURCES + (".build", ".txt", ".ui", ".xml", ".in", ".svg", ".ini", ".yml", ".po", ".socket",
                    ".sysusers", ".conf")
FILE_LINES = 800
FUNCTION_LINES = 80
PYTHON_LINES = 400
# one of each in many folders, by convention
COMMON_NAMES = {"main.c", "meson.build", "README.md", ".gitignore", "LINGUAS", "POTFILES", "run"}
SKIPPED = re.compile(r"(^|/)(\.git|_build[^/]*|build[^/]*|__pycache__|corpus)(/|$)")


def files():
    """Paths relative to the root; with or without git."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        relative = os.path.relpath(folder, ROOT)
        folders[:] = [f for f in folders if not SKIPPED.search(os.path.join(relative, f))]
        found += [os.path.normpath(os.path.join(relative, name)) for name in names]
    return sorted(found)


def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def is_script(path):
    with open(os.path.join(ROOT, path), "rb") as file:
        return file.read(2) == b"#!"


@case
def licence_lines(_world):
    wrong = [path for path in files()
             if (path.endswith(MARKED) or is_script(path)) and
             "SPDX-License-Identifier: GPL-3.0-or-later" not in "\n".join(
                 text(path).splitlines()[:3])]
    jftap.equal(wrong, [], "files without an SPDX line")


@case
def file_names_are_unique(_world):
    where = collections.defaultdict(list)
    for path in files():
        where[os.path.basename(path)].append(path)
    twice = [paths for name, paths in where.items()
             if len(paths) > 1 and name not in COMMON_NAMES]
    jftap.equal(twice, [], "names in two places")


@case
def white_space(_world):
    wrong = []
    for path in files():
        if not path.endswith(MARKED + (".md",)) and not is_script(path):
            continue
        content = text(path)
        for number, line in enumerate(content.split("\n"), 1):
            if line != line.rstrip():
                wrong.append(f"{path}:{number}: white space at the end")
            if "\t" in line and path.endswith((".c", ".h", ".py")):
                wrong.append(f"{path}:{number}: a tab")
        if content and not content.endswith("\n"):
            wrong.append(f"{path}: no newline at the end")
    jftap.equal(wrong, [], "white space")


@case
def sizes_of_files(_world):
    wrong, sizes = [], []
    for path in files():
        lines = text(path).count("\n") if path.endswith(SOURCES) else 0
        if path.endswith(".c"):
            sizes.append(lines)
        limit = PYTHON_LINES if path.endswith(".py") else FILE_LINES
        if lines > limit:
            wrong.append(f"{path}: {lines} lines, at most {limit}")
    if sizes:
        jftap.note(f"{len(sizes)} .c files, median {statistics.median(sizes):.0f} lines, "
                   f"largest {max(sizes)}")
    jftap.equal(wrong, [], "files")


@case
def sizes_of_functions(_world):
    ctags = shutil.which("ctags-universal") or shutil.which("ctags")
    if not ctags:
        raise jftap.Skip("needs the program ctags (universal-ctags)")
    paths = [path for path in files() if path.endswith((".c", ".h"))]
    done = subprocess.run([ctags, "--output-format=json", "--fields=+ne", "--kinds-C=f", "-o", "-",
                           "-L", "-"], input="\n".join(paths), text=True, capture_output=True,
                          cwd=ROOT, check=True)
    sizes, wrong = [], []
    for line in done.stdout.splitlines():
        tag = json.loads(line)
        if "end" not in tag:
            continue
        size = tag["end"] - tag["line"] + 1
        if not tag["path"].startswith("tests/"):
            sizes.append(size)
        if size > FUNCTION_LINES:
            wrong.append(f"{tag['path']}:{tag['line']}: {tag['name']} has {size} lines, "
                         f"at most {FUNCTION_LINES}")
    if sizes:
        jftap.note(f"{len(sizes)} functions, median {statistics.median(sizes):.0f} lines, "
                   f"largest {max(sizes)}")
    jftap.equal(wrong, [], "functions")


@case
def no_prefix_on_statics(_world):
    """Names with jf_ are for headers: a static function has none."""
    wrong = []
    pattern = re.compile(r"^static [^;={}]*\n(jf_\w+) \(", re.M)
    for path in files():
        if path.endswith(".c") and not path.startswith("tests/"):
            for match in pattern.finditer(text(path)):
                # virtual functions that G_DEFINE_TYPE declares keep the prefix of their type
                if not re.search(r"_(init|class_init|finalize|dispose|default_init)$", match[1]):
                    wrong.append(f"{path}: {match[1]}")
    jftap.equal(wrong, [], "static functions with a prefix")


if __name__ == "__main__":
    jftap.run()
