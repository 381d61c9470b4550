#include "cluster/links.hpp"

#include <algorithm>
#include <utility>

namespace um::cluster {

void Links::add(std::string name) {
  if (std::ranges::find(links_, name, &Link::name) == links_.end())
    links_.push_back({std::move(name), false, {}});
}

void Links::keep_only(const std::vector<std::string>& names) {
  std::erase_if(
      links_, [&](const Link& link) { return std::ranges::find(names, link.name) == names.end(); });
}

bool Links::heard(std::string_view name, TimePoint now) {
  auto link = std::ranges::find(links_, name, &Link::name);
  if (link == links_.end()) return false;
  link->heard = now;
  return !std::exchange(link->up, true);
}

std::vector<std::string> Links::time_out(TimePoint now, Duration limit) {
  std::vector<std::string> names;
  for (Link& link : links_) {
    if (!link.up || now - link.heard <= limit) continue;
    link.up = false;
    names.push_back(link.name);
  }
  return names;
}

std::optional<TimePoint> Links::next_deadline(Duration limit) const {
  std::optional<TimePoint> next;
  for (const Link& link : links_) {
    if (!link.up) continue;
    const TimePoint at = link.heard + limit + Duration(1);
    if (!next || at < *next) next = at;
  }
  return next;
}

std::vector<LinkView> Links::view() const {
  std::vector<LinkView> views;
  for (const Link& link : links_) views.push_back({link.name, link.up});
  return views;
}

}  // namespace um::cluster
