// alerts.hpp - mails about real servers: who gets one, when, and what it says.
//
// The rules are pure (AlertBook): which notices become mails, reminders for servers that stay away,
// at most twenty mails a minute and one digest for the rest (decision L28). Sending (Alerts)
// happens in the background, one mail after the other, and never delays a check.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "ldirectord/director.hpp"

namespace um::ldirectord {

struct Mail {
  std::string to;    // as emailalert says it; may name several
  std::string from;  // emailalertfrom; empty: none given
  std::string subject;
  std::string body;
  std::string smtp;    // the server; empty: the local mail command
  std::string logged;  // what the log says when it goes out
};

/// The addresses in an emailalert value, split at commas and blanks.
std::vector<std::string> recipients(const std::string& to);

class AlertBook {
 public:
  explicit AlertBook(std::string host) : host_(std::move(host)) {}

  /// Reminders for servers that the configuration no longer has are forgotten.
  void follow(const Roster& roster);
  void add(const RosterVirtual& v, const Notice& notice, TimePoint now);
  /// Reminders that are due, each at most once per emailalertfreq.
  void remind(Phase phase, TimePoint now);
  /// The mails to send now; what exceeds the rate waits and goes out as one digest.
  std::vector<Mail> take(TimePoint now);
  /// Everything that waits, whatever the rate: for the end of the daemon.
  std::vector<Mail> take_rest();
  /// When take() or remind() may have something although nothing was added.
  std::optional<TimePoint> next(TimePoint now) const;

 private:
  struct Away {
    RosterVirtual v;  // whose rules the reminder follows
    std::string server_name;
    TimePoint last;
  };

  std::optional<Mail> mail_for(const RosterVirtual& v, const std::string& text, Phase phase) const;
  void queue(Mail mail) { waiting_.push_back(std::move(mail)); }

  std::string host_;
  std::string from_;
  std::map<std::string, Away> away_;  // "RIP:RPORT (VIP:VPORT)"
  std::deque<Mail> waiting_;
  std::deque<TimePoint> sent_;  // within the last minute
  bool held_back_ = false;
};

class Alerts {
 public:
  Alerts(boost::asio::any_io_executor executor, Log& log);
  ~Alerts();

  void follow(const Roster& roster) { book_.follow(roster); }
  void add(const RosterVirtual& v, const Notice& notice);
  /// Once per check interval.
  void tick(Phase phase);
  /// Nothing is held back any more: the daemon ends.
  void send_rest();
  /// True when every mail that may go out has been handed over.
  bool idle() const { return outgoing_.empty() && !sending_; }

 private:
  void pump();
  void send(std::vector<Mail> mails);
  boost::asio::awaitable<void> send_all();

  boost::asio::any_io_executor executor_;
  Log& log_;
  AlertBook book_;
  std::deque<Mail> outgoing_;
  bool sending_ = false;
  std::shared_ptr<bool> alive_;
};

}  // namespace um::ldirectord
