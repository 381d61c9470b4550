// packet.hpp - one packet as it was put on the wire, and what an observer reads from it.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cluster/events.hpp"

namespace um::sim {

enum class PacketKind : std::uint8_t { kStatus, kPing, kSequenced, kUnsequenced };

struct Packet {
  int from = 0;
  PacketKind kind = PacketKind::kSequenced;
  std::uint64_t generation = 0;
  std::uint64_t number = 0;  // 0: none
  std::string status;        // of a status: init, up, active
  Duration asked{};          // its dt
  // What each medium's reader hands to an engine; one event per medium, shared by all receivers.
  std::vector<cluster::Event> events;

  const wire::Message& message() const {
    return std::get<cluster::PacketReceived>(events.front()).message;
  }
};

using PacketPtr = std::shared_ptr<const Packet>;

}  // namespace um::sim
