// receiver.hpp - may this packet be believed? (wire 6.2, 7.5, 7.7; decisions W12, W14, W15)
//
// Node, generation and number are judged here, and lost numbers noted; what the message says is
// Membership's business. A node that starts, or comes back, is introduced by a status: what
// overtook that status is asked for again, so nothing of it is lost and nothing is believed too
// early.
#pragma once
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "cluster/config.hpp"
#include "cluster/log_limiter.hpp"
#include "cluster/outbox.hpp"
#include "cluster/roster.hpp"

namespace um::cluster {

enum class Verdict : std::uint8_t {
  kRefused,    // not to be believed, or nothing new: no trace of it
  kDuplicate,  // another copy of the newest message: its link works
  kOurEcho,    // our own packet, back from the network
  kNotForUs,   // counted in the node's numbers, but addressed to another
  kAccepted,
};

struct Admission {
  Verdict verdict = Verdict::kRefused;
  Peer* peer = nullptr;  // nullptr: unknown
  bool restarted = false;
  bool returned = false;
  bool gaps_changed = false;  // missing numbers came or were given up: look at held messages
};

class Receiver {
 public:
  Receiver(const Config& config, Roster& roster) : config_(config), roster_(roster) {}

  /// `link` is where it came in; `newest_sent` our own highest number.
  Admission admit(const wire::Message& message, std::string_view link, std::uint64_t newest_sent,
                  TimePoint now, Outbox& out);

  /// Addressed to nobody in particular, or to us.
  bool for_us(const wire::Message& message) const;

  /// A line that `source` causes, at most one in a minute, then counts.
  void limited(const std::string& source, LogLevel level, std::string line, TimePoint now,
               Outbox& out);
  void log_counts(TimePoint now, Outbox& out);

 private:
  bool well_formed(const wire::Message& message, std::string_view link, TimePoint now, Outbox& out);
  Peer* identify(const wire::Message& message, TimePoint now, Outbox& out);
  bool right_uuid(Peer& peer, const wire::Message& message, TimePoint now, Outbox& out);
  Admission judge_echo(const wire::Message& message, std::uint64_t newest_sent, TimePoint now,
                       Outbox& out);
  bool introduce(Peer& peer, const wire::Message& message, Admission& admission, TimePoint now,
                 Outbox& out);
  void number(Peer& peer, std::uint64_t number, Admission& admission, TimePoint now, Outbox& out);
  void dump(const wire::Message& message, Outbox& out) const;

  const Config& config_;
  Roster& roster_;
  LogLimiter limiter_;
};

}  // namespace um::cluster
