"""Cluster nodes on one machine: each a network, mount and UTS namespace with a Debian root of its own.

A node's root is an overlay over a common Debian root, so /etc/ha.d, /var/lib and /run are its own and survive its power loss
(as a disk would), while its addresses, IPVS table and processes do not. All nodes hang on one bridge in a namespace of its
own; nothing here touches the machine's own network. Python's standard library and iproute2 only.
"""
import os
import signal
import subprocess
import tempfile
import time

ROOT_SETUP = r"""
set -e
mount --make-rprivate /
mkdir -p "$W/upper" "$W/work" "$W/root"
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$W/upper,workdir=$W/work" "$W/root"
cd "$W/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs run
mkdir -p run/lock
mount -t tmpfs tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for d in null zero random urandom full; do touch dev/$d; mount --bind /dev/$d dev/$d; done
mkdir dev/shm dev/pts
ln -s /proc/self/fd dev/fd
hostname "$NAME"
echo "$NAME" > etc/hostname
ip link set lo up
sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.accept_dad=0 2>/dev/null || true
exec chroot "$W/root" sleep infinity
"""


def run(*command, check=True, **kwargs):
    return subprocess.run(command, check=check, text=True, capture_output=True, **kwargs)


class Node:
    """One machine of the cluster. `sh()` runs a command in it as root's shell would."""

    def __init__(self, cluster, name, address):
        self.cluster, self.name, self.address = cluster, name, address
        self.work = os.path.join(cluster.work, name)
        self.holder = None
        self.background = []

    def power_on(self):
        os.makedirs(self.work, exist_ok=True)
        environment = dict(os.environ, W=self.work, LOWER=self.cluster.lower, NAME=self.name)
        self.holder = subprocess.Popen(["unshare", "--net", "--mount", "--uts", "sh", "-c", ROOT_SETUP],
                                       env=environment, stdin=subprocess.DEVNULL)
        self._wait_for_root()
        self.cluster.plug_in(self)
        self.sh(f"ip addr add {self.address}/24 brd + dev eth0 && ip link set eth0 up")
        self.spawn("busybox syslogd -n -O /var/log/syslog")

    def _wait_for_root(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.holder.poll() is not None:
                raise RuntimeError(f"{self.name}: the namespace could not be set up")
            try:
                with open(f"/proc/{self.holder.pid}/cmdline", "rb") as f:
                    if f.read().startswith(b"sleep"):
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"{self.name}: the namespace did not come up")

    def _enter(self):
        return ["nsenter", "-t", str(self.holder.pid), "-n", "-m", "-u", "-r", "-w", "env", "-i",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C",
                "sh", "-c"]

    def sh(self, command, timeout=90):
        """Runs `command`; returns an object with stdout, stderr, output (both, as a terminal shows them) and returncode."""
        with tempfile.TemporaryFile("w+") as out:
            process = subprocess.Popen(self._enter() + [command], stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=subprocess.STDOUT, start_new_session=True)
            try:
                returncode = process.wait(timeout)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                returncode = 124
            out.seek(0)
            return Result(command, out.read(), returncode)

    def spawn(self, command, stdout=subprocess.DEVNULL):
        """Starts `command` and leaves it running until the power goes."""
        process = subprocess.Popen(self._enter() + ["exec " + command], stdin=subprocess.DEVNULL, stdout=stdout,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        self.background.append(process)
        return process

    def write(self, path, text, mode=0o644):
        """A file of this node, as its administrator would put it there."""
        target = f"/proc/{self.holder.pid}/root{path}"
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w") as f:
            f.write(text)
        os.chmod(target, mode)

    def read(self, path):
        try:
            with open(f"/proc/{self.holder.pid}/root{path}", errors="replace") as f:
                return f.read()
        except OSError:
            return ""

    def pids(self):
        """The processes of this node: those in its network namespace."""
        mine = os.readlink(f"/proc/{self.holder.pid}/ns/net")
        if mine == os.readlink("/proc/self/ns/net"):
            return []  # its namespace was not made in time: those would be the machine's own processes
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == self.holder.pid:
                continue
            try:
                if os.readlink(f"/proc/{entry}/ns/net") == mine:
                    found.append(int(entry))
            except OSError:
                continue
        return found

    def power_off(self):
        """Power loss: the wire goes silent at once, every process dies without a word, the disk stays."""
        if self.holder is None:
            return
        self.cluster.unplug(self)
        # All stand still before the first dies: a guardian that outlived its engine for a moment would start a new one.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in self.pids() + [self.holder.pid]:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
        self.holder.wait()
        for process in self.background:
            process.wait()
        self.holder, self.background = None, []


class Result:
    def __init__(self, command, output, returncode):
        self.command, self.output, self.returncode = command, output, returncode

    def __contains__(self, text):
        return text in self.output


class Cluster:
    """A bridge and the nodes on it. Use as a context manager: everything is gone at the end."""

    def __init__(self, lower):
        self.lower = os.path.abspath(lower)
        base = "/tmp/uml" if os.path.isdir("/tmp/uml") else None
        self.work = tempfile.mkdtemp(prefix="um-cluster.", dir=base)
        # An overlay's upper directory must be on a file system that can take it; a tmpfs always can.
        run("mount", "-t", "tmpfs", "tmpfs", self.work)
        self.lan = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while os.readlink(f"/proc/{self.lan.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            if time.monotonic() > deadline:
                raise RuntimeError("no namespace for the bridge")
            time.sleep(0.02)
        self._in_lan("ip link add br0 type bridge && ip link set br0 up && ip link set lo up")
        self.nodes = {}

    def _in_lan(self, command, check=True):
        return run("nsenter", "-t", str(self.lan.pid), "-n", "sh", "-c", command, check=check)

    def add(self, name, address):
        node = Node(self, name, address)
        self.nodes[name] = node
        node.power_on()
        return node

    def plug_in(self, node):
        self._in_lan(f"ip link add p-{node.name} type veth peer name eth0 netns {node.holder.pid} && "
                     f"ip link set p-{node.name} master br0 up")

    def unplug(self, node):
        self._in_lan(f"ip link del p-{node.name}", check=False)

    def cable(self, node, connected):
        """Pulls the node's cable, or puts it back."""
        self._in_lan(f"ip link set p-{node.name} {'up' if connected else 'down'}")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for node in self.nodes.values():
            node.power_off()
        self.lan.kill()
        self.lan.wait()
        run("umount", "-l", self.work, check=False)
        run("rm", "-rf", "--one-file-system", self.work, check=False)  # never into what is still mounted there
