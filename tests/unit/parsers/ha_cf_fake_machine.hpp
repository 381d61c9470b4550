// ha_cf_fake_machine.hpp - a machine made of maps, for tests that must not depend on the host.
#pragma once
#include <cerrno>
#include <map>
#include <set>
#include <string>

#include <arpa/inet.h>

#include "base/machine.hpp"

namespace um::test {

class FakeMachine : public Machine {
 public:
  std::string name = "node1";
  std::map<std::string, FileContent> files;
  std::map<std::string, FileState> states;
  std::map<std::string, InterfaceState> interfaces;
  std::map<std::string, User> users;
  std::map<std::string, gid_t> groups;
  std::map<std::string, std::string> addresses;  // host name -> IPv4
  std::map<std::string, std::uint16_t> udp_services;
  std::set<std::string> stonith_types;
  std::map<std::string, std::vector<std::string>> matches;  // file name pattern -> files
  std::string resolver_error = "Name or service not known";

  void write(const std::string& path, std::string text, mode_t mode = 0600, uid_t owner = 0) {
    files[path] = {0, std::move(text), mode, owner, false};
  }
  void executable(const std::string& path) { states[path] = {FileKind::kRegular, true}; }

  std::string node_name() const override { return name; }
  FileContent read_file(const std::filesystem::path& path) const override {
    const auto found = files.find(path.string());
    return found == files.end() ? FileContent{ENOENT, {}, 0, 0, false} : found->second;
  }
  FileState file_state(const std::filesystem::path& path) const override {
    const auto found = states.find(path.string());
    return found == states.end() ? FileState{} : found->second;
  }
  std::vector<std::string> glob(const std::filesystem::path&,
                                const std::string& pattern) const override {
    const auto found = matches.find(pattern);
    return found == matches.end() ? std::vector<std::string>{} : found->second;
  }
  InterfaceState interface(const std::string& interface_name) const override {
    const auto found = interfaces.find(interface_name);
    return found == interfaces.end() ? InterfaceState{} : found->second;
  }
  std::optional<User> user(const std::string& user_name) const override {
    const auto found = users.find(user_name);
    return found == users.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<gid_t> group(const std::string& group_name) const override {
    const auto found = groups.find(group_name);
    return found == groups.end() ? std::nullopt : std::optional(found->second);
  }
  Resolved resolve(const std::string& host, Family family) const override {
    in6_addr ignored{};
    const int number = family == Family::kInet ? AF_INET : AF_INET6;
    if (inet_pton(number, host.c_str(), &ignored) == 1) return {{host}, {}};
    const auto found = addresses.find(host);
    if (family == Family::kInet && found != addresses.end()) return {{found->second}, {}};
    return {{}, resolver_error};
  }
  std::optional<std::uint16_t> udp_port_of_service(const std::string& service) const override {
    const auto found = udp_services.find(service);
    return found == udp_services.end() ? std::nullopt : std::optional(found->second);
  }
  std::string udp_service_of_port(std::uint16_t port) const override {
    for (const auto& [service, number] : udp_services)
      if (number == port) return service;
    return {};
  }
  bool has_stonith_type(const std::string& type) const override {
    return stonith_types.contains(type);
  }
};

}  // namespace um::test
