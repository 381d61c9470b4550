// Plays the recorded sessions of real clients with heartbeat 3.0.6 against the dispatcher: fed the
// client's frames it must give the daemon's. Masked are the values that depend on time and place
// (heartbeat-api 14); left out are the messages that the live cluster sent in between.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "clientapi/dispatcher.hpp"
#include "clientapi/ipc.hpp"
#include "tests/unit/clientapi/fake_node.hpp"

namespace um::clientapi {
namespace {

namespace fs = std::filesystem;
using test::FakeNode;
using wire::Message;

const fs::path kVectors = fs::path(__FILE__).parent_path() / "api";
constexpr uid_t kHacluster = 101;
constexpr gid_t kHaclient = 102;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path << " (run from the top of the source tree)";
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> bodies(const std::string& name) {
  FrameReader reader;
  auto out = reader.feed(read_file(kVectors / name));
  EXPECT_FALSE(reader.broken()) << name;
  return out;
}

std::string sha256(const std::string& bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), out, &size, EVP_sha256(), nullptr);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", out[i]);
  return text;
}

TEST(ApiVectors, AreTheRecordedBytesAndComplete) {
  std::ifstream sums(kVectors / "SHA256SUMS");
  std::size_t listed = 0;
  for (std::string sum, name; sums >> sum >> name; ++listed)
    EXPECT_EQ(sha256(read_file(kVectors / name)), sum) << name;
  auto files = std::distance(fs::directory_iterator(kVectors), fs::directory_iterator());
  EXPECT_EQ(listed + 1, static_cast<std::size_t>(files));
}

// ---- one session --------------------------------------------------------------------------------

std::string show(const Message& message) {
  constexpr std::string_view kMasked[] = {"ts",         "seq",     "hg",       "ld",  "auth",
                                          "client_gen", "srcuuid", "destuuid", "ttl", "hbversion"};
  std::string text;
  for (const wire::Field& field : message.fields()) {
    bool masked = std::ranges::count(kMasked, field.name) > 0;
    std::string value =
        field.type == wire::FieldType::kBinary ? wire::base64_encode(field.value) : field.value;
    text +=
        fmt::format("({}){}={} ", static_cast<int>(field.type), field.name, masked ? "*" : value);
  }
  return text;
}

// Frames that answer the client, as opposed to what goes on in the cluster meanwhile. (The old
// daemon delivered NS_ messages once per link; how often is the cluster's business, not the API's.)
bool is_answer(const Message& message, std::string_view id) {
  if (message.type() == "hbapi-resp" || message.type() == "hbapi-req") return true;
  bool own = message.get("src") == "nodea" && message.get("from_id") == id;
  bool failed = message.type() == "hbapi-clstat" && message.get("from_id").empty();
  return own || failed;
}

// What another node answered takes its time on the way: compared in an order of its own.
bool is_from_the_other_node(const Message& message) {
  return message.type() == "respond-cstatus" && message.get("src") == "nodeb";
}

struct Session {
  std::vector<std::string> frames;
  std::vector<std::string> from_other_node;
  bool closed = false;

  void add(const Message& message, std::string_view id) {
    bool own_answer = message.type() == "respond-cstatus" && !is_from_the_other_node(message);
    if (is_from_the_other_node(message))
      from_other_node.push_back(show(message));
    else if (own_answer || is_answer(message, id))
      frames.push_back(show(message));
  }
};

class Player {
 public:
  Player(FakeNode& node, Credentials who, std::string client_rule)
      : node_(node), dispatcher_(node, [](pid_t pid) { return pid != 31999; }) {
    std::vector<parsers::ApiAuth> rules;
    rules.push_back({"ipfail", {}, {}, {kHacluster}, {}, {}});
    rules.push_back({"ccm", {}, {}, {kHacluster}, {}, {}});
    rules.push_back({"ping", {}, {}, {}, {kHaclient}, {}});
    rules.push_back({"lha-snmpagent", {}, {}, {0}, {}, {}});
    rules.push_back({"anon", {}, {}, {0}, {kHaclient}, {}});
    if (!client_rule.empty()) rules.push_back({client_rule, {}, {}, {0, kHacluster}, {}, {}});
    dispatcher_.set_rules(AccessRules(rules));
    node_.deliver = [this](const Message& message) { carry_out(dispatcher_.deliver(message, 1)); };
    dispatcher_.connected(kOther, {400, kHacluster, kHaclient});
    dispatcher_.connected(kSubject, who);
  }

  /// Another client that is there already.
  void sign_on_other(std::string_view name) {
    Message request("hbapi-req");
    request.set("reqtype", "signon").set("pid", "400").set("from_id", name);
    request.set("uid", std::to_string(kHacluster)).set("gid", std::to_string(kHaclient));
    carry_out(dispatcher_.received(kOther, wire::encode_plain(request, wire::Form::kString)));
  }

  Session play(const std::vector<std::string>& sent) {
    id_ = wire::decode_plain(sent.at(0)).message.get("from_id");
    for (const std::string& body : sent)
      if (!session_.closed) carry_out(dispatcher_.received(kSubject, body));
    return session_;
  }

