#include "heartbeat/clients.hpp"

#include <algorithm>
#include <csignal>

#include <boost/asio/steady_timer.hpp>

#include "heartbeat/signal_words.hpp"

namespace um::heartbeat {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kShortLife = 30s;
constexpr int kShortLives = 10;
constexpr auto kPause = 1s;       // before every restart but the first
constexpr auto kStopLimit = 30s;  // then SIGKILL: a client must not hold up a shutdown for ever
constexpr int kDoNotRestart = 100;

bool same(const parsers::ClientLine& a, const parsers::ClientLine& b) {
  return a.user == b.user && a.command == b.command && a.failfast == b.failfast;
}

}  // namespace

struct Clients::Impl : std::enable_shared_from_this<Clients::Impl> {
  struct Client : std::enable_shared_from_this<Client> {
    explicit Client(asio::any_io_executor executor) : timer(std::move(executor)) {}
    parsers::ClientLine line;
    std::shared_ptr<Process> process;
    Clock::time_point started{};
    int restarts = 0;
    int short_lives = 0;
    bool given_up = false;
    bool leaving = false;  // to be ended, not to be restarted
    asio::steady_timer timer;
  };

  Impl(asio::any_io_executor e, std::string d, Hooks h, Log& l)
      : executor(std::move(e)), directory(std::move(d)), hooks(std::move(h)), log(l) {}

  void add(const parsers::ClientLine& line);
  void launch(Client& client);
  void ended(Client& client, pid_t pid, const Exited& exited);
  void restart_later(Client& client);
  void end(Client& client);
  void stop_next();

  asio::any_io_executor executor;
  std::string directory;
  Hooks hooks;
  Log& log;
  std::vector<std::shared_ptr<Client>> clients;  // in file order
  bool stopping = false;
  std::function<void()> stopped;
};

void Clients::Impl::add(const parsers::ClientLine& line) {
  auto client = std::make_shared<Client>(executor);
  client->line = line;
  clients.push_back(client);
  launch(*client);
}

void Clients::Impl::launch(Client& client) {
  hooks.starting();
  const parsers::ClientLine& line = client.line;
  log.info("Starting child client \"{}\" ({},{})", line.command, line.uid, line.gid);
  Command command;
  command.argv = {"/bin/sh", "-c", "exec " + line.command};
  command.environment = hooks.environment();
  command.directory = directory;
  command.output = OutputTo::kNull;
  command.identity = find_identity(line.user);
  if (!command.identity) command.identity = Identity{line.uid, line.gid, {}};
  client.started = Clock::now();
  auto self = shared_from_this();
  auto pid = std::make_shared<pid_t>(0);
  client.process =
      Process::start(executor, std::move(command),
                     [self, client = client.shared_from_this(), pid](const Exited& exited) {
                       self->ended(*client, *pid, exited);
                     });
  *pid = client.process->pid();
  log.write(LogLevel::kInfo,
            fmt::format("Starting \"{}\" as uid {}  gid {} (pid {})", line.command, line.uid,
                        line.gid, *pid),
            *pid);
}

void Clients::Impl::ended(Client& client, pid_t pid, const Exited& exited) {
  const std::string& command = client.line.command;
  client.process.reset();
  client.timer.cancel();
  if (exited.signal != 0)
    log.warn("Managed {} process {} killed by signal {} [{}].", command, pid, exited.signal,
             signal_words(exited.signal));
  else
    log.write(exited.shell_status() == 0 ? LogLevel::kInfo : LogLevel::kWarn,
              fmt::format("Managed {} process {} exited with return code {}.", command, pid,
                          exited.shell_status()));
  if (log.debugging() && exited.signal != 0)
    log.error("Client {} (pid={}) killed by signal {}.", command, pid, exited.signal);
  else if (log.debugging() && exited.shell_status() != 0)
    log.error("Client {} exited with return code {}.", command, exited.shell_status());
  hooks.ended(pid);
  if (client.leaving) {
    std::erase_if(clients, [&](const auto& c) { return c.get() == &client; });
    return;
  }
  if (stopping) return stop_next();
  if (client.line.failfast && !exited.ok()) return hooks.failed_fast();
  if (exited.code == kDoNotRestart) {
    client.given_up = true;
    return;
  }
  restart_later(client);
}

void Clients::Impl::restart_later(Client& client) {
  client.short_lives = Clock::now() - client.started < kShortLife ? client.short_lives + 1 : 0;
  if (client.short_lives > kShortLives) {
    client.given_up = true;
    log.error("Client {} \"respawning too fast\"", client.line.command);
    return;
  }
  log.error("Respawning client \"{}\":", client.line.command);
  client.timer.expires_after(client.restarts++ == 0 ? Clock::duration::zero()
                                                    : Clock::duration(kPause));
  client.timer.async_wait([self = shared_from_this(),
                           client = client.shared_from_this()](boost::system::error_code error) {
    if (!error && !self->stopping && !client->leaving) self->launch(*client);
  });
}

void Clients::Impl::end(Client& client) {
  client.timer.cancel();
  if (!client.process) return;
  log.info("killing {} process group {} with signal {}", client.line.command, client.process->pid(),
           SIGTERM);
  client.process->signal(SIGTERM);
  client.timer.expires_after(kStopLimit);
  client.timer.async_wait(
      [self = shared_from_this(), process = client.process](boost::system::error_code error) {
        if (error || !process->running()) return;
        self->log.warn("process group {} ignores signal 15: killing it", process->pid());
        process->signal(SIGKILL);
      });
}

void Clients::Impl::stop_next() {
  while (!clients.empty() && !clients.back()->process) {
    clients.back()->timer.cancel();
    clients.pop_back();
  }
  if (!clients.empty()) return end(*clients.back());
  if (stopped) std::exchange(stopped, nullptr)();
}

Clients::Clients(asio::any_io_executor executor, std::string directory, Hooks hooks, Log& log)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(directory), std::move(hooks),
                                   log)) {}

Clients::~Clients() {
  impl_->stopping = true;
  for (const auto& client : impl_->clients) {
    client->timer.cancel();
    client->process.reset();  // it knows its client, too
  }
}

void Clients::start(const std::vector<parsers::ClientLine>& lines) {
  for (const parsers::ClientLine& line : lines) impl_->add(line);
}

void Clients::change(const std::vector<parsers::ClientLine>& lines) {
  if (impl_->stopping) return;
  const auto wanted = [&](const parsers::ClientLine& line) {
    return std::any_of(lines.begin(), lines.end(), [&](const auto& l) { return same(l, line); });
  };
  for (const auto& client : std::vector(impl_->clients)) {
    if (client->leaving || wanted(client->line)) continue;
    client->leaving = true;
    impl_->end(*client);
    if (!client->process) std::erase(impl_->clients, client);
  }
  for (const parsers::ClientLine& line : lines) {
    const bool known =
        std::any_of(impl_->clients.begin(), impl_->clients.end(),
                    [&](const auto& c) { return !c->leaving && same(c->line, line); });
    if (!known) impl_->add(line);
  }
}

void Clients::stop(std::function<void()> stopped) {
  impl_->stopping = true;
  impl_->stopped = std::move(stopped);
  impl_->stop_next();
}

std::vector<ClientState> Clients::states() const {
  std::vector<ClientState> out;
  for (const auto& client : impl_->clients)
    out.push_back({client->line.command, client->process ? client->process->pid() : 0,
                   client->given_up, client->short_lives});
  return out;
}

}  // namespace um::heartbeat
