# make install DESTDIR=... PREFIX=/usr: every file in its legacy place (packaging spec 2 and 3).
#
# Real files keep the places of today's Debian (/usr/libexec/heartbeat, /usr/share/heartbeat); the places of 2005 are links,
# because ha.cf files of every era name one or the other.

PREFIX     ?= /usr
SYSCONFDIR ?= /etc
DESTDIR    ?=
LIBEXEC     = $(PREFIX)/libexec

INSTALL_LIBEXEC := heartbeat ipfail apphbd dopd drbd-peer-outdater api_test
INSTALL_SHARE   := ResourceManager req_resource mach_down hb_standby hb_takeover hb_addnode hb_delnode hb_setweight hb_setsite
INSTALL_SBIN    := ldirectord
INSTALL_BIN     := ultramonkey cl_status
INSTALL_HELPERS := ip_helper lvs_sync findif send_arp ha_log

# Only what exists is installed; the package's test compares the result with the list of the specification.
have      = $(filter $1,$(PROGRAMS))
D          = $(DESTDIR)
put_files  = $(foreach f,$3,install -m $1 $f $(D)$2/$(notdir $f) &&) true
RESOURCE_SCRIPTS := $(filter-out %.md,$(shell find resource.d -maxdepth 1 -type f 2>/dev/null | sort))
RC_SCRIPTS       := $(sort $(wildcard etc-ha.d/rc.d/*))

.PHONY: install install-programs install-config install-man
install: build install-programs install-config install-man  ## install into DESTDIR, PREFIX=/usr

install-programs: build
	install -d $(D)$(LIBEXEC)/heartbeat $(D)$(LIBEXEC)/ultramonkey $(D)$(PREFIX)/share/heartbeat $(D)$(PREFIX)/lib/heartbeat \
	  $(D)$(PREFIX)/sbin $(D)$(PREFIX)/bin
	$(call put_files,755,$(LIBEXEC)/heartbeat,$(addprefix $(B)/bin/,$(call have,$(INSTALL_LIBEXEC))))
	$(call put_files,755,$(PREFIX)/share/heartbeat,$(addprefix $(B)/bin/,$(call have,$(INSTALL_SHARE))))
	$(call put_files,755,$(PREFIX)/sbin,$(addprefix $(B)/bin/,$(call have,$(INSTALL_SBIN))))
	$(call put_files,755,$(PREFIX)/bin,$(addprefix $(B)/bin/,$(call have,$(INSTALL_BIN))))
	$(call put_files,755,$(LIBEXEC)/ultramonkey,$(addprefix $(B)/bin/,$(call have,$(INSTALL_HELPERS))))
	$(call put_files,644,$(LIBEXEC)/ultramonkey,$(wildcard resource.d/lib/*.sh))
	for p in $(call have,$(INSTALL_LIBEXEC)); do ln -sf ../../libexec/heartbeat/$$p $(D)$(PREFIX)/lib/heartbeat/$$p; done
	for p in $(call have,$(INSTALL_SHARE)); do ln -sf ../../share/heartbeat/$$p $(D)$(PREFIX)/lib/heartbeat/$$p; done
	for p in $(call have,findif send_arp); do ln -sf ../../libexec/ultramonkey/$$p $(D)$(PREFIX)/lib/heartbeat/$$p; done
	for p in $(call have,cl_status); do ln -sf ../../bin/$$p $(D)$(PREFIX)/lib/heartbeat/$$p; done

install-config:
	install -d $(D)$(SYSCONFDIR)/ha.d/rc.d $(D)$(SYSCONFDIR)/ha.d/resource.d $(D)$(SYSCONFDIR)/init.d \
	  $(D)$(SYSCONFDIR)/logrotate.d $(D)$(SYSCONFDIR)/default $(D)$(PREFIX)/lib/tmpfiles.d
	$(if $(wildcard etc-ha.d/harc),install -m 755 etc-ha.d/harc $(D)$(SYSCONFDIR)/ha.d/harc)
	install -m 644 etc-ha.d/README.config $(D)$(SYSCONFDIR)/ha.d/README.config
	$(call put_files,755,$(SYSCONFDIR)/ha.d/rc.d,$(RC_SCRIPTS))
	$(call put_files,755,$(SYSCONFDIR)/ha.d/resource.d,$(RESOURCE_SCRIPTS))
	ln -sf /usr/sbin/ldirectord $(D)$(SYSCONFDIR)/ha.d/resource.d/ldirectord
	ln -sfn ha.d $(D)$(SYSCONFDIR)/heartbeat
	install -m 755 debian/heartbeat.init $(D)$(SYSCONFDIR)/init.d/heartbeat
	install -m 755 debian/ldirectord.init $(D)$(SYSCONFDIR)/init.d/ldirectord
	install -m 644 debian/ldirectord.default $(D)$(SYSCONFDIR)/default/ldirectord
	install -m 644 debian/heartbeat.logrotate $(D)$(SYSCONFDIR)/logrotate.d/heartbeat
	install -m 644 debian/ldirectord.logrotate $(D)$(SYSCONFDIR)/logrotate.d/ldirectord
	install -m 644 debian/heartbeat.tmpfiles $(D)$(PREFIX)/lib/tmpfiles.d/heartbeat.conf

	install -d $(D)$(PREFIX)/share/doc/ultramonkey/examples
	cp -r --no-preserve=ownership etc-ha.d-examples/. $(D)$(PREFIX)/share/doc/ultramonkey/examples/
	install -m 644 docs/migration.md $(D)$(PREFIX)/share/doc/ultramonkey/migration.md

	install -d $(D)$(PREFIX)/share/bash-completion/completions
	install -m 644 debian/ultramonkey.bash-completion $(D)$(PREFIX)/share/bash-completion/completions/ultramonkey
	for command in ldirectord cl_status hb_standby hb_takeover; do \
	  ln -sf ultramonkey $(D)$(PREFIX)/share/bash-completion/completions/$$command; done

install-man:
	install -d $(addprefix $(D)$(PREFIX)/share/man/man,1 5 7 8)
	for page in $(wildcard man/*.[1578]); do installed=$(D)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; \
	  if [ -L $$page ]; then ln -sf $$(readlink $$page) $$installed; else install -m 644 $$page $$installed; fi; done

# The package is built from this tree's own build directory when the flags are the same, so `make deb` after `make` links
# and packs only. dpkg-buildpackage from a source package builds from clean as usual.
DEB := $(B)/ultramonkey_$(VERSION)_$(shell dpkg --print-architecture 2>/dev/null).deb
.PHONY: deb
deb: build                         ## build the Debian package into $(B)
	rm -rf debian/ultramonkey debian/.debhelper debian/files debian/debhelper-build-stamp
	B=$(abspath $(B)) DEB_BUILD_OPTIONS="nocheck noautodbgsym $(DEB_BUILD_OPTIONS)" dpkg-buildpackage -b -us -uc -nc -d >$(B)/deb.log 2>&1 \
	  || { tail -50 $(B)/deb.log; exit 1; }
	mv ../ultramonkey_$(VERSION)_*.deb $(B)/
	rm -f ../ultramonkey-dbgsym_$(VERSION)_*.deb ../ultramonkey_$(VERSION)_*.buildinfo ../ultramonkey_$(VERSION)_*.changes
	rm -rf debian/ultramonkey debian/.debhelper debian/files debian/debhelper-build-stamp debian/*.substvars debian/*.debhelper
	@echo "$(DEB)"
