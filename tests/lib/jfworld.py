# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage of a test: hosts, one manager, gateways, servers, a directory; all gone at the end.

NatWorld is the real thing, with namespaces (root). LoopbackWorld runs everybody on this machine's
loopback and needs no privilege."""

import os
import shutil
import socket
import tempfile

import jfnet
import jfproc
import jfprograms

# Numbers that belong to nobody: the programs must not need root, a name or a home.
MANAGER_UID = 64010
PROVIDER_UID = 64011


class Local:
    """This machine, in place of a jfnet.Host."""

    ns = None
    v4 = "127.0.0.1"
    v6 = None
    address = "127.0.0.1"

    @staticmethod
    def endpoint(port):
        return f"127.0.0.1:{port}"

    @staticmethod
    def inside():
        return open(os.devnull, encoding="ascii")  # a context that changes nothing


def build_root():
    """Where the programs were built; meson's tests set it."""
    root = os.environ.get("JF_BUILD_ROOT")
    if not root:
        raise SystemExit("set JF_BUILD_ROOT to the build directory")
    return root


class Stage:
    """Directory, processes and programs, without an idea of the network."""

    def __init__(self, build=None):
        built = [os.path.abspath(os.path.join(build or build_root(), *names)) for names in (
            ("manager", "jackfield-manager"), ("gateway", "jackfield-gateway"))]
        for path in built:
            if not os.path.exists(path):
                raise SystemExit(f"{path} is not there: build first")
        self.dir = tempfile.mkdtemp(prefix="jf-test-")
        os.chmod(self.dir, 0o755)
        self.processes = []
        self.manager, self.gateway = (self._program(path) for path in built)

    def _program(self, path):
        """A copy that other users may run too, wherever the tree is."""
        name = os.path.basename(path)
        if os.geteuid() != 0:
            return path
        copy = os.path.join(self.dir, name)
        shutil.copy(path, copy)
        os.chmod(copy, 0o755)
        return copy

    def directory(self, name, uid=None):
        path = os.path.join(self.dir, name)
        os.makedirs(path, mode=0o700, exist_ok=True)
        if uid:
            os.chown(path, uid, uid)
        return path

    def file(self, name, text, uid=None, mode=0o600):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        if uid:
            os.chown(path, uid, uid)
        return path

    def spawn(self, name, argv, **options):
        process = jfproc.Process(name, argv, self.dir, **options)
        self.processes.append(process)
        return process

    def explain(self):
        """The ends of all logs, for a failed case."""
        ours = [p for p in self.processes if p.ours or not p.alive()]
        return "\n".join(f"--- {p.name} ({'runs' if p.alive() else p.popen.returncode})\n"
                         f"{p.log_tail(12)}" for p in ours[:1] + ours[1:][-6:])

    def stop_processes(self):
        for process in reversed(self.processes):
            process.stop(5)
        self.processes = []

    def close(self):
        self.stop_processes()
        if not os.environ.get("JF_TEST_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def wait_port(self, host, address, port, seconds=20):
        """Until somebody accepts there, seen from host."""
        from jftap import until  # pylint: disable=import-outside-toplevel

        def probe():
            try:
                with host.inside():
                    socket.create_connection((address, port), 1).close()
                return True
            except OSError:
                return False
        until(probe, seconds, f"{address}:{port} accepts")


class LoopbackWorld(Stage):
    """Manager, provider "clinic" and user "alice" on this machine."""

    def __init__(self, build=None, config=None):
        super().__init__(build)
        self.internet = self.user_host = self.server_host = self.gateway_host = Local()
        self.mgr = jfprograms.Manager(self, Local(), config=config)

    def start(self):
        self.mgr.start()
        return self

    def member(self, label, *extra, host=None, name=None, uid=None):
        """An enrolled gateway of a member, by a fresh invitation."""
        link = self.mgr.invite(label, *extra)
        gateway = jfprograms.Gateway(self, host or self.user_host, name or label, uid)
        return gateway.enroll(link)

    def provider(self, label="clinic", name=None, host=None, uid=None):
        return self.member(label, "--role", "provider", name=name,
                           host=host or self.gateway_host, uid=uid)

    def user(self, label="alice", name=None, uid=None):
        return self.member(label, name=name, host=self.user_host, uid=uid)


class NatWorld(LoopbackWorld):
    """Two private networks with the same addresses, each behind a router that lets nobody in; the
    manager on the internet between them."""

    def __init__(self, ipv4=True, ipv6=True, build=None, config=None):
        Stage.__init__(self, build)
        self.net = jfnet.Network(ipv4, ipv6)
        try:
            self.mgr_host = self.net.public_host("mgr", 10)
            self.user_router = self.net.router("rtu", 21)
            self.provider_router = self.net.router("rtp", 22)
            self.user_host = self.net.private_host("user", self.user_router, 10)
            self.gateway_host = self.net.private_host("gw", self.provider_router, 10)
            self.server_host = self.net.private_host("srv", self.provider_router, 20)
            self.mgr = jfprograms.Manager(self, self.mgr_host, uid=MANAGER_UID, config=config,
                                          listen=":4433")
        except BaseException:
            self.close()
            raise

    def provider(self, label="clinic", name=None, host=None, uid=PROVIDER_UID):
        return super().provider(label, name, host, uid)

    def close(self):
        super().close()
        self.net.close()
