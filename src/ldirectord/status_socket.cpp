#include "ldirectord/status_socket.hpp"

#include <array>
#include <cstring>
#include <sstream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/local_socket.hpp"
#include "ldirectord/instance.hpp"

namespace um::ldirectord {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kMaxClients = 16;
constexpr std::size_t kMaxRequest = 1024;

}  // namespace

StatusSocket::StatusSocket(asio::any_io_executor executor, std::string path, Director& director,
                           AdminState& admin, Hooks hooks)
    : executor_(std::move(executor)),
      path_(std::move(path)),
      director_(director),
      admin_(admin),
      hooks_(std::move(hooks)) {}

void StatusSocket::open(Log& log) {
  unlink(path_.c_str());
  boost::system::error_code error;
  acceptor_.emplace(executor_);
  const mode_t before = umask(0177);
  acceptor_->open(Stream(), error);
  if (!error) acceptor_->bind(Stream::endpoint(path_), error);
  umask(before);
  if (!error) acceptor_->listen(16, error);
  if (error) {
    log.write(LogLevel::kWarn,
              fmt::format("WARNING: no status socket at {}: {}", path_, error.message()));
    acceptor_.reset();
    return;
  }
  asio::co_spawn(executor_, serve(), asio::detached);
}

void StatusSocket::close() {
  if (!acceptor_) return;
  boost::system::error_code ignored;
  acceptor_->close(ignored);
  unlink(path_.c_str());
}

asio::awaitable<void> StatusSocket::serve() {
  for (;;) {
    boost::system::error_code error;
    Stream::socket client(executor_);
    co_await acceptor_->async_accept(client, asio::redirect_error(asio::use_awaitable, error));
    if (!acceptor_->is_open()) co_return;
    if (error) {  // out of descriptors: try again later, not at once
      asio::steady_timer pause(executor_, std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::use_awaitable);
      continue;
    }
    if (clients_ >= kMaxClients) continue;
    asio::co_spawn(executor_, answer(std::move(client)), asio::detached);
  }
}

asio::awaitable<void> StatusSocket::answer(Stream::socket client) {
  ++clients_;
  auto shared = std::make_shared<Stream::socket>(std::move(client));
  asio::steady_timer patience(executor_, kPatience);
  patience.async_wait([shared](const boost::system::error_code& error) {
    if (!error) shared->close();
  });
  boost::system::error_code error;
  std::string request;
  const std::size_t size =
      co_await asio::async_read_until(*shared, asio::dynamic_buffer(request, kMaxRequest), '\n',
                                      asio::redirect_error(asio::use_awaitable, error));
  if (!error) {
    const std::string reply = respond(request.substr(0, size - 1));
    co_await asio::async_write(*shared, asio::buffer(reply),
                               asio::redirect_error(asio::use_awaitable, error));
  }
  patience.cancel();
  --clients_;
}

std::string StatusSocket::respond(const std::string& request) {
  std::istringstream words(request);
  std::string verb, what, where;
  words >> verb >> what >> where;
  if (auto admin = admin_of_verb(verb)) return change_admin({*admin, what, where});
  if (verb != "status") return "error unknown request\n";
  const Report report{director_, director_.connections(), hooks_.vitals(), read_clock().monotonic};
  if (what == "json") return "ok\n" + render_json(report);
  if (what == "prometheus") return "ok\n" + render_prometheus(report);
  return "ok\n" + render_verbose(report);
}

std::string StatusSocket::change_admin(const AdminOrder& order) {
  const Roster& roster = director_.roster();
  const std::vector<Job::Use> targets = targets_of(roster, order);
  if (targets.empty()) return fmt::format("error no real server {} here\n", order.real);
  const ipvs::ConnectionTable connections = director_.connections();
  std::string text;
  for (const Job::Use& target : targets) {
    const RosterVirtual& virt = roster.virtuals[target.virtual_index];
    const RosterReal& real = virt.reals[target.real_index];
    director_.set_admin(target.virtual_index, target.real_index, order.admin);
    std::uint32_t active = 0;
    if (auto service = connections.find(virt.key); service != connections.end())
      if (auto found = service->second.find(real.at); found != service->second.end())
        active = found->second.active;
    text += fmt::format("{} {} in {}: {} active connections\n", name_of(order.admin), real.name,
                        virt.name, active);
  }
  hooks_.on_change();
  if (!remember(admin_, roster, order, targets))
    return fmt::format("error done, but it cannot be remembered: {}\n", std::strerror(errno));
  return "ok\n" + text;
}

std::optional<std::string> ask_director(const std::string& path, const std::string& request) {
  const int socket = connect_local(path, SOCK_STREAM, kPatience);
  if (socket < 0) return {};
  const std::string line = request + "\n";
  std::string answer;
  std::array<char, 4096> part{};
  ssize_t size = -1;
  if (send(socket, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size()))
    while ((size = read(socket, part.data(), part.size())) > 0)
      answer.append(part.data(), static_cast<std::size_t>(size));
  ::close(socket);
  if (size < 0 || answer.empty()) return {};
  return answer;
}

std::string admin_file(const std::string& config) {
  const std::string socket = socket_path(config);
  const std::size_t slash = socket.rfind('/');
  const std::string name = socket.substr(slash + 1, socket.size() - slash - 1 - 5);
  return "/var/lib/ldirectord/" + name + ".admin";
}

}  // namespace um::ldirectord
