#include "checks/check.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include "checks/failure.hpp"
#include "checks/registry.hpp"

namespace um::checks {
namespace asio = boost::asio;

asio::awaitable<Outcome> run_check(const Probe& probe) {
  const Check check = find_check(probe);
  if (check == nullptr)
    co_return Outcome{
        false,
        fmt::format("no check for checktype {} and service {}", probe.check_type, probe.service),
        {}};
  try {
    co_return co_await check(probe);
  } catch (const Failure& failure) {
    co_return Outcome{false, failure.reason, {}};
  } catch (const boost::system::system_error& error) {
    co_return Outcome{false, failure_of(error.code(), "checking").reason, {}};
  }
}

asio::awaitable<Outcome> run_check_within(const Probe& probe, std::chrono::milliseconds limit) {
  const auto executor = co_await asio::this_coro::executor;
  asio::cancellation_signal stop;
  asio::steady_timer deadline(executor, limit);
  auto alive = std::make_shared<asio::cancellation_signal*>(&stop);
  deadline.async_wait([token = std::weak_ptr(alive)](const boost::system::error_code& error) {
    const auto signal = token.lock();
    if (!error && signal) (*signal)->emit(asio::cancellation_type::terminal);
  });
  // The caller's own wish to stop goes the same way as the deadline.
  asio::cancellation_slot parent = (co_await asio::this_coro::cancellation_state).slot();
  if (parent.is_connected())
    parent.assign([&stop](asio::cancellation_type type) { stop.emit(type); });
  Outcome outcome = co_await asio::co_spawn(
      executor, run_check(probe), asio::bind_cancellation_slot(stop.slot(), asio::use_awaitable));
  if (parent.is_connected()) parent.clear();
  co_return outcome;
}

}  // namespace um::checks
