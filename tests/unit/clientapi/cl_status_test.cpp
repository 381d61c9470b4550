// cl_status against what the real one of heartbeat 3.0.6 printed for the same questions to the same
// node (files in cl_status/: `$ command`, `|` stdout, `E|` stderr, `rc=` exit code).
#include "tools/cl_status.hpp"

#include <fstream>
#include <future>
#include <sstream>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "clientapi/server.hpp"
#include "tests/unit/clientapi/fake_node.hpp"

namespace um::tools {
namespace {

using clientapi::AccessRules;
using clientapi::test::FakeNode;

struct Recorded {
  std::vector<std::string> args;
  std::string output;
};

std::vector<Recorded> recorded(const std::string& name) {
  auto path = std::filesystem::path(__FILE__).parent_path() / "cl_status" / (name + ".txt");
  std::ifstream in(path);
  EXPECT_TRUE(in) << path << " (run from the top of the source tree)";
  std::vector<Recorded> all;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("$ cl_status")) {
      all.back().output += line + "\n";
      continue;
    }
    std::istringstream words(line.substr(std::string("$ cl_status").size()));
    all.push_back({{std::istream_iterator<std::string>(words), {}}, ""});
  }
  return all;
}

std::string marked(const std::string& text, const std::string& mark) {
  std::istringstream in(text);
  std::string out;
  for (std::string line; std::getline(in, line);) out += mark + line + "\n";
  return out;
}

// `Nov 25 08:06:58 nodea cl_status: [4785]: ...` with date and pid taken out.
std::string without_date(const std::string& errors) {
  std::istringstream in(errors);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    std::size_t name = line.find(" nodea cl_status: ["), end = line.find("]: ");
    if (name == std::string("Nov 25 08:06:58").size() && end != std::string::npos)
      line = "DATE nodea cl_status: [PID" + line.substr(end);
    out += line + "\n";
  }
  return out;
}

class ClStatusTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/um-cl-status-XXXXXX";
    ASSERT_TRUE(::mkdtemp(name));
    directory = name;
    tool.socket = directory / "register";
    tool.ccm_socket = directory / "ccm";
    tool.host = "nodea";
    node.resources = "local";
  }
  void TearDown() override {
    server.reset();
    std::filesystem::remove_all(directory);
  }

  void start_server(bool let_everybody_in) {
    clientapi::ServerSettings settings;
    settings.socket = tool.socket;
    parsers::ApiAuth anon;
    anon.client = "anon";
    anon.uids = {::geteuid()};
    if (let_everybody_in) settings.rules = AccessRules({anon});
    server = std::make_unique<clientapi::Server>(io.get_executor(), settings, node,
                                                 [](LogLevel, const std::string&) {});
    node.deliver = [this](const wire::Message& message) {
      server->deliver(message, cluster::Treatment::kKeep);
    };
    ASSERT_EQ(server->start(), std::nullopt);
  }

  /// As the files show it.
  std::string run(const std::vector<std::string>& args) {
    std::ostringstream out, err;
    auto code = std::async(std::launch::async, [&] { return tool.run(args, out, err); });
    while (code.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      io.restart();
      io.run_one_for(std::chrono::milliseconds(2));
    }
    return marked(out.str(), "|") + marked(without_date(err.str()), "E|") +
           fmt::format("rc={}\n", code.get());
  }

  void expect_as_recorded(const std::string& name, std::size_t least) {
    auto all = recorded(name);
    EXPECT_GE(all.size(), least);
    for (const Recorded& one : all)
      EXPECT_EQ(run(one.args), one.output)
          << "cl_status " << fmt::format("{}", fmt::join(one.args, " "));
  }

  boost::asio::io_context io;
  FakeNode node;
  std::filesystem::path directory;
  std::unique_ptr<clientapi::Server> server;
  ClStatus tool;
};

TEST_F(ClStatusTest, OfARunningNode) {
  start_server(true);
  expect_as_recorded("running", 110);
}

TEST_F(ClStatusTest, OfANodeThatRefuses) {
  start_server(false);
  expect_as_recorded("refusing", 110);
}

TEST_F(ClStatusTest, OfANodeWhosePeerIsDead) {
  start_server(true);
  node.members[1].status = FakeNode::Status::kDead;
  for (auto& link : node.members[1].links) link.up = false;
  expect_as_recorded("peer-dead", 75);
}

TEST_F(ClStatusTest, OfANodeInTransition) {
  start_server(true);
  node.resources = "transition";
  expect_as_recorded("transition", 2);
}

TEST_F(ClStatusTest, WithoutHeartbeat) {
  expect_as_recorded("stopped", 75);
}

TEST_F(ClStatusTest, ASilentDaemonEndsInExitCode12) {
  start_server(true);
  tool.limit = std::chrono::milliseconds(20);
  std::ostringstream out, err;
  EXPECT_EQ(tool.run({"listnodes"}, out, err), 12);  // nobody runs the loop
  EXPECT_TRUE(err.str().ends_with("ERROR: no answer from heartbeat in time\n"));
}

}  // namespace
}  // namespace um::tools
