// source.hpp - a configuration text and where its bytes stand.
//
// A Source owns the bytes exactly as they are on disk (CRLF, NUL, BOM and all) and knows its name
// for messages. Offsets are turned into lines and columns only when a diagnostic is printed, so
// parsers carry nothing but offsets.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace um::parsers {

/// 1-based, as editors count; `column` counts bytes.
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
};

/// A half-open range of bytes of one Source.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class Source {
 public:
  Source(std::string name, std::string text);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }

  /// Where byte `offset` stands; offsets behind the end give the position after the last byte.
  /// O(log lines).
  Position position(std::size_t offset) const;
  /// The line with 1-based number `line`, without its line end; empty when there is no such line.
  std::string_view line(std::size_t line) const;
  std::size_t line_count() const { return line_starts_.size(); }
  /// Offset of the first byte of the 1-based `line`.
  std::size_t line_start(std::size_t line) const;

 private:
  std::string name_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
};

}  // namespace um::parsers
