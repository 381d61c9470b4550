"""What the tests of resource scripts share: namespaces of their own, runs of a script, captured frames.

Run them with the build directory as argument (default: build). Every test file starts with `rig = Rig(__file__)`: that puts it into new network and mount namespaces,
where /run is empty and eth0 (192.168.0.103/24) is one end of a cable whose other end, peer0, can be
listened on. Nothing of the machine outside is touched.
"""

import contextlib
import fcntl
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("B", f"{TREE}/build"))
HELPERS = ("ip_helper", "findif", "send_arp", "ha_log", "lvs_sync")


def sh(command, check=True):
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    if check and done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.strip()}")
    return done.stdout


# Debian roots with the old programs, shared by all tests of this machine: some minutes, once.
ROOTS = {
    "peer-heartbeat": "heartbeat,resource-agents,ldirectord,iproute2,iputils-ping,net-tools,iptables,procps",
    "resource-tools": "resource-agents,heartbeat,lvm2,mdadm,drbd-utils,iptables,apache2-bin,apache2,e2fsprogs,fdisk,iproute2,"
                      "procps,psmisc,kmod,python3-minimal,iputils-ping,smbclient,xinetd",
}


def root_of(name):
    other = os.environ.get("UM_PEER_ROOT") if name == "peer-heartbeat" else None
    return other or f"/var/cache/ultramonkey/{name}"


