"""One real server of every kind that ldirectord can check, in a namespace and a Debian root of the test's own.

    enter(__file__)        # network, mount, UTS and PID namespaces; everything started in them ends with the test
    servers = Servers()    # all of them, started at once, at 10.9.0.1 and fd00:9::1

Their configurations are below, one function a server; the root comes from tests/lab/make-servers and is not written to.
Nothing answers at 10.8.0.9 and fd00:8::9: packets to them are lost.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ADDRESS, ADDRESS6, BLACK_HOLE, BLACK_HOLE6 = "10.9.0.1", "fd00:9::1", "10.8.0.9", "fd00:8::9"


def sh(command, check=True, **kwargs):
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **kwargs)
    if check and done.returncode:
        raise RuntimeError(f"{command}: {done.stdout.strip()} {done.stderr.strip()}")
    return done.stdout


def enter(test):
    if os.environ.get("CHECK_SERVERS") == "inside":
        return
    root = subprocess.run([f"{TREE}/tests/lab/make-servers"], stdout=subprocess.PIPE, text=True)
    if root.returncode:
        print("not ok - the root with the servers cannot be built")
        sys.exit(1)
    os.environ.update(CHECK_SERVERS="inside", CHECK_SERVERS_ROOT=root.stdout.strip(), LC_ALL="C", TZ="UTC")
    os.execvp("unshare", ["unshare", "-n", "-m", "-u", "-i", "-p", "-f", "--kill-child", "--mount-proc",
                          sys.executable, os.path.abspath(test), *sys.argv[1:]])


class Servers:
    def __init__(self):
        sh("mount --make-rprivate / && hostname lb1.example.com && ip link set lo up")
        sh(f"ip addr add {ADDRESS}/32 dev lo && ip addr add {ADDRESS6}/128 dev lo nodad"
           " && ip link add hole0 type veth peer name hole1 && ip link set hole0 up && ip link set hole1 up"
           " && ip addr add 10.8.0.1/24 dev hole0 && ip addr add fd00:8::1/64 dev hole0 nodad"
           f" && ip neigh add {BLACK_HOLE} lladdr 02:00:00:00:00:09 dev hole0 && ip neigh add {BLACK_HOLE6} lladdr 02:00:00:00:00:09 dev hole0")
        self.temp = tempfile.mkdtemp(prefix="um-checks-")
        sh(f"mount -t tmpfs tmpfs {self.temp} && cd {self.temp} && mkdir upper work root"
           f" && mount -t overlay overlay -o lowerdir={os.environ['CHECK_SERVERS_ROOT']},upperdir=upper,workdir=work root")
        self.root = f"{self.temp}/root"
        # Devices of its own: whatever happens to this root, the machine's /dev is out of its reach.
        sh(f"cd {self.root} && mount -t proc proc proc && mount -t tmpfs -o mode=755 tmpfs dev && mount -t tmpfs tmpfs run"
           " && mkdir -p srv/certs dev/shm && chmod 755 srv srv/certs && chmod 1777 dev/shm && cd dev"
           " && mknod null c 1 3 && mknod zero c 1 5 && mknod full c 1 7 && mknod random c 1 8 && mknod urandom c 1 9"
           " && mknod tty c 5 0 && chmod 666 null zero full random urandom tty && ln -s /proc/self/fd fd")
        self.write("/etc/hosts", f"127.0.0.1 localhost\n{ADDRESS} servers.example.com servers\n{ADDRESS} lb1.example.com lb1\n")
        self.write("/etc/resolv.conf", f"nameserver {ADDRESS}\noptions timeout:1 attempts:1\n")
        self.processes, self.ports, self.words = {}, {}, {}
        self.certificates()
        for start in (self.mariadb, self.postgresql, self.slapd, self.freeradius, self.bind, self.nginx, self.tinyproxy,
                      self.vsftpd, self.postfix, self.dovecot, self.inn, self.kamailio, self.xinetd):
            start()
        self.wait()
        self.after()

    # ---- helpers
    def write(self, path, text, mode=0o644, owner=None):
        full = self.root + path
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w") as file:
            file.write(text)
        os.chmod(full, mode)
        if owner:
            self.inside(f"chown {owner} {path}")

    def inside(self, command, check=True):
        return sh(f"chroot {self.root} sh -c '{command}'", check)

    def run(self, name, command, *ports, says=""):
        """Starts a server inside the root; it is ready when it listens on the TCP `ports` and its log has the words `says`."""
        log = open(f"{self.temp}/{name}.log", "w")
        self.processes[name] = subprocess.Popen(["chroot", self.root, "sh", "-c", "exec " + command], stdout=log, stderr=log,
                                                stdin=subprocess.DEVNULL, start_new_session=True)
        self.ports[name], self.words[name] = ports, says

    def log(self, name):
        with open(f"{self.temp}/{name}.log", errors="replace") as file:
            return file.read()

    def wait(self, seconds=120):
        until = time.monotonic() + seconds
        for name, ports in self.ports.items():
            for port in ports:
                while True:
                    try:
                        socket.create_connection((ADDRESS, port), 5).close()
                        break
                    except OSError:
                        self.be_patient(name, until)
            while self.words[name] not in self.log(name):
                self.be_patient(name, until)

    def be_patient(self, name, until):
        if time.monotonic() > until or self.processes[name].poll() is not None:
            print(f"not ok - {name} does not start:\n{self.log(name)[-2000:]}")
            sys.exit(1)
        time.sleep(0.1)

    # ---- certificates: a good one, one that nobody trusts, one that ends in some days
    def certificates(self):
        sh("""
        cd srv/certs
        req() { openssl req -newkey rsa:2048 -nodes -keyout $1.key -out $1.csr -subj "$2" 2>/dev/null; }
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 30 -subj /CN=TestCA 2>/dev/null
        echo "subjectAltName=DNS:www.example.com,DNS:servers.example.com,IP:10.9.0.1,IP:fd00:9::1" > names
        for name in good soon; do
          req $name /CN=www.example.com
          [ $name = soon ] && days=5 || days=25
          openssl x509 -req -in $name.csr -CA ca.crt -CAkey ca.key -days $days -extfile names -out $name.crt 2>/dev/null
        done
        openssl req -x509 -newkey rsa:2048 -nodes -keyout self.key -out self.crt -days 30 -subj /CN=other.example.net 2>/dev/null
        chmod 644 *
        """, cwd=self.root)
        self.ca = f"{self.root}/srv/certs/ca.crt"

    # ---- the servers
    def nginx(self):
        tls = "\n".join(f"""
          server {{ listen {port} ssl; listen [::]:{port} ssl; server_name _; root /srv/www;
                    ssl_certificate /srv/certs/{name}.crt; ssl_certificate_key /srv/certs/{name}.key; }}"""
                        for port, name in ((443, "good"), (444, "self"), (445, "soon")))
        self.write("/srv/www/index.html", "<h1>It works</h1>\n")
        self.write("/srv/named/index.html", "<h1>The named host</h1>\n")
        self.write("/srv/nginx.conf", f"""
        daemon off; pid /run/nginx.pid; error_log /run/nginx-error.log; user www-data;
        events {{ }}
        http {{
          access_log off; client_body_temp_path /run/nb; proxy_temp_path /run/np; fastcgi_temp_path /run/nf;
          uwsgi_temp_path /run/nu; scgi_temp_path /run/ns;
          server {{ listen 80; listen [::]:80; server_name _; root /srv/www;
                    location /head {{ if ($request_method != HEAD) {{ return 405; }} return 200; }}
                    location /moved {{ return 302 /index.html; }}
                    location /broken {{ return 503; }} }}
          server {{ listen 80; listen [::]:80; server_name www.example.com; root /srv/named; }}
          # The name of the certificate depends on the name that the client asks for in the handshake.
          server {{ listen 446 ssl; server_name www.example.com; root /srv/named;
                    ssl_certificate /srv/certs/good.crt; ssl_certificate_key /srv/certs/good.key; }}
          server {{ listen 446 ssl default_server; server_name _; root /srv/www;
                    ssl_certificate /srv/certs/self.crt; ssl_certificate_key /srv/certs/self.key; }}
          {tls}
        }}""")
        self.run("nginx", "nginx -c /srv/nginx.conf", 80, 443, 444, 445, 446)

    def tinyproxy(self):
        self.write("/srv/tinyproxy.conf", "Port 3128\nTimeout 10\nMaxClients 20\nLogLevel Error\n")
        self.run("tinyproxy", "tinyproxy -d -c /srv/tinyproxy.conf", 3128)

    def vsftpd(self):
        self.write("/srv/ftp/test.html", "the file\n")
        self.inside("useradd -m ftpuser && echo ftpuser:ftpsecret | chpasswd && echo hello > /home/ftpuser/own.txt"
                    " && chown ftpuser /home/ftpuser/own.txt && mkdir -p /run/vsftpd/empty")
        self.write("/srv/vsftpd.conf", "listen=YES\nanonymous_enable=YES\nanon_root=/srv/ftp\nlocal_enable=YES\nbackground=NO\n"
                   "chroot_local_user=YES\nallow_writeable_chroot=YES\nsecure_chroot_dir=/run/vsftpd/empty\npam_service_name=login\n"
                   "connect_from_port_20=NO\nseccomp_sandbox=NO\nisolate=NO\nisolate_network=NO\n")
        self.write("/etc/pam.d/login", "auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n")
        self.run("vsftpd", "vsftpd /srv/vsftpd.conf", 21)

    def postfix(self):
        self.inside("postconf -e myhostname=servers.example.com inet_interfaces=all smtpd_delay_reject=no maillog_file=/var/log/postfix.log"
                    " smtpd_tls_cert_file=/srv/certs/good.crt smtpd_tls_key_file=/srv/certs/good.key && "
                    "printf \"submission inet n - n - - smtpd\\n26 inet n - n - - smtpd -o smtpd_client_restrictions=reject\\n"
                    "postlog unix-dgram n - n - 1 postlogd\\n\" >> /etc/postfix/master.cf")
        self.run("postfix", "/usr/sbin/postfix start-fg", 25, 587, 26)

    def dovecot(self):
        self.inside("mkdir -p /srv/mail && chown nobody:nogroup /srv/mail")
        self.write("/srv/dovecot.users", "alice:{PLAIN}wonderland::::::\n")
        self.write("/srv/dovecot.conf", """
        protocols = imap pop3
        log_path = /var/log/dovecot.log
        ssl = yes
        ssl_cert = </srv/certs/good.crt
        ssl_key = </srv/certs/good.key
        disable_plaintext_auth = no
        auth_mechanisms = plain apop
        auth_failure_delay = 0
        mail_location = maildir:/srv/mail/%u
        first_valid_uid = 1
        passdb {
          driver = passwd-file
          args = /srv/dovecot.users
        }
        userdb {
          driver = static
          args = uid=nobody gid=nogroup home=/srv/mail/%u
        }
        """)
        self.run("dovecot", "dovecot -F -c /srv/dovecot.conf", 110, 995, 143, 993)

    def slapd(self):
        self.inside("mkdir -p /srv/ldap && chown openldap /srv/ldap")
        self.write("/srv/slapd.conf", """
