// req_resource KEY - ask for one of this node's groups; see legacy_takeover.hpp.
#include "base/machine.hpp"
#include "tools/legacy_takeover.hpp"

int main(int argc, char** argv) {
  const auto machine = um::real_machine();
  um::tools::ResourceManager manager(
      um::tools::ResourceManager::setup_from_environment("/usr/share/heartbeat/ResourceManager"),
      *machine);
  return um::tools::req_resource(manager, manager.node(), argc > 1 ? argv[1] : "");
}
