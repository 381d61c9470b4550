#include "ipvs/netlink.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <linux/ip_vs.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace um::ipvs {
namespace {

constexpr std::size_t kBatch = 64;  // acknowledgements of one batch fit the default receive buffer
constexpr timeval kAnswerTimeout{5, 0};

int resolve_family(nl_sock* socket) {
  return genl_ctrl_resolve(socket, IPVS_GENL_NAME);
}

Error not_available(bool tried_to_load) {
  return {ENOENT,
          fmt::format("IPVS is not available: the kernel module ip_vs is not loaded{}; load it "
                      "(modprobe ip_vs) or use a kernel built with CONFIG_IP_VS",
                      tried_to_load ? " and modprobe ip_vs failed" : "")};
}

}  // namespace

void CloseSocket::operator()(nl_sock* socket) const {
  nl_socket_free(socket);
}
void FreeMessage::operator()(nl_msg* message) const {
  nlmsg_free(message);
}

bool load_module(const char* name) {
  std::string program = "modprobe";
  std::string quiet = "-q";
  std::string module = name;
  std::array<char*, 4> arguments{program.data(), quiet.data(), module.data(), nullptr};
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  std::array<char*, 2> environment{path.data(), nullptr};
  for (const char* candidate : {"/sbin/modprobe", "/usr/sbin/modprobe"}) {
    pid_t child = -1;
    if (posix_spawn(&child, candidate, nullptr, nullptr, arguments.data(), environment.data()) != 0)
      continue;
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
      if (errno != EINTR) return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  return false;
}

Result<Connection> Connection::open() {
  std::unique_ptr<nl_sock, CloseSocket> socket(nl_socket_alloc());
  if (!socket) return Error{ENOMEM, "out of memory"};
  if (int failed = genl_connect(socket.get()); failed < 0)
    return Error{EIO, fmt::format("cannot open a netlink socket: {}", nl_geterror(failed))};
  setsockopt(nl_socket_get_fd(socket.get()), SOL_SOCKET, SO_RCVTIMEO, &kAnswerTimeout,
             sizeof kAnswerTimeout);
  nl_socket_disable_seq_check(socket.get());
  int family = resolve_family(socket.get());
  if (family < 0) {
    bool loaded = load_module("ip_vs");
    family = resolve_family(socket.get());
    if (family < 0) return not_available(!loaded);
  }
  return Connection(std::move(socket), family);
}

Message Connection::request(std::uint8_t command, int flags) const {
  Message message(nlmsg_alloc());
  if (!message) throw std::bad_alloc();
  genlmsg_put(message.get(), NL_AUTO_PORT, NL_AUTO_SEQ, family_, 0, NLM_F_REQUEST | flags, command,
              IPVS_GENL_VERSION);
  return message;
}

namespace {

// What the callbacks of one exchange note down.
struct Exchange {
  const OnAnswer* on_answer = nullptr;
  std::uint32_t first_sequence = 0;
  std::span<int> errors;
  std::size_t outstanding = 0;

  void finish(std::uint32_t sequence, int error) {
    std::uint32_t index = sequence - first_sequence;
    if (index >= errors.size()) return;  // an answer to something older
    errors[index] = error;
    if (outstanding > 0) --outstanding;
  }
};

int on_valid(nl_msg* message, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  nlmsghdr* header = nlmsg_hdr(message);
  std::array<nlattr*, IPVS_CMD_ATTR_MAX + 1> attributes{};
  if (header->nlmsg_seq == exchange.first_sequence && exchange.on_answer != nullptr &&
      genlmsg_parse(header, 0, attributes.data(), IPVS_CMD_ATTR_MAX, nullptr) >= 0)
    (*exchange.on_answer)(attributes);
  if ((header->nlmsg_flags & NLM_F_MULTI) == 0) exchange.finish(header->nlmsg_seq, 0);
  return NL_OK;
}

int on_finish(nl_msg* message, void* context) {
  static_cast<Exchange*>(context)->finish(nlmsg_hdr(message)->nlmsg_seq, 0);
  return NL_OK;
}

int on_error(sockaddr_nl*, nlmsgerr* error, void* context) {
  static_cast<Exchange*>(context)->finish(error->msg.nlmsg_seq, -error->error);
  return NL_SKIP;
}

// Reads answers until every request of the exchange has its own; false when they stop coming.
bool receive(nl_sock* socket, Exchange& exchange) {
  std::unique_ptr<nl_cb, decltype(&nl_cb_put)> callbacks(nl_cb_alloc(NL_CB_DEFAULT), &nl_cb_put);
  nl_cb_set(callbacks.get(), NL_CB_VALID, NL_CB_CUSTOM, on_valid, &exchange);
  nl_cb_set(callbacks.get(), NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &exchange);
  nl_cb_set(callbacks.get(), NL_CB_ACK, NL_CB_CUSTOM, on_finish, &exchange);
  nl_cb_set(
      callbacks.get(), NL_CB_SEQ_CHECK, NL_CB_CUSTOM, [](nl_msg*, void*) -> int { return NL_OK; },
      nullptr);
  nl_cb_err(callbacks.get(), NL_CB_CUSTOM, on_error, &exchange);
  while (exchange.outstanding > 0)
    if (int failed = nl_recvmsgs(socket, callbacks.get()); failed < 0 && failed != -NLE_INTR)
      return false;
  return true;
}

}  // namespace

Result<void> Connection::ask(const Message& request, const OnAnswer& on_answer) {
  int error = EIO;
  nl_complete_msg(socket_.get(), request.get());
  nlmsghdr* header = nlmsg_hdr(request.get());
  // A single object comes without NLM_F_MULTI and needs no acknowledgement of its own.
  header->nlmsg_flags &= static_cast<std::uint16_t>(~NLM_F_ACK);
  if (nl_sendto(socket_.get(), header, header->nlmsg_len) < 0)
    return Error{EIO, "cannot send to the kernel"};
  Exchange exchange{&on_answer, header->nlmsg_seq, std::span(&error, 1), 1};
  if (!receive(socket_.get(), exchange)) return Error{EIO, "the kernel did not answer"};
  if (error != 0) return Error{error, std::strerror(error)};
  return {};
}

void Connection::send_batch(std::span<const Message> requests, std::span<int> errors) {
  std::string datagram;
  std::uint32_t first = 0;
  for (const Message& request : requests) {
    nl_complete_msg(socket_.get(), request.get());
    nlmsghdr* header = nlmsg_hdr(request.get());
    header->nlmsg_flags |= NLM_F_ACK;
    if (datagram.empty()) first = header->nlmsg_seq;
    datagram.append(reinterpret_cast<const char*>(header), header->nlmsg_len);
    datagram.resize(NLMSG_ALIGN(datagram.size()), '\0');
  }
  if (nl_sendto(socket_.get(), datagram.data(), datagram.size()) < 0) return;
  Exchange exchange{nullptr, first, errors, errors.size()};
  receive(socket_.get(), exchange);
}

std::vector<int> Connection::send(std::span<const Message> requests) {
  std::vector<int> errors(requests.size(), EIO);
  for (std::size_t at = 0; at < requests.size(); at += kBatch) {
    std::size_t count = std::min(kBatch, requests.size() - at);
    send_batch(requests.subspan(at, count), std::span(errors).subspan(at, count));
  }
  return errors;
}

}  // namespace um::ipvs
