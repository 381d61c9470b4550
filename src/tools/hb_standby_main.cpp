// hb_standby [all|foreign|local|failback] - give up resource groups; see standby_command.hpp.
#include "tools/standby_command.hpp"

int main(int argc, char** argv) {
  return um::tools::hb_standby(argv[0], {argv + 1, argv + argc});
}
