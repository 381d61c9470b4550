#include "tools/node_commands.hpp"

#include <algorithm>
#include <iostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/cluster_message.hpp"

namespace um::tools {
namespace {

using Words = std::vector<std::string>;

int usage(std::string_view text) {
  std::cout << "usage: " << text << '\n';
  return 1;
}

// A line end in a word would be another field of the message.
bool plain(const Words& words) {
  return std::ranges::none_of(words, [](const std::string& word) {
    return word.empty() || word.find_first_of("\n\r") != std::string::npos;
  });
}

bool is_number(const std::string& word) {
  return !word.empty() && word.size() <= 9 &&
         word.find_first_not_of("0123456789") == std::string::npos;
}

bool asks_for_help(const Words& args) {
  return args.empty() || args[0] == "--help";
}

int change_nodes(std::string_view program, std::string_view type, const Words& args) {
  if (asks_for_help(args) || !plain(args))
    return usage(fmt::format("{} <node> <node> ...", program));
  return send_to_cluster({{"t", type}, {"nodelist", fmt::format("{}", fmt::join(args, " "))}});
}

}  // namespace

int hb_addnode(const Words& args) {
  return change_nodes("hb_addnode", "addnode", args);
}

int hb_delnode(const Words& args) {
  return change_nodes("hb_delnode", "delnode", args);
}

int hb_setweight(const Words& args) {
  if (asks_for_help(args) || args.size() < 2 || !plain(args) || !is_number(args[1]))
    return usage("hb_setweight <node> <weight>");
  return send_to_cluster({{"t", "setweight"}, {"node", args[0]}, {"weight", args[1]}});
}

int hb_setsite(const Words& args) {
  if (asks_for_help(args) || args.size() < 2 || !plain(args))
    return usage("hb_setsite <node> <site>");
  return send_to_cluster({{"t", "setsite"}, {"node", args[0]}, {"site", args[1]}});
}

}  // namespace um::tools
