# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes of a test: started with a log each, ended by pid, dead with the test in any case."""

import ctypes
import os
import select
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def prefix(netns=None, uid=None):
    """Words to put before a command so that it runs in that network namespace, as that user."""
    words = []
    if netns:
        words += ["nsenter", f"--net=/run/netns/{netns}"]
    if uid:
        words += ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
                  "--pdeathsig=KILL"]
    return words


class Process:
    """A program in the background. Its stderr goes to a log file, its stdout to a pipe or there."""

    def __init__(self, name, argv, log_dir, *, netns=None, uid=None, ready=False, env=None,
                 stdout_pipe=False, stdin=None, cwd=None, clean_env=False):
        self.name = name
        self.log_path = os.path.join(log_dir, f"{name}.log")
        self.ours = os.path.basename(argv[0]).startswith("jackfield")
        self.ready_lines = []
        self._ready_fd = None
        words = prefix(netns, uid)
        pass_fds = ()
        if ready:
            self._ready_fd, write_fd = os.pipe()
            argv = [a.replace("{ready}", str(write_fd)) for a in argv]
            pass_fds = (write_fd,)
        with open(self.log_path, "ab") as log:
            self.popen = subprocess.Popen(
                words + argv, stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=subprocess.PIPE if stdout_pipe else log, stderr=log, pass_fds=pass_fds,
                env={**({} if clean_env else os.environ), **(env or {})}, cwd=cwd,
                preexec_fn=_die_with_parent)
        for fd in pass_fds:
            os.close(fd)

    @property
    def pid(self):
        return self.popen.pid

    @property
    def stdout(self):
        return self.popen.stdout

    def wait_ready(self, seconds=20, mark=b"READY\n"):
        """Reads lines from the ready descriptor until that mark."""
        deadline = time.monotonic() + seconds
        text = b""
        while mark not in text:
            left = deadline - time.monotonic()
            readable, _, _ = select.select([self._ready_fd], [], [], max(left, 0))
            chunk = os.read(self._ready_fd, 4096) if readable else b""
            if not chunk:
                why = "has ended" if readable else f"is not ready within {seconds} s"
                raise AssertionError(f"{self.name} {why}:\n{self.log_tail()}")
            text += chunk
        self.ready_lines = text.decode().splitlines()
        os.close(self._ready_fd)
        self._ready_fd = None

    def alive(self):
        return self.popen.poll() is None

    def signal(self, signum):
        if self.alive():
            self.popen.send_signal(signum)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self, seconds=10):
        """SIGTERM, and SIGKILL for who does not listen. Returns the exit status."""
        self.signal(signal.SIGTERM)
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        for fd in (self.popen.stdout, self.popen.stdin):
            if fd:
                fd.close()
        if self._ready_fd is not None:
            os.close(self._ready_fd)
            self._ready_fd = None
        return self.popen.returncode

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def log_tail(self, lines=25):
        return "\n".join(self.log().splitlines()[-lines:])


def run(argv, *, netns=None, uid=None, timeout=60, check=True, env=None, data=None, cwd=None):
    """Runs a program to its end. Returns the CompletedProcess with text (bytes when data is)."""
    binary = isinstance(data, bytes)
    done = subprocess.run(prefix(netns, uid) + argv, capture_output=True, timeout=timeout,
                          text=not binary, errors=None if binary else "replace", check=False,
                          env={**os.environ, **(env or {})}, input=data if data else None, cwd=cwd,
                          stdin=None if data else subprocess.DEVNULL)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(argv)}: status {done.returncode}\n"
                             f"{str(done.stdout)[-2000:]}\n{str(done.stderr)[-4000:]}")
    return done


def descendants(pid):
    """pid and all its children's pids, however deep."""
    found = [pid]
    for parent in found:
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children", encoding="ascii") as children:
                    found += [int(word) for word in children.read().split()]
        except OSError:
            pass
    return found


def cpu_seconds(pid):
    """User and system time that one process has used so far."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_bytes(pid):
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def fd_count(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))
