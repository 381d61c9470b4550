// history.hpp - our last 500 sequenced messages, for peers that lost some (wire 6.3 and 6.5).
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "wire/message.hpp"

namespace um::cluster {

/// What to do about one requested number.
struct RexmitAnswer {
  std::uint64_t number = 0;
  const wire::Message* message = nullptr;  // send it again, unchanged
  std::string_view refusal;                // else: the reason for the NAK
};

class SendHistory {
 public:
  /// The number that the next sequenced message gets; the first is 1.
  std::uint64_t next_number() const { return newest_ + 1; }
  std::uint64_t newest() const { return newest_; }

  /// `message` carries number next_number().
  void store(wire::Message message);

  /// Answers for `first`..`last`: at most 50, nothing for numbers resent less than `pause` ago or
  /// never sent yet. The pointers hold until the next store(). What the peer has acknowledged is
  /// served too (3.0.6 skips it): an acknowledgement meant for our life before this one may come
  /// late.
  std::vector<RexmitAnswer> serve(std::uint64_t first, std::uint64_t last, TimePoint now,
                                  Duration pause);

 private:
  struct Entry {
    wire::Message message;
    std::optional<TimePoint> resent;
  };

  std::uint64_t newest_ = 0;
  std::deque<Entry> entries_;  // numbers newest_ - size + 1 .. newest_
};

}  // namespace um::cluster
