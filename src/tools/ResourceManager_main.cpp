// ResourceManager VERB [ARGUMENT] - haresources as a command; see resource_manager.hpp.
#include "base/machine.hpp"
#include "tools/resource_manager.hpp"

int main(int argc, char** argv) {
  const auto machine = um::real_machine();
  um::tools::ResourceManager manager(um::tools::ResourceManager::setup_from_environment(argv[0]),
                                     *machine);
  return manager.run({argv + 1, argv + argc});
}
