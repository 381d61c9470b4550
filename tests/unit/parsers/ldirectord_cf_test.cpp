// ldirectord.cf where decisions make it better than 4.12 was, what is ours alone, and how errors
// are collected. What is the same as in 4.12 is held by the vectors.
#include "parsers/ldirectord_cf.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parsers/ldirectord_cf_advice.hpp"
#include "parsers/ldirectord_cf_effective.hpp"
#include "parsers/ldirectord_cf_json.hpp"
#include "tests/vectors/support/ldirectord_bed.hpp"

namespace um::parsers {
namespace {

using std::chrono::seconds;
using test::parse_as_recorded;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kService = "virtual=192.0.2.10:80\n";

/// The only virtual service of a file that must be accepted.
VirtualService service(const std::string& text) {
  const auto parsed = parse_as_recorded(text);
  EXPECT_TRUE(parsed.ok()) << legacy_lines(parsed.diagnostics, "1");
  EXPECT_EQ(parsed.value.virtuals.size(), 1u);
  return parsed.value.virtuals.empty() ? VirtualService() : parsed.value.virtuals.front();
}

/// "address:port method weight request receive" of each real server.
std::vector<std::string> reals(const VirtualService& v) {
  std::vector<std::string> out;
  for (const RealServer& r : v.reals)
    out.push_back(fmt::format("{} {} {} {} {}", r.server.name(), name_of(r.forward), r.weight.text,
                              check_request(v, r), check_receive(v, r)));
  return out;
}

std::string refusal(const std::string& text) {
  return legacy_lines(parse_as_recorded(text).diagnostics, "7");
}

std::vector<std::string> messages(const std::string& text) {
  std::vector<std::string> out;
  for (const Diagnostic& d : parse_as_recorded(text).diagnostics) out.push_back(d.message);
  return out;
}

std::vector<std::string> advice(const std::string& text) {
  std::vector<std::string> out;
  for (const Diagnostic& d : advise(parse_as_recorded(text).value, Source("f", text)))
    out.push_back(d.message);
  return out;
}

std::vector<std::string> legacy(const std::string& text) {
  std::vector<std::string> out;
  for (const Diagnostic& d : legacy_warnings(parse_as_recorded(text).value))
    out.push_back(d.message);
  return out;
}

// ---- real servers
// ---------------------------------------------------------------------------------

TEST(LdirectordCf, RequestWithASlashKeepsItsReceiveAndThresholds) {  // L7, Q1
  const auto v = service(kService + "\treal=10.0.0.11:80 gate 2 \"/a.html\", \"OK\" l:10 u:20\n");
  EXPECT_THAT(reals(v), ElementsAre("10.0.0.11:80 gate 2 /a.html OK"));
  EXPECT_EQ(v.reals[0].lower_threshold->value, 10u);
  EXPECT_EQ(v.reals[0].upper_threshold->value, 20u);
}

TEST(LdirectordCf, NumberInTheStringsIsNoWeight) {  // L7, Q10
  const auto v = service(kService + "\treal=10.0.0.11:80 gate \"/a\", \"HTTP 200 OK\"\n");
  EXPECT_THAT(reals(v), ElementsAre("10.0.0.11:80 gate 1 /a HTTP 200 OK"));
}

TEST(LdirectordCf, VirtualServiceOnTheLastLineIsAccepted) {  // L7, Q2
  EXPECT_EQ(service("virtual=192.0.2.10:80").server.name(), "192.0.2.10:80");
}

TEST(LdirectordCf, RangeRunsAcrossADigitBoundary) {  // L9, Q4
  const auto v = service(kService + "\treal=9.255.255.254->10.0.0.1:80 masq\n");
  EXPECT_THAT(reals(v), ElementsAre("9.255.255.254:80 masq 1 / ", "9.255.255.255:80 masq 1 / ",
                                    "10.0.0.0:80 masq 1 / ", "10.0.0.1:80 masq 1 / "));
}

TEST(LdirectordCf, RangeHasAtMost65536Addresses) {  // L9
  const auto v = service(kService + "\treal=10.0.0.0->10.0.255.255:80 gate\n");
  EXPECT_EQ(v.reals.size(), 65536u);
  EXPECT_THAT(messages(kService + "\treal=10.0.0.0->10.1.0.0:80 gate\n"),
              ElementsAre("the range has 65537 addresses"));
}

TEST(LdirectordCf, RangesOfOneFileAreBoundedTogether) {
  std::string text = kService;
  for (int i = 0; i < 5; ++i)
    text += fmt::format("\treal=10.{}.0.0->10.{}.255.255:80 gate\n", i, i);
  EXPECT_THAT(messages(text), ElementsAre("the range has 65536 addresses"));
}

TEST(LdirectordCf, AddressMustStandAtTheBeginning) {  // L9, Q9
  for (const char* real : {"@@10.0.0.11:80 gate", "web_1:80 gate", "10.0.0.11:80:90 gate",
                           "[10.0.0.11]:80 gate", "10.0.0.11: 80 gate", "2001:db8::11 gate"})
    EXPECT_EQ(refusal(kService + "\treal=" + real + "\n"),
              "Error [7] reading file CONFIG at line 2: invalid address for real server (wrong "
              "format)\n")
        << real;
}

TEST(LdirectordCf, WeightBeyondIpvsadmsLimitIsThatLimit) {
  const auto v = service(kService + "\treal=10.0.0.11:80 gate 99999\n");
  EXPECT_EQ(v.reals[0].weight.value, 65535u);
  EXPECT_EQ(v.reals[0].weight.text, "99999");
}

TEST(LdirectordCf, RealServerGivenTwiceIsAWarning) {  // L27
  EXPECT_THAT(messages(kService + "\treal=10.0.0.11:80 gate 1\n\treal=real1:http gate 2\n"),
              ElementsAre("real server 10.0.0.11:80 stands twice in this virtual service"));
}

TEST(LdirectordCf, TextThatIsSkippedIsAWarning) {
  EXPECT_THAT(messages(kService + "\treal=10.0.0.11:80 gate 5 u:20 l:10\n"),
              ElementsAre("\"u:20\" before l: is ignored"));
}

// ---- numbers, marks, patterns
// ---------------------------------------------------------------------

TEST(LdirectordCf, DoubleZeroIsZero) {  // L9, Q8
  EXPECT_EQ(refusal("checktimeout=00\n"),
            "Error [7] reading file CONFIG at line 1: invalid check timeout value\n");
}

TEST(LdirectordCf, FirewallMarkIsFrom1To32Bits) {  // L9
  EXPECT_EQ(service("virtual=4294967295\n").mark, 4294967295u);
  for (const char* mark : {"0", "000", "4294967296", "0x10", "99999999999999999999"})
    EXPECT_EQ(refusal(std::string("virtual=") + mark + "\n"),
              "Error [7] reading file CONFIG at line 1: invalid address for virtual server\n")
        << mark;
}

TEST(LdirectordCf, AddressWithoutPortIsAMarkAndAWarning) {  // L8, Q3
  const std::string text = "virtual=192.168.6.240\n\treal=10.0.0.11 gate\n";
  EXPECT_EQ(virtual_id(service(text)), "fwm:192");
  EXPECT_THAT(messages(text),
              ElementsAre("\"192.168.6.240\" has no port: it is read as firewall mark 192"));
}

TEST(LdirectordCf, ReceiveMustBeARegularExpression) {  // L10
  const std::string refused = "Error [7] reading file CONFIG at line 2: invalid receive string\n";
  EXPECT_EQ(refusal(kService + "\treceive=\"(OK\"\n"), refused);
  EXPECT_EQ(refusal(kService + "\treal=10.0.0.11:80 gate 1 \"a\", \"*\"\n"), refused);
}

TEST(LdirectordCf, UnknownEscapesOfAPatternStandForThemselvesAsInPerl) {
  EXPECT_EQ(service(kService + "\treceive=\"\\yes \\d+\"\n").receive, "\\yes \\d+");
}

TEST(LdirectordCf, SchedflagsReachNoShell) {  // L10, Q7
  EXPECT_EQ(service(kService + "\tschedflags=sh-port,flag-1\n").sched_flags, "sh-port,flag-1");
  EXPECT_EQ(refusal(kService + "\tschedflags=sh-port;reboot\n"),
            "Error [7] reading file CONFIG at line 2: invalid sched-flags\n");
}

// ---- what was valid in 2005 (L40)
// -----------------------------------------------------------------

TEST(LdirectordCf, ConnecttimeoutIsAcceptedWithAWarning) {
  const std::string text = "connecttimeout=5\n" + kService + "\tconnecttimeout=0\n";
  const auto parsed = parse_as_recorded(text);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value.globals.settings.connect_timeout->value, 5u);
  EXPECT_EQ(effective(parsed.value.globals, parsed.value.virtuals[0]).connect_timeout, seconds(0));
  EXPECT_EQ(parsed.diagnostics.size(), 2u);
  EXPECT_THAT(legacy(text), ElementsAre("4.12 does not know connecttimeout",
                                        "4.12 does not know connecttimeout"));
}

TEST(LdirectordCf, GlobalFallbackMayHaveAComment) {
  for (const char* line :
       {"fallback=127.0.0.1:8080 masq # local page", "fallback=127.0.0.1:8080 #x",
        "fallback=127.0.0.1:8080#x", "fallback=127.0.0.1:8080 # gate"}) {
    const auto parsed = parse_as_recorded(std::string(line) + "\n");
    ASSERT_TRUE(parsed.ok()) << line;
    EXPECT_EQ(parsed.value.globals.fallback->tcp->server.name(), "127.0.0.1:8080") << line;
    EXPECT_THAT(legacy(line), ElementsAre("4.12 refuses a comment behind a global fallback"));
  }
}

TEST(LdirectordCf, GlobalFallbackMayNameAServiceOfOneTransport) {
  const auto parsed = parse_as_recorded("fallback=127.0.0.1:http\n");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value.globals.fallback->tcp->server.port, 80);
  EXPECT_FALSE(parsed.value.globals.fallback->udp);
}

