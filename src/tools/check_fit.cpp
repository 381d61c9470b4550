#include "tools/check_fit.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace um::tools {
namespace {

using parsers::Diagnostic;
using parsers::Resource;
using parsers::ResourceGroup;
using parsers::Severity;
using parsers::Span;

/// An address of a haresources line, as `ip address` would print it.
struct Vip {
  std::string address;
  const Resource* resource;
  const ResourceGroup* group;
};

/// Numeric text in its one spelling; empty when it is no address.
std::string normal_address(const std::string& text) {
  for (int family : {AF_INET, AF_INET6}) {
    in6_addr bytes{};
    std::array<char, INET6_ADDRSTRLEN> out{};
    if (inet_pton(family, text.c_str(), &bytes) == 1)
      return inet_ntop(family, &bytes, out.data(), out.size());
  }
  return {};
}

bool is_address_agent(const Resource& resource) {
  return resource.agent == "IPaddr" || resource.agent == "IPaddr2" || resource.agent == "IPv6addr";
}

/// `ADDRESS/PREFIX/INTERFACE/BROADCAST` at its slashes.
std::vector<std::string> parts_of(const std::string& argument) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= argument.size();) {
    const std::size_t end = std::min(argument.find('/', at), argument.size());
    parts.push_back(argument.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

class Fit {
 public:
  Fit(CheckedConfiguration& c, const CheckRequest& request, const Machine& machine)
      : c_(c),
        request_(request),
        machine_(machine),
        haresources_(c.find(CheckKind::kHaresources)) {}

  void run() {
    if (haresources_ != nullptr && haresources_->source != nullptr) {
      for (const ResourceGroup& group : c_.verdict.resources.groups) {
        owner(group);
        for (const Resource& resource : group.resources) look_at(group, resource);
      }
      doubled_addresses();
      started_by_init();
      for (const CheckFile& file : c_.files)
        if (file.kind == CheckKind::kLdirectordCf && file.ok()) balanced_[file.path] = &file;
      virtual_services();
    }
    if (c_.verdict.ha_cf_ok) cluster();
  }

 private:
  void add(CheckFile& file, Severity severity, Span where, std::string message, std::string hint) {
    file.diagnostics.push_back({severity, where, std::move(message), std::move(hint), {}});
  }
  void in_resources(Severity severity, Span where, std::string message, std::string hint) {
    add(*haresources_, severity, where, std::move(message), std::move(hint));
  }
  void in_ha_cf(Severity severity, Span where, std::string message, std::string hint) {
    add(*c_.find(CheckKind::kHaCf), severity, where, std::move(message), std::move(hint));
  }

  // ---- haresources
  // --------------------------------------------------------------------------------

  void owner(const ResourceGroup& group) {
    for (const parsers::Node& node : c_.verdict.config.nodes)
      if (node.ping && node.name == group.node)
        in_resources(Severity::kError, group.where, fmt::format("{} is a ping node", group.node),
                     "it cannot hold resources: name a cluster node");
  }

  void look_at(const ResourceGroup& group, const Resource& resource) {
    script(resource);
    if (is_address_agent(resource)) address(group, resource);
    if (resource.agent == "ldirectord") director(resource);
    for (const std::string& argument : resource.arguments)
      if (parsers::is_pattern(argument) && !machine_.glob("/", argument).empty())  // R14
        in_resources(Severity::kWarning, resource.where,
                     fmt::format("\"{}\" is a file name pattern, and files match it", argument),
                     "the script gets the files' names");
  }

  void script(const Resource& resource) {
    if (parsers::find_agent(machine_, resource.agent)) return;
    for (std::string_view directory : parsers::kAgentDirectories) {
      const std::string path = fmt::format("{}/{}", directory, resource.agent);
      if (machine_.file_state(path).kind != FileKind::kRegular) continue;
      in_resources(Severity::kError, resource.where, fmt::format("{} is not executable", path),
                   fmt::format("chmod +x {}", path));
      return;
    }
    std::string hint = fmt::format("looked in {}", fmt::join(parsers::kAgentDirectories, " and "));
    if (const std::string near = near_script(resource.agent); !near.empty())
      hint += fmt::format(" - did you mean \"{}\"?", near);
    in_resources(Severity::kError, resource.where,
                 fmt::format("there is no resource script {}", resource.agent), std::move(hint));
  }

  std::string near_script(std::string_view agent) const {
    std::vector<std::string> names;
    for (std::string_view directory : parsers::kAgentDirectories)
      std::ranges::move(machine_.glob(directory, "*"), std::back_inserter(names));
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    return std::string(parsers::nearest(agent, candidates));
  }

  void address(const ResourceGroup& group, const Resource& resource) {
    // With a :: inside, the parser has said already what became of the address.
    if (resource.arguments.size() != 1) return;
    const std::vector<std::string> parts = parts_of(resource.arguments.front());
    const std::string address = normal_address(parts.front());
    if (address.empty()) {
      in_resources(Severity::kError, resource.where,
                   fmt::format("\"{}\" is no address", parts.front()),
                   fmt::format("expected {}::ADDRESS/PREFIX/INTERFACE", resource.agent));
      return;
    }
    vips_.push_back({address, &resource, &group});
    if (parts.size() < 3) return;
    const std::string interface = parts[2].substr(0, parts[2].find(':'));
    const bool looks_like_one = !interface.empty() && normal_address(interface).empty();
    if (looks_like_one && !machine_.interface(interface).exists)
      in_resources(Severity::kWarning, resource.where,
                   fmt::format("there is no interface {}", interface),
                   "`ip address` lists the interfaces");
  }

  void doubled_addresses() {
    std::map<std::string, const Vip*> first;
    for (const Vip& vip : vips_) {
      const auto [known, fresh] = first.emplace(vip.address, &vip);
      if (fresh) continue;
      const bool two_nodes = known->second->group->node != vip.group->node;
      const std::size_t line =
          haresources_->source->position(known->second->resource->where.begin).line;
      in_resources(two_nodes ? Severity::kError : Severity::kWarning, vip.resource->where,
                   fmt::format("{} is brought up by line {} too", vip.address, line),
                   two_nodes ? "two nodes would hold the address at the same time"
                             : "one of the two is enough");
    }
  }

  // ---- the director
  // -------------------------------------------------------------------------------

  void director(const Resource& resource) {
    if (director_ == nullptr) director_ = &resource;
    if (resource.arguments.empty()) {
      in_resources(Severity::kError, resource.where, "ldirectord without configuration file",
                   "write ldirectord::ldirectord.cf");
      return;
    }
    const std::string& name = resource.arguments.front();
    if (find_ldirectord_cf(machine_, request_.directory, name).empty())
      in_resources(Severity::kError, resource.where,
                   fmt::format("ldirectord finds no configuration {}", name),
                   fmt::format("looked for {0}/{1}, {0}/conf/{1} and {1}",
                               request_.directory.string(), name));
  }

  void started_by_init() {
    if (director_ == nullptr) return;
    std::vector<std::string> links = machine_.glob("/etc/rc2.d", "S[0-9][0-9]ldirectord");
    const std::string unit = "/etc/systemd/system/multi-user.target.wants/ldirectord.service";
    if (links.empty() && machine_.file_state(unit).kind == FileKind::kNone) return;
    in_resources(Severity::kWarning, director_->where,
                 "ldirectord is started at boot too, on the node that should stand by",
                 "`systemctl disable ldirectord`: heartbeat starts and stops it");
  }

  void virtual_services() {
    if (director_ == nullptr || balanced_.empty()) return;
    std::set<std::string> addresses;
    for (const Vip& vip : vips_) addresses.insert(vip.address);
    std::set<std::string> served;
    bool gateway_or_mark = false;
    for (auto& [path, file] : balanced_)
      for (const parsers::VirtualService& v : file->ldirectord.virtuals) {
        gateway_or_mark |= v.is_mark() || std::ranges::any_of(v.reals, [](const auto& real) {
                             return real.forward == parsers::Forward::kMasq;
                           });
        if (v.is_mark()) continue;
        served.insert(v.server.address);
        if (!addresses.contains(v.server.address)) no_address(path, v);
      }
    // A masquerading director needs an address on the inner side that serves nobody; a firewall
    // mark does not say which addresses it stands for.
    if (!gateway_or_mark) unserved(served);
  }

  void no_address(const std::string& path, const parsers::VirtualService& v) {
    const auto file = std::ranges::find(c_.files, path, &CheckFile::path);
    add(*file, Severity::kWarning, v.where,
        fmt::format("no line of {} brings up {}", haresources_->path, v.server.address),
        "add the address to the group that starts ldirectord");
  }

  void unserved(const std::set<std::string>& served) {
    for (const Vip& vip : vips_) {
      const bool with_director = std::ranges::any_of(
          vip.group->resources, [](const Resource& r) { return r.agent == "ldirectord"; });
      if (with_director && !served.contains(vip.address))
        in_resources(Severity::kWarning, vip.resource->where,
                     fmt::format("no virtual service has the address {}", vip.address),
                     "add a virtual= for it to ldirectord.cf, or take the address out");
    }
  }

  // ---- ha.cf
  // --------------------------------------------------------------------------------------

  void cluster() {
    const parsers::HaConfig& config = c_.verdict.config;
    std::vector<const parsers::Node*> nodes;
    for (const parsers::Node& node : config.nodes)
      if (!node.ping) nodes.push_back(&node);
    if (nodes.size() == 1)
      in_ha_cf(Severity::kWarning, nodes[0]->where, "a cluster of one node",
               "add the other node's name: nobody would take over");
    if (nodes.size() > 2)  // R20
      in_ha_cf(Severity::kWarning, nodes[2]->where,
               fmt::format("{} nodes: heartbeat was made for two", nodes.size()),
               "the first surviving node by name takes over; old nodes would all take over");
    paths_between_nodes(config);
    ipfail(config);
  }

  void paths_between_nodes(const parsers::HaConfig& config) {
    std::vector<const parsers::MediumLine*> media;
    for (const parsers::MediumLine& line : config.media)
      if (!parsers::is_ping(line.medium)) media.push_back(&line);
    if (config.media.empty()) return;
    if (media.empty())
      in_ha_cf(Severity::kWarning, config.media.front().where,
               "ping nodes only: the nodes do not hear each other",
               "add a line such as bcast eth0");
    else if (media.size() == 1)
      in_ha_cf(Severity::kNote, media.front()->where, "one path only between the nodes",
               "when it fails both nodes take over: add a second, on another cable");
  }

  void ipfail(const parsers::HaConfig& config) {
    const auto client = std::ranges::find_if(config.clients, [](const parsers::ClientLine& line) {
      return std::filesystem::path(line.program).filename() == "ipfail";
    });
    if (client == config.clients.end()) return;
    if (config.auto_failback == parsers::AutoFailback::kLegacy)  // H19
      in_ha_cf(Severity::kError, client->where, "ipfail does not work with auto_failback legacy",
               "write auto_failback on or off");
    if (std::ranges::none_of(config.nodes, &parsers::Node::ping))
      in_ha_cf(Severity::kWarning, client->where,
               "ipfail without ping nodes has nothing to compare",
               "add a line such as ping 10.0.0.254");
  }

  CheckedConfiguration& c_;
  const CheckRequest& request_;
  const Machine& machine_;
  CheckFile* haresources_;
  std::vector<Vip> vips_;
  const Resource* director_ = nullptr;
  std::map<std::string, const CheckFile*> balanced_;  // by path
};

}  // namespace

void check_fit(CheckedConfiguration& configuration, const CheckRequest& request,
               const Machine& machine) {
  Fit(configuration, request, machine).run();
}

}  // namespace um::tools
