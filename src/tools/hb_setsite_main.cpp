// hb_setsite - set a node's site; see node_commands.hpp.
#include "tools/node_commands.hpp"

int main(int argc, char** argv) {
  return um::tools::hb_setsite({argv + 1, argv + argc});
}
