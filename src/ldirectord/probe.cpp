#include "ldirectord/probe.hpp"

#include <csignal>
#include <cstdio>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

namespace um::ldirectord {
namespace asio = boost::asio;
namespace {

using Clock = std::chrono::steady_clock;

struct Line {
  const RosterVirtual* virt = nullptr;
  const RosterReal* real = nullptr;
  const Job* job = nullptr;  // none: checktype off
  checks::Outcome outcome;
  Clock::duration took{};
};

bool is_named(const RosterReal& real, const std::string& name) {
  return name.empty() || name == real.name || real.name.starts_with(name + ":");
}

std::vector<Line> lines_for(const Roster& roster, const std::string& real,
                            const std::string& virtual_name) {
  std::vector<Line> lines;
  for (const RosterVirtual& v : roster.virtuals) {
    if (!virtual_name.empty() && virtual_name != v.name && virtual_name != v.id) continue;
    for (const RosterReal& r : v.reals)
      if (is_named(r, real))
        lines.push_back({&v, &r, r.job ? &roster.jobs[*r.job] : nullptr, {}, {}});
  }
  return lines;
}

asio::awaitable<void> answer(Line& line) {
  const Job* job = line.job;
  if (job == nullptr) {
    line.outcome.reason = "checktype is off";
  } else if (job->kind == Job::Kind::kAlwaysUp) {
    line.outcome = {true, "not checked", {}};
  } else if (job->kind == Job::Kind::kNever) {
    line.outcome.reason = job->reason;
  } else {
    const auto start = Clock::now();
    for (std::uint32_t attempt = 0; attempt < job->attempts && !line.outcome.up; ++attempt)
      line.outcome = co_await checks::run_check_within(*job->probe, job->limit);
    line.took = Clock::now() - start;
  }
}

void print(const Line& line) {
  const checks::Outcome& outcome = line.outcome;
  const double seconds = std::chrono::duration<double>(line.took).count();
  fmt::print("{}  {}  {:<4}  {:.3f} s  {}{}\n", line.virt->name, line.real->name,
             outcome.up ? "up" : "down", seconds, outcome.reason,
             outcome.notice.empty() ? "" : "  [" + outcome.notice + "]");
}

}  // namespace

int probe(const Roster& roster, const std::string& real, const std::string& virtual_name) {
  std::vector<Line> lines = lines_for(roster, real, virtual_name);
  if (lines.empty()) {
    fmt::print(stderr, "ldirectord: the configuration has no real server {}{}{}\n", real,
               virtual_name.empty() ? "" : " in ", virtual_name);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);  // a client library may write to a server that has gone
  asio::io_context loop;
  std::size_t running = lines.size();
  for (Line& line : lines)
    asio::co_spawn(loop, answer(line), [&](const std::exception_ptr&) {
      // The socket for pings goes on listening: the last answer ends the loop.
      if (--running == 0) loop.stop();
    });
  loop.run();
  bool all_up = true;
  for (const Line& line : lines) {
    print(line);
    all_up = all_up && line.outcome.up;
  }
  return all_up ? 0 : 1;
}

}  // namespace um::ldirectord
