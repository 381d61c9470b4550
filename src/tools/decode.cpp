#include "tools/decode.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "parsers/authkeys.hpp"
#include "tools/decode_capture.hpp"

namespace um::tools {
namespace {

using wire::FieldType;
using wire::Message;

constexpr const char* kDefaultKeys = "/etc/ha.d/authkeys";
constexpr std::string_view kUsage =
    R"(usage: ultramonkey decode [-k AUTHKEYS] [FILE...]

Shows captured heartbeat packets: captures of tcpdump -w, or files with one packet each.
Without FILE, or with "-", standard input is read.
  -k AUTHKEYS   verify with the keys of this file (default /etc/ha.d/authkeys, if readable)
)";

std::string quoted(std::string_view bytes) {
  std::string text;
  for (unsigned char c : bytes)
    text +=
        c >= ' ' && c != 0x7f ? std::string(1, static_cast<char>(c)) : fmt::format("\\x{:02x}", c);
  return text;
}

// 16 bytes are a uuid, as in all binary fields of heartbeat itself.
std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bool dash = bytes.size() == 16 && (i == 4 || i == 6 || i == 8 || i == 10);
    text += fmt::format("{}{:02x}", dash ? "-" : "", static_cast<unsigned char>(bytes[i]));
  }
  return text;
}

void describe_fields(const Message& message, const std::string& indent, std::string& out) {
  for (const wire::Field& field : message.fields()) {
    bool plain = field.type == FieldType::kString || field.type == FieldType::kList;
    std::string type =
        field.type == FieldType::kString ? "" : fmt::format("({})", static_cast<int>(field.type));
    if (field.type == FieldType::kStruct || field.type == FieldType::kCompressed) {
      wire::Decoded nested = wire::open_nested(message, field);
      out += fmt::format("{}{}{}:{}\n", indent, type, quoted(field.name),
                         nested.ok() ? "" : " cannot be opened");
      describe_fields(nested.message, indent + "  ", out);
    } else {
      out += fmt::format("{}{}{}={}\n", indent, type, quoted(field.name),
                         plain ? quoted(field.value) : hexadecimal(field.value));
    }
  }
}

std::string read_all(std::istream& in) {
  return {std::istreambuf_iterator<char>(in), {}};
}

// Nothing, and a line on `err`, when the file cannot be used.
std::optional<wire::Keyring> read_keys(const std::string& file, std::ostream& err) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    err << file << ": cannot be read\n";
    return std::nullopt;
  }
  parsers::Source source(file, read_all(in));
  auto parsed = parsers::parse_authkeys(source);
  for (const auto& diagnostic : parsed.diagnostics)
    if (diagnostic.severity == parsers::Severity::kError)
      err << parsers::format(diagnostic, parsers::without_secrets(source));
  if (!parsed.ok()) return std::nullopt;
  wire::Keyring ring;
  for (unsigned index = 0; index < parsed.value.keys.size(); ++index)
    if (const auto& key = parsed.value.keys[index])
      ring.set(index, {*wire::method_from_name(parsers::name_of(key->method)), key->key});
  return ring;
}

struct Job {
  std::optional<std::string> key_file;
  std::vector<std::string> files;
  bool usage = false;
};

Job read_arguments(const std::vector<std::string>& args) {
  Job job;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "-k" && i + 1 < args.size())
      job.key_file = args[++i];
    else if (args[i].size() > 1 && args[i][0] == '-')
      job.usage = true;
    else
      job.files.push_back(args[i]);
  }
  if (job.files.empty()) job.files.emplace_back("-");
  return job;
}

bool is_heartbeat(std::string_view bytes) {
  return bytes.starts_with(">>>\n") || bytes.starts_with("###\n");
}

// Everything one input holds. False when a packet was refused.
bool show(const std::string& name, const std::string& bytes, const wire::Keyring* keys,
          std::ostream& out) {
  bool all_genuine = true, genuine = true;
  auto capture = read_capture(bytes);
  if (!capture) {
    out << name << ": " << describe_packet(bytes, keys, genuine);
    return genuine;
  }
  for (const Datagram& datagram : *capture) {
    if (!is_heartbeat(datagram.payload)) continue;
    out << fmt::format("{:11.6f} {} > {}: ", datagram.seconds, datagram.from, datagram.to)
        << describe_packet(datagram.payload, keys, genuine);
    all_genuine = all_genuine && genuine;
  }
  return all_genuine;
}

}  // namespace

std::string describe_packet(std::string_view packet, const wire::Keyring* keys, bool& genuine) {
  wire::Decoded decoded = keys ? wire::decode_packet(packet, *keys) : wire::decode_plain(packet);
  genuine = decoded.ok();
  std::string_view form = packet.starts_with(">>>") ? "string form" : "netstring form";
  if (!decoded.ok()) {
    bool foreign = decoded.rejection->reason == wire::Reason::kForeign;
    std::string text = fmt::format("{} bytes, {}refused\n", packet.size(),
                                   foreign ? "no heartbeat packet, " : fmt::format("{}, ", form));
    for (const wire::LogLine& line : decoded.rejection->lines) text += "  ! " + line.text + "\n";
    return text;
  }
  std::string text =
      fmt::format("{} bytes, {}, {}\n", packet.size(), form, keys ? "genuine" : "not verified");
  describe_fields(decoded.message, "  ", text);
  return text;
}

int decode(const std::vector<std::string>& args, std::istream& in, std::ostream& out,
           std::ostream& err) {
  Job job = read_arguments(args);
  if (job.usage) {
    err << kUsage;
    return 2;
  }
  std::optional<wire::Keyring> keys;
  if (job.key_file || std::ifstream(kDefaultKeys)) {
    keys = read_keys(job.key_file.value_or(kDefaultKeys), err);
    if (!keys && job.key_file) return 1;
  }
  bool good = true;
  for (const std::string& file : job.files) {
    std::ifstream from;
    if (file != "-") from.open(file, std::ios::binary);
    if (file != "-" && !from) {
      err << file << ": cannot be read\n";
      good = false;
      continue;
    }
    std::string bytes = file == "-" ? read_all(in) : read_all(from);
    good = show(file == "-" ? "stdin" : file, bytes, keys ? &*keys : nullptr, out) && good;
  }
  return good ? 0 : 1;
}

}  // namespace um::tools