TEST(LdirectordCf, NetmaskMayBeFollowedByWhiteSpace) {
  EXPECT_EQ(service(kService + "\tnetmask=255.255.255.0 \r\n").netmask, "255.255.255.0");
}

// ---- ours alone
// -----------------------------------------------------------------------------------

TEST(LdirectordCf, NewDirectivesHoldGloballyAndPerVirtualService) {
  const auto parsed = parse_as_recorded(
      "failed=remove\nrisecount=3\nminimum=2 keep\ndrift=repair\ntlsverify=chain\n"
      "tlscafile=/etc/ssl/ca.pem\nexpire_quiescent=yes\n\n" +
      kService + "\n" + "virtual=192.0.2.11:80\n" +
      "\tfailed=quiesce\n\trisecount=1\n\tminimum=1 fallback\n\tdrift=keep\n\ttlsverify=none\n"
      "\ttlscafile=\"/etc/ssl/other ca.pem\"\n");
  ASSERT_TRUE(parsed.ok());
  const Globals& globals = parsed.value.globals;
  EXPECT_TRUE(globals.expire_quiescent);
  const Effective first = effective(globals, parsed.value.virtuals[0]);
  EXPECT_EQ(first.failed, Failed::kRemove);
  EXPECT_EQ(first.rise_count, 3u);
  EXPECT_EQ(first.minimum->reals, 2u);
  EXPECT_EQ(first.minimum->action, Minimum::Action::kKeep);
  EXPECT_EQ(first.drift, Drift::kRepair);
  EXPECT_EQ(first.tls_verify, TlsVerify::kChain);
  EXPECT_EQ(first.tls_ca_file, "/etc/ssl/ca.pem");
  const Effective second = effective(globals, parsed.value.virtuals[1]);
  EXPECT_EQ(second.failed, Failed::kQuiesce);
  EXPECT_EQ(second.rise_count, 1u);
  EXPECT_EQ(second.minimum->action, Minimum::Action::kFallback);
  EXPECT_EQ(second.drift, Drift::kKeep);
  EXPECT_EQ(second.tls_verify, TlsVerify::kNone);
  EXPECT_EQ(second.tls_ca_file, "/etc/ssl/other ca.pem");
}

