#include "address/watch.hpp"

#include <array>
#include <cerrno>

#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

namespace um::address {

void AddressWatch::Close::operator()(nl_sock* socket) const {
  nl_socket_free(socket);
}
AddressWatch::AddressWatch(std::unique_ptr<nl_sock, Close> socket) : socket_(std::move(socket)) {}
AddressWatch::AddressWatch(AddressWatch&&) noexcept = default;
AddressWatch& AddressWatch::operator=(AddressWatch&&) noexcept = default;
AddressWatch::~AddressWatch() = default;

Result<AddressWatch> AddressWatch::open() {
  std::unique_ptr<nl_sock, Close> socket(nl_socket_alloc());
  if (!socket) return Failure{"out of memory"};
  int error = nl_connect(socket.get(), NETLINK_ROUTE);
  if (error >= 0)
    error = nl_socket_add_memberships(socket.get(), RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
                                      RTNLGRP_IPV6_IFADDR, 0);
  if (error >= 0) error = nl_socket_set_nonblocking(socket.get());
  if (error < 0) return Failure{nl_geterror(error)};
  return AddressWatch(std::move(socket));
}

int AddressWatch::descriptor() const {
  return nl_socket_get_fd(socket_.get());
}

bool AddressWatch::drain() {
  bool news = false;
  std::array<char, 8192> ignored;
  for (;;) {
    if (::recv(descriptor(), ignored.data(), ignored.size(), MSG_DONTWAIT) >= 0 ||
        errno == ENOBUFS) {  // some were lost: news all the same
      news = true;
    } else if (errno != EINTR) {
      return news;
    }
  }
}

}  // namespace um::address
