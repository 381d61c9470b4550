// guard.hpp - keeps the addresses that we own where they belong (decision R29).
//
// Pure. Shown what we own (owned.hpp) and what the kernel has, it says which address must be put
// back because somebody else removed it, and which must be announced again because its link was
// without carrier in between, so that a switch may have forgotten it. An address is put back at
// most once a second: against a program that keeps removing it the guard neither gives up nor
// burns the processor. It never acts on an address that is present anywhere on a real interface.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "address/owned.hpp"
#include "address/table.hpp"
#include "base/clock.hpp"

namespace um::address {

struct GuardAction {
  enum class Kind { kPutBack, kAnnounce };  // what is put back must be announced, too
  Kind kind = Kind::kPutBack;
  Owned owned;
};

class Guard {
 public:
  static constexpr std::chrono::seconds kPace{1};

  /// To be called after every change that AddressWatch reports, with fresh copies of both.
  std::vector<GuardAction> look(const std::vector<Owned>& owned, const Table& table, TimePoint now);
  /// When to look again although nothing has changed; nothing: only after a change.
  std::optional<TimePoint> next_look() const { return next_look_; }

 private:
  bool may_put_back(const Ip& ip, TimePoint now);

  std::map<Ip, TimePoint> put_back_;
  std::map<std::string, bool> carrier_;  // by device, as of the last look
  std::optional<TimePoint> next_look_;
};

}  // namespace um::address
