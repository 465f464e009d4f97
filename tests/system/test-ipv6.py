# SPDX-License-Identifier: GPL-3.0-or-later
"""The same job where there is no IPv4 at all."""

import jfproc
import jfservers
import jfsockets
import jftap
import jfworld
from jftap import case

PORT = 8080
PAGE = b"<p>over IPv6</p>" * 1000


class World(jfworld.NatWorld):
    def __init__(self):
        super().__init__(ipv4=False)
        try:
            jfservers.nginx(self, self.server_host, PORT, {"index.html": PAGE})
            self.start()
            self.provider().serve({"web": f"tcp:[{self.server_host.v6}]:{PORT}"})
            self.alice = self.user()
        except BaseException:
            self.close()
            raise


def fetch(world, address, port):
    host = f"[{address}]" if ":" in address else address
    done = jfproc.run(["curl", "-sSf", "-o", "/dev/stdout", f"http://{host}:{port}/index.html"],
                      netns=world.user_host.ns)
    return done.stdout.encode()


@case
def nobody_has_an_ipv4_address_but_loopback(world):
    for host in (world.mgr_host, world.user_host, world.gateway_host, world.server_host):
        out = jfproc.run(["ip", "-n", host.ns, "-4", "-o", "addr", "show", "scope", "global"])
        jftap.equal(out.stdout, "", "IPv4 addresses")


@case
def the_invitation_names_an_ipv6_address(world):
    jftap.contains(world.mgr.invite("somebody"), "https://[2001:db8:")


@case
def a_page_comes_through_the_stable_address(world):
    join = world.alice.join("clinic/web")
    jftap.equal(fetch(world, *join.address) == PAGE, True, "page")
    join.stop()


@case
def a_page_comes_through_an_ipv6_pseudo_socket(world):
    join = world.alice.join("clinic/web", listen="[::1]:8081")
    jftap.equal(join.address, ("::1", 8081), "address")
    jftap.equal(fetch(world, *join.address) == PAGE, True, "page")
    with jfsockets.connect(world.user_host, ("::1", 8081)) as sock:
        sock.sendall(b"GET /index.html HTTP/1.0\r\n\r\n")
        jftap.contains(jfsockets.receive_all(sock), PAGE)
    join.stop()


@case
def inbound_connections_are_dropped(world):
    done = jfproc.run(["curl", "-s", "-m", "2", f"http://[{world.provider_router.v6}]:{PORT}/"],
                      netns=world.mgr_host.ns, check=False)
    jftap.equal(done.returncode, 28, "curl's status (28: timed out)")


if __name__ == "__main__":
    jftap.run(World, ["root", "nft", "nginx", "curl"])
