#include "checks/dns_message.hpp"

#include <array>

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <resolv.h>

namespace um::checks {
namespace {

void append_u16(std::string& out, unsigned value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value & 0xff);
}

std::string text_of(const ns_msg& message, const ns_rr& record) {
  std::array<char, NS_MAXDNAME> text{};
  if (ns_rr_type(record) == ns_t_a && ns_rr_rdlen(record) == 4)
    return inet_ntop(AF_INET, ns_rr_rdata(record), text.data(), text.size());
  if (ns_rr_type(record) == ns_t_ptr &&
      ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), ns_rr_rdata(record),
                         text.data(), text.size()) >= 0)
    return text.data();
  return {};
}

}  // namespace

DnsQuestion dns_question(std::string_view request) {
  const std::string name(request);
  in_addr address{};
  if (inet_pton(AF_INET, name.c_str(), &address) != 1) return {name, ns_t_a};
  const auto* b = reinterpret_cast<const unsigned char*>(&address);
  return {fmt::format("{}.{}.{}.{}.in-addr.arpa", b[3], b[2], b[1], b[0]), ns_t_ptr};
}

std::optional<std::string> dns_query(const DnsQuestion& question, std::uint16_t id) {
  std::array<unsigned char, NS_MAXCDNAME> name{};
  const int length =
      ns_name_compress(question.name.c_str(), name.data(), name.size(), nullptr, nullptr);
  if (length < 0) return std::nullopt;
  std::string bytes;
  append_u16(bytes, id);
  append_u16(bytes, 0x0100);                                           // recursion desired
  for (const unsigned count : {1, 0, 0, 0}) append_u16(bytes, count);  // one question
  bytes.append(reinterpret_cast<const char*>(name.data()), static_cast<std::size_t>(length));
  append_u16(bytes, static_cast<unsigned>(question.type));
  append_u16(bytes, ns_c_in);
  return bytes;
}

std::optional<DnsAnswer> parse_dns_answer(std::string_view bytes, std::uint16_t id) {
  ns_msg message{};
  if (bytes.size() > NS_MAXMSG || ns_initparse(reinterpret_cast<const unsigned char*>(bytes.data()),
                                               static_cast<int>(bytes.size()), &message) != 0)
    return std::nullopt;
  if (ns_msg_id(message) != id || ns_msg_getflag(message, ns_f_qr) == 0) return std::nullopt;
  DnsAnswer answer;
  answer.rcode = ns_msg_getflag(message, ns_f_rcode);
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record{};
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) break;
    if (std::string text = text_of(message, record); !text.empty())
      answer.records.push_back(std::move(text));
  }
  return answer;
}

}  // namespace um::checks
