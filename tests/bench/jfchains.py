# SPDX-License-Identifier: GPL-3.0-or-later
"""The chains that the benchmark compares: what stands between a client and a server on one machine.

Each is what its makers recommend for the job, tuned: TLS 1.3 with AES-128-GCM, TCP_NODELAY. A chain
has three parts like Jackfield's: one at the user, one in the middle, one at the provider."""

import getpass
import os
import resource
import socket

import jfproc
import jfprograms
import jfservers
import jfworld

CIPHER = "TLS_AES_128_GCM_SHA256"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(stage):
    """One self-signed certificate for every TLS chain; returns (certificate, both with key)."""
    cert, key, both = (os.path.join(stage.dir, f"tls.{end}") for end in ("crt", "key", "pem"))
    if not os.path.exists(both):
        jfproc.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=jf-bench",
                    "-addext", "subjectAltName=DNS:jf-bench", "-keyout", key, "-out", cert])
        with open(both, "w", encoding="ascii") as out:
            for part in (key, cert):
                with open(part, encoding="ascii") as file:
                    out.write(file.read())
    return cert, both


class Chain:
    """services: {"bulk": port of the real server, "echo": …}; `at` says where the client goes."""

    name = "loopback"

    def __init__(self, stage, services):
        self.stage = stage
        self.services = services
        self.processes = []
        self.middle = None  # the part in the middle, where it is a process of its own
        self.at = {}

    def start(self):
        self.at = {name: ("127.0.0.1", port) for name, port in self.services.items()}

    def spawn(self, name, argv):
        process = self.stage.spawn(f"{self.name}-{name}".replace(" ", "-"), argv)
        self.processes.append(process)
        return process

    def wait(self, ports):
        for port in ports:
            self.stage.wait_port(jfworld.Local(), "127.0.0.1", port)

    def hop(self):
        """A free port for each service."""
        return {name: free_port() for name in self.services}

    def pids(self):
        return [pid for process in self.processes for pid in jfproc.descendants(process.pid)]

    def middle_pids(self):
        return jfproc.descendants(self.middle.pid) if self.middle else []


class OpenSsh(Chain):
    """ssh -R from the provider and ssh -L from the user, through one sshd."""

    name = "OpenSSH"

    def start(self):
        port, far, near = free_port(), self.hop(), self.hop()
        sshd = jfservers.Sshd(self.stage, jfworld.Local(), port)
        self.processes.append(sshd.process)
        self.middle = sshd.process
        ssh = ["ssh", "-N", *sshd.options, "-o", "ExitOnForwardFailure=yes", "-c",
               "aes128-gcm@openssh.com", "-o", "Compression=no", "-p", str(port)]
        for flag, here, there, name in (("-R", far, self.services, "provider"),
                                        ("-L", near, far, "user")):
            words = [w for s in self.services
                     for w in (flag, f"127.0.0.1:{here[s]}:127.0.0.1:{there[s]}")]
            self.spawn(name, [*ssh, *words, f"{getpass.getuser()}@127.0.0.1"])
            self.wait(here.values())
        self.at = {name: ("127.0.0.1", near[name]) for name in near}


class Stunnel(Chain):
    """The user's stunnel, one in the middle that ends and begins TLS, the provider's."""

    name = "stunnel"

    def _config(self, name, services):
        text = ("foreground = yes\npid =\ndebug = err\nsslVersionMin = TLSv1.3\n"
                f"ciphersuites = {CIPHER}\nsocket = l:TCP_NODELAY=1\nsocket = r:TCP_NODELAY=1\n")
        for title, client, here, there in services:
            text += f"[{title}]\naccept = 127.0.0.1:{here}\nconnect = 127.0.0.1:{there}\n"
            cert, both = certificate(self.stage)
            text += f"client = yes\nverifyPeer = yes\nCAfile = {cert}\n" if client \
                else f"cert = {both}\n"
        return self.spawn(name, ["stunnel4", self.stage.file(f"stunnel-{name}.conf", text)])

    def start(self):
        near, middle, inner, far = self.hop(), self.hop(), self.hop(), self.hop()
        names = list(self.services)
        self._config("provider", [(n, False, far[n], self.services[n]) for n in names])
        self.middle = self._config("middle",
                                   [(f"{n}-in", False, middle[n], inner[n]) for n in names] +
                                   [(f"{n}-out", True, inner[n], far[n]) for n in names])
        self._config("user", [(n, True, near[n], middle[n]) for n in names])
        self.wait(near.values())
        self.at = {n: ("127.0.0.1", near[n]) for n in names}


class HaproxyPass(Chain):
    """TLS between the user's and the provider's haproxy; the middle passes it through unread."""

    name = "haproxy pass"
    middle_reads = False

    def _config(self, name, here, there, tls_in, tls_out):
        cert, both = certificate(self.stage)
        text = f"""global
  maxconn {resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4}
  nbthread {os.cpu_count()}
  ssl-default-bind-ciphersuites {CIPHER}
  ssl-default-bind-options ssl-min-ver TLSv1.3
  ssl-default-server-ciphersuites {CIPHER}
  ssl-default-server-options ssl-min-ver TLSv1.3
defaults
  mode tcp
  option splice-auto
  timeout connect 10s
  timeout client 1h
  timeout server 1h
"""
        for title in here:
            bind = f" ssl crt {both}" if tls_in else ""
            out = (f" ssl verify required ca-file {cert} sni str(jf-bench) "
                   "verifyhost jf-bench") if tls_out else ""
            text += (f"listen {title}\n  bind 127.0.0.1:{here[title]}{bind}\n"
                     f"  server s 127.0.0.1:{there[title]}{out}\n")
        label = f"{self.name}-{name}".replace(" ", "-")
        return self.spawn(name, ["haproxy", "-db", "-f",
                                 self.stage.file(f"{label}.cfg", text)])

    def start(self):
        near, middle, far = self.hop(), self.hop(), self.hop()
        self._config("provider", far, self.services, True, False)
        self.middle = self._config("middle", middle, far, self.middle_reads, self.middle_reads)
        self._config("user", near, middle, False, True)
        self.wait(near.values())
        self.at = {name: ("127.0.0.1", near[name]) for name in near}


class HaproxyTwoTls(HaproxyPass):
    """The middle ends the user's TLS and begins another to the provider."""

    name = "haproxy two TLS"
    middle_reads = True


class Jackfield(Chain):
    """Client gateway, manager, server gateway."""

    name = "Jackfield"

    def __init__(self, stage, services):
        super().__init__(stage, services)
        self.joins = {}
        self.manager = self.provider = None

    def start(self):
        local = jfworld.Local()
        self.manager = jfprograms.Manager(self.stage, local).start()
        self.middle = self.manager.process
        link = self.manager.invite("clinic", "--role", "provider")
        self.provider = jfprograms.Gateway(self.stage, local, "clinic").enroll(link)
        self.provider.serve({n: f"tcp:127.0.0.1:{p}" for n, p in self.services.items()})
        self.processes += [self.middle, self.provider.process]
        user = jfprograms.Gateway(self.stage, local, "alice").enroll(self.manager.invite("alice"))
        for name in self.services:
            self.joins[name] = user.join(f"clinic/{name}")
            self.processes.append(self.joins[name].process)
            self.at[name] = self.joins[name].address


ALL = [Chain, OpenSsh, Stunnel, HaproxyPass, HaproxyTwoTls, Jackfield]
