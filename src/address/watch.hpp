// watch.hpp - tells that addresses or links of this node have changed.
//
// A descriptor for the daemon's loop, nothing more: what has changed is read afterwards with
// Netlink::table(), so that a burst or a lost notification costs one reading and misses nothing.
#pragma once
#include <memory>

#include "address/findif.hpp"

struct nl_sock;

namespace um::address {

class AddressWatch {
 public:
  static Result<AddressWatch> open();
  AddressWatch(AddressWatch&&) noexcept;
  AddressWatch& operator=(AddressWatch&&) noexcept;
  ~AddressWatch();

  /// Readable when there is news. Non-blocking; belongs to this object.
  int descriptor() const;
  /// Takes all news that is there; whether there was any, or some was lost.
  bool drain();

 private:
  struct Close {
    void operator()(nl_sock* socket) const;
  };
  explicit AddressWatch(std::unique_ptr<nl_sock, Close> socket);

  std::unique_ptr<nl_sock, Close> socket_;
};

}  // namespace um::address
