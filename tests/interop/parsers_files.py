"""Makes configuration files for the differential test: from a grammar, and by mutating known ones.

The same seed gives the same files. Values are drawn from lists that mix what the manual shows with what people write
(quotes, blanks, comments, other cases, other years' words) and with the edges of the old program's patterns.
"""
import random

NUMBERS = ["1", "5", "10", "60", "007", "0", "00", "-5", "2.5", "12h", "abc", "", "5 # five", "5 ", "x12y3", "99999999999", "=7", '"5"']
YES_NO = ["yes", "no", "yes", "Yes", "NO", "yes ", "true", "1", "", '"yes"', "yes # really", "no\r"]
QUOTED = ['"index.html"', '"/index.html"', "index.html", '"', '""', '"a" b', '"a"b"', '"ok|fine"', '"Test Page"', '" "', '"0"', '"a#b"',
          '"(open"', '"[a-z]+ [0-9]{3}"', '"select 1"', '"http://10.0.0.11/x"', "", '"?x=1"', '"\\d\\y"', "'x'"]
HOSTS = ["10.0.0.11", "10.0.0.12", "real1", "real2.example.com", "real-1", "real_4", "nosuch", "10.1", "010.0.0.1", "10.0.0.300",
         "3221225994", "0xc000020a", "[10.0.0.11]", "vip", "localhost", "@@10.0.0.11", "10.0.0", "[2001:db8::11]", ""]
HOSTS6 = ["[2001:db8::11]", "[2001:DB8:0::12]", "real6a", "real6b.example.com", "2001:db8::11", "[::1]", "[::ffff:1.2.3.4]", "10.0.0.11",
          "[2001:db8::g]", "[]", "dual"]
PORTS = ["80", "443", "http", "domain", "nosuch", "0", "00080", "65535", "65536", "8_0", "http-alt", "tftp", "syslog", "80:90", ""]
METHODS = ["gate", "masq", "ipip", "gat", "GATE", "route", "", "gate,", '"gate"', "gate5"]
TAILS = ["", " 5", " 0", " 70000", " -5", " 1.5", ' "a","b"', ' 5 "/a.html", "OK"', ' 5 "a.html", "OK"', ' "a" "b"', ' "a" , "b"', ' "a""b"',
         ' 2 "x", "HTTP 200 OK"', ' 2 "5 x", "y"', ' l:10 u:20', ' 3 l:10', ' 3 u:20 l:10', ' 1 "a", "b" l:1 u:2', ' 1 "/a", "b" l:1 u:2',
         ' 1 "/a", "b" junk', ' 1 junk', ' junk 4', ' "a" "b" 7', ' 3 "a","b", "c"', ' 3 "", ""', "\t9", " 5\r", ' 4 "(x", "y"', ' 4 "x", "(y"', ' l:x u:5']
FALLBACKS = ["127.0.0.1:80", "127.0.0.1", "127.0.0.1:80 gate", "127.0.0.1:8080 masq", "real1:domain", "real1:http", "127.0.0.1:80 gate x",
             "x 127.0.0.1:80 gate", "", "127.0.0.1:80 gate # local", "127.0.0.1:80 # local", "nosuch:80", "127.0.0.1:", ":80", "gate",
             "127.0.0.1:80 Gate", "[::1]:80", "[::1]", "::1", "127.0.0.1:80\tmasq", "10.1:81 ipip ", "127.0.0.1:ntp", "127.0.0.1:70000"]
STATUS = ["all", "none", "starting", "starting,running", "starting, stopping ,reloading", "none,all", "none,starting", "Starting", "", "running,",
          ",running", "starting ", "none,none", "all,foo", "foo,none"]
SERVICES = ["dns", "ftp", "http", "https", "http_proxy", "imap", "imaps", "ldap", "ldaps", "nntp", "mysql", "none", "oracle", "pop", "pops",
            "radius", "pgsql", "sip", "smtp", "submission", "simpletcp", "HTTP", "http-alt", "http2", "ssh", '"http"', "http foo", ""]
CHECKTYPES = ["connect", "negotiate", "ping", "off", "on", "external", "external-perl", "3", "0", "3x", "checktimeout3", "foo", "", "Connect",
              "external_perl", "-3", "connect2", "ping # x", "on "]
ADDRESSES = ["192.0.2.10:80", "192.0.2.10:443", "192.0.2.11:53", "vip:80", "vip.example.com:domain", "www:tftp", "5", "7 # mark", "0", "0x10", "5abc",
             "192.0.2.10", "192.0.2.10:", "192.0.2.10:80/tcp", "192.0.2.10:80 # web", "nosuch:80", "192.0.2.10:nosuch", "192.0.2.10:65536",
             ":80", "", "[2001:db8::10]:80", "4294967296", "192.0.2.10:3306", "192.0.2.10:0080", "10.1:21", "192.0.2.10:5060", "007", "vip_x:80"]
