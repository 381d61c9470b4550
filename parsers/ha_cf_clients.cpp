// respawn, failfast, apiauth and stonith lines, as far as their text goes.
#include <algorithm>

#include <fmt/format.h>

#include "parsers/ha_cf_reading.hpp"

namespace um::parsers {
namespace {

constexpr std::size_t kLongestUser = 63;
constexpr std::size_t kLongestClient = 31;
constexpr std::size_t kLongestStonithHost = 99;

Word trimmed(const Word& text) {
  std::size_t end = text.text.size();
  while (end > 0 && is_blank(text.text[end - 1])) --end;
  return {text.text.substr(0, end), {text.where.begin, text.where.begin + end}};
}

std::vector<std::string> split_list(std::string_view list) {
  std::vector<std::string> names;
  for (const Word& name : split_words({list, {}}, Commas::kSeparate)) names.emplace_back(name.text);
  return names;
}

/// `uid=LIST` or `gid=LIST` into `names`; refuses the second list of a kind.
bool read_id_list(Reading& r, const Word& word, const Word& rest, bool& seen,
                  std::vector<std::string>& names) {
  const std::string_view kind = word.text.substr(0, 3);
  if (seen)
    return r.error(
        word, fmt::format("second {}= list", kind), "join the lists with a comma",
        fmt::format("ERROR: Duplicate {} list in apiauth\n{}", kind, apiauth_syntax(rest.text)));
  seen = true;
  names = split_list(word.text.substr(kind.size() + 1));
  if (names.empty()) r.warn(word.where, fmt::format("empty {}= list", kind), "it lets nobody in");
  return true;
}

bool read_id_lists(Reading& r, const Word& rest, const std::vector<Word>& words, ApiAuth& rule) {
  bool uid_seen = false;
  bool gid_seen = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view text = words[i].text;
    bool taken = false;
    if (text.starts_with("uid="))
      taken = read_id_list(r, words[i], rest, uid_seen, rule.users);
    else if (text.starts_with("gid="))
      taken = read_id_list(r, words[i], rest, gid_seen, rule.groups);
    else
      r.error(words[i], fmt::format("\"{}\" is neither a uid= nor a gid= list", text),
              "a list has commas and no blanks: uid=root,hacluster",
              fmt::format("ERROR: Missing uid or gid in apiauth\n{}", apiauth_syntax(rest.text)));
    if (!taken) return false;
  }
  return uid_seen || gid_seen ||
         r.error(words.empty() ? r.directive : words[0], "apiauth rule without uid= or gid=",
                 "expected `apiauth CLIENT uid=LIST gid=LIST`, one or both",
                 apiauth_syntax(rest.text));
}

}  // namespace

std::string apiauth_syntax(std::string_view rest) {
  return fmt::format(
      "ERROR: Invalid apiauth directive [{}]\n"
      "info: Syntax: apiauth client [uid=uidlist] [gid=gidlist]\n"
      "info: Where uidlist is a comma-separated list of uids,\n"
      "info: and gidlist is a comma-separated list of gids\n"
      "info: One or the other must be specified.",
      rest);
}

bool read_client(Reading& r, const Word& rest) {
  constexpr std::string_view kUsage = "expected `{} USER /full/path [ARGUMENTS]`";
  const auto [user, behind] = split_head(rest);
  const std::string usage = fmt::format(fmt::runtime(kUsage), r.directive.text);
  if (user.text.size() > kLongestUser)
    return r.error(user, "user name too long", usage,
                   "ERROR: UID specified for client child is too long");
  if (user.text.empty())
    return r.error(r.directive, fmt::format("{} line without user", r.directive.text), usage,
                   "ERROR: Invalid uid [] specified for client child");
  const Word command = trimmed(behind);
  if (!command.text.starts_with('/'))
    return r.error(
        command.text.empty() ? user : command,
        command.text.empty()
            ? fmt::format("{} line without command", r.directive.text)
            : fmt::format("\"{}\" is not a full path", split_head(command).head.text),
        usage, fmt::format("ERROR: Client child command [{}] is not full pathname", command.text));
  r.program_words.push_back(split_head(command).head.where);
  r.config.clients.push_back({std::string(user.text), std::string(command.text),
                              std::string(split_head(command).head.text),
                              r.directive.text == "failfast", 0, 0, user.where});
  return true;
}

bool read_apiauth(Reading& r, const Word& rest) {
  const std::vector<Word> words = split_words(rest, Commas::kOrdinary);
  const std::string syntax = apiauth_syntax(rest.text);
  if (!words.empty() && words[0].text.size() > kLongestClient)
    return r.error(words[0], "client name too long",
                   fmt::format("at most {} bytes", kLongestClient),
                   fmt::format("ERROR: client name [{}] too long\n{}", rest.text, syntax));
  ApiAuth rule;
  if (!read_id_lists(r, rest, words, rule)) return false;
  rule.client = words[0].text;
  rule.where = words[0].where;
  if (!r.apiauth_clients.insert(rule.client).second)
    return r.error(words[0], fmt::format("second apiauth rule for {}", rule.client),
                   "join the two lines",
                   fmt::format("ERROR: Duplicate apiauth directive for API client {}: [{}]\n{}",
                               rule.client, rest.text, syntax));
  r.config.apiauth.push_back(std::move(rule));
  return true;
}

bool read_stonith(Reading& r, const Word& rest) {
  const auto [type, file] = split_head(rest);
  if (type.text.empty())
    return r.error(r.directive, "stonith line without type", "expected `stonith TYPE CONFIGFILE`",
                   "ERROR: No Stonith type given");
  if (type.text.starts_with("fence/"))
    r.beyond_legacy(type.where, "an older heartbeat does not know stonith types fence/...");
  r.stonith_lines.push_back(
      {{}, std::string(type.text), std::string(trimmed(file).text), type.where});
  return true;
}

bool read_stonith_host(Reading& r, const Word& rest) {
  const auto [host, behind] = split_head(rest);
  if (host.text.empty())
    return r.error(r.directive, "stonith_host line without host",
                   "expected `stonith_host HOST TYPE PARAMETERS`, HOST * for any node",
                   "ERROR: No Stonith hostname argument given");
  if (host.text.size() > kLongestStonithHost)
    return r.error(host, "host name too long", fmt::format("at most {} bytes", kLongestStonithHost),
                   "ERROR: Stonith hostname too long");
  const auto [type, parameters] = split_head(behind);
  if (type.text.starts_with("fence/"))
    r.beyond_legacy(type.where, "an older heartbeat does not know stonith types fence/...");
  // For another host the old program looked no further (spec 3.8); whose line it is needs our name.
  r.stonith_lines.push_back({lower_case(host.text), std::string(type.text),
                             std::string(trimmed(parameters).text),
                             type.text.empty() ? host.where : type.where});
  return true;
}

}  // namespace um::parsers
