#include "parsers/ldirectord_cf.hpp"

#include "parsers/ldirectord_cf_directives.hpp"
#include "parsers/ldirectord_cf_effective.hpp"

namespace um::parsers {
namespace {

using namespace ldirectord_cf;

/// The two states of the old reader, line by line (spec ldirectord-config 1).
class Reader {
 public:
  Reader(const Source& source, const Surroundings& around)
      : source_(source), around_(around), report_(source), resolver_(source, around, report_) {}

  Parsed<LdirectordConfig> read();

 private:
  void read_line(std::size_t number);
  bool read_in_section(Line& line);
  void read_global(const Line& line);
  bool open_section(const Line& line);
  void close_section(std::size_t last_line);
  void apply(std::span<const Directive> table, const Line& line, const Piece& text);
  void warn_about_intervals();

  Context context(const Line& line) {
    return {source_, around_, report_, resolver_, config_, section_ ? &*section_ : nullptr, line};
  }

  const Source& source_;
  const Surroundings& around_;
  Report report_;
  SectionResolver resolver_;
  LdirectordConfig config_;
  std::optional<Section> section_;
  std::size_t blank_line_ =
      0;                   // that ended the last section, for lines that were meant to be in it
  bool skipping_ = false;  // such lines were reported: their neighbours have the same fault
};

Parsed<LdirectordConfig> Reader::read() {
  const std::size_t lines = source_.text().empty() ? 0 : source_.line_count();
  for (std::size_t n = 1; n <= lines && !report_.full(); ++n) read_line(n);
  // 4.12 read a virtual line twice when nothing follows it (Q2; decision L7).
  if (section_ && section_->address && section_->address->line == lines)
    report_.refused_by_old(section_->address->where,
                           "4.12 refuses a virtual service on the last line of the file");
  if (section_) close_section(lines);
  if (report_.errors() == 0) warn_about_intervals();
  config_.legacy_differences = report_.take_differences();
  return {std::move(config_), report_.take()};
}

void Reader::read_line(std::size_t number) {
  Line line(source_, number);
  if (section_) {
    if (read_in_section(line)) return;
    close_section(number);
    blank_line_ = all_space(line.raw()) ? number : 0;
    // What ends a section is looked at as it stands, with its comment and tabs.
    return read_global(Line(source_, number));
  }
  read_global(line);
}

/// False when the line ends the section.
bool Reader::read_in_section(Line& line) {
  if (skip_space(line.raw()).starts_with('#')) return true;
  line.prepare_for_section();
  const auto text = section_text(line);
  if (!text) return false;
  apply(section_directives(), line, *text);
  return true;
}

void Reader::read_global(const Line& line) {
  if (open_section(line)) {
    skipping_ = false;
    return;
  }
  const std::string_view meaningful = skip_space(line.raw());
  if (meaningful.empty() || meaningful.front() == '#') return;
  if (is_space(line.raw().front())) {
    if (skipping_) return;
    Context c = context(line);
    report_unknown(c, blank_line_);
    skipping_ = true;
    return;
  }
  skipping_ = false;
  apply(global_directives(), line, line.piece());
}

void Reader::apply(std::span<const Directive> table, const Line& line, const Piece& text) {
  Context c = context(line);
  if (!section_ && text.text.starts_with("supervised")) return set_supervised(c);
  const auto parts = assignment(text);
  const Directive* directive = parts ? find_directive(table, parts->name) : nullptr;
  if (directive == nullptr || !directive->set(*directive, c, parts->value))
    return report_unknown(c, 0);
  if (directive->newer)
    report_.refused_by_old(line.span(), "4.12 does not know " + std::string(directive->name));
}

bool Reader::open_section(const Line& line) {
  const auto parts = assignment(line.piece());
  if (!parts || (parts->name != "virtual" && parts->name != "virtual6")) return false;
  const Family family = parts->name == "virtual" ? Family::kInet : Family::kInet6;
  section_.emplace();
  section_->address = parse_virtual(parts->value, family, report_);
  VirtualService& service = section_->service;
  service.server.family = family;
  if (section_->address) {
    const VirtualSyntax& address = *section_->address;
    const bool dns = address.port.text == "53" || address.port.text == "domain";
    service.protocol = !address.mark.empty() ? Protocol::kFwm
                       : dns                 ? Protocol::kUdp
                                             : Protocol::kTcp;
  }
  return true;
}

void Reader::close_section(std::size_t last_line) {
  auto service = resolver_.resolve(std::move(*section_), last_line);
  section_.reset();
  if (service) config_.virtuals.push_back(std::move(*service));
}

void Reader::warn_about_intervals() {
  if (config_.globals.fork) return;
  for (const VirtualService& v : config_.virtuals)
    if (v.settings.check_interval)
      report_.old_warning(
          v.where,
          {0, "checkinterval in virtual service " + virtual_id(v) + " ignored when fork=no"},
          "checkinterval of this virtual service is ignored", "it counts only with fork=yes");
}

}  // namespace

Parsed<LdirectordConfig> parse_ldirectord_cf(const Source& source, const Surroundings& around) {
  return Reader(source, around).read();
}

}  // namespace um::parsers
