// The cluster engine against whatever a peer with the right key could send it.
//
// The input is a program: each byte chooses an event, the following ones its content. Field names
// and most values come from the protocol's own vocabulary, so that the fuzzer gets deep soon.
// Besides crashes it looks for growth: nodes, packets per event, a deadline that is never reached.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cluster/engine.hpp"

namespace {

using namespace std::chrono_literals;
using namespace um;
using namespace um::cluster;

constexpr std::string_view kTypes[] = {
    "status",   "NS_st",         "NS_rexmit", "NS_nak_rexmit", "NS_ackmsg",     "reqnodes",
    "repnodes", "addnode",       "delnode",   "setweight",     "setsite",       "starting",
    "resource", "ask_resources", "shutdone",  "hb_takeover",   "ip-request",    "ip-request-resp",
    "stonith",  "hbapi-clstat",  "chat",      "STATUS",        "NS_NAK_rexmit", ""};
constexpr std::string_view kNames[] = {"st",      "dt",       "protocol",    "ackseq", "firstseq",
                                       "lastseq", "info",     "rsc_hold",    "rtype",  "isstable",
                                       "node",    "nodelist", "delnodelist", "weight", "site",
                                       "dest",    "destuuid", "srcuuid",     "seq",    "hg",
                                       "ts",      "src",      "um",          "ipaddr", "ok"};
constexpr std::string_view kValues[] = {
    "up",      "active",   "init",      "dead",
    "ping",    "1",        "0",         "ffffffffffffffff",
    "1770",    "alpha",    "beta",      "gamma",
    "router",  "none",     "local",     "foreign",
    "all",     "full",     "me",        "other",
    "done",    "shutdown", "mach_down", "18446744073709551615",
    "standby", "yes",      "OK",        "alpha beta gamma delta ",
    "delta",   "",         "-1",        "0123456789abcdef"};

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), end_(data + size) {}
  bool empty() const { return data_ == end_; }
  std::uint8_t byte() { return empty() ? 0 : *data_++; }
  std::string text() {
    std::string text;
    for (std::uint8_t n = byte() % 32; n > 0 && !empty(); --n) text += static_cast<char>(byte());
    return text;
  }
  template <std::size_t N>
  std::string_view pick(const std::string_view (&words)[N]) {
    return words[byte() % N];
  }

 private:
  const std::uint8_t* data_;
  const std::uint8_t* end_;
};

Config cluster_of_three() {
  Config config;
  config.node = "alpha";
  config.uuid.fill(1);
  config.generation = 5;
  config.nodes = {{"alpha", NodeKind::kNormal},
                  {"beta", NodeKind::kNormal},
                  {"gamma", NodeKind::kNormal},
                  {"router", NodeKind::kPing}};
  config.media = {{"eth0", ""}, {"eth1", ""}, {"router", "router"}};
  config.times = {1000ms, 5000ms, 2000ms, 5000ms, 5000ms, 250ms};
  config.failback = Failback::kOn;
  return config;
}

wire::Message message_from(Input& input, std::uint64_t& number) {
  wire::Message message(input.pick(kTypes));
  message.set("src", (input.byte() & 1) ? "beta" : "gamma");
  message.set("hg", (input.byte() & 15) == 0 ? "2" : "1");
  message.set("ts", "6b029a79");
  // Mostly the next number: otherwise nearly everything would be an old duplicate.
  const std::uint8_t jump = input.byte();
  number += jump < 200 ? 1 : jump;
  message.set_hex("seq", number);
  for (std::uint8_t n = input.byte() % 8; n > 0; --n) {
    const std::string_view name = input.pick(kNames);
    if (input.byte() & 1)
      message.set(name, input.pick(kValues));
    else
      message.append({std::string(name), input.text(), wire::FieldType::kBinary});
  }
  return message;
}

void require(bool good) {
  if (!good) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Engine engine(cluster_of_three());
  Now now{TimePoint{1h}, 1'795'332'000};
  std::uint64_t number = 0;
  engine.handle(Started{}, now);
  for (int steps = 0; !input.empty() && steps < 400; ++steps) {
    Actions actions;
    switch (input.byte() % 10) {
      case 0:
        now.monotonic += std::chrono::milliseconds(input.byte() * 10);
        actions = engine.handle(Tick{}, now);
        break;
      case 1: actions = engine.handle(LocalMessage{message_from(input, number)}, now); break;
      case 2: actions = engine.handle(JobFinished{input.byte(), input.byte()}, now); break;
      case 3:
        now.monotonic = std::max(now.monotonic, engine.next_deadline());
        actions = engine.handle(Tick{}, now);
        break;
      case 4:
        if (input.byte() < 8) actions = engine.handle(ShutdownRequested{}, now);
        break;
      default:
        actions =
            engine.handle(PacketReceived{input.byte() % 4U, message_from(input, number)}, now);
        break;
    }
    require(actions.size() < 5000);
    require(engine.next_deadline() > now.monotonic);
    require(engine.cluster().nodes().size() <= 101);
  }
  return 0;
}
