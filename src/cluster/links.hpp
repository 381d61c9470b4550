// links.hpp - over which links a node is heard (wire 7.5 "Links").
//
// Several media with one name are one link (decision W20): it is up while any of them delivers.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "cluster/view.hpp"

namespace um::cluster {

class Links {
 public:
  /// A link that exists from now on, down until heard.
  void add(std::string name);
  /// Links that are no longer configured go; the others keep their state.
  void keep_only(const std::vector<std::string>& names);

  /// Something arrived over it. True when that brought it up.
  bool heard(std::string_view name, TimePoint now);
  /// Takes down, and names, every link silent for longer than `limit`.
  std::vector<std::string> time_out(TimePoint now, Duration limit);
  /// The moment time_out() would find one.
  std::optional<TimePoint> next_deadline(Duration limit) const;

  std::vector<LinkView> view() const;

 private:
  struct Link {
    std::string name;
    bool up = false;
    TimePoint heard{};
  };
  std::vector<Link> links_;
};

}  // namespace um::cluster
