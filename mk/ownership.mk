# The cluster's unit tests and simulators play with the same made-up resources as the recorded traces' runner.
$(B)/test/unit-cluster: $(call OBJ,tests/vectors/support/resource_lab.cpp)
