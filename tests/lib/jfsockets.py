# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets of a test's own, made inside the network of a host."""

import contextlib
import hashlib
import os
import socket
import struct
import threading


def connect(host, at, timeout=15):
    """A connection from that host; `at` is (address, port) or the path of a UNIX socket."""
    if isinstance(at, str):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(timeout)
        sock.connect(at)
        return sock
    with host.inside():
        return socket.create_connection(at, timeout)


def reset(sock):
    """Closes with RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def receive(sock, size):
    """Exactly that many bytes, or fewer at the end."""
    parts = []
    while size > 0:
        part = sock.recv(min(size, 1 << 20))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def receive_all(sock):
    parts = []
    while True:
        part = sock.recv(1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)


class Listener:
    """A server in this process, on that host. handler(connection) runs in a thread for each one;
    what it raises is kept in `errors`."""

    def __init__(self, host, port, handler, backlog=4096):
        with host.inside():
            family = socket.AF_INET6 if ":" in host.address else socket.AF_INET
            self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((host.address, port))
        self.socket.listen(backlog)
        self.port = self.socket.getsockname()[1]
        self.handler = handler
        self.accepted = 0
        self.errors = []
        self._closing = False
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while not self._closing:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection):
        try:
            with connection:
                self.handler(connection)
        except Exception as error:  # pylint: disable=broad-except
            self.errors.append(error)

    def close(self):
        self._closing = True
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def echo(connection):
    while True:
        data = connection.recv(1 << 16)
        if not data:
            return
        connection.sendall(data)


def round_trip(sock, size=100_000):
    """Sends random bytes to an echo and compares what comes back."""
    data = os.urandom(size)
    sender = threading.Thread(target=sock.sendall, args=(data,), daemon=True)
    sender.start()
    back = receive(sock, size)
    sender.join()
    if hashlib.sha256(back).digest() != hashlib.sha256(data).digest():
        raise AssertionError(f"{len(back)} of {size} bytes came back, or other ones")
