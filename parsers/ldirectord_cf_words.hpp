// ldirectord_cf_words.hpp - the closed word lists of ldirectord.cf, each with its values.
#pragma once
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "parsers/ldirectord_cf.hpp"

namespace um::parsers::ldirectord_cf {

template <class E, std::size_t N>
using Words = std::array<std::pair<std::string_view, E>, N>;

inline constexpr Words<Forward, 3> kForwards{
    {{"gate", Forward::kGate}, {"masq", Forward::kMasq}, {"ipip", Forward::kIpip}}};
inline constexpr Words<Protocol, 3> kProtocols{
    {{"tcp", Protocol::kTcp}, {"udp", Protocol::kUdp}, {"fwm", Protocol::kFwm}}};
inline constexpr Words<CheckType, 8> kCheckTypes{{{"connect", CheckType::kConnect},
                                                  {"negotiate", CheckType::kNegotiate},
                                                  {"ping", CheckType::kPing},
                                                  {"off", CheckType::kOff},
                                                  {"on", CheckType::kOn},
                                                  {"external", CheckType::kExternal},
                                                  {"external-perl", CheckType::kExternalPerl},
                                                  {"combined", CheckType::kCombined}}};
inline constexpr Words<Service, 21> kServices{{{"dns", Service::kDns},
                                               {"ftp", Service::kFtp},
                                               {"http", Service::kHttp},
                                               {"https", Service::kHttps},
                                               {"http_proxy", Service::kHttpProxy},
                                               {"imap", Service::kImap},
                                               {"imaps", Service::kImaps},
                                               {"ldap", Service::kLdap},
                                               {"ldaps", Service::kLdaps},
                                               {"mysql", Service::kMysql},
                                               {"nntp", Service::kNntp},
                                               {"none", Service::kNone},
                                               {"oracle", Service::kOracle},
                                               {"pop", Service::kPop},
                                               {"pops", Service::kPops},
                                               {"radius", Service::kRadius},
                                               {"pgsql", Service::kPgsql},
                                               {"simpletcp", Service::kSimpletcp},
                                               {"sip", Service::kSip},
                                               {"smtp", Service::kSmtp},
                                               {"submission", Service::kSubmission}}};
inline constexpr Words<HttpMethod, 2> kHttpMethods{
    {{"GET", HttpMethod::kGet}, {"HEAD", HttpMethod::kHead}}};
inline constexpr Words<Phase, 4> kPhases{{{"starting", Phase::kStarting},
                                          {"running", Phase::kRunning},
                                          {"stopping", Phase::kStopping},
                                          {"reloading", Phase::kReloading}}};
inline constexpr Words<Failed, 2> kFaileds{
    {{"quiesce", Failed::kQuiesce}, {"remove", Failed::kRemove}}};
inline constexpr Words<Drift, 2> kDrifts{{{"keep", Drift::kKeep}, {"repair", Drift::kRepair}}};
inline constexpr Words<TlsVerify, 4> kTlsVerifies{{{"none", TlsVerify::kNone},
                                                   {"warn", TlsVerify::kWarn},
                                                   {"chain", TlsVerify::kChain},
                                                   {"full", TlsVerify::kFull}}};
inline constexpr Words<bool, 2> kYesNo{{{"yes", true}, {"no", false}}};
inline constexpr Words<Minimum::Action, 2> kMinimumActions{
    {{"keep", Minimum::Action::kKeep}, {"fallback", Minimum::Action::kFallback}}};

template <class E, std::size_t N>
std::optional<E> find_word(const Words<E, N>& words, std::string_view text) {
  for (const auto& [word, value] : words)
    if (word == text) return value;
  return std::nullopt;
}

template <class E, std::size_t N>
std::string_view word_of(const Words<E, N>& words, E value) {
  for (const auto& [word, its] : words)
    if (its == value) return word;
  return {};
}

/// "expected gate, masq or ipip - did you mean "gate"?"
std::string expected(std::string_view list, std::string_view text,
                     std::span<const std::string_view> candidates);

template <class E, std::size_t N>
std::string expected_word(std::string_view list, std::string_view text, const Words<E, N>& words) {
  std::array<std::string_view, N> candidates;
  std::transform(words.begin(), words.end(), candidates.begin(), [](auto& w) { return w.first; });
  return expected(list, text, candidates);
}

}  // namespace um::parsers::ldirectord_cf
