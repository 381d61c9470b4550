#include "ipvs/kernel.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include "ipvs/netlink.hpp"

namespace um::ipvs {
namespace {

constexpr std::uint32_t kAllOnes = 0xffffffff;
constexpr std::uint32_t kFullPrefix = 128;
constexpr std::size_t kAskedOneByOne = 8;  // services; more are cheaper as one dump of all

using ServiceFields = std::array<nlattr*, IPVS_SVC_ATTR_MAX + 1>;
using DestFields = std::array<nlattr*, IPVS_DEST_ATTR_MAX + 1>;

std::uint16_t system_family(Family family) {
  return family == Family::kIpv4 ? AF_INET : AF_INET6;
}

std::uint16_t protocol_number(Protocol protocol) {
  switch (protocol) {
    case Protocol::kUdp: return IPPROTO_UDP;
    case Protocol::kSctp: return IPPROTO_SCTP;
    case Protocol::kTcp:
    case Protocol::kMark: break;
  }
  return IPPROTO_TCP;
}

std::uint32_t forward_number(Forward forward) {
  switch (forward) {
    case Forward::kMasq: return IP_VS_CONN_F_MASQ;
    case Forward::kIpip: return IP_VS_CONN_F_TUNNEL;
    case Forward::kGate: break;
  }
  return IP_VS_CONN_F_DROUTE;
}

// Kernels of 2006 listed an address of the machine itself as "local"; it was given as gate.
Forward forward_of(std::uint32_t number) {
  switch (number & IP_VS_CONN_F_FWD_MASK) {
    case IP_VS_CONN_F_MASQ: return Forward::kMasq;
    case IP_VS_CONN_F_TUNNEL: return Forward::kIpip;
    default: return Forward::kGate;
  }
}

std::uint32_t number_in(nlattr* field) {
  return field != nullptr ? nla_get_u32(field) : 0;
}
std::uint16_t port_in(nlattr* field) {
  return field != nullptr ? ntohs(nla_get_u16(field)) : 0;
}

Address address_in(nlattr* field, Family family) {
  Address address;
  address.family = family;
  const std::size_t size = family == Family::kIpv4 ? 4 : 16;
  if (field != nullptr && nla_len(field) >= static_cast<int>(size))
    std::memcpy(address.bytes.data(), nla_data(field), size);
  return address;
}

Family family_in(nlattr* field, Family otherwise) {
  if (field == nullptr) return otherwise;
  return nla_get_u16(field) == AF_INET6 ? Family::kIpv6 : Family::kIpv4;
}

ServiceKey key_in(const ServiceFields& field) {
  const Family family = family_in(field[IPVS_SVC_ATTR_AF], Family::kIpv4);
  if (field[IPVS_SVC_ATTR_FWMARK] != nullptr)
    return ServiceKey::of_mark(nla_get_u32(field[IPVS_SVC_ATTR_FWMARK]), family);
  ServiceKey key;
  const std::uint16_t protocol =
      field[IPVS_SVC_ATTR_PROTOCOL] != nullptr ? nla_get_u16(field[IPVS_SVC_ATTR_PROTOCOL]) : 0;
  key.protocol = protocol == IPPROTO_UDP    ? Protocol::kUdp
                 : protocol == IPPROTO_SCTP ? Protocol::kSctp
                                            : Protocol::kTcp;
  key.address = address_in(field[IPVS_SVC_ATTR_ADDR], family);
  key.port = port_in(field[IPVS_SVC_ATTR_PORT]);
  return key;
}

// All ones is "no mask", in both families.
std::uint32_t netmask_in(nlattr* field, Family family) {
  const std::uint32_t raw = number_in(field);
  if (family == Family::kIpv6) return raw == kFullPrefix ? 0 : raw;
  return raw == kAllOnes ? 0 : ntohl(raw);
}

Settings settings_in(const ServiceFields& field, Family family) {
  Settings settings;
  if (auto* name = field[IPVS_SVC_ATTR_SCHED_NAME]) settings.scheduler = nla_get_string(name);
  if (auto* name = field[IPVS_SVC_ATTR_PE_NAME]) settings.persistence_engine = nla_get_string(name);
  ip_vs_flags flags{};
  if (auto* raw = field[IPVS_SVC_ATTR_FLAGS]; raw != nullptr && nla_len(raw) >= int{sizeof flags})
    std::memcpy(&flags, nla_data(raw), sizeof flags);
  settings.one_packet = (flags.flags & IP_VS_SVC_F_ONEPACKET) != 0;
  if ((flags.flags & IP_VS_SVC_F_SCHED1) != 0) settings.scheduler_flags |= kFlag1;
  if ((flags.flags & IP_VS_SVC_F_SCHED2) != 0) settings.scheduler_flags |= kFlag2;
  if ((flags.flags & IP_VS_SVC_F_SCHED3) != 0) settings.scheduler_flags |= kFlag3;
  if ((flags.flags & IP_VS_SVC_F_PERSISTENT) != 0) {
    settings.persistence = number_in(field[IPVS_SVC_ATTR_TIMEOUT]);
    settings.netmask = netmask_in(field[IPVS_SVC_ATTR_NETMASK], family);
  }
  return settings;
}

RealKey real_key_in(const DestFields& field, Family service_family) {
  const Family family = family_in(field[IPVS_DEST_ATTR_ADDR_FAMILY], service_family);
  return {address_in(field[IPVS_DEST_ATTR_ADDR], family), port_in(field[IPVS_DEST_ATTR_PORT])};
}

Real real_in(const DestFields& field) {
  return {forward_of(number_in(field[IPVS_DEST_ATTR_FWD_METHOD])),
          number_in(field[IPVS_DEST_ATTR_WEIGHT]), number_in(field[IPVS_DEST_ATTR_U_THRESH]),
          number_in(field[IPVS_DEST_ATTR_L_THRESH])};
}

void put_key(nl_msg* message, const ServiceKey& key) {
  nla_put_u16(message, IPVS_SVC_ATTR_AF, system_family(key.address.family));
  if (key.protocol == Protocol::kMark) {
    nla_put_u32(message, IPVS_SVC_ATTR_FWMARK, key.mark);
    return;
  }
  nla_put_u16(message, IPVS_SVC_ATTR_PROTOCOL, protocol_number(key.protocol));
  nla_put(message, IPVS_SVC_ATTR_ADDR, 16, key.address.bytes.data());
  nla_put_u16(message, IPVS_SVC_ATTR_PORT, htons(key.port));
}

void put_settings(nl_msg* message, const Settings& settings, Family family) {
  nla_put_string(message, IPVS_SVC_ATTR_SCHED_NAME, settings.scheduler.c_str());
  if (!settings.persistence_engine.empty())
    nla_put_string(message, IPVS_SVC_ATTR_PE_NAME, settings.persistence_engine.c_str());
  ip_vs_flags flags{0, ~0U};
  if (settings.persistence != 0) flags.flags |= IP_VS_SVC_F_PERSISTENT;
  if (settings.one_packet) flags.flags |= IP_VS_SVC_F_ONEPACKET;
  if ((settings.scheduler_flags & kFlag1) != 0) flags.flags |= IP_VS_SVC_F_SCHED1;
  if ((settings.scheduler_flags & kFlag2) != 0) flags.flags |= IP_VS_SVC_F_SCHED2;
  if ((settings.scheduler_flags & kFlag3) != 0) flags.flags |= IP_VS_SVC_F_SCHED3;
  nla_put(message, IPVS_SVC_ATTR_FLAGS, sizeof flags, &flags);
  nla_put_u32(message, IPVS_SVC_ATTR_TIMEOUT, settings.persistence);
  const bool masked = settings.netmask != 0;
  nla_put_u32(message, IPVS_SVC_ATTR_NETMASK,
              family == Family::kIpv6 ? (masked ? settings.netmask : kFullPrefix)
                                      : (masked ? htonl(settings.netmask) : kAllOnes));
}

void put_real(nl_msg* message, const Op& op) {
  nlattr* nested = nla_nest_start(message, IPVS_CMD_ATTR_DEST);
  nla_put_u16(message, IPVS_DEST_ATTR_ADDR_FAMILY, system_family(op.at.address.family));
  nla_put(message, IPVS_DEST_ATTR_ADDR, 16, op.at.address.bytes.data());
  nla_put_u16(message, IPVS_DEST_ATTR_PORT, htons(op.at.port));
  if (op.kind != Op::Kind::kDeleteReal) {
    nla_put_u32(message, IPVS_DEST_ATTR_FWD_METHOD, forward_number(op.real.forward));
    nla_put_u32(message, IPVS_DEST_ATTR_WEIGHT, op.real.weight);
    nla_put_u32(message, IPVS_DEST_ATTR_U_THRESH, op.real.upper_threshold);
    nla_put_u32(message, IPVS_DEST_ATTR_L_THRESH, op.real.lower_threshold);
  }
  nla_nest_end(message, nested);
}

std::uint8_t command_of(Op::Kind kind) {
  switch (kind) {
    case Op::Kind::kAddService: return IPVS_CMD_NEW_SERVICE;
    case Op::Kind::kEditService: return IPVS_CMD_SET_SERVICE;
    case Op::Kind::kDeleteService: return IPVS_CMD_DEL_SERVICE;
    case Op::Kind::kAddReal: return IPVS_CMD_NEW_DEST;
    case Op::Kind::kEditReal: return IPVS_CMD_SET_DEST;
    case Op::Kind::kDeleteReal: break;
  }
  return IPVS_CMD_DEL_DEST;
}

Message request_for(const Connection& connection, const Op& op) {
  Message message = connection.request(command_of(op.kind), NLM_F_ACK);
  nlattr* nested = nla_nest_start(message.get(), IPVS_CMD_ATTR_SERVICE);
  put_key(message.get(), op.service);
  if (op.kind == Op::Kind::kAddService || op.kind == Op::Kind::kEditService)
    put_settings(message.get(), op.settings, op.service.address.family);
  nla_nest_end(message.get(), nested);
  if (op.kind == Op::Kind::kAddReal || op.kind == Op::Kind::kEditReal ||
      op.kind == Op::Kind::kDeleteReal)
    put_real(message.get(), op);
  return message;
}

class NetlinkKernel final : public Kernel {
 public:
  explicit NetlinkKernel(Connection connection) : connection_(std::move(connection)) {}

