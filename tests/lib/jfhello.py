# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS spoken badly on purpose: a web client whose bytes leave as the test wants, and a gateway
made of gnutls-cli that says whatever it is told inside a good session."""

import contextlib
import os
import socket
import ssl
import subprocess
import time

import jfproc

RAW_PRIORITY = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CTYPE-ALL:+CTYPE-RAWPK"
CONTROL = b"\x01\x01\x00\x00"


def message(data):
    """A message of the control connection: length, then the text."""
    return len(data).to_bytes(4, "big") + data


class WebClient:
    """A TLS client on a socket, with the bytes of its hello in the test's hands."""

    def __init__(self, sock):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.sock = sock
        self.received, self.sent = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.received, self.sent)
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        self.hello = self.sent.read()

    def _step(self, call):
        while True:
            try:
                return call()
            except ssl.SSLWantReadError:
                out = self.sent.read()
                if out:
                    self.sock.sendall(out)
                data = self.sock.recv(65536)
                if not data:
                    self.received.write_eof()
                else:
                    self.received.write(data)

    def finish_handshake(self):
        self._step(self.tls.do_handshake)
        self.sock.sendall(self.sent.read())

    def ask(self, data):
        """Sends, and reads to the end."""
        self.tls.write(data)
        self.sock.sendall(self.sent.read())
        parts = []
        try:
            while True:
                part = self._step(lambda: self.tls.read(65536))
                if not part:
                    break
                parts.append(part)
        except (ssl.SSLError, ConnectionResetError):
            pass
        return b"".join(parts)


def good_handshake(host, at, source=None):
    """Seconds that a good handshake takes, from connect to the end."""
    with host.inside():
        sock = socket.create_connection(at, 20, (source, 0) if source else None)
    with sock:
        started = time.monotonic()
        client = WebClient(sock)
        sock.sendall(client.hello)
        client.finish_handshake()
        return time.monotonic() - started


class RawGateway:
    """Says `data` after a good handshake as some device; `answer` is all that came back."""

    def __init__(self, world, manager, name="stranger"):
        self.world = world
        self.manager = manager
        self.key = os.path.join(world.dir, f"{name}.pem")
        self.public = os.path.join(world.dir, f"{name}.pub")
        if not os.path.exists(self.key):
            jfproc.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key])
            jfproc.run(["openssl", "pkey", "-in", self.key, "-pubout", "-out", self.public])

    def argv(self):
        return ["gnutls-cli", "--insecure", "--priority", RAW_PRIORITY, "--alpn", "jackfield/1",
                "--rawpkkeyfile", self.key, "--rawpkfile", self.public, "--logfile=/dev/null",
                "-p", str(self.manager.port), self.manager.address]

    def say(self, data, timeout=20):
        """Says it, and waits until the manager closes. Returns what it answered."""
        process = subprocess.Popen(jfproc.prefix(self.manager.host.ns) + self.argv(),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        try:
            with contextlib.suppress(BrokenPipeError):  # closed before it was all said
                process.stdin.write(data)
                process.stdin.flush()
            started = time.monotonic()
            # standard input stays open: the end must come from the manager
            process.wait(timeout)
            self.took = time.monotonic() - started
            return process.stdout.read()
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
