// The server and the client library over a real socket; the client runs in a thread of its own, as
// it blocks.
#include "clientapi/server.hpp"

#include <cstdlib>
#include <future>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "clientapi/client.hpp"
#include "tests/unit/clientapi/fake_node.hpp"

namespace um::clientapi {
namespace {

using namespace std::chrono_literals;

Deadline soon() {
  return std::chrono::steady_clock::now() + 5s;
}

class ApiServer : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/um-api-XXXXXX";
    ASSERT_TRUE(::mkdtemp(name));
    directory = name;
    std::vector<parsers::ApiAuth> rules(2);
    for (auto& rule : rules) rule.uids = {::geteuid()};
    rules[0].client = "anon";
    rules[1].client = "default";
    settings.socket = directory / "register";
    settings.rules = AccessRules(rules);
    server = std::make_unique<Server>(
        io.get_executor(), settings, node,
        [this](LogLevel, const std::string& text) { log.push_back(text); });
    node.deliver = [this](const wire::Message& message) {
      server->deliver(message, cluster::Treatment::kKeep);
    };
    ASSERT_EQ(server->start(), std::nullopt);
  }
  void TearDown() override {
    server.reset();
    std::filesystem::remove_all(directory);
  }

  /// Runs `work` in a thread and the loop until it is done.
  void with_client(const std::function<void(Client&)>& work) {
    auto done = std::async(std::launch::async, [&] {
      Client client(settings.socket);
      work(client);
    });
    run_until([&] { return done.wait_for(0s) == std::future_status::ready; });
    done.get();
  }

  bool run_until(const std::function<bool()>& done) {
    auto end = soon();
    while (!done() && std::chrono::steady_clock::now() < end) {
      io.restart();
      io.run_one_for(10ms);
    }
    return done();
  }

  /// A connection without the library.
  int raw_connection() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    settings.socket.native().copy(address.sun_path, sizeof address.sun_path - 1);
    int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }

  void raw_sign_on(int fd, const std::string& name) {
    wire::Message request("hbapi-req");
    request.set("reqtype", "signon").set("pid", std::to_string(::getpid())).set("from_id", name);
    request.set("uid", std::to_string(::geteuid())).set("gid", std::to_string(::getegid()));
    std::string bytes = *frame(request);
    ASSERT_EQ(::write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    ASSERT_TRUE(run_until([&] { return !node.broadcasts.empty(); }));
  }

  bool closed(int fd) {
    return run_until([&] {
      char byte;
      return ::recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
    });
  }

  boost::asio::io_context io;
  test::FakeNode node;
  std::filesystem::path directory;
  ServerSettings settings;
  std::unique_ptr<Server> server;
  std::vector<std::string> log;
};

TEST_F(ApiServer, TheSocketIsOpenToAllAndGoneAfterwards) {
  struct stat info {};
  ASSERT_EQ(::stat(settings.socket.c_str(), &info), 0);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
  EXPECT_EQ(info.st_mode & 0777, 0777U);
  server->stop();
  EXPECT_NE(::stat(settings.socket.c_str(), &info), 0);
}

TEST_F(ApiServer, ACasualClientSignsOnAsksAndSignsOff) {
  with_client([&](Client& client) {
    Answer answer = client.sign_on("", soon());
    ASSERT_TRUE(answer.ok()) << answer.info;
    EXPECT_EQ(client.node(), "nodea");
    EXPECT_EQ(answer.get("deadtime"), "1770");
    Answer nodes = client.request("nodelist", {}, soon());
    ASSERT_EQ(nodes.frames.size(), 4U);
    EXPECT_EQ(nodes.frames[3].get("node"), "grp1");
    client.sign_off();
    EXPECT_FALSE(client.connected());
  });
}

TEST_F(ApiServer, ARefusalGivesTheReasonAndHeartbeatsParameters) {
  server->set_rules(AccessRules());
  with_client([&](Client& client) {
    Answer answer = client.sign_on("", soon());
    EXPECT_EQ(answer.failure, Failure::kRefused);
    EXPECT_EQ(answer.info, "apiauth anon missing");
    EXPECT_EQ(answer.get("node"), "nodea");
    EXPECT_FALSE(client.connected());
  });
}

TEST_F(ApiServer, ANamedClientHearsOfItselfAndOfItsMessages) {
  with_client([&](Client& client) {
    ASSERT_TRUE(client.sign_on("test", soon()).ok());
    EXPECT_EQ(client.next_message(soon()).value().get("st"), "join");
    client.send(wire::Message("hello").set("data", "one"));
    auto hello = client.next_message(soon()).value();
    EXPECT_EQ(hello.type(), "hello");
    EXPECT_EQ(hello.get("from_id"), "test");
  });
}

