# SPDX-License-Identifier: GPL-3.0-or-later
"""Every verb of both programs explains itself, and wrong usage is status 2 with one line why."""

import os
import re

import jfproc
import jftap
from jftap import case

VERBS = {
    ("manager", "jackfield-manager"): ["serve", "invite", "members", "devices", "services",
                                       "tunnels", "audit", "status", "revoke", "close"],
    ("gateway", "jackfield-gateway"): ["enroll", "serve", "offer", "services", "join", "status"],
}
NEEDS_ARGUMENT = {"invite", "revoke", "close", "enroll", "offer", "join"}


def each_program():
    for (folder, name), verbs in VERBS.items():
        path = os.path.join(os.environ["JF_BUILD_ROOT"], folder, name)
        yield path, verbs


def expect(argv, status):
    done = jfproc.run(argv, check=False, timeout=20, env={"HOME": "/nonexistent"})
    jftap.equal(done.returncode, status, f"{' '.join(argv[-3:])}: {done.stderr}")
    return done


@case
def help_of_programs(_world):
    for path, verbs in each_program():
        done = expect([path, "--help"], 0)
        jftap.contains(done.stdout, *verbs)
        jftap.equal(done.stderr, "", "stderr of --help")


@case
def help_of_verbs(_world):
    for path, verbs in each_program():
        for verb in verbs:
            done = expect([path, verb, "--help"], 0)
            jftap.contains(done.stdout, verb)
            jftap.equal(done.stderr, "", "stderr of --help")


@case
def version_of_programs(_world):
    for path, _ in each_program():
        done = expect([path, "--version"], 0)
        if not re.search(r"\d+\.\d+", done.stdout):
            raise AssertionError(done.stdout)


@case
def wrong_usage_is_two(_world):
    for path, verbs in each_program():
        expect([path], 2)
        for words in (["no-such-verb"], ["--no-such-option"]):
            done = expect([path, *words], 2)
            jftap.contains(done.stderr, words[0])
        for verb in verbs:
            done = expect([path, verb, "--no-such-option"], 2)
            jftap.contains(done.stderr, "no-such-option")
            jftap.equal(done.stdout, "", "stdout of a wrong usage")
            if verb in NEEDS_ARGUMENT:
                expect([path, verb], 2)


if __name__ == "__main__":
    jftap.run()