ADDRESSES6 = ["[2001:db8::10]:80", "[2001:DB8::10]:443", "vip6:80", "vip6.example.com:domain", "3", "[1::2::3]:80", "[2001:db8::10]", "192.0.2.10:80",
              "2001:db8::10", "[::1]:smtp", "[::ffff:1.2.3.4]:80", "dual:80", "[]:80"]
NETMASKS = ["255.255.255.0", "255.255.255.255", "999.1.1.1", "255.255.255.0 ", "255.255.0", "24", "64", "0", "129", "064", "", "255.255.255.0\r"]
SCHEDULERS = ["rr", "wrr", "lc", "wlc", "lblc", "sh", "mh", "Wrr", "sh2", "123", "", "wrr # x", "foo", "w r"]
FLAGS = ["sh-port", "sh-fallback,sh-port", "flag-1", "a b", "`id`", "$(x)", "a;b", "", "sh-port # x"]

GLOBALS = {
    "checktimeout": NUMBERS, "negotiatetimeout": NUMBERS, "checkinterval": NUMBERS, "checkcount": NUMBERS, "failurecount": NUMBERS,
    "autoreload": YES_NO, "callback": QUOTED, "fallback": FALLBACKS, "fallback6": ["[::1]:80", "[::1]", "::1", "::1:80", "real6a:http", "[::1]x", "127.0.0.1:80"],
    "fallbackcommand": QUOTED, "logfile": ['"/var/log/x.log"', '"local0"', '"nosuch"', '""', "/var/log/x", '"/nonexistent/x"'],
    "execute": ["sub.cf", "sub1.cf -d", "", "sub.cf"], "fork": YES_NO, "supervised": YES_NO, "quiescent": YES_NO, "readdquiescent": YES_NO,
    "emailalert": ["a@b", '"a@b"', '"a@b" ', "", '""', "a@b # x"], "emailalertfreq": NUMBERS, "emailalertstatus": STATUS,
    "emailalertfrom": ["a@b", "c", '"x"', ""], "smtp": ["mail.example.com", "127.0.0.1:25", "mail", "", '"x"', "mail # x"], "cleanstop": YES_NO,
    "maintenancedir": ["/etc/ha.d", "/etc/ha.d ", '"/etc/ha.d"', "/nonexistent", ""], "connecttimeout": NUMBERS, "timeout": NUMBERS,
    "request": QUOTED, "checktimout": NUMBERS, "Quiescent": YES_NO,
}
SECTION = {
    "request": QUOTED, "receive": QUOTED, "checktype": CHECKTYPES, "checkcommand": QUOTED, "checktimeout": NUMBERS, "negotiatetimeout": NUMBERS,
    "checkcount": NUMBERS, "failurecount": NUMBERS, "checkinterval": NUMBERS, "checkport": NUMBERS + ["80", "65535", "65536"], "service": SERVICES,
    "login": QUOTED, "passwd": QUOTED, "database": QUOTED, "secret": QUOTED, "load": QUOTED, "scheduler": SCHEDULERS, "schedflags": FLAGS,
    "persistent": NUMBERS, "netmask": NETMASKS, "protocol": ["tcp", "udp", "tcp", "fwm", "TCP", "", "icmp", "tcp # x", '"udp"'], "ops": YES_NO,
    "httpmethod": ["GET", "get", "HEAD", "POST", "", "head x"], "virtualhost": QUOTED + ["www.example.com", "www ", 'a"b"c'],
    "fallback": FALLBACKS, "fallback6": ["[::1]:80", "[::1]", "::1"], "fallbackcommand": QUOTED, "quiescent": YES_NO, "cleanstop": YES_NO,
    "emailalert": ["a@b", '"a@b"', "x", ""], "emailalertfreq": NUMBERS, "emailalertstatus": STATUS, "smtp": ["mail", "mail.example.com", "a:b", ""],
    "monitorfile": ["/var/log/m", '"/var/log/m"', "/tmp/m", '"/nonexistent/m"', ""], "servicename": ["Web shop", ""], "comment": ["x y", ""],
    "connecttimeout": NUMBERS, "supervised": YES_NO, "virtual": ADDRESSES, "reall": HOSTS, "autoreload": YES_NO,
}
INDENTS = ["\t", "    ", "        ", "\t\t", "     ", "  \t", "   ", " ", "", "\t "]
EQUALS = ["=", " = ", " =", "= ", "\t=\t", "==", " ", "=\t"]
NOISE = ["", "# comment", "\t# comment", "   ", "    ", "\t", "     ", "foo", "//", "\r", "   # x", "\xef\xbb\xbf", "\tgate"]


