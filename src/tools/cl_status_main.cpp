// cl_status - ask the running heartbeat; see cl_status.hpp.
#include <iostream>

#include <unistd.h>

#include "tools/cl_status.hpp"

int main(int argc, char** argv) {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  um::tools::ClStatus tool;
  tool.host = host;
  return tool.run({argv + 1, argv + argc}, std::cout, std::cerr);
}
