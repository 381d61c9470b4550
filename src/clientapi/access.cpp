#include "clientapi/access.hpp"

#include <algorithm>

namespace um::clientapi {

const parsers::ApiAuth* AccessRules::rule(std::string_view name) const {
  auto found = std::ranges::find(rules_, name, &parsers::ApiAuth::client);
  return found == rules_.end() ? nullptr : &*found;
}

std::optional<std::string> AccessRules::refuse(std::string_view name,
                                               const Credentials& who) const {
  const parsers::ApiAuth* match = rule(name.empty() ? "anon" : name);
  if (!match && name.empty()) return "apiauth anon missing";
  if (!match) match = rule("default");
  if (!match) return "no default client auth";
  bool allowed =
      std::ranges::count(match->uids, who.uid) + std::ranges::count(match->gids, who.gid);
  return allowed ? std::nullopt : std::optional<std::string>("client failed authorization");
}

}  // namespace um::clientapi
