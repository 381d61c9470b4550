// ccm.hpp - what ccm, the membership daemon of the heartbeat family, says to whoever listens.
//
// Spec: heartbeat-api 11.3. It is a client of heartbeat that a site may keep running by `respawn`;
// its own clients connect to a socket and are told the nodes, then each membership it arrives at.
// Frames as in ipc.hpp, their bodies structs of 32-bit integers in host order. Bodies that are too
// short, or name more nodes than they hold, are no membership.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clientapi/client.hpp"

namespace um::clientapi {

struct CcmMember {
  int id = 0;
  std::string name;
  int born = 0;  // the instance in which it joined
  bool operator==(const CcmMember&) const = default;
};

struct CcmMembership {
  bool evicted = false;
  bool quorum = false;
  int instance = 0;
  bool ours = false;               // this node is one of the members
  std::vector<CcmMember> members;  // the oldest first
  bool operator==(const CcmMembership&) const = default;
};

/// Pure: the bodies of frames in, the latest membership out.
class CcmReader {
 public:
  void body(std::string_view bytes);
  const std::optional<CcmMembership>& membership() const { return membership_; }

 private:
  void nodes(std::string_view bytes);
  void change(int event, std::string_view bytes);

  std::vector<CcmMember> nodes_;
  int own_index_ = -1;
  std::optional<CcmMembership> membership_;
};

constexpr const char* kCcmSocket = "/run/heartbeat/ccm/ccm";

/// The membership of now; nothing when no ccm runs or it has none before the deadline.
std::optional<CcmMembership> ccm_membership(const std::filesystem::path& socket, Deadline deadline);

}  // namespace um::clientapi
