# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody in the middle: a relay of TCP connections to a manager that, on demand, stalls, spoils what
comes back, answers nonsense or nothing. In threads of its own."""

import contextlib
import os
import select
import socket
import threading

PASS, STALL, SPOIL, NONSENSE, REFUSE = "pass", "stall", "spoil", "nonsense", "refuse"


class Meddler:
    """Listens on loopback and leads to (host, port). `mode` counts for connections that are there
    and for new ones; `after` lets that many bytes come back unspoilt first."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.mode = PASS
        self.after = 0
        self.accepted = 0
        self._pairs = set()
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def set(self, mode, after=0):
        self.after = after
        self.mode = mode

    def link(self, link):
        """An invitation to the manager, by way of here."""
        host, port = self.target
        return link.replace(f"{host}:{port}/", f"127.0.0.1:{self.port}/")

    def drop(self):
        """Cuts every connection."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            for sock in pair:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def close(self):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.drop()

    def _run(self):
        while True:
            try:
                near, _ = self._socket.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        with near, contextlib.suppress(OSError):
            if self.mode == REFUSE:
                return
            if self.mode == NONSENSE:
                near.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nno\n" + os.urandom(4000))
                return
            with socket.create_connection(self.target, 10) as far:
                pair = (near, far)
                with self._lock:
                    self._pairs.add(pair)
                try:
                    self._relay(near, far)
                finally:
                    with self._lock:
                        self._pairs.discard(pair)

    def _relay(self, near, far):
        back = 0
        while True:
            readable, _, _ = select.select([near, far], [], [], 0.2)
            if self.mode == STALL:
                # what has come waits where it is, but an end is an end
                if not readable:
                    continue
                with contextlib.suppress(BlockingIOError):
                    if not near.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                        return
                threading.Event().wait(0.02)
                continue
            for source, sink in ((near, far), (far, near)):
                if source not in readable:
                    continue
                data = source.recv(65536)
                if not data:
                    return
                if source is far:
                    data, back = self._spoil(data, back)
                sink.sendall(data)

    def _spoil(self, data, back):
        end = back + len(data)
        if self.mode == SPOIL and end > self.after:
            keep = max(self.after - back, 0)
            data = data[:keep] + os.urandom(len(data) - keep)
        return data, end
