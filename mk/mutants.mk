# The simulator must notice when a rule of the engine is broken. Each mutant is compiled apart from the product and linked
# before the library, so that only the broken file is replaced. tests/sim/mutate finds the two commands in a file.
MUTANT_OBJ   := $(call OBJ,$(wildcard tests/sim/support/*.cpp))
MUTANT_SEEDS ?= 400

.PHONY: mutants
mutants: $(SIM) $(B)/mutants/commands ## break the cluster engine rule by rule; the simulator must notice
	tests/sim/mutate $(B) --seeds $(MUTANT_SEEDS)

tests: $(B)/mutants/commands
$(B)/mutants/commands: Makefile mk/mutants.mk
	$(shell mkdir -p $(@D))$(file >$@,$(CXX) $(CPPFLAGS) $(CXXFLAGS) -include $(PCH))
	$(file >>$@,$(CXX) $(CXXFLAGS) $(LDFLAGS) -o @OUT@ @OBJECT@ $(B)/obj/tests/sim/@SIMULATOR@_test.o $(MUTANT_OBJ) $(LIBS) $(TESTLIBS) $(SYSLIBS))
	@true
