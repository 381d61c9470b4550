#include "checks/pgsql.hpp"

#include <array>
#include <memory>

#include <postgresql/libpq-fe.h>

#include "checks/failure.hpp"
#include "checks/library.hpp"
#include "checks/readiness.hpp"
#include "checks/sql.hpp"

namespace um::checks {
namespace asio = boost::asio;
namespace {

struct Libpq {
  Library library{{"libpq.so.5"}, "libpq5"};
  decltype(&PQconnectStartParams) connect_start = library["PQconnectStartParams"];
  decltype(&PQconnectPoll) connect_poll = library["PQconnectPoll"];
  decltype(&PQstatus) status = library["PQstatus"];
  decltype(&PQsocket) socket = library["PQsocket"];
  decltype(&PQerrorMessage) error = library["PQerrorMessage"];
  decltype(&PQsetnonblocking) set_nonblocking = library["PQsetnonblocking"];
  decltype(&PQsendQuery) send_query = library["PQsendQuery"];
  decltype(&PQsetSingleRowMode) single_row = library["PQsetSingleRowMode"];
  decltype(&PQflush) flush = library["PQflush"];
  decltype(&PQconsumeInput) consume = library["PQconsumeInput"];
  decltype(&PQisBusy) is_busy = library["PQisBusy"];
  decltype(&PQgetResult) result = library["PQgetResult"];
  decltype(&PQresultStatus) result_status = library["PQresultStatus"];
  decltype(&PQresultErrorMessage) result_error = library["PQresultErrorMessage"];
  decltype(&PQntuples) rows = library["PQntuples"];
  decltype(&PQclear) clear = library["PQclear"];
  decltype(&PQfinish) finish = library["PQfinish"];
};

const Libpq& libpq() {
  static const Libpq loaded;
  return loaded;
}

struct Close {
  const Libpq& pq;
  void operator()(PGconn* connection) const { pq.finish(connection); }
  void operator()(PGresult* result) const { pq.clear(result); }
};
using Connection = std::unique_ptr<PGconn, Close>;

Failure failure_of(const Libpq& pq, const Connection& connection) {
  return {first_line(pq.error(connection.get()))};
}

Connection start_connecting(const Libpq& pq, const Probe& probe) {
  const std::string address = probe.target.address.to_string();
  const std::string port = std::to_string(probe.target.port);
  // Kerberos would look up names, and does so blocking.
  const std::array<const char*, 8> names{
      "hostaddr", "port", "user", "password", "dbname", "gssencmode", "application_name", nullptr};
  const std::array<const char*, 8> values{
      address.c_str(),        port.c_str(), probe.login.c_str(), probe.password.c_str(),
      probe.database.c_str(), "disable",    "ldirectord",        nullptr};
  Connection connection(pq.connect_start(names.data(), values.data(), 0), Close{pq});
  if (!connection) throw Failure{"out of memory"};
  if (pq.status(connection.get()) == CONNECTION_BAD) throw failure_of(pq, connection);
  return connection;
}

asio::awaitable<Connection> log_in(const Libpq& pq, const Probe& probe) {
  Connection connection = start_connecting(pq, probe);
  auto state = PGRES_POLLING_WRITING;
  bool connected = false;  // TCP's part of it, which connecttimeout bounds
  while (state != PGRES_POLLING_OK) {
    const auto direction = state == PGRES_POLLING_READING ? Direction::kRead : Direction::kWrite;
    co_await ready(pq.socket(connection.get()), direction, connected ? "logging in" : "connecting",
                   connected ? std::chrono::milliseconds{} : probe.connect_timeout);
    connected = true;
    state = pq.connect_poll(connection.get());
    if (state == PGRES_POLLING_FAILED) throw failure_of(pq, connection);
  }
  co_return connection;
}

}  // namespace

asio::awaitable<Outcome> check_pgsql(const Probe& probe) {
  const std::string query = sql_query(probe);
  const Libpq& pq = libpq();
  const Connection connection = co_await log_in(pq, probe);
  pq.set_nonblocking(connection.get(), 1);
  if (pq.send_query(connection.get(), query.c_str()) == 0) throw failure_of(pq, connection);
  pq.single_row(connection.get());  // one row is enough, however many the query has
  while (const int left = pq.flush(connection.get())) {
    if (left < 0) throw failure_of(pq, connection);
    co_await ready(pq.socket(connection.get()), Direction::kWrite, "sending the query");
  }
  while (pq.is_busy(connection.get()) != 0) {
    co_await ready(pq.socket(connection.get()), Direction::kRead, "waiting for a row");
    if (pq.consume(connection.get()) == 0) throw failure_of(pq, connection);
  }
  const std::unique_ptr<PGresult, Close> result(pq.result(connection.get()), Close{pq});
  switch (pq.result_status(result.get())) {
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK: co_return judge_rows(pq.rows(result.get()) > 0);
    case PGRES_COMMAND_OK: co_return judge_rows(false);
    default: co_return Outcome{false, first_line(pq.result_error(result.get())), {}};
  }
}

}  // namespace um::checks
