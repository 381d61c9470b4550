// echo.hpp - ICMP echo for all checks of one event loop.
//
// One raw socket per address family, opened at the first ping: every raw socket gets a copy of
// every ICMP packet of the machine, so one per check would cost the square of their number.
#pragma once
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/address.hpp>

namespace um::checks {

class EchoService : public boost::asio::execution_context::service {
 public:
  using key_type = EchoService;
  static boost::asio::execution_context::id id;

  explicit EchoService(boost::asio::execution_context& owner);
  ~EchoService() override;

  /// Returns when `address` has answered; asks again every second. Failure when raw sockets are not
  /// allowed or there is no route; without an answer only cancellation ends it.
  boost::asio::awaitable<void> answer_of(boost::asio::ip::address address);

 private:
  class Family;
  void shutdown() override;
  std::shared_ptr<Family> families_[2];
};

}  // namespace um::checks
