// resolver.hpp - names of hosts and services turned into numbers.
//
// The parsers ask through the Resolver interface and so stay pure: a test answers from a table, the
// daemons from the system. Numeric forms are answered by the implementation too, because the system
// has the last word on them (`10.1` is 10.0.0.1, `010.0.0.1` is 8.0.0.1; spec ldirectord-config 8).
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/family.hpp"

namespace um {

enum class Transport : std::uint8_t { kAny, kTcp, kUdp };

class Resolver {
 public:
  struct Host {
    std::string address;  // numeric, IPv6 compressed and without brackets; empty when there is none
    std::string why;      // why not: "Name or service not known", "no answer within 5 s"
  };

  virtual ~Resolver() = default;
  /// The first address of that family. An empty name is the loopback address.
  virtual Host host(std::string_view name, Family family) = 0;
  /// The port of a service name; kAny takes the first entry of the service table.
  virtual std::optional<std::uint16_t> service(std::string_view name, Transport transport) = 0;
};

/// The machine's own resolver (getaddrinfo, getservbyname). It blocks, but never longer than
/// `deadline` from its construction, however many names are asked: a name server that does not
/// answer costs the start of a daemon a known time. Every question is asked once. Meant for one
/// parse, then thrown away; a daemon that is already serving runs the whole parse on a helper
/// thread.
class SystemResolver final : public Resolver {
 public:
  explicit SystemResolver(std::chrono::milliseconds deadline = std::chrono::seconds(10));

  Host host(std::string_view name, Family family) override;
  std::optional<std::uint16_t> service(std::string_view name, Transport transport) override;

 private:
  std::chrono::steady_clock::time_point until_;
  std::map<std::pair<std::string, Family>, Host> hosts_;
  std::map<std::pair<std::string, Transport>, std::optional<std::uint16_t>> services_;
};

}  // namespace um
