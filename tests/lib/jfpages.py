# SPDX-License-Identifier: GPL-3.0-or-later
"""Web servers of providers, in this process, each with a page of its own."""

import http.server
import threading


class WebServer:
    """Serves one page at every path, on a free port of loopback unless one is named."""

    def __init__(self, text, port=0):
        self.body = text.encode()
        self.requests = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.requests += 1
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *words):  # pylint: disable=arguments-differ
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def target(self):
        return f"tcp:127.0.0.1:{self.port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def services_file(services):
    """The text for `serve`: {name: {"target": …, "title": …, …}}; everybody may use them."""
    groups = []
    for name, keys in services.items():
        lines = {"allow": "*", **keys}
        groups.append(f"[service {name}]\n" + "".join(f"{k}={v}\n" for k, v in lines.items()))
    return "\n".join(groups)
