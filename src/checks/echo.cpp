#include "checks/echo.hpp"

#include <map>
#include <random>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/icmp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "checks/failure.hpp"

namespace um::checks {
namespace asio = boost::asio;
using asio::ip::icmp;
namespace {
using namespace std::chrono_literals;

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kDataBytes = 64;
constexpr std::size_t kHeader = 8;

std::uint16_t checksum(std::string_view bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += static_cast<unsigned char>(bytes[i]) * 256u + static_cast<unsigned char>(bytes[i + 1]);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void put(std::string& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<char>(value >> 8);
  bytes[at + 1] = static_cast<char>(value & 0xff);
}

std::uint16_t get(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) * 256u +
                                    static_cast<unsigned char>(bytes[at + 1]));
}

}  // namespace

class EchoService::Family : public std::enable_shared_from_this<Family> {
 public:
  Family(const asio::any_io_executor& executor, bool v6) : v6_(v6), socket_(executor) {
    boost::system::error_code error;
    socket_.open(v6 ? icmp::v6() : icmp::v4(), error);
    if (error) throw failure_of(error, "opening a raw socket for ping");
  }

  asio::awaitable<void> answer_of(asio::ip::address address) {
    const std::uint16_t sequence = free_sequence();
    Waiting waiting{address, asio::steady_timer(socket_.get_executor()), false};
    waiting_[sequence] = &waiting;
    struct Leave {  // also when the check is cancelled
      std::map<std::uint16_t, Waiting*>& all;
      std::uint16_t sequence;
      ~Leave() { all.erase(sequence); }
    } leave{waiting_, sequence};
    if (!reading_) {
      reading_ = true;
      asio::co_spawn(socket_.get_executor(), read(weak_from_this()), asio::detached);
    }
    while (!waiting.answered) {
      auto [error, sent] = co_await socket_.async_send_to(asio::buffer(request(sequence)),
                                                          icmp::endpoint(address, 0), kResult);
      static_cast<void>(sent);
      if (error) throw failure_of(error, "sending an echo request");
      waiting.timer.expires_after(1s);
      auto [waited] = co_await waiting.timer.async_wait(kResult);
      const auto state = co_await asio::this_coro::cancellation_state;
      if (!waiting.answered && state.cancelled() != asio::cancellation_type::none)
        throw failure_of(waited, "waiting for an echo reply");
    }
  }

  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  struct Waiting {
    asio::ip::address address;
    asio::steady_timer timer;
    bool answered;
  };

  std::uint16_t free_sequence() {
    while (waiting_.contains(++sequence_)) {
    }
    return sequence_;
  }

  std::string request(std::uint16_t sequence) const {
    std::string bytes(kHeader + kDataBytes, 'u');
    bytes[0] = v6_ ? static_cast<char>(128) : 8;
    bytes[1] = 0;
    put(bytes, 2, 0);
    put(bytes, 4, identifier_);
    put(bytes, 6, sequence);
    if (!v6_) put(bytes, 2, checksum(bytes));  // the kernel fills in ICMPv6's
    return bytes;
  }

  /// Runs until the socket is closed.
  static asio::awaitable<void> read(std::weak_ptr<Family> weak) {
    for (;;) {
      auto self = weak.lock();
      if (!self) co_return;
      std::string bytes(2048, '\0');
      icmp::endpoint from;
      auto [error, got] =
          co_await self->socket_.async_receive_from(asio::buffer(bytes), from, kResult);
      if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor)
        co_return;
      if (!error) self->received(std::string_view(bytes).substr(0, got), from.address());
    }
  }

  void received(std::string_view bytes, const asio::ip::address& from) {
    if (!v6_) {  // a raw IPv4 socket sees the IP header as well
      if (bytes.empty()) return;
      bytes.remove_prefix(std::min<std::size_t>(bytes.size(), (bytes[0] & 0x0f) * 4u));
    }
    if (bytes.size() < kHeader || static_cast<unsigned char>(bytes[0]) != (v6_ ? 129 : 0)) return;
    if (get(bytes, 4) != identifier_) return;
    const auto found = waiting_.find(get(bytes, 6));
    if (found == waiting_.end() || found->second->address != from) return;
    found->second->answered = true;
    found->second->timer.cancel();
  }

  bool v6_;
  icmp::socket socket_;
  bool reading_ = false;
  std::uint16_t identifier_ = static_cast<std::uint16_t>(std::random_device{}());
  std::uint16_t sequence_ = 0;
  std::map<std::uint16_t, Waiting*> waiting_;
};

asio::execution_context::id EchoService::id;

EchoService::EchoService(asio::execution_context& owner) : service(owner) {}
EchoService::~EchoService() = default;

void EchoService::shutdown() {
  for (auto& family : families_)
    if (family) family->close();
}

asio::awaitable<void> EchoService::answer_of(asio::ip::address address) {
  auto& family = families_[address.is_v6() ? 1 : 0];
  if (!family)
    family = std::make_shared<Family>(co_await asio::this_coro::executor, address.is_v6());
  co_await family->answer_of(address);
}

}  // namespace um::checks
