#include "checks/stream.hpp"

#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "checks/failure.hpp"
#include "checks/tls.hpp"

namespace um::checks {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kLongestLine = 64 * 1024;

}  // namespace

struct Stream::Connection {
  explicit Connection(const asio::any_io_executor& executor) : socket(executor) {}
  tcp::socket socket;
  std::optional<asio::ssl::stream<tcp::socket&>> tls;
};

Stream::Stream() = default;
Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

asio::awaitable<Stream> Stream::connect(Target target, std::chrono::milliseconds limit) {
  const auto executor = co_await asio::this_coro::executor;
  Stream stream;
  stream.connection_ = std::make_unique<Connection>(executor);
  tcp::socket& socket = stream.connection_->socket;
  asio::steady_timer timer(executor);
  // A handler that was already queued when the timer is cancelled still runs: the token tells it
  // that this frame is gone.
  auto over = std::make_shared<bool>(false);
  if (limit.count() > 0) {
    timer.expires_after(limit);
    timer.async_wait([&socket, token = std::weak_ptr(over)](boost::system::error_code error) {
      auto expired = token.lock();
      if (error || !expired) return;
      *expired = true;
      socket.close(error);
    });
  }
  auto [error] = co_await socket.async_connect(tcp::endpoint(target.address, target.port), kResult);
  timer.cancel();
  if (*over) throw Failure{fmt::format("no connection within {} ms", limit.count())};
  if (error) throw failure_of(error, "connecting");
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  co_return stream;
}

asio::awaitable<void> Stream::start_tls(const Probe& probe, Outcome& outcome) {
  auto& context = asio::query(connection_->socket.get_executor(), asio::execution::context);
  auto& settings = asio::use_service<TlsContexts>(context).for_ca_file(probe.tls_ca_file);
  auto& tls = connection_->tls.emplace(connection_->socket, settings);
  if (is_host_name(probe.virtual_host))
    SSL_set_tlsext_host_name(tls.native_handle(), probe.virtual_host.c_str());
  auto [error] = co_await tls.async_handshake(asio::ssl::stream_base::client, kResult);
  if (error) throw failure_of(error, "starting TLS");
  const CertificateFindings found = examine_certificate(tls.native_handle(), probe);
  outcome.certificate_days = found.days;
  const bool strict = probe.tls_verify >= TlsVerify::kChain;
  if (strict && !found.chain.empty()) throw Failure{found.chain};
  if (probe.tls_verify == TlsVerify::kFull && !found.name.empty()) throw Failure{found.name};
  if (probe.tls_verify == TlsVerify::kNone) co_return;
  for (const std::string* finding : {&found.chain, &found.name, &found.expiry}) {
    if (finding->empty()) continue;
    if (!outcome.notice.empty()) outcome.notice += "; ";
    outcome.notice += *finding;
  }
}

asio::awaitable<void> Stream::write(std::string_view bytes) {
  const auto buffer = asio::buffer(bytes);
  auto [error, sent] = connection_->tls
                           ? co_await asio::async_write(*connection_->tls, buffer, kResult)
                           : co_await asio::async_write(connection_->socket, buffer, kResult);
  static_cast<void>(sent);
  if (error) throw failure_of(error, doing_);
}

asio::awaitable<std::size_t> Stream::read_some(asio::mutable_buffer buffer) {
  if (!unread_.empty()) {
    const std::size_t taken = asio::buffer_copy(buffer, asio::buffer(unread_));
    unread_.erase(0, taken);
    co_return taken;
  }
  auto [error, got] = connection_->tls
                          ? co_await connection_->tls->async_read_some(buffer, kResult)
                          : co_await connection_->socket.async_read_some(buffer, kResult);
  // Many servers close the socket without TLS's own farewell; an answer that is cut short shows in
  // what is missing.
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) co_return 0;
  if (error) throw failure_of(error, doing_);
  co_return got;
}

asio::awaitable<std::string> Stream::line() {
  auto text = co_await next_line();
  if (!text || cut_short_)
    throw Failure{fmt::format("connection closed by the server while {}", doing_)};
  co_return *std::move(text);
}

asio::awaitable<std::optional<std::string>> Stream::next_line() {
  std::string text;
  for (std::size_t searched = 0;;) {
    if (const auto end = text.find('\n', searched); end != std::string::npos) {
      unread_.insert(0, text, end + 1);
      text.resize(end);
      break;
    }
    searched = text.size();
    if (text.size() > kLongestLine) throw Failure{fmt::format("endless line while {}", doing_)};
    std::array<char, 4096> chunk;
    const std::size_t got = co_await read_some(asio::buffer(chunk));
    if (got == 0 && text.empty()) co_return std::nullopt;
    cut_short_ = got == 0;
    if (cut_short_) break;
    text.append(chunk.data(), got);
  }
  if (text.ends_with('\r')) text.pop_back();
  co_return text;
}

void Stream::half_close() {
  boost::system::error_code ignored;
  connection_->socket.shutdown(tcp::socket::shutdown_send, ignored);
}

std::string Stream::local_endpoint() const {
  boost::system::error_code error;
  const tcp::endpoint local = connection_->socket.local_endpoint(error);
  if (error) return {};
  return local.address().is_v6() ? fmt::format("[{}]:{}", local.address().to_string(), local.port())
                                 : fmt::format("{}:{}", local.address().to_string(), local.port());
}

asio::ip::address Stream::local_address() const {
  boost::system::error_code error;
  return connection_->socket.local_endpoint(error).address();
}

}  // namespace um::checks