include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile /run/slapd.pid
TLSCertificateFile /srv/certs/good.crt
TLSCertificateKeyFile /srv/certs/good.key
database mdb
suffix "dc=example,dc=com"
directory /srv/ldap
rootdn "cn=admin,dc=example,dc=com"
rootpw sesame
""")
        self.write("/srv/base.ldif", "dn: dc=example,dc=com\nobjectClass: organization\nobjectClass: dcObject\no: Example\ndc: example\n")
        self.inside("slapadd -f /srv/slapd.conf -l /srv/base.ldif")
        self.run("slapd", f'slapd -f /srv/slapd.conf -d 0 -h "ldap://{ADDRESS}/ ldaps://{ADDRESS}/ ldap://[{ADDRESS6}]/"', 389, 636)

    def inn(self):
        self.inside("sed -i \"s/^domain:.*/domain: example.com/\" /etc/news/inn.conf && mkdir -p /run/news && chown news:news /run/news")
        readers = ('auth "all" {{ hosts: "{}" default: "<any>" }}\naccess "all" {{ users: "<any>" newsgroups: "*" access: RPA }}\n')
        self.write("/etc/news/readers.conf", readers.format("*"))
        self.write("/etc/news/readers-nobody.conf", readers.format("192.0.2.1"))
        self.run("innd", 'su news -s /bin/sh -c "exec /usr/lib/news/bin/innd -f"', 119)
        self.run("nnrpd", "/usr/lib/news/bin/nnrpd -D -f -p 1119 -c /etc/news/readers-nobody.conf", 1119)

    def bind(self):
        self.write("/srv/named.conf", f"""
        options {{ directory "/var/cache/bind"; listen-on {{ {ADDRESS}; }}; listen-on-v6 {{ {ADDRESS6}; }};
                   recursion no; dnssec-validation no; pid-file none; session-keyfile none; }};
        controls {{ }};
        zone "example.com" {{ type primary; file "/srv/zone"; }};
        zone "2.0.192.in-addr.arpa" {{ type primary; file "/srv/reverse"; }};
        """)
        head = "$TTL 60\n@ IN SOA ns.example.com. root.example.com. 1 60 60 60 60\n@ IN NS ns.example.com.\n"
        self.write("/srv/zone", head + f"ns IN A {ADDRESS}\nwww IN A 192.0.2.80\n")
        self.write("/srv/reverse", head + "80 IN PTR www.example.com.\n")
        self.run("named", "named -g -c /srv/named.conf", 53)

    def mariadb(self):
        self.write("/srv/init.sql", """
        CREATE DATABASE shop; CREATE TABLE shop.items (id INT); CREATE TABLE shop.empty (id INT); INSERT INTO shop.items VALUES (1), (2);
        CREATE USER 'probe'@'%' IDENTIFIED BY 'mysecret'; GRANT SELECT ON shop.* TO 'probe'@'%';
        """.replace("\n", " ").replace("; ", ";\n"))
        self.inside("mkdir -p /run/mysqld && chown mysql /run/mysqld")
        self.run("mariadbd", "mariadbd --user=mysql --bind-address=* --skip-name-resolve --init-file=/srv/init.sql"
                 " --skip-log-bin --innodb-flush-log-at-trx-commit=0", 3306)

    def postgresql(self):
        self.write("/srv/pg_hba.conf", "local all postgres peer\nhost all all 0.0.0.0/0 scram-sha-256\nhost all all ::/0 scram-sha-256\n")
        self.inside("install -o postgres -m 600 /srv/certs/good.key /srv/certs/pg.key && install -d -o postgres /run/postgresql")
        self.run("postgres", "setpriv --reuid postgres --regid postgres --init-groups /usr/lib/postgresql/15/bin/postgres"
                 " -D /var/lib/postgresql/15/main -c config_file=/etc/postgresql/15/main/postgresql.conf"
                 " -c hba_file=/srv/pg_hba.conf -c listen_addresses=* -c ssl=on -c ssl_cert_file=/srv/certs/good.crt"
                 " -c ssl_key_file=/srv/certs/pg.key -c fsync=off", 5432)

    def freeradius(self):
        self.write("/etc/freeradius/3.0/clients.conf", "client any {\n ipaddr = *\n secret = radsecret\n}\n"
                   "client any6 {\n ipv6addr = ::\n secret = radsecret\n}\n")
        self.inside("rm -f /etc/freeradius/3.0/mods-enabled/eap /etc/freeradius/3.0/sites-enabled/*")
        self.write("/etc/freeradius/3.0/mods-config/files/authorize", 'bob Cleartext-Password := "hello"\n')
        self.write("/etc/freeradius/3.0/sites-enabled/default", """
        server default {
          listen { type = auth
                   ipaddr = *
                   port = 1812 }
          authorize {
            files
            pap
          }
          authenticate {
            Auth-Type PAP {
              pap
            }
          }
        }
        """)
        self.inside("chmod -R a+rX /etc/freeradius")
        self.run("freeradius", "freeradius -f -l stdout", says="Ready to process requests")

    def kamailio(self):
        self.write("/srv/kamailio.cfg", f"""#!KAMAILIO
