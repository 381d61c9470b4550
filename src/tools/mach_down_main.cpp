// mach_down NODE - take over the groups of a dead node; see legacy_takeover.hpp.
#include "base/machine.hpp"
#include "tools/legacy_takeover.hpp"

int main(int argc, char** argv) {
  const auto machine = um::real_machine();
  um::tools::ResourceManager manager(
      um::tools::ResourceManager::setup_from_environment("/usr/share/heartbeat/ResourceManager"),
      *machine);
  return um::tools::mach_down(manager, argv[0], manager.node(), argc > 1 ? argv[1] : "");
}
