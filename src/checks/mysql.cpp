#include "checks/mysql.hpp"

#include <functional>

#include <mariadb/mysql.h>
#include <sys/socket.h>

#include "checks/failure.hpp"
#include "checks/library.hpp"
#include "checks/readiness.hpp"
#include "checks/sql.hpp"

namespace um::checks {
namespace asio = boost::asio;
namespace {

// A result is read to its end, so that the server sees an orderly farewell and logs no aborted
// client; one with more rows than this is cut off.
constexpr int kMostRows = 1000;
constexpr unsigned long kLargestPacket = 16 * 1024 * 1024;

struct Libmariadb {
  Library library{{"libmariadb.so.3"}, "libmariadb3"};
  decltype(&mysql_init) init = library["mysql_init"];
  decltype(&mysql_options) options = library["mysql_options"];
  decltype(&mysql_real_connect_start) connect_start = library["mysql_real_connect_start"];
  decltype(&mysql_real_connect_cont) connect_cont = library["mysql_real_connect_cont"];
  decltype(&mysql_real_query_start) query_start = library["mysql_real_query_start"];
  decltype(&mysql_real_query_cont) query_cont = library["mysql_real_query_cont"];
  decltype(&mysql_use_result) use_result = library["mysql_use_result"];
  decltype(&mysql_fetch_row_start) fetch_start = library["mysql_fetch_row_start"];
  decltype(&mysql_fetch_row_cont) fetch_cont = library["mysql_fetch_row_cont"];
  decltype(&mysql_free_result) free_result = library["mysql_free_result"];
  decltype(&mysql_get_socket) socket = library["mysql_get_socket"];
  decltype(&mysql_errno) error_number = library["mysql_errno"];
  decltype(&mysql_error) error = library["mysql_error"];
  decltype(&mysql_close) close = library["mysql_close"];
};

const Libmariadb& libmariadb() {
  static const Libmariadb loaded;
  return loaded;
}

/// One conversation. The library runs each call on a stack of its own and leaves it in the middle
/// when the socket is not ready; a call that is left for good (the deadline) would keep its memory
/// and its socket, so the destructor tells it that its time is over and lets it run to its end.
class Session {
 public:
  Session(const Libmariadb& lib, const Probe& probe)
      : lib_(lib),
        probe_(probe),
        address_(probe.target.address.to_string()),
        handle_(lib.init(nullptr)) {
    if (handle_ == nullptr) throw Failure{"out of memory"};
    const unsigned protocol = MYSQL_PROTOCOL_TCP;
    lib.options(handle_, MYSQL_OPT_NONBLOCK, nullptr);
    lib.options(handle_, MYSQL_OPT_PROTOCOL, &protocol);
    lib.options(handle_, MYSQL_OPT_MAX_ALLOWED_PACKET, &kLargestPacket);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    constexpr int kStepsToTheEnd = 16;
    if (unfinished_ || result_ != nullptr) cut();
    for (int i = 0; unfinished_ && i < kStepsToTheEnd; ++i)
      if (unfinished_(MYSQL_WAIT_TIMEOUT) == 0) unfinished_ = nullptr;
    if (result_ != nullptr) lib_.free_result(result_);
    lib_.close(handle_);
  }

  asio::awaitable<void> log_in() {
    const Continue go_on = [this](int happened) {
      return lib_.connect_cont(&connected_, handle_, happened);
    };
    const char* database = probe_.database.empty() ? nullptr : probe_.database.c_str();
    const int first =
        lib_.connect_start(&connected_, handle_, address_.c_str(), probe_.login.c_str(),
                           probe_.password.c_str(), database, probe_.target.port, nullptr, 0);
    co_await drive(first, go_on, "logging in");
    if (connected_ == nullptr) fail();
  }

  asio::awaitable<void> ask(const std::string& query) {
    const Continue go_on = [this](int happened) {
      return lib_.query_cont(&error_, handle_, happened);
    };
    const int first = lib_.query_start(&error_, handle_, query.data(), query.size());
    co_await drive(first, go_on, "waiting for a row");
    if (error_ != 0) fail();
    result_ = lib_.use_result(handle_);
  }

  /// How many rows the query gave, counted to kMostRows.
  asio::awaitable<int> rows() {
    const Continue go_on = [this](int happened) {
      return lib_.fetch_cont(&row_, result_, happened);
    };
    int count = 0;
    for (; result_ != nullptr && count < kMostRows; ++count) {
      co_await drive(lib_.fetch_start(&row_, result_), go_on, "waiting for a row");
      if (row_ != nullptr) continue;
      if (lib_.error_number(handle_) != 0) fail();
      lib_.free_result(std::exchange(result_, nullptr));
      break;
    }
    co_return count;
  }

 private:
  using Continue = std::function<int(int)>;

  /// `waits_for` and what `go_on` returns say what the library waits for; 0: the call has ended.
  asio::awaitable<void> drive(int waits_for, Continue go_on, std::string_view doing) {
    unfinished_ = std::move(go_on);
    while (waits_for != 0) {
      const bool write = (waits_for & MYSQL_WAIT_WRITE) != 0;
      // What it waits for first of all is the TCP connection, the phase that connecttimeout bounds.
      const bool connecting = !std::exchange(reached_, true);
      co_await ready(lib_.socket(handle_), write ? Direction::kWrite : Direction::kRead,
                     connecting ? "connecting" : doing,
                     connecting ? probe_.connect_timeout : std::chrono::milliseconds{});
      waits_for = unfinished_(write ? MYSQL_WAIT_WRITE : MYSQL_WAIT_READ);
    }
    unfinished_ = nullptr;
  }

  /// What is still to be read or written ends at once with an error.
  void cut() { ::shutdown(lib_.socket(handle_), SHUT_RDWR); }

  [[noreturn]] void fail() { throw Failure{first_line(lib_.error(handle_))}; }

  const Libmariadb& lib_;
  const Probe& probe_;
  const std::string address_;  // the library keeps pointers to what it is given
  MYSQL* handle_;
  bool reached_ = false;
  MYSQL_RES* result_ = nullptr;
  Continue unfinished_;
  // Where the library puts the results of calls that are still running.
  MYSQL* connected_ = nullptr;
  int error_ = 0;
  MYSQL_ROW row_ = nullptr;
};

}  // namespace

asio::awaitable<Outcome> check_mysql(const Probe& probe) {
  const std::string query = sql_query(probe);
  Session session(libmariadb(), probe);
  co_await session.log_in();
  co_await session.ask(query);
  co_return judge_rows(co_await session.rows() > 0);
}

}  // namespace um::checks
