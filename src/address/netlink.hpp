// netlink.hpp - the node's addresses, links and routes as the kernel has them, and their changes.
//
// One Netlink is one conversation over rtnetlink (libnl); the headers of libnl stay inside the
// source. Every change is answered by the kernel before the call returns: success means the kernel
// has agreed, and what it really has is read back by whoever needs to be sure (takeover.hpp).
#pragma once
#include <memory>
#include <string>

#include "address/findif.hpp"
#include "address/table.hpp"

struct nl_sock;

namespace um::address {

class Netlink {
 public:
  static Result<Netlink> open();
  Netlink(Netlink&&) noexcept;
  Netlink& operator=(Netlink&&) noexcept;
  ~Netlink();

  /// Links and addresses now.
  Result<Table> table();
  /// Fills in the unicast routes of the main table (and the local table's, marked so).
  Result<void> read_routes(Table& table);

  /// An address that is there already is no failure.
  Result<void> add(const Assigned& address);
  /// An address (or device) that is gone already is no failure.
  Result<void> remove(const Assigned& address);
  Result<void> bring_up(const std::string& device);

 private:
  struct Close {
    void operator()(nl_sock* socket) const;
  };
  explicit Netlink(std::unique_ptr<nl_sock, Close> socket);

  std::unique_ptr<nl_sock, Close> socket_;
};

}  // namespace um::address
