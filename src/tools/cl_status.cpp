#include "tools/cl_status.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <functional>
#include <optional>
#include <ostream>

#include <fmt/format.h>
#include <unistd.h>

#include "base/log.hpp"

namespace um::tools {
namespace {

using clientapi::Answer;
using clientapi::Deadline;
using clientapi::Failure;
using wire::FieldType;

constexpr int kYes = 0, kNo = 1, kBadParameter = 11, kTimeout = 12, kOther = 13;
constexpr std::chrono::seconds kCcmLimit{2};  // it tells its membership at once, or has none
constexpr std::string_view kUnreachable = "hb_api_signon: Can't initiate connection to heartbeat";

constexpr std::string_view kUsage =
    R"(Usage: cl_status <sub-command> [<options>] [<parameters>]

Sub-commands:
clientstatus <node-name> <client-id> [<timeout>]
	Show the status of heartbeat clients.
hblinkstatus <node-name> <link-name>
	Show the status of a heartbeat link
hbstatus
	Indicate if heartbeat is running on the local system.
	Options:
		-v	verbose: also add "listnodes -v" output
listnodes [<option>]
	List the nodes in the cluster.
	Options:
		-p	list only 'ping' type nodes
		-n	list only 'normal' type nodes
		-v	verbose: also list type and status,
			then add "listhblinks -v" output
listhblinks <node-name>
	List the network interfaces used as hearbeat links.
	Options:
		-v	verbose: list link status as well
nodestatus <node-name>
	List the node status.
nodeweight <node-name>
	List the node weight.
nodesite <node-name>
	List the node site.
nodetype <node-name>
	List the nodes of a given type.
rscstatus
	Show the status of cluster resources.
hbparameter -p <parameter-name>
	Retrieve the value of a cluster parameter.
	As for the valid parameter names, please refer to the man page.
)";

// ---- options, as getopt() reads them ------------------------------------------------------------

struct Options {
  std::string flags;  // the letters given
  std::string parameter;
  std::vector<std::string> operands;
  std::string complaint;  // of getopt, about the first bad option

  bool has(char flag) const { return flags.find(flag) != std::string::npos; }
};

// One word of clustered letters. Returns whether the next word belongs to `-p`.
bool read_letters(std::string_view command, std::string_view known, std::string_view letters,
                  Options& options) {
  for (std::size_t i = 0; i < letters.size(); ++i) {
    char letter = letters[i];
    auto at = known.find(letter);
    if (at == std::string_view::npos || letter == ':') {
      options.complaint = fmt::format("{}: invalid option -- '{}'", command, letter);
      return false;
    }
    options.flags += letter;
    if (at + 1 == known.size() || known[at + 1] != ':') continue;
    options.parameter = letters.substr(i + 1);
    return options.parameter.empty();
  }
  return false;
}

Options read_options(std::string_view command, std::string_view known,
                     const std::vector<std::string>& words) {
  Options options;
  bool ended = false;
  for (std::size_t i = 0; i < words.size() && options.complaint.empty(); ++i) {
    const std::string& word = words[i];
    if (ended || word.size() < 2 || word[0] != '-') {
      options.operands.push_back(word);
    } else if (word == "--") {
      ended = true;
    } else if (read_letters(command, known, std::string_view(word).substr(1), options)) {
      if (++i < words.size())
        options.parameter = words[i];
      else
        options.complaint = fmt::format("{}: option requires an argument -- 'p'", command);
    }
  }
  return options;
}

// ---- a session ----------------------------------------------------------------------------------

struct Session {
  clientapi::Client client;
  Answer signed_on;
  Options options;
  Deadline deadline;
  std::string host;
  std::filesystem::path ccm_socket;
  std::ostream& out;
  std::ostream& err;

  bool human() const { return options.has('m'); }
  bool verbose() const { return options.has('v'); }
  const std::string& operand(std::size_t i) const { return options.operands[i]; }

  void error(std::string text) const {
    LogLine line;
    line.level = LogLevel::kError;
    line.text = std::move(text);
    line.time = std::chrono::system_clock::now();
    line.pid = ::getpid();
    err << heartbeat_line(line, host, "cl_status") << '\n';
  }

