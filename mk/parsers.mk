# Our ldirectord.cf parser against the old one, which runs in a chroot of its own (tests/interop/parsers-peer).

UM_PEER_ROOT ?= /var/cache/ultramonkey/peer-ldirectord
export UM_PEER_ROOT

$(B)/test/parsers-dump: $(B)/obj/tests/interop/parsers_dump.o $(B)/lib/libparsers.a $(B)/lib/libbase.a
	@mkdir -p $(@D)
	$(LINK) $^ -lpcre2-8 -lfmt -lpthread
tests: $(B)/test/parsers-dump

.PHONY: test-interop test-interop-parsers bench-parsers
test-interop: deps-test               ## ours and the old programs side by side: parsers, nodes, clients (as root)
	$(MAKE) build tests
	tests/run --build $(B) interop/
test-interop-parsers: $(B)/test/parsers-dump  ## 2,000 made-up configurations and the corpus, against the old parser (as root)
	tests/interop/parsers-differential $(B)

bench-parsers: $(B)/test/parsers-dump         ## CPU time of our ldirectord.cf parser and of the old one, in one run (as root)
	tests/bench/parsers $(B)
