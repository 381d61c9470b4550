#include "clientapi/dispatcher.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <unistd.h>

#include "clientapi/requests.hpp"

namespace um::clientapi {
namespace {

using wire::Message;

// As atol(): leading digits count, what follows is ignored; 0 when there are none.
long leading_number(std::string_view text) {
  long value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<long> whole_number(std::string_view text) {
  long value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void log(Effects& out, LogLevel level, std::string text) {
  out.emplace_back(LogText{level, std::move(text)});
}

constexpr int kLargestSignal = 32;
constexpr int kStopSignal = 19;
constexpr int kKillSignal = 9;

}  // namespace

Dispatcher::Dispatcher(const Node& node, std::function<bool(pid_t)> alive)
    : node_(node), alive_(std::move(alive)) {}

// ---- connections ------------------------------------------------------------------------------

void Dispatcher::connected(ConnectionId id, const Credentials& who) {
  connections_[id].who = who;
}

bool Dispatcher::signed_on(ConnectionId id) const {
  auto found = connections_.find(id);
  return found != connections_.end() && found->second.signed_on;
}

bool Dispatcher::has_client(std::string_view name) const {
  return find_client(name) != connections_.end();
}

Dispatcher::Connections::const_iterator Dispatcher::find_client(std::string_view name) const {
  return std::ranges::find_if(connections_, [&](const auto& entry) {
    return entry.second.signed_on && entry.second.name == name;
  });
}

Effects Dispatcher::disconnected(ConnectionId id, std::string_view reason) {
  Effects out;
  auto found = connections_.find(id);
  if (found == connections_.end()) return out;
  Connection client = std::move(found->second);
  connections_.erase(found);
  if (client.signed_on && !client.casual)
    out.emplace_back(Broadcast{client_notice("leave", client.name, reason, client)});
  return out;
}

Effects Dispatcher::audit() {
  Effects out;
  for (auto entry = connections_.begin(); entry != connections_.end();) {
    auto [id, client] = *entry++;
    if (!client.signed_on || alive_(client.who.pid)) continue;
    log(out, LogLevel::kInfo, fmt::format("api_audit_clients: client {} died", client.who.pid));
    sign_off(id, client, "died-audit", out);
  }
  return out;
}

Effects Dispatcher::process_ended(pid_t pid) {
  Effects out;
  for (auto entry = connections_.begin(); entry != connections_.end();) {
    auto [id, client] = *entry++;
    if (client.signed_on && client.who.pid == pid) sign_off(id, client, "died", out);
  }
  return out;
}

// A named client hears of its own end, without the cluster's fields (heartbeat-api 4.4).
void Dispatcher::sign_off(ConnectionId id, const Connection& client, std::string_view reason,
                          Effects& out) {
  Message notice = client_notice("leave", client.name, reason, client);
  if (!client.casual) out.emplace_back(Send{id, notice});
  out.emplace_back(Close{id});
  if (!client.casual) out.emplace_back(Broadcast{std::move(notice)});
  connections_.erase(id);
}

wire::Message Dispatcher::client_notice(std::string_view status, std::string_view name,
                                        std::string_view info, const Connection& client) const {
  Message notice("hbapi-clstat");
  notice.set("st", status).set("from_id", name).set("to_id", name);
  notice.set("src", node_.cluster().self()).set("info", info);
  return std::move(notice.set("client_gen", std::to_string(client.generation.value_or(0))));
}

// ---- what a client sends ------------------------------------------------------------------------

Effects Dispatcher::received(ConnectionId id, std::string_view body) {
  Effects out;
  auto found = connections_.find(id);
  if (found == connections_.end()) return out;
  Connection& client = found->second;
  wire::Decoded decoded = wire::decode_plain(body);
  if (!decoded.ok()) {
    log(out, LogLevel::kWarn,
        fmt::format("client {}: message cannot be understood", client.who.pid));
    return out;
  }
  const Message& message = decoded.message;
  if (!client.generation) client.generation = next_generation_++;
  bool is_request = message.type() == "hbapi-req";
  if (!client.signed_on) {
    if (is_request && message.get("reqtype") == "signon")
      sign_on(id, client, message, out);
    else
      log(out, LogLevel::kError, "api_process_registration_msg: bad message");
  } else if (message.type().empty()) {
    log(out, LogLevel::kError, "api_process_request: no message type");
  } else if (is_request) {
    request(id, client, message, out);
  } else {
    cluster_message(id, client, message, out);
  }
  return out;
}

void Dispatcher::cluster_message(ConnectionId id, Connection& client, wire::Message message,
                                 Effects& out) {
  if (client.casual) {
    log(out, LogLevel::kError, "api_process_request: general message from casual client!");
    out.emplace_back(Close{id});
    connections_.erase(id);
    return;
  }
  // Receivers open this field and believe what is inside (wire 1.4): a client could speak in any
  // node's name.
  if (message.has("_compressed_payload")) {
    log(out, LogLevel::kError, fmt::format("client {}: compressed message refused", client.name));
    return;
  }
  if (const wire::Field* uuid = message.find("destuuid"); uuid && !message.has("dest")) {
    const std::string wanted = uuid->value;  // set() may move the fields
    for (const auto& node : node_.cluster().nodes())
      if (std::ranges::equal(node.uuid, wanted, {}, {},
                             [](char c) { return static_cast<std::uint8_t>(c); }))
        message.set("dest", node.name);
  }
  message.set("from_id", client.name).set("to_id", client.name);
  message.set("client_gen", std::to_string(*client.generation));
  out.emplace_back(Broadcast{std::move(message)});
}

// With the right pid a wrong from_id is tolerated, and the other way round (heartbeat-api 4).
bool Dispatcher::is_from(const Connection& client, const Message& request, Effects& out) const {
  bool has_pid = request.has("pid"), has_id = request.has("from_id");
  if (!has_pid && !has_id) {
    log(out, LogLevel::kError, "api_process_request: no fromid/pid/reqtype in message.");
    return false;
  }
  if (has_pid && leading_number(request.get("pid")) == client.who.pid) return true;
  if (has_id && request.get("from_id") == client.name) return true;
  log(out, LogLevel::kError, "Client mismatch! (impersonation?)");
  return false;
}

// ---- requests ---------------------------------------------------------------------------------

namespace {

// What a client may change about itself.
struct Wanted {
  Message reply;
  std::optional<unsigned> mask;
  std::optional<int> signal;
};

Wanted set_filter(const Message& request, uid_t uid) {
  auto mask = request.hex("fmask");
  if (!mask || (*mask & kKnownBits) == 0) return {bad_request(request, "EINVAL"), {}, {}};
  bool snooping = (*mask & kKnownBits & ~kDefaultMask) != 0;
  if (snooping && uid != 0 && uid != ::geteuid()) return {bad_request(request, "EPERM"), {}, {}};
  return {std::move(reply_to(request).set("result", "OK")),
          static_cast<unsigned>(*mask & kKnownBits),
          {}};
}

Wanted set_signal(const Message& request) {
  if (!request.has("signal")) return {bad_request(request, ""), {}, {}};
  long signal = leading_number(request.get("signal"));
  if (signal < 0 || signal >= kLargestSignal || signal == kKillSignal || signal == kStopSignal)
    return {bad_request(request, "EINVAL"), {}, {}};
  return {std::move(reply_to(request).set("result", "OK")), {}, static_cast<int>(signal)};
}

}  // namespace

void Dispatcher::request(ConnectionId id, Connection& client, const Message& request,
                         Effects& out) {
  for (auto to = connections_.cbegin(); to != connections_.cend(); ++to)
    if (to->second.signed_on && (to->second.mask & kApiCall)) give(to, request, out);
  if (!is_from(client, request, out)) return;

  std::string_view verb = request.get("reqtype");
  auto reply = [&](Message message) {
    out.emplace_back(Send{id, std::move(message), client.signal});
  };
  if (verb == "signoff") return sign_off(id, Connection(client), "signoff", out);
  if (verb == "set_sendqlen") {
    long frames = leading_number(request.get("sendqlen"));
    if (frames <= 0) return;
    log(out, LogLevel::kInfo,
        fmt::format("the send queue length from heartbeat to client {} is set to {}", client.name,
                    frames));
    out.emplace_back(QueueLength{id, static_cast<std::size_t>(frames)});
  } else if (verb == "setfilter" || verb == "setsignal") {
    Wanted wanted = verb == "setfilter" ? set_filter(request, client.who.uid) : set_signal(request);
    client.mask = wanted.mask.value_or(client.mask);
    client.signal = wanted.signal.value_or(client.signal);
    reply(std::move(wanted.reply));
  } else if (verb == "clientstatus") {
    client_status(id, client, request, out);
  } else if (auto frames = answer(request, node_)) {
    for (Message& frame : *frames) reply(std::move(frame));
  } else {
    log(out, LogLevel::kError,
        fmt::format("Unknown API request [{}] from client {}", verb, client.name));
    reply(bad_request(request, ""));
  }
}

// Of this node, or of one that cannot be asked, the answer is given at once; another node's comes
// as a message of its own, respond-cstatus.
void Dispatcher::client_status(ConnectionId id, const Connection& client, const Message& request,
                               Effects& out) {
  auto node = find_node(node_, request.get("node"));
  if (!node || !request.has("cn") || !request.has("from_id")) {
    out.emplace_back(Send{id, bad_request(request, "EINVAL"), client.signal});
    return;
  }
  std::string_view name = request.get("cn");
  bool here = node->name == node_.cluster().self();
  if (!here && node->status == cluster::NodeStatus::kActive) {
    Message query("query-cstatus");
    query.set("dest", node->name).set("cn", name).set("from_id", request.get("from_id"));
    out.emplace_back(Broadcast{std::move(query)});
    return;
  }
  Message reply = reply_to(request).set("subt", "respond-cstatus");
  reply.set("cs", here && has_client(name) ? "online" : "offline").set("result", "OK");
  out.emplace_back(Send{id, std::move(reply), client.signal});
}

// ---- sign-on ----------------------------------------------------------------------------------

wire::Message Dispatcher::sign_on_reply(std::string_view refusal) const {
  Message reply("hbapi-resp");
  reply.set("reqtype", "signon");
  if (!refusal.empty()) reply.set("info", refusal);
  reply.set("result", refusal.empty() ? "OK" : "badreq");
  reply.set_hex("deadtime", static_cast<std::uint64_t>(node_.deadtime().count()));
  reply.set_hex("keepalive", static_cast<std::uint64_t>(node_.keepalive().count()));
  reply.set("node", node_.cluster().self()).set("hbversion", node_.version());
  reply.set("pacemaker", "false");
  return std::move(reply.set("logfacility", std::to_string(node_.log_facility())));
}

void Dispatcher::sign_on(ConnectionId id, Connection& client, const Message& request,
                         Effects& out) {
  std::string refusal = admit(client, request, out);
  if (!refusal.empty()) {
    out.emplace_back(Send{id, sign_on_reply(refusal)});
    // A casual client has no name to take leave of, except when its pid was never looked at.
    if (!client.casual || refusal == "bad pid")
      out.emplace_back(Send{id, client_notice("leave", client.name,
                                              refusal == "bad pid" ? "died" : refusal, client)});
    out.emplace_back(Close{id});
    log(out, LogLevel::kError,
        fmt::format("api_process_registration_msg: cannot add client({})", client.name));
    connections_.erase(id);
    return;
  }
  client.signed_on = true;
  if (!client.casual)
    out.emplace_back(Broadcast{client_notice("join", client.name, "signon", client)});
  out.emplace_back(Send{id, sign_on_reply("")});
}

// The checks in the old daemon's order (heartbeat-api 4.1). Fills in the client's name as soon as
// the old daemon knew it: frames of a refusal show it.
std::string Dispatcher::admit(Connection& client, const Message& request, Effects& out) {
  long pid = leading_number(request.get("pid"));
  if (pid <= 0 || !alive_(static_cast<pid_t>(pid))) {
    log(out, LogLevel::kWarn, fmt::format("api_add_client: bad pid [{}]", pid));
    return "bad pid";
  }
  std::string_view from = request.get("from_id");
  client.casual = from.empty() || leading_number(from) == pid;
  std::string name = client.casual ? std::to_string(pid) : std::string(from);
  if (name.size() > kMaxClientName) {
    log(out, LogLevel::kWarn, fmt::format("api_add_client: client name too long [{}]", name));
    return "client name too long";
  }
  if (has_client(name)) {
    log(out, LogLevel::kWarn, fmt::format("duplicate client add request [{}] [{}]", name, pid));
    return "duplicate add request";
  }
  auto uid = whole_number(request.get("uid")), gid = whole_number(request.get("gid"));
  if (!uid || !gid) {
    log(out, LogLevel::kError,
        fmt::format("Client user/group id is incorrect [{}] => {} [{}] => {}", request.get("uid"),
                    uid.value_or(-1), request.get("gid"), gid.value_or(-1)));
    return "invalid id info";
  }
  client.name = name;
  std::string refusal;
  if (*uid != client.who.uid || *gid != client.who.gid)
    refusal = "incorrect/false credentials";
  else if (auto why = rules_.refuse(client.casual ? "" : name, client.who))
    refusal = *why;
  else if (pid != client.who.pid) {
    log(out, LogLevel::kInfo,
        fmt::format("PID mismatch: {} vs farside_pid: {}", pid, client.who.pid));
    refusal = "pid mismatch";
  }
  if (!refusal.empty())
    log(out, LogLevel::kWarn,
        fmt::format("Client [{}] pid {} failed authorization [{}]", name, pid, refusal));
  return refusal;
}

// ---- what the cluster brings --------------------------------------------------------------------

void Dispatcher::give(Connections::const_iterator to, const Message& message, Effects& out) const {
  out.emplace_back(Send{to->first, message, to->second.signal});
}

Effects Dispatcher::deliver(const Message& message, unsigned treatment) {
  Effects out;
  if (message.type() == "query-cstatus" && treatment == kDefaultMask) {
    answer_query(message, out);
    return out;
  }
  if (message.has("to_id")) {
    auto to = find_client(message.get("to_id"));
    if (to != connections_.end() && (to->second.mask & treatment)) give(to, message, out);
    return out;
  }
  for (auto to = connections_.cbegin(); to != connections_.cend(); ++to)
    if (to->second.signed_on && (to->second.mask & treatment)) give(to, message, out);
  return out;
}

// Heartbeat-api 4.5.
void Dispatcher::answer_query(const Message& query, Effects& out) const {
  Message reply("respond-cstatus");
  reply.set("dest", query.get("src")).set("result", "OK").set("cn", query.get("cn"));
  reply.set("to_id", query.get("from_id"));
  reply.set("cs", has_client(query.get("cn")) ? "online" : "offline");
  out.emplace_back(Broadcast{std::move(reply)});
}

}  // namespace um::clientapi
