#include "address/spec.hpp"

#include <charconv>
#include <vector>

#include <net/if.h>

namespace um::address {
namespace {

constexpr std::size_t kLongestName = IFNAMSIZ - 1;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0;;) {
    const std::size_t to = text.find(separator, from);
    parts.push_back(text.substr(from, to - from));
    if (to == std::string_view::npos) return parts;
    from = to + 1;
  }
}

std::string quoted(std::string_view before, std::string_view word, std::string_view after) {
  return std::string(before) + '[' + std::string(word) + ']' + std::string(after);
}

void note(Spec& spec, std::string problem) {
  if (spec.problem.empty()) spec.problem = std::move(problem);
}

void read_prefix(Spec& spec, std::string_view word) {
  int bits = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), bits);
  const int longest = spec.ip ? spec.ip->bits() : 32;
  if (error == std::errc() && end == word.data() + word.size() && bits >= 1 && bits <= longest) {
    spec.prefix = bits;
    return;
  }
  const std::optional<Ip> mask = Ip::parse(word);
  if (mask && mask->as_prefix().value_or(0) > 0 && spec.ip && spec.ip->is_v4()) {
    spec.prefix = mask->as_prefix();
    spec.dotted_netmask = true;
    return;
  }
  note(spec, quoted("Invalid netmask specification ", word, ""));
}

bool names_broadcast(std::string_view word) {
  return word == "+" || word == "-" || (!word.empty() && word[0] >= '0' && word[0] <= '9');
}

void read_interface(Spec& spec, std::string_view word) {
  const std::size_t colon = word.find(':');
  spec.device = std::string(word.substr(0, colon));
  if (colon != std::string_view::npos) spec.label = std::string(word);
  if (spec.device.empty() || spec.device.size() > kLongestName)
    note(spec, quoted("Interface name ", spec.device, " is empty or too long"));
  else if (spec.label.size() > kLongestName)
    note(spec, quoted("Interface label ", spec.label, " exceeds maximum character limit of 15"));
}

void read_broadcast(Spec& spec, std::string_view word) {
  if (word == "+") {
    spec.broadcast_word = BroadcastWord::kHostBits;
  } else if (word == "-") {
    spec.broadcast_word = BroadcastWord::kNetwork;
  } else if (const auto ip = Ip::parse(word); ip && ip->is_v4()) {
    spec.broadcast_word = BroadcastWord::kGiven;
    spec.broadcast = *ip;
  } else {
    note(spec, quoted("Invalid broadcast specification ", word, ""));
  }
}

}  // namespace

Spec parse_spec(std::string_view text) {
  Spec spec;
  const auto fields = split(text, '/');
  spec.ip = Ip::parse(fields[0]);
  // 0.x.x.x was never taken for an address of a host (spec 3.4: first octet 1-255).
  if (!spec.ip || (spec.ip->is_v4() && spec.ip->bytes()[0] == 0))
    note(spec, quoted("IP address ", fields[0], " not valid."));
  if (fields.size() > 1) read_prefix(spec, fields[1]);
  std::size_t next = 2;
  if (fields.size() > 2 && !names_broadcast(fields[2])) read_interface(spec, fields[next++]);
  if (fields.size() > next) read_broadcast(spec, fields[next++]);
  if (fields.size() > next) note(spec, quoted("Too many fields in ", text, ""));
  return spec;
}

}  // namespace um::address
