#include "ldirectord/alerts.hpp"

#include <array>
#include <ranges>
#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "ldirectord/mail.hpp"
#include "ldirectord/words.hpp"

namespace um::ldirectord {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kPerMinute = 20;
constexpr Duration kMinute = std::chrono::minutes(1);
constexpr std::size_t kDigestLines = 200;

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

// The mails that exceeded the rate, as one. They share recipient and server.
Mail digest_of(const std::vector<Mail>& mails) {
  Mail digest = mails.front();
  digest.subject = fmt::format("{} more messages of ldirectord", mails.size());
  digest.logged = digest.subject;
  digest.body.clear();
  for (const Mail& mail : mails | std::views::take(kDigestLines))
    digest.body += mail.subject + "\n";
  if (mails.size() > kDigestLines) digest.body += "...\n";
  return digest;
}

// One mail for each recipient and server; a single message stays what it is.
std::vector<Mail> digests_of(const std::deque<Mail>& mails) {
  std::map<std::pair<std::string, std::string>, std::vector<Mail>> groups;
  for (const Mail& mail : mails) groups[{mail.to, mail.smtp}].push_back(mail);
  std::vector<Mail> out;
  for (auto& [where, group] : groups)
    out.push_back(group.size() == 1 ? std::move(group.front()) : digest_of(group));
  return out;
}

}  // namespace

std::vector<std::string> recipients(const std::string& to) {
  std::vector<std::string> out;
  std::string word;
  for (char c : to + ",") {
    if (c != ',' && c != ';' && c != ' ' && c != '\t') {
      word += c;
    } else if (!word.empty()) {
      out.push_back(std::exchange(word, {}));
    }
  }
  return out;
}

void AlertBook::follow(const Roster& roster) {
  from_ = roster.globals.email_alert_from.value_or("");
  std::map<std::string, const RosterVirtual*> present;
  for (const RosterVirtual& v : roster.virtuals)
    for (const RosterReal& real : v.reals) present.emplace(in_virtual(real.name, v), &v);
  std::erase_if(away_, [&](const auto& item) { return !present.contains(item.first); });
  for (auto& [key, away] : away_) away.v.rules = present[key]->rules;
}

std::optional<Mail> AlertBook::mail_for(const RosterVirtual& v, const std::string& text,
                                        Phase phase) const {
  if (v.rules.email_alert.empty() || !v.rules.email_alert_status.has(mail_phase(phase))) return {};
  Mail mail;
  mail.to = v.rules.email_alert;
  mail.from = from_;
  mail.smtp = v.rules.smtp;
  mail.logged = text;
  mail.subject = v.service_name.empty() ? text : fmt::format("[{}] {}", v.service_name, text);
  mail.body = fmt::format("ldirectord host: {}\nLog-Message: {}\nDaemon-Status: {}\n", host_,
                          mail.subject, name_of(phase));
  if (!v.service_name.empty() || !v.comment.empty()) {
    mail.body += "\n";
    if (!v.service_name.empty()) mail.body += "Service name: " + v.service_name + "\n";
    if (!v.comment.empty()) mail.body += "Comment: " + v.comment + "\n";
    mail.body += "\n";
  }
  return mail;
}

void AlertBook::add(const RosterVirtual& v, const Notice& notice, TimePoint now) {
  const std::string key = in_virtual(notice.server_name, v);
  if (notice.about == Notice::About::kLost) {
    Away away{{}, notice.server_name, now};
    away.v.name = v.name;
    away.v.rules = v.rules;
    away.v.service_name = v.service_name;
    away.v.comment = v.comment;
    away_.insert_or_assign(key, std::move(away));
  } else {
    away_.erase(key);
  }
  if (auto mail = mail_for(v, notice.text, notice.phase)) queue(std::move(*mail));
}

void AlertBook::remind(Phase phase, TimePoint now) {
  for (auto& [key, away] : away_) {
    const auto frequency = away.v.rules.email_alert_freq;
    if (frequency.count() == 0 || now - away.last < frequency) continue;
    away.last = now;
    if (auto mail = mail_for(away.v, "Inaccessible real server: " + key, phase))
      queue(std::move(*mail));
  }
}

// What exceeds the rate waits until there is room again and then goes out as one mail.
std::vector<Mail> AlertBook::take(TimePoint now) {
  while (!sent_.empty() && now - sent_.front() >= kMinute) sent_.pop_front();
  std::vector<Mail> out;
  if (held_back_ && sent_.size() < kPerMinute) {
    out = digests_of(std::exchange(waiting_, {}));
    held_back_ = false;
    sent_.insert(sent_.end(), out.size(), now);
    return out;
  }
  while (!waiting_.empty() && sent_.size() < kPerMinute) {
    out.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    sent_.push_back(now);
  }
  held_back_ = !waiting_.empty();
  return out;
}

std::vector<Mail> AlertBook::take_rest() {
  held_back_ = false;
  return digests_of(std::exchange(waiting_, {}));
}

std::optional<TimePoint> AlertBook::next(TimePoint now) const {
  if (waiting_.empty()) return {};
  return sent_.size() < kPerMinute ? now : sent_.front() + kMinute;
}

Alerts::Alerts(asio::any_io_executor executor, Log& log)
    : executor_(std::move(executor)),
      log_(log),
      book_(host_name()),
      alive_(std::make_shared<bool>(true)) {}

Alerts::~Alerts() = default;

void Alerts::add(const RosterVirtual& v, const Notice& notice) {
  book_.add(v, notice, read_clock().monotonic);
  pump();
}

void Alerts::tick(Phase phase) {
  book_.remind(phase, read_clock().monotonic);
  pump();
}

void Alerts::send_rest() {
  send(book_.take_rest());
}

void Alerts::pump() {
  send(book_.take(read_clock().monotonic));
}

void Alerts::send(std::vector<Mail> mails) {
  for (Mail& mail : mails) {
    log_.write(LogLevel::kInfo, "emailalert: " + mail.logged);
    outgoing_.push_back(std::move(mail));
  }
  if (sending_ || outgoing_.empty()) return;
  sending_ = true;
  asio::co_spawn(executor_, send_all(), asio::detached);
}

asio::awaitable<void> Alerts::send_all() {
  auto alive = std::weak_ptr(alive_);
  while (!outgoing_.empty()) {
    const Mail mail = std::move(outgoing_.front());
    outgoing_.pop_front();
    const std::string failure = co_await send_mail(mail);
    if (alive.expired()) co_return;
    if (!failure.empty()) log_.write(LogLevel::kInfo, failure);
  }
  sending_ = false;
}

}  // namespace um::ldirectord
