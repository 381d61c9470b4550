"""What the tests of the heartbeat daemon share: clusters of nodes of ours and of Debian's heartbeat 3.0.6.

    with HeartbeatCluster(build) as cluster:
        a = cluster.node("alpha", "10.77.0.1")            # ours
        b = cluster.node("beta", "10.77.0.2", old=True)   # Debian's
        cluster.configure(ha_cf, haresources, authkeys)
        a.start()

A node of ours is the machine's own root under an overlay with the programs of the build directory in their places; an old one is
the peer root of `peer_root()`. Resources are one script, `Dummy`, that writes down when it was told what, so `overlaps()` can say
whether a resource was ever active on two nodes at once. Python's standard library only.
"""
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import traceback

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "tests", "lab"))
import nodes  # noqa: E402

CACHE = os.environ.get("UM_CACHE", "/var/cache/ultramonkey")
DAEMON = "/usr/libexec/heartbeat/heartbeat"

DUMMY = r"""#!/bin/sh
# Dummy NAME ACTION: a resource that lives in /run and writes down what happens to it.
name=$1 action=$2
eval "action=\${$#}"
state=/run/dummy-$name
now() { date +%s.%N; }
case $action in
  start) echo "$(now) $name start" >>/var/log/agents; [ -z "$DELAY" ] || sleep "$DELAY"; touch "$state"; echo "$(now) $name active" >>/var/log/agents ;;
  stop) echo "$(now) $name stop" >>/var/log/agents; rm -f "$state"; echo "$(now) $name inactive" >>/var/log/agents ;;
  status) if [ -e "$state" ]; then echo running; else echo stopped; exit 3; fi ;;
esac
"""

AUTHKEYS = {
    "crc": "auth 1\n1 crc\n",
    "md5": "auth 1\n1 md5 a-secret-of-this-test\n",
    "sha1": "auth 1\n1 sha1 a-secret-of-this-test\n",
}