listen=udp:{ADDRESS}:5060
listen=tcp:{ADDRESS}:5060
listen=udp:[{ADDRESS6}]:5060
children=1
loadmodule "sl.so"
loadmodule "pv.so"
request_route {{
  if (method == "OPTIONS" && $rU != "nobody") {{ sl_send_reply("200", "OK"); exit; }}
  sl_send_reply("404", "Not Found");
}}
""")
        self.run("kamailio", "kamailio -DD -E -f /srv/kamailio.cfg -m 16 -M 4", 5060)

    def xinetd(self):
        services = "".join(f"service {name}\n{{\n type = INTERNAL\n id = {name}-{protocol}\n socket_type = {kind}\n protocol = {protocol}\n"
                           f" user = root\n wait = {wait}\n flags = IPv4\n disable = no\n}}\n"
                           for name in ("echo", "daytime")
                           for protocol, kind, wait in (("tcp", "stream", "no"), ("udp", "dgram", "yes")))
        self.write("/srv/xinetd.conf", "defaults\n{\n instances = 60\n}\n" + services)
        self.run("xinetd", "xinetd -dontfork -f /srv/xinetd.conf", 7, 13)

    def after(self):
        self.write("/srv/setup.sql", "CREATE USER probe PASSWORD 'pgsecret'; CREATE DATABASE shop OWNER probe;\n")
        self.write("/srv/tables.sql", "CREATE TABLE items (id INT); CREATE TABLE empty (id INT); INSERT INTO items VALUES (1), (2);"
                   " GRANT SELECT ON items, empty TO probe;\n")
        for database, file in (("postgres", "setup"), ("shop", "tables")):
            for sql in open(f"{self.root}/srv/{file}.sql").read().split(";"):
                if sql.strip():
                    self.write("/srv/one.sql", sql + ";\n")
                    self.inside(f"su postgres -s /bin/sh -c \"psql -q -v ON_ERROR_STOP=1 -d {database} -f /srv/one.sql\"")

    def stop(self):
        """Takes the mounts away as a whole; nothing is ever deleted file by file through them."""
        for process in self.processes.values():
            process.send_signal(signal.SIGKILL)
        os.chdir("/")
        sh(f"umount -l {self.temp} && rmdir {self.temp}")
