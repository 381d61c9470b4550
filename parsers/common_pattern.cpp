#define PCRE2_CODE_UNIT_WIDTH 8
#include "parsers/common_pattern.hpp"

#include <array>
#include <memory>

#include <pcre2.h>

namespace um::parsers {
namespace {

struct Free {
  void operator()(pcre2_code* p) const { pcre2_code_free(p); }
  void operator()(pcre2_compile_context* p) const { pcre2_compile_context_free(p); }
};

bool is_plain(std::string_view pattern) {
  return pattern.find_first_of("\\^$.|?*+()[]{}") == std::string_view::npos;
}

}  // namespace

std::optional<PatternError> pattern_error(std::string_view pattern) {
  if (is_plain(pattern)) return std::nullopt;
  const std::unique_ptr<pcre2_compile_context, Free> context(pcre2_compile_context_create(nullptr));
  pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_BAD_ESCAPE_IS_LITERAL);
  int error = 0;
  PCRE2_SIZE at = 0;
  const std::unique_ptr<pcre2_code, Free> code(pcre2_compile(
      reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), 0, &error, &at, context.get()));
  if (code) return std::nullopt;
  std::array<PCRE2_UCHAR, 160> text{};
  pcre2_get_error_message(error, text.data(), text.size());
  return PatternError{reinterpret_cast<const char*>(text.data()), at};
}

}  // namespace um::parsers
