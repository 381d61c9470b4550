# Dependencies, the two README commands, and the tiers of tests.

# What building and testing needs: lines "build: PACKAGE" and "test: PACKAGE" of mk/deps.txt.
DEPS_BUILD = $(shell sed -n 's/^build: *//p' mk/deps.txt)
DEPS_TEST  = $(shell sed -n 's/^test: *//p' mk/deps.txt)
NODEROOT  ?= /var/cache/ultramonkey/installed

# Packages are installed only when one is missing, so that a second run needs no network.
define install_missing
missing=$$(for p in $1; do dpkg-query -W -f '$${Status}\n' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
if [ -n "$$missing" ]; then \
  echo "installing:" $$missing; \
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
fi
endef

.PHONY: deps deps-build deps-test demo check test test-full noderoot
deps: deps-build deps-test         ## install what building and testing needs (Debian packages, as root)
deps-build:
	@$(call install_missing,$(DEPS_BUILD))
deps-test: deps-build
	@$(call install_missing,$(DEPS_TEST))

# Sub-makes, so that a header installed by deps is seen by the wildcard and shell functions of the build proper.
demo: deps-test                    ## the two-balancer cluster of the tutorial, as a narrated transcript
	$(MAKE) build
	$(MAKE) noderoot
	tests/lab/uml-run -m 1024 -t 600 -- tests/system/walkthrough --demo $(NODEROOT)

check: deps-build                  ## all tests that need no root, with 500 simulator seeds
	$(MAKE) build tests
	tests/run --build $(B) --tier check

test: deps-test                    ## every test of the CI tier (as root)
	$(MAKE) build tests
	$(MAKE) noderoot
	tests/run --build $(B) --tier ci --root $(NODEROOT)

test-full: deps-test               ## the long runs as well
	$(MAKE) build tests
	$(MAKE) noderoot
	tests/run --build $(B) --tier full --root $(NODEROOT)

noderoot: deb
	tests/lab/make-root $(B)/ultramonkey_$(VERSION)_$(shell dpkg --print-architecture).deb $(NODEROOT)
