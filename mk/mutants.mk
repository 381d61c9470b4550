# The simulator must notice when a rule of the engine is broken. Each mutant is compiled apart from the product and linked
# before the library, so that only the broken file is replaced.
MUTANT_OBJ := $(B)/obj/tests/sim/cluster_test.o $(call OBJ,$(wildcard tests/sim/support/*.cpp))
MUTANT_SEEDS ?= 400

.PHONY: mutants
mutants: $(B)/test/sim-cluster     ## break the cluster engine rule by rule; the simulator must notice
	@mkdir -p $(B)/mutants
	$(file >$(B)/mutants/commands,$(CXX) $(CPPFLAGS) $(CXXFLAGS) -include $(PCH))
	$(file >>$(B)/mutants/commands,$(CXX) $(CXXFLAGS) $(LDFLAGS) -o @OUT@ @OBJECT@ $(MUTANT_OBJ) $(LIBS) $(TESTLIBS) $(SYSLIBS))
	tests/sim/mutate --build $(B) --seeds $(MUTANT_SEEDS)
