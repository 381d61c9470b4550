#include "wire/message.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace um::wire {
namespace {

std::optional<std::uint64_t> number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return value;
}

}  // namespace

const Field* Message::find(std::string_view name) const {
  auto found = std::ranges::find(fields_, name, &Field::name);
  return found == fields_.end() ? nullptr : &*found;
}

std::string_view Message::get(std::string_view name) const {
  const Field* field = find(name);
  return field ? std::string_view(field->value) : std::string_view{};
}

std::optional<std::uint64_t> Message::hex(std::string_view name) const {
  return number(get(name), 16);
}

std::optional<std::uint64_t> Message::decimal(std::string_view name) const {
  return number(get(name), 10);
}

Message& Message::set(std::string_view name, std::string_view value, FieldType type) {
  Field field{std::string(name), std::string(value), type};
  auto found = std::ranges::find(fields_, name, &Field::name);
  if (found == fields_.end())
    fields_.push_back(std::move(field));
  else
    *found = std::move(field);
  return *this;
}

Message& Message::set_hex(std::string_view name, std::uint64_t value) {
  return set(name, fmt::format("{:x}", value));
}

Message& Message::append(Field field) {
  fields_.push_back(std::move(field));
  return *this;
}

void Message::erase(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return field.name == name; });
}

}  // namespace um::wire