  Result<Table> read(const Scope& scope) override {
    Table table;
    auto found = scope.size() <= kAskedOneByOne ? read_each(scope, table) : read_all(scope, table);
    if (!found) return found.error();
    for (auto& [key, service] : table) {
      auto listed = each_real(key, [&, family = key.address.family](const DestFields& field) {
        service.reals[real_key_in(field, family)] = real_in(field);
      });
      if (!listed) return listed.error();
    }
    return table;
  }

  std::vector<Error> apply(std::span<const Op> ops) override {
    std::vector<Message> requests;
    requests.reserve(ops.size());
    for (const Op& op : ops) requests.push_back(request_for(connection_, op));
    const std::vector<int> codes = connection_.send(requests);
    std::vector<Error> errors(ops.size());
    for (std::size_t i = 0; i < ops.size(); ++i)
      if (codes[i] != 0) errors[i] = refusal(ops[i], codes[i]);
    return errors;
  }

  Result<ConnectionTable> connections(const Scope& scope) override {
    ConnectionTable table;
    for (const ServiceKey& key : scope) {
      auto listed = each_real(key, [&, family = key.address.family](const DestFields& field) {
        table[key][real_key_in(field, family)] = {number_in(field[IPVS_DEST_ATTR_ACTIVE_CONNS]),
                                                  number_in(field[IPVS_DEST_ATTR_INACT_CONNS]),
                                                  number_in(field[IPVS_DEST_ATTR_PERSIST_CONNS])};
      });
      if (!listed && listed.error().code != ESRCH) return listed.error();
    }
    return table;
  }

