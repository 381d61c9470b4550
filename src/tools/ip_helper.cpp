#include "tools/ip_helper.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "address/takeover.hpp"
namespace um::tools {
namespace {

namespace fs = std::filesystem;
using address::Assigned;
using address::Failure;
using address::Result;
using address::Step;
using address::Table;

// Beside rsctmp, which heartbeat empties when it starts: an address may be up then.
constexpr const char* kLoopbackState = "/run/heartbeat/loopback/";
// Written by older releases; read once, after an upgrade with the address up.
constexpr const char* kOldLoopbackStates[] = {
    "/var/lib/heartbeat/rsctmp/IPaddr/", "/run/heartbeat/rsctmp/IPaddr/", "/run/resource-agents/"};

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string instance_of(const IpRequest& request, const address::Spec& spec) {
  return spec.ip ? request.script + '_' + spec.ip->text() : std::string();
}

bool forwards_ipv6() {
  return read_file("/proc/sys/net/ipv6/conf/all/forwarding").starts_with('1');
}

bool is_there(const Assigned& place, const Table& table) {
  return std::ranges::any_of(table.addresses, [&](const Assigned& a) {
    return a.ip == place.ip && a.prefix == place.prefix && a.device == place.device;
  });
}

}  // namespace

IpHelper::IpHelper(IpRequest request)
    : request_(std::move(request)),
      spec_(address::parse_spec(request_.text)),
      log_(request_.script, instance_of(request_, spec_)) {
  if (!spec_.ip || !spec_.problem.empty()) return;
  if (spec_.ip->is_v6() && request_.protocol == Protocol::kIpv4)
    spec_.problem =
        request_.script + " takes IPv4 addresses, use IPv6addr for [" + spec_.ip->text() + "]";
  if (spec_.ip->is_v4() && request_.protocol == Protocol::kIpv6)
    spec_.problem = "IP address [" + spec_.ip->text() + "] not valid.";
}

int IpHelper::fail(const std::string& text) const {
  const std::string line = "ERROR: " + text;
  log_.write(line);
  std::cout << line << std::endl;
  return 1;
}

int IpHelper::fail(const Step& step, const std::string& reason) const {
  log_.write("ERROR: " + step.command() + ": " + reason);
  std::cout << "ERROR: " << step.command() << " failed." << std::endl;
  return 1;
}

Result<Table> IpHelper::read_table() {
  if (!netlink_) {
    auto opened = address::Netlink::open();
    if (!opened) return opened.error();
    netlink_.emplace(std::move(*opened));
  }
  return netlink_->table();
}

Result<Assigned> IpHelper::place_in(Table& table) {
  if (spec_.problem.empty() && (spec_.device.empty() || !spec_.prefix))
    if (auto read = netlink_->read_routes(table); !read) return read.error();
  auto place = address::find_interface(spec_, table);
  if (place && request_.alias) {
    if (place->label.empty()) place->label = address::free_alias(place->device, table).value_or("");
    // ifconfig, which set the aliases until now, always gave one.
    if (!place->broadcast && place->prefix < 31)
      place->broadcast = place->ip.broadcast(place->prefix);
  }
  if (place) place->without_dad = request_.without_dad;
  return place;
}

std::string IpHelper::configured_device() const {
  return spec_.device.empty() && spec_.ip->is_loopback() ? "lo" : spec_.device;
}

int IpHelper::status() {
  address::Status status = address::Status::kStopped;
  if (spec_.ip) {
    const auto table = read_table();
    if (!table) return fail(table.error().reason);
    status = address::status_of(*spec_.ip, configured_device(), *table);
  }
  std::cout << name_of(status) << '\n';
  return exit_code_of(status);
}

int IpHelper::start() {
  auto table = read_table();
  if (!table) return fail(table.error().reason);
  auto place = place_in(*table);
  if (!place) return fail(place.error().reason);
  if (spec_.dotted_netmask)
    log_.write("WARN: netmask of " + request_.text + " taken as prefix length " +
               std::to_string(place->prefix) + "; write it so");
  if (address::start_steps(*place, *table).empty()) {
    for (const Assigned& a : table->holding(*spec_.ip))
      if (!table->is_loopback(a.device) || table->is_loopback(place->device)) *place = a;
    if (spec_.prefix && place->prefix != *spec_.prefix)
      log_.write("WARN: " + spec_.ip->text() + " is here with prefix length " +
                 std::to_string(place->prefix) + ", not " + std::to_string(*spec_.prefix));
    (void)address::OwnedStore().remember({*place, request_.schedule});
    return 0;
  }
  run_hook("start");
  return bring(std::move(*place), std::move(*table));
}

int IpHelper::bring(Assigned place, Table table) {
  keep_loopback_copies(table);
  std::vector<Step> done;
  for (const Step& step : address::start_steps(place, table)) {
    if (auto result = perform(step); !result) {
      for (const Step& added : done)
        if (added.kind == Step::Kind::kAdd) (void)netlink_->remove(added.address);
      return fail(step, result.error().reason);
    }
    done.push_back(step);
  }
  if (auto verified = verify(place); !verified) {
    (void)netlink_->remove(place);
    return fail(Step{Step::Kind::kAdd, place}, verified.error().reason);
  }
  if (auto kept = address::OwnedStore().remember({place, request_.schedule}); !kept)
    log_.write("WARN: " + kept.error().reason);
  const address::Link* link = table.link(place.device);
  return link && link->can_announce() ? send(*link) : 0;
}

Result<void> IpHelper::perform(const Step& step) {
  log_.write("info: " + step.command());
  switch (step.kind) {
    case Step::Kind::kAdd: return netlink_->add(step.address);
    case Step::Kind::kRemove: return netlink_->remove(step.address);
    case Step::Kind::kUp: break;
  }
  return netlink_->bring_up(step.address.device);
}

Result<void> IpHelper::verify(const Assigned& place) {
  // IPv6: an address is of use only after its duplicate detection, which takes about a second.
  for (int tries = 0; tries < 100; ++tries) {
    const auto table = netlink_->table();
    if (!table) return table.error();
    if (!is_there(place, *table)) return Failure{"the kernel does not have it"};
    const auto held = table->holding(place.ip);
    if (std::ranges::any_of(held, &Assigned::duplicate))
      return Failure{"another node answers for this address (duplicate address detection)"};
    if (std::ranges::none_of(held, &Assigned::tentative)) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return Failure{"duplicate address detection did not end within 5 s; is the link up?"};
}

int IpHelper::send(const address::Link& link) {
  const Sender sender(sender_pid_file(*spec_.ip));
  const address::Announcement announcement(link, *spec_.ip, request_.schedule, forwards_ipv6());
  log_.write("info: announcing " + spec_.ip->text() + " on " + link.name + ", " +
             std::to_string(request_.schedule.repeat) + " times, " +
             std::to_string(request_.schedule.interval.count()) + " ms apart");
  const auto sent = request_.foreground ? sender.run(link, announcement)
                                        : sender.start_in_background(link, announcement);
  // Neighbours learn of the address sooner or later in any case: no reason to give it up.
  if (!sent) log_.write("ERROR: Could not send gratuitous arps: " + sent.error().reason);
  return 0;
}

int IpHelper::stop() {
  if (!spec_.ip) return 0;
  if (Sender(sender_pid_file(*spec_.ip)).stop())
    log_.write("info: killed previously running send_arp for " + spec_.ip->text());
  address::OwnedStore().forget(*spec_.ip);
  const auto table = read_table();
  if (!table) return fail(table.error().reason);
  const std::string device = configured_device();
  const bool present = address::status_of(*spec_.ip, device, *table) == address::Status::kRunning;
  const auto steps = address::stop_steps(*spec_.ip, device, loopback_copies(present), *table);
  if (present) run_hook("stop");
  const int result = steps.empty() ? 0 : take_off(steps, *table);
  if (result == 0) forget_loopback_copies();
  if (present)
    log_.write(result == 0 ? "info: IP Address " + spec_.ip->text() + " released"
                           : "WARN: IP Address " + spec_.ip->text() + " NOT released");
  return result;
}

int IpHelper::take_off(const std::vector<Step>& steps, const Table& before) {
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::kAdd)
      log_.write("info: Restoring loopback IP Address  " + step.address.ip.text() + ' ' +
                 std::to_string(step.address.prefix) + " 255.255.255.255 " + step.address.device +
                 '.');
    if (auto result = perform(step); !result) return fail(step, result.error().reason);
  }
  const auto after = netlink_->table();
  if (!after) return fail(after.error().reason);
  for (const Step& step : address::put_back_steps(steps, before, *after)) {
    log_.write("WARN: " + step.address.ip.text() + " went away with its primary address " +
               spec_.ip->text() + "; putting it back (set promote_secondaries on " +
               step.address.device + ")");
    if (auto result = perform(step); !result) return fail(step, result.error().reason);
  }
  if (address::status_of(*spec_.ip, configured_device(), *after) == address::Status::kRunning)
    return fail(steps.front(), "the kernel still has it");
  return 0;
}

