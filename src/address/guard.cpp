#include "address/guard.hpp"

#include <algorithm>

#include "address/takeover.hpp"

namespace um::address {

std::vector<GuardAction> Guard::look(const std::vector<Owned>& owned, const Table& table,
                                     TimePoint now) {
  next_look_.reset();
  std::vector<GuardAction> actions;
  for (const Owned& one : owned) {
    const Link* link = table.link(one.place.device);
    if (!link) continue;  // comes back with its device, if at all
    const auto before = carrier_.find(link->name);
    const bool returned = before != carrier_.end() && !before->second && link->carrier;
    if (status_of(one.place.ip, one.place.device, table) != Status::kRunning) {
      if (may_put_back(one.place.ip, now)) actions.push_back({GuardAction::Kind::kPutBack, one});
    } else if (returned) {
      actions.push_back({GuardAction::Kind::kAnnounce, one});
    }
  }
  carrier_.clear();
  for (const Link& link : table.links) carrier_[link.name] = link.carrier;
  std::erase_if(put_back_, [&](const auto& entry) { return now - entry.second > kPace; });
  return actions;
}

bool Guard::may_put_back(const Ip& ip, TimePoint now) {
  const auto last = put_back_.find(ip);
  if (last != put_back_.end() && now - last->second < kPace) {
    const TimePoint due = last->second + kPace;
    next_look_ = next_look_ ? std::min(*next_look_, due) : due;
    return false;
  }
  put_back_[ip] = now;
  return true;
}

}  // namespace um::address
