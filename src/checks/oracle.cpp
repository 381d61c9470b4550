#include "checks/oracle.hpp"

#include <array>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sql.h>
#include <sqlext.h>
#include <unistd.h>

#include "base/process.hpp"
#include "checks/failure.hpp"
#include "checks/library.hpp"
#include "checks/sql.hpp"

namespace um::checks {
namespace {

constexpr std::string_view kUp = "up ";

struct Odbc {
  Library library{{"libodbc.so.2"}, "libodbc2"};
  decltype(&SQLAllocHandle) alloc = library["SQLAllocHandle"];
  decltype(&SQLSetEnvAttr) set_environment = library["SQLSetEnvAttr"];
  decltype(&SQLDrivers) drivers = library["SQLDrivers"];
  decltype(&SQLDriverConnect) connect = library["SQLDriverConnect"];
  decltype(&SQLExecDirect) execute = library["SQLExecDirect"];
  decltype(&SQLFetch) fetch = library["SQLFetch"];
  decltype(&SQLGetDiagRec) diagnostic = library["SQLGetDiagRec"];
  decltype(&SQLDisconnect) disconnect = library["SQLDisconnect"];
};

SQLCHAR* characters(std::string& text) {
  return reinterpret_cast<SQLCHAR*>(text.data());
}

std::string words_of(const Odbc& odbc, SQLSMALLINT type, SQLHANDLE handle) {
  std::array<SQLCHAR, 512> text{};
  std::array<SQLCHAR, 6> state{};
  SQLINTEGER number = 0;
  SQLSMALLINT size = 0;
  odbc.diagnostic(type, handle, 1, state.data(), &number, text.data(), text.size(), &size);
  return first_line(reinterpret_cast<const char*>(text.data()));
}

void expect(bool good, const Odbc& odbc, SQLSMALLINT type, SQLHANDLE handle) {
  if (!good) throw Failure{words_of(odbc, type, handle)};
}

std::string oracle_driver(const Odbc& odbc, SQLHENV environment) {
  std::vector<std::string> others;
  std::array<SQLCHAR, 256> name{};
  SQLSMALLINT size = 0;
  SQLSMALLINT ignored = 0;
  for (SQLUSMALLINT which = SQL_FETCH_FIRST; SQL_SUCCEEDED(
           odbc.drivers(environment, which, name.data(), name.size(), &size, nullptr, 0, &ignored));
       which = SQL_FETCH_NEXT) {
    const std::string found(reinterpret_cast<const char*>(name.data()));
    std::string lower = found;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (lower.find("oracle") != std::string::npos) return found;
    others.push_back(found);
  }
  throw Failure{fmt::format("no ODBC driver for Oracle is installed (odbcinst.ini has {})",
                            others.empty() ? "none" : fmt::to_string(fmt::join(others, ", ")))};
}

/// A value that may hold any character (ODBC reference, SQLDriverConnect). In braces only where it
/// has to be: not every driver takes them off again.
std::string braced(const std::string& value) {
  if (value.find_first_of("[]{}(),;?*=!@ ") == std::string::npos) return value;
  std::string out = "{";
  for (const char c : value) out += c == '}' ? std::string("}}") : std::string(1, c);
  return out + "}";
}

/// Oracle's own driver wants the place as DBQ, others (Devart, Easysoft, the stand-in of the tests)
/// as words of their own; each ignores what it does not know.
std::string connection_string(const Probe& probe, const std::string& driver) {
  const std::string address = probe.target.address.to_string();
  const std::string where =
      fmt::format("(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST={})(PORT={}))(CONNECT_DATA=(SID={})))",
                  address, probe.target.port, probe.database);
  return fmt::format("Driver={};DBQ={};Server={};Port={};SID={};Database={};UID={};PWD={};",
                     braced(driver), braced(where), address, probe.target.port, probe.database,
                     probe.database, braced(probe.login), braced(probe.password));
}

/// The whole dialogue, blocking.
Outcome ask(const Probe& probe) {
  std::string query = sql_query(probe);
  const Odbc odbc;
  SQLHENV environment = nullptr;
  SQLHDBC connection = nullptr;
  SQLHSTMT statement = nullptr;
  odbc.alloc(SQL_HANDLE_ENV, nullptr, &environment);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): this is how ODBC passes a number
  odbc.set_environment(environment, SQL_ATTR_ODBC_VERSION,
                       reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
  std::string where = connection_string(probe, oracle_driver(odbc, environment));
  odbc.alloc(SQL_HANDLE_DBC, environment, &connection);
  const SQLRETURN connected = odbc.connect(connection, nullptr, characters(where), SQL_NTS, nullptr,
                                           0, nullptr, SQL_DRIVER_NOPROMPT);
  expect(SQL_SUCCEEDED(connected), odbc, SQL_HANDLE_DBC, connection);
  odbc.alloc(SQL_HANDLE_STMT, connection, &statement);
  const SQLRETURN executed = odbc.execute(statement, characters(query), SQL_NTS);
  expect(SQL_SUCCEEDED(executed) || executed == SQL_NO_DATA, odbc, SQL_HANDLE_STMT, statement);
  const bool row = SQL_SUCCEEDED(executed) && SQL_SUCCEEDED(odbc.fetch(statement));
  odbc.disconnect(connection);
  return judge_rows(row);
}

/// In the child: the outcome as one line on standard output.
int ask_and_tell(const Probe& probe) {
  Outcome outcome;
  try {
    outcome = ask(probe);
  } catch (const Failure& failure) {
    outcome.reason = failure.reason;
  }
  const std::string line = fmt::format("{}{}\n", outcome.up ? kUp : "down ", outcome.reason);
  return ::write(STDOUT_FILENO, line.data(), line.size()) > 0 ? 0 : 1;
}

}  // namespace

// ODBC has no non-blocking connect, and a driver may wait in a name server or in a library of its
// own for as long as it likes. So the dialogue has a process of its own, which is killed at the
// deadline: a thread could not be.
boost::asio::awaitable<Outcome> check_oracle(const Probe& probe) {
  Command command;
  command.body = [&probe] { return ask_and_tell(probe); };
  const Ran ran = co_await run(std::move(command));
  if (ran.exited.error == ECANCELED) throw Failure{"timed out while asking the database"};
  // A driver may talk as well; ours is the last line.
  const std::string& output = ran.exited.output;
  const auto end = output.find_last_not_of('\n');
  const auto begin = end == std::string::npos ? end : output.rfind('\n', end);
  std::string_view said(output);
  said = end == std::string::npos ? said.substr(0, 0)
                                  : said.substr(begin == std::string::npos ? 0 : begin + 1);
  said = said.substr(0, said.find('\n'));
  if (!ran.exited.ok() || said.empty())
    co_return Outcome{
        false, fmt::format("the ODBC driver failed ({})", ran.exited.shell_status()), {}};
  const bool up = said.starts_with(kUp);
  co_return Outcome{up, std::string(said.substr(up ? kUp.size() : said.find(' ') + 1)), {}};
}

}  // namespace um::checks
