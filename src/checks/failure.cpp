#include "checks/failure.hpp"

#include <cctype>

#include <boost/asio/error.hpp>
#include <fmt/format.h>

namespace um::checks {
namespace {

std::string words_of(const boost::system::error_code& error) {
  if (error == boost::asio::error::operation_aborted) return "timed out";
  if (error == boost::asio::error::eof) return "connection closed by the server";
  std::string words = error.message();
  if (!words.empty()) words[0] = static_cast<char>(std::tolower(words[0]));
  return words;
}

}  // namespace

Failure failure_of(const boost::system::error_code& error, std::string_view doing) {
  return {fmt::format("{} while {}", words_of(error), doing)};
}

}  // namespace um::checks