def mostly(rng, usual, strange, share):
    return rng.choice(strange) if rng.random() < share else usual


def real_line(rng, six, share):
    """A real line, mostly as the manual has it."""
    name = mostly(rng, "real6" if six else "real", ["real", "real6"], share / 4)
    host = mostly(rng, "[2001:db8::11]" if six else rng.choice(["10.0.0.11", "10.0.0.12", "real1", "real2"]), HOSTS6 if six else HOSTS, share)
    if rng.random() < 0.1:
        host += "->" + mostly(rng, "10.0.0.14", HOSTS, share)
    port = mostly(rng, ":" + rng.choice(["80", "http", "443"]), [":" + p for p in PORTS] + [""], share)
    blank = mostly(rng, " ", ["\t", "  ", "", ",", "\r"], share / 4)
    tail = rng.choice(TAILS) if rng.random() < 0.4 else rng.choice(["", " 5", ' 5 "index.html", "OK"'])
    return name, host + port + blank + mostly(rng, rng.choice(["gate", "masq", "ipip"]), METHODS, share / 2) + tail


def made_up(rng):
    """A file of the grammar; `share` is how many of its values are strange."""
    share = rng.choice([0, 0, 0, 0.02, 0.05, 0.2])
    lines = []
    def put(indent, name, value):
        lines.append(indent + name + mostly(rng, "=", EQUALS, share / 2) + value)
    def usual(values):
        return mostly(rng, rng.choice(values[:3]) if share == 0 else values[0], values, max(share, 0.02))
    for _ in range(rng.randint(0, 5)):
        name = rng.choice(list(GLOBALS)[:-3]) if rng.random() > share else rng.choice(list(GLOBALS))
        if name in ("timeout", "connecttimeout") and rng.random() > 0.1:
            continue
        if name == "supervised" and rng.random() < share:
            lines.append(rng.choice(["supervised", "supervised  ", "supervisedfoo", "supervised # x"]))
        else:
            put("", name, usual(GLOBALS[name]))
    for number in range(rng.randint(0, 3)):
        six = rng.random() < 0.2
        address = mostly(rng, f"[2001:db8::1{number}]:80" if six else f"192.0.2.1{number}:80", ADDRESSES6 if six else ADDRESSES, max(share, 0.03))
        put("", "virtual6" if six else "virtual", address)
        indent = rng.choice(["\t", "    ", "        "])
        for _ in range(rng.randint(0, 8)):
            where = mostly(rng, indent, INDENTS, share / 4)
            if rng.random() < 0.4:
                put(where, *real_line(rng, six, share))
            else:
                name = rng.choice(list(SECTION)[:-4]) if rng.random() > share / 4 else rng.choice(list(SECTION))
                if name == "connecttimeout" or six and name == "fallback":
                    continue
                if not six and name == "fallback6":
                    continue
                put(where, name, usual(SECTION[name]))
            if rng.random() < share / 4:
                lines.append(rng.choice(NOISE))
        if rng.random() < 0.7:
            lines.append(rng.choice(["", "", "# next"]))
    end = mostly(rng, "\n", ["\r\n"], 0.03)
    return (end.join(lines) + rng.choice([end, end, end, ""])).encode("latin-1")


PIECES = [b" ", b"\t", b"    ", b"\n", b"=", b'"', b"#", b":", b"->", b"0", b"5", b"gate", b",", b"\r", b"-", b"_", b"[", b"]", b".", b"real=", b"/",
          b"virtual=", b"yes", b"\x00", b"\xc3\xa9", b"\xa0", b"(", b"\\", b"l:5", b"u:9", b"http", b"\x0c", b"\x0b"]


def mutated(rng, known):
    """A known file with one to four small changes."""
    data = bytearray(rng.choice(known))
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(data))
        kind = rng.random()
        if kind < 0.3:
            data[at:at] = rng.choice(PIECES)
        elif kind < 0.5:
            del data[at:at + rng.randint(1, 3)]
        elif kind < 0.7:
            data[at:at + 1] = rng.choice(PIECES)
        else:
            lines = bytes(data).splitlines(keepends=True) or [b""]
            one, other = rng.randrange(len(lines)), rng.choice(rng.choice(known).splitlines(keepends=True) or [b""])
            if kind < 0.8:
                lines[one] = other
            elif kind < 0.9:
                lines.insert(one, other)
            else:
                del lines[one]
            data = bytearray(b"".join(lines))
    return bytes(data)


def generated(seed, count, known):
    rng = random.Random(seed)
    for i in range(count):
        yield made_up(rng) if i % 2 == 0 or not known else mutated(rng, known)
