# clang-tidy over what changed since REV (default: the last commit), or over everything with REV=all.
REV ?= HEAD~1
LINTED = $(if $(filter all,$(REV)),$(filter %.cpp,$(shell find src parsers -name '*.cpp')),$(filter src/%.cpp parsers/%.cpp,$(shell git diff --name-only --diff-filter=d $(REV))))
.PHONY: lint
lint:                              ## clang-tidy over the files changed since REV, or all with REV=all
	$(if $(strip $(LINTED)),printf '%s\n' $(LINTED) | xargs -P $(shell nproc) -n 4 clang-tidy --quiet -- -std=c++20 $(CPPFLAGS),@echo "nothing to lint")
