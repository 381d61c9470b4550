// tables.hpp - builds a table from the ipvsadm lines that a test shows.
#pragma once
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ipvs/plan.hpp"

namespace um::ipvs {

namespace detail {

inline RealKey endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  auto address = Address::parse(host);
  if (!address) throw std::invalid_argument("no address in " + text);
  return {*address, static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1)))};
}

inline std::uint32_t netmask(const std::string& text) {
  if (text.find('.') == std::string::npos) return static_cast<std::uint32_t>(std::stoul(text));
  const Address mask = *Address::parse(text);
  return static_cast<std::uint32_t>(mask.bytes[0]) << 24 | mask.bytes[1] << 16 |
         mask.bytes[2] << 8 | mask.bytes[3];
}

}  // namespace detail

/// One ipvsadm command line, options in any order, as a step.
inline Op op_from(const std::string& line) {
  std::istringstream words(line);
  Op op;
  std::string word, flags;
  auto next = [&] {
    std::string value;
    words >> value;
    return value;
  };
  while (words >> word) {
    if (word == "-A")
      op.kind = Op::Kind::kAddService;
    else if (word == "-E")
      op.kind = Op::Kind::kEditService;
    else if (word == "-D")
      op.kind = Op::Kind::kDeleteService;
    else if (word == "-a")
      op.kind = Op::Kind::kAddReal;
    else if (word == "-e")
      op.kind = Op::Kind::kEditReal;
    else if (word == "-d")
      op.kind = Op::Kind::kDeleteReal;
    else if (word == "-t" || word == "-u") {
      const RealKey at = detail::endpoint(next());
      op.service.protocol = word == "-t" ? Protocol::kTcp : Protocol::kUdp;
      op.service.address = at.address;
      op.service.port = at.port;
    } else if (word == "-f") {
      op.service =
          ServiceKey::of_mark(static_cast<std::uint32_t>(std::stoul(next())), Family::kIpv4);
    } else if (word == "-6")
      op.service.address.family = Family::kIpv6;
    else if (word == "-s")
      op.settings.scheduler = next();
    else if (word == "-p")
      op.settings.persistence = static_cast<std::uint32_t>(std::stoul(next()));
    else if (word == "-M")
      op.settings.netmask = detail::netmask(next());
    else if (word == "-o")
      op.settings.one_packet = true;
    else if (word == "-b")
      flags = next();
    else if (word == "--pe")
      op.settings.persistence_engine = next();
    else if (word == "-r")
      op.at = detail::endpoint(next());
    else if (word == "-g")
      op.real.forward = Forward::kGate;
    else if (word == "-m")
      op.real.forward = Forward::kMasq;
    else if (word == "-i")
      op.real.forward = Forward::kIpip;
    else if (word == "-w")
      op.real.weight = static_cast<std::uint32_t>(std::stoul(next()));
    else if (word == "-x")
      op.real.upper_threshold = static_cast<std::uint32_t>(std::stoul(next()));
    else if (word == "-y")
      op.real.lower_threshold = static_cast<std::uint32_t>(std::stoul(next()));
    else
      throw std::invalid_argument("unknown word " + word + " in " + line);
  }
  if (!flags.empty() &&
      !parse_scheduler_flags(op.settings.scheduler, flags, op.settings.scheduler_flags))
    throw std::invalid_argument("unknown flags in " + line);
  return op;
}

/// A table from `ipvsadm -S -n` lines.
inline Table table_from(std::string_view lines) {
  Table table;
  std::istringstream in{std::string(lines)};
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) carry_out(table, op_from(line));
  return table;
}

inline std::string commands(const std::vector<Op>& ops) {
  std::string text;
  for (const Op& op : ops) text += command_text(op) + "\n";
  return text;
}

inline Scope scope_of(const Table& table) {
  Scope scope;
  for (const auto& [key, service] : table) scope.insert(key);
  return scope;
}

}  // namespace um::ipvs
