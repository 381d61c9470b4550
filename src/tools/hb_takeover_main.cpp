// hb_takeover [all|foreign|local|failback] - get resource groups; see standby_command.hpp.
#include "tools/standby_command.hpp"

int main(int argc, char** argv) {
  return um::tools::hb_takeover(argv[0], {argv + 1, argv + argc});
}
