# SPDX-License-Identifier: GPL-3.0-or-later
"""Small proxies for tests: HTTP CONNECT, and SOCKS 5, on loopback."""

import base64
import socket
import struct
import threading

import jfsockets


def _pump(source, sink):
    try:
        while True:
            data = source.recv(1 << 16)
            if not data:
                break
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def join_sockets(one, other):
    """Until both have ended."""
    thread = threading.Thread(target=_pump, args=(one, other), daemon=True)
    thread.start()
    _pump(other, one)
    thread.join()
    other.close()


class ConnectProxy(jfsockets.Listener):
    """`credentials`: "user:password" that it wants; `answer`: a status line that it gives instead of
    connecting; `hang`: it takes the request and says nothing."""

    def __init__(self, host, credentials=None, answer=None, hang=False):
        self.credentials = credentials
        self.answer = answer
        self.hang = hang
        self.targets = []
        self.refused = 0
        self.released = threading.Event()
        super().__init__(host, 0, self._serve)

    def _head(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            data = connection.recv(1)
            if not data:
                return None
            head += data
        return head.decode("latin-1").split("\r\n")

    def _may(self, lines):
        wanted = base64.b64encode((self.credentials or "").encode()).decode()
        return self.credentials is None or any(
            line.lower() == f"proxy-authorization: basic {wanted}".lower() for line in lines)

    def _serve(self, connection):
        lines = self._head(connection)
        if lines is None:
            return
        method, target, _ = lines[0].split(" ")
        if self.hang:
            self.released.wait(60)
            return
        if method != "CONNECT" or self.answer or not self._may(lines):
            self.refused += 1
            status = self.answer or "407 Proxy Authentication Required\r\n" \
                                    'Proxy-Authenticate: Basic realm="test"'
            connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        name, _, port = target.rpartition(":")
        self.targets.append(target)
        onward = socket.create_connection((name.strip("[]"), int(port)), 10)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        join_sockets(connection, onward)


class SocksProxy(jfsockets.Listener):
    """SOCKS 5 without a password."""

    def __init__(self, host):
        self.targets = []
        super().__init__(host, 0, self._serve)

    def _name(self, connection, kind):
        if kind == 1:
            return socket.inet_ntoa(jfsockets.receive(connection, 4))
        if kind == 3:
            return jfsockets.receive(connection, connection.recv(1)[0]).decode()
        return socket.inet_ntop(socket.AF_INET6, jfsockets.receive(connection, 16))

    def _serve(self, connection):
        _, n_methods = jfsockets.receive(connection, 2)
        jfsockets.receive(connection, n_methods)
        connection.sendall(b"\x05\x00")
        _, _, _, kind = jfsockets.receive(connection, 4)
        name = self._name(connection, kind)
        port = struct.unpack("!H", jfsockets.receive(connection, 2))[0]
        self.targets.append(f"{name}:{port}")
        onward = socket.create_connection((name, port), 10)
        connection.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        join_sockets(connection, onward)
