// Every recorded run of heartbeat 3.0.6 over an ha.cf and an authkeys file: accepted or refused,
// exit code, literal lines in their order, the `-v` listing. What differs stands in DIFFERENCES.md.
#include "parsers/ha_cf.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/vectors/support/differences.hpp"
#include "tests/vectors/support/ha_bed.hpp"

namespace um::parsers {
namespace {

/// Whether the vector's command reads the configuration and starts (or refuses to): everything else
/// in the folder is about the daemon, its other options and the tools.
bool is_a_start(const test::HaVector& v) {
  static const std::set<std::string> kWords{"heartbeat", "-v", "-d", "-dd", "-ddd", "-f",
                                            "-l",        "-M", "-r", "-W",  "start"};
  for (std::size_t i = 0; i < v.command.size(); ++i) {
    const std::string& word = v.command[i];
    const bool wrapper = i == 0 && (word == "/usr/bin/setpriv" || word == "/usr/bin/python3");
    if (wrapper) return word == "/usr/bin/python3" || v.command.back() == "heartbeat";
    if (!kWords.contains(word)) return false;
  }
  return true;
}

bool has_option(const test::HaVector& v, const std::string& option) {
  return std::ranges::find(v.command, option) != v.command.end();
}

/// What the old program logged when it opened the medium; empty for kinds that name no values.
struct StartedLine {
  std::string operator()(const Bcast& m) const {
    return fmt::format("UDP Broadcast heartbeat started on port {0} ({0}) interface {1}", m.port,
                       m.interface);
  }
  std::string operator()(const Mcast& m) const {
    return fmt::format(
        "UDP multicast heartbeat started for group {} port {} interface {} (ttl={} loop={})",
        m.group, m.port, m.interface, m.ttl, static_cast<int>(m.loop));
  }
  std::string operator()(const Ucast& m) const {
    return fmt::format("ucast: started on port {} interface {} to {}", m.port, m.interface,
                       m.address);
  }
  std::string operator()(const Ucast6& m) const {
    const std::string scope = m.address.starts_with("fe80") ? "%" + m.interface : "";
    return fmt::format("ucast6: heartbeat started for [{}{}]:{} on interface {}", m.address, scope,
                       m.port, m.interface);
  }
  std::string operator()(const Mcast6& m) const {
    return fmt::format(
        "UDP multicast heartbeat started for [{}]:{} on interface {} (hops={} loop={})", m.group,
        m.port, m.interface, m.hops, static_cast<int>(m.loop));
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

std::vector<std::string> started_lines(const HaConfig& config) {
  std::vector<std::string> lines;
  for (const MediumLine& line : config.media)
    if (std::string text = std::visit(StartedLine{}, line.medium); !text.empty())
      lines.push_back(std::move(text));
  return lines;
}

struct Counts {
  std::size_t starts = 0;
  std::size_t same = 0;
};

/// What differs from the recording; empty when nothing does.
std::string difference(const test::HaVector& v) {
  const test::FakeMachine bed = test::bed_for(v.name);
  StartOptions options;
  options.manage_resources = !has_option(v, "-M");
  options.reload = has_option(v, "-r");
  const Verdict ours = validate(bed, options);
  const int expected_exit = v.result == "rejected" ? v.exit_code : 0;
  std::string out;
  if (v.result.starts_with("crash")) out += "the old program crashed\n";
  if (ours.exit_code != expected_exit)
    out += fmt::format("exit {} instead of {}\n", ours.exit_code, expected_exit);
  const std::string lines = test::literal_lines(ours.lines);
  if (lines != v.stderr_text)
    out += fmt::format("--- recorded\n{}--- ours\n{}", v.stderr_text, lines);
  if (has_option(v, "-v") && ours.ok() && listing(ours.config, ours.own_node) != v.stdout_text)
    out += fmt::format("--- recorded -v\n{}--- ours\n{}", v.stdout_text,
                       listing(ours.config, ours.own_node));
  return out;
}

TEST(HaCfVectors, AreByteIdenticalToTheRecording) {
  EXPECT_EQ(test::check_manifest("tests/vectors/ha.sha256"), "");
}

TEST(HaCfVectors, HaveTheirRecordedOutcomeOrAListedDifference) {
  Counts counts;
  std::map<std::string, std::string> differences;
  for (const std::string& name : test::ha_vector_names()) {
    const test::HaVector vector = test::load_ha_vector(name);
    if (!is_a_start(vector)) continue;
    ++counts.starts;
    const std::string difference_found = difference(vector);
    if (difference_found.empty())
      ++counts.same;
    else
      differences[name] = difference_found;
  }
  fmt::print("{} starts, {} as recorded, {} differences\n", counts.starts, counts.same,
             differences.size());
  EXPECT_GT(counts.starts, 650u);
  EXPECT_EQ(test::compare_with_allowed("ha-cf", differences, counts.starts), "");
}

TEST(HaCfVectors, TheDefaultTablesAreTheRecordedOnes) {
  EXPECT_EQ(default_listing(false), test::load_ha_vector("cli-opt_D").stdout_text);
  EXPECT_EQ(default_listing(true), test::load_ha_vector("cli-opt_DW").stdout_text);
}

TEST(HaCfVectors, MediaOpenOnTheRecordedPorts) {
  std::size_t compared = 0;
  for (const std::string& name : test::ha_vector_names()) {
    const test::HaVector v = test::load_ha_vector(name);
    const Verdict ours = validate(test::bed_for(name), {});
    if (!is_a_start(v) || v.result != "accepted" || !ours.ok() || v.media_lines.empty()) continue;
    ++compared;
    EXPECT_EQ(started_lines(ours.config), v.media_lines) << name;
  }
  fmt::print("{} vectors with media lines\n", compared);
  EXPECT_GT(compared, 300u);
}

TEST(HaCfVectors, ARespawnedClientFindsTheRecordedEnvironment) {
  for (const char* name : {"env-child-all", "env-child-legacy"}) {
    const Verdict ours = validate(test::bed_for(name), {});
    std::map<std::string, std::string> environment;
    for (const auto& [key, value] : child_environment(ours.config, ours.own_node))
      environment[key] = value;
    auto recorded = test::load_ha_vector(name).child_environment;
    // H13: `env Z=p,q` gave HA_q what lay in memory.
    if (recorded.contains("HA_q")) recorded["HA_q"] = "";
    EXPECT_EQ(environment, recorded) << name;
  }
}

TEST(HaCfVectors, EveryRefusalSaysWhere) {
  for (const std::string& name : test::ha_vector_names()) {
    const test::HaVector vector = test::load_ha_vector(name);
    if (!is_a_start(vector) || vector.result != "rejected") continue;
    const Verdict verdict = validate(test::bed_for(name), {});
    if (verdict.ok() || verdict.ha_cf.source == nullptr) continue;
    std::size_t explained = 0;
    for (const CheckedFile* file : {&verdict.ha_cf, &verdict.authkeys, &verdict.haresources})
      for (const Diagnostic& d : file->diagnostics)
        if (d.severity == Severity::kError && !d.message.empty()) ++explained;
    const bool unreadable = verdict.authkeys.error != 0 || verdict.haresources.error != 0;
    EXPECT_TRUE(explained > 0 || unreadable) << name;
  }
}

/// Real files from elsewhere: their texts must be readable, their machines are not ours.
TEST(HaCfCorpus, RealFilesParseOrSayWhyNot) {
  const char* corpus = std::getenv("UM_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "UM_CORPUS names no folder with real configurations";
  std::size_t files = 0;
  std::size_t refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(corpus) + "/ha.cf")) {
    std::ifstream in(entry.path(), std::ios::binary);
    const Source source(entry.path().string(), std::string(std::istreambuf_iterator<char>(in), {}));
    const Parsed<HaConfig> parsed = parse_ha_cf(source);
    ++files;
    if (parsed.ok()) continue;
    ++refused;
    for (const Diagnostic& d : parsed.diagnostics)
      if (d.severity == Severity::kError) fmt::print("{}", format(d, source));
  }
  fmt::print("{} real ha.cf, {} refused\n", files, refused);
  EXPECT_GT(files, 0u);
}

}  // namespace
}  // namespace um::parsers
