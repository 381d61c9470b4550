# The real servers that the checks are tested against (tests/system/ldirectord-checks makes them as well, the first time).
.PHONY: check-servers
check-servers:                     ## a Debian root with a real server for every check
	tests/lab/make-servers
