"""The two-balancer cluster of the Ultra Monkey tutorial: its files, verbatim, and its machines."""
import re

from nodes import Cluster

VIP = "192.168.0.105"
ADDRESSES = {"loadb1": "192.168.0.103", "loadb2": "192.168.0.104", "webserver1": "192.168.0.101",
             "webserver2": "192.168.0.102", "client": "192.168.0.10"}

HA_CF = """\
logfacility        local0
bcast        eth0                # Linux
mcast eth0 225.0.0.1 694 1 0
auto_failback off
node        loadb1
node        loadb2
respawn hacluster /usr/lib/heartbeat/ipfail
apiauth ipfail gid=haclient uid=hacluster
"""

HARESOURCES = """\
loadb1        \\
        ldirectord::ldirectord.cf \\
        LVSSyncDaemonSwap::master \\
        IPaddr2::192.168.0.105/24/eth0/192.168.0.255
"""

AUTHKEYS = """\
auth 3
3 md5 somerandomstring
"""

LDIRECTORD_CF = """\
checktimeout=10
checkinterval=2
autoreload=no
logfile="local0"
quiescent=yes

virtual=192.168.0.105:80
        real=192.168.0.101:80 gate
        real=192.168.0.102:80 gate
        fallback=127.0.0.1:80 gate
        service=http
        request="ldirector.html"
        receive="Test Page"
        scheduler=rr
        protocol=tcp
        checktype=negotiate
"""

NGINX = """\
worker_processes 1;
events { worker_connections 64; }
http {
  access_log off;
  limit_rate_after 1m;
  limit_rate %(rate)s;
  server { listen 80; root /srv/www; }
}
"""


def cluster_files(node):
    node.write("/etc/ha.d/ha.cf", HA_CF)
    node.write("/etc/ha.d/haresources", HARESOURCES)
    node.write("/etc/ha.d/authkeys", AUTHKEYS, 0o600)
    node.write("/etc/ha.d/ldirectord.cf", LDIRECTORD_CF)


def web_pages(node, page, rate="0"):
    node.write("/srv/www/index.html", page + "\n")
    node.write("/srv/www/ldirector.html", "Test Page\n")
    node.write("/etc/nginx/nginx.conf", NGINX % {"rate": rate})


def real_server(node):
    """As the tutorial sets up a real server for direct routing: the VIP on lo, and no ARP for it."""
    return node.sh("sysctl -q -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2 && "
                   f"ip addr add {VIP}/32 brd {VIP} scope global dev lo label lo:0")


def build(root):
    """The cluster with its files in place, web servers running, heartbeat not yet started."""
    cluster = Cluster(root)
    for name, address in ADDRESSES.items():
        cluster.add(name, address)
    for name in ("webserver1", "webserver2"):
        web_pages(cluster.nodes[name], f"This is {name}", rate="400k")
        real_server(cluster.nodes[name])
        cluster.nodes[name].sh("nginx")
    for name in ("loadb1", "loadb2"):
        web_pages(cluster.nodes[name], "This is the fallback page")
        cluster_files(cluster.nodes[name])
        cluster.nodes[name].sh("nginx")
    return cluster


def table(ipvsadm_output):
    """{'192.168.0.101:80': ('Route', 1), ...} of `ipvsadm -L -n`, and whether the virtual service is there."""
    reals = {m[1]: (m[2], int(m[3]))
             for m in re.finditer(r"^  -> (\S+)\s+(Route|Local|Masq|Tunnel)\s+(\d+)", ipvsadm_output, re.M)}
    return reals, f"TCP  {VIP}:80 rr" in ipvsadm_output


def ask(client, path="/", count=1, timeout=3):
    """What `count` requests to the VIP were answered with; an empty string where there was no answer."""
    result = client.sh(f"for i in $(seq {count}); do curl -s -m {timeout} http://{VIP}{path} || echo; done",
                       timeout=count * timeout + 30)
    return result.output.splitlines()
