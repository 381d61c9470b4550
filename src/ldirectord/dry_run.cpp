#include "ldirectord/dry_run.hpp"

#include <cstdio>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "ipvs/kernel.hpp"
#include "ldirectord/instance.hpp"
#include "ldirectord/maintenance.hpp"
#include "ldirectord/scheduler.hpp"

namespace um::ldirectord {
namespace {

constexpr std::chrono::seconds kLimit{60};
constexpr std::size_t kChecks = 512;

// Starts from a copy of the kernel's table and takes every step.
class PretendedKernel final : public ipvs::Kernel {
 public:
  explicit PretendedKernel(ipvs::Table table) : table(std::move(table)) {}
  ipvs::Result<ipvs::Table> read(const ipvs::Scope& scope) override {
    ipvs::Table found;
    for (const auto& [key, service] : table)
      if (scope.contains(key)) found.emplace(key, service);
    return found;
  }
  std::vector<ipvs::Error> apply(std::span<const ipvs::Op> ops) override {
    for (const ipvs::Op& op : ops) ipvs::carry_out(table, op);
    return std::vector<ipvs::Error>(ops.size());
  }
  ipvs::Result<ipvs::ConnectionTable> connections(const ipvs::Scope&) override {
    return ipvs::ConnectionTable{};
  }
  ipvs::Table table;
};

class Silent final : public Outside {
 public:
  explicit Silent(const boost::asio::any_io_executor& executor) : maintenance_(executor) {}
  void use_directory(const std::string& path) { maintenance_.use_directory(path); }
  void log(std::string_view) override {}
  void notify(const RosterVirtual&, const Notice&) override {}
  void fallback_command(const RosterVirtual&, std::string_view) override {}
  void monitor(const RosterVirtual&, const RosterReal&, bool, std::string_view) override {}
  bool in_maintenance(const RosterReal& real) override { return maintenance_.contains(real); }
  Admin admin_of(const RosterVirtual&, const RosterReal&) override { return Admin::kEnabled; }

 private:
  Maintenance maintenance_;
};

ipvs::Table kernel_table(const ipvs::Scope& scope) {
  auto kernel = ipvs::open_kernel();
  if (!kernel) {
    fmt::print(stderr, "{}\nThe table counts as empty.\n", kernel.error().message);
    return {};
  }
  auto table = (*kernel)->read(scope);
  if (table) return std::move(*table);
  fmt::print(stderr, "{}\nThe table counts as empty.\n", table.error().message);
  return {};
}

}  // namespace

int dry_run(const Roster& roster) {
  boost::asio::io_context loop;
  const ipvs::Table before = kernel_table(roster.scope());
  PretendedKernel kernel(before);
  Silent outside(loop.get_executor());
  outside.use_directory(roster.globals.maintenance_dir.value_or(""));
  Director director(kernel, outside);
  const auto now = [] { return read_clock().monotonic; };
  if (!director.start(roster, now())) return 1;
  auto finish_when_known = [&] {
    director.settle(now());
    if (director.phase() == Phase::kRunning) loop.stop();
  };
  Scheduler scheduler(loop.get_executor(), director, kChecks, {finish_when_known, {}});
  scheduler.follow_jobs();
  if (director.phase() != Phase::kRunning) loop.run_for(kLimit);
  director.settle(now());
  for (const ipvs::Op& op : ipvs::plan(before, kernel.table, roster.scope()))
    fmt::print("ipvsadm {}\n", ipvs::command_text(op));
  return 0;
}

}  // namespace um::ldirectord
