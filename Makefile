# ultramonkey - build, test, install.   `make help` lists the targets.
#
# Every room (folder) of the design is one static library; a program is one file with main(). A new source file is picked
# up by its place alone:
#   src/ROOM/*.cpp, parsers/*.cpp       -> $(B)/lib/libROOM.a    (files named main.cpp or *_main.cpp are programs)
#   src/heartbeat/main.cpp              -> $(B)/bin/heartbeat    src/tools/NAME_main.cpp -> $(B)/bin/NAME
#   tests/unit/ROOM/*_test.cpp          -> $(B)/test/unit-ROOM
#   tests/{vectors,sim}/NAME_test.cpp   -> $(B)/test/{vectors,sim}-NAME
#   tests/fuzz/NAME_fuzz.cpp            -> $(B)/fuzz/NAME        (clang, libFuzzer, ASan + UBSan)
#   tests/bench/NAME_bench.cpp          -> $(B)/bench/NAME

B       ?= build
V       ?=
say      = $(if $V,,@printf '  %-5s %s\n' $1 $2;)
CXX     ?= g++
VERSION := $(shell cat VERSION)

SAN ?=
# Line tables and function names are what a backtrace needs; full debug information doubles the build time.
OPT ?= -O2 -g1
# Four warnings of g++ 12 are wrong about the standard library and Asio: its bugs 105651 (restrict, stringop-overflow), 105329
# (array-bounds) and the pooled coroutine frames of Asio, taken for a mismatch of new and delete.
WARN := -Wall -Wextra -Werror -Wno-mismatched-new-delete -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-error=deprecated-declarations
comma := ,
# With sanitizers g++ 12 warns of uninitialized members in the standard library's own code (its bug 105562).
SANFLAGS := $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -Wno-maybe-uninitialized)
# Debian's hardening flags, always on, so that what is tested is what is packaged.
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fcf-protection -Wformat -Werror=format-security \
            $(if $(SAN),,-D_FORTIFY_SOURCE=2)
HARDENLD := -Wl,-z,relro -Wl,-z,now
CPPFLAGS += -Isrc -I. -DUM_VERSION='"$(VERSION)"' -DBOOST_ASIO_NO_DEPRECATED -DBOOST_ASIO_HAS_CO_AWAIT \
            -DBOOST_ASIO_SEPARATE_COMPILATION -isystem /usr/include/libnl3
CXXFLAGS += -std=c++20 $(OPT) $(WARN) $(HARDEN) -fcoroutines -ffunction-sections -fdata-sections $(SANFLAGS) \
            -ffile-prefix-map=$(CURDIR)=.
LDFLAGS  += $(HARDENLD) -Wl,--gc-sections -Wl,--as-needed $(SANFLAGS)