 private:
  static constexpr ConnectionId kSubject = 1, kOther = 2;

  void carry_out(Effects effects) {
    for (Effect& effect : effects) {
      if (auto* send = std::get_if<Send>(&effect); send && send->to == kSubject && !session_.closed)
        session_.add(send->message, id_);
      if (auto* close = std::get_if<Close>(&effect); close && close->connection == kSubject)
        session_.closed = true;
      if (auto* message = std::get_if<Broadcast>(&effect)) node_.broadcast(message->message);
    }
  }

  FakeNode& node_;
  Dispatcher dispatcher_;
  std::string id_;
  Session session_;
};

Credentials stated(const std::string& first_body) {
  Message request = wire::decode_plain(first_body).message;
  return {static_cast<pid_t>(request.decimal("pid").value_or(0)),
          static_cast<uid_t>(request.decimal("uid").value_or(0)),
          static_cast<gid_t>(request.decimal("gid").value_or(0))};
}

Session recorded(const std::string& name) {
  Session session;
  std::string id(wire::decode_plain(bodies(name + ".c2s.bin").at(0)).message.get("from_id"));
  for (const std::string& body : bodies(name + ".s2c.bin"))
    session.add(wire::decode_plain(body).message, id);
  return session;
}

std::string client_id(const std::string& first_body) {
  return std::string(wire::decode_plain(first_body).message.get("from_id"));
}

// ---- sessions that went well --------------------------------------------------------------------

std::vector<std::string> sessions() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kVectors)) {
    std::string file = entry.path().filename().string();
    std::string_view suffix = ".c2s.bin";
    if (!file.ends_with(suffix) || file.starts_with("probe-a-p2") || file.starts_with("probe-b") ||
        file.starts_with("ipfail-nodeb"))
      continue;
    names.push_back(file.substr(0, file.size() - suffix.size()));
  }
  std::ranges::sort(names);
  return names;
}

class RecordedSession : public testing::TestWithParam<std::string> {};

TEST_P(RecordedSession, IsAnsweredAsByTheOldDaemon) {
  const std::string& name = GetParam();
  auto sent = bodies(name + ".c2s.bin");
  std::string id = client_id(sent[0]);
  FakeNode node;
  if (name.starts_with("cl_rscstatus")) node.resources = "local";
  if (name.ends_with("local0")) node.facility = 128;
  if (name == "ipfail-nodea") node.resources = "local";
  if (name == "api_test_a") node.online_on_nodeb = {"ping"};
  if (name.ends_with("netstring")) node.message_format = "netstring";
  Player player(node, stated(sent[0]), id == "ipfail" ? "" : id);
  if (id != "ipfail") player.sign_on_other("ipfail");
  Session played = player.play(sent), old = recorded(name);
  if (id == "ipfail") {  // in the rest of this recording the ping nodes come and go
    constexpr std::size_t kStartUp = 11;
    played.frames.resize(kStartUp);
    old.frames.resize(kStartUp);
  }
  EXPECT_EQ(played.frames, old.frames);
  EXPECT_EQ(played.from_other_node, old.from_other_node);
}

auto test_name = [](const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace_if(
      name, [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
};

INSTANTIATE_TEST_SUITE_P(Api, RecordedSession, testing::ValuesIn(sessions()), test_name);

// ---- sign-ons that were refused -----------------------------------------------------------------

class RefusedSignOn : public testing::TestWithParam<std::string> {};

TEST_P(RefusedSignOn, GetsTheOldWordsAndTheConnectionIsClosed) {
  const std::string& name = GetParam();
  auto sent = bodies(name + ".c2s.bin");
  FakeNode node;
  Player player(node, {413, 0, 0}, "");
  player.sign_on_other("ipfail");
  node.broadcasts.clear();
  Session session = player.play({sent[0]});
  EXPECT_EQ(session.frames, recorded(name).frames);
  EXPECT_TRUE(session.closed);
  EXPECT_TRUE(node.broadcasts.empty()) << "nobody left who was never there (decision A4)";
}

INSTANTIATE_TEST_SUITE_P(Api, RefusedSignOn,
                         testing::Values("probe-a-p2-authfail", "probe-a-p2-badpid",
                                         "probe-a-p2-duplicate", "probe-a-p2-falseuid",
                                         "probe-a-p2-no-default", "probe-a-p2-pidmismatch"),
                         test_name);

// ---- frames -------------------------------------------------------------------------------------

TEST(ApiVectors, EveryFrameOfTheOldDaemonIsWrittenAgainByteForByte) {
  int frames = 0;
  for (const auto& entry : fs::directory_iterator(kVectors)) {
    std::string name = entry.path().filename().string();
    if (!name.ends_with(".s2c.bin")) continue;
    std::string again;
    for (const std::string& body : bodies(name)) {
      wire::Decoded decoded = wire::decode_plain(body);
      ASSERT_TRUE(decoded.ok()) << name;
      again += frame(decoded.message, decoded.form).value();
      ++frames;
    }
    EXPECT_EQ(again, read_file(entry.path())) << name;
  }
  EXPECT_GT(frames, 300);
}

}  // namespace
}  // namespace um::clientapi
