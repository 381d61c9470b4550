// heartbeat: the command, the guardian and the engine are one program file (heartbeat/role.hpp).
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "heartbeat/options.hpp"
#include "heartbeat/paths.hpp"
#include "heartbeat/role.hpp"
#include "heartbeat/start.hpp"

int main(int argc, char** argv) {
  namespace hb = um::heartbeat;
  const hb::Paths paths;
  try {
    if (const auto order = hb::take_order())
      return order->role == hb::Role::kEngine ? hb::run_engine(*order, paths)
                                              : hb::run_new_guardian(*order, paths);
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    return hb::run_command(hb::parse_options(arguments, argc > 0 ? argv[0] : "heartbeat"), paths);
  } catch (const std::exception& error) {
    std::cerr << "heartbeat: " << error.what() << '\n';
    return 1;
  }
}