void IpHelper::keep_loopback_copies(const Table& table) const {
  std::vector<Assigned> copies = table.holding(*spec_.ip);
  std::erase_if(copies, [&](const Assigned& a) { return !table.is_loopback(a.device); });
  if (copies.empty()) return;
  log_.write("info: Removing conflicting loopback " + copies.front().device + '.');
  std::error_code ignored;
  fs::create_directories(kLoopbackState, ignored);
  std::ofstream(kLoopbackState + spec_.ip->text()) << address::save_loopback(copies);
}

std::vector<Assigned> IpHelper::loopback_copies(bool present) const {
  auto copies = address::read_loopback(*spec_.ip, read_file(kLoopbackState + spec_.ip->text()));
  // An older release's note may be left over from before a crash: only an address that is up
  // proves that the loopback copy is away because of it.
  for (const char* directory : kOldLoopbackStates)
    if (copies.empty() && present)
      copies = address::read_loopback(*spec_.ip, read_file(directory + spec_.ip->text()));
  return copies;
}

void IpHelper::forget_loopback_copies() const {
  std::error_code ignored;
  fs::remove(kLoopbackState + spec_.ip->text(), ignored);
  for (const char* directory : kOldLoopbackStates)
    if (!read_file(directory + spec_.ip->text()).empty())
      fs::remove(directory + spec_.ip->text(), ignored);
}

