// ownership_lab.hpp - short words for the tests of resource ownership.
#pragma once
#include <gtest/gtest.h>

#include "tests/vectors/support/resource_lab.hpp"

namespace um::cluster::lab {

using Lines = std::vector<std::string>;

inline const std::string kOfA = "A_x,B,E,IPaddr_10.9.0.1";
inline const std::string kOfB = "C_y_z,D,IPaddr_10.9.0.2";
inline const std::string kAll = "A_x,B,C_y_z,D,E,IPaddr_10.9.0.1,IPaddr_10.9.0.2";
inline const std::string kNone = "none";

inline const Lines kStartsOfA = {"IPaddr 10.9.0.1 start", "A x start", "B start", "E start"};
inline const Lines kStartsOfB = {"IPaddr 10.9.0.2 start", "C y z start", "D start"};
inline const Lines kStopsOfA = {"B stop", "A x stop", "IPaddr 10.9.0.1 stop", "E stop"};
inline const Lines kStopsOfB = {"D stop", "C y z stop", "IPaddr 10.9.0.2 stop"};

inline Lines operator+(Lines a, const Lines& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Settings with(Failback mode) {
  Settings settings;
  for (const std::string& node : settings.nodes) settings.failback[node] = mode;
  return settings;
}

/// Both nodes up, each with its own groups (or what the mode leaves them), nothing in the record.
struct BothUp : ResourceLab {
  explicit BothUp(Settings settings = {}) : ResourceLab(std::move(settings)) {
    start("nodea");
    start("nodeb");
    run(20s);
    forget();
  }
};

}  // namespace um::cluster::lab