TEST(LdirectordCf, NothingNewIsOnUnlessItIsAskedFor) {  // G6
  const auto parsed = parse_as_recorded(kService);
  const Effective e = effective(parsed.value.globals, parsed.value.virtuals[0]);
  EXPECT_EQ(e.failed, Failed::kQuiesce);
  EXPECT_EQ(e.rise_count, 1u);
  EXPECT_FALSE(e.minimum);
  EXPECT_EQ(e.drift, Drift::kKeep);
  EXPECT_FALSE(e.tls_verify);
  EXPECT_FALSE(parsed.value.globals.expire_quiescent);
  EXPECT_FALSE(e.quiescent);  // L1: as 4.12
}

TEST(LdirectordCf, TimeoutsStandInForEachOther) {
  const auto timeouts = [](const std::string& text) {
    const auto parsed = parse_as_recorded(text);
    const Effective e = effective(parsed.value.globals, parsed.value.virtuals.at(0));
    return fmt::format("check {} negotiate {}", e.check_timeout.count(),
                       e.negotiate_timeout.count());
  };
  EXPECT_EQ(timeouts(kService), "check 5 negotiate 30");
  EXPECT_EQ(timeouts("checktimeout=7\n" + kService), "check 7 negotiate 7");
  EXPECT_EQ(timeouts("negotiatetimeout=9\n" + kService + "\tchecktimeout=7\n"),
            "check 7 negotiate 7");
}

