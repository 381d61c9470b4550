// machine.hpp - the questions that checking a configuration asks the machine, behind one interface.
//
// Everything here only looks; nothing changes the machine. The real one is real_machine(); tests
// give a made-up one. Answers are values: "does not exist" is an answer, never an exception.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/family.hpp"

namespace um {

struct FileContent {
  int error = 0;  // errno of open or read; 0: the rest is valid
  std::string text;
  mode_t mode = 0;  // permission bits
  uid_t owner = 0;
  bool is_directory = false;  // text is empty then
};

enum class FileKind : std::uint8_t { kNone, kRegular, kDirectory, kCharDevice, kOther };

struct FileState {
  FileKind kind = FileKind::kNone;  // of what a symbolic link points to
  bool executable = false;          // for root: any x bit, or a directory
};

struct InterfaceState {
  bool exists = false;
  bool has_ipv4 = false;
  unsigned index = 0;
  /// A network for two, as between two machines: prefix 30 or 31, or a point-to-point link.
  bool pair_only = false;
};

struct User {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// A name's addresses as text, the first one is what gets used; empty: not found, `error` says why.
struct Resolved {
  std::vector<std::string> addresses;
  std::string error;
};

class Machine {
 public:
  virtual ~Machine() = default;

  virtual std::string node_name() const = 0;  // as `uname -n` says it
  virtual FileContent read_file(const std::filesystem::path& path) const = 0;
  virtual FileState file_state(const std::filesystem::path& path) const = 0;
  virtual std::vector<std::string> glob(const std::filesystem::path& directory,
                                        const std::string& pattern) const = 0;
  virtual InterfaceState interface(const std::string& name) const = 0;
  virtual std::optional<User> user(const std::string& name) const = 0;
  virtual std::optional<gid_t> group(const std::string& name) const = 0;
  /// Addresses in numbers are answered at once; names within a deadline.
  virtual Resolved resolve(const std::string& host, Family family) const = 0;
  virtual std::optional<std::uint16_t> udp_port_of_service(const std::string& name) const = 0;
  virtual std::string udp_service_of_port(std::uint16_t port) const = 0;  // empty: none
  virtual bool has_stonith_type(const std::string& type) const = 0;
};

/// This machine. `resolve_limit` bounds each look-up of a name.
std::unique_ptr<Machine> real_machine(
    std::chrono::milliseconds resolve_limit = std::chrono::seconds(5));

}  // namespace um
