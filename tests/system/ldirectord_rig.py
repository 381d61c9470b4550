"""What the tests of ldirectord share: a machine of its own to run it on, real servers to command, an IPVS table.

    rig = Rig(__file__)

puts the test into network, mount and UTS namespaces of its own (host name lb1), where /etc, /var and /run may be written to
without touching the machine. On a kernel with IPVS, or in User-Mode Linux (kernel="uml"), the table is the kernel's; else it
is the stand-in of tests/bench/fakeipvs.c behind the same netlink interface. Run with the build directory as argument.
"""

import glob
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("B", f"{TREE}/build"))
CONFIG = "/etc/ha.d/ldirectord.cf"
LOG = "/var/log/ldirectord.log"


def sh(command, check=True, **kwargs):
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **kwargs)
    if check and done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.strip()}")
    return done.stdout


class Ran:
    """What one call of a program did."""

    def __init__(self, done):
        self.rc, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __repr__(self):
        return f"rc {self.rc}, stdout {self.out!r}, stderr {self.err!r}"


class Server:
    """A real server at one address and port: up, down, hang, close, or a dict as in the recorded scenarios."""

    def __init__(self, where, mode="up"):
        host, port = where.rsplit(":", 1)
        self.host, self.port = host.strip("[]"), int(port)
        self.listener, self.requests = None, []
        self.open_connections = []
        self.mode = "down"
        self.set(mode)

    def set(self, mode):
        was_down, self.mode = self.listener is None, mode
        if mode == "down" and not was_down:
            # A blocked accept() would keep the port open.
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
        elif mode != "down" and was_down:
            family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
            self.listener = socket.socket(family, socket.SOCK_STREAM)
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind((self.host, self.port))
            self.listener.listen(64)
            threading.Thread(target=self._serve, args=(self.listener,), daemon=True).start()

    def _serve(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        mode = self.mode
        if mode == "close":
            connection.close()
            return
        if mode == "hang":
            self.open_connections.append(connection)
            return
        connection.settimeout(5)
        try:
            request = b""
            while b"\r\n\r\n" not in request:
                part = connection.recv(4096)
                if not part:
                    break
                request += part
            if request:
                self.requests.append(request.decode(errors="replace").split("\r\n")[0])
                answer = mode if isinstance(mode, dict) else {}
                body = answer.get("body", "OK\n").encode()
                head = (f"HTTP/1.1 {answer.get('http', 200)} {answer.get('reason', 'OK')}\r\n{answer.get('hdr', '')}"
                        f"Content-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n")
                connection.sendall(head.encode() + body)
        except OSError:
            pass
        finally:
            connection.close()


def enter(test, kernel=None, memory=512, seconds=600):
    """Runs the test once more in namespaces of its own (under a kernel with IPVS: kernel="uml"), and returns only in there."""
    if os.environ.get("LDIRECTORD_RIG") == "inside":
        return
    if not os.access(f"{BUILD}/bin/ldirectord", os.X_OK):
        print(f"not ok - ldirectord is not built in {BUILD}/bin")
        sys.exit(1)
    os.environ.update(LDIRECTORD_RIG="inside", LC_ALL="C", TZ="UTC", PYTHONDONTWRITEBYTECODE="1")
    inside = ["unshare", "-n", "-m", "-u"]
    if kernel == "uml":
        inside = [f"{TREE}/tests/lab/uml-run", "-m", str(memory), "-t", str(seconds), "--", *inside]
    os.execvp(inside[0], [*inside, sys.executable, os.path.abspath(test), *sys.argv[1:]])


class Rig:
    def __init__(self, test, **kernel):
        enter(test, **kernel)
        self.failed = self.passed = 0
        sh("mount --make-rprivate / && hostname lb1 && ip link set lo up")
        self.temp = tempfile.mkdtemp(prefix="um-ldirectord-", dir="/tmp/uml" if os.path.isdir("/tmp/uml") else None)
        sh(f"mount -t tmpfs tmpfs {self.temp}")
        for directory in ("etc", "var"):
            os.makedirs(f"{self.temp}/{directory}.upper")
            os.makedirs(f"{self.temp}/{directory}.work")
            sh(f"mount -t overlay overlay -o lowerdir=/{directory},upperdir={self.temp}/{directory}.upper,"
               f"workdir={self.temp}/{directory}.work /{directory}")
        sh("mount -t tmpfs tmpfs /run")
        if not os.path.islink("/var/run"):
            sh("mkdir -p /var/run && mount --bind /run /var/run")
        for directory in ("/etc/ha.d/conf", "/t", "/var/log"):
            try:
                os.makedirs(directory, exist_ok=True)
            except OSError:
                pass
        self.program = f"{self.temp}/ldirectord"
        shutil.copy(f"{BUILD}/bin/ldirectord", self.program)
        self.real_kernel = os.path.exists("/proc/net/ip_vs")
        self.env = dict(PATH="/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL="C", TZ="UTC", HOSTNAME="lb1.example.com")
        if not self.real_kernel:
            sh(f"cc -O1 -shared -fPIC -w -o {self.temp}/fakeipvs.so {TREE}/tests/bench/fakeipvs.c -ldl")
            self.env.update(FAKEIPVS=f"{self.temp}/table", FAKEIPVS_NL="1", LD_PRELOAD=f"{self.temp}/fakeipvs.so")
        self.servers = {}

    # ---- the program
    def call(self, *words, timeout=90, program=None, **env):
        return Ran(subprocess.run([program or self.program, *words], capture_output=True, text=True, timeout=timeout,
                                  stdin=subprocess.DEVNULL, env={**self.env, **env}, cwd="/"))

    def foreground(self, *words):
        return subprocess.Popen([self.program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                stdin=subprocess.DEVNULL, env=self.env, cwd="/")

    def config(self, text, path=CONFIG):
        with open(path, "w") as f:
            f.write(text)

    def ipvsadm(self, arguments):
        return sh(f"ipvsadm {arguments}", env=self.env)

    def table(self):
        """The lines of `ipvsadm -S -n`, blanks at their ends cut, sorted within each service by address."""
        return [line.rstrip() for line in self.ipvsadm("-S -n").splitlines()]

    def pid(self, instance="ldirectord.cf"):
        with open(f"/run/ldirectord.{instance}.pid") as f:
            return int(f.read())

    def log(self, path=LOG):
        """The lines logged since the last call, without their heads."""
        self.logged = getattr(self, "logged", {})
        try:
            with open(path, errors="replace") as f:
                text = f.read()
        except OSError:
            return []
        new = text[self.logged.get(path, 0):]
        self.logged[path] = len(text)
        return [re.sub(r"^\[[^]]*\] ", "", line) for line in new.splitlines()]

    # ---- real servers
    def serve(self, where, mode="up"):
        if where in self.servers:
            self.servers[where].set(mode)
        else:
            self.servers[where] = Server(where, mode)
        return self.servers[where]

    # ---- verdicts
    def eventually(self, condition, seconds=15):
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if value or time.monotonic() > end:
                return value
            time.sleep(0.05)

    def ok(self, condition, name, detail=""):
        if condition:
            self.passed += 1
            print(f"ok - {name}", flush=True)
        else:
            self.failed += 1
            print(f"not ok - {name}\n    {detail}", flush=True)
        return condition

    def equal(self, got, wanted, name):
        return self.ok(got == wanted, name, f"got    {got!r}\n    wanted {wanted!r}")

    def becomes(self, look, wanted, name, seconds=15):
        self.eventually(lambda: look() == wanted, seconds)
        return self.equal(look(), wanted, name)

    def expect(self, ran, name, rc, out=None, err=None):
        fits = ran.rc == rc and (out is None or ran.out == out) and (err is None or ran.err == err)
        return self.ok(fits, name, f"{ran}\n    wanted rc {rc}, stdout {out!r}, stderr {err!r}")

    def done(self):
        for pid_file in glob.glob("/run/ldirectord.*.pid"):
            try:
                os.kill(int(open(pid_file).read()), signal.SIGKILL)
            except (OSError, ValueError):
                pass
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)