TEST_F(ApiServer, AnotherNodesClientStatusIsTheAnswer) {
  with_client([&](Client& client) {
    ASSERT_TRUE(client.sign_on("", soon()).ok());
    EXPECT_EQ(client.client_status("nodeb", "ipfail", soon()).get("cs"), "online");
    EXPECT_EQ(client.client_status("nodeb", "nobody", soon()).get("cs"), "offline");
    EXPECT_EQ(client.client_status("nowhere", "ipfail", soon()).failure, Failure::kRefused);
  });
}

TEST_F(ApiServer, FramesAreNetstringsWhenTheConfigurationSaysSo) {
  server->set_form(wire::Form::kNetstring);
  with_client([&](Client& client) { EXPECT_TRUE(client.sign_on("", soon()).ok()); });
}

TEST_F(ApiServer, ABrokenFrameEndsThatClientAndNoOther) {
  int fd = raw_connection();
  ASSERT_EQ(::write(fd, "\x01\x00\x04\x00\xcd\xab\x00\x00", 8), 8);
  EXPECT_TRUE(closed(fd));
  ::close(fd);
  with_client([&](Client& client) { EXPECT_TRUE(client.sign_on("", soon()).ok()); });
}

TEST_F(ApiServer, AClientThatDoesNotReadIsRemovedAndTheClusterHearsWhy) {
  int fd = raw_connection();
  raw_sign_on(fd, "lazy");
  wire::Message large("status");
  large.set("info", std::string(10000, 'x'));
  for (int i = 0; i < 1000 && node.broadcasts.size() == 1; ++i)
    server->deliver(large, cluster::Treatment::kKeep);
  ASSERT_EQ(node.broadcasts.size(), 2U);
  EXPECT_EQ(
      node.broadcasts[1].get("info"),
      "send failed,farside_pid=" + std::to_string(::getpid()) + ", sendq length=64(max is 64)");
  ::close(fd);
}

TEST_F(ApiServer, AClientThatReadsSlowlyGetsEverything) {
  int fd = raw_connection();
  raw_sign_on(fd, "slow");
  wire::Message large("status");
  large.set("info", std::string(10000, 'x'));
  for (int i = 0; i < 30; ++i) server->deliver(large, cluster::Treatment::kKeep);
  FrameReader reader;
  int heard = 0;
  EXPECT_TRUE(run_until([&] {
    char buffer[5000];
    ssize_t size = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size > 0)
      for (auto& body : reader.feed({buffer, static_cast<std::size_t>(size)}))
        heard += body.find("t=status") != std::string::npos;
    return heard == 30;
  }));
  ::close(fd);
}

TEST_F(ApiServer, WhilePausedSignOnsAreReadAndRequestsWait) {
  server->set_paused(true);
  std::atomic<bool> signed_on = false, answered = false;
  auto done = std::async(std::launch::async, [&] {
    Client client(settings.socket);
    signed_on = client.sign_on("", soon()).ok();
    answered = client.request("numnodes", {}, soon()).ok();
  });
  EXPECT_TRUE(run_until([&] { return signed_on.load(); }));
  for (int i = 0; i < 5; ++i) io.run_one_for(10ms);
  EXPECT_FALSE(answered);
  server->set_paused(false);
  EXPECT_TRUE(run_until([&] { return answered.load(); }));
  done.get();
}

TEST_F(ApiServer, ConnectionsAreLimitedAndTheRestStillServed) {
  std::vector<int> fds;
  for (std::size_t i = 0; i < settings.max_connections; ++i) {
    fds.push_back(raw_connection());
    io.restart();
    io.poll();
  }
  int extra = raw_connection();
  EXPECT_TRUE(closed(extra));
  ::close(extra);
  for (int fd : fds) ::close(fd);
  io.restart();
  io.poll();
  with_client([&](Client& client) { EXPECT_TRUE(client.sign_on("", soon()).ok()); });
}

TEST(ApiClient, WithoutAServerHeartbeatIsUnreachable) {
  Client client("/nonexistent/register");
  EXPECT_EQ(client.sign_on("", soon()).failure, Failure::kUnreachable);
}

TEST_F(ApiServer, ASilentDaemonIsATimeout) {
  Client client(settings.socket);  // nobody runs the loop
  EXPECT_EQ(client.sign_on("", std::chrono::steady_clock::now() + 20ms).failure, Failure::kTimeout);
}

TEST_F(ApiServer, TheEndOfTheDaemonIsToldToItsClients) {
  std::atomic<bool> signed_on = false;
  auto done = std::async(std::launch::async, [&] {
    Client client(settings.socket);
    signed_on = client.sign_on("", soon()).ok();
    bool message = client.next_message(soon()).has_value();
    return !message && !client.connected();
  });
  ASSERT_TRUE(run_until([&] { return signed_on.load(); }));
  server->stop();
  EXPECT_TRUE(done.get());
}

}  // namespace
}  // namespace um::clientapi