def wait_for(condition, seconds, what, every=0.05):
    """Asks until `condition()` is true; raises with `what`, a text or what makes one, when it is not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")


def peer_root():
    """A Debian root with heartbeat 3.0.6, made once."""
    root = os.path.join(CACHE, "peer-heartbeat")
    os.makedirs(CACHE, exist_ok=True)
    subprocess.run(["flock", f"{root}.lock", "sh", "-c",
                    f'[ -x {root}{DAEMON} ] || {{ rm -rf --one-file-system {root}.new; mmdebstrap --quiet --variant=minbase '
                    f'--include=heartbeat,iproute2,procps,python3,ipvsadm bookworm {root}.new >&2 && mv {root}.new {root}; }}'],
                   check=True)
    return root


class HeartbeatNode(nodes.Node):
    old = False
    build = None
    furnished = False

    def __init__(self, cluster, name, address):
        super().__init__(cluster, name, address)
        self.disk = {}

    def power_on(self):
        shared = self.cluster.lower
        self.cluster.lower = peer_root() if self.old else "/"
        try:
            super().power_on()
        finally:
            self.cluster.lower = shared
        if not self.furnished:
            for stale in ("/var/log/agents", "/var/log/ha-log", "/var/log/resets"):
                self.write(stale, "")
        self.furnished = True
        self._furnish()

    def power_off(self):
        """As Node's, but nobody notices: the guardian and the engine would bring each other back while being killed in turn."""
        if self.holder is None:
            return
        for _ in range(20):
            waking = [pid for pid in self.pids() if self._state(pid) not in "TZ"]
            if not waking:
                break
            self.signal(waking, signal.SIGSTOP)
        for path in ("/var/log/agents", "/var/log/ha-log", "/var/lib/heartbeat/hb_generation"):
            self.disk[path] = self.read(path)
        super().power_off()

    def read(self, path):
        """Also of a node without power: as it was when that went."""
        return super().read(path) if self.holder else self.disk.get(path, "")

    @staticmethod
    def _state(pid):
        try:
            with open(f"/proc/{pid}/stat") as f:
                return f.read().rsplit(")", 1)[1].split()[0]
        except OSError:
            return "Z"

    def _root(self, path):
        return f"/proc/{self.holder.pid}/root{path}"

    def _furnish(self):
        if not self.old:
            self._put_our_programs()
        self.write("/etc/ha.d/resource.d/Dummy", DUMMY, 0o755)
        # A reboot would be the machine's own: there is no PID namespace around a node.
        for program in ("reboot", "init"):
            target = self._root(f"/usr/sbin/{program}")
            if os.path.lexists(target):
                os.unlink(target)
            self.write(f"/usr/sbin/{program}", f'#!/bin/sh\necho "{program} $*" >>/var/log/resets\n', 0o755)
        self.sh("install -d -m 750 -o hacluster -g haclient /run/heartbeat; mkdir -p /var/lib/heartbeat/cores/root;"
                "install -d -o hacluster -g haclient /var/lib/heartbeat/cores/hacluster")

    def _put_our_programs(self):
        for directory in ("/usr/libexec/heartbeat", "/usr/libexec/ultramonkey", "/usr/share/heartbeat", "/usr/lib/heartbeat",
                          "/usr/share/ultramonkey/rc.d", "/etc/ha.d/resource.d", "/etc/ha.d/rc.d"):
            os.makedirs(self._root(directory), exist_ok=True)
        # The program is called hb when it was linked by hand, without the rooms it does not need.
        places = {"heartbeat": DAEMON, "ipfail": "/usr/libexec/heartbeat/ipfail", "cl_status": "/usr/bin/cl_status",
                  "ha_log": "/usr/libexec/ultramonkey/ha_log", "ip_helper": "/usr/libexec/ultramonkey/ip_helper"}
        for tool in ("ResourceManager", "req_resource", "mach_down", "hb_standby", "hb_takeover", "hb_addnode", "hb_delnode"):
            places[tool] = f"/usr/share/heartbeat/{tool}"
        for name, place in places.items():
            if os.path.exists(f"{self.build}/bin/{name}"):
                shutil.copy(f"{self.build}/bin/{name}", self._root(place))
        for name in os.listdir(f"{TREE}/etc-ha.d/rc.d"):
            for directory in ("/etc/ha.d/rc.d", "/usr/share/ultramonkey/rc.d"):
                shutil.copy(f"{TREE}/etc-ha.d/rc.d/{name}", self._root(f"{directory}/{name}"))
        shutil.copy(f"{TREE}/etc-ha.d/harc", self._root("/etc/ha.d/harc"))
        shutil.copy(f"{TREE}/debian/heartbeat.init", self._root("/etc/init.d/heartbeat"))
        os.chmod(self._root("/etc/init.d/heartbeat"), 0o755)
        self.sh("grep -q ^haclient: /etc/group || echo haclient:x:901: >>/etc/group;"
                "grep -q ^hacluster: /etc/passwd || echo hacluster:x:901:901::/var/lib/heartbeat:/usr/sbin/nologin >>/etc/passwd")

    # ---- the daemon
    def start(self):
        """Starts heartbeat; the result of the command."""
        return self.sh(DAEMON)

    def stop(self, timeout=90):
        return self.sh(f"{DAEMON} -k", timeout)

    def status(self):
        return self.sh(f"{DAEMON} -s")

    def log(self):
        return self.read("/var/log/ha-log")

    def log_has(self, pattern, since=0):
        return re.search(pattern, self.log()[since:], re.MULTILINE)

    def wait_log(self, pattern, seconds, since=0):
        return wait_for(lambda: self.log_has(pattern, since), seconds, f"{self.name}: log line {pattern!r}")

    @staticmethod
    def signal(pids, number):
        """To each that still lives."""
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill_daemon(self):
        """Ends every process of heartbeat without a word; what it started (resources) stays. Stopped first, so that guardian and
        engine do not bring each other back."""
        pids = [pid for pid in self.pids() if self.comm(pid).startswith("heartbeat")]
        for number in (signal.SIGSTOP, signal.SIGKILL):
            self.signal(pids, number)
        # Gone, not only dead: 3.0.6 takes a process that nobody has reaped yet for a running heartbeat.
        wait_for(lambda: not [pid for pid in pids if os.path.exists(f"/proc/{pid}")], 20, f"{self.name}: heartbeat is gone")

    def borrow(self, root, program, place=None):
        """A program of another Debian root, with the libraries that this one lacks."""
        chroot = [] if root == "/" else ["chroot", root]
        text = subprocess.run(chroot + ["ldd", program], check=True, text=True, capture_output=True).stdout
        files = {program: place or program} | {path: path for path in re.findall(r"(/\S+) \(0x", text)}
        for source, target in files.items():
            wanted = self._root(target)
            if os.path.exists(wanted) and source != program:
                continue
            os.makedirs(os.path.dirname(wanted), exist_ok=True)
            shutil.copy(os.path.join(root, source.lstrip("/")) if root != "/" else source, wanted)

    def bind_device(self, device, name):
        """A character device of this machine as /dev/NAME of the node."""
        target = f"{self.work}/root/dev/{name}"
        subprocess.run(["nsenter", "-t", str(self.holder.pid), "-m", "sh", "-c",
                        f"touch {target} && mount --bind {device} {target}"], check=True)

    def listen(self, program):
        """A Python program in this node's networks that runs beside the daemon; see Listener."""
        return Listener(self, program)

    def holds(self, name):
        return os.path.exists(self._root(f"/run/dummy-{name}"))

    @staticmethod
    def comm(pid):
        try:
            with open(f"/proc/{pid}/comm") as f:
                return f.read().strip()
        except OSError:
            return ""

    def engine(self):
        """The pid of our engine process, 0 when there is none."""
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    if f.read().startswith(b"heartbeat: master control process"):
                        return pid
            except OSError:
                pass
        return 0

    def generation(self):
        """As on its disk."""
        return int(self.read("/var/lib/heartbeat/hb_generation"))

    def troubles(self, since=0):
        """Lines of the log that speak of trouble."""
        return [line for line in self.log()[since:].splitlines() if re.search(r" (WARN|ERROR|CRIT):", line)]

    def agents(self):
        """What Dummy wrote down: (time, resource, event) in order."""
        found = []
        for line in self.read("/var/log/agents").splitlines():
            when, name, event = line.split()
            found.append((float(when), name, event))
        return found


