# The rc.d scripts once more, as delivered: the daemon runs those of /etc/ha.d/rc.d that the administrator changed, and does
# the work of the unchanged ones itself (src/heartbeat/cluster_setup.hpp).
.PHONY: install-shipped-rc
install-programs: install-shipped-rc
install-shipped-rc:
	install -d $(D)$(PREFIX)/share/ultramonkey/rc.d
	$(foreach f,$(sort $(wildcard etc-ha.d/rc.d/*)),install -m 644 $f $(D)$(PREFIX)/share/ultramonkey/rc.d/$(notdir $f) &&) true
# What a cluster at rest costs, beside Debian's heartbeat in the same run (tests/bench/cluster).
.PHONY: bench-cluster
bench-cluster: build               ## packets and processor time per node of 2, 8, 32 nodes beside heartbeat 3.0.6 (as root)
	tests/bench/cluster $(B)
