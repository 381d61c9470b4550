#include "address/owned.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace um::address {
namespace {

namespace fs = std::filesystem;

bool read_number(std::istream& in, int& number) {
  return static_cast<bool>(in >> number);
}

bool read_place(std::istream& in, Assigned& place) {
  std::string first, word, value;
  if (!(in >> first)) return false;
  const std::size_t slash = first.find('/');
  const auto ip = Ip::parse(first.substr(0, slash));
  if (!ip || slash == std::string::npos) return false;
  place.ip = *ip;
  std::istringstream prefix(first.substr(slash + 1));
  if (!read_number(prefix, place.prefix)) return false;
  while (in >> word) {
    if (word == "nodad") {
      place.without_dad = true;
    } else if (!(in >> value)) {
      return false;
    } else if (word == "brd") {
      place.broadcast = Ip::parse(value);
    } else if (word == "dev") {
      place.device = value;
    } else if (word == "label") {
      place.label = value;
    } else if (word == "scope") {
      place.scope = scope_named(value).value_or(Scope::kGlobal);
    }
  }
  return !place.device.empty();
}

}  // namespace

std::string to_text(const Owned& owned) {
  return owned.place.words() + "\nannounce " + std::to_string(owned.schedule.repeat) + " times, " +
         std::to_string(owned.schedule.interval.count()) + " ms apart\n";
}

std::optional<Owned> read_owned(std::string_view text) {
  Owned owned;
  const std::size_t newline = text.find('\n');
  std::istringstream first{std::string(text.substr(0, newline))};
  if (!read_place(first, owned.place)) return {};
  if (newline == std::string_view::npos) return owned;
  std::istringstream second{std::string(text.substr(newline + 1))};
  std::string word;
  int repeat = 0, interval = 0;
  if (second >> word && word == "announce" && read_number(second, repeat) && second >> word &&
      read_number(second, interval) && repeat > 0 && interval > 0)
    owned.schedule = {std::chrono::milliseconds(interval), repeat};
  return owned;
}

Result<void> OwnedStore::remember(const Owned& owned) const {
  std::error_code error;
  fs::create_directories(directory_, error);
  const fs::path file = directory_ / owned.place.ip.text();
  // Hidden until complete: all() passes over names that begin with a dot.
  const fs::path draft = directory_ / ('.' + owned.place.ip.text());
  {
    std::ofstream out(draft, std::ios::trunc);
    out << to_text(owned);
    if (!out.flush()) return Failure{"cannot write " + draft.string()};
  }
  fs::rename(draft, file, error);
  if (error) return Failure{"cannot write " + file.string() + ": " + error.message()};
  return {};
}

void OwnedStore::forget(const Ip& ip) const {
  std::error_code ignored;
  fs::remove(directory_ / ip.text(), ignored);
}

std::vector<Owned> OwnedStore::all() const {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error))
    if (!it->path().filename().string().starts_with('.')) files.push_back(it->path());
  std::ranges::sort(files);
  std::vector<Owned> found;
  for (const fs::path& file : files) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    if (auto owned = read_owned(text.str())) found.push_back(std::move(*owned));
  }
  return found;
}

}  // namespace um::address
