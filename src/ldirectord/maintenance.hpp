// maintenance.hpp - files in maintenancedir take a real server out (spec ldirectord-runtime 8).
//
// A file named for the server, by address or by its reverse name, with or without port, is enough.
// The directory is listed again only when it has changed. Reverse names are looked up in the
// background and remembered (decision L35); until an answer is there a server is known by its
// address only.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/clock.hpp"
#include "ldirectord/roster.hpp"

namespace um::ldirectord {

/// The file names that stand for a server, the first existing one counts. `reverse` is its reverse
/// name, empty when it has none.
std::vector<std::string> maintenance_names(const ipvs::Address& address,
                                           const std::string& real_name,
                                           const std::string& reverse);

class Maintenance {
 public:
  explicit Maintenance(boost::asio::any_io_executor executor) : resolver_(std::move(executor)) {}

  /// Empty: there is none, and nobody is in maintenance.
  void use_directory(const std::string& directory);
  bool contains(const RosterReal& real);

 private:
  void refresh();
  const std::string& reverse_name(const ipvs::Address& address);

  struct Name {
    std::string text;
    TimePoint asked{};
    bool pending = false;
  };

  boost::asio::ip::tcp::resolver resolver_;
  std::string directory_;
  std::int64_t listed_modified_ = -1;
  TimePoint looked_{};
  std::set<std::string> files_;
  std::map<ipvs::Address, Name> names_;
};

}  // namespace um::ldirectord
