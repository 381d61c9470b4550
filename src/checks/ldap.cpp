#include "checks/ldap.hpp"

#include <fmt/format.h>

#include "checks/failure.hpp"
#include "checks/ldap_message.hpp"
#include "checks/receive.hpp"
#include "checks/stream.hpp"

namespace um::checks {
namespace asio = boost::asio;
namespace {

using Kind = LdapMessage::Kind;

constexpr int kBindId = 1;
constexpr int kSearchId = 2;

class Conversation {
 public:
  explicit Conversation(Stream& server) : server_(server) {}

  /// The next message with that number; others are the server's own affairs.
  asio::awaitable<LdapMessage> answer_to(int id) {
    for (;;) {
      LdapMessage message = co_await next();
      if (message.id == id && message.kind != Kind::kOther) co_return message;
      if (message.id == 0) throw Failure{"the server says goodbye"};  // RFC 4511 section 4.4.1
    }
  }

 private:
  asio::awaitable<LdapMessage> next() {
    for (;;) {
      const auto size = ldap_message_size(unread_);
      if (size && unread_.size() >= *size) {
        const std::string bytes = unread_.substr(0, *size);
        unread_.erase(0, *size);
        co_return read_ldap_message(bytes);
      }
      std::array<char, 4096> chunk;
      const std::size_t got = co_await server_.read_some(asio::buffer(chunk));
      if (got == 0)
        throw Failure{unread_.empty() ? "connection closed by the server" : "answer cut short"};
      unread_.append(chunk.data(), got);
    }
  }

  Stream& server_;
  std::string unread_;
};

std::string base_of(const Probe& probe) {
  return probe.request.starts_with('/') ? probe.request.substr(1) : probe.request;
}

}  // namespace

asio::awaitable<Outcome> check_ldap(const Probe& probe) {
  // Both or neither, as the old program did: a name without a password is an anonymous bind to most
  // servers anyway (RFC 4513 section 5.1.2).
  const bool named = !probe.login.empty() && !probe.password.empty();
  const std::string bind = ldap_bind_request(kBindId, named ? probe.login : std::string(),
                                             named ? probe.password : std::string());
  const parsers::Pattern wanted = receive_pattern(probe);
  Outcome outcome;
  Stream server = co_await Stream::connect(probe.target, probe.connect_timeout);
  if (probe.service == "ldaps") co_await server.start_tls(probe, outcome);
  server.now("waiting for the answer to bind");
  Conversation conversation(server);
  co_await server.write(bind);
  const LdapMessage bound = co_await conversation.answer_to(kBindId);
  outcome.reason = "bind: " + ldap_result_text(bound);
  if (bound.kind != Kind::kBindResponse || bound.result != 0) co_return outcome;

  server.now("waiting for the entry");
  co_await server.write(ldap_base_search_request(kSearchId, base_of(probe)));
  std::vector<std::string> entries;
  LdapMessage message = co_await conversation.answer_to(kSearchId);
  for (; message.kind == Kind::kEntry && entries.size() < 2;
       message = co_await conversation.answer_to(kSearchId))
    entries.push_back(message.name);
  if (entries.empty() && message.result != 0)
    outcome.reason = fmt::format("search \"{}\": {}", base_of(probe), ldap_result_text(message));
  else if (entries.size() != 1)
    outcome.reason = fmt::format("{} entries instead of one", entries.size());
  else if (!wanted.found_in(entries.front()))
    outcome.reason = fmt::format("\"{}\" is not in \"{}\"", probe.receive, entries.front());
  else
    outcome.reason = fmt::format("found \"{}\"", entries.front());
  outcome.up = entries.size() == 1 && wanted.found_in(entries.front());
  co_return outcome;
}

}  // namespace um::checks
