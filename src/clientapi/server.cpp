#include "clientapi/server.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "clientapi/ipc.hpp"

namespace um::clientapi {

namespace asio = boost::asio;
using Stream = asio::local::stream_protocol;
using boost::system::error_code;

namespace {

constexpr std::size_t kDefaultQueue = 64;  // frames above the kernel's buffer (heartbeat-api 2)
constexpr std::size_t kMostQueued = 4 * 1024 * 1024;  // bytes: frames can be large
constexpr int kBacklog = 128;
constexpr std::chrono::seconds kAuditInterval{9};
constexpr std::chrono::seconds kCloseLimit{5};

bool process_exists(pid_t pid) {
  return ::kill(pid, 0) == 0 || errno == EPERM;
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  // One accepted connection. Frames wait in `queue` while the kernel's buffer is full.
  struct Link {
    Link(ConnectionId number, Stream::socket accepted)
        : id(number), socket(std::move(accepted)), deadline(socket.get_executor()) {}

    ConnectionId id;
    Stream::socket socket;
    asio::steady_timer deadline;  // of closing
    FrameReader reader;
    std::deque<std::string> bodies;  // received, not yet handled: the client is paused
    std::deque<std::string> queue;
    std::size_t written = 0;  // of the first frame in the queue
    std::size_t queue_limit = kDefaultQueue;
    std::size_t queued = 0;  // bytes in `queue`
    pid_t pid = 0;
    bool waiting_to_read = false;
    bool waiting_to_write = false;
    bool closing = false;
  };
  using LinkPtr = std::shared_ptr<Link>;

  Impl(asio::any_io_executor ex, ServerSettings s, Node& n, Say sink)
      : executor(std::move(ex)),
        settings(std::move(s)),
        node(n),
        say(std::move(sink)),
        dispatcher(n, process_exists),
        acceptor(executor),
        audit_timer(executor) {
    dispatcher.set_rules(settings.rules);
  }

  std::optional<std::string> start();
  void stop();
  void accept();
  void accepted(Stream::socket socket);
  void too_many();
  void audit();

  void watch(const LinkPtr& link);
  void read(const LinkPtr& link);
  void handle_bodies(const LinkPtr& link);
  bool held_back(const Link& link) const { return paused && dispatcher.signed_on(link.id); }
  void lost(const LinkPtr& link, std::string_view reason);

  void carry_out(Effects effects);
  void one(Send& effect);
  void one(Close& effect);
  void one(Broadcast& effect) { node.broadcast(std::move(effect.message)); }
  void one(QueueLength& effect);
  void one(LogText& effect) { say(effect.level, effect.text); }

  void write(const LinkPtr& link);
  void wait_to_write(const LinkPtr& link);
  void drop(ConnectionId id);

  asio::any_io_executor executor;
  ServerSettings settings;
  Node& node;
  Say say;
  Dispatcher dispatcher;
  Stream::acceptor acceptor;
  asio::steady_timer audit_timer;
  std::map<ConnectionId, LinkPtr> links;
  ConnectionId next_id = 1;
  bool paused = false;
  bool running = false;
  bool full = false;  // and said so
};

// ---- the socket -------------------------------------------------------------------------------

std::optional<std::string> Server::Impl::start() {
  const std::string path = settings.socket.string();
  error_code error;
  ::unlink(path.c_str());
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return path + ": path is too long for a socket";
  acceptor.open(Stream(), error);
  if (!error) acceptor.bind(Stream::endpoint(path), error);
  if (!error) acceptor.listen(kBacklog, error);
  if (error) return fmt::format("{}: {}", path, error.message());
  // Who may come near is decided by the directory, who may sign on by apiauth (heartbeat-api 1).
  ::chmod(path.c_str(), 0777);
  running = true;
  accept();
  audit();
  return std::nullopt;
}

void Server::Impl::stop() {
  if (!running) return;
  running = false;
  error_code ignored;
  acceptor.close(ignored);
  audit_timer.cancel();
  ::unlink(settings.socket.c_str());
  for (auto& [id, link] : links) {
    link->socket.close(ignored);
    link->deadline.cancel();
  }
  links.clear();
}

void Server::Impl::accept() {
  acceptor.async_accept(
      [self = shared_from_this()](const error_code& error, Stream::socket socket) {
        if (!self->running) return;
        if (!error) {
          self->accepted(std::move(socket));
          return self->accept();
        }
        // Out of descriptors: the connection stays in the backlog, so wait instead of spinning.
        auto timer = std::make_shared<asio::steady_timer>(self->executor, std::chrono::seconds(1));
        timer->async_wait([self, timer](const error_code&) {
          if (self->running) self->accept();
        });
      });
}

void Server::Impl::accepted(Stream::socket socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (links.size() >= settings.max_connections) return too_many();
  if (links.size() < settings.max_connections / 2) full = false;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return;
  error_code error;
  socket.non_blocking(true, error);
  if (error) return;
  auto link = std::make_shared<Link>(next_id++, std::move(socket));
  link->pid = peer.pid;
  links[link->id] = link;
  dispatcher.connected(link->id, {peer.pid, peer.uid, peer.gid});
  watch(link);
}

/// One line for each time that the table fills up, not one for each that finds it full.
void Server::Impl::too_many() {
  if (std::exchange(full, true)) return;
  say(LogLevel::kWarn,
      fmt::format("{} API connections are open: further ones are refused", links.size()));
}

void Server::Impl::audit() {
  audit_timer.expires_after(kAuditInterval);
  audit_timer.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || !self->running) return;
    self->carry_out(self->dispatcher.audit());
    self->audit();
  });
}

