# SPDX-License-Identifier: GPL-3.0-or-later
"""Something else answers in the manager's place: a captive portal, an intercepting proxy, a web
server. The gateway says what it is, and goes on as soon as the manager is there again."""

import os
import ssl

import jfproc
import jfsockets
import jftap
import jfworld
from jftap import case, until


class World(jfworld.LoopbackWorld):
    def __init__(self):
        super().__init__()
        try:
            self.start()
            self.clinic = self.provider()
            self.server = jfsockets.Listener(jfworld.Local(), 0, jfsockets.echo)
            self.cert = os.path.join(self.dir, "hotel.pem")
            jfproc.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.cert + ".key",
                        "-out", self.cert, "-days", "30", "-subj", "/CN=hotel"])
        except BaseException:
            self.close()
            raise

    def context(self, alpn=(), newest=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.cert + ".key")
        if alpn:
            context.set_alpn_protocols(list(alpn))
        if newest:
            context.maximum_version = newest
        return context

    def tls(self, **options):
        context = self.context(**options)

        def handler(connection):
            try:
                with context.wrap_socket(connection, server_side=True) as session:
                    session.recv(100)
            except (ssl.SSLError, OSError):
                pass  # it is refused: that is what the test is about
        return handler


def answering(text):
    def handler(connection):
        connection.recv(4096)
        connection.sendall(text)
    return handler


def reason_of(gateway):
    row = [row for row in gateway.status() if row["type"] == "gateway"][0]
    return row.get("code"), row.get("reason", "")


def in_between(world, handler, *texts):
    """The manager goes, something else takes its place, the manager comes back."""
    world.clinic.serve({"echo": f"tcp:127.0.0.1:{world.server.port}"})
    world.mgr.process.kill()
    other = jfsockets.Listener(jfworld.Local(), world.mgr.port, handler)
    until(lambda: reason_of(world.clinic)[0] == "intercepted", 20, "it is noticed")
    jftap.contains(reason_of(world.clinic)[1], "no Jackfield manager", "sign in", *texts)
    other.close()
    world.mgr.start()
    until(lambda: world.mgr.ask("services")[0]["online"], 40, "the provider is back")
    jftap.equal(world.clinic.process.stop(), 0, "status of serve")


@case
def an_intercepting_proxy(world):
    in_between(world, world.tls(), "speaks TLS")


@case
def a_web_server_with_alpn(world):
    in_between(world, world.tls(alpn=("h2", "http/1.1")), "speaks TLS")


@case
def an_old_web_server(world):
    in_between(world, world.tls(newest=ssl.TLSVersion.TLSv1_2), "speaks TLS")


@case
def a_portal_that_knows_http_only(world):
    in_between(world, answering(b"HTTP/1.1 302 Found\r\nLocation: http://hotel/\r\n\r\n"),
               "a web server answers")


@case
def a_page_without_a_head(world):
    in_between(world, answering(b"<html><body>Sign in</body></html>"), "a web server answers")


@case
def another_manager_is_not_interception(world):
    """A real manager with another key, in the place of this one."""
    world.mgr.process.kill()
    other = jfworld.jfprograms.Manager(world, jfworld.Local(), name="other",
                                       listen=world.mgr.listen).start()
    done = world.clinic.command("services", check=False)
    jftap.equal(done.returncode, 1, "status of services")
    jftap.contains(done.stderr, "another key than the one this device was enrolled with")
    other.process.kill()
    world.mgr.start()


@case
def enrolling_says_so_at_once(world):
    link = world.mgr.invite("bob")
    world.mgr.process.kill()
    other = jfsockets.Listener(jfworld.Local(), world.mgr.port, world.tls())
    gateway = jfworld.jfprograms.Gateway(world, world.user_host, "bob")
    done = gateway.command("enroll", "-", data=link + "\n", check=False)
    jftap.equal(done.returncode, 1, "status of enroll")
    jftap.contains(done.stderr, "no Jackfield manager")
    other.close()
    world.mgr.start()
    gateway.enroll(link)


if __name__ == "__main__":
    jftap.run(World, ["openssl"])