TEST(LdirectordCf, OwnCheckintervalCountsOnlyWithFork) {  // L24
  const auto interval = [](const std::string& text) {
    const auto parsed = parse_as_recorded(text);
    return effective(parsed.value.globals, parsed.value.virtuals.at(0)).check_interval;
  };
  EXPECT_EQ(interval("fork=yes\n" + kService + "\tcheckinterval=3\n"), seconds(3));
  EXPECT_EQ(interval("checkinterval=8\n" + kService + "\tcheckinterval=3\n"), seconds(8));
}

TEST(LdirectordCf, GlobalFallbackServesAFirewallMarkWithPort0) {  // L13
  const auto parsed = parse_as_recorded("fallback=127.0.0.1:80 gate\nvirtual=5\n");
  const auto fallback = effective(parsed.value.globals, parsed.value.virtuals.at(0)).fallback;
  ASSERT_TRUE(fallback);
  EXPECT_EQ(fallback->server.name(), "127.0.0.1:0");
}

TEST(LdirectordCf, GlobalFallbackWithoutAPortTakesThatOfEachVirtual) {
  const auto parsed = parse_as_recorded("fallback=127.0.0.1\nvirtual=192.0.2.10:8080\n");
  const auto fallback = effective(parsed.value.globals, parsed.value.virtuals.at(0)).fallback;
  ASSERT_TRUE(fallback);
  EXPECT_EQ(fallback->server.name(), "127.0.0.1:8080");
}

// ---- how errors are collected
// ---------------------------------------------------------------------

TEST(LdirectordCf, AllErrorsAreReportedAndOneOldLine) {
  const std::string text =
      "checkinterval=often\n" + kService + "\treal=10.0.0.11:80 gat\n\trecieve=\"x\"\n\nfoo\n";
  EXPECT_THAT(messages(text), ElementsAre("checkinterval has no number in \"often\"",
                                          "\"recieve\" is no virtual service directive",
                                          "real server has no forwarding method \"gat\"",
                                          "\"foo\" is no global directive"));
  EXPECT_EQ(refusal(text),
            "Error [7] reading file CONFIG at line 1: invalid check interval value\n");
}

TEST(LdirectordCf, OldWarningsBeforeTheFirstErrorKeepTheirLines) {
  EXPECT_EQ(refusal("checkcount=2\nfork=maybe\ncheckcount=3\n"),
            "Warning [7] reading file CONFIG at line 1: checkcount option is deprecated and slated "
            "for removal.  please see 'failurecount'\n"
            "Error [7] reading file CONFIG at line 2: fork must be 'yes' or 'no'\n");
}

TEST(LdirectordCf, LinesBehindABlankLineAreOneError) {
  EXPECT_THAT(messages(kService + "\n    real=10.0.0.11:80 gate\n    real=10.0.0.12:80 gate\n"),
              ElementsAre("\"real\" is no global directive"));
}

