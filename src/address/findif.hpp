// findif.hpp - on which interface, with which netmask and broadcast, an address belongs.
//
// Pure. Explicit words of the spec win over everything; what is missing comes from the routes: the
// one that covers the address with the longest prefix, then the lowest metric, and the default
// route only when a PREFIX was given (decision S11). A missing broadcast is that of the address
// that the interface has in the same network already; without one there is none (spec 3.4,
// observed). IPv6: the interface that holds a global address of the same prefix.
#pragma once
#include <string>

#include <boost/system/result.hpp>

#include "address/spec.hpp"
#include "address/table.hpp"

namespace um::address {

struct Failure {
  std::string reason;
};
template <class T>
using Result = boost::system::result<T, Failure>;

/// Where `spec` belongs, ready to be added. The device is taken on trust when it was given: whether
/// it exists is for the caller (and the kernel) to see. Failures in findif's own words: `No route
/// to ADDR`, `Cannot use default route w/o netmask [ADDR]`, and the spec's own problem.
Result<Assigned> find_interface(const Spec& spec, const Table& table);

/// What findif prints: `eth0<TAB>netmask 24<TAB>broadcast 192.168.0.255`, the netmask as bits or
/// dotted, with a blank after the first TAB when the broadcast was given (spec 5, observed).
std::string findif_line(const Assigned& place, const Spec& spec, bool netmask_as_bits);

}  // namespace um::address
