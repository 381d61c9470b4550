# What a director costs beside its peers (tests/bench/director), printed from one run.
.PHONY: bench-director
bench-director: $(B)/bin/ldirectord  ## ldirectord beside Debian's ldirectord and keepalived, N = 100, 1,000, 10,000
	tests/bench/director --build $(B)
