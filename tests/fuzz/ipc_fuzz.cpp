// Any bytes may come over the register socket: framing, message parsing and the dispatcher with
// every request must survive them, whoever sends them and in whatever order.
#include <cstdlib>

#include "clientapi/dispatcher.hpp"
#include "clientapi/ipc.hpp"
#include "tests/unit/clientapi/fake_node.hpp"

namespace {

using namespace um;
using namespace um::clientapi;

AccessRules open_to_all() {
  parsers::ApiAuth anon, others;
  anon.client = "anon";
  others.client = "default";
  anon.uids = others.uids = {0};
  return AccessRules({anon, others});
}

struct World {
  World() : dispatcher(node, [](pid_t pid) { return pid == 1; }) {
    dispatcher.set_rules(open_to_all());
    node.deliver = [this](const wire::Message& message) {
      carry_out(dispatcher.deliver(message, kDefaultMask));
    };
  }

  void carry_out(Effects effects) {
    for (Effect& effect : effects) {
      if (auto* send = std::get_if<Send>(&effect)) frame(send->message);
      if (auto* message = std::get_if<Broadcast>(&effect)) node.broadcast(message->message);
    }
  }

  void sign_on(ConnectionId id, const std::string& name) {
    dispatcher.connected(id, {1, 0, 0});
    wire::Message request("hbapi-req");
    request.set("reqtype", "signon").set("pid", "1").set("from_id", name);
    request.set("uid", "0").set("gid", "0");
    carry_out(dispatcher.received(id, wire::encode_plain(request, wire::Form::kString)));
  }

  test::FakeNode node;
  Dispatcher dispatcher;
};

}  // namespace

// A stranger, a casual and a named client all send the same frames.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World world;
  world.dispatcher.connected(1, {1, 0, 0});
  world.sign_on(2, "1");
  world.sign_on(3, "test");
  FrameReader reader;
  for (const std::string& body : reader.feed({reinterpret_cast<const char*>(data), size}))
    for (ConnectionId id : {1, 2, 3}) world.carry_out(world.dispatcher.received(id, body));
  for (ConnectionId id : {1, 2, 3}) world.carry_out(world.dispatcher.disconnected(id, "EOF"));
  if (world.dispatcher.connections() != 0) std::abort();
  return 0;
}
