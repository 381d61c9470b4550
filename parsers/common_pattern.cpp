#define PCRE2_CODE_UNIT_WIDTH 8
#include "parsers/common_pattern.hpp"

#include <array>
#include <memory>

#include <pcre2.h>

namespace um::parsers {
namespace {

constexpr std::uint32_t kMatchLimit = 200'000;  // some milliseconds of backtracking

struct Free {
  void operator()(pcre2_code* p) const { pcre2_code_free(p); }
  void operator()(pcre2_compile_context* p) const { pcre2_compile_context_free(p); }
  void operator()(pcre2_match_data* p) const { pcre2_match_data_free(p); }
  void operator()(pcre2_match_context* p) const { pcre2_match_context_free(p); }
};

bool is_plain(std::string_view pattern) {
  return pattern.find_first_of("\\^$.|?*+()[]{}") == std::string_view::npos;
}

}  // namespace

struct Pattern::Code {
  std::unique_ptr<pcre2_code, Free> compiled;
  std::unique_ptr<pcre2_match_data, Free> data;
  std::unique_ptr<pcre2_match_context, Free> context;
};

Pattern::Pattern(std::string_view expression) {
  const std::unique_ptr<pcre2_compile_context, Free> context(pcre2_compile_context_create(nullptr));
  pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_BAD_ESCAPE_IS_LITERAL);
  int error = 0;
  PCRE2_SIZE at = 0;
  auto* compiled = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                                 0, &error, &at, context.get());
  if (compiled == nullptr) {
    std::array<PCRE2_UCHAR, 160> text{};
    pcre2_get_error_message(error, text.data(), text.size());
    error_ = PatternError{reinterpret_cast<const char*>(text.data()), at};
    return;
  }
  code_ = std::make_unique<Code>();
  code_->compiled.reset(compiled);
  code_->data.reset(pcre2_match_data_create(1, nullptr));
  code_->context.reset(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(code_->context.get(), kMatchLimit);
}

Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

bool Pattern::found_in(std::string_view text) const {
  if (!code_) return false;
  // With room for one pair only, 0 says "matched, but more groups than room": a match all the same.
  return pcre2_match(code_->compiled.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                     0, 0, code_->data.get(), code_->context.get()) >= 0;
}

std::optional<PatternError> pattern_error(std::string_view pattern) {
  return is_plain(pattern) ? std::nullopt : Pattern(pattern).error();
}

}  // namespace um::parsers