  Answer ask(std::string_view verb, std::vector<wire::Field> fields = {}) {
    return client.request(verb, fields, deadline);
  }
  Answer ask_about(std::string_view verb, const std::string& node) {
    return ask(verb, {{"node", node, FieldType::kString}});
  }
  template <class... Args>
  int say(int code, fmt::format_string<Args...> format, Args&&... args) {
    out << fmt::format(format, std::forward<Args>(args)...) << '\n';
    return code;
  }
};

int too_few(Session& session, std::string_view words) {
  session.err << words << '\n';
  return kBadParameter;
}
constexpr std::string_view kNotEnough = "Not enough parameters.";
constexpr std::string_view kNoEnough = "No enough parameter.";

// A refusal gets the sub-command's own words; silence ends every sub-command alike.
int failed(Session& session, const Answer& answer, const std::function<int()>& refused) {
  if (answer.failure == Failure::kRefused) return refused();
  if (answer.failure == Failure::kTimeout) {
    session.error("no answer from heartbeat in time");
    return kTimeout;
  }
  session.error("the connection to heartbeat was lost");
  return kOther;
}

int unknown_node(Session& session, std::string_view words) {
  session.err << words << '\n';
  return kBadParameter;
}
constexpr std::string_view kMayBe = "Error. May be due to incorrect node name";
constexpr std::string_view kMaybe = "Error. Maybe due to incorrect node name.";

// ---- sub-commands -------------------------------------------------------------------------------

int list_links(Session& session, const std::string& node) {
  Answer links = session.ask_about("iflist", node);
  if (!links.ok())
    return failed(session, links, [&] {
      session.error("Cannot start heartbeat link interface walk.");
      session.error("REASON: " + links.info);
      return kOther;
    });
  if (session.human()) session.say(kYes, "\tthis node has the following heartbeat links:");
  std::ranges::reverse(links.frames);
  for (const auto& link : links.frames)
    session.verbose() ? session.say(kYes, "\t{}\t{}", link.get("ifname"), link.get("st"))
                      : session.say(kYes, "\t{}", link.get("ifname"));
  return kYes;
}

int list_nodes(Session& session) {
  Answer nodes = session.ask("nodelist");
  if (!nodes.ok())
    return failed(session, nodes, [&] {
      session.error("Cannot start node walk");
      session.error("REASON: " + nodes.info);
      return kOther;
    });
  bool all = session.options.has('n') == session.options.has('p');
  if (session.human()) session.say(kYes, "The nodes are as follow:");
  std::ranges::reverse(nodes.frames);
  for (const auto& node : nodes.frames) {
    std::string name(node.get("node"));
    std::string_view type = node.get("nodetype");
    if (!all && (type == "ping") != session.options.has('p')) continue;
    if (!session.verbose()) {
      session.say(kYes, "{}", name);
      continue;
    }
    session.say(kYes, "\n{}\t{}\t(nodetype: {})", name, node.get("st"), type);
    if (int code = list_links(session, name); code != kYes) return code;
  }
  return kYes;
}

/// Only where a ccm runs, which no haresources cluster needs.
void show_ccm(Session& session) {
  const Deadline until = std::min(session.deadline, std::chrono::steady_clock::now() + kCcmLimit);
  const auto now = clientapi::ccm_membership(session.ccm_socket, until);
  if (!now) return;
  const std::string_view quorum = now->quorum ? "with quorum" : "WITHOUT quorum";
  session.say(kYes, "\nccm membership {}", now->evicted ? "evicted" : quorum);
  session.say(kYes, "\tinstance {}\n\tmembers {}", now->instance, now->members.size());
  for (const clientapi::CcmMember& member : now->members)
    session.say(kYes, "\t\t{} {}\t(born: {})", member.id, member.name, member.born);
  session.say(kYes, "\t{}member of partition", now->ours ? "" : "NOT ");
}

int heartbeat_status(Session& session) {
  if (!session.verbose()) return session.say(kYes, "Heartbeat is running on this machine.");
  std::string version = session.signed_on.get("hbversion");
  std::string pacemaker = session.signed_on.get("pacemaker");
  std::string manager = pacemaker == "false" ? "\"haresources\"" : "pacemaker";
  if (session.human()) {
    session.say(kYes, "Heartbeat version {}", version);
    session.say(kYes, "Resources controlled by {}", manager);
  } else {
    session.say(kYes, "version:\t{}", version);
    session.say(kYes, "managed by:\t{}", manager);
  }
  show_ccm(session);
  return list_nodes(session);
}

int node_status(Session& session) {
  if (session.options.operands.empty()) return too_few(session, kNotEnough);
  const std::string& node = session.operand(0);
  Answer answer = session.ask_about("nodestatus", node);
  if (!answer.ok()) return failed(session, answer, [&] { return unknown_node(session, kMayBe); });
  std::string status = answer.get("st");
  bool alive = status == "active" || status == "up" || status == "ping";
  int code = alive ? kYes : kNo;
  return session.human() ? session.say(code, "The cluster node {} is {}", node, status)
                         : session.say(code, "{}", status);
}

// `node{weight,site,type}`: one field of one node.
int node_field(Session& session, std::string_view verb, std::string_view field,
               fmt::string_view human, std::string_view missing, std::string_view unknown) {
  if (session.options.operands.empty()) return too_few(session, missing);
  const std::string& node = session.operand(0);
  Answer answer = session.ask_about(verb, node);
  if (!answer.ok()) return failed(session, answer, [&] { return unknown_node(session, unknown); });
  std::string value = answer.get(field);
  return session.human() ? session.say(kYes, fmt::runtime(human), node, value)
                         : session.say(kYes, "{}", value);
}

int node_weight(Session& session) {
  return node_field(session, "nodeweight", "weight", "The weight of the cluster node {} is {}",
                    kNotEnough, kMaybe);
}

int node_site(Session& session) {
  return node_field(session, "nodesite", "site", "The site of the cluster node {} is {}",
                    kNotEnough, kMayBe);
}

int node_type(Session& session) {
  return node_field(session, "nodetype", "nodetype", "The node {}'s type: {}", kNoEnough, kMayBe);
}

int links_of_node(Session& session) {
  if (session.options.operands.empty()) return too_few(session, kNoEnough);
  return list_links(session, session.operand(0));
}

int link_status(Session& session) {
  if (session.options.operands.size() < 2) return too_few(session, kNoEnough);
  const std::string &node = session.operand(0), &link = session.operand(1);
  Answer answer = session.ask(
      "ifstatus", {{"node", node, FieldType::kString}, {"ifname", link, FieldType::kString}});
  if (!answer.ok())
    return failed(session, answer, [&] {
      session.error("Cannot get heartbeat link status");
      session.error("REASON: ");
      return kOther;
    });
  std::string status = answer.get("st");
  int code = status == "up" ? kYes : kNo;
  return session.human()
             ? session.say(code, "The node {}'s heartbeat link {} is {}", node, link, status)
             : session.say(code, "{}", status);
}

int client_status(Session& session) {
  if (session.options.operands.size() < 2) return too_few(session, kNoEnough);
  long limit = 500;
  if (session.options.operands.size() > 2) {
    const std::string& text = session.operand(2);
    long given = 0;
    std::from_chars(text.data(), text.data() + text.size(), given);
    limit = given > 0 ? given : limit;
  }
  Deadline until = std::min(session.deadline,
                            std::chrono::steady_clock::now() + std::chrono::milliseconds(limit));
  Answer answer = session.client.client_status(session.operand(0), session.operand(1), until);
  if (!answer.ok()) {
    session.error(fmt::format("Cannot get heartbeat client {}'s status", session.operand(1)));
    session.error("REASON: No timely response.");
    return kOther;
  }
  std::string status = answer.get("cs");
  return session.say(status == "online" ? kYes : kNo, "{}", status);
}

int resource_status(Session& session) {
  Answer answer = session.ask("getrsc");
  if (!answer.ok())
    return failed(session, answer, [&] {
      session.error("Cannot get cluster resource status");
      session.error("REASON: " + answer.info);
      return kNo;
    });
  std::string held = answer.get("rsc_hold");
  return session.human() ? session.say(kYes, "This node is holding {} resources.", held)
                         : session.say(kYes, "{}", held);
}

int parameter(Session& session) {
  const std::string& name = session.options.parameter;
  if (name.empty()) {
    session.error("parameter name required");
    return kBadParameter;
  }
  // These two came with the sign-on, in their long form (heartbeat-api 4.2).
  std::string value;
  if (name == "hbversion" || name == "pacemaker") {
    value = session.signed_on.get(name);
  } else {
    Answer answer = session.ask("getparm", {{"pname", name, FieldType::kString}});
    if (!answer.ok() && answer.failure != Failure::kRefused)
      return failed(session, answer, [] { return kNo; });
    if (!answer.ok() || !answer.frames[0].has("pvalue")) {
      session.error(fmt::format("Cannot get parameter {}'s value", name));
      session.error("REASON: ");
      return kNo;
    }
    value = answer.get("pvalue");
  }
  return session.human() ? session.say(kYes, "Heartbeat parameter {}'s value: {}", name, value)
                         : session.say(kYes, "{}", value);
}

int test(Session& session) {
  auto milliseconds = [&](std::string_view name) {
    return session.signed_on.frames.at(0).hex(name).value_or(0);
  };
  session.say(kYes, "Dead time: {}", milliseconds("deadtime"));
  session.say(kYes, " keeplive time: {}", milliseconds("keepalive"));
  session.say(kYes, " mynodeid: {}", session.client.node());
  return session.say(kYes, " rsc: {}", session.ask("getrsc").get("rsc_hold"));
}

struct SubCommand {
  std::string_view name;
  std::string_view options;
  std::string_view getopt_words;  // what follows "getopt returned" when an option is bad
  int (*run)(Session&);
};

constexpr std::string_view kCharacter = "character ?.", kCode = "character code ?.";

constexpr SubCommand kSubCommands[] = {
    {"clientstatus", "m", kCharacter, client_status},
    {"hblinkstatus", "m", kCharacter, link_status},
    {"hbstatus", "mv", "", heartbeat_status},
    {"listnodes", "mnpv", kCode, list_nodes},
    {"listhblinks", "mv", kCode, links_of_node},
    {"nodestatus", "m", kCharacter, node_status},
    {"nodeweight", "m", kCharacter, node_weight},
    {"nodesite", "m", kCharacter, node_site},
    {"nodetype", "m", kCharacter, node_type},
    {"rscstatus", "m", kCharacter, resource_status},
    {"hbparameter", "mp:", kCode, parameter},
    {"test", "m", kCharacter, test},
};

// hbstatus alone makes an answer of not being let in.
int not_signed_on(Session& session, bool asks_for_status) {
  const Answer& answer = session.signed_on;
  bool refused = answer.failure == Failure::kRefused;
  std::string reason = refused ? answer.info : std::string(kUnreachable);
  if (answer.failure == Failure::kTimeout) return failed(session, answer, [] { return kOther; });
  if (!refused && answer.info == std::strerror(EACCES))
    session.err << "cl_status: permission denied: only root and group haclient may ask heartbeat\n";
  if (!asks_for_status) {
    session.error("Cannot signon with heartbeat");
    session.error("REASON: " + reason);
    return kNo;
  }
  session.out << (refused ? "Heartbeat is apparently running on this machine, "
                            "but refuses my connection\n"
                          : "Heartbeat is stopped on this machine.\n");
  if (session.verbose()) session.say(kYes, "({})", reason);
  return refused ? kYes : kNo;
}

}  // namespace

