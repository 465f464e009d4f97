# SPDX-License-Identifier: GPL-3.0-or-later
"""A long way in a small place: a relay of TCP connections that holds every byte back for a while,
as a distant network would. In a thread of its own."""

import asyncio
import threading


class DelayRelay:
    """Listens on loopback and leads to (host, port); `seconds` one way."""

    def __init__(self, host, port, seconds):
        self.seconds = seconds
        self.target = (host, port)
        self.port = 0
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(10)

    def _run(self, ready):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _accept(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection(*self.target)
        await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer),
                             return_exceptions=True)

    async def _carry(self, reader, writer):
        """Each piece leaves `seconds` after it came, and so does the end."""
        while True:
            try:
                data = await reader.read(65536)
            except ConnectionError:
                data = b""
            if not data:
                self._loop.call_later(self.seconds, writer.close)
                return
            self._loop.call_later(self.seconds, writer.write, data)

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