 private:
  Result<void> read_all(const Scope& scope, Table& table) {
    return connection_.ask(connection_.request(IPVS_CMD_GET_SERVICE, NLM_F_DUMP),
                           [&](std::span<nlattr*> attributes) {
                             read_service(attributes[IPVS_CMD_ATTR_SERVICE], scope, table);
                           });
  }

  Result<void> read_each(const Scope& scope, Table& table) {
    for (const ServiceKey& key : scope) {
      Message message = connection_.request(IPVS_CMD_GET_SERVICE, 0);
      nlattr* nested = nla_nest_start(message.get(), IPVS_CMD_ATTR_SERVICE);
      put_key(message.get(), key);
      nla_nest_end(message.get(), nested);
      auto asked = connection_.ask(message, [&](std::span<nlattr*> attributes) {
        read_service(attributes[IPVS_CMD_ATTR_SERVICE], scope, table);
      });
      if (!asked && asked.error().code != ESRCH) return asked.error();
    }
    return {};
  }

  static void read_service(nlattr* nested, const Scope& scope, Table& table) {
    ServiceFields field{};
    if (nested == nullptr || nla_parse_nested(field.data(), IPVS_SVC_ATTR_MAX, nested, nullptr) < 0)
      return;
    const ServiceKey key = key_in(field);
    if (scope.contains(key)) table[key].settings = settings_in(field, key.address.family);
  }

  Result<void> each_real(const ServiceKey& key,
                         const std::function<void(const DestFields&)>& on_real) {
    Message message = connection_.request(IPVS_CMD_GET_DEST, NLM_F_DUMP);
    nlattr* nested = nla_nest_start(message.get(), IPVS_CMD_ATTR_SERVICE);
    put_key(message.get(), key);
    nla_nest_end(message.get(), nested);
    return connection_.ask(message, [&](std::span<nlattr*> attributes) {
      DestFields field{};
      nlattr* dest = attributes[IPVS_CMD_ATTR_DEST];
      if (dest != nullptr && nla_parse_nested(field.data(), IPVS_DEST_ATTR_MAX, dest, nullptr) >= 0)
        on_real(field);
    });
  }

  Connection connection_;
};

}  // namespace

Result<std::unique_ptr<Kernel>> open_kernel() {
  auto connection = Connection::open();
  if (!connection) return connection.error();
  return std::unique_ptr<Kernel>(std::make_unique<NetlinkKernel>(std::move(*connection)));
}

Error refusal(const Op& op, int code) {
  const bool of_service = op.kind == Op::Kind::kAddService || op.kind == Op::Kind::kEditService ||
                          op.kind == Op::Kind::kDeleteService;
  switch (code) {
    case EEXIST:
      return {code, of_service ? "Service already exists" : "Destination already exists"};
    case ESRCH: return {code, of_service ? "No such service" : "Service not defined"};
    case ENOENT:
      return {code,
              of_service ? "Scheduler or persistence engine not found" : "No such destination"};
    case EPERM: return {code, "Permission denied (you must be root)"};
    case EINVAL:
      if (of_service && op.service.port == 0 && op.service.protocol != Protocol::kMark &&
          op.settings.persistence == 0)
        return {code, "Zero port specified for non-persistent service"};
      break;
    default: break;
  }
  return {code, std::strerror(code)};
}

}  // namespace um::ipvs
