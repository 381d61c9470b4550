// director_bed.hpp - a director over a table in memory, driven by the lines a test shows.
//
// The configuration is ldirectord.cf text, the table is ipvsadm lines, results of checks are given
// by the real server's name. Time moves by passes of one second.
#pragma once
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/resolver.hpp"
#include "ldirectord/director.hpp"
#include "parsers/ldirectord_cf.hpp"
#include "tests/unit/ipvs/memory_kernel.hpp"
#include "tests/unit/ipvs/tables.hpp"

namespace um::ldirectord {

/// Numbers only; every name is unknown.
class NumericResolver final : public Resolver {
 public:
  Host host(std::string_view name, Family family) override {
    const auto address = ipvs::Address::parse(name);
    const bool fits =
        address && (address->family == ipvs::Family::kIpv6) == (family == Family::kInet6);
    return fits ? Host{address->text(), {}} : Host{{}, "unknown"};
  }
  std::optional<std::uint16_t> service(std::string_view, Transport) override { return {}; }
};

inline Roster roster_of(const std::string& text) {
  NumericResolver resolver;
  parsers::Files files;
  const parsers::Source source("ldirectord.cf", text);
  auto parsed = parsers::parse_ldirectord_cf(source, {resolver, files, "lb1", false});
  for (const parsers::Diagnostic& diagnostic : parsed.diagnostics)
    if (diagnostic.severity == parsers::Severity::kError)
      throw std::invalid_argument(parsers::format(diagnostic, source));
  return make_roster(parsed.value);
}

/// "checkinterval=1" and a virtual 10.0.0.1:80 with the given lines below it.
inline std::string http_virtual(const std::string& globals, const std::vector<std::string>& lines) {
  std::string text = globals + (globals.empty() ? "" : "\n") + "virtual=10.0.0.1:80\n";
  for (const std::string& line : lines) text += "    " + line + "\n";
  return text + "    checktype=connect\n";
}

class DirectorBed : public testing::Test, public Outside {
 protected:
  // ---- Outside
  void log(std::string_view line) override { log_.emplace_back(line); }
  void notify(const RosterVirtual&, const Notice& notice) override {
    mails_.push_back(notice.text + " [" + std::string(name_of(notice.phase)) + "]");
  }
  void fallback_command(const RosterVirtual& v, std::string_view verb) override {
    commands_.push_back(v.rules.fallback_command + " " + std::string(verb) + " " + v.name);
  }
  void monitor(const RosterVirtual&, const RosterReal& real, bool up,
               std::string_view text) override {
    monitored_.push_back(real.name + (up ? " up " : " down ") + std::string(text));
  }
  bool in_maintenance(const RosterReal& real) override { return maintenance_.contains(real.name); }
  Admin admin_of(const RosterVirtual&, const RosterReal& real) override {
    return admin_.contains(real.name) ? admin_.at(real.name) : Admin::kEnabled;
  }

  // ---- what happens
  void start(const std::string& config) {
    ASSERT_TRUE(director_.start(roster_of(config), now_).has_value());
  }
  void reload(const std::string& config) {
    ASSERT_TRUE(director_.reload(roster_of(config), now_).has_value());
  }
  void down(const std::string& server) { down_.insert(server); }
  void up(const std::string& server) { down_.erase(server); }
  /// One second: every check once, then the look at the table.
  void pass() {
    check();
    director_.inspect(now_);
    now_ += std::chrono::seconds(1);
  }
  void check() {
    const std::vector<JobState> jobs = director_.jobs();
    for (const JobState& job : jobs) {
      if (auto errand = director_.begin(job.id, now_)) {
        const auto& target = errand->probe->target;
        const std::string server = target.address.to_string() + ":" + std::to_string(target.port);
        asked_.push_back(errand->probe->check_type + " " + server);
        director_.finish(job.id, {!down_.contains(server), "said so", {}}, Duration{0}, now_);
      }
      director_.settle(now_);
    }
  }

  // ---- what is seen
  std::string table() const { return ipvs::dump(kernel_.table); }
  void given(const std::string& lines) { kernel_.table = ipvs::table_from(lines); }
  void by_hand(const std::string& line) {
    const std::vector<ipvs::Op> ops{ipvs::op_from(line)};
    ASSERT_EQ(kernel_.apply(ops)[0].code, 0) << line;
    kernel_.take_accepted();
  }
  std::string commands_issued() {
    std::string text;
    for (const std::string& line : kernel_.take_accepted()) text += line + "\n";
    return text;
  }
  std::vector<std::string> take_log() { return std::exchange(log_, {}); }

  ipvs::MemoryKernel kernel_;
  Director director_{kernel_, *this};
  TimePoint now_{std::chrono::seconds(1000)};
  std::set<std::string> down_, maintenance_;
  std::map<std::string, Admin> admin_;
  std::vector<std::string> log_, mails_, commands_, monitored_, asked_;
};

}  // namespace um::ldirectord
