#include "checks/radius.hpp"

#include <boost/asio/this_coro.hpp>
#include <openssl/rand.h>

#include "checks/datagram.hpp"
#include "checks/failure.hpp"
#include "checks/radius_message.hpp"

namespace um::checks {
using namespace std::chrono_literals;

boost::asio::awaitable<Outcome> check_radius(const Probe& probe) {
  Datagram server(co_await boost::asio::this_coro::executor, probe.target);
  RadiusAuthenticator authenticator{};
  std::uint8_t id = 0;
  if (RAND_bytes(authenticator.data(), static_cast<int>(authenticator.size())) != 1 ||
      RAND_bytes(&id, 1) != 1)
    throw Failure{"no random numbers"};
  const RadiusLogin login{probe.login, probe.password, probe.secret, server.local().address()};
  auto judge = [&](const std::string& bytes) {
    return judge_radius_answer(bytes, id, authenticator, probe.secret);
  };
  // A server that knows another secret answers with an authenticator that does not fit, or not at
  // all: both end at the deadline, as there is no telling them from a packet that is not for us.
  const std::string answer = co_await server.ask(
      radius_access_request(login, id, authenticator), 1s,
      [&](const std::string& bytes) { return judge(bytes) != RadiusAnswer::kNotOurs; });
  const bool accepted = judge(answer) == RadiusAnswer::kAccept;
  co_return Outcome{accepted, accepted ? "Access-Accept" : "Access-Reject", {}};
}

}  // namespace um::checks
