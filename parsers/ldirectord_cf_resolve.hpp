// ldirectord_cf_resolve.hpp - the end of a section: names become numbers, ranges become reals.
//
// The order is the old program's (spec ldirectord-config 7, last point of "Section"): fallback,
// virtual, reals, duplicate check.
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "parsers/ldirectord_cf_syntax.hpp"

namespace um::parsers::ldirectord_cf {

/// A section as read so far.
struct Section {
  VirtualService service;
  std::optional<VirtualSyntax> address;  // nothing: its virtual line was refused
  std::vector<std::size_t> real_lines;
  std::optional<FallbackSyntax> fallback;
};

class SectionResolver {
 public:
  SectionResolver(const Source& source, const Surroundings& around, Report& report)
      : source_(source), around_(around), report_(report) {}

  /// `last_line`: the line that ended the section, or the last of the file. Nothing after an error.
  std::optional<VirtualService> resolve(Section section, std::size_t last_line);
  /// A global fallback, for both transports.
  std::optional<GlobalFallback> resolve_global(const FallbackSyntax& syntax, Family family);

 private:
  struct Port {
    std::string text;
    std::uint16_t number = 0;
  };

  Resolver::Host host(std::string_view name, Family family);
  std::optional<Port> port(std::string_view text, Transport transport);
  std::optional<Fallback> fallback(const FallbackSyntax& syntax, Family family,
                                   const std::string& port_text, Protocol protocol);
  bool virtual_address(const VirtualSyntax& syntax, VirtualService& service);
  bool add_reals(std::size_t line, VirtualService& service);
  /// The addresses a real line names, first and last; they are equal without a range.
  struct Ends {
    Endpoint first;
    std::string last;
  };
  std::optional<Ends> resolve_real(const RealAddress& address, Family family, std::size_t line);
  std::optional<std::uint32_t> range_length(const RealAddress& address, const Ends& ends,
                                            std::size_t line);
  void warn_about_twins(const VirtualService& service);
  bool is_duplicate(const VirtualService& service, std::size_t last_line);

  const Source& source_;
  const Surroundings& around_;
  Report& report_;
  std::unordered_map<std::string, Span> seen_;  // virtual ids
  std::size_t range_addresses_ = 0;             // of all ranges of the file
};

}  // namespace um::parsers::ldirectord_cf
