// access.hpp - who may sign on: the apiauth rules.
//
// Spec: heartbeat-api 6. A client is let in by its uid or by its primary gid, as the kernel tells
// them. Clients without a name go by the rule `anon`; named ones by the rule of their name, else by
// `default`, and nobody without a rule.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "parsers/ha_cf.hpp"

namespace um::clientapi {

struct Credentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

class AccessRules {
 public:
  AccessRules() = default;
  /// The rules as parsers::validate() leaves them: in numbers, the built-in ones among them.
  explicit AccessRules(std::vector<parsers::ApiAuth> rules) : rules_(std::move(rules)) {}

  /// Why the client is refused, in the words of the old daemon; nothing when it may come in. An
  /// empty name is a casual client.
  std::optional<std::string> refuse(std::string_view name, const Credentials& who) const;

 private:
  const parsers::ApiAuth* rule(std::string_view name) const;

  std::vector<parsers::ApiAuth> rules_;
};

}  // namespace um::clientapi
