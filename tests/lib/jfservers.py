# SPDX-License-Identifier: GPL-3.0-or-later
"""Real servers for the tests, each with a configuration and a directory of its own."""

import glob
import os
import pwd
import shutil
import subprocess
import sys

import jfproc

SFTP_SERVER = "/usr/lib/openssh/sftp-server"


def _started(world, host, process, port):
    try:
        world.wait_port(host, host.address, port)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{process.log_tail()}") from error
    return process


def nginx(world, host, port, files):
    """files: {"index.html": bytes, …}"""
    root = world.directory("nginx")
    os.chmod(root, 0o755)
    for name, content in files.items():
        with open(os.path.join(root, name), "wb") as file:
            file.write(content)
    listen = f"{host.v4}:{port}" if host.v4 else f"[{host.v6}]:{port}"
    user = "user root;" if os.geteuid() == 0 else ""
    config = world.file("nginx.conf", f"""
daemon off; worker_processes 2; pid {root}/pid; error_log stderr warn; {user}
events {{ worker_connections 4096; }}
http {{
  access_log off; default_type application/octet-stream; types {{ text/html html; }}
  client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f;
  uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
  server {{ listen {listen} backlog=4096; root {root}; }}
}}
""")
    process = world.spawn("nginx", ["/usr/sbin/nginx", "-p", root, "-e", "stderr", "-c", config],
                          netns=host.ns)
    return _started(world, host, process, port)


class Sshd:
    """sshd with throw-away keys; `options` are what a client needs to reach it by key alone."""

    def __init__(self, world, host, port):
        self.dir = world.directory("sshd")
        for name in ("host", "user"):
            jfproc.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                        os.path.join(self.dir, name)])
        os.makedirs("/run/sshd", exist_ok=True)  # sshd's own wish when it runs as root
        shutil.copy(os.path.join(self.dir, "user.pub"), os.path.join(self.dir, "authorized"))
        with open(os.path.join(self.dir, "host.pub"), encoding="ascii") as file:
            host_key = " ".join(file.read().split()[:2])
        known = world.file("sshd/known", f"jf-server {host_key}\n")
        address = host.v4 or host.v6
        config = world.file("sshd/config", f"""
ListenAddress {address}
Port {port}
HostKey {self.dir}/host
AuthorizedKeysFile {self.dir}/authorized
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp {SFTP_SERVER}
MaxStartups 100
MaxSessions 100
""")
        self.process = world.spawn("sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", config],
                                   netns=host.ns)
        _started(world, host, self.process, port)
        self.options = ["-F", "none", "-i", f"{self.dir}/user", "-o", f"UserKnownHostsFile={known}",
                        "-o", "HostKeyAlias=jf-server", "-o", "BatchMode=yes",
                        "-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR"]


def redis(world, host, port):
    process = world.spawn("redis", ["redis-server", "--bind", host.address, "--port", str(port),
                                    "--save", "", "--protected-mode", "no", "--dir", world.dir],
                          netns=host.ns)
    return _started(world, host, process, port)


def iperf3(world, host, port):
    process = world.spawn(f"iperf3-{port}", ["iperf3", "-s", "--forceflush", "-p", str(port), "-B",
                                              host.address],
                          netns=host.ns)
    # iperf3 takes a bare connection for a broken test, so look at the socket instead
    from jftap import until  # pylint: disable=import-outside-toplevel
    until(lambda: f":{port} " in jfproc.run(["ss", "-ltnH"], netns=host.ns).stdout, 20,
          "iperf3 listens")
    return process


def git_daemon(world, host, port, base):
    process = world.spawn("git-daemon", ["git", "daemon", f"--listen={host.address}",
                                         f"--port={port}", f"--base-path={base}", "--export-all",
                                         "--reuseaddr", "--informative-errors"],
                          netns=host.ns, env={"HOME": world.dir, "GIT_CONFIG_COUNT": "1",
                                              "GIT_CONFIG_KEY_0": "safe.directory",
                                              "GIT_CONFIG_VALUE_0": "*"})
    return _started(world, host, process, port)


WEBSOCKET_ECHO = """
import asyncio, sys, websockets
async def echo(ws, path=None):
    async for message in ws:
        await ws.send(message)
async def main():
    async with websockets.serve(echo, sys.argv[1], int(sys.argv[2]), max_size=None):
        await asyncio.Future()
asyncio.run(main())
"""


def websocket_echo(world, host, port):
    process = world.spawn("websocket", [sys.executable, "-c", WEBSOCKET_ECHO, host.address,
                                        str(port)], netns=host.ns)
    return _started(world, host, process, port)


class Postgres:
    """A cluster in a directory of its own, run by the user postgres (it refuses root)."""

    def __init__(self, world, host, port):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        self.bin = found[-1]
        self.uid = pwd.getpwnam("postgres").pw_uid
        self.dir = world.directory("postgres", self.uid)
        data = os.path.join(self.dir, "data")
        jfproc.run([f"{self.bin}/initdb", "-D", data, "-A", "trust", "-U", "bench", "-N"],
                   uid=self.uid, cwd=self.dir)
        with open(os.path.join(data, "pg_hba.conf"), "a", encoding="ascii") as file:
            file.write("host all all 0.0.0.0/0 trust\nhost all all ::/0 trust\n")
        self.process = world.spawn("postgres", [
            f"{self.bin}/postgres", "-D", data, "-h", host.address, "-p", str(port), "-k", "",
            "-c", "fsync=off", "-c", "max_connections=60"], netns=host.ns, uid=self.uid,
            cwd=self.dir)
        _started(world, host, self.process, port)


def need_postgres():
    return "/usr/lib/postgresql" if not shutil.which("postgres") else "postgres"


def digest(path):
    return subprocess.run(["sha256sum", path], capture_output=True, text=True,
                          check=True).stdout.split()[0]
