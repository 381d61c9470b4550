#include "ldirectord/mail.hpp"

#include <array>
#include <chrono>
#include <ctime>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "base/process.hpp"

namespace um::ldirectord {
namespace asio = boost::asio;
namespace {

using asio::ip::tcp;
constexpr std::chrono::seconds kLimit{30};

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string user_name() {
  const char* name = getlogin();
  return name != nullptr ? name : "root";
}

std::string date_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S %z", &parts);
  return text.data();
}

// A line that begins with a dot would end the mail.
std::string stuffed(const std::string& text) {
  std::string out;
  bool line_start = true;
  for (char c : text) {
    if (line_start && c == '.') out += '.';
    if (c == '\n') out += '\r';
    out += c;
    line_start = c == '\n';
  }
  return out;
}

class SmtpTalk {
 public:
  SmtpTalk(tcp::socket socket) : socket_(std::move(socket)) {}

  // The code of the whole answer, continuation lines skipped.
  asio::awaitable<int> answer() {
    for (;;) {
      const std::size_t size = co_await asio::async_read_until(
          socket_, asio::dynamic_buffer(input_, 64 * 1024), '\n', asio::use_awaitable);
      const std::string line = input_.substr(0, size);
      input_.erase(0, size);
      if (line.size() >= 4 && line[3] == '-') continue;
      co_return std::atoi(line.c_str());
    }
  }
  asio::awaitable<int> ask(const std::string& line) {
    co_await asio::async_write(socket_, asio::buffer(line + "\r\n"), asio::use_awaitable);
    co_return co_await answer();
  }

 private:
  tcp::socket socket_;
  std::string input_;
};

asio::awaitable<bool> smtp_dialogue(const Mail& mail) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  const auto endpoints = co_await resolver.async_resolve(mail.smtp, "25", asio::use_awaitable);
  tcp::socket socket(executor);
  co_await asio::async_connect(socket, endpoints, asio::use_awaitable);
  SmtpTalk talk(std::move(socket));
  const std::string sender = user_name() + "@" + host_name();
  if (co_await talk.answer() != 220) co_return false;
  if (co_await talk.ask("EHLO " + host_name()) != 250 &&
      co_await talk.ask("HELO " + host_name()) != 250)
    co_return false;
  if (co_await talk.ask("MAIL FROM:<" + sender + ">") != 250) co_return false;
  bool anybody = false;
  for (const std::string& to : recipients(mail.to)) {
    const int code = co_await talk.ask("RCPT TO:<" + to + ">");
    anybody = anybody || code == 250 || code == 251;
  }
  if (!anybody || co_await talk.ask("DATA") != 354) co_return false;
  const std::string text = fmt::format("From: {}\nTo: {}\nSubject: {}\nDate: {}\n\n{}",
                                       mail.from.empty() ? sender : mail.from, mail.to,
                                       mail.subject, date_text(), mail.body);
  const bool taken = co_await talk.ask(stuffed(text) + ".") == 250;
  co_await talk.ask("QUIT");
  co_return taken;
}

asio::awaitable<bool> within_limit(asio::awaitable<bool> dialogue) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(co_await asio::this_coro::executor, kLimit);
  auto first = co_await (std::move(dialogue) || timer.async_wait(asio::use_awaitable));
  co_return first.index() == 0 && std::get<0>(first);
}

asio::awaitable<bool> local_mailer(const Mail& mail) {
  Command command;
  for (const char* sendmail : {"/usr/sbin/sendmail", "/usr/lib/sendmail"})
    if (command.argv.empty() && access(sendmail, X_OK) == 0) {
      command.argv = {sendmail, "-t"};
      command.input = local_message(mail);
    }
  for (const char* mailer : {"/usr/bin/mail", "/usr/bin/mailx"})
    if (command.argv.empty() && access(mailer, X_OK) == 0) {
      command.argv = {mailer, "-s", mail.subject, "--", mail.to};
      command.input = mail.body;
    }
  if (command.argv.empty()) co_return false;
  command.environment = current_environment();
  command.directory = "/";
  command.output = OutputTo::kNull;
  const Ran ran = co_await run(std::move(command), kLimit);
  co_return ran.exited.ok();
}

}  // namespace

std::string local_message(const Mail& mail) {
  const std::string from = mail.from.empty() ? "" : "From: " + mail.from + "\n";
  return fmt::format("{}To: {}\nSubject: {}\n\n{}", from, mail.to, mail.subject, mail.body);
}

asio::awaitable<std::string> send_mail(const Mail& mail) {
  if (mail.smtp.empty()) {
    const bool taken = co_await local_mailer(mail);
    co_return taken ? "" : "failed to send email message";
  }
  bool taken = false;
  try {
    taken = co_await within_limit(smtp_dialogue(mail));
  } catch (const boost::system::system_error&) {
    taken = false;  // refused, reset, unknown host: one line for all, as before
  }
  co_return taken ? "" : "failed to send SMTP email message";
}

}  // namespace um::ldirectord