class Listener:
    """A Python program of the test inside a node: `with node.listen(program) as it`. It prints a first line when it is ready;
    end() terminates it and returns what it printed after that."""

    def __init__(self, node, program):
        self.process = subprocess.Popen(["nsenter", "-t", str(node.holder.pid), "-n", "-m", "-u", "-r", "-w", "python3", "-c", program],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        if not self.process.stdout.readline():
            raise AssertionError("a listener did not start")
        return self

    def answer(self, seconds):
        """Its next line, or nothing."""
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            return ""
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.terminate()
        return self.process.communicate(timeout=20)[0]

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Router:
    def __init__(self, cluster):
        self.cluster = cluster

    def get(self, address):
        flags = " nodad" if ":" in address else ""
        self.cluster._in_lan(f"ip addr add {address} dev br0{flags}")

    def lose(self, address):
        self.cluster._in_lan(f"ip addr del {address} dev br0")


class HeartbeatCluster(nodes.Cluster):
    def __init__(self, build):
        super().__init__("/")
        self.build = build

    def __exit__(self, kind, error, trace):
        if error is not None:
            self.show_logs()
        return super().__exit__(kind, error, trace)

    def show_logs(self):
        """What a person needs to see why."""
        for node in self.nodes.values():
            print(f"---- {node.name}{' (3.0.6)' if node.old else ''}: /var/log/ha-log\n{node.log()}", flush=True)

    def node(self, name, address, old=False):
        node = HeartbeatNode(self, name, address)
        node.old, node.build = old, self.build
        self.nodes[name] = node
        node.power_on()
        return node

    def second_interface(self, node, address):
        """eth1, on a bridge of its own."""
        self._in_lan("ip link show br1 >/dev/null 2>&1 || { ip link add br1 type bridge && ip link set br1 up; }")
        self._in_lan(f"ip link add q-{node.name} type veth peer name eth1 netns {node.holder.pid} && "
                     f"ip link set q-{node.name} master br1 up")
        node.sh(f"ip addr add {address}/24 brd + dev eth1 && ip link set eth1 up")

    def router(self, *addresses):
        """A host on the bridge that answers pings to these addresses."""
        self._in_lan("echo 1 >/proc/sys/net/ipv4/conf/br0/promote_secondaries")  # each address goes alone
        router = Router(self)
        for address in addresses:
            router.get(address)
        return router

    def configure(self, ha_cf, haresources, authkeys=AUTHKEYS["sha1"]):
        for node in self.nodes.values():
            text = ha_cf(node) if callable(ha_cf) else ha_cf
            node.write("/etc/ha.d/ha.cf", text)
            node.write("/etc/ha.d/haresources", haresources)
            node.write("/etc/ha.d/authkeys", authkeys, 0o600)

    def holders(self, name):
        return [node for node in self.nodes.values() if node.holder and node.holds(name)]

    def wait_holder(self, name, node, seconds):
        wait_for(lambda: self.holders(name) == [node], seconds,
                 lambda: f"{name} is held by {node.name} alone (now: {[n.name for n in self.holders(name)]})")

    def overlaps(self, name, died=()):
        """Moments at which the resource was active on two nodes. `died`: (node, time) of power losses."""
        events = []
        for node in self.nodes.values():
            events += [(when, node.name, event) for when, n, event in node.agents() if n == name]
        events += [(when, node.name, "inactive") for node, when in died]
        active, found = set(), []
        for when, node, event in sorted(events):
            if event == "start":
                if active - {node}:
                    found.append((when, node, sorted(active)))
                active.add(node)
            if event == "inactive":
                active.discard(node)
        return found


class Report:
    """Test Anything Protocol for people: one line per statement, the exit status at the end."""

    def __init__(self):
        self.passed = self.failed = 0

    @staticmethod
    def print(text):
        print(text, flush=True)

    def ok(self, good, text, detail=""):
        self.passed += bool(good)
        self.failed += not good
        self.print(("ok - " if good else "not ok - ") + text + (f"\n    {detail}" if detail and not good else ""))
        return good

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def main_guard(run):
    """Runs `run` and turns an exception into a failed test with its text."""
    report = Report()
    try:
        run(report)
    except Exception as error:  # a test that breaks down has failed
        traceback.print_exc(limit=-2)
        report.ok(False, f"{type(error).__name__}: {error}")
    sys.exit(report.finish())
