// tls.hpp - TLS settings shared by all checks of one event loop, and what is wrong with a
// certificate.
#pragma once
#include <map>
#include <memory>
#include <string>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include "checks/check.hpp"

namespace um::checks {

/// Reading the machine's certificate store takes milliseconds, so every event loop reads each store
/// once.
class TlsContexts : public boost::asio::execution_context::service {
 public:
  using key_type = TlsContexts;
  static boost::asio::execution_context::id id;

  explicit TlsContexts(boost::asio::execution_context& owner) : service(owner) {}

  /// The settings for one CA file; empty: the machine's store. Never fails: a CA file that cannot
  /// be read trusts nobody.
  boost::asio::ssl::context& for_ca_file(const std::string& ca_file);

 private:
  void shutdown() override { contexts_.clear(); }
  std::map<std::string, std::unique_ptr<boost::asio::ssl::context>> contexts_;
};

/// What a finished handshake says about the server's certificate.
struct CertificateFindings {
  std::string chain;   // why the chain is not trusted; empty: it is
  std::string name;    // why the name does not fit; empty: it does
  int days = 0;        // until it ends; negative: it has ended
  std::string expiry;  // "expires in 9 days (2026-01-02)" within 14 days; empty: later
};
CertificateFindings examine_certificate(SSL* session, const Probe& probe);

/// True when `name` is a host name and not a numeric address: only such names may be sent as SNI
/// (RFC 6066 section 3).
bool is_host_name(std::string_view name);

}  // namespace um::checks
