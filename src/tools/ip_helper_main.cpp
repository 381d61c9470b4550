// ip_helper VERB [-n SCRIPT] [-6] [-a] [-d] [-f] [-i MS] [-r N] [-k HOOK] ADDR[/PREFIX[/...]]...
//
// Private to the resource scripts; see ip_helper.hpp and ip_helper(8).
#include <cstdlib>
#include <iostream>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "tools/ip_helper.hpp"

namespace {

using um::tools::IpHelper;

int usage() {
  std::cerr << "usage: ip_helper {status|start|stop|valid|find|announce|announcing|silence}\n"
               "           [-n script] [-6] [-a] [-d] [-f] [-i ms] [-r count] [-k hook]\n"
               "           ip-address[/netmaskbits[/interface[:label][/broadcast]]]...\n";
  return 2;
}

int positive(const char* text, int otherwise) {
  const int number = std::atoi(text);
  return number > 0 ? number : otherwise;
}

int run(std::string_view verb, const um::tools::IpRequest& request) {
  IpHelper helper(request);
  if (verb == "status") return helper.status();
  if (verb == "start") return helper.start();
  if (verb == "stop") return helper.stop();
  if (verb == "valid") return helper.valid();
  if (verb == "find") return helper.find();
  if (verb == "announce") return helper.announce();
  if (verb == "announcing") return helper.announcing();
  if (verb == "silence") return helper.silence();
  return usage();
}

/// A script may be run with 0, 1 or 2 closed; a file of ours must not get such a number.
void keep_standard_descriptors_open() {
  int descriptor = open("/dev/null", O_RDWR);
  while (descriptor >= 0 && descriptor < 2) descriptor = open("/dev/null", O_RDWR);
  if (descriptor > 2) close(descriptor);
}

}  // namespace

int main(int argc, char** argv) {
  keep_standard_descriptors_open();
  if (argc < 3) return usage();
  const std::string_view verb = argv[1];
  um::tools::IpRequest request;
  for (int option; (option = getopt(argc - 1, argv + 1, "+n:6adfi:r:k:")) != -1;) {
    switch (option) {
      case 'n': request.script = optarg; break;
      case '6': request.protocol = um::tools::Protocol::kIpv6; break;
      case 'a': request.alias = true; break;
      case 'd': request.without_dad = true; break;
      case 'f': request.foreground = true; break;
      case 'i': request.schedule.interval = std::chrono::milliseconds(positive(optarg, 200)); break;
      case 'r': request.schedule.repeat = positive(optarg, 5); break;
      case 'k': request.hook = optarg; break;
      default: return usage();
    }
  }
  if (optind > argc - 2) return usage();
  // Several addresses: one after the other, up to the first that fails.
  for (int i = optind + 1; i < argc; ++i) {
    request.text = argv[i];
    if (const int code = run(verb, request); code != 0) return code;
  }
  return 0;
}
