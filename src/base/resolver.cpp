#include "base/resolver.hpp"

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <netdb.h>

namespace um {
namespace {

int af_of(Family family) {
  return family == Family::kInet ? AF_INET : AF_INET6;
}

std::string numeric(const addrinfo& found) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address =
      found.ai_family == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(found.ai_addr)->sin_addr)
          : &reinterpret_cast<const sockaddr_in6*>(found.ai_addr)->sin6_addr;
  inet_ntop(found.ai_family, address, text.data(), text.size());
  return text.data();
}

Resolver::Host ask(const std::string& name, Family family, int flags) {
  addrinfo hints{};
  hints.ai_family = af_of(family);
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(name.c_str(), nullptr, &hints, &found);
  if (error != 0) return {"", gai_strerror(error)};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  return {numeric(*found), ""};
}

/// What a look-up thread and its caller share; the thread may outlive the caller's patience.
struct Question {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<Resolver::Host> answer;
};

Resolver::Host ask_until(const std::string& name, Family family,
                         std::chrono::steady_clock::time_point until) {
  auto question = std::make_shared<Question>();
  std::thread([question, name, family] {
    Resolver::Host answer = ask(name, family, 0);
    const std::lock_guard lock(question->mutex);
    question->answer = std::move(answer);
    question->answered.notify_one();
  }).detach();
  std::unique_lock lock(question->mutex);
  if (!question->answered.wait_until(lock, until, [&] { return question->answer.has_value(); }))
    return {"", "no answer in time"};
  return *question->answer;
}

}  // namespace

SystemResolver::SystemResolver(std::chrono::milliseconds deadline)
    : until_(std::chrono::steady_clock::now() + deadline) {}

Resolver::Host SystemResolver::host(std::string_view name, Family family) {
  const std::string text(name);
  if (text.empty()) return {family == Family::kInet ? "127.0.0.1" : "::1", ""};
  if (Host at_once = ask(text, family, AI_NUMERICHOST); !at_once.address.empty()) return at_once;
  const auto [known, is_new] = hosts_.try_emplace({text, family});
  if (is_new)
    known->second = std::chrono::steady_clock::now() < until_
                        ? ask_until(text, family, until_)
                        : Host{"", "not asked: name look-ups already took too long"};
  return known->second;
}

std::optional<std::uint16_t> SystemResolver::service(std::string_view name, Transport transport) {
  const auto [known, is_new] = services_.try_emplace({std::string(name), transport});
  if (is_new) {
    const char* protocol = transport == Transport::kAny   ? nullptr
                           : transport == Transport::kTcp ? "tcp"
                                                          : "udp";
    std::array<char, 4096> buffer{};
    servent entry{};
    servent* found = nullptr;
    getservbyname_r(known->first.first.c_str(), protocol, &entry, buffer.data(), buffer.size(),
                    &found);
    if (found != nullptr) known->second = ntohs(static_cast<std::uint16_t>(found->s_port));
  }
  return known->second;
}

}  // namespace um
