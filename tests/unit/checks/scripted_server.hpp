// scripted_server.hpp - a server of a line protocol on loopback, as the recorded scenarios describe
// theirs: a banner, and what it answers to commands that begin with a word.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include <boost/asio.hpp>

#include "checks/check.hpp"

namespace um::checks::testing {
namespace asio = boost::asio;
using asio::ip::tcp;

class ScriptedServer {
 public:
  using Answers = std::vector<std::pair<std::string, std::string>>;

  ScriptedServer(asio::io_context& context, std::string banner, Answers answers)
      : acceptor_(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        banner_(std::move(banner)),
        answers_(std::move(answers)) {
    asio::co_spawn(context, serve(), asio::detached);
  }

  Target target() const {
    return {acceptor_.local_endpoint().address(), acceptor_.local_endpoint().port()};
  }
  /// What the check said, line by line.
  const std::vector<std::string>& heard() const { return heard_; }

 private:
  asio::awaitable<void> serve() {
    constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
    auto [refused, socket] = co_await acceptor_.async_accept(kTuple);
    if (refused) co_return;
    co_await asio::async_write(socket, asio::buffer(banner_), kTuple);
    for (std::string pending;;) {
      auto [error, size] =
          co_await asio::async_read_until(socket, asio::dynamic_buffer(pending), "\r\n", kTuple);
      if (error) co_return;
      heard_.push_back(pending.substr(0, size - 2));
      pending.erase(0, size);
      const std::string reply = answer_to(heard_.back());
      co_await asio::async_write(socket, asio::buffer(reply), kTuple);
    }
  }

  std::string answer_to(const std::string& command) const {
    for (const auto& [word, answer] : answers_)
      if (command.starts_with(word)) return answer;
    return "500 -ERR no\r\n";
  }

  tcp::acceptor acceptor_;
  std::string banner_;
  Answers answers_;
  std::vector<std::string> heard_;
};

}  // namespace um::checks::testing
