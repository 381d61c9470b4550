// lvs_sync - private to resource.d/LVSSyncDaemonSwap; see lvs_sync.hpp and lvs_sync(8).
#include "tools/lvs_sync.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  return um::tools::run_sync_command(um::tools::parse_sync_command(words));
}
