// hb_addnode - let the running cluster take in nodes; see node_commands.hpp.
#include "tools/node_commands.hpp"

int main(int argc, char** argv) {
  return um::tools::hb_addnode({argv + 1, argv + argc});
}