TEST(LdirectordCf, ASectionBehindARefusedVirtualLineIsStillLookedAt) {
  EXPECT_THAT(messages("virtual=nowhere\n\trecieve=\"x\"\n\treceive=\"x\"\n"),
              ElementsAre("\"nowhere\" is no address for a virtual service",
                          "\"recieve\" is no virtual service directive"));
}

TEST(LdirectordCf, ErrorsEndWithANoteAtTheHundredth) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "foo\n";
  const auto said = messages(text);
  EXPECT_EQ(said.size(), 101u);
  EXPECT_EQ(said.back(), "too many errors, the rest is not read");
}

TEST(LdirectordCf, PasswordsAreNotRepeatedInMessages) {
  for (const char* line : {"\tpasswd=geheim\n", "\tsecret=\"geheim\n", "\tpasswd=\"a\" geheim\n"})
    for (const std::string& message : messages(kService + line))
      EXPECT_THAT(message, testing::Not(HasSubstr("geheim")));
}

TEST(LdirectordCf, EmptyTextIsAnEmptyConfiguration) {
  const auto parsed = parse_as_recorded("");
  EXPECT_TRUE(parsed.ok());
  EXPECT_THAT(parsed.value.virtuals, IsEmpty());
  EXPECT_THAT(parsed.diagnostics, IsEmpty());
}

TEST(LdirectordCf, BytesThatAreNoTextDoNoHarm) {
  const std::string text = kService + std::string("\tcomment=\xff\x00\x1b[31m\xc3\x28\n", 19);
  const auto parsed = parse_as_recorded(text);
  EXPECT_TRUE(parsed.ok());
  EXPECT_THAT(dump_json(parsed.value), HasSubstr("\"comment\""));
}

// ---- advice for `check`
// ---------------------------------------------------------------------------

TEST(LdirectordAdvice, NamesSettingsWithoutEffect) {
  EXPECT_THAT(advice("quiescent=no\n" + kService +
                     "\treal=10.0.0.11:80 gate\n\tnetmask=255.255.255.0\n\tops=yes\n"),
              ElementsAre("netmask has no effect without persistent", "ops has no effect"));
}

TEST(LdirectordAdvice, NamesAPortThatGateCanNotChange) {  // L33
  EXPECT_THAT(advice("quiescent=no\n" + kService + "\treal=10.0.0.11:8080 gate\n"),
              ElementsAre("gate can not change the port: real server gets port 80, not 8080"));
}

TEST(LdirectordAdvice, NamesWeight0) {  // L16
  EXPECT_THAT(
      advice("quiescent=no\n" + kService + "\treal=10.0.0.11:80 masq 0\n"),
      ElementsAre("weight 0: the real server gets no clients, and still keeps the fallback out"));
}

TEST(LdirectordAdvice, NamesClientsThatStickToAFailedServer) {  // L17
  const std::string sticky = kService + "\treal=10.0.0.11:80 masq\n\tpersistent=600\n";
  EXPECT_THAT(advice("quiescent=yes\n" + sticky),
              ElementsAre("persistent with quiescent=yes: clients stay with a failed real server"));
  EXPECT_THAT(advice("quiescent=yes\nfailed=remove\n" + sticky), IsEmpty());
  EXPECT_THAT(advice("quiescent=yes\nexpire_quiescent=yes\n" + sticky), IsEmpty());
}

TEST(LdirectordAdvice, AsksForQuiescentToBeSaid) {  // L1
  EXPECT_THAT(advice(kService + "\treal=10.0.0.11:80 masq\n"),
              ElementsAre("quiescent is not given, so a failed real server is removed"));
}

TEST(LdirectordAdvice, NamesLinesThatAnOldLdirectordReadsOtherwise) {
  EXPECT_THAT(legacy("failed=remove\n" + kService + "\treal=10.0.0.11:80 gate 1 \"/a\", \"b\"\n"),
              ElementsAre("4.12 does not know failed",
                          "4.12 ignores what follows a request that begins with \"/\""));
}

}  // namespace
}  // namespace um::parsers