void IpHelper::run_hook(const char* verb) const {
  if (request_.hook.empty() || access(request_.hook.c_str(), X_OK) != 0) return;
  const pid_t child = vfork();
  if (child == 0) {
    execl(request_.hook.c_str(), request_.hook.c_str(), request_.text.c_str(), verb, nullptr);
    _exit(127);
  }
  if (child > 0) waitpid(child, nullptr, 0);
}

int IpHelper::valid() {
  return spec_.problem.empty() ? 0 : 1;
}

int IpHelper::find() {
  auto table = read_table();
  if (!table) return fail(table.error().reason);
  const auto place = place_in(*table);
  if (!place) {
    std::cerr << place.error().reason << '\n';
    return 1;
  }
  std::cout << address::findif_line(*place, spec_, true) << '\n';
  return 0;
}

int IpHelper::announce() {
  const auto table = read_table();
  if (!table) return fail(table.error().reason);
  if (!spec_.ip || !spec_.problem.empty()) return fail(spec_.problem);
  const auto held = table->holding(*spec_.ip);
  const std::string device =
      spec_.device.empty() && !held.empty() ? held.front().device : spec_.device;
  const address::Link* link = table->link(device);
  if (!link) return fail("Cannot find mac address for " + device);
  return link->can_announce() ? send(*link) : 0;
}

int IpHelper::announcing() {
  const bool running = spec_.ip && Sender(sender_pid_file(*spec_.ip)).running();
  std::cout << (running ? "running\n" : "stopped\n");
  return 0;
}

int IpHelper::silence() {
  if (spec_.ip) Sender(sender_pid_file(*spec_.ip)).stop();
  return 0;
}

}  // namespace um::tools