// ---- reading ----------------------------------------------------------------------------------

void Server::Impl::watch(const LinkPtr& link) {
  if (link->waiting_to_read || link->closing || held_back(*link)) return;
  link->waiting_to_read = true;
  link->socket.async_wait(Stream::socket::wait_read,
                          [self = shared_from_this(), link](const error_code& error) {
                            link->waiting_to_read = false;
                            if (!error && self->running && !link->closing) self->read(link);
                          });
}

// One buffer's worth per turn of the loop: a client that floods waits for everybody else.
void Server::Impl::read(const LinkPtr& link) {
  std::array<char, 16384> buffer;
  error_code error;
  std::size_t size = link->socket.read_some(asio::buffer(buffer), error);
  if (error == asio::error::would_block || error == asio::error::interrupted) return watch(link);
  if (error) return lost(link, "EOF");
  for (std::string& body : link->reader.feed({buffer.data(), size}))
    link->bodies.push_back(std::move(body));
  handle_bodies(link);
}

void Server::Impl::handle_bodies(const LinkPtr& link) {
  while (!link->bodies.empty() && !link->closing && !held_back(*link)) {
    std::string body = std::move(link->bodies.front());
    link->bodies.pop_front();
    carry_out(dispatcher.received(link->id, body));
  }
  if (link->reader.broken() && !link->closing) {
    say(LogLevel::kError, fmt::format("client {}: broken frame, connection closed", link->pid));
    return lost(link, "noinput");
  }
  watch(link);
}

void Server::Impl::lost(const LinkPtr& link, std::string_view reason) {
  drop(link->id);
  carry_out(dispatcher.disconnected(link->id, reason));
}

void Server::Impl::drop(ConnectionId id) {
  auto found = links.find(id);
  if (found == links.end()) return;
  LinkPtr link = found->second;
  links.erase(found);
  link->closing = true;
  link->deadline.cancel();
  error_code ignored;
  link->socket.close(ignored);
}

// ---- carrying out -----------------------------------------------------------------------------

void Server::Impl::carry_out(Effects effects) {
  for (Effect& effect : effects) std::visit([this](auto& e) { one(e); }, effect);
}

