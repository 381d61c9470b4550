#include "tests/vectors/support/ha_bed.hpp"

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace um::test {
namespace {

using Json = nlohmann::json;

const std::string kDirectory = "tests/vectors/ha-cf/";

std::optional<std::string> read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Json expectation(const std::string& name) {
  return Json::parse(read(kDirectory + name + "/expect.json").value());
}

/// The recorder decoded bytes as latin-1; JSON holds them as UTF-8.
std::string bytes_of(const std::string& utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80)
      out += utf8[i];
    else if (c < 0xE0 && i + 1 < utf8.size())
      out += static_cast<char>(((c & 0x03) << 6) | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
    else
      out += '?';
  }
  return out;
}

/// The recorder split lines where Python does; empty ones are not compared.
std::string one_line_end(std::string text) {
  for (char& c : text)
    if (std::string_view("\v\f\r\x1c\x1d\x1e\x85").find(c) != std::string_view::npos) c = '\n';
  std::string out;
  for (char c : text)
    if (c != '\n' || (!out.empty() && out.back() != '\n')) out += c;
  return out;
}

bool only_when_debugging(const std::string& line) {
  for (std::string_view start : {"debug: ", "info: AUTH: i=", "info: respawn ", "info: failfast ",
                                 "info: Heartbeat Hg Version: "})
    if (line.starts_with(start)) return true;
  return false;
}

/// "" for a line that is dropped. H3: two texts without newline are glued to the next line.
std::string plain_line(std::string line) {
  // The second form: syslogmsgfmt off.
  static const std::regex kPrefix("^(TIME [^ ]* heartbeat: \\[PID\\]: |heartbeat\\[PID\\]: TIME )");
  static const std::regex kGlued(
      "^heartbeat: (udpport|baudrate) setting must precede media statements");
  line = std::regex_replace(line, kGlued, "");
  return std::regex_replace(line, kPrefix, "");
}

const std::map<std::string, FileState>& recorded_paths() {
  static const std::map<std::string, FileState> kPaths = [] {
    std::map<std::string, FileState> paths;
    for (const char* program : {"/bin/true", "/bin/sh", "/bin/sleep", "/bin/echo", "/usr/bin/env",
                                "/usr/libexec/heartbeat/ipfail"})
      paths[program] = {FileKind::kRegular, true};
    for (const char* directory : {"/tmp", "/var/log", "/dev"})
      paths[directory] = {FileKind::kDirectory, true};
    for (const char* device : {"/dev/ttyS0", "/dev/ttyp9", "/dev/null"})
      paths[device] = {FileKind::kCharDevice, false};
    paths["/etc/passwd"] = {FileKind::kRegular, false};
    return paths;
  }();
  return kPaths;
}

/// Shell commands run before the recording, as far as a configuration can see their effect.
void prepare(FakeMachine& bed, const std::string& command) {
  static const std::regex kEcho("^(echo|printf) (.*) > (/etc/ha.d/[a-z]+)$");
  static const std::regex kEmpty("^: > (/etc/ha.d/[a-z]+)$");
  static const std::regex kProgram(".*> (/tmp/[a-z0-9]+); chmod 755 .*");
  std::smatch match;
  if (std::regex_match(command, match, kEcho)) {
    std::string text = match[2].str();
    // The recorder's own quoting had used up these quotes: the word stands alone.
    if (text == "\"node1 \"") text = "node1";
    bed.write(match[3].str(), text + (match[1].str() == "echo" ? "\n" : ""), 0644);
  } else if (std::regex_match(command, match, kEmpty)) {
    bed.write(match[1].str(), "", 0644);
  } else if (std::regex_match(command, match, kProgram)) {
    bed.executable(match[1].str());
  } else if (command == "mkdir /etc/ha.d/ha.cf") {
    bed.files["/etc/ha.d/ha.cf"] = {0, "", 0755, 0, true};
  } else if (command == "rm /etc/ha.d/authkeys; mkdir -m 700 /etc/ha.d/authkeys") {
    bed.files["/etc/ha.d/authkeys"] = {0, "", 0700, 0, true};
  } else if (command.find("grep -v hacluster") != std::string::npos) {
    bed.users.erase("hacluster");
  } else if (command.find("grep -v haclient") != std::string::npos) {
    bed.groups.erase("haclient");
  } else if (!std::regex_search(command,
                                std::regex("/run/heartbeat|/var/lib/heartbeat|OnlyForTesting|chmod "
                                           "666 /etc/ha.d/ha.cf|ln -s ak authkeys"))) {
    throw std::runtime_error("a preparation this runner does not know: " + command);
  }
}

FakeMachine recording_machine() {
  FakeMachine bed;
  bed.states = recorded_paths();
  bed.interfaces = {{"lo", {true, true, 1}},
                    {"noip0", {true, false, 2}},
                    {"eth0", {true, true, 3}},
                    {"eth1", {true, true, 5}}};
  bed.users = {{"root", {0, 0}}, {"hacluster", {101, 102}}, {"nobody", {65534, 65534}}};
  bed.groups = {{"root", 0}, {"haclient", 102}};
  bed.addresses = {{"localhost", "127.0.0.1"}};
  bed.udp_services = {{"domain", 53}, {"afs3-callback", 7001}};
  bed.stonith_types = {"null", "meatware", "ssh"};
  bed.resolver_error = "Resource temporarily unavailable";
  return bed;
}

void load_media_lines(const Json& json, HaVector& v) {
  static const std::regex kStarted(".* info: glib: (.*[ :]started (on port|for) .*)");
  std::smatch match;
  const Json logs = json.value("log_after_fork", Json::object());
  if (logs.empty()) return;
  for (const std::string line : logs.front())  // the others hold the same lines again
    if (std::regex_match(line, match, kStarted)) v.media_lines.push_back(match[1].str());
}

void load_environment(const Json& json, HaVector& v) {
  const Json collected = json.value("collect", Json::object());
  for (const auto& [command, lines] : collected.items()) {
    if (command != "sort /tmp/childenv") continue;
    for (const std::string line : lines)
      if (line.starts_with("HA_") || line.starts_with("OCF_"))
        v.child_environment[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
  }
}

}  // namespace

HaVector load_ha_vector(const std::string& name) {
  const Json json = expectation(name);
  HaVector v;
  v.name = name;
  v.result = json["result"];
  v.exit_code = json["exit"].is_number() ? json["exit"].get<int>() : 0;
  if (json.contains("cmd")) v.command = json["cmd"].get<std::vector<std::string>>();
  for (const auto& raw : json["stderr"]) {
    const std::string line = plain_line(raw.get<std::string>());
    if (!only_when_debugging(line)) v.stderr_text += bytes_of(line) + "\n";
  }
  if (json.contains("stdout"))
    for (const auto& line : json["stdout"])
      v.stdout_text += bytes_of(line.get<std::string>()) + "\n";
  v.stderr_text = one_line_end(v.stderr_text);
  load_media_lines(json, v);
  load_environment(json, v);
  return v;
}

FakeMachine bed_for(const std::string& name) {
  const Json json = expectation(name);
  const Json setup = json.value("setup", Json::object());
  FakeMachine bed = recording_machine();
  bed.name = setup.value("uname", "node1");
  const std::string directory = kDirectory + name + "/";
  if (const auto ha_cf = read(directory + "ha.cf")) bed.write("/etc/ha.d/ha.cf", *ha_cf, 0644);
  if (!setup.value("no_authkeys", false)) {
    const uid_t owner = setup.contains("authkeys_owner") ? bed.users["hacluster"].uid : 0;
    bed.write(
        "/etc/ha.d/authkeys", read(directory + "authkeys").value_or("auth 1\n1 sha1 secretkey\n"),
        static_cast<mode_t>(std::stoul(setup.value("authkeys_mode", "600"), nullptr, 8)), owner);
  }
  if (!setup.value("no_haresources", false))
    bed.write("/etc/ha.d/haresources",
              name.starts_with("cli-") ? "# nothing\n" : "node1 IPaddr::10.77.0.99\n", 0644);
  for (const auto& command : setup.value("pre", Json::array())) prepare(bed, command);
  // Run as nobody, only the daemon's user may read the keys.
  if (json.contains("cmd") && json["cmd"][0] == "/usr/bin/setpriv")
    bed.files["/etc/ha.d/authkeys"].error = EACCES;
  return bed;
}

std::vector<std::string> ha_vector_names() {
  std::ifstream in(kDirectory + "INDEX.tsv");
  std::vector<std::string> names;
  std::string line;
  std::getline(in, line);  // heading
  while (std::getline(in, line)) names.push_back(line.substr(0, line.find('\t')));
  return names;
}

std::string literal_lines(const std::vector<parsers::StartLine>& lines) {
  std::string out;
  for (const parsers::StartLine& line : lines) {
    if (line.ours) continue;
    out += line.raw ? line.text : fmt::format("{}: {}", word_of(line.level), line.text);
    out += "\n";
  }
  return one_line_end(out);
}

}  // namespace um::test
