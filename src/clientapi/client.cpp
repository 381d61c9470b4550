#include "clientapi/client.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/local_socket.hpp"

namespace um::clientapi {

using wire::Message;

namespace {

// The local node as requests name it; the daemon ignores the field (heartbeat-api 4).
std::string host_name() {
  utsname names{};
  ::uname(&names);
  std::string name = names.nodename;
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

Answer failed(Failure failure, std::string info) {
  return {failure, std::move(info), {}};
}

}  // namespace

std::string Answer::get(std::string_view name) const {
  return frames.empty() ? std::string() : std::string(frames.front().get(name));
}

Client::Client(std::filesystem::path socket) : socket_(std::move(socket)) {}

Client::~Client() {
  close();
}

void Client::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

// ---- bytes ------------------------------------------------------------------------------------

bool Client::fill(Deadline deadline, Failure& failure) {
  pollfd waiting{fd_, POLLIN, 0};
  int ready = ::poll(&waiting, 1, milliseconds_until(deadline));
  if (ready < 0 && errno == EINTR && std::chrono::steady_clock::now() < deadline) return true;
  if (ready <= 0) {
    failure = Failure::kTimeout;
    return false;
  }
  char buffer[16384];
  ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (size > 0)
    for (const std::string& body : reader_.feed({buffer, static_cast<std::size_t>(size)}))
      if (auto decoded = wire::decode_plain(body); decoded.ok())
        received_.push_back(std::move(decoded.message));
  if (size > 0 && !reader_.broken()) return true;
  failure = Failure::kLost;
  close();
  return false;
}

std::optional<Message> Client::read_one(Deadline deadline, Failure& failure) {
  while (received_.empty()) {
    if (fd_ < 0) failure = Failure::kLost;
    if (fd_ < 0 || !fill(deadline, failure)) {
      if (received_.empty()) return std::nullopt;
    }
  }
  Message message = std::move(received_.front());
  received_.pop_front();
  return message;
}

bool Client::send(const Message& message) {
  auto bytes = frame(message);
  if (fd_ < 0 || !bytes) return false;
  for (std::size_t done = 0; done < bytes->size();) {
    ssize_t sent = ::send(fd_, bytes->data() + done, bytes->size() - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    done += static_cast<std::size_t>(sent);
  }
  return true;
}

std::optional<Message> Client::next_message(Deadline deadline) {
  if (!queued_.empty()) {
    Message message = std::move(queued_.front());
    queued_.pop_front();
    return message;
  }
  Failure ignored{};
  for (;;) {
    auto message = read_one(deadline, ignored);
    // An answer that came after its request was given up is nobody's.
    if (!message || message->type() != "hbapi-resp") return message;
  }
}

// ---- requests ---------------------------------------------------------------------------------

Message Client::request_message(std::string_view verb) const {
  Message message("hbapi-req");
  message.set("reqtype", verb).set("dest", host_name());
  return std::move(message.set("pid", std::to_string(::getpid())).set("from_id", id_));
}

// Answers have no number: the frames that echo the verb, until one that is not `ok/more`.
Answer Client::collect(std::string_view verb, Deadline deadline) {
  Answer answer;
  for (;;) {
    auto message = read_one(deadline, answer.failure);
    if (!message) return answer;
    if (message->type() != "hbapi-resp") {
      queued_.push_back(std::move(*message));
      continue;
    }
    if (message->get("reqtype") != verb) continue;  // the late answer to an earlier request
    bool more = message->get("result") == "ok/more";
    bool ok = more || message->get("result") == "OK";
    if (!ok) {
      answer.failure = Failure::kRefused;
      answer.info = message->get("info");
    }
    answer.frames.push_back(std::move(*message));
    if (!more) return answer;
  }
}

Answer Client::request(std::string_view verb, const std::vector<wire::Field>& fields,
                       Deadline deadline) {
  Message message = request_message(verb);
  for (const wire::Field& field : fields) message.append(field);
  if (!send(message)) {
    close();
    return failed(Failure::kLost, std::strerror(errno));
  }
  return collect(verb, deadline);
}

Answer Client::sign_on(std::string_view name, Deadline deadline) {
  close();
  reader_ = {};
  received_.clear();
  queued_.clear();
  fd_ = connect_local(socket_);
  if (fd_ < 0) return failed(Failure::kUnreachable, std::strerror(errno));
  id_ = name.empty() ? std::to_string(::getpid()) : std::string(name);
  Answer answer = request("signon",
                          {{"uid", std::to_string(::geteuid()), wire::FieldType::kString},
                           {"gid", std::to_string(::getegid()), wire::FieldType::kString}},
                          deadline);
  node_ = answer.get("node");
  if (!answer.ok()) close();
  return answer;
}

void Client::sign_off() {
  if (fd_ < 0) return;
  send(request_message("signoff"));
  close();
}

Answer Client::client_status(std::string_view node, std::string_view client, Deadline deadline) {
  Message message = request_message("clientstatus");
  message.set("node", node).set("cn", client);
  if (!send(message)) return failed(Failure::kLost, std::strerror(errno));
  Answer answer;
  for (;;) {
    auto reply = read_one(deadline, answer.failure);
    if (!reply) return answer;
    bool local = reply->type() == "hbapi-resp" && reply->get("reqtype") == "clientstatus";
    bool remote = reply->type() == "respond-cstatus" && reply->get("cn") == client;
    if (!local && !remote) {
      if (reply->type() != "hbapi-resp") queued_.push_back(std::move(*reply));
      continue;
    }
    if (reply->get("result") != "OK") {
      answer.failure = Failure::kRefused;
      answer.info = reply->get("info");
    }
    answer.frames.push_back(std::move(*reply));
    return answer;
  }
}

}  // namespace um::clientapi