# Floors, lowest last: the order in which archives are given to the linker. A room uses only rooms after it.
ROOMS := tools heartbeat ldirectord clientapi cluster checks ipvs media wire address parsers base
ROOMDIR = $(if $(filter parsers,$1),parsers,src/$1)
ROOMSRC = $(filter-out %/main.cpp %_main.cpp,$(wildcard $(call ROOMDIR,$1)/*.cpp))
OBJ     = $(patsubst %.cpp,$(B)/obj/%.o,$1)
LIBS    := $(foreach r,$(ROOMS),$(if $(call ROOMSRC,$r),$(B)/lib/lib$r.a))

SYSLIBS := -lnl-route-3 -lnl-genl-3 -lnl-3 -lssl -lcrypto -lresolv -lpcre2-8 -lfmt -lz -lbz2 -ldl -lpthread
TESTLIBS := -lgmock -lgtest -lgtest_main

PROGRAMS := $(if $(wildcard src/heartbeat/main.cpp),heartbeat) $(if $(wildcard src/ldirectord/main.cpp),ldirectord) \
            $(patsubst src/tools/%_main.cpp,%,$(wildcard src/tools/*_main.cpp))
BINS     := $(addprefix $(B)/bin/,$(PROGRAMS))

UNITROOMS := $(notdir $(patsubst %/,%,$(sort $(dir $(wildcard tests/unit/*/*_test.cpp)))))
UNIT      := $(addprefix $(B)/test/unit-,$(UNITROOMS))
VECTORS   := $(patsubst tests/vectors/%_test.cpp,$(B)/test/vectors-%,$(wildcard tests/vectors/*_test.cpp))
SIM       := $(patsubst tests/sim/%_test.cpp,$(B)/test/sim-%,$(wildcard tests/sim/*_test.cpp))
FUZZ      := $(patsubst tests/fuzz/%_fuzz.cpp,$(B)/fuzz/%,$(wildcard tests/fuzz/*_fuzz.cpp))
BENCH     := $(patsubst tests/bench/%_bench.cpp,$(B)/bench/%,$(wildcard tests/bench/*_bench.cpp))

.PHONY: all help build tests lib deps demo check test clean format format-check lint install deb
.DELETE_ON_ERROR:
.SECONDARY:
all: build
build: $(BINS)                     ## build every program into $(B)/bin
tests: $(UNIT) $(VECTORS) $(SIM)   ## build every test program
lib: $(LIBS)

help:                              ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

# ---- precompiled headers: standard library + fmt for every file, Asio for the rooms that talk to the world; GoogleTest for tests
ASIOROOMS := heartbeat ldirectord clientapi checks media
PCH       := $(B)/pch/std.hpp
PCHS      := $(addprefix $(B)/pch/,std.hpp asio.hpp test_std.hpp test_asio.hpp)
pch_for = $(B)/pch/$(if $(filter tests/%,$1),test_)$(if $(filter $(foreach r,$(ASIOROOMS),src/$r/% tests/unit/$r/%),$1),asio,std).hpp

vpath %.hpp src/base/pch tests/pch
$(PCHS:%=%.gch): $(B)/pch/%.hpp.gch: %.hpp
	@mkdir -p $(@D)
	cp $< $(B)/pch/$*.hpp
	$(call say,PCH,$<)$(CXX) $(CPPFLAGS) $(CXXFLAGS) -x c++-header $< -o $@

.SECONDEXPANSION:
$(B)/obj/%.o: %.cpp | $$(call pch_for,$$*.cpp).gch
	@mkdir -p $(@D)
	$(call say,CXX,$<)$(CXX) $(CPPFLAGS) $(CXXFLAGS) -include $(call pch_for,$<) -MMD -MP -c $< -o $@

define ROOM_RULE
$(B)/lib/lib$1.a: $(call OBJ,$(call ROOMSRC,$1))
	@mkdir -p $$(@D)
	@rm -f $$@
	@ar rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call ROOM_RULE,$r)))

LINK = $(call say,LINK,$@)$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@

$(B)/bin/heartbeat: $(B)/obj/src/heartbeat/main.o $(LIBS)
	@mkdir -p $(@D)
	$(LINK) $^ $(SYSLIBS)
$(B)/bin/ldirectord: $(B)/obj/src/ldirectord/main.o $(LIBS)
	@mkdir -p $(@D)
	$(LINK) $^ $(SYSLIBS)
$(B)/bin/%: $(B)/obj/src/tools/%_main.o $(LIBS)
	@mkdir -p $(@D)
	$(LINK) $^ $(SYSLIBS)

define UNIT_RULE
$(B)/test/unit-$1: $(call OBJ,$(wildcard tests/unit/$1/*.cpp)) $(LIBS)
	@mkdir -p $$(@D)
	$$(LINK) $$^ $(TESTLIBS) $(SYSLIBS)
endef
$(foreach r,$(UNITROOMS),$(eval $(call UNIT_RULE,$r)))

# A runner may have helpers beside it: tests/vectors/support/*.cpp, tests/sim/support/*.cpp
$(B)/test/vectors-%: $(B)/obj/tests/vectors/%_test.o $(call OBJ,$(wildcard tests/vectors/support/*.cpp)) $(LIBS)
	@mkdir -p $(@D)
	$(LINK) $^ $(TESTLIBS) $(SYSLIBS)
$(B)/test/sim-%: $(B)/obj/tests/sim/%_test.o $(call OBJ,$(wildcard tests/sim/support/*.cpp)) $(LIBS)
	@mkdir -p $(@D)
	$(LINK) $^ $(TESTLIBS) $(SYSLIBS)
$(B)/bench/%: $(B)/obj/tests/bench/%_bench.o $(LIBS)
	@mkdir -p $(@D)
	$(LINK) $^ -lbenchmark $(SYSLIBS)

# ---- fuzzing: clang's libFuzzer needs its own objects ------------------------------------------------------------------
# What the targets reach: the pure rooms, and what is pure of two others. Nothing of it includes Asio.
FUZZOBJ   := $(patsubst %.cpp,$(B)/fuzzobj/%.o,$(foreach r,cluster wire parsers,$(call ROOMSRC,$r)) \
             $(addprefix src/,base/machine.cpp base/resolver.cpp $(addprefix clientapi/,access.cpp dispatcher.cpp ipc.cpp requests.cpp)))
FUZZFLAGS := -std=c++20 -O1 -gline-tables-only -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
$(B)/fuzzobj/%.o: %.cpp
	@mkdir -p $(@D)
	$(call say,CLANG,$<)clang++ $(CPPFLAGS) $(FUZZFLAGS) -MMD -MP -c $< -o $@
$(B)/lib/libfuzzed.a: $(FUZZOBJ)
	@mkdir -p $(@D)
	@rm -f $@
	@ar rcs $@ $^
$(B)/fuzz/%: $(B)/fuzzobj/tests/fuzz/%_fuzz.o $(B)/lib/libfuzzed.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)clang++ $(FUZZFLAGS) -fsanitize=fuzzer -o $@ $^ $(SYSLIBS)
fuzz: $(FUZZ)                      ## build the fuzz targets

SOURCES := $(shell find src parsers tests -name '*.cpp' -o -name '*.hpp' 2>/dev/null)
format:                            ## clang-format every source in place
	clang-format -i $(SOURCES)
format-check:
	clang-format --dry-run -Werror $(SOURCES)

clean:                             ## remove what was built
	rm -rf $(B)

-include $(wildcard mk/*.mk)
-include $(shell find $(B) -name '*.d' 2>/dev/null)
