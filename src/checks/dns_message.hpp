// dns_message.hpp - the little of DNS that a check needs, by the C library's own name and message
// functions.
//
// Pure: a query as bytes, and the records of an answer as text (RFC 1035).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace um::checks {

/// What is asked: an IPv4 address turns into a PTR question for its name, all else is asked for its
/// A records.
struct DnsQuestion {
  std::string name;
  int type = 0;
};
DnsQuestion dns_question(std::string_view request);

/// Recursion desired, class IN, no EDNS. Nothing when the name cannot be a domain name.
std::optional<std::string> dns_query(const DnsQuestion& question, std::uint16_t id);

struct DnsAnswer {
  int rcode = 0;
  std::vector<std::string> records;  // addresses and PTR names of the answer section
};
/// Nothing when the bytes are no answer to the query with that id.
std::optional<DnsAnswer> parse_dns_answer(std::string_view bytes, std::uint16_t id);

}  // namespace um::checks