void Server::Impl::one(Send& effect) {
  auto found = links.find(effect.to);
  if (found == links.end() || found->second->closing) return;
  LinkPtr link = found->second;
  auto bytes = frame(effect.message, settings.form);
  if (!bytes)
    return say(LogLevel::kError, fmt::format("message for client {} is too long", link->pid));
  if (link->queue.size() > link->queue_limit || link->queued > kMostQueued)
    return lost(link, fmt::format("send failed,farside_pid={}, sendq length={}(max is {})",
                                  link->pid, link->queue_limit, link->queue_limit));
  link->queued += bytes->size();
  link->queue.push_back(std::move(*bytes));
  if (!link->waiting_to_write) write(link);
  if (effect.signal > 0) ::kill(link->pid, effect.signal);
}

void Server::Impl::one(Close& effect) {
  auto found = links.find(effect.connection);
  if (found == links.end()) return;
  LinkPtr link = found->second;
  link->closing = true;
  if (link->queue.empty()) return drop(link->id);
  link->deadline.expires_after(kCloseLimit);
  link->deadline.async_wait([self = shared_from_this(), id = link->id](const error_code& error) {
    if (!error) self->drop(id);
  });
}

void Server::Impl::one(QueueLength& effect) {
  auto found = links.find(effect.connection);
  if (found == links.end()) return;
  // The library's rule (heartbeat-api 4.2); more than a minute's worth helps nobody.
  std::size_t frames = std::min<std::size_t>(effect.frames, 4096);
  found->second->queue_limit = frames;
  int kib = static_cast<int>(frames < 512 ? 32 + frames : frames);
  error_code ignored;
  found->second->socket.set_option(asio::socket_base::send_buffer_size(kib * 1024), ignored);
}

void Server::Impl::write(const LinkPtr& link) {
  while (!link->queue.empty()) {
    const std::string& bytes = link->queue.front();
    ssize_t sent = ::send(link->socket.native_handle(), bytes.data() + link->written,
                          bytes.size() - link->written, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return wait_to_write(link);
    if (sent < 0) {
      // The end is reported by the reader, once and with everything the client still had to say.
      link->queue.clear();
      link->queued = 0;
      link->written = 0;
      break;
    }
    link->written += static_cast<std::size_t>(sent);
    if (link->written < bytes.size()) continue;
    link->written = 0;
    link->queued -= bytes.size();
    link->queue.pop_front();
  }
  if (link->closing) drop(link->id);
}

void Server::Impl::wait_to_write(const LinkPtr& link) {
  link->waiting_to_write = true;
  link->socket.async_wait(Stream::socket::wait_write,
                          [self = shared_from_this(), link](const error_code& error) {
                            link->waiting_to_write = false;
                            if (!error && self->links.contains(link->id)) self->write(link);
                          });
}

// ---- the public face --------------------------------------------------------------------------

Server::Server(asio::any_io_executor executor, ServerSettings settings, Node& node, Say say)
    : impl_(
          std::make_shared<Impl>(std::move(executor), std::move(settings), node, std::move(say))) {}

Server::~Server() {
  impl_->stop();
}

std::optional<std::string> Server::start() {
  return impl_->start();
}
void Server::stop() {
  impl_->stop();
}

void Server::set_rules(AccessRules rules) {
  impl_->dispatcher.set_rules(std::move(rules));
}
void Server::set_form(wire::Form form) {
  impl_->settings.form = form;
}

void Server::set_paused(bool paused) {
  if (impl_->paused == paused) return;
  impl_->paused = paused;
  if (paused) return;
  auto links = impl_->links;  // handling a request may end connections
  for (auto& [id, link] : links) impl_->handle_bodies(link);
}

void Server::deliver(const wire::Message& message, cluster::Treatment treatment) {
  impl_->carry_out(impl_->dispatcher.deliver(message, static_cast<unsigned>(treatment)));
}

void Server::process_ended(pid_t pid) {
  impl_->carry_out(impl_->dispatcher.process_ended(pid));
}

}  // namespace um::clientapi