def build_root(name):
    root = root_of(name)
    os.makedirs(os.path.dirname(root), exist_ok=True)
    with open(root + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(root + "/.complete"):
            sh(f"rm -rf --one-file-system {root} && mmdebstrap -q --variant=minbase --include={ROOTS[name]} bookworm {root}"
               f" && touch {root}/.complete")


def owned(out):
    """Heartbeat 3.0.6's reading of what `status` prints (spec resource-scripts 1)."""
    if re.search(r"[Nn][Oo][Tt] [Rr]unning", out):
        return False
    return bool(re.search(r"[Rr]unning|OK", out))


class Run:
    """What one run of a script did."""

    def __init__(self, done):
        self.rc, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __repr__(self):
        return f"rc {self.rc}, stdout {self.out!r}, stderr {self.err!r}"


class Rig:
    def __init__(self, test, kernel=None, root=None):
        """With kernel="uml" the whole test runs in a User-Mode Linux guest, which has IPVS and block devices;
        with root=NAME (see ROOTS) Debian's own scripts can be run beside ours."""
        if os.environ.get("RESOURCE_RIG") != "inside":
            missing = [h for h in HELPERS if not os.access(f"{BUILD}/bin/{h}", os.X_OK)]
            if missing:
                print(f"not ok - {missing[0]} is not built in {BUILD}/bin (make resource-helpers)")
                sys.exit(1)
            if root:
                build_root(root)
            os.environ.update(RESOURCE_RIG="inside", LC_ALL="C")
            enter = ["unshare", "-n", "-m"]
            if kernel == "uml":
                enter = [f"{TREE}/tests/lab/uml-run", "-u", "-m", "512", "-t", "1800", "--"]
            os.execvp(enter[0], [*enter, sys.executable, os.path.abspath(test), *sys.argv[1:]])
        self.failed = self.passed = 0
        self.temp = tempfile.mkdtemp(prefix="um-resource-")
        sh("mount --make-rprivate / && mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs " + self.temp)
        for part in ("libexec", "ha.d/conf", "ha.d/rc.d"):
            os.makedirs(f"{self.temp}/{part}")
        for helper in HELPERS:
            os.symlink(f"{BUILD}/bin/{helper}", f"{self.temp}/libexec/{helper}")
        os.symlink(f"{TREE}/resource.d/lib/resource.sh", f"{self.temp}/libexec/resource.sh")
        self.env = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "UM_LIBEXEC": f"{self.temp}/libexec",
            "HA_DIR": f"{self.temp}/ha.d",
            "HA_LOGFILE": f"{self.temp}/log",
            "LC_ALL": "C",
        }
        sh("ip link set lo up && ip link add eth0 type veth peer name peer0 && ip link set peer0 up"
           " && ip link set eth0 up && ip addr add 192.168.0.103/24 brd + dev eth0")

    # ---- running
    def script(self, name):
        return f"{TREE}/resource.d/{name}"

    def run(self, script, *args, **env):
        """Runs resource.d/SCRIPT to its end (all of its output closed) and says what it did."""
        path = script if script.startswith("/") else self.script(script)
        return Run(subprocess.run([path, *args], capture_output=True, text=True, timeout=60,
                                  stdin=subprocess.DEVNULL, env={**self.env, **env}))

    def addresses(self, ip, family=4):
        """The lines of `ip addr` that hold the address, without lifetimes: `eth0 inet A/24 brd B ...`."""
        found = []
        for line in sh(f"ip -o -{family} addr").splitlines():
            words = line.split("\\")[0].split()[1:]
            if words[2].split("/")[0] == ip:
                found.append(" ".join(words))
        return sorted(found)

    def log(self):
        """The lines logged since the last call, without time and tag."""
        try:
            with open(self.env["HA_LOGFILE"]) as file:
                lines = file.read().splitlines()
        except FileNotFoundError:
            return []
        os.unlink(self.env["HA_LOGFILE"])
        return [line.split(":    ", 1)[-1] for line in lines]

    # ---- the old scripts
    def enter(self, name):
        """A writable copy of the root for this test, with ours at /um; returns where it is."""
        merged = f"{self.temp}/root"
        sh(f"mkdir -p {self.temp}/up {self.temp}/work {merged} && mount -t overlay overlay "
           f"-o lowerdir={root_of(name)},upperdir={self.temp}/up,workdir={self.temp}/work {merged} && "
           f"mount -t proc proc {merged}/proc && mount --rbind /dev {merged}/dev && mount --rbind /sys {merged}/sys && "
           f"mount -t tmpfs tmpfs {merged}/run && mkdir -p {merged}/run/resource-agents {merged}/um/libexec && "
           f"cp -r {TREE}/resource.d {merged}/um/ && cp {TREE}/resource.d/lib/resource.sh {merged}/um/libexec/")
        for helper in HELPERS:
            shutil.copy(f"{BUILD}/bin/{helper}", f"{merged}/um/libexec/{helper}")
        return merged

    def inside(self, merged, *command, timeout=120, **env):
        """Runs a command in that root."""
        words = ["chroot", merged, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HA_LOGFILE=/log",
                 "UM_LIBEXEC=/um/libexec", *(f"{k}={v}" for k, v in env.items()), *command]
        return Run(subprocess.run(words, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL))

    def peer(self, name="peer-heartbeat"):
        """Debian's scripts as a function like run()."""
        merged = self.enter(name)
        return lambda script, *args, **env: self.inside(merged, f"/etc/ha.d/resource.d/{script}", *args, **env)

    # ---- listening
    @contextlib.contextmanager
    def capture(self, seconds, ethertype=0x0806):
        """Frames of that type that arrive on peer0, as (time, bytes), until none has come for `seconds`."""
        frames = []
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ethertype)) as sock:
            sock.bind(("peer0", ethertype))
            yield frames
            sock.settimeout(seconds)
            end = time.monotonic() + 20
            while time.monotonic() < end:
                try:
                    data, address = sock.recvfrom(2048)
                except TimeoutError:
                    return
                if address[2] != socket.PACKET_OUTGOING:
                    frames.append((time.monotonic(), data))

    # ---- reporting
    def ok(self, good, text, detail=""):
        self.passed += bool(good)
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} - {text}", flush=True)
        if not good and detail != "":
            print("#   " + str(detail).replace("\n", "\n#   "), flush=True)

    def equal(self, got, wanted, text):
        self.ok(got == wanted, text, f"got:    {got!r}\nwanted: {wanted!r}")

    def expect(self, run, text, rc=0, out="", err=None):
        """stdout and exit code to the letter; stderr only when it is given."""
        good = run.rc == rc and run.out == out and (err is None or run.err == err)
        wanted = f"rc {rc}, stdout {out!r}" + ("" if err is None else f", stderr {err!r}")
        self.ok(good, text, f"got:    {run!r}\nwanted: {wanted}")

    def skip(self, text, why):
        print(f"ok - {text} # SKIP {why}", flush=True)

    def finish(self):
        print(f"# {self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)


def mac_of(device):
    # Not from /sys, which shows the namespace it was mounted in.
    return sh(f"ip -o link show {device}").split("link/ether ")[1].split()[0]


def arp(frame):
    """An ARP frame's fields, as in the table of the specification."""
    eth, rest = frame[:14], frame[14:]
    hw, proto, hl, pl, op = struct.unpack("!HHBBH", rest[:8])
    sha, spa, tha, tpa = rest[8:14], rest[14:18], rest[18:24], rest[24:28]
    return dict(length=len(frame), dst=eth[:6].hex(":"), src=eth[6:12].hex(":"), hw=hw, proto=proto, sizes=(hl, pl),
                op=op, sender_hw=sha.hex(":"), sender_ip=socket.inet_ntoa(spa), target_hw=tha.hex(":"),
                target_ip=socket.inet_ntoa(tpa))
