// hb_setweight - set a node's weight; see node_commands.hpp.
#include "tools/node_commands.hpp"

int main(int argc, char** argv) {
  return um::tools::hb_setweight({argv + 1, argv + argc});
}
