// What the checks say to servers, beside what was recorded of ldirectord 4.12
// (tests/vectors/ldirectord-runtime: protocol p08 to p31), where no decision differs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "canned_server.hpp"
#include "checks/dns_message.hpp"
#include "checks/failure.hpp"
#include "checks/ldap_message.hpp"
#include "checks/radius_message.hpp"
#include "scripted_server.hpp"

namespace um::checks {
namespace {
using testing::CannedServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ScriptedServer;
using ::testing::StartsWith;

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

Probe probe_of(const std::string& service, const Target& target) {
  Probe probe;
  probe.target = target;
  probe.check_type = "negotiate";
  probe.service = service;
  return probe;
}

Probe joe(const std::string& service, const Target& target, const std::string& password) {
  Probe probe = probe_of(service, target);
  probe.login = "joe";
  probe.password = password;
  return probe;
}

TEST(SmtpCheck, SaysEhloAndQuit) {
  boost::asio::io_context context;
  ScriptedServer server(context, "220 mx ESMTP\r\n",
                        {{"EHLO", "250-mx\r\n250 PIPELINING\r\n"}, {"QUIT", "221 bye\r\n"}});
  EXPECT_TRUE(testing::run(context, probe_of("smtp", server.target())).up);
  ASSERT_FALSE(server.heard().empty());
  EXPECT_THAT(server.heard()[0], StartsWith("EHLO "));
  EXPECT_THAT(server.heard()[0], HasSubstr("."));
}

TEST(SmtpCheck, TriesHeloWhenEhloIsRefused) {
  boost::asio::io_context context;
  ScriptedServer server(context, "220 mx\r\n", {{"EHLO", "502 what?\r\n"}, {"HELO", "250 mx\r\n"}});
  EXPECT_TRUE(testing::run(context, probe_of("smtp", server.target())).up);
}

TEST(SmtpCheck, IsDownWhenBothAreRefused) {
  boost::asio::io_context context;
  ScriptedServer server(context, "220 mx\r\n", {});
  const Outcome outcome = testing::run(context, probe_of("smtp", server.target()));
  EXPECT_FALSE(outcome.up);
  EXPECT_EQ(outcome.reason, "HELO: 500 -ERR no");
}

TEST(PopCheck, LogsInByApopWhereTheGreetingOffersIt) {
  boost::asio::io_context context;
  ScriptedServer server(context, "+OK pop <1896.697170952@dbc.mtview.ca.us>\r\n",
                        {{"APOP", "+OK in\r\n"}, {"STAT", "+OK 0 0\r\n"}, {"QUIT", "+OK\r\n"}});
  EXPECT_TRUE(testing::run(context, joe("pop", server.target(), "pw")).up);
  ASSERT_GE(server.heard().size(), 2U);
  EXPECT_EQ(server.heard()[0], "APOP joe fee8bb0d4776c9e211f670be1263cbaa");
  EXPECT_EQ(server.heard()[1], "STAT");
}

TEST(PopCheck, FallsBackToThePasswordWhenApopIsRefused) {
  boost::asio::io_context context;
  ScriptedServer server(context, "+OK pop <1@x>\r\n",
                        {{"APOP", "-ERR no\r\n"},
                         {"USER joe", "+OK\r\n"},
                         {"PASS pw", "+OK\r\n"},
                         {"STAT", "+OK 0 0\r\n"}});
  EXPECT_TRUE(testing::run(context, joe("pop", server.target(), "pw")).up);
}

TEST(PopCheck, IsDownWhenTheMailboxIsLocked) {
  boost::asio::io_context context;
  ScriptedServer server(
      context, "+OK pop\r\n",
      {{"USER", "+OK\r\n"}, {"PASS", "+OK\r\n"}, {"STAT", "-ERR [IN-USE] locked\r\n"}});
  EXPECT_EQ(testing::run(context, joe("pop", server.target(), "pw")).reason,
            "STAT: -ERR [IN-USE] locked");
}

TEST(ImapCheck, QuotesWhatIsNoAtomAndNeverExpunges) {
  boost::asio::io_context context;
  ScriptedServer server(context, "* OK imap ready\r\n",
                        {{"0 LOGIN", "* CAPABILITY IMAP4rev1\r\n0 OK done\r\n"}});
  EXPECT_TRUE(testing::run(context, joe("imap", server.target(), "p w\\x")).up);
  ASSERT_FALSE(server.heard().empty());
  EXPECT_EQ(server.heard()[0], R"(0 LOGIN joe "p w\\x")");
  for (const std::string& line : server.heard()) EXPECT_EQ(line.find("EXPUNGE"), std::string::npos);
}

TEST(NntpCheck, IsDownOnAGreetingThatRefuses) {
  boost::asio::io_context context;
  ScriptedServer server(context, "502 no permission\r\n", {});
  EXPECT_EQ(testing::run(context, probe_of("nntp", server.target())).reason,
            "greeting: 502 no permission");
}

TEST(SimpletcpCheck, SendsLineFeedsAndTestsLineByLine) {
  boost::asio::io_context context;
  CannedServer server(context, {"hi\nPONG 1\n"});
  Probe probe = probe_of("simpletcp", server.target());
  probe.request = "/PING\\nQ";
  probe.receive = "^PONG";
  EXPECT_TRUE(testing::run(context, probe).up);
  EXPECT_EQ(server.received(), "PING\nQ");
}

TEST(SipCheck, AsksForOptions) {
  boost::asio::io_context context;
  CannedServer server(context, {"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"});
  Probe probe = probe_of("sip", server.target());
  probe.login = "hc@example.com";
  EXPECT_TRUE(testing::run(context, probe).up);
  EXPECT_THAT(server.received(), StartsWith("OPTIONS sip:hc@example.com SIP/2.0\r\n"
                                            "Via: SIP/2.0/UDP 127.0.0.1:"));
  EXPECT_THAT(server.received(), HasSubstr("Max-Forwards: 70\r\nTo: <sip:hc@example.com>\r\n"
                                           "From: <sip:hc@example.com>;tag=1928301774\r\n"));
}

TEST(LdapMessage, BindsAndSearchesWithTheRecordedBytes) {
  EXPECT_EQ(to_hex(ldap_bind_request(1, "", "")), "300c020101600702010304008000");
  EXPECT_EQ(to_hex(ldap_bind_request(1, "cn=admin", "pw")),
            "301602010160110201030408636e3d61646d696e80027077");
  EXPECT_EQ(to_hex(ldap_base_search_request(2, "dc=example,dc=com")),
            "30360201026331041164633d6578616d706c652c64633d636f6d0a01000a0102020100020100010100870b"
            "6f626a656374436c6173733000");
}

TEST(LdapMessage, ReadsTheNameOfAnEntry) {
  const LdapMessage entry = read_ldap_message(from_hex(
      "30290201026424041164633d6578616d706c652c64633d636f6d300f300d04046f626a6331050403746f"
      "70"));
  EXPECT_EQ(entry.kind, LdapMessage::Kind::kEntry);
  EXPECT_EQ(entry.id, 2);
  EXPECT_EQ(entry.name, "dc=example,dc=com");
}

TEST(LdapMessage, SaysWhyABindWasRefused) {
  const LdapMessage refused = read_ldap_message(from_hex("300e02010161090a013104000402686d"));
  EXPECT_EQ(refused.result, 49);
  EXPECT_EQ(ldap_result_text(refused), "invalid credentials (49): hm");
}

TEST(LdapMessage, KnowsItsSizeFromItsHead) {
  EXPECT_EQ(ldap_message_size(""), std::nullopt);
  EXPECT_EQ(ldap_message_size("\x30"), std::nullopt);
  EXPECT_EQ(ldap_message_size("\x30\x0c"), 14U);
  EXPECT_EQ(ldap_message_size("\x30\x82\x01"), std::nullopt);
  EXPECT_EQ(ldap_message_size("\x30\x82\x01\x02"), 4U + 0x102);
  EXPECT_THROW(ldap_message_size("HTTP"), Failure);
  EXPECT_THROW(ldap_message_size("\x30\x84\x7f\xff\xff\xff"), Failure);
  EXPECT_THROW(ldap_message_size("\x30\x80"), Failure);
}

TEST(LdapMessage, RefusesWhatIsCut) {
  const std::string whole = from_hex("30290201026424041164633d6578616d706c652c64633d636f6d");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(read_ldap_message(whole.substr(0, size)), Failure) << size;
}

TEST(DnsMessage, AsksWithTheRecordedBytes) {
  EXPECT_EQ(to_hex(dns_query(dns_question("www.example.com"), 0xf9f2).value()),
            "f9f20100000100000000000003777777076578616d706c6503636f6d0000010001");
  EXPECT_EQ(to_hex(dns_query(dns_question("10.0.0.1"), 0x59d9).value()),
            "59d90100000100000000000001310130013002313007696e2d61646472046172706100000c0001");
}

TEST(DnsMessage, RefusesAnswersToOtherQuestions) {
  const std::string answer = from_hex(
      "f9f28180000100010000000003777777076578616d706c6503636f6d0000010001"
      "c00c000100010000003c00040a010203");
  ASSERT_TRUE(parse_dns_answer(answer, 0xf9f2));
  EXPECT_THAT(parse_dns_answer(answer, 0xf9f2)->records, ElementsAre("10.1.2.3"));
  EXPECT_FALSE(parse_dns_answer(answer, 0xf9f3));
  for (std::size_t size = 0; size < 12; ++size)
    EXPECT_FALSE(parse_dns_answer(answer.substr(0, size), 0xf9f2));
}

RadiusAuthenticator authenticator_of(const std::string& bytes) {
  RadiusAuthenticator authenticator{};
  std::copy_n(bytes.begin(), authenticator.size(), authenticator.begin());
  return authenticator;
}

TEST(RadiusMessage, HidesThePasswordAsRecordedAndIsSigned) {
  const auto authenticator = authenticator_of(from_hex("3cf46caf20e804eb3ed4700d8c7ec5c9"));
  const RadiusLogin login{"joe", "secretpw", "s3cr3t",
                          boost::asio::ip::make_address("192.168.6.1")};
  const std::string packet = to_hex(radius_access_request(login, 0x66, authenticator));
  EXPECT_THAT(packet, StartsWith("01660043"
                                 "3cf46caf20e804eb3ed4700d8c7ec5c9"
                                 "5012"));
  EXPECT_THAT(packet, HasSubstr("01056a6f650212f332d9984c131c76ddbee26ed4bf432d0406c0a80601"));
}

TEST(RadiusMessage, TakesNoAnswerWithAWrongAuthenticator) {
  const RadiusAuthenticator ours{};
  const std::string forged = from_hex(
      "02660014"
      "00000000000000000000000000000000");
  EXPECT_EQ(judge_radius_answer(forged, 0x66, ours, "s3cr3t"), RadiusAnswer::kNotOurs);
  EXPECT_EQ(judge_radius_answer("\x02", 0x66, ours, "s3cr3t"), RadiusAnswer::kNotOurs);
}

}  // namespace
}  // namespace um::checks
