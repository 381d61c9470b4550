#include "tools/check.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <stdlib.h>

#include "tests/unit/parsers/ha_cf_fake_machine.hpp"

namespace um::tools {
namespace {

/// A made-up machine whose configuration directory is a real one: what ldirectord's parser reads,
/// it reads from the disk.
class DirectoryMachine final : public test::FakeMachine {
 public:
  DirectoryMachine() {
    std::string pattern = (std::filesystem::temp_directory_path() / "check.XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    interfaces = {{"eth0", {true, true, 2}}, {"eth1", {true, true, 3}}};
    users = {{"root", {0, 0}}, {"hacluster", {101, 102}}};
    groups = {{"haclient", 102}};
    for (const char* agent : {"IPaddr", "IPaddr2", "ldirectord", "LVSSyncDaemonSwap"})
      executable(std::string("/etc/ha.d/resource.d/") + agent);
    executable("/usr/lib/heartbeat/ipfail");
    put("ha.cf",
        "keepalive 2\ndeadtime 10\nlogfacility daemon\nbcast eth0\nbcast eth1\nauto_failback on\n"
        "node node1 node2\n");
    put("authkeys", "auth 1\n1 sha1 0123456789abcdef\n");
    put("haresources", "node1 IPaddr2::10.0.0.1/24/eth0 ldirectord::ldirectord.cf\n");
    put("ldirectord.cf",
        "quiescent=no\nvirtual=10.0.0.1:80\n\treal=10.0.0.11:80 gate\n\tservice=http\n");
  }
  ~DirectoryMachine() override { std::filesystem::remove_all(directory_); }

  const std::filesystem::path& directory() const { return directory_; }

  void put(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
    write((directory_ / name).string(), text);
    states[(directory_ / name).string()] = {FileKind::kRegular, false};
  }
  void drop(const std::string& name) {
    std::filesystem::remove(directory_ / name);
    files.erase((directory_ / name).string());
    states.erase((directory_ / name).string());
  }

 private:
  std::filesystem::path directory_;
};

struct Result {
  int status;
  std::string text;
};

/// The report, the directory spelt DIR.
Result run(const DirectoryMachine& machine, CheckRequest request = {}) {
  request.directory = machine.directory();
  std::ostringstream out;
  const int status = check(request, machine, out);
  std::string text = out.str();
  const std::string directory = machine.directory().string();
  for (std::size_t at = text.find(directory); at != std::string::npos; at = text.find(directory))
    text.replace(at, directory.size(), "DIR");
  return {status, text};
}

TEST(Check, AWholeTutorialConfigurationHasNothingWrong) {
  const Result result = run(DirectoryMachine());
  EXPECT_EQ(result.text, "4 files checked: nothing wrong\n");
  EXPECT_EQ(result.status, 0);
}

TEST(Check, AnAddressThatNoLineBringsUpIsNamedWhereItIsServed) {
  DirectoryMachine machine;
  machine.put("haresources", "node1 IPaddr2::10.0.0.2/24/eth0 ldirectord::ldirectord.cf\n");
  const Result result = run(machine);
  EXPECT_EQ(
      result.text,
      "DIR/haresources:1:7: warning: no virtual service has the address 10.0.0.2\n"
      "        1 | node1 IPaddr2::10.0.0.2/24/eth0 ldirectord::ldirectord.cf\n"
      "          |       ^~~~~~~~~~~~~~~~~~~~~~~~~ add a virtual= for it to ldirectord.cf, or "
      "take the address out\n"
      "DIR/ldirectord.cf:2:9: warning: no line of DIR/haresources brings up 10.0.0.1\n"
      "        2 | virtual=10.0.0.1:80\n"
      "          |         ^~~~~~~~~~~ add the address to the group that starts ldirectord\n"
      "4 files checked: 0 errors, 2 warnings\n");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(run(machine, {.strict = true}).status, 1);
}

TEST(Check, AMasqueradingDirectorsInnerAddressServesNobodyAndThatIsFine) {
  DirectoryMachine machine;
  machine.put("haresources",
              "node1 IPaddr2::10.0.0.1/24/eth0 IPaddr2::192.168.0.1/24/eth1 "
              "ldirectord::ldirectord.cf\n");
  machine.put("ldirectord.cf",
              "quiescent=no\nvirtual=10.0.0.1:80\n\treal=192.168.0.11:80 masq\n\tservice=http\n");
  EXPECT_EQ(run(machine).text, "4 files checked: nothing wrong\n");
}

TEST(Check, AScriptThatDoesNotExistIsAnError) {
  DirectoryMachine machine;
  machine.put("haresources", "node1 IPaddr2::10.0.0.1/24/eth0 apache ldirectord::ldirectord.cf\n");
  const Result result = run(machine);
  EXPECT_EQ(result.text,
            "DIR/haresources:1:33: error: there is no resource script apache\n"
            "        1 | node1 IPaddr2::10.0.0.1/24/eth0 apache ldirectord::ldirectord.cf\n"
            "          |                                 ^~~~~~ looked in /etc/ha.d/resource.d and "
            "/etc/init.d\n"
            "4 files checked: 1 error, 0 warnings\n");
  EXPECT_EQ(result.status, 2);
}

TEST(Check, AScriptWithoutXBitIsToldFromAMissingOne) {
  DirectoryMachine machine;
  machine.states["/etc/ha.d/resource.d/IPaddr2"].executable = false;
  EXPECT_NE(run(machine).text.find("error: /etc/ha.d/resource.d/IPaddr2 is not executable\n"),
            std::string::npos);
}

TEST(Check, AnAddressOfTwoNodesIsAnError) {
  DirectoryMachine machine;
  machine.put("haresources",
              "node1 10.0.0.1 ldirectord::ldirectord.cf\nnode2 IPaddr2::10.0.0.1/24/eth0\n");
  EXPECT_NE(run(machine).text.find("error: 10.0.0.1 is brought up by line 1 too\n"),
            std::string::npos);
}

TEST(Check, ADirectorThatBootStartsTooIsNamed) {
  DirectoryMachine machine;
  machine.matches["S[0-9][0-9]ldirectord"] = {"S01ldirectord"};
  EXPECT_NE(run(machine).text.find(
                "warning: ldirectord is started at boot too, on the node that should stand by\n"),
            std::string::npos);
}

TEST(Check, AConfigurationThatHaresourcesNamesMustExist) {
  DirectoryMachine machine;
  machine.put("haresources", "node1 10.0.0.1 ldirectord::www.cf\n");
  EXPECT_NE(run(machine).text.find("error: ldirectord finds no configuration www.cf\n"),
            std::string::npos);
}

TEST(Check, IpfailUnderLegacyFailbackIsAnError) {
  DirectoryMachine machine;
  machine.put("ha.cf",
              "logfacility daemon\nbcast eth0\nauto_failback legacy\nnode node1 node2\n"
              "respawn hacluster /usr/lib/heartbeat/ipfail\nping 10.0.0.254\n");
  const Result result = run(machine);
  EXPECT_NE(result.text.find("error: ipfail does not work with auto_failback legacy\n"),
            std::string::npos);
  EXPECT_EQ(result.status, 2);
}

TEST(Check, LegacyNamesTheLinesThatAnOldProgramRefuses) {
  DirectoryMachine machine;
  machine.put("authkeys", "auth 1\n1 sha256 0123456789abcdef\n");
  EXPECT_EQ(run(machine).text, "4 files checked: nothing wrong\n");
  EXPECT_EQ(run(machine, {.legacy = true}).text,
            "DIR/authkeys:2:1: warning: heartbeat 3.0.6 does not know sha256\n"
            "        2 | 1 sha256 ****************\n"
            "          | ^~~~~~~~ only when no old node is left in the cluster\n"
            "4 files checked: 0 errors, 1 warning\n");
}

TEST(Check, JsonHasTheDiagnosticsAndOnRequestTheConfiguration) {
  using nlohmann::json;
  DirectoryMachine machine;
  machine.put("authkeys", "auth 1\n1 sha1 short\n");
  const json report = json::parse(run(machine, {.json = true, .dump = true}).text);
  ASSERT_EQ(report["files"].size(), 4u);
  EXPECT_EQ(report["files"][1]["kind"], "authkeys");
  EXPECT_EQ(report["files"][1]["path"], "DIR/authkeys");
  EXPECT_EQ(report["files"][1]["ok"], true);
  EXPECT_EQ(report["files"][1]["diagnostics"],
            json::parse(R"([{"severity": "warning", "line": 2, "column": 8,
                             "message": "this key has only 5 bytes",
                             "hint": "take at least 16: head -c 18 /dev/urandom | base64"}])"));
  EXPECT_EQ(report["files"][1]["config"],
            json::parse(R"({"selected": 1, "keys": {"1": {"method": "sha1", "bytes": 5}}})"));
  EXPECT_EQ(report["files"][0]["config"]["parameters"]["deadtime"], "10");
  EXPECT_EQ(report["files"][2]["config"]["groups"][0]["key"], "IPaddr2::10.0.0.1/24/eth0");
  EXPECT_EQ(report["files"][3]["config"]["virtuals"][0]["server"], "10.0.0.1");
  EXPECT_FALSE(json::parse(run(machine, {.json = true}).text)["files"][0].contains("config"));
}

TEST(Check, AnLdirectordConfigurationAloneMissesNothing) {
  DirectoryMachine machine;
  for (const char* name : {"ha.cf", "authkeys", "haresources"}) machine.drop(name);
  EXPECT_EQ(run(machine).text, "1 file checked: nothing wrong\n");
}

TEST(Check, AMissingFileOfAClusterIsAnError) {
  DirectoryMachine machine;
  machine.drop("authkeys");
  const Result result = run(machine);
  EXPECT_EQ(result.text,
            "DIR/authkeys: error: cannot be read: No such file or directory\n"
            "4 files checked: 1 error, 0 warnings\n");
  EXPECT_EQ(result.status, 2);
}

TEST(Check, OneFileIsCheckedForItself) {
  DirectoryMachine machine;
  CheckRequest request;
  request.files = {machine.directory() / "haresources"};
  EXPECT_EQ(run(machine, request).text, "1 file checked: nothing wrong\n");
}

// ---- each finding of the check, in its words ----------------------------------------------------

/// What is said about one file's text in an otherwise whole configuration: "LINE: severity:
/// message" per line, hints left out.
std::string said(const std::string& name, const std::string& text, bool legacy = false) {
  using nlohmann::json;
  DirectoryMachine machine;
  machine.put(name, text);
  std::string out;
  const json report = json::parse(run(machine, {.legacy = legacy, .json = true}).text);
  for (const json& file : report["files"])
    for (const json& d : file["diagnostics"])
      out += (file["path"] == "DIR/" + name ? "" : file["path"].get<std::string>() + ":") +
             std::to_string(d["line"].get<int>()) + ": " + d["severity"].get<std::string>() + ": " +
             d["message"].get<std::string>() + "\n";
  return out;
}

/// A good ha.cf with other lines below.
std::string ha_cf(const std::string& more) {
  return "logfacility daemon\nbcast eth0\nbcast eth1\nauto_failback on\nnode node1 node2\n" + more;
}

std::string virtual_with(const std::string& lines) {
  return "quiescent=no\nvirtual=10.0.0.1:80\n\treal=10.0.0.11:80 gate\n\tservice=http\n" + lines;
}

TEST(CheckFinds, ANodeNameThatNoNodeLineHas) {
  DirectoryMachine machine;
  machine.name = "node1.example.com";
  const std::string text = run(machine).text;
  EXPECT_NE(text.find("DIR/ha.cf:7:12: error: this node is called \"node1.example.com\", which no "
                      "node line names\n"),
            std::string::npos);
  EXPECT_NE(text.find("the file has node1, node2; names must match in full, domain included\n"),
            std::string::npos);
}

TEST(CheckFinds, AnOwnerThatIsNoClusterNode) {
  EXPECT_EQ(said("haresources", "node3 10.0.0.1 ldirectord::ldirectord.cf\n"),
            "1: error: \"node3\" is not a node of ha.cf\n");
}

TEST(CheckFinds, AnOwnerThatIsAPingNode) {
  DirectoryMachine machine;
  machine.put("ha.cf", ha_cf("ping router\n"));
  machine.addresses["router"] = "10.0.0.254";
  machine.put("haresources", "router 10.0.0.1 ldirectord::ldirectord.cf\n");
  EXPECT_NE(run(machine).text.find("error: router is a ping node\n"), std::string::npos);
}

TEST(CheckFinds, AnAddressTwiceOnOneNode) {
  EXPECT_EQ(said("haresources", "node1 10.0.0.1 IPaddr2::10.0.0.1/24 ldirectord::ldirectord.cf\n"),
            "1: warning: 10.0.0.1 is brought up by line 1 too\n");
}

TEST(CheckFinds, AnInterfaceThatIsNotThere) {
  EXPECT_EQ(said("haresources", "node1 IPaddr2::10.0.0.1/24/eth7 ldirectord::ldirectord.cf\n"),
            "1: warning: there is no interface eth7\n");
}

TEST(CheckFinds, ATimeOfDeathTooNearToTheHeartbeats) {
  EXPECT_EQ(said("ha.cf", ha_cf("keepalive 2\ndeadtime 3\n")),
            "7: error: deadtime 3000 ms is too short\n");
}

TEST(CheckFinds, AWarningTimeBehindTheTimeOfDeath) {
  EXPECT_EQ(said("ha.cf", ha_cf("deadtime 10\nwarntime 20\n")),
            "7: warning: warntime 20000 ms never comes: deadtime is 10000 ms\n");
}

TEST(CheckFinds, AnInitialDeadTimeTooShortForASwitch) {
  EXPECT_EQ(said("ha.cf", ha_cf("deadtime 4\ninitdead 5\n")),
            "7: warning: initdead 5000 ms may be too short\n");
}

TEST(CheckFinds, NoMedium) {
  EXPECT_EQ(said("ha.cf", "logfacility daemon\nauto_failback on\nnode node1 node2\n"),
            "0: error: no way to send heartbeats\n");
}

TEST(CheckFinds, PingNodesAsTheOnlyMedia) {
  EXPECT_EQ(
      said("ha.cf", "logfacility daemon\nauto_failback on\nnode node1 node2\nping 10.0.0.9\n"),
      "4: warning: ping nodes only: the nodes do not hear each other\n");
}

TEST(CheckFinds, AMulticastGroupThatIsNone) {
  EXPECT_EQ(said("ha.cf", ha_cf("mcast eth0 10.0.0.1 694 1 0\n")),
            "6: error: invalid value \"10.0.0.1\" for \"mcast\"\n");
}

TEST(CheckFinds, IpfailWithoutPingNodes) {
  EXPECT_EQ(said("ha.cf", ha_cf("respawn hacluster /usr/lib/heartbeat/ipfail\n")),
            "6: warning: ipfail without ping nodes has nothing to compare\n");
}

TEST(CheckFinds, KeysThatOthersMayRead) {
  DirectoryMachine machine;
  machine.write((machine.directory() / "authkeys").string(), "auth 1\n1 sha1 0123456789abcdef\n",
                0644);
  EXPECT_NE(run(machine).text.find("error: mode 644 lets others read or write the keys\n"),
            std::string::npos);
}

TEST(CheckFinds, WeakMethods) {
  EXPECT_EQ(said("authkeys", "auth 1\n1 md5 0123456789abcdef\n"), "2: warning: md5 is weak\n");
  EXPECT_EQ(said("authkeys", "auth 1\n1 crc\n"),
            "2: warning: crc lets anybody on the network speak as a node\n");
}

TEST(CheckFinds, GateToAnotherPort) {
  EXPECT_EQ(
      said("ldirectord.cf", "quiescent=no\nvirtual=10.0.0.1:80\n\treal=10.0.0.11:8080 gate\n"),
      "3: warning: gate can not change the port: real server gets port 80, not 8080\n");
}

TEST(CheckFinds, PersistentClientsOfAQuiescedServer) {
  EXPECT_EQ(said("ldirectord.cf",
                 "quiescent=yes\nvirtual=10.0.0.1:80\n\treal=10.0.0.11:80 gate\n"
                 "\tpersistent=600\n"),
            "2: warning: persistent with quiescent=yes: clients stay with a failed real server\n");
  EXPECT_EQ(said("ldirectord.cf",
                 "quiescent=yes\nexpire_quiescent=yes\nvirtual=10.0.0.1:80\n"
                 "\treal=10.0.0.11:80 gate\n\tpersistent=600\n"),
            "");
}

TEST(CheckFinds, TypographicQuotes) {
  EXPECT_EQ(said("ldirectord.cf", virtual_with("\trequest=\u201cindex.html\u201d\n")),
            "5: error: request needs its value in double quotes\n");
  EXPECT_NE(said("ha.cf", ha_cf("logfile \u201c/var/log/ha\u201d\n"))
                .find("6: warning: a typographic quote is an ordinary character here\n"),
            std::string::npos);
}

TEST(CheckFinds, FullWidthBlanks) {
  EXPECT_NE(said("haresources", "node1\u300010.0.0.1\n")
                .find("1: warning: a full-width blank is an ordinary character here\n"),
            std::string::npos);
}

TEST(CheckFinds, LineEndsOfWindows) {
  EXPECT_EQ(said("haresources", "node1 10.0.0.1 ldirectord::ldirectord.cf\r\n"),
            "1: warning: this line ends in CR LF, as editors on Windows write it\n");
}

TEST(CheckFinds, CommentsOfCxx) {
  EXPECT_EQ(said("ha.cf", ha_cf("// ours\n")), "6: error: unknown directive \"//\"\n");
  EXPECT_EQ(said("ldirectord.cf", virtual_with("") + "// ours\n"),
            "5: error: \"//\" is no global directive\n");
}

TEST(CheckFinds, LostIndentation) {
  EXPECT_EQ(said("ldirectord.cf", virtual_with("") + "scheduler=wrr\n"),
            "5: error: \"scheduler\" is no global directive\n");
}

TEST(CheckFinds, WithLegacyWhatOldProgramsRefuseInEachFile) {
  EXPECT_EQ(said("ha.cf", ha_cf("address_guard yes\n"), true),
            "6: warning: an older heartbeat does not know \"address_guard\"\n");
  EXPECT_EQ(said("ha.cf", ha_cf("address_guard yes\n")), "");
  EXPECT_EQ(said("ldirectord.cf", virtual_with("\trisecount=2\n"), true),
            "5: warning: 4.12 does not know risecount\n");
  EXPECT_EQ(said("ldirectord.cf", virtual_with("\trisecount=2\n")), "");
}

TEST(CheckFinds, TheScriptThatWasProbablyMeant) {
  DirectoryMachine machine;
  machine.matches["*"] = {"IPaddr", "Filesystem", "ldirectord"};
  machine.put("haresources",
              "node1 10.0.0.1 Filesytem::/dev/sdb1::/srv ldirectord::ldirectord.cf\n");
  EXPECT_NE(run(machine).text.find(
                "looked in /etc/ha.d/resource.d and /etc/init.d - did you mean \"Filesystem\"?\n"),
            std::string::npos);
}

}  // namespace
}  // namespace um::tools
