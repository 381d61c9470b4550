// guard_link.hpp - what the engine tells its guardian, one packet each (decision H28).
//
// The guardian learns here all that it needs to carry on without the engine: what is held, how long
// the peers wait, whether a watchdog may reset the machine. Nothing goes the other way but signals.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace um::heartbeat {

/// Media are open, state is on disk: the start has succeeded.
struct EngineReady {
  bool operator==(const EngineReady&) const = default;
};

/// The start has failed, the log says why; `code` is heartbeat's exit status.
struct EngineFailed {
  int code = 1;
  bool operator==(const EngineFailed&) const = default;
};

/// What is held now: `type` as option -C spells it, and every resource word of every group that was
/// begun and not completely released.
struct EngineHolds {
  std::string type;
  std::vector<std::vector<std::string>> groups;
  bool operator==(const EngineHolds&) const = default;
};

struct EngineSettings {
  std::chrono::milliseconds keepalive{1000};
  std::chrono::milliseconds deadtime{30000};
  bool watchdog = false;
  bool operator==(const EngineSettings&) const = default;
};

/// The orderly end: nothing is held, do not restart.
struct EngineLeaves {
  bool operator==(const EngineLeaves&) const = default;
};

/// The end of this process life; start a new one after `delay`.
struct EngineRestarts {
  std::chrono::milliseconds delay{0};
  bool operator==(const EngineRestarts&) const = default;
};

using GuardMessage = std::variant<EngineReady, EngineFailed, EngineHolds, EngineSettings,
                                  EngineLeaves, EngineRestarts>;

std::string encode(const GuardMessage& message);
std::optional<GuardMessage> decode_guard_message(std::string_view packet);

/// Both ends of a new link; the descriptors are closed on exec.
struct LinkEnds {
  int guardian = -1;
  int engine = -1;
};
std::optional<LinkEnds> make_link();

/// False when the other end is gone or takes nothing; never blocks.
bool send_on_link(int fd, const GuardMessage& message);

}  // namespace um::heartbeat