int ClStatus::run(const std::vector<std::string>& args, std::ostream& out,
                  std::ostream& err) const {
  if (args.empty() || args[0] == "-h") {
    out << kUsage;
    return kYes;
  }
  Session session{clientapi::Client(socket),
                  {},
                  {},
                  std::chrono::steady_clock::now() + limit,
                  host,
                  ccm_socket,
                  out,
                  err};
  const auto* command = std::ranges::find(kSubCommands, args[0], &SubCommand::name);
  if (command == std::end(kSubCommands)) {
    session.error(args[0] + ": invalid sub-command.");
    return kBadParameter;
  }
  session.options = read_options(args[0], command->options, {args.begin() + 1, args.end()});
  session.signed_on = session.client.sign_on("", session.deadline);
  bool asks_for_status = command->name == "hbstatus";
  if (!session.options.complaint.empty() && (session.signed_on.ok() || asks_for_status)) {
    err << session.options.complaint << '\n';
    if (!asks_for_status) {
      session.error(fmt::format("Error: getopt returned{}", command->getopt_words));
      return kBadParameter;
    }
  }
  if (!session.signed_on.ok()) return not_signed_on(session, asks_for_status);
  int code = command->run(session);
  session.client.sign_off();
  return code;
}

}  // namespace um::tools
