// hb_delnode - let the cluster forget dead nodes; see node_commands.hpp.
#include "tools/node_commands.hpp"

int main(int argc, char** argv) {
  return um::tools::hb_delnode({argv + 1, argv + argc});
}
