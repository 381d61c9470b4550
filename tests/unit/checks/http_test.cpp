#include "checks/http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "canned_server.hpp"

namespace um::checks {
namespace {
using namespace std::chrono_literals;
using testing::CannedServer;
using ::testing::HasSubstr;
using testing::run;
using ::testing::StartsWith;

Probe http_probe(const Target& target) {
  Probe probe;
  probe.target = target;
  probe.check_type = "negotiate";
  probe.service = "http";
  probe.request = "/ldirector.html";
  probe.receive = "Test Page";
  return probe;
}

Outcome ask_server_that_answers(const std::string& answer) {
  boost::asio::io_context context;
  CannedServer server(context, {answer});
  return run(context, http_probe(server.target()));
}

TEST(HttpCheck, IsUpWhenTheBodyMatches) {
  const Outcome outcome =
      ask_server_that_answers("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nTest Page");
  EXPECT_TRUE(outcome.up);
  EXPECT_EQ(outcome.reason, "HTTP 200 OK");
}

TEST(HttpCheck, AsksForTheRequestWithHostWithoutPort) {
  boost::asio::io_context context;
  CannedServer server(context, {"HTTP/1.1 200 OK\r\n\r\nTest Page"});
  EXPECT_TRUE(run(context, http_probe(server.target())).up);
  EXPECT_THAT(server.received(), StartsWith("GET /ldirector.html HTTP/1.1\r\nHost: 127.0.0.1\r\n"));
  EXPECT_THAT(server.received(), HasSubstr("\r\nUser-Agent: libwww-perl/6.68 (ultramonkey/"));
}

TEST(HttpCheck, SendsTheVirtualHost) {
  boost::asio::io_context context;
  CannedServer server(context, {"HTTP/1.1 200 OK\r\n\r\nTest Page"});
  Probe probe = http_probe(server.target());
  probe.virtual_host = "www.example.com";
  EXPECT_TRUE(run(context, probe).up);
  EXPECT_THAT(server.received(), HasSubstr("\r\nHost: www.example.com\r\n"));
}

TEST(HttpCheck, IsDownWhenTheBodyDoesNotMatch) {
  const Outcome outcome =
      ask_server_that_answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nOther");
  EXPECT_FALSE(outcome.up);
  EXPECT_EQ(outcome.reason, "HTTP 200 OK, but \"Test Page\" is not in the 5 bytes received");
}

TEST(HttpCheck, IsDownOnAnErrorStatusWhateverTheBody) {
  const Outcome outcome =
      ask_server_that_answers("HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\nTest Page");
  EXPECT_FALSE(outcome.up);
  EXPECT_EQ(outcome.reason, "HTTP 503 Busy instead of 200");
}

TEST(HttpCheck, ReadsChunkedBodies) {
  EXPECT_TRUE(ask_server_that_answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                      "5\r\nTest \r\n4\r\nPage\r\n0\r\n\r\n")
                  .up);
}

TEST(HttpCheck, ReadsBodiesThatEndWithTheConnection) {
  EXPECT_TRUE(ask_server_that_answers("HTTP/1.0 200 OK\r\n\r\n<h1>Test Page</h1>").up);
}

TEST(HttpCheck, IsDownWhenTheAnswerIsCutShort) {
  const Outcome outcome =
      ask_server_that_answers("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nTest Page");
  EXPECT_FALSE(outcome.up);
  EXPECT_EQ(outcome.reason, "answer cut short");
}

TEST(HttpCheck, IsDownWhenTheServerHangsUpWithoutAWord) {
  EXPECT_EQ(ask_server_that_answers("").reason,
            "connection closed by the server without an answer");
}

TEST(HttpCheck, IsDownOnGarbage) {
  const Outcome outcome = ask_server_that_answers("SSH-2.0-OpenSSH_9.2\r\nTest Page\r\n");
  EXPECT_FALSE(outcome.up);
  EXPECT_THAT(outcome.reason, StartsWith("no HTTP answer ("));
}

TEST(HttpCheck, IsDownWhenTheConnectionIsRefused) {
  boost::asio::io_context context;
  const testing::ClosedPort closed(context);
  EXPECT_EQ(run(context, http_probe(closed.target())).reason,
            "connection refused while connecting");
}

TEST(HttpCheck, SilentServerIsDownAtTheDeadline) {
  boost::asio::io_context context;
  CannedServer server(context, {.answer = "", .keep_open = true});
  EXPECT_EQ(run(context, http_probe(server.target()), 50ms).reason,
            "timed out while waiting for the answer");
}

TEST(HttpCheck, TricklingServerCannotOutliveTheDeadline) {
  boost::asio::io_context context;
  CannedServer server(context, {.answer = "HTTP/1.1 200 OK\r\n\r\nTest Page and much more of it",
                                .between_bytes = 20ms});
  EXPECT_EQ(run(context, http_probe(server.target()), 100ms).reason,
            "timed out while reading the answer");
}

TEST(HttpCheck, FollowsRedirects) {
  boost::asio::io_context context;
  CannedServer page(context, {"HTTP/1.1 200 OK\r\n\r\nTest Page"});
  CannedServer server(context, {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" +
                                std::to_string(page.target().port) + "/there?x=1\r\n\r\n"});
  EXPECT_TRUE(run(context, http_probe(server.target())).up);
  EXPECT_THAT(page.received(), StartsWith("GET /there?x=1 HTTP/1.1\r\n"));
}

TEST(HttpCheck, GivesUpAfterSevenRedirects) {
  boost::asio::io_context context;
  CannedServer server(context, {"HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n"});
  EXPECT_EQ(run(context, http_probe(server.target())).reason, "more than 7 redirects");
  EXPECT_EQ(server.connections(), 8);
}

TEST(HttpCheck, ProxyGetsTheAbsoluteUrl) {
  boost::asio::io_context context;
  CannedServer proxy(context, {"HTTP/1.1 200 OK\r\n\r\nTest Page"});
  Probe probe = http_probe(proxy.target());
  probe.service = "http_proxy";
  probe.request = "http://www.example.com/index.html";
  EXPECT_TRUE(run(context, probe).up);
  EXPECT_THAT(proxy.received(), StartsWith("GET http://www.example.com/index.html HTTP/1.1\r\n"
                                           "Host: www.example.com\r\n"));
}

TEST(HttpCheck, HeadExpectsNoBody) {
  boost::asio::io_context context;
  CannedServer server(context, {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"});
  Probe probe = http_probe(server.target());
  probe.http_method = "HEAD";
  probe.receive = "";
  EXPECT_TRUE(run(context, probe).up);
}

TEST(HttpCheck, EndlessBodyIsCutOff) {
  const std::string answer = "HTTP/1.1 200 OK\r\n\r\n" + std::string(17 * 1024 * 1024, 'x');
  const Outcome outcome = ask_server_that_answers(answer);
  EXPECT_FALSE(outcome.up);
  EXPECT_THAT(outcome.reason, HasSubstr("body limit exceeded"));
}

TEST(Url, FollowsTheFormsThatServersSend) {
  const Url here = *parse_url("http://www.example.com/a/b?x=1");
  EXPECT_EQ(follow(here, "c")->target, "/a/c");
  EXPECT_EQ(follow(here, "/c?y=2")->target, "/c?y=2");
  EXPECT_EQ(follow(here, "//other.example.com/")->host, "other.example.com");
  EXPECT_EQ(follow(here, "https://[2001:db8::1]:8443/x")->port, 8443);
  EXPECT_EQ(follow(here, "https://[2001:db8::1]/x")->host, "2001:db8::1");
  EXPECT_FALSE(follow(here, "ftp://www.example.com/"));
  EXPECT_FALSE(follow(here, "http://a b/"));
}

}  // namespace
}  // namespace um::checks
