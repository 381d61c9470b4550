#include "checks/sql.hpp"

#include "checks/failure.hpp"

namespace um::checks {

std::string sql_query(const Probe& probe) {
  std::string_view query = probe.request;
  if (query.starts_with('/')) query.remove_prefix(1);
  if (query.empty() || probe.login.empty())
    throw Failure{"login and request are needed for a check by SQL"};
  return std::string(query);
}

Outcome judge_rows(bool any) {
  return {any, any ? "the query gave a row" : "the query gave no row", {}};
}

std::string first_line(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin);
  text = text.substr(0, text.find_first_of("\r\n"));
  return std::string(text);
}

}  // namespace um::checks
