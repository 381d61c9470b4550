// ha_log TEXT... - one line of log for a resource script; see script_log.hpp. HA_LOGTAG is its tag.
#include <string>

#include "tools/script_log.hpp"

int main(int argc, char** argv) {
  std::string text;
  for (int i = 1; i < argc; ++i) text += (i > 1 ? " " : "") + std::string(argv[i]);
  um::tools::ScriptLog("heartbeat", "").write(text);
}
