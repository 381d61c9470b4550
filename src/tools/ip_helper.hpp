// ip_helper.hpp - the address work of the resource scripts IPaddr, IPaddr2, IPv6addr and SendArp.
//
// The scripts keep what a person reads and changes there (arguments, usage, hooks, settings); one
// call of this helper does the rest over netlink and checks the result in the kernel. stdout and
// exit codes are the scripts' own (spec resource-scripts 3.2, decisions S5-S10): silent success,
// `running`/`loopback`/`stopped`, `ERROR: COMMAND failed.` with exit 1.
#pragma once
#include <chrono>
#include <string>

#include "address/findif.hpp"
#include "address/netlink.hpp"
#include "address/owned.hpp"
#include "address/spec.hpp"
#include "address/takeover.hpp"
#include "tools/script_log.hpp"
#include "tools/sender.hpp"

namespace um::tools {

enum class Protocol { kIpv4, kIpv6 };

struct IpRequest {
  std::string script = "ip_helper";  // whose words and log lines these are
  std::string text;                  // the address argument as it was given
  Protocol protocol = Protocol::kIpv4;
  bool alias = false;        // label a new address IFACE:N (IPaddr)
  bool without_dad = false;  // IPv6: no duplicate address detection
  bool foreground = false;   // return only after the last announcement
  address::Schedule schedule;
  std::string hook;  // run as `HOOK ADDR start|stop` just before the change; may not exist
};

class IpHelper {
 public:
  explicit IpHelper(IpRequest request);

  int status();
  int start();
  int stop();
  int valid();       // 0 when start would accept the argument, 1 otherwise
  int find();        // findif's line
  int announce();    // of an address that need not be here, as SendArp does
  int announcing();  // whether that still goes on: `running` or `stopped`, exit 0
  int silence();     // ends it

 private:
  std::string configured_device() const;
  int fail(const std::string& text) const;
  int fail(const address::Step& step, const std::string& reason) const;
  address::Result<address::Table> read_table();
  address::Result<address::Assigned> place_in(address::Table& table);
  int bring(address::Assigned place, address::Table table);
  void keep_loopback_copies(const address::Table& table) const;
  std::vector<address::Assigned> loopback_copies(bool present) const;
  void forget_loopback_copies() const;
  address::Result<void> perform(const address::Step& step);
  address::Result<void> verify(const address::Assigned& place);
  int send(const address::Link& link);
  void run_hook(const char* verb) const;
  int take_off(const std::vector<address::Step>& steps, const address::Table& before);

  IpRequest request_;
  address::Spec spec_;
  ScriptLog log_;
  std::optional<address::Netlink> netlink_;
};

}  // namespace um::tools
